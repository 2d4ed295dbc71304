#include "identity/model_file.h"

#include "base/fs.h"
#include "base/hash.h"

#include <stdlib.h>

static const char MAGIC[8] = {'S', 'W', 'L', 'M', '0', '0', '0', '1'};

uint64_t sw_link_spec_signature(const sw_link_spec *s) {
  uint64_t h = s->nfields;
  for (size_t f = 0; f < s->nfields; f++) {
    const sw_link_field *x = &s->fields[f];
    h = sw_hash64(x->name, strlen(x->name), sw_mix64(h + (uint64_t)x->kind * 4 + x->birth * 2u + x->date_parts));
    for (size_t c = 0; c < x->ncolumns; c++) h = sw_hash64(x->columns[c], strlen(x->columns[c]), h);
  }
  return h;
}

/* The numbers of a model as one flat record. */
typedef struct flat {
  uint64_t signature;
  uint64_t nfields, nfeatures, nfamilies;
  double m[SW_LINK_PLACES][SW_LINK_LEVELS], u[SW_LINK_PLACES][SW_LINK_LEVELS];
  double matches, pairs, recall;
  int64_t records, prior;
  double collision[SW_LINK_FIELDS], rho[SW_LINK_FIELDS], partners[SW_LINK_FIELDS];
  int64_t present[SW_LINK_FIELDS];
  int64_t weight[SW_LINK_PLACES][16];
  double family_recall[SW_LINK_FAMILIES], family_pairs[SW_LINK_FAMILIES];
  uint8_t features[SW_LINK_FEATURES][4];
  uint8_t families[SW_LINK_FAMILIES][4];
  uint64_t tally[SW_LINK_FIELDS];
} flat;

static void flatten(const sw_link_model *m, const sw_link_spec *spec, flat *x) {
  memset(x, 0, sizeof *x);
  x->signature = sw_link_spec_signature(spec);
  x->nfields = m->nfields;
  x->nfeatures = m->nfeatures;
  x->nfamilies = m->nfamilies;
  memcpy(x->m, m->m, sizeof x->m);
  memcpy(x->u, m->u, sizeof x->u);
  x->matches = m->matches;
  x->pairs = m->pairs;
  x->recall = m->recall;
  x->records = m->records;
  x->prior = m->prior;
  memcpy(x->collision, m->collision, sizeof x->collision);
  memcpy(x->rho, m->rho, sizeof x->rho);
  memcpy(x->partners, m->partners, sizeof x->partners);
  memcpy(x->present, m->present, sizeof x->present);
  for (size_t p = 0; p < SW_LINK_PLACES; p++)
    for (size_t l = 0; l < 16; l++) x->weight[p][l] = m->weight[p][l];
  memcpy(x->family_recall, m->family_recall, sizeof x->family_recall);
  memcpy(x->family_pairs, m->family_pairs, sizeof x->family_pairs);
  for (size_t i = 0; i < m->nfeatures; i++) {
    x->features[i][0] = m->features[i].field;
    x->features[i][1] = m->features[i].alternative;
    x->features[i][2] = m->features[i].what;
  }
  for (size_t i = 0; i < m->nfamilies; i++) {
    memcpy(x->families[i], m->families[i].feature, 3);
    x->families[i][3] = m->families[i].n;
  }
  for (size_t f = 0; f < m->nfields; f++) x->tally[f] = m->tally[f].nslots;
}

sw_status sw_link_model_write(const sw_link_model *m, const sw_link_spec *spec, const char *path, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  b.max = (size_t)1 << 33;
  flat *x = malloc(sizeof *x);
  if (!x) return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory");
  flatten(m, spec, x);
  sw_buf_put(&b, MAGIC, sizeof MAGIC);
  sw_buf_put(&b, x, sizeof *x);
  free(x);
  for (size_t f = 0; f < m->nfields; f++) sw_buf_put(&b, m->tally[f].slots, m->tally[f].nslots * sizeof *m->tally[f].slots);
  uint64_t sum = sw_hash64(b.ptr, b.len, 0x5EA1);
  sw_buf_put(&b, &sum, sizeof sum);
  if (sw_buf_check(&b, err)) return err ? err->status : SW_E_NOMEM;
  return sw_fs_write_durable(path, b.ptr, b.len, err);
}

static sw_status damaged(sw_error *err) {
  return SW_FAIL(err, SW_E_DATA, "SW-LINK-0040", "关联模型文件已损坏：请从备份恢复，或重新估计模型", "the linkage model's file is damaged: restore it, or estimate a new model");
}

/* Everything that is used as an index must be in range: a checksum guards against accidents, not against malice. */
static bool sane(const flat *x, const sw_link_store *s) {
  if (x->nfields != s->nfields || x->nfeatures > SW_LINK_FEATURES || x->nfamilies > SW_LINK_FAMILIES) return false;
  for (size_t i = 0; i < x->nfeatures; i++)
    if (x->features[i][0] >= x->nfields || x->features[i][1] >= s->slots[x->features[i][0]].count || x->features[i][2] >= SW_LINK_F_WHATS) return false;
  for (size_t i = 0; i < x->nfamilies; i++) {
    if (x->families[i][3] == 0 || x->families[i][3] > SW_LINK_FAMILY_FEATURES) return false;
    for (size_t k = 0; k < x->families[i][3]; k++)
      if (x->families[i][k] >= x->nfeatures) return false;
  }
  for (size_t p = 0; p < SW_LINK_PLACES; p++)
    for (size_t l = 0; l < 16; l++)
      if (x->weight[p][l] > 100000 || x->weight[p][l] < -100000) return false;
  return x->prior > -100000 && x->prior < 100000;
}

static void unflatten(const flat *x, sw_link_model *m) {
  m->nfields = x->nfields;
  m->nfeatures = x->nfeatures;
  m->nfamilies = x->nfamilies;
  memcpy(m->m, x->m, sizeof x->m);
  memcpy(m->u, x->u, sizeof x->u);
  m->matches = x->matches;
  m->pairs = x->pairs;
  m->recall = x->recall;
  m->records = x->records;
  m->prior = (int32_t)x->prior;
  memcpy(m->collision, x->collision, sizeof x->collision);
  memcpy(m->rho, x->rho, sizeof x->rho);
  memcpy(m->partners, x->partners, sizeof x->partners);
  memcpy(m->present, x->present, sizeof x->present);
  for (size_t p = 0; p < SW_LINK_PLACES; p++)
    for (size_t l = 0; l < 16; l++) m->weight[p][l] = (int32_t)x->weight[p][l];
  memcpy(m->family_recall, x->family_recall, sizeof x->family_recall);
  memcpy(m->family_pairs, x->family_pairs, sizeof x->family_pairs);
  for (size_t i = 0; i < m->nfeatures; i++)
    m->features[i] = (sw_link_feature){.field = x->features[i][0], .alternative = x->features[i][1], .what = x->features[i][2]};
  for (size_t i = 0; i < m->nfamilies; i++) {
    memcpy(m->families[i].feature, x->families[i], 3);
    m->families[i].n = x->families[i][3];
  }
}

/* A table of 2^k slots with at least one free, so that looking up ends. */
static bool take_tally(sw_link_tally *t, const char *p, uint64_t nslots) {
  if (nslots == 0) return true;
  if ((nslots & (nslots - 1)) != 0) return false;
  t->slots = malloc(nslots * sizeof *t->slots);
  if (!t->slots) return false;
  memcpy(t->slots, p, nslots * sizeof *t->slots);
  t->nslots = nslots;
  for (size_t i = 0; i < nslots; i++)
    if (t->slots[i] == 0) return true;
  return false;
}

static sw_status take(const flat *x, sw_str rest, const sw_link_spec *spec, const sw_link_store *s, sw_link_model *out, sw_error *err) {
  if (!sane(x, s)) return damaged(err);
  unflatten(x, out);
  size_t at = 0;
  for (size_t f = 0; f < out->nfields; f++) {
    if (x->tally[f] > (rest.len - at) / sizeof(uint64_t)) return damaged(err);
    if (!take_tally(&out->tally[f], rest.ptr + at, x->tally[f])) return damaged(err);
    at += x->tally[f] * sizeof(uint64_t);
    sw_link_model_tabulate(out, f);
  }
  if (sw_link_model_attach(out, s, err)) return err ? err->status : SW_E_NOMEM;
  sw_link_model_seal(out, s, spec);
  return SW_OK;
}

sw_status sw_link_model_parse(sw_str b, const sw_link_spec *spec, const sw_link_store *s, sw_link_model *out, sw_error *err) {
  memset(out, 0, sizeof *out);
  uint64_t sum;
  if (b.len < sizeof MAGIC + sizeof(flat) + sizeof sum || memcmp(b.ptr, MAGIC, sizeof MAGIC) != 0) return damaged(err);
  memcpy(&sum, b.ptr + b.len - sizeof sum, sizeof sum);
  if (sum != sw_hash64(b.ptr, b.len - sizeof sum, 0x5EA1)) return damaged(err);
  flat *x = malloc(sizeof *x);
  if (!x) return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory");
  memcpy(x, b.ptr + sizeof MAGIC, sizeof *x);
  sw_status st;
  if (x->signature != sw_link_spec_signature(spec)) {
    st = SW_FAIL(err, SW_E_CONFIG, "SW-LINK-0041", "关联模型是按另一组字段估计的：请重新估计", "the linkage model was estimated for other fields: estimate a new one");
  } else {
    size_t from = sizeof MAGIC + sizeof *x;
    st = take(x, (sw_str){b.ptr + from, b.len - from - sizeof sum}, spec, s, out, err);
  }
  free(x);
  if (st) sw_link_model_fini(out);
  return st;
}

sw_status sw_link_model_read(const char *path, const sw_link_spec *spec, const sw_link_store *s, sw_link_model *out, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  b.max = (size_t)1 << 33;
  if (sw_fs_read(path, b.max, &b, err)) return SW_FRAME(err, "读取关联模型", "reading the linkage model");
  return sw_link_model_parse(sw_buf_str(&b), spec, s, out, err);
}
