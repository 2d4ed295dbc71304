#include "medic/name.h"

#include "base/hash.h"
#include "medic/pinyin.h"
#include "medic/similarity.h"

enum { MIDDLE_DOT = 0xB7, WORDS_MAX = 8 };

/* □ ? * and private-use characters stand for one that could not be read or typed. */
static bool wild(uint32_t cp) {
  return cp == 0x25A1 || cp == '?' || cp == '*' || cp == 0xFFFD || cp == 0x3013 || (cp >= 0xE000 && cp <= 0xF8FF) || cp >= 0xF0000;
}

static bool same_cps(const uint32_t *a, const uint32_t *b, size_t n) { return memcmp(a, b, n * sizeof *a) == 0; }

static void sort_cps(uint32_t *v, size_t n) {
  for (size_t i = 1; i < n; i++) {
    uint32_t x = v[i];
    size_t j = i;
    for (; j > 0 && v[j - 1] > x; j--) v[j] = v[j - 1];
    v[j] = x;
  }
}

static bool same_bag(const uint32_t *a, const uint32_t *b, size_t n) {
  uint32_t x[SW_NAME_CHARS], y[SW_NAME_CHARS];
  memcpy(x, a, n * sizeof *x);
  memcpy(y, b, n * sizeof *y);
  sort_cps(x, n);
  sort_cps(y, n);
  return same_cps(x, y, n);
}

/* How many positions fall in each class of likeness. */
typedef struct tally {
  size_t variant, sound, near, unlike;
} tally;

static tally align(const uint32_t *a, const uint32_t *b, size_t n) {
  tally t = {0};
  for (size_t i = 0; i < n; i++) {
    if (a[i] == b[i]) continue;
    if (wild(a[i]) || wild(b[i])) {
      t.near++;
      continue;
    }
    switch (sw_han_compare(a[i], b[i])) {
      case SW_HAN_SAME: break;
      case SW_HAN_VARIANT: t.variant++; break;
      case SW_HAN_HOMOPHONE: t.sound++; break;
      case SW_HAN_NEAR_SOUND:
      case SW_HAN_LOOKALIKE: t.near++; break;
      case SW_HAN_UNLIKE: t.unlike++; break;
    }
  }
  return t;
}

/* A part of a name with middle dots, or its first four or more characters: what narrow columns cut off. */
static bool cut_off(const uint32_t *whole, size_t nw, const uint32_t *part, size_t np) {
  bool dotted = false;
  for (size_t i = 0; i < nw; i++) dotted |= whole[i] == MIDDLE_DOT;
  if (np < 2) return false;
  if (np >= 4 && same_cps(whole, part, np)) return true;
  if (!dotted) return false;
  for (size_t i = 0; i + np <= nw; i++) {
    bool starts = i == 0 || whole[i - 1] == MIDDLE_DOT, ends = i + np == nw || whole[i + np] == MIDDLE_DOT;
    if (starts && ends && same_cps(whole + i, part, np)) return true;
  }
  return false;
}

static size_t without_dots(const uint32_t *a, size_t n, uint32_t *out) {
  size_t k = 0;
  for (size_t i = 0; i < n; i++)
    if (a[i] != MIDDLE_DOT && a[i] != ' ') out[k++] = a[i];
  return k;
}

static sw_name_level compare_aligned(const uint32_t *a, const uint32_t *b, size_t n) {
  tally t = align(a, b, n);
  if (t.unlike == 0) {
    if (t.near == 0) return t.sound ? SW_NAME_SOUND : SW_NAME_VARIANT;
    if (t.near == 1 && n > 1) return SW_NAME_FUZZY;
  }
  if (n > 1 && same_bag(a, b, n)) return SW_NAME_REORDERED;
  if (n == 2 || t.unlike + t.near > n / 3) return sw_han_canonical(a[0]) == sw_han_canonical(b[0]) ? SW_NAME_SURNAME : SW_NAME_OTHER;
  return t.unlike + t.near == 1 || n > 4 ? SW_NAME_PARTIAL : SW_NAME_SURNAME;
}

static sw_name_level compare_han(const uint32_t *a0, size_t na0, const uint32_t *b0, size_t nb0) {
  if (cut_off(a0, na0, b0, nb0) || cut_off(b0, nb0, a0, na0)) {
    if (na0 != nb0) return SW_NAME_REORDERED;
  }
  uint32_t a[SW_NAME_CHARS], b[SW_NAME_CHARS];
  size_t na = without_dots(a0, na0, a), nb = without_dots(b0, nb0, b);
  if (na == 0 || nb == 0) return SW_NAME_OTHER;
  if (na == nb) return same_cps(a, b, na) ? SW_NAME_VARIANT : compare_aligned(a, b, na);
  size_t longer = na > nb ? na : nb, d = sw_sim_osa(a, na, b, nb, 2);
  if (d == 1 && longer >= 3) return longer >= 5 ? SW_NAME_FUZZY : SW_NAME_PARTIAL;
  if (longer >= 7 && d == 2) return SW_NAME_PARTIAL;
  return sw_han_canonical(a[0]) == sw_han_canonical(b[0]) ? SW_NAME_SURNAME : SW_NAME_OTHER;
}

typedef struct words {
  const uint32_t *at[WORDS_MAX];
  size_t len[WORDS_MAX], n;
} words;

static words split(const uint32_t *a, size_t n) {
  words w = {.n = 0};
  for (size_t i = 0; i < n && w.n < WORDS_MAX;) {
    while (i < n && (a[i] == ' ' || a[i] == MIDDLE_DOT)) i++;
    size_t from = i;
    while (i < n && a[i] != ' ' && a[i] != MIDDLE_DOT) i++;
    if (i > from) {
      w.at[w.n] = a + from;
      w.len[w.n++] = i - from;
    }
  }
  return w;
}

/* 0 same, 1 one error, 2 an initial or a beginning, 3 different. */
static int word_gap(const uint32_t *a, size_t na, const uint32_t *b, size_t nb) {
  size_t shorter = na < nb ? na : nb;
  if (same_cps(a, b, shorter)) return na == nb ? 0 : 2;
  return shorter >= 3 && sw_sim_osa(a, na, b, nb, 1) <= 1 ? 1 : 3;
}

/* Each word of the name with fewer finds a partner of its own in the other. */
static sw_name_level compare_words(const words *a, const words *b) {
  const words *few = a->n <= b->n ? a : b, *many = few == a ? b : a;
  bool used[WORDS_MAX] = {false};
  size_t found = 0, full = 0;
  int worst = 0;
  for (size_t i = 0; i < few->n; i++) {
    int best = 3;
    size_t at = 0;
    for (size_t j = 0; j < many->n; j++) {
      int g = used[j] ? 3 : word_gap(few->at[i], few->len[i], many->at[j], many->len[j]);
      if (g < best) best = g, at = j;
    }
    if (best == 3) continue;
    used[at] = true;
    found++;
    full += best <= 1;
    if (best > worst) worst = best;
  }
  if (found == few->n && full >= 2) return few->n == many->n && worst <= 1 ? SW_NAME_REORDERED : SW_NAME_PARTIAL;
  if (found == few->n && full >= 1) return SW_NAME_PARTIAL;
  return full >= 1 ? SW_NAME_SURNAME : SW_NAME_OTHER;
}

static sw_name_level compare_letters(const uint32_t *a, size_t na, const uint32_t *b, size_t nb) {
  uint32_t x[SW_NAME_CHARS], y[SW_NAME_CHARS];
  size_t nx = without_dots(a, na, x), ny = without_dots(b, nb, y);
  size_t longer = nx > ny ? nx : ny, shorter = nx < ny ? nx : ny;
  if (shorter == 0) return SW_NAME_OTHER;
  size_t d = sw_sim_osa(x, nx, y, ny, longer);
  if (d == 0) return SW_NAME_VARIANT;
  if (d == 1 && longer >= 3) return SW_NAME_SOUND;
  words wa = split(a, na), wb = split(b, nb);
  bool several = wa.n > 1 || wb.n > 1;
  if (several) {
    sw_name_level l = compare_words(&wa, &wb);
    if (l == SW_NAME_REORDERED) return l;
    if (l == SW_NAME_PARTIAL && d > 2) return l;
    if (l == SW_NAME_SURNAME && d > 2 && d * 4 > longer) return l;
  }
  if ((d == 2 && longer >= 5) || d * 4 <= longer) return SW_NAME_FUZZY;
  if (nx == ny && longer >= 4 && d <= 4 && same_bag(x, y, nx)) return SW_NAME_FUZZY; /* two letters far apart exchanged */
  if (d * 5 <= longer * 2 || (shorter >= 1 && same_cps(x, y, shorter))) return SW_NAME_PARTIAL;
  return SW_NAME_OTHER;
}

/* Appends a syllable's letters; false when there is no room. */
static bool append(uint32_t *out, size_t *n, const char *t) {
  for (; *t; t++) {
    if (*n == SW_NAME_CHARS) return false;
    out[(*n)++] = (uint32_t)(unsigned char)*t;
  }
  return true;
}

/* Tries the readings of han[i..] against the letters, depth first. */
static bool spells(const uint32_t *han, size_t n, const uint32_t *letters, size_t nl) {
  if (n == 0) return nl == 0;
  uint16_t r[SW_HAN_READINGS];
  size_t k = sw_han_readings(sw_han_canonical(han[0]), r);
  for (size_t i = 0; i < k; i++) {
    uint32_t s[SW_NAME_CHARS];
    size_t len = 0;
    if (!append(s, &len, sw_pinyin_text(r[i])) || len > nl) continue;
    bool fits = true;
    for (size_t j = 0; j < len && fits; j++) fits = s[j] == letters[j] || (s[j] == 'v' && letters[j] == 'u');
    if (fits && spells(han + 1, n - 1, letters + len, nl - len)) return true;
  }
  return false;
}

static bool romanised(const uint32_t *han, size_t nh, const uint32_t *letters, size_t nl) {
  uint32_t h[SW_NAME_CHARS], l[SW_NAME_CHARS], turned[SW_NAME_CHARS];
  size_t n = without_dots(han, nh, h), k = without_dots(letters, nl, l);
  if (n == 0 || n > 8) return false;
  if (spells(h, n, l, k)) return true;
  for (size_t cut = 1; cut <= 2 && cut < n; cut++) { /* surname last: one or two characters */
    memcpy(turned, h + cut, (n - cut) * sizeof *h);
    memcpy(turned + n - cut, h, cut * sizeof *h);
    if (spells(turned, n, l, k)) return true;
  }
  return false;
}

static bool has_han(const uint32_t *a, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (sw_han_is(a[i])) return true;
  return false;
}

sw_name_level sw_name_compare_cp(const uint32_t *a, size_t na, const uint32_t *b, size_t nb) {
  if (na > SW_NAME_CHARS) na = SW_NAME_CHARS;
  if (nb > SW_NAME_CHARS) nb = SW_NAME_CHARS;
  if (na == nb && same_cps(a, b, na)) return SW_NAME_EXACT;
  bool ha = has_han(a, na), hb = has_han(b, nb);
  if (ha && hb) return compare_han(a, na, b, nb);
  if (!ha && !hb) return compare_letters(a, na, b, nb);
  bool fits = ha ? romanised(a, na, b, nb) : romanised(b, nb, a, na);
  return fits ? SW_NAME_REORDERED : SW_NAME_OTHER;
}

sw_name_level sw_name_compare(const sw_name *a, const sw_name *b) {
  if (a->len == 0 || b->len == 0 || a->standin || b->standin) return SW_NAME_MISSING;
  return sw_name_compare_cp(a->cp, a->len, b->cp, b->len);
}

/* Order-free: the sum of mixed parts. */
static uint32_t bag_key(uint64_t sum) {
  uint32_t k = (uint32_t)(sw_mix64(sum) >> 32);
  return k ? k : 1;
}

/* The initial and the consonants after it, doubled letters once: the beginning of what a word sounds like. */
static uint64_t skeleton(const uint32_t *w, size_t n) {
  uint64_t h = w[0];
  uint32_t last = w[0];
  int kept = 0;
  for (size_t i = 1; i < n && kept < 3; i++) {
    uint32_t c = w[i];
    bool vowel = c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y' || c == 'h' || c == 'w';
    if (!vowel && c != last) h = h * 131 + c, kept++;
    last = c;
  }
  return sw_mix64(h + 0x9E37);
}

uint32_t sw_name_sound_key(const uint32_t *cp, size_t n) {
  uint64_t sum = 0;
  bool any = false;
  if (has_han(cp, n)) {
    for (size_t i = 0; i < n; i++) {
      uint16_t r[SW_HAN_READINGS];
      if (!sw_han_readings(sw_han_canonical(cp[i]), r)) continue;
      sum += sw_mix64(sw_pinyin_fuzzy(r[0]) + 0x5000u);
      any = true;
    }
  } else {
    words w = split(cp, n);
    for (size_t i = 0; i < w.n; i++, any = true) sum += skeleton(w.at[i], w.len[i]);
  }
  return any ? bag_key(sum) : 0;
}
