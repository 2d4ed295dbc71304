#include "identity/model.h"

#include "medic/name.h"

#include <math.h>
#include <stdlib.h>

void sw_link_model_fini(sw_link_model *m) {
  for (size_t f = 0; f < SW_LINK_FIELDS; f++) {
    free(m->exact[f]);
    free(m->tally[f].slots);
  }
  memset(m, 0, sizeof *m);
}

size_t sw_link_model_bytes(const sw_link_model *m) {
  size_t b = sizeof *m;
  for (size_t f = 0; f < m->nfields; f++) b += m->nexact[f] * sizeof **m->exact + m->tally[f].nslots * 8;
  return b;
}

int32_t sw_link_score_of(double p) {
  if (p <= 0) return INT32_MIN / 2;
  if (p >= 1) return INT32_MAX / 2;
  return (int32_t)lrint(SW_LINK_BIT * log2(p / (1 - p)));
}

/* u of a value is its share of the records, less the part of its coincidences that one person's records explain.
 * A value with about as many records as one person has is as good as unique where the field's coincidences mostly are
 * of one person (rho small); a common one is simply common. */
int32_t sw_link_exact_weight(const sw_link_model *m, size_t f, uint32_t count) {
  if (m->present[f] < 2) return m->weight[f][0];
  double c = count < 2 ? 2 : (double)count, share = m->partners[f] / (c - 1);
  if (share > 1) share = 1;
  double rho = (1 - share) * pow(m->rho[f], share);
  if (rho < m->rho[f]) rho = m->rho[f];
  double u = c / (double)m->present[f] * rho, floor_u = ldexp(1, -26);
  if (u < floor_u) u = floor_u;
  if (u > 1) u = 1;
  double w = log2(m->m[f][0] / u) * SW_LINK_BIT;
  return (int32_t)lrint(w > 30000 ? 30000 : w < -30000 ? -30000 : w);
}

static inline int32_t exact_of(const sw_link_model *m, const sw_link_store *s, size_t f, const uint32_t *words) {
  const sw_link_slot *slot = &s->slots[f];
  if (m->exact[f]) return words[0] < m->nexact[f] ? m->exact[f][words[0]] : sw_link_exact_weight(m, f, 2);
  if (slot->kind == SW_LINK_NUMBER) return m->weight[f][0];
  if (slot->kind == SW_LINK_SEX) return m->of_sex[f][words[0] & 3];
  uint32_t count = sw_link_tally_get(&m->tally[f], sw_link_whole_value(slot, words));
  return count < SW_LINK_COUNTS ? m->by_count[f][count] : sw_link_exact_weight(m, f, count);
}

/* The weight of a level of a field whose values are at x and y. */
static int32_t weigh(const sw_link_model *m, const sw_link_store *s, size_t f, unsigned level, const uint32_t *x, const uint32_t *y) {
  if (level == SW_LINK_ABSENT) return 0;
  const sw_link_slot *slot = &s->slots[f];
  if (level == 0) return exact_of(m, s, f, x);
  int32_t w = m->weight[f][level];
  if (w <= 0 || level + 1 >= sw_link_kind_levels(slot->kind) || !m->exact[f]) return w;
  int32_t a = exact_of(m, s, f, x), b = exact_of(m, s, f, y), rarer = a < b ? a : b;
  w += (rarer - m->weight[f][0]) / 2;
  return w > m->weight[f][0] && w > rarer ? (rarer > m->weight[f][0] ? rarer : m->weight[f][0]) : w;
}

/* Which alternatives gave the level: the words to weigh. */
static void words_of(const sw_link_store *s, size_t f, unsigned level, const uint32_t *a, const uint32_t *b, const uint32_t **x, const uint32_t **y) {
  const sw_link_slot *slot = &s->slots[f];
  *x = a + slot->word;
  *y = b + slot->word;
  if (slot->count == 1 || level != 0) return;
  for (size_t i = 0; i < slot->count; i++)
    for (size_t j = 0; j < slot->count; j++) {
      const uint32_t *p = a + slot->word + i * slot->width, *q = b + slot->word + j * slot->width;
      if (p[0] && memcmp(p, q, slot->width * sizeof *p) == 0) {
        /* Number fields are looked up as if they stood first. */
        *x = p;
        *y = q;
        return;
      }
    }
}

static int32_t weigh_place(const sw_link_model *m, const sw_link_store *s, size_t f, uint64_t pattern, const uint32_t *a, const uint32_t *b) {
  unsigned level = sw_link_pattern_level(pattern, f);
  const uint32_t *x, *y;
  words_of(s, f, level, a, b, &x, &y);
  if (s->given_field >= 0 && sw_link_pattern_level(pattern, s->nfields) == 1 &&
      ((int)f == s->given_field || (int)f == s->surname_field)) {
    /* Crosswise: given takes the better pair (see compare_halves). */
    const uint32_t *ag = a + s->slots[s->given_field].word, *as = a + s->slots[s->surname_field].word;
    const uint32_t *bg = b + s->slots[s->given_field].word, *bs = b + s->slots[s->surname_field].word;
    bool first_equal = ag[0] && ag[0] == bs[0], second_equal = as[0] && as[0] == bg[0];
    if (level == 0) {
      int32_t p = first_equal ? exact_of(m, s, f, ag) : INT32_MAX, q = second_equal ? exact_of(m, s, f, as) : INT32_MAX;
      if (first_equal && second_equal) return (int)f == s->given_field ? (p < q ? p : q) : (p < q ? q : p);
      return first_equal ? p : q;
    }
    return m->weight[f][level];
  }
  return weigh(m, s, f, level, x, y);
}

static bool witnessed(const sw_link_store *s, const uint32_t *a, const uint32_t *b) {
  if (s->name_field >= 0 && sw_link_field_level(s, (size_t)s->name_field, a, b) <= SW_NAME_PARTIAL) return true;
  if (s->given_field >= 0) {
    unsigned g = sw_link_field_level(s, (size_t)s->given_field, a, b), f = sw_link_field_level(s, (size_t)s->surname_field, a, b);
    if (g <= SW_NAME_PARTIAL || f <= SW_NAME_FUZZY) return true;
  }
  return s->birth_field >= 0 && sw_link_field_level(s, (size_t)s->birth_field, a, b) <= 1;
}

/* Does a number that one person alone has agree (in all but a character)? */
static bool own_number_agrees(const sw_link_store *s, const uint32_t *a, const uint32_t *b) {
  for (size_t f = 0; f < s->nfields; f++) {
    sw_link_kind k = s->slots[f].kind;
    if ((k == SW_LINK_CITIZEN_ID || k == SW_LINK_ID || k == SW_LINK_EMAIL) && sw_link_field_level(s, f, a, b) <= 1) return true;
  }
  return false;
}

/* A Han name all of whose characters could be read. */
static bool is_han(const sw_link_store *s, const uint32_t *row) {
  const sw_link_slot *slot = &s->slots[s->name_field];
  unsigned flags = s->dicts[slot->dict].entries[row[slot->word]].flags;
  return (flags & SW_LINK_TEXT_HAN) && !(flags & SW_LINK_TEXT_WILD);
}

/* Phone, address, contact and even the birth date are those of twins as well; siblings share all but the last. A Han name
 * has no short forms: where it differs, and no number of one's own agrees, they are two, or one who has changed the name. */
static bool only_a_household(const sw_link_store *s, const uint32_t *a, const uint32_t *b) {
  if (s->name_field < 0) return false;
  const sw_link_slot *slot = &s->slots[s->name_field];
  if (a[slot->word] == 0 || b[slot->word] == 0 || !is_han(s, a) || !is_han(s, b)) return false;
  unsigned level = sw_link_field_level(s, (size_t)s->name_field, a, b);
  return level >= SW_NAME_PARTIAL && level != SW_LINK_ABSENT && !own_number_agrees(s, a, b);
}

sw_link_bar sw_link_bar_of(const sw_link_store *s, const uint32_t *a, uint8_t fa, const uint32_t *b, uint8_t fb) {
  if (sw_link_contradict(s, a, b)) return SW_LINK_BAR_CONTRADICTION;
  unsigned id = s->id_field >= 0 ? sw_link_field_level(s, (size_t)s->id_field, a, b) : SW_LINK_ABSENT;
  bool has_other_evidence = s->name_field >= 0 || s->given_field >= 0 || s->birth_field >= 0;
  if (id == 0 && has_other_evidence && !witnessed(s, a, b)) return SW_LINK_BAR_BORROWED;
  if ((fa | fb) & SW_LINK_R_TEST) return SW_LINK_BAR_STANDIN;
  if ((fa & SW_LINK_R_STANDIN) && (fb & SW_LINK_R_STANDIN)) return SW_LINK_BAR_STANDIN;
  if (((fa | fb) & SW_LINK_R_NEWBORN) && id != 0) return SW_LINK_BAR_STANDIN;
  return only_a_household(s, a, b) ? SW_LINK_BAR_HOUSEHOLD : SW_LINK_FREE;
}

void sw_link_score_pair(const sw_link_model *m, const sw_link_store *s, const uint32_t *a, uint8_t fa, const uint32_t *b, uint8_t fb, sw_link_score *out) {
  out->pattern = sw_link_compare(s, a, b);
  out->total = m->prior;
  for (size_t f = 0; f < m->nfields; f++) out->total += out->part[f] = weigh_place(m, s, f, out->pattern, a, b);
  out->total += out->part[m->nfields] = m->weight[m->nfields][sw_link_pattern_level(out->pattern, m->nfields)];
  for (size_t p = m->nfields + 1; p < SW_LINK_PLACES; p++) out->part[p] = 0;
  out->bar = sw_link_bar_of(s, a, fa, b, fb);
}

/* Weight of a field that no other field bears on. */
static inline int32_t weigh_alone(const sw_link_model *m, const sw_link_store *s, size_t f, unsigned level, const uint32_t *a, const uint32_t *b) {
  const sw_link_slot *slot = &s->slots[f];
  if (slot->count == 1) return weigh(m, s, f, level, a + slot->word, b + slot->word);
  const uint32_t *x, *y;
  words_of(s, f, level, a, b, &x, &y);
  return weigh(m, s, f, level, x, y);
}

/* Numbers first. Where one agrees exactly its weight lies somewhere in a large table: meanwhile the greatest that the field
 * can give stands for it, and the table is called into the cache, so that pairs that other numbers refute never wait for
 * it. Returns the bound, or INT32_MIN; `same` gets a bit a field that is still to be weighed. */
static inline int32_t score_numbers(const sw_link_model *m, const sw_link_store *s, const uint32_t *a, const uint32_t *b, int32_t floor, uint32_t *same, bool *told) {
  int32_t possible = m->possible;
  for (size_t i = 0; i < m->ncheap; i++) {
    size_t f = m->order[i];
    unsigned level = sw_link_field_level(s, f, a, b);
    if ((int)f == s->id_field) *told = level <= 2;
    if (level == 0) {
      *same |= 1u << f;
      if (m->tally[f].nslots && s->slots[f].count == 1)
        __builtin_prefetch(&m->tally[f].slots[sw_link_whole_value(&s->slots[f], a + s->slots[f].word) & (m->tally[f].nslots - 1)]);
      continue;
    }
    possible += (level == SW_LINK_ABSENT ? 0 : m->weight[f][level]) - m->most[f];
    if (possible < floor) return INT32_MIN;
  }
  return possible;
}

/* Weighs the exact agreements that were put off. Where the ids agree, birth date and sex tell nothing new. */
static inline int32_t weigh_same(const sw_link_model *m, const sw_link_store *s, const uint32_t *a, const uint32_t *b, uint32_t same, bool told, int32_t possible) {
  for (; same; same &= same - 1) {
    size_t f = (size_t)__builtin_ctz(same);
    bool known = told && ((int)f == s->birth_field || (int)f == s->sex_field);
    possible += (known ? 0 : weigh_alone(m, s, f, 0, a, b)) - m->most[f];
  }
  return possible;
}

int32_t sw_link_score_fast(const sw_link_model *m, const sw_link_store *s, const uint32_t *a, const uint32_t *b, int32_t floor) {
  uint32_t same = 0;
  bool told = false;
  int32_t possible = score_numbers(m, s, a, b, floor, &same, &told);
  if (possible < floor) return INT32_MIN;
  possible = weigh_same(m, s, a, b, same, told, possible);
  for (size_t i = m->ncheap; i < m->nfields && possible >= floor; i++) {
    size_t f = m->order[i];
    if ((int)f == s->given_field || (int)f == s->surname_field) break; /* these come last, and together */
    possible += weigh_alone(m, s, f, sw_link_field_level(s, f, a, b), a, b) - m->most[f];
  }
  if (possible < floor) return INT32_MIN;
  if (s->given_field >= 0) {
    uint64_t pattern = sw_link_compare_halves(s, a, b);
    possible += weigh_place(m, s, (size_t)s->given_field, pattern, a, b) - m->most[s->given_field];
    possible += weigh_place(m, s, (size_t)s->surname_field, pattern, a, b) - m->most[s->surname_field];
    possible += m->weight[m->nfields][sw_link_pattern_level(pattern, m->nfields)] - m->most[m->nfields];
  } else {
    possible -= m->most[m->nfields];
  }
  return possible < floor ? INT32_MIN : possible;
}
