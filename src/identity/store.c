#include "identity/store.h"

#include "base/hash.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "identity/encode.h"

#include <stdlib.h>

static uint8_t width_of(sw_link_kind k) {
  switch (k) {
    case SW_LINK_CITIZEN_ID: return 3;
    case SW_LINK_ID:
    case SW_LINK_PHONE: return 2;
    case SW_LINK_NAME: case SW_LINK_GIVEN: case SW_LINK_SURNAME: case SW_LINK_DATE: case SW_LINK_SEX: case SW_LINK_ADDRESS:
    case SW_LINK_EMAIL: case SW_LINK_STRING: case SW_LINK_CATEGORY: case SW_LINK_NUMBER: case SW_LINK_KINDS: return 1;
  }
  return 1;
}

static void note_role(sw_link_store *s, int f, const sw_link_field *field) {
  if (field->kind == SW_LINK_NAME && s->name_field < 0) s->name_field = f;
  if (field->kind == SW_LINK_GIVEN) s->given_field = f;
  if (field->kind == SW_LINK_SURNAME) s->surname_field = f;
  if (field->kind == SW_LINK_CITIZEN_ID && s->id_field < 0) s->id_field = f;
  if (field->kind == SW_LINK_SEX && s->sex_field < 0) s->sex_field = f;
  if (field->kind == SW_LINK_DATE && field->birth && s->birth_field < 0) s->birth_field = f;
}

sw_status sw_link_store_init(sw_link_store *s, const sw_link_spec *spec, sw_error *err) {
  memset(s, 0, sizeof *s);
  if (sw_link_spec_check(spec, err)) return err ? err->status : SW_E_CONFIG;
  s->name_field = s->given_field = s->surname_field = s->id_field = s->birth_field = s->sex_field = -1;
  s->nfields = spec->nfields;
  uint16_t word = 0;
  for (size_t f = 0; f < spec->nfields; f++) {
    const sw_link_field *field = &spec->fields[f];
    uint8_t count = field->date_parts ? 1 : (uint8_t)field->ncolumns;
    s->slots[f] = (sw_link_slot){.kind = field->kind, .word = word, .width = width_of(field->kind), .count = count,
                                 .dict = (uint8_t)f, .birth = field->birth};
    word = (uint16_t)(word + s->slots[f].width * count);
    note_role(s, (int)f, field);
  }
  /* Halves of a name share a dictionary: a half is looked for in the other's place too. */
  if (s->surname_field >= 0) s->slots[s->surname_field].dict = s->slots[s->given_field].dict;
  s->words = word;
  return SW_OK;
}

void sw_link_store_fini(sw_link_store *s) {
  free(s->rows);
  free(s->flags);
  free(s->sources);
  for (size_t f = 0; f < SW_LINK_FIELDS; f++) {
    free(s->dicts[f].entries);
    free(s->dicts[f].units);
    free(s->dicts[f].slots);
  }
  memset(s, 0, sizeof *s);
}

size_t sw_link_store_bytes(const sw_link_store *s) {
  size_t b = s->cap * (s->words * sizeof *s->rows + 1 + (s->sources ? 1 : 0));
  for (size_t f = 0; f < s->nfields; f++) {
    const sw_link_dict *d = &s->dicts[f];
    b += d->cap * sizeof *d->entries + d->units_cap * sizeof *d->units + d->nslots * sizeof *d->slots;
  }
  return b;
}

static bool grow(void **p, size_t *cap, size_t want, size_t size) {
  if (want <= *cap) return true;
  size_t next = *cap + *cap / 4 + 4096, bytes;
  if (next < want) next = want;
  if (__builtin_mul_overflow(next, size, &bytes)) return false;
  void *q = realloc(*p, bytes);
  if (!q) return false;
  *p = q;
  *cap = next;
  return true;
}

static sw_status no_memory(sw_error *err) {
  return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足：记录太多，请分批或增加内存", "out of memory: too many records; split them or add memory");
}

static bool make_room(sw_link_store *s, size_t more, uint8_t source) {
  size_t want = s->n + more, cap = s->cap;
  if (!grow((void **)&s->rows, &cap, want, (s->words ? s->words : 1) * sizeof *s->rows)) return false;
  size_t flags_cap = s->cap;
  if (!grow((void **)&s->flags, &flags_cap, want, 1)) return false;
  size_t sources_cap = s->cap;
  if (source && !s->sources) {
    s->sources = calloc(cap, 1);
    if (!s->sources) return false;
  } else if (s->sources && !grow((void **)&s->sources, &sources_cap, want, 1)) {
    return false;
  }
  s->cap = cap < flags_cap ? cap : flags_cap;
  return true;
}

/* --- dictionaries --------------------------------------------------------------------------------- */

static uint64_t units_hash(const uint16_t *u, size_t n) { return sw_hash64(u, n * sizeof *u, 0x51); }

static bool rehash(sw_link_dict *d) {
  size_t n = d->nslots ? d->nslots * 2 : 1024;
  uint32_t *slots = calloc(n, sizeof *slots);
  if (!slots) return false;
  for (size_t e = 1; e < d->n; e++) {
    size_t i = units_hash(d->units + d->entries[e].off, d->entries[e].len) & (n - 1);
    while (slots[i]) i = (i + 1) & (n - 1);
    slots[i] = (uint32_t)e;
  }
  free(d->slots);
  d->slots = slots;
  d->nslots = n;
  return true;
}

uint32_t sw_link_dict_find(const sw_link_dict *d, const uint16_t *u, size_t len) {
  if (!d->nslots) return 0;
  size_t i = units_hash(u, len) & (d->nslots - 1);
  for (; d->slots[i]; i = (i + 1) & (d->nslots - 1)) {
    const sw_link_text *e = &d->entries[d->slots[i]];
    if (e->len == len && memcmp(d->units + e->off, u, len * sizeof *u) == 0) return d->slots[i];
  }
  return 0;
}

uint32_t sw_link_dict_add(sw_link_dict *d, const uint16_t *u, size_t len, bool *added) {
  *added = false;
  if ((d->n + 1) * 4 > d->nslots * 3 && !rehash(d)) return UINT32_MAX;
  size_t i = units_hash(u, len) & (d->nslots - 1);
  for (; d->slots[i]; i = (i + 1) & (d->nslots - 1)) {
    const sw_link_text *e = &d->entries[d->slots[i]];
    if (e->len == len && memcmp(d->units + e->off, u, len * sizeof *u) == 0) return d->slots[i];
  }
  if (d->n == 0) d->n = 1;
  if (d->n >= UINT32_MAX - 1 || d->nunits + len >= UINT32_MAX) return UINT32_MAX;
  if (!grow((void **)&d->entries, &d->cap, d->n + 1, sizeof *d->entries) ||
      !grow((void **)&d->units, &d->units_cap, d->nunits + len, sizeof *d->units))
    return UINT32_MAX;
  memcpy(d->units + d->nunits, u, len * sizeof *u);
  d->entries[d->n] = (sw_link_text){.off = (uint32_t)d->nunits, .len = (uint16_t)len};
  d->nunits += len;
  d->slots[i] = (uint32_t)d->n;
  *added = true;
  return (uint32_t)d->n++;
}

void sw_link_text_put(const sw_link_dict *d, uint32_t code, sw_buf *out) {
  if (code == 0 || code >= d->n) return;
  const uint16_t *u = d->units + d->entries[code].off;
  for (size_t i = 0; i < d->entries[code].len; i++) {
    uint32_t cp = u[i];
    if (cp >= 0xD800 && cp < 0xDC00 && i + 1 < d->entries[code].len) cp = 0x10000 + ((cp - 0xD800) << 10) + (u[++i] - 0xDC00u);
    char enc[4];
    sw_buf_put(out, enc, sw_utf8_encode(cp, enc));
  }
}

/* --- appending ------------------------------------------------------------------------------------ */

typedef struct append_job {
  sw_link_store *s;
  const sw_link_spec *spec;
  const sw_link_chunk *c;
  uint8_t *failed; /* by field */
} append_job;

static bool own_name(const sw_link_store *s, size_t f) { return (int)f == s->name_field || (int)f == s->given_field || (int)f == s->surname_field; }

static bool encode_field(append_job *j, size_t f) {
  sw_link_store *s = j->s;
  const sw_link_slot *slot = &s->slots[f];
  sw_link_dict *d = &s->dicts[slot->dict];
  for (size_t i = 0; i < j->c->n; i++) {
    uint32_t *row = s->rows + (s->n + i) * s->words + slot->word;
    for (size_t a = 0; a < slot->count; a++, row += slot->width) {
      sw_link_encoded e = {0};
      if (j->spec->fields[f].date_parts) {
        row[0] = sw_link_encode_parts(j->c->columns[f][0][i], j->c->columns[f][1][i], j->c->columns[f][2][i]);
        continue;
      }
      sw_str v = j->c->columns[f][a][i];
      if (!sw_link_encode(slot->kind, v, d, row, &e)) return false;
      /* What a record is called now says what it is: a former stand-in, or that of a relative, does not. Only name fields
       * set flags, and one job has them all. */
      if (e.flags && a == 0 && own_name(s, f)) s->flags[s->n + i] |= e.flags;
    }
  }
  return true;
}

/* Fields that share a dictionary, or flags, are done by one job: those of names by job 0. */
static bool is_name(sw_link_kind k) { return k == SW_LINK_NAME || k == SW_LINK_GIVEN || k == SW_LINK_SURNAME; }

static sw_status append_one(void *ctx, size_t index, const sw_cancel *cancel, sw_error *err) {
  append_job *j = ctx;
  (void)cancel;
  for (size_t f = 0; f < j->s->nfields; f++) {
    bool mine = index == 0 ? is_name(j->s->slots[f].kind) : f + 1 == index && !is_name(j->s->slots[f].kind);
    if (mine && !encode_field(j, f)) return no_memory(err);
  }
  return SW_OK;
}

static void mark_without_evidence(sw_link_store *s, size_t from, size_t n) {
  for (size_t r = from; r < from + n; r++) {
    const uint32_t *row = sw_link_row(s, r);
    bool any = false;
    for (size_t w = 0; w < s->words && !any; w++) any = row[w] != 0;
    if (!any) s->flags[r] |= SW_LINK_R_NO_EVIDENCE;
  }
}

sw_status sw_link_store_append(sw_link_store *s, const sw_link_spec *spec, const sw_link_chunk *c, size_t threads, sw_error *err) {
  if (c->n == 0) return SW_OK;
  if (s->n + c->n >= UINT32_MAX / 2)
    return SW_FAIL(err, SW_E_LIMIT, "SW-LINK-0011", "记录数超过上限", "more records than one linkage can hold");
  if (!make_room(s, c->n, c->source)) return no_memory(err);
  memset(s->rows + s->n * s->words, 0, c->n * s->words * sizeof *s->rows);
  memset(s->flags + s->n, 0, c->n);
  if (s->sources) memset(s->sources + s->n, c->source, c->n);
  append_job j = {.s = s, .spec = spec, .c = c};
  if (sw_pool_run(c->n < 512 ? 1 : threads, s->nfields + 1, append_one, &j, NULL, err)) return err ? err->status : SW_E_NOMEM;
  mark_without_evidence(s, s->n, c->n);
  s->n += c->n;
  return SW_OK;
}

/* --- reading back --------------------------------------------------------------------------------- */

static void put_bcd(uint64_t v, sw_buf *out) {
  if (v >> 60 == 15) {
    sw_buf_printf(out, "#%015llx", (unsigned long long)(v & 0x0FFFFFFFFFFFFFFFu));
    return;
  }
  for (unsigned n = (unsigned)(v >> 60), i = 0; i < n; i++) sw_buf_putc(out, (char)('0' + (v >> (4 * (n - 1 - i)) & 15)));
}

static void put_cid(const uint32_t *w, sw_buf *out) {
  uint64_t v = sw_link_u64(w);
  if (!(w[2] & SW_LINK_CID_NUMBER)) {
    sw_buf_printf(out, "#%016llx", (unsigned long long)v);
    return;
  }
  for (unsigned i = 0; i < 16; i++) sw_buf_putc(out, (char)('0' + (v >> (4 * (15 - i)) & 15)));
  unsigned check = w[2] & 15;
  sw_buf_printf(out, "%u%c", w[2] >> 4 & 15, check == 10 ? 'X' : (char)('0' + check));
}

static void put_address(const sw_link_dict *d, uint32_t code, sw_buf *out) {
  if (code == 0 || code >= d->n) return;
  sw_link_dict rest = *d;
  sw_link_text e = d->entries[code];
  const uint16_t *u = d->units + e.off;
  unsigned division = (u[0] - (unsigned)SW_LINK_ADDRESS_BASE) * 1000 + (u[1] - (unsigned)SW_LINK_ADDRESS_BASE);
  if (division) sw_buf_printf(out, "[%06u]", division);
  e.off += SW_LINK_ADDRESS_HEAD;
  e.len = (uint16_t)(e.len - SW_LINK_ADDRESS_HEAD);
  sw_link_text two[2] = {{0}, e};
  rest.entries = two;
  rest.n = 2;
  sw_link_text_put(&rest, 1, out);
}

static void put_one(const sw_link_store *s, const sw_link_slot *slot, const uint32_t *w, sw_buf *out) {
  float x;
  switch (slot->kind) {
    case SW_LINK_CITIZEN_ID: put_cid(w, out); break;
    case SW_LINK_ID:
    case SW_LINK_PHONE: put_bcd(sw_link_u64(w), out); break;
    case SW_LINK_DATE: sw_buf_printf(out, "%04u-%02u-%02u", w[0] >> 14, w[0] >> 7 & 127, w[0] & 127); break;
    case SW_LINK_ADDRESS: put_address(&s->dicts[slot->dict], w[0], out); break;
    case SW_LINK_SEX: sw_buf_puts(out, w[0] == 1 ? "1" : w[0] == 2 ? "2" : "9"); break;
    case SW_LINK_NUMBER:
      memcpy(&x, w, sizeof x);
      sw_buf_printf(out, "%g", (double)x);
      break;
    case SW_LINK_NAME: case SW_LINK_GIVEN: case SW_LINK_SURNAME: case SW_LINK_EMAIL: case SW_LINK_STRING: case SW_LINK_CATEGORY:
    case SW_LINK_KINDS: sw_link_text_put(&s->dicts[slot->dict], w[0], out); break;
  }
}

void sw_link_value_put(const sw_link_store *s, size_t field, const uint32_t *row, sw_buf *out) {
  const sw_link_slot *slot = &s->slots[field];
  bool any = false;
  for (size_t a = 0; a < slot->count; a++) {
    const uint32_t *w = row + slot->word + a * slot->width;
    bool present = false;
    for (size_t k = 0; k < slot->width; k++) present |= w[k] != 0;
    if (!present) continue;
    if (any) sw_buf_puts(out, " / ");
    put_one(s, slot, w, out);
    any = true;
  }
}
