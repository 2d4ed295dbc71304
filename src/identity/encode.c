#include "identity/encode.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "medic/address.h"
#include "medic/citizen_id.h"
#include "medic/name.h"
#include "medic/phone.h"
#include "medic/pinyin.h"

enum { UNITS_MAX = 200 };

/* --- texts ---------------------------------------------------------------------------------------- */

static size_t to_units(const uint32_t *cp, size_t n, uint16_t out[UNITS_MAX], bool *surrogates) {
  size_t k = 0;
  *surrogates = false;
  for (size_t i = 0; i < n && k + 1 < UNITS_MAX; i++) {
    if (cp[i] < 0x10000) {
      out[k++] = (uint16_t)cp[i];
    } else {
      out[k++] = (uint16_t)(0xD800 + ((cp[i] - 0x10000) >> 10));
      out[k++] = (uint16_t)(0xDC00 + ((cp[i] - 0x10000) & 0x3FF));
      *surrogates = true;
    }
  }
  return k;
}

/* Two bits a bucket. Names of Han characters are put in by the fuzzy class of their sound, so that two names whose
 * signatures do not meet cannot agree in any way but by shape. */
static uint64_t signature(const uint32_t *cp, size_t n, bool by_sound) {
  uint64_t sig = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t c = cp[i];
    if (c == ' ') continue;
    if (by_sound && sw_han_is(c)) {
      uint16_t r[SW_HAN_READINGS];
      c = sw_han_readings(sw_han_canonical(c), r) ? sw_pinyin_fuzzy(r[0]) : c;
    }
    unsigned b = c >= 'a' && c <= 'z' ? c - 'a' : (unsigned)(sw_mix64(c) & 31);
    uint64_t one = (uint64_t)1 << (2 * b);
    sig |= sig & one ? one << 1 : one;
  }
  return sig;
}

static bool intern(sw_link_dict *d, const uint32_t *cp, size_t n, bool by_sound, uint32_t *word, sw_link_text **fresh) {
  uint16_t u[UNITS_MAX];
  bool surrogates, added;
  size_t len = to_units(cp, n, u, &surrogates);
  *fresh = NULL;
  uint32_t code = sw_link_dict_add(d, u, len, &added);
  if (code == UINT32_MAX) return false;
  sw_link_text *e = &d->entries[code];
  *word = code;
  if (!added) return true;
  e->sig = signature(cp, n, by_sound);
  e->flags = surrogates ? SW_LINK_TEXT_SURROGATES : 0;
  *fresh = e;
  return true;
}

static bool encode_name(sw_str v, sw_link_dict *d, uint32_t *word, sw_link_encoded *out) {
  sw_name n;
  sw_name_parse(v, &n);
  if (n.len == 0) return true;
  if (n.standin == SW_STANDIN_NEWBORN) out->flags |= SW_LINK_R_NEWBORN | SW_LINK_R_STANDIN;
  if (n.standin == SW_STANDIN_TEST) out->flags |= SW_LINK_R_TEST;
  if (n.standin == SW_STANDIN_UNKNOWN || n.standin == SW_STANDIN_TEST) out->flags |= SW_LINK_R_STANDIN;
  if (n.standin) return true;
  sw_link_text *fresh;
  if (!intern(d, n.cp, n.len, true, word, &fresh)) return false;
  if (!fresh) return true;
  fresh->key = sw_name_sound_key(n.cp, n.len);
  fresh->extra = n.len;
  if (n.script == SW_NAME_HAN) fresh->flags |= SW_LINK_TEXT_HAN;
  for (size_t i = 0; i < n.len; i++) {
    if (n.cp[i] == ' ' || n.cp[i] == 0xB7) fresh->flags |= SW_LINK_TEXT_WORDS;
    if (n.cp[i] == 0x25A1 || n.cp[i] == '?' || n.cp[i] == '*' || n.cp[i] == 0xFFFD) fresh->flags |= SW_LINK_TEXT_WILD;
  }
  return true;
}

/* Words that say "nothing here"; upper or lower case. */
static bool says_nothing(sw_str s) {
  static const char *const words[] = {"-", "--", "/", "\\", ".", "?", "*", "na", "n/a", "nan", "null", "none", "nil", "unknown", "无", "不详", "未知", "空", "暂无", "—"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (sw_str_ieq(s, sw_str_of(words[i]))) return true;
  return false;
}

/* Folded code points: narrow, lower case, single blanks, ASCII punctuation kept. */
static size_t fold_text(sw_str s, uint32_t *out, size_t cap) {
  size_t n = 0;
  bool gap = false;
  for (size_t i = 0; i < s.len && n + 1 < cap;) {
    uint32_t cp = 0xFFFD;
    size_t step = sw_utf8_decode(s.ptr + i, s.len - i, &cp);
    if (step == 0) cp = 0xFFFD, step = 1;
    i += step;
    if (cp >= 0xFF01 && cp <= 0xFF5E) cp -= 0xFEE0;
    if (cp >= 'A' && cp <= 'Z') cp += 32;
    if (cp <= ' ' || cp == 0x3000 || cp == 0xA0) {
      gap = n > 0;
      continue;
    }
    if (gap) out[n++] = ' ';
    gap = false;
    out[n++] = cp;
  }
  return n;
}

static bool encode_string(sw_str v, sw_link_kind kind, sw_link_dict *d, uint32_t *word) {
  sw_str s = sw_str_trim(v);
  if (s.len == 0 || says_nothing(s)) return true;
  uint32_t cp[UNITS_MAX / 2];
  size_t n = fold_text(s, cp, UNITS_MAX / 2);
  if (n == 0) return true;
  sw_link_text *fresh;
  if (!intern(d, cp, n, false, word, &fresh)) return false;
  if (!fresh) return true;
  fresh->key = sw_name_sound_key(cp, n < SW_NAME_CHARS ? n : SW_NAME_CHARS);
  fresh->extra = 0;
  for (size_t i = 0; i < n && kind == SW_LINK_EMAIL; i++)
    if (cp[i] == '@') fresh->extra = (uint8_t)i;
  for (size_t i = 0; i < n; i++)
    if (cp[i] == ' ') fresh->flags |= SW_LINK_TEXT_WORDS;
  return true;
}

static bool encode_address(sw_str v, sw_link_dict *d, uint32_t *word) {
  sw_str s = sw_str_trim(v);
  if (s.len == 0 || says_nothing(s)) return true;
  sw_address a;
  sw_address_parse(s, &a);
  if (a.len == 0 && a.division == 0) return true;
  /* The division stands as a first "character" of its own, so that one text is one dictionary entry. */
  uint32_t cp[SW_ADDRESS_CHARS + 2];
  size_t n = 0;
  cp[n++] = SW_LINK_ADDRESS_BASE + a.division / 1000 % 1000;
  cp[n++] = SW_LINK_ADDRESS_BASE + a.division % 1000;
  memcpy(cp + n, a.rest, a.len * sizeof *cp);
  sw_link_text *fresh;
  if (!intern(d, cp, n + a.len, false, word, &fresh)) return false;
  if (!fresh) return true;
  fresh->sig = signature(a.rest, a.len, false);
  fresh->key = (uint32_t)(sw_mix64(a.numbers) >> 32);
  if (a.numbers == 0) fresh->key = 0;
  return true;
}

/* --- numbers -------------------------------------------------------------------------------------- */

static void put_u64(uint64_t v, uint32_t *w) {
  w[0] = (uint32_t)v;
  w[1] = (uint32_t)(v >> 32);
}

static uint64_t bcd_of(const char *d, size_t n) {
  uint64_t v = 0;
  for (size_t i = 0; i < n; i++) v = v << 4 | (uint64_t)(d[i] - '0');
  return v;
}

static void encode_phone(sw_str v, uint32_t *w) {
  sw_phone p;
  sw_phone_parse(v, &p);
  if (p.len) put_u64((uint64_t)p.len << 60 | bcd_of(p.digits, p.len), w);
}

/* Letters and digits only, letters in upper case; 0 when there are none or too many. */
static size_t id_chars(sw_str v, char *out, size_t cap) {
  size_t n = 0;
  for (size_t i = 0; i < v.len;) {
    uint32_t cp = 0;
    size_t step = sw_utf8_decode(v.ptr + i, v.len - i, &cp);
    i += step ? step : 1;
    if (cp >= 0xFF01 && cp <= 0xFF5E) cp -= 0xFEE0;
    if (cp >= 'a' && cp <= 'z') cp -= 32;
    bool keep = (cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || cp >= 0x80;
    if (!keep) continue;
    if (n == cap) return 0;
    out[n++] = cp < 0x80 ? (char)cp : '?';
  }
  return n;
}

static bool one_repeated(const char *d, size_t n) {
  for (size_t i = 1; i < n; i++)
    if (d[i] != d[0]) return false;
  return true;
}

static void encode_id(sw_str v, uint32_t *w) {
  char c[64];
  size_t n = id_chars(v, c, sizeof c);
  if (n == 0 || says_nothing(sw_str_trim(v)) || (n > 2 && one_repeated(c, n))) return;
  bool digits = true;
  for (size_t i = 0; i < n; i++) digits = digits && c[i] >= '0' && c[i] <= '9';
  if (digits && n <= 14) {
    put_u64((uint64_t)n << 60 | bcd_of(c, n), w);
  } else {
    put_u64((uint64_t)15 << 60 | sw_hash64(c, n, 0x1D) >> 4, w);
  }
}

static void encode_citizen_id(sw_str v, uint32_t *w) {
  sw_citizen_id id;
  sw_cid_verdict verdict = sw_citizen_id_parse(v, &id);
  if (verdict == SW_CID_EMPTY) return;
  if (id.length) {
    if (one_repeated(id.digits, 17)) return;
    put_u64(bcd_of(id.digits, 16), w);
    uint32_t check = id.digits[17] == 'X' ? 10 : (uint32_t)(id.digits[17] - '0');
    w[2] = SW_LINK_CID_PRESENT | SW_LINK_CID_NUMBER | (uint32_t)(id.digits[16] - '0') << 4 | check | (verdict == SW_CID_OK ? SW_LINK_CID_VALID : 0);
    return;
  }
  /* Another document, or a number with a character too many: only the same one agrees with it. */
  char c[64];
  size_t n = id_chars(v, c, sizeof c);
  if (n < 5 || says_nothing(sw_str_trim(v)) || one_repeated(c, n)) return;
  put_u64(sw_hash64(c, n, 0x1D), w);
  w[2] = SW_LINK_CID_PRESENT;
}

static uint32_t pack_date(unsigned y, unsigned m, unsigned d) {
  if (y < 1000 || y > 9998 || m > 99 || d > 99) return 0;
  bool nobodys = (y == 1900 && m == 1 && d == 1) || (y == 1899 && m == 12 && d == 30) || (y == 1111 && m == 11) || (y == 1800 && m == 1 && d == 1);
  return nobodys ? 0 : y << 14 | m << 7 | d;
}

/* Up to three groups of digits. */
static size_t digit_groups(sw_str v, unsigned g[3], size_t len[3]) {
  size_t n = 0, i = 0;
  while (i < v.len && n < 3) {
    while (i < v.len && !(v.ptr[i] >= '0' && v.ptr[i] <= '9')) i++;
    size_t from = i;
    unsigned x = 0;
    for (; i < v.len && v.ptr[i] >= '0' && v.ptr[i] <= '9'; i++)
      if (i - from < 9) x = x * 10 + (unsigned)(v.ptr[i] - '0');
    if (i == from) break;
    g[n] = x;
    len[n++] = i - from;
  }
  return n;
}

static unsigned month_word(sw_str v) {
  static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
  for (size_t i = 0; i + 3 <= v.len; i++)
    for (unsigned m = 0; m < 12; m++)
      if (sw_str_ieq((sw_str){v.ptr + i, 3}, (sw_str){months + 3 * m, 3})) return m + 1;
  return 0;
}

/* Two digits of the year, at the end or, where it can be no day, in front; the century is the last that fits most births. */
static uint32_t short_date(const unsigned g[3]) {
  bool front = g[0] > 31;
  unsigned y = front ? g[0] : g[2], a = front ? g[1] : g[0], b = front ? g[2] : g[1];
  y += y < 30 ? 2000 : 1900;
  if (front) return pack_date(y, a, b);
  return b > 12 ? pack_date(y, a, b) : pack_date(y, b, a);
}

uint32_t sw_link_encode_date(sw_str v) {
  sw_str s = sw_str_trim(v);
  unsigned g[3];
  size_t len[3], n = digit_groups(s, g, len);
  if (n == 0) return 0;
  if (len[0] == 8 || len[0] == 14) {
    unsigned x = 0;
    const char *p = s.ptr;
    while (!(*p >= '0' && *p <= '9')) p++;
    for (int i = 0; i < 8; i++) x = x * 10 + (unsigned)(p[i] - '0');
    return pack_date(x / 10000, x / 100 % 100, x % 100);
  }
  if (n == 3 && len[0] == 4) return pack_date(g[0], g[1], g[2]);
  if (n == 3 && len[2] == 4) return g[0] > 12 ? pack_date(g[2], g[1], g[0]) : g[1] > 12 ? pack_date(g[2], g[0], g[1]) : pack_date(g[2], g[1], g[0]);
  if (n == 3 && len[0] <= 2 && len[1] <= 2 && len[2] == 2) return short_date(g);
  unsigned m = month_word(s);
  if (m && n == 2 && len[1] == 4) return pack_date(g[1], m, g[0]);
  if (m && n >= 2 && len[0] == 4) return pack_date(g[0], m, g[1]);
  if (n == 2 && len[0] == 4) return pack_date(g[0], g[1], 0);
  return n == 1 && len[0] == 4 ? pack_date(g[0], 0, 0) : 0;
}

uint32_t sw_link_encode_parts(sw_str year, sw_str month, sw_str day) {
  unsigned v[3] = {0, 0, 0};
  const sw_str part[3] = {sw_str_trim(year), sw_str_trim(month), sw_str_trim(day)};
  for (int i = 0; i < 3; i++) {
    double x = 0;
    if (sw_str_to_f64(part[i], &x) && x >= 0 && x < 10000) v[i] = (unsigned)x;
  }
  return pack_date(v[0], v[1] > 99 ? 0 : v[1], v[2] > 99 ? 0 : v[2]);
}

static uint32_t encode_sex(sw_str v) {
  static const struct {
    const char *word;
    uint32_t code;
  } words[] = {{"1", 1}, {"2", 2}, {"男", 1}, {"女", 2}, {"男性", 1}, {"女性", 2}, {"m", 1}, {"f", 2}, {"male", 1}, {"female", 2}, {"man", 1}, {"woman", 2}, {"boy", 1}, {"girl", 2}};
  sw_str s = sw_str_trim(v);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (sw_str_ieq(s, sw_str_of(words[i].word))) return words[i].code;
  return 0;
}

static uint32_t encode_number(sw_str v) {
  double x;
  if (!sw_str_to_f64(sw_str_trim(v), &x)) return 0;
  float y = (float)x;
  if (y == 0) y = 1e-30f; /* the word 0 means missing */
  uint32_t w;
  memcpy(&w, &y, sizeof w);
  return w;
}

bool sw_link_encode(sw_link_kind kind, sw_str v, sw_link_dict *d, uint32_t *w, sw_link_encoded *out) {
  if (v.len == 0) return true;
  switch (kind) {
    case SW_LINK_NAME:
    case SW_LINK_GIVEN:
    case SW_LINK_SURNAME: return encode_name(v, d, w, out);
    case SW_LINK_CITIZEN_ID: encode_citizen_id(v, w); return true;
    case SW_LINK_ID: encode_id(v, w); return true;
    case SW_LINK_DATE: w[0] = sw_link_encode_date(v); return true;
    case SW_LINK_SEX: w[0] = encode_sex(v); return true;
    case SW_LINK_PHONE: encode_phone(v, w); return true;
    case SW_LINK_ADDRESS: return encode_address(v, d, w);
    case SW_LINK_EMAIL:
    case SW_LINK_STRING:
    case SW_LINK_CATEGORY: return encode_string(v, kind, d, w);
    case SW_LINK_NUMBER: w[0] = encode_number(v); return true;
    case SW_LINK_KINDS: return true;
  }
  return true;
}
