#include "identity/compare.h"

#include "medic/name.h"
#include "medic/similarity.h"

/* Texts need stack and guards; numbers, which are compared first and mostly decide, shall not pay for them. */
#define NOINLINE __attribute__((noinline))

/* --- digits --------------------------------------------------------------------------------------- */

static unsigned nibbles_different(uint64_t x) {
  x |= x >> 1;
  x |= x >> 2;
  return (unsigned)__builtin_popcountll(x & 0x1111111111111111u);
}

static bool neighbours_swapped(uint64_t a, uint64_t b) {
  uint64_t x = a ^ b;
  unsigned at = (unsigned)__builtin_ctzll(x) & ~3u;
  if (at >= 60 || (x >> at) >> 8) return false;
  return (a >> at & 15) == (b >> (at + 4) & 15) && (b >> at & 15) == (a >> (at + 4) & 15);
}

/* `a` has one digit more: is b what is left when it is dropped? */
static bool one_dropped(uint64_t a, uint64_t b) {
  uint64_t x = a ^ b;
  if (x == 0) return true;
  unsigned same = (unsigned)__builtin_ctzll(x) & ~3u;
  uint64_t high = same + 4 >= 64 ? 0 : a >> (same + 4);
  return high == b >> same;
}

/* 0 same, 1 one edit, 2 two digits different, 3 more. Top nibbles are lengths. */
static unsigned digits_gap(uint64_t a, uint64_t b) {
  if (a == b) return 0;
  unsigned la = (unsigned)(a >> 60), lb = (unsigned)(b >> 60);
  uint64_t mask = ((uint64_t)1 << 60) - 1;
  if (la == lb) {
    unsigned n = nibbles_different(a ^ b);
    if (n == 1 || (n == 2 && neighbours_swapped(a, b))) return 1;
    return n == 2 ? 2 : 3;
  }
  if (la == lb + 1) return one_dropped(a & mask, b & mask) ? 1 : 3;
  if (lb == la + 1) return one_dropped(b & mask, a & mask) ? 1 : 3;
  return 3;
}

static unsigned level_id(const uint32_t *x, const uint32_t *y) {
  uint64_t a = sw_link_u64(x), b = sw_link_u64(y);
  if (a == 0 || b == 0) return SW_LINK_ABSENT;
  if (a >> 60 == 15 || b >> 60 == 15) return a == b ? 0 : 3; /* a hash: only sameness can be told */
  return digits_gap(a, b);
}

static unsigned level_phone(const uint32_t *x, const uint32_t *y) {
  uint64_t a = sw_link_u64(x), b = sw_link_u64(y);
  if (a == 0 || b == 0) return SW_LINK_ABSENT;
  unsigned g = digits_gap(a, b);
  if (g <= 1) return g;
  return ((a ^ b) & 0xFFFFFFF) == 0 ? 2 : 3;
}

static unsigned level_citizen(const uint32_t *x, const uint32_t *y) {
  if (!(x[2] & SW_LINK_CID_PRESENT) || !(y[2] & SW_LINK_CID_PRESENT)) return SW_LINK_ABSENT;
  uint64_t a = sw_link_u64(x), b = sw_link_u64(y);
  bool na = x[2] & SW_LINK_CID_NUMBER, nb = y[2] & SW_LINK_CID_NUMBER;
  if (!na || !nb) return na == nb && a == b ? 0 : 3;
  uint64_t ta = x[2] & 255, tb = y[2] & 255;
  if (a == b && ta == tb) return 0;
  unsigned n = nibbles_different(a ^ b) + nibbles_different(ta ^ tb);
  /* A wrong digit with the check character that belongs to it is no typing error but another person: 1-digit neighbours
   * that are both valid do not exist, so the check character takes part as it is. */
  if (n == 1) return 1;
  if (n == 2 && ((ta == tb && neighbours_swapped(a, b)) || (a == b && neighbours_swapped(ta, tb)) ||
                 ((a & 15) == tb >> 4 && (b & 15) == ta >> 4 && (a >> 4) == (b >> 4) && (ta & 15) == (tb & 15))))
    return 1;
  return a >> 8 == b >> 8 ? 2 : 3;
}

/* --- dates ---------------------------------------------------------------------------------------- */

static bool near_part(unsigned a, unsigned b) {
  if (a == b) return true;
  unsigned gap = a > b ? a - b : b - a;
  if (gap == 1) return true;
  unsigned differ = 0;
  for (int i = 0; i < 4; i++, a /= 10, b /= 10) differ += a % 10 != b % 10;
  return differ <= 1;
}

static unsigned level_date(uint32_t a, uint32_t b) {
  if (a == 0 || b == 0) return SW_LINK_ABSENT;
  if (a == b) return 0;
  unsigned ya = a >> 14, yb = b >> 14, ma = a >> 7 & 127, mb = b >> 7 & 127, da = a & 127, db = b & 127;
  if (ma == 0 || mb == 0 || da == 0 || db == 0) { /* only a year, or a year and a month */
    bool compatible = ya == yb && (ma == mb || ma == 0 || mb == 0);
    return compatible ? 2 : near_part(ya, yb) ? 3 : 4;
  }
  if (ya == yb && ma == db && da == mb) return 1;
  int differ = (ya != yb) + (ma != mb) + (da != db);
  int near = near_part(ya, yb) + near_part(ma, mb) + near_part(da, db);
  if (differ == 1) return near == 3 ? 1 : 2;
  if (near == 3) return differ == 2 ? 2 : 3;
  return differ == 2 ? 3 : 4;
}

/* --- texts ---------------------------------------------------------------------------------------- */

unsigned sw_link_osa_units(const uint16_t *a, size_t na, const uint16_t *b, size_t nb) {
  while (na && nb && a[0] == b[0]) a++, b++, na--, nb--;
  while (na && nb && a[na - 1] == b[nb - 1]) na--, nb--;
  if (na > 64) na = 64;
  if (nb > 64) nb = 64;
  if (na == 0) return (unsigned)nb;
  if (nb == 0) return (unsigned)na;
  uint64_t vp = ~(uint64_t)0, vn = 0, d0 = 0, before = 0, top = (uint64_t)1 << (na - 1);
  unsigned score = (unsigned)na;
  for (size_t j = 0; j < nb; j++) {
    uint64_t pm = 0;
    for (size_t i = 0; i < na; i++) pm |= (uint64_t)(a[i] == b[j]) << i;
    uint64_t tr = ((~d0 & pm) << 1) & before;
    d0 = (((pm & vp) + vp) ^ vp) | pm | vn | tr;
    uint64_t hp = vn | ~(d0 | vp), hn = d0 & vp;
    score += (hp & top) != 0;
    score -= (hn & top) != 0;
    hp = hp << 1 | 1;
    hn <<= 1;
    vp = hn | ~(d0 | hp);
    vn = hp & d0;
    before = pm;
  }
  return score;
}

/* Lower bounds from signatures: characters that one has and the other lacks. */
typedef struct bounds {
  unsigned most, least; /* of the two differences */
} bounds;

static bounds bound(uint64_t a, uint64_t b) {
  unsigned x = (unsigned)__builtin_popcountll(a & ~b), y = (unsigned)__builtin_popcountll(b & ~a);
  return x > y ? (bounds){x, y} : (bounds){y, x};
}

static bool same_units_bag(const uint16_t *a, const uint16_t *b, size_t n) {
  for (size_t i = 0; i < n; i++) {
    size_t ca = 0, cb = 0;
    for (size_t k = 0; k < n; k++) ca += a[k] == a[i], cb += b[k] == a[i];
    if (ca != cb) return false;
  }
  return true;
}

typedef struct text {
  const sw_link_text *e;
  const uint16_t *u;
  size_t n;
} text;

static text text_at(const sw_link_dict *d, uint32_t code) {
  const sw_link_text *e = &d->entries[code];
  return (text){e, d->units + e->off, e->len};
}

/* 0 same, 1 one error, 2 a few, 3 partly, 4 different: the scale of texts. */
static unsigned gap_of(const text *a, const text *b) {
  size_t longer = a->n > b->n ? a->n : b->n, shorter = a->n < b->n ? a->n : b->n;
  bool prefix = shorter >= 1 && memcmp(a->u, b->u, shorter * sizeof *a->u) == 0;
  bounds g = bound(a->e->sig, b->e->sig);
  if (g.most * 5 > longer * 2) return prefix ? 3 : 4;
  unsigned d = sw_link_osa_units(a->u, a->n, b->u, b->n);
  if (d <= 1 && longer >= 3) return 1;
  if ((d == 2 && longer >= 5) || d * 4 <= longer) return 2;
  if (a->n == b->n && g.most == 0 && longer >= 4 && d <= 4 && same_units_bag(a->u, b->u, longer)) return 2;
  return d * 5 <= longer * 2 || prefix ? 3 : 4;
}

/* Words in another order ("cottage rose" for "rose cottage") count as a few errors. */
static bool same_words(const text *a, const text *b) {
  if (a->n != b->n || a->e->sig != b->e->sig || a->e->key != b->e->key) return false;
  return same_units_bag(a->u, b->u, a->n < 64 ? a->n : 64);
}

NOINLINE static unsigned level_string(const sw_link_dict *d, uint32_t a, uint32_t b) {
  text x = text_at(d, a), y = text_at(d, b);
  unsigned g = gap_of(&x, &y);
  if (g >= 3 && (x.e->flags & y.e->flags & SW_LINK_TEXT_WORDS) && same_words(&x, &y)) return 2;
  return g;
}

NOINLINE static unsigned level_email(const sw_link_dict *d, uint32_t a, uint32_t b) {
  text x = text_at(d, a), y = text_at(d, b);
  size_t longer = x.n > y.n ? x.n : y.n;
  bounds g = bound(x.e->sig, y.e->sig);
  size_t ax = x.e->extra, ay = y.e->extra;
  bool same_local = ax > 3 && ax == ay && memcmp(x.u, y.u, ax * sizeof *x.u) == 0;
  bool same_domain = ax && ay && x.n - ax == y.n - ay && x.n - ax > 4 && memcmp(x.u + ax, y.u + ay, (x.n - ax) * sizeof *x.u) == 0;
  if (g.most <= 6) {
    unsigned e = sw_link_osa_units(x.u, x.n, y.u, y.n);
    /* In one domain the name before the @ decides: f.j@ and h.k@ are two people of one house. */
    size_t local = ax > ay ? ax : ay;
    if (same_domain && e * 2 >= local) return 3;
    if (e <= 1) return 1;
    if (e <= 4) return 2;
    if (x.n == y.n && g.most == 0 && same_units_bag(x.u, y.u, longer < 64 ? longer : 64)) return 2;
    if (e * 20 <= longer * 7) return 3;
  }
  return same_local || same_domain ? 3 : 4;
}

static unsigned level_letters(const text *x, const text *y) {
  static const uint8_t of_gap[] = {SW_NAME_EXACT, SW_NAME_SOUND, SW_NAME_FUZZY, SW_NAME_PARTIAL, SW_NAME_OTHER};
  return of_gap[gap_of(x, y)];
}

static size_t widen(const text *t, uint32_t out[SW_NAME_CHARS]) {
  size_t n = 0;
  if (!(t->e->flags & SW_LINK_TEXT_SURROGATES)) {
    for (; n < t->n && n < SW_NAME_CHARS; n++) out[n] = t->u[n];
    return n;
  }
  for (size_t i = 0; i < t->n && n < SW_NAME_CHARS; i++) {
    uint32_t c = t->u[i];
    if (c >= 0xD800 && c < 0xDC00 && i + 1 < t->n) c = 0x10000 + ((c - 0xD800) << 10) + (t->u[++i] - 0xDC00u);
    out[n++] = c;
  }
  return n;
}

NOINLINE static unsigned level_name(const sw_link_dict *d, uint32_t a, uint32_t b) {
  text x = text_at(d, a), y = text_at(d, b);
  unsigned any = x.e->flags | y.e->flags, both = x.e->flags & y.e->flags;
  if (!(any & (SW_LINK_TEXT_HAN | SW_LINK_TEXT_WORDS))) return level_letters(&x, &y);
  if (both & SW_LINK_TEXT_HAN) {
    if (!(x.e->sig & y.e->sig) && !(any & SW_LINK_TEXT_WILD) && x.n > 1 && y.n > 1) return SW_NAME_OTHER;
  } else if (!(any & SW_LINK_TEXT_HAN) && __builtin_popcountll(x.e->sig & y.e->sig) < 3) {
    return SW_NAME_OTHER;
  }
  uint32_t p[SW_NAME_CHARS], q[SW_NAME_CHARS];
  size_t np = widen(&x, p), nq = widen(&y, q);
  return (unsigned)sw_name_compare_cp(p, np, q, nq);
}

/* --- addresses ------------------------------------------------------------------------------------ */

static bool divisions_fit(unsigned ah, unsigned al, unsigned bh, unsigned bl) {
  unsigned a = ah * 1000 + al, b = bh * 1000 + bl;
  if (a == 0 || b == 0 || a == b) return true;
  if (a / 10000 != b / 10000) return false;
  if (a % 10000 == 0 || b % 10000 == 0) return true;
  return a / 100 == b / 100 && (a % 100 == 0 || b % 100 == 0);
}

static unsigned by_division(unsigned a, unsigned b) {
  if (a == 0 || b == 0) return 5;
  if (a == b && a % 100) return 3;
  return a / 100 == b / 100 && a / 100 % 100 ? 4 : 5;
}

static bool within(const text *big, const text *small) {
  for (size_t i = 0; i + small->n <= big->n; i++)
    if (big->u[i] == small->u[0] && memcmp(big->u + i, small->u, small->n * sizeof *small->u) == 0) return true;
  return false;
}

NOINLINE static unsigned level_address(const sw_link_dict *d, uint32_t a, uint32_t b) {
  text x = text_at(d, a), y = text_at(d, b);
  unsigned base = SW_LINK_ADDRESS_BASE, ah = x.u[0] - base, al = x.u[1] - base, bh = y.u[0] - base, bl = y.u[1] - base;
  unsigned apart = by_division(ah * 1000 + al, bh * 1000 + bl);
  x.u += SW_LINK_ADDRESS_HEAD, x.n -= SW_LINK_ADDRESS_HEAD;
  y.u += SW_LINK_ADDRESS_HEAD, y.n -= SW_LINK_ADDRESS_HEAD;
  if (x.n < 2 || y.n < 2 || !divisions_fit(ah, al, bh, bl)) return apart;
  size_t longer = x.n > y.n ? x.n : y.n, shorter = x.n < y.n ? x.n : y.n;
  bool numbers = x.e->key == y.e->key || x.e->key == 0 || y.e->key == 0;
  bounds g = bound(x.e->sig, y.e->sig);
  if (g.most * 5 > longer * 2)
    return numbers && shorter >= 4 && g.least == 0 && within(x.n > y.n ? &x : &y, x.n > y.n ? &y : &x) ? 1 : apart;
  unsigned e = sw_link_osa_units(x.u, x.n, y.u, y.n);
  if (e == 0 && longer <= 64) return 0;
  if (numbers && e * 5 <= longer) return 1;
  if (numbers && shorter >= 4 && g.least == 0 && within(x.n > y.n ? &x : &y, x.n > y.n ? &y : &x)) return 1;
  return e * 5 <= longer * 2 ? 2 : apart;
}

static unsigned level_number(uint32_t a, uint32_t b) {
  float x, y;
  memcpy(&x, &a, sizeof x);
  memcpy(&y, &b, sizeof y);
  double gap = __builtin_fabs((double)x - (double)y), size = __builtin_fabs((double)x) > __builtin_fabs((double)y) ? __builtin_fabs((double)x) : __builtin_fabs((double)y);
  return gap <= size * 0.01 ? 1 : gap <= size * 0.1 ? 2 : 3;
}

/* --- fields and records --------------------------------------------------------------------------- */

static inline unsigned level_one(const sw_link_store *s, const sw_link_slot *slot, const uint32_t *x, const uint32_t *y) {
  if (slot->width == 1) {
    if (x[0] == 0 || y[0] == 0) return SW_LINK_ABSENT;
    if (x[0] == y[0]) return 0;
  }
  const sw_link_dict *d = &s->dicts[slot->dict];
  switch (slot->kind) {
    case SW_LINK_NAME:
    case SW_LINK_GIVEN:
    case SW_LINK_SURNAME: return level_name(d, x[0], y[0]);
    case SW_LINK_CITIZEN_ID: return level_citizen(x, y);
    case SW_LINK_ID: return level_id(x, y);
    case SW_LINK_DATE: return level_date(x[0], y[0]);
    case SW_LINK_SEX:
    case SW_LINK_CATEGORY: return 1;
    case SW_LINK_PHONE: return level_phone(x, y);
    case SW_LINK_ADDRESS: return level_address(d, x[0], y[0]);
    case SW_LINK_EMAIL: return level_email(d, x[0], y[0]);
    case SW_LINK_STRING: return level_string(d, x[0], y[0]);
    case SW_LINK_NUMBER: return level_number(x[0], y[0]);
    case SW_LINK_KINDS: break;
  }
  return SW_LINK_ABSENT;
}

unsigned sw_link_field_level(const sw_link_store *s, size_t field, const uint32_t *a, const uint32_t *b) {
  const sw_link_slot *slot = &s->slots[field];
  const uint32_t *x = a + slot->word, *y = b + slot->word;
  if (slot->count == 1) return level_one(s, slot, x, y);
  unsigned best = SW_LINK_ABSENT;
  for (size_t i = 0; i < slot->count; i++)
    for (size_t j = 0; j < slot->count; j++) {
      unsigned l = level_one(s, slot, x + i * slot->width, y + j * slot->width);
      if (l < best) best = l;
    }
  return best;
}

static int points(unsigned level) {
  static const int8_t p[16] = {4, 4, 3, 2, 2, 1, 0, 0};
  return p[level & 15];
}

/* Given name and surname, in place or crosswise, whichever agrees clearly better. */
static uint64_t compare_halves(const sw_link_store *s, const uint32_t *a, const uint32_t *b, uint64_t pattern) {
  size_t g = (size_t)s->given_field, f = (size_t)s->surname_field;
  const sw_link_slot *gs = &s->slots[g], *fs = &s->slots[f];
  unsigned lg = sw_link_field_level(s, g, a, b), lf = sw_link_field_level(s, f, a, b), order = SW_LINK_ABSENT;
  if (lg != 0 || lf != 0) {
    unsigned x = level_one(s, gs, a + gs->word, b + fs->word), y = level_one(s, gs, a + fs->word, b + gs->word);
    if (points(x) + points(y) > points(lg) + points(lf) + 1 && (x <= SW_NAME_FUZZY || y <= SW_NAME_FUZZY)) {
      lg = x < y ? x : y;
      lf = x < y ? y : x;
      order = 1;
    }
  }
  if (order == SW_LINK_ABSENT && (lg <= SW_NAME_FUZZY || lf <= SW_NAME_FUZZY)) order = 0;
  pattern = sw_link_pattern_set(sw_link_pattern_set(pattern, g, lg), f, lf);
  return sw_link_pattern_set(pattern, s->nfields, order);
}

uint64_t sw_link_compare(const sw_link_store *s, const uint32_t *a, const uint32_t *b) {
  uint64_t pattern = 0;
  for (size_t f = 0; f < s->nfields; f++) {
    if (s->slots[f].kind == SW_LINK_GIVEN || s->slots[f].kind == SW_LINK_SURNAME) continue;
    pattern |= (uint64_t)sw_link_field_level(s, f, a, b) << (4 * f);
  }
  if (s->given_field >= 0) {
    pattern = compare_halves(s, a, b, pattern);
  } else {
    pattern |= (uint64_t)SW_LINK_ABSENT << (4 * s->nfields);
  }
  /* A citizen id holds the birth date and the sex: where the ids agree they are no second witnesses. */
  if (s->id_field >= 0 && sw_link_pattern_level(pattern, (size_t)s->id_field) <= 2) {
    if (s->birth_field >= 0 && sw_link_pattern_level(pattern, (size_t)s->birth_field) == 0)
      pattern = sw_link_pattern_set(pattern, (size_t)s->birth_field, SW_LINK_ABSENT);
    if (s->sex_field >= 0 && sw_link_pattern_level(pattern, (size_t)s->sex_field) == 0)
      pattern = sw_link_pattern_set(pattern, (size_t)s->sex_field, SW_LINK_ABSENT);
  }
  return pattern;
}

uint64_t sw_link_compare_halves(const sw_link_store *s, const uint32_t *a, const uint32_t *b) { return compare_halves(s, a, b, 0); }

bool sw_link_contradict(const sw_link_store *s, const uint32_t *a, const uint32_t *b) {
  if (s->id_field >= 0) {
    const uint32_t *x = a + s->slots[s->id_field].word, *y = b + s->slots[s->id_field].word;
    if ((x[2] & y[2] & SW_LINK_CID_VALID) && level_citizen(x, y) >= 2) return true;
  }
  if (s->sex_field >= 0 && s->birth_field >= 0) {
    uint32_t sa = a[s->slots[s->sex_field].word], sb = b[s->slots[s->sex_field].word];
    uint32_t ba = a[s->slots[s->birth_field].word], bb = b[s->slots[s->birth_field].word];
    if (sa && sb && sa != sb && ba && bb && level_date(ba, bb) >= 2) return true;
  }
  return false;
}
