#include "quality/accumulate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define POPCOUNT __attribute__((target_clones("popcnt", "default")))
#else
#define POPCOUNT
#endif

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

/* --- failing rows ------------------------------------------------------------------------------------- */

void sw_fail_store_init(sw_fail_store *s, const char *temp_dir, int64_t budget_bytes) {
  *s = (sw_fail_store){.spill = -1, .temp_dir = temp_dir};
  s->budget = budget_bytes / (int64_t)(SW_FAIL_BLOCK * sizeof(sw_failing));
}

void sw_fail_store_fini(sw_fail_store *s) {
  for (size_t i = 0; i < s->blocks.len; i++) free(s->blocks.items[i].items);
  SW_VEC_FREE(&s->blocks);
  if (s->spill >= 0) close(s->spill);
  *s = (sw_fail_store){.spill = -1};
}

static sw_status open_spill(sw_fail_store *s, sw_error *err) {
  char path[4096];
  int n = snprintf(path, sizeof path, "%s/suwen-failing-XXXXXX", s->temp_dir);
  if (n < 0 || (size_t)n >= sizeof path) return SW_FAIL(err, SW_E_LIMIT, "SW-RULE-0020", "临时目录路径太长", "the temporary directory's path is too long");
  s->spill = mkstemp(path);
  if (s->spill < 0) return SW_FAIL_ERRNO(err, "SW-RULE-0020", "不能在 %s 建临时文件", "cannot make a temporary file in %s", s->temp_dir);
  (void)unlink(path); /* the space is given back when the descriptor closes, also after a kill */
  return SW_OK;
}

static sw_status spill(sw_fail_store *s, sw_fail_block *b, sw_error *err) {
  if (s->spill < 0 && open_spill(s, err)) return err ? err->status : SW_E_IO;
  size_t size = b->n * sizeof *b->items, done = 0;
  while (done < size) {
    ssize_t w = pwrite(s->spill, (const char *)b->items + done, size - done, s->spilled + (int64_t)done);
    if (w < 0 && errno == EINTR) continue;
    if (w <= 0) return SW_FAIL_ERRNO(err, "SW-RULE-0020", "失败行写入临时目录 %s", "writing failing rows to %s", s->temp_dir);
    done += (size_t)w;
  }
  b->offset = s->spilled;
  s->spilled += (int64_t)size;
  free(b->items);
  b->items = NULL;
  return SW_OK;
}

sw_status sw_fail_store_add(sw_fail_store *s, sw_failing *items, uint32_t n, sw_error *err) {
  sw_fail_block b = {.items = items, .n = n};
  if (s->temp_dir && s->in_memory >= s->budget) {
    sw_status st = spill(s, &b, err);
    if (st) {
      free(items);
      return st;
    }
  } else {
    s->in_memory++;
  }
  if (!SW_VEC_PUSH(&s->blocks, b)) {
    free(b.items);
    return no_memory(err);
  }
  s->total += n;
  return SW_OK;
}

sw_status sw_fail_store_read(const sw_fail_store *s, size_t block, sw_failing *room, const sw_failing **items, uint32_t *n, sw_error *err) {
  const sw_fail_block *b = &s->blocks.items[block];
  *n = b->n;
  *items = b->items ? b->items : room;
  size_t size = b->n * sizeof *room, done = 0;
  while (!b->items && done < size) {
    ssize_t r = pread(s->spill, (char *)room + done, size - done, b->offset + (int64_t)done);
    if (r < 0 && errno == EINTR) continue;
    if (r <= 0) return SW_FAIL_ERRNO(err, "SW-RULE-0020", "读回失败行", "reading failing rows back");
    done += (size_t)r;
  }
  return SW_OK;
}

/* --- counts ---------------------------------------------------------------------------------------------- */

void sw_tally_fini(sw_tally *t) {
  sw_map_fini(&t->orgs.by_name);
  free(t->rows);
  free(t->counts);
  free(t->met_mask);
  *t = (sw_tally){0};
}

static sw_status grow_orgs(sw_tally *t, size_t want, sw_error *err) {
  size_t cap = t->norgs_cap ? t->norgs_cap : 16;
  while (cap < want) cap *= 2;
  if (cap == t->norgs_cap) return SW_OK;
  int64_t *rows = realloc(t->rows, cap * sizeof *rows);
  if (rows) t->rows = rows;
  sw_count *counts = realloc(t->counts, (cap * t->nrules + 1) * sizeof *counts);
  if (counts) t->counts = counts;
  if (!rows || !counts) return no_memory(err);
  memset(rows + t->norgs_cap, 0, (cap - t->norgs_cap) * sizeof *rows);
  memset(counts + t->norgs_cap * t->nrules, 0, (cap - t->norgs_cap) * t->nrules * sizeof *counts);
  t->norgs_cap = cap;
  return SW_OK;
}

sw_status sw_tally_init(sw_tally *t, size_t nrules, sw_error *err) {
  *t = (sw_tally){.nrules = nrules};
  return grow_orgs(t, 1, err);
}

static sw_status org_number(sw_tally *t, const sw_string *cell, uint16_t *out, sw_error *err) {
  sw_orgs *o = &t->orgs;
  if (o->has_last && memcmp(&o->last, cell, sizeof *cell) == 0) {
    *out = (uint16_t)o->last_number;
    return SW_OK;
  }
  bool added;
  sw_str name = sw_string_view(cell);
  uint64_t *at = sw_map_at(&o->by_name, name, o->by_name.len, &added);
  if (!at) return no_memory(err);
  if (*at >= UINT16_MAX) return SW_FAIL(err, SW_E_LIMIT, "SW-RULE-0021", "机构超过 %d 个", "more than %d institutions", UINT16_MAX);
  if (added && grow_orgs(t, o->by_name.len, err)) return err ? err->status : SW_E_NOMEM;
  *out = (uint16_t)*at;
  o->has_last = cell->u.near.length <= 12;
  o->last = *cell;
  o->last_number = (uint32_t)*at;
  return SW_OK;
}

/* Which rows are whose, as masks; built once a batch and used by every rule with many answers to count. */
static sw_status build_masks(sw_tally *t, sw_error *err) {
  uint16_t place[SW_CHUNK_ROWS];
  static const uint16_t none = UINT16_MAX;
  uint16_t *slot = malloc(t->norgs_cap * sizeof *slot);
  if (!slot) return no_memory(err);
  for (size_t i = 0; i < t->norgs_cap; i++) slot[i] = none;
  t->nmet = 0;
  for (size_t i = 0; i < t->n; i++) {
    uint16_t o = t->org[i];
    if (slot[o] == none) {
      slot[o] = (uint16_t)t->nmet;
      t->met[t->nmet++] = o;
    }
    place[i] = slot[o];
  }
  free(slot);
  if (t->nmet > t->met_cap) {
    free(t->met_mask);
    t->met_cap = 0;
    if (!(t->met_mask = malloc(t->nmet * SW_MASK_WORDS * sizeof *t->met_mask))) return no_memory(err);
    t->met_cap = t->nmet;
  }
  memset(t->met_mask, 0, t->nmet * SW_MASK_WORDS * sizeof *t->met_mask);
  for (size_t i = 0; i < t->n; i++) t->met_mask[(size_t)place[i] * SW_MASK_WORDS + (i >> 6)] |= 1ull << (i & 63);
  return SW_OK;
}

sw_status sw_tally_batch(sw_tally *t, const sw_column *org, size_t n, sw_error *err) {
  static const sw_string nameless;
  const sw_string *cells = org ? org->data : NULL;
  t->n = n;
  t->words = (n + 63) / 64;
  for (size_t i = 0; i < n; i++) {
    bool there = cells && sw_column_valid(org, i);
    sw_status st = org_number(t, there ? &cells[i] : &nameless, &t->org[i], err);
    if (st) return st;
    t->rows[t->org[i]]++;
  }
  return build_masks(t, err);
}

POPCOUNT static int64_t count_bits(const uint64_t *m, size_t words) {
  int64_t n = 0;
  for (size_t w = 0; w < words; w++) n += __builtin_popcountll(m[w]);
  return n;
}

POPCOUNT static int64_t count_both(const uint64_t *a, const uint64_t *b, size_t words) {
  int64_t n = 0;
  for (size_t w = 0; w < words; w++) n += __builtin_popcountll(a[w] & b[w]);
  return n;
}

/* Adds a mask's bits to a field of each institution's count: bit by bit when few, institution by institution when many. */
static void add_bits(sw_tally *t, size_t rule, const uint64_t *m, size_t field) {
  int64_t total = count_bits(m, t->words);
  if (!total) return;
  char *base = (char *)(t->counts + rule) + field;
  size_t stride = t->nrules * sizeof(sw_count);
  if (total < (int64_t)(t->nmet * t->words)) {
    for (size_t w = 0; w < t->words; w++)
      for (uint64_t b = m[w]; b; b &= b - 1) ++*(int64_t *)(void *)(base + t->org[w * 64 + (size_t)__builtin_ctzll(b)] * stride);
    return;
  }
  for (size_t k = 0; k < t->nmet; k++)
    *(int64_t *)(void *)(base + t->met[k] * stride) += count_both(m, t->met_mask + k * SW_MASK_WORDS, t->words);
}

void sw_tally_rule(sw_tally *t, size_t rule, sw_mask m, const uint64_t *required, uint64_t fail[SW_MASK_WORDS]) {
  uint64_t na[SW_MASK_WORDS], any_error = 0;
  for (size_t w = 0; w < t->words; w++) {
    uint64_t all = t->n - w * 64 >= 64 ? UINT64_MAX : (1ull << (t->n - w * 64)) - 1;
    uint64_t open = all & ~(m.t[w] | m.f[w] | m.e[w]);
    uint64_t extra = required ? open & required[w] : 0;
    fail[w] = m.f[w] | extra;
    na[w] = open & ~extra;
    any_error |= m.e[w];
  }
  add_bits(t, rule, fail, offsetof(sw_count, failed));
  add_bits(t, rule, na, offsetof(sw_count, not_applicable));
  if (any_error) add_bits(t, rule, m.e, offsetof(sw_count, broken));
}
