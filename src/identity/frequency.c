#include "identity/frequency.h"

#include "base/hash.h"
#include "identity/block.h"
#include "identity/train.h"

#include <math.h>
#include <stdlib.h>

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory"); }

static bool has_dict(sw_link_kind k) {
  switch (k) {
    case SW_LINK_NAME: case SW_LINK_GIVEN: case SW_LINK_SURNAME: case SW_LINK_ADDRESS: case SW_LINK_EMAIL: case SW_LINK_STRING:
    case SW_LINK_CATEGORY: return true;
    case SW_LINK_CITIZEN_ID: case SW_LINK_ID: case SW_LINK_DATE: case SW_LINK_SEX: case SW_LINK_PHONE: case SW_LINK_NUMBER:
    case SW_LINK_KINDS: return false;
  }
  return false;
}

static void finish_collision(sw_link_model *m, size_t f, double pairs) {
  double p = (double)m->present[f];
  m->collision[f] = p < 2 ? 0 : pairs / (p * (p - 1) / 2);
}

/* Counts by code. The table is of 32-bit counts here and becomes weights in sw_link_model_finish. */
static sw_status count_codes(sw_link_model *m, const sw_link_store *s, size_t f, uint32_t **out, sw_error *err) {
  const sw_link_slot *slot = &s->slots[f];
  size_t n = s->dicts[slot->dict].n + 1;
  uint32_t *count = calloc(n, sizeof *count);
  if (!count) return no_memory(err);
  for (size_t r = 0; r < s->n; r++)
    for (size_t a = 0; a < slot->count; a++) {
      uint32_t code = sw_link_row(s, r)[slot->word + a];
      if (code && code < n) count[code]++, m->present[f]++;
    }
  double pairs = 0;
  for (size_t i = 1; i < n; i++) pairs += (double)count[i] * ((double)count[i] - 1) / 2;
  finish_collision(m, f, pairs);
  *out = count;
  return SW_OK;
}

static void tally_put(sw_link_tally *t, uint32_t hash, uint32_t count) {
  size_t i = hash & (t->nslots - 1);
  while (t->slots[i]) i = (i + 1) & (t->nslots - 1);
  t->slots[i] = (uint64_t)hash << 32 | count;
}

static bool tally_init(sw_link_tally *t, size_t entries) {
  t->nslots = 16;
  while (t->nslots < entries + entries / 2) t->nslots *= 2;
  t->slots = calloc(t->nslots, sizeof *t->slots);
  return t->slots != NULL;
}

static sw_status count_hashes(sw_link_model *m, const sw_link_store *s, size_t f, sw_error *err) {
  const sw_link_slot *slot = &s->slots[f];
  size_t cap = s->n * slot->count, n = 0;
  uint64_t *v = malloc((cap ? cap : 1) * 2 * sizeof *v);
  if (!v) return no_memory(err);
  for (size_t r = 0; r < s->n; r++)
    for (size_t a = 0; a < slot->count; a++) {
      sw_link_feature x = {.field = (uint8_t)f, .alternative = (uint8_t)a, .what = SW_LINK_F_WHOLE};
      uint32_t h = sw_link_feature_value(s, &x, sw_link_row(s, r));
      if (h) v[n++] = (uint64_t)h << 32;
    }
  sw_link_radix_sort(v, v + cap, n);
  m->present[f] = (int64_t)n;
  double pairs = 0;
  size_t shared = 0;
  for (size_t i = 0; i < n;) {
    size_t e = i + 1;
    while (e < n && v[e] == v[i]) e++;
    pairs += (double)(e - i) * (double)(e - i - 1) / 2;
    shared += e - i > 1;
    i = e;
  }
  finish_collision(m, f, pairs);
  bool ok = tally_init(&m->tally[f], shared);
  for (size_t i = 0; ok && i < n;) {
    size_t e = i + 1;
    while (e < n && v[e] == v[i]) e++;
    if (e - i > 1) tally_put(&m->tally[f], (uint32_t)(v[i] >> 32), (uint32_t)(e - i));
    i = e;
  }
  free(v);
  return ok ? SW_OK : no_memory(err);
}

uint32_t sw_link_text_hash(const sw_link_dict *d, uint32_t code) {
  const sw_link_text *e = &d->entries[code];
  uint32_t h = (uint32_t)(sw_hash64(d->units + e->off, e->len * sizeof *d->units, 0x7A11) >> 32);
  return h ? h : 1;
}

/* Keeps the counts of texts that two or more records have, by a hash of the text, so that a stored model knows them. */
static sw_status tally_codes(sw_link_model *m, const sw_link_store *s, size_t f, const uint32_t *count, size_t n, sw_error *err) {
  const sw_link_dict *d = &s->dicts[s->slots[f].dict];
  size_t shared = 0;
  for (size_t i = 1; i < n; i++) shared += count[i] > 1;
  if (!tally_init(&m->tally[f], shared)) return no_memory(err);
  for (size_t i = 1; i < n; i++)
    if (count[i] > 1) tally_put(&m->tally[f], sw_link_text_hash(d, (uint32_t)i), count[i]);
  return SW_OK;
}

sw_status sw_link_count_values(sw_link_model *m, const sw_link_store *s, sw_error *err) {
  for (size_t f = 0; f < s->nfields; f++) {
    uint32_t *count = NULL;
    if (!has_dict(s->slots[f].kind)) {
      if (count_hashes(m, s, f, err)) return err ? err->status : SW_E_NOMEM;
      continue;
    }
    if (count_codes(m, s, f, &count, err)) return err ? err->status : SW_E_NOMEM;
    sw_status st = tally_codes(m, s, f, count, s->dicts[s->slots[f].dict].n, err);
    free(count);
    if (st) return st;
  }
  return SW_OK;
}

static int32_t weight_of_count(const sw_link_model *m, size_t f, uint32_t count) {
  return count < SW_LINK_COUNTS ? m->by_count[f][count] : sw_link_exact_weight(m, f, count);
}

sw_status sw_link_model_attach(sw_link_model *m, const sw_link_store *s, sw_error *err) {
  for (size_t f = 0; f < m->nfields; f++) {
    for (uint32_t code = 1; s->slots[f].kind == SW_LINK_SEX && code < 4; code++) {
      const uint32_t words[3] = {code, 0, 0};
      m->of_sex[f][code] = (int16_t)weight_of_count(m, f, sw_link_tally_get(&m->tally[f], sw_link_whole_value(&s->slots[f], words)));
    }
    if (!has_dict(s->slots[f].kind)) continue;
    const sw_link_dict *d = &s->dicts[s->slots[f].dict];
    size_t n = d->n ? d->n : 1, from = m->exact[f] ? m->nexact[f] : 0;
    int16_t *table = realloc(m->exact[f], n * sizeof *table);
    if (!table) return no_memory(err);
    m->exact[f] = table;
    for (size_t i = from; i < n; i++) {
      uint32_t c = i ? sw_link_tally_get(&m->tally[f], sw_link_text_hash(d, (uint32_t)i)) : 1;
      table[i] = (int16_t)weight_of_count(m, f, c);
    }
    if (n > from) m->nexact[f] = n;
  }
  return SW_OK;
}

void sw_link_model_tabulate(sw_link_model *m, size_t f) {
  for (uint32_t c = 0; c < SW_LINK_COUNTS; c++) m->by_count[f][c] = (int16_t)sw_link_exact_weight(m, f, c);
}

static int32_t bits(double x) {
  double w = log2(x) * SW_LINK_BIT, most = 30.0 * SW_LINK_BIT;
  return (int32_t)lrint(w > most ? most : w < -most ? -most : w);
}

/* A worse level never weighs more than a better one; a level that hardly any true pair showed lies between its
 * neighbours, because its own figures are noise. */
static void steady(sw_link_model *m, size_t p, size_t n) {
  int32_t *w = m->weight[p];
  for (size_t l = 1; l + 1 < n; l++) {
    int32_t between = w[l - 1] / 2 + w[l + 1] / 2;
    if (m->m[p][l] * m->matches < 5 && w[l] > between) w[l] = between;
  }
  for (size_t l = 1; l < n; l++)
    if (w[l] > w[l - 1]) w[l] = w[l - 1];
}

static void level_weights(sw_link_model *m, const sw_link_store *s) {
  for (size_t p = 0; p <= m->nfields; p++) {
    size_t n = p < m->nfields ? sw_link_kind_levels(s->slots[p].kind) : 2;
    memset(m->weight[p], 0, sizeof m->weight[p]);
    for (size_t l = 0; l < n; l++) {
      double mm = m->m[p][l] > 1e-3 ? m->m[p][l] : 1e-3, u = m->u[p][l] > 1e-9 ? m->u[p][l] : 1e-9;
      m->weight[p][l] = bits(mm / u);
    }
    if (p < m->nfields) steady(m, p, n);
  }
}

static int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

static int32_t most_of(const sw_link_model *m, size_t p) {
  int32_t most = 0;
  for (size_t l = 0; l < 16; l++)
    if (m->weight[p][l] > most) most = m->weight[p][l];
  if (p < m->nfields) {
    int32_t rare = sw_link_exact_weight(m, p, 2);
    if (rare > most) most = rare;
    for (size_t i = 0; i < m->tally[p].nslots; i++)
      if (m->tally[p].slots[i]) most = larger(most, weight_of_count(m, p, (uint32_t)m->tally[p].slots[i]));
  }
  return most;
}

enum { DEAREST_NUMBER = 4 };

static int cost_of(sw_link_kind k) {
  switch (k) {
    case SW_LINK_DATE: return 0;
    case SW_LINK_CITIZEN_ID: return 1;
    case SW_LINK_ID:
    case SW_LINK_PHONE: return 2;
    case SW_LINK_CATEGORY:
    case SW_LINK_NUMBER: return 3;
    case SW_LINK_SEX: return 4;
    case SW_LINK_NAME: return 5;
    case SW_LINK_EMAIL:
    case SW_LINK_STRING: return 6;
    case SW_LINK_ADDRESS: return 7;
    case SW_LINK_GIVEN:
    case SW_LINK_SURNAME: return 9; /* need each other, so they come last */
    case SW_LINK_KINDS: return 10;
  }
  return 10;
}

static void order_fields(sw_link_model *m, const sw_link_store *s) {
  for (size_t f = 0; f < m->nfields; f++) {
    size_t i = f;
    for (; i > 0 && cost_of(s->slots[m->order[i - 1]].kind) > cost_of(s->slots[f].kind); i--) m->order[i] = m->order[i - 1];
    m->order[i] = (uint8_t)f;
  }
  m->ncheap = 0;
  while (m->ncheap < m->nfields && cost_of(s->slots[m->order[m->ncheap]].kind) <= DEAREST_NUMBER) m->ncheap++;
}

sw_status sw_link_model_finish(sw_link_model *m, const sw_link_store *s, const sw_link_spec *spec, sw_error *err) {
  double matches = m->matches > 1 ? m->matches : 1;
  if (matches > m->pairs / 2) matches = m->pairs / 2 > 1 ? m->pairs / 2 : 1;
  double lambda = matches / (m->pairs > 2 ? m->pairs : 2);
  m->prior = bits(lambda / (1 - lambda));
  level_weights(m, s);
  for (size_t f = 0; f < m->nfields; f++) {
    double cover = s->n ? (double)m->present[f] / (double)s->n : 0;
    m->partners[f] = m->present[f] ? 2 * matches * cover * m->m[f][0] / (double)s->n : 0;
    sw_link_model_tabulate(m, f);
    free(m->exact[f]);
    m->exact[f] = NULL;
    m->nexact[f] = 0;
  }
  if (sw_link_model_attach(m, s, err)) return err ? err->status : SW_E_NOMEM;
  sw_link_model_seal(m, s, spec);
  return SW_OK;
}

void sw_link_model_seal(sw_link_model *m, const sw_link_store *s, const sw_link_spec *spec) {
  m->possible = m->prior;
  for (size_t p = 0; p <= m->nfields; p++) m->possible += m->most[p] = most_of(m, p);
  order_fields(m, s);
  m->link = sw_link_score_of(sw_link_p_link(spec));
  m->review = sw_link_score_of(sw_link_p_review(spec));
  m->keep = m->review - 3 * SW_LINK_BIT;
}
