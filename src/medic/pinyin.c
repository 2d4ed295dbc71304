#include "medic/pinyin.h"

#include "base/utf8.h"
#include "medic/han_table.h"
#include "medic/similarity.h"

static const sw_han_entry *entry_of(uint32_t cp) {
  uint32_t page = cp >> 8;
  if (page >= SW_HAN_PAGE_COUNT) return &sw_han_entries[0];
  return &sw_han_entries[sw_han_pages[sw_han_page_of[page]][cp & 0xFF]];
}

bool sw_han_is(uint32_t cp) {
  return (cp >= 0x4E00 && cp <= 0x9FFF) || (cp >= 0x3400 && cp <= 0x4DBF) || (cp >= 0x20000 && cp <= 0x323AF) ||
         (cp >= 0xF900 && cp <= 0xFAFF) || cp == 0x3007;
}

uint32_t sw_han_canonical(uint32_t cp) {
  uint32_t c = entry_of(cp)->canonical;
  return c ? c : cp;
}

size_t sw_han_readings(uint32_t cp, uint16_t out[SW_HAN_READINGS]) {
  const sw_han_entry *e = entry_of(cp);
  size_t n = 0;
  while (n < SW_HAN_READINGS && e->reading[n]) {
    out[n] = e->reading[n];
    n++;
  }
  return n;
}

const char *sw_pinyin_text(uint16_t syllable) { return syllable < sw_han_nsyllables ? sw_han_syllables[syllable] : ""; }

uint16_t sw_pinyin_fuzzy(uint16_t syllable) { return syllable < sw_han_nsyllables ? sw_han_fuzzy_class[syllable] : 0; }

static bool readings_meet(const sw_han_entry *a, const sw_han_entry *b, bool loosely) {
  for (int i = 0; i < SW_HAN_READINGS && a->reading[i]; i++)
    for (int j = 0; j < SW_HAN_READINGS && b->reading[j]; j++) {
      if (a->reading[i] == b->reading[j]) return true;
      if (loosely && sw_han_fuzzy_class[a->reading[i]] == sw_han_fuzzy_class[b->reading[j]]) return true;
    }
  return false;
}

static int corners_different(unsigned a, unsigned b) {
  int n = 0;
  for (int i = 0; i < 4; i++, a /= 10, b /= 10) n += a % 10 != b % 10;
  return n;
}

/* Alike when the corners or the components say so and the stroke counts are near. Cangjie spells a character's parts in
 * order: one part more, less or other is one edit; two characters of the same parts (未 JD, 末 DJ) differ by a swap. */
static bool look_alike(const sw_han_entry *a, const sw_han_entry *b) {
  int gap = (int)a->strokes - (int)b->strokes;
  if (gap > 4 || gap < -4) return false;
  if (a->four_corner != 0xFFFF && b->four_corner != 0xFFFF) {
    int differ = corners_different(a->four_corner, b->four_corner);
    if (differ == 0 && gap <= 2 && gap >= -2) return true;
  }
  size_t na = strlen(a->cangjie), nb = strlen(b->cangjie);
  if (na == 0 || nb == 0) return false;
  uint32_t x[6], y[6];
  for (size_t i = 0; i < na; i++) x[i] = (uint8_t)a->cangjie[i];
  for (size_t i = 0; i < nb; i++) y[i] = (uint8_t)b->cangjie[i];
  size_t d = sw_sim_osa(x, na, y, nb, 2);
  size_t longer = na > nb ? na : nb, shorter = na < nb ? na : nb;
  if (d == 1) return longer >= 3 || gap == 0;
  /* Another radical before the same rest, when the rest is most of the character. */
  return d == 2 && shorter >= 3 && memcmp(a->cangjie + na - 2, b->cangjie + nb - 2, 2) == 0;
}

sw_han_likeness sw_han_compare(uint32_t a, uint32_t b) {
  if (a == b) return SW_HAN_SAME;
  uint32_t ca = sw_han_canonical(a), cb = sw_han_canonical(b);
  if (ca == cb) return SW_HAN_VARIANT;
  const sw_han_entry *x = entry_of(ca), *y = entry_of(cb);
  if (readings_meet(x, y, false)) return SW_HAN_HOMOPHONE;
  if (look_alike(x, y)) return SW_HAN_LOOKALIKE;
  return readings_meet(x, y, true) ? SW_HAN_NEAR_SOUND : SW_HAN_UNLIKE;
}

static void transcribe(sw_str s, sw_buf *out, bool initials) {
  bool glue = false;
  for (size_t i = 0; i < s.len;) {
    uint32_t cp = 0xFFFD;
    size_t step = sw_utf8_decode(s.ptr + i, s.len - i, &cp);
    if (step == 0) cp = 0xFFFD, step = 1;
    uint16_t r[SW_HAN_READINGS];
    if (sw_han_readings(cp, r)) {
      const char *t = sw_pinyin_text(r[0]);
      if (initials) {
        sw_buf_putc(out, t[0]);
      } else {
        if (glue) sw_buf_putc(out, ' ');
        sw_buf_puts(out, t);
        glue = true;
      }
    } else if (cp != ' ' && cp != 0x3000) {
      char enc[4];
      if (cp >= 'A' && cp <= 'Z') cp += 'a' - 'A';
      if (glue && !initials) sw_buf_putc(out, ' ');
      sw_buf_put(out, enc, sw_utf8_encode(cp, enc));
      glue = false;
    }
    i += step;
  }
}

void sw_pinyin_of(sw_str han, sw_buf *out) { transcribe(han, out, false); }
void sw_pinyin_initials(sw_str han, sw_buf *out) { transcribe(han, out, true); }
