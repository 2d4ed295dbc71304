/* NDJSON: an object a line. Fields are found by key; nested values stay JSON text. */
#include "base/map.h"
#include "intake/json_scan.h"
#include "intake/source.h"

#include <stdlib.h>

enum { KEYS_MAX = 5000, SAMPLE_BYTES = 1 << 20 };

typedef struct ndjson {
  sw_delimited d;      /* lines: a "delimiter" that JSON cannot hold, no quotes */
  sw_arena arena;
  sw_range *ranges;
  sw_map columns;      /* lower-case key or alias → field */
  size_t nfields;
} ndjson;

typedef struct reader {
  const ndjson *n;
  sw_reader lines;
  sw_field *fields;
  sw_buf text;         /* unescaped values of the record */
  sw_buf key;
} reader;

static void lower_key(const sw_json_member *m, sw_buf *out) {
  sw_buf_clear(out);
  if (m->key_escaped) sw_json_unescape(m->key, out);
  else sw_buf_str_put(out, m->key);
  for (size_t i = 0; i < out->len; i++)
    if (out->ptr[i] >= 'A' && out->ptr[i] <= 'Z') out->ptr[i] = (char)(out->ptr[i] | 0x20);
}

static void put_member(reader *r, const sw_json_member *m, sw_field *f) {
  *f = (sw_field){m->value.ptr, (uint32_t)m->value.len, m->kind == SW_JSON_NULL ? SW_FIELD_NULL : 0};
  if (m->kind == SW_JSON_NULL) f->len = 0;
  if (!m->escaped) return;
  /* An unescaped text is never longer: the room reserved for the line keeps pointers valid. */
  size_t at = r->text.len;
  sw_json_unescape(m->value, &r->text);
  f->ptr = r->text.ptr + at;
  f->len = (uint32_t)(r->text.len - at);
}

static void parse(reader *r, sw_record *rec) {
  const ndjson *n = r->n;
  for (size_t i = 0; i < n->nfields; i++) r->fields[i] = (sw_field){"", 0, SW_FIELD_NULL};
  sw_buf_clear(&r->text);
  (void)sw_buf_reserve(&r->text, rec->raw.len + 16);
  sw_json_scan s;
  sw_json_member m;
  sw_json_step step;
  sw_json_scan_init(&s, rec->raw);
  while ((step = sw_json_scan_next(&s, &m)) == SW_JSON_MEMBER) {
    uint64_t at;
    lower_key(&m, &r->key);
    if (sw_map_get(&n->columns, sw_buf_str(&r->key), &at)) put_member(r, &m, &r->fields[at]);
  }
  if (step == SW_JSON_BAD) rec->problem = SW_REJECT_BAD_JSON;
  if (step == SW_JSON_NO_OBJECT) rec->problem = SW_REJECT_NOT_AN_OBJECT;
  rec->problem_at = s.p - s.begin;
  rec->fields = r->fields;
  rec->nfields = n->nfields;
}

static bool blank(sw_str s) { return sw_str_trim(s).len == 0; }

static sw_scan_step next_record(void *self, bool may_refill, sw_record *out, sw_error *err) {
  reader *r = self;
  sw_scan_step step = sw_reader_next(&r->lines, may_refill, out, err);
  if (step != SW_SCAN_RECORD || out->problem) return step;
  out->transient = true;
  if (blank(out->raw)) out->nfields = 0;
  else parse(r, out);
  return step;
}

static sw_status original(void *self, const sw_record *rec, sw_bytes_to to, sw_error *err) {
  const reader *r = self;
  return r->lines.ops->original(r->lines.self, rec, to, err);
}

static void free_reader(void *self) {
  reader *r = self;
  sw_reader_free(&r->lines);
  sw_buf_fini(&r->text);
  sw_buf_fini(&r->key);
  free(r->fields);
  free(r);
}

static sw_status open_part(void *self, size_t part, sw_reader *out, sw_error *err) {
  static const sw_reader_ops OPS = {next_record, original, free_reader};
  const ndjson *n = self;
  reader *r = calloc(1, sizeof *r);
  if (r) r->fields = calloc(n->nfields + 1, sizeof *r->fields);
  if (!r || !r->fields) {
    free(r);
    return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  }
  r->n = n;
  sw_buf_init(&r->text, SW_BUF_DEFAULT_MAX);
  sw_buf_init(&r->key, SW_BUF_DEFAULT_MAX);
  sw_status s = sw_delimited_reader(&n->d, &n->ranges[part], &r->lines, err);
  if (s) {
    free_reader(r);
    return s;
  }
  *out = r->lines;
  out->ops = &OPS;
  out->self = r;
  return SW_OK;
}

static sw_status split(void *self, size_t *parts, const sw_cancel *cancel, sw_error *err) {
  ndjson *n = self;
  return sw_delimited_split(&n->d, *parts, &n->arena, cancel, &n->ranges, parts, err);
}

static void info(void *self, sw_json *j) {
  const ndjson *n = self;
  sw_json_key(j, "encoding_evidence");
  sw_json_strz(j, n->d.encoding.evidence);
}

static void close_ndjson(void *self) {
  ndjson *n = self;
  sw_map_fini(&n->columns);
  sw_arena_fini(&n->arena);
  free(n);
}

static sw_status add_key(ndjson *n, const char *name, size_t field, sw_error *err) {
  SW_AUTO(sw_buf) key = SW_BUF_INIT;
  lower_key(&(sw_json_member){.key = sw_str_of(name)}, &key);
  return sw_map_at(&n->columns, sw_buf_str(&key), field, NULL) ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

static sw_status declare(ndjson *n, const sw_table_spec *t, sw_error *err) {
  sw_status s = SW_OK;
  n->nfields = t->ncolumns;
  for (size_t i = 0; !s && i < t->ncolumns; i++) {
    s = add_key(n, t->columns[i].name, i, err);
    for (size_t k = 0; !s && k < t->columns[i].naliases; k++) s = add_key(n, t->columns[i].aliases[k], i, err);
  }
  return s;
}

/* The keys that the sample's objects have, in order of appearance. */
static sw_status sample_keys(ndjson *n, sw_input *in, sw_arena *a, const char ***names, size_t *count, sw_error *err) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  SW_AUTO(sw_buf) key = SW_BUF_INIT;
  sw_map seen = SW_MAP_INIT;
  bool whole;
  sw_status s = sw_sample_text(in, &n->d.encoding, n->d.gb, SAMPLE_BYTES, &text, &whole, err);
  *names = SW_ARENA_ARRAY(a, const char *, KEYS_MAX);
  sw_str left = sw_buf_str(&text);
  while (!s && *names && left.len) {
    const char *nl = memchr(left.ptr, '\n', left.len);
    size_t len = nl ? (size_t)(nl - left.ptr) : left.len;
    sw_json_scan scan;
    sw_json_member m;
    sw_json_scan_init(&scan, sw_str_sub(left, 0, len));
    left = sw_str_sub(left, len + (nl != NULL), left.len);
    while (seen.len < KEYS_MAX && sw_json_scan_next(&scan, &m) == SW_JSON_MEMBER) {
      bool added = false;
      sw_buf_clear(&key);
      if (m.key_escaped) sw_json_unescape(m.key, &key);
      else sw_buf_str_put(&key, m.key);
      if (!sw_map_at(&seen, sw_buf_str(&key), seen.len, &added)) s = SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
      if (!s && added) (*names)[seen.len - 1] = sw_arena_dupz(a, sw_buf_str(&key));
    }
  }
  *count = seen.len;
  sw_map_fini(&seen);
  return s ? s : sw_arena_check(a, err);
}

static sw_status prepare(ndjson *n, sw_input *in, const sw_open_options *o, sw_arena *a, sw_opened *out, sw_error *err) {
  /* A header that is no delimiter's business: only encoding and limit come from the probe. */
  sw_file_hints h = *o->hints;
  h.delimiter = 0x1E;
  h.quoting = h.header = SW_NO;
  sw_status s = sw_delimited_probe(in, &h, NULL, a, o->cancel, &n->d, err);
  if (s) return s;
  n->d.dialect = (sw_dialect){.delimiter = 0x1E};
  n->d.transcoded = n->d.encoding.encoding != SW_ENCODING_UTF8;
  const char **names = NULL;
  s = sample_keys(n, in, a, &names, &out->nfields, err);
  if (s) return s;
  out->names = names;
  if (o->table) return declare(n, o->table, err);
  n->nfields = out->nfields;
  for (size_t i = 0; !s && i < out->nfields; i++) s = add_key(n, names[i], i, err);
  return s;
}

sw_status sw_open_ndjson(sw_input *in, const sw_open_options *o, sw_arena *a, sw_opened *out, sw_error *err) {
  ndjson *n = calloc(1, sizeof *n);
  if (!n) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  *out = (sw_opened){.format = SW_FORMAT_NDJSON, .by_key = true, .self = n, .split = split, .open_part = open_part, .info = info, .close = close_ndjson};
  sw_status s = prepare(n, in, o, a, out, err);
  if (s) return s; /* closed by the caller */
  bool stream = n->d.transcoded || sw_input_compression(in) != SW_COMPRESSION_NONE;
  out->encoding = n->d.encoding.encoding;
  out->empty = n->d.empty;
  out->limit = n->d.limit;
  out->nparts = stream ? 1 : sw_delimited_parts(sw_input_size(in));
  out->total = stream ? 0 : sw_input_size(in);
  return SW_OK;
}
