#include "intake/sniff.h"

#include "base/json.h"
#include "intake/profile.h"
#include "intake/source.h"

enum { CELLS_MAX = 20000000, NULL_TEXTS = 7 };

static const char *const USUAL_NULLS[NULL_TEXTS] = {"NULL", "null", "\\N", "-", "--", "N/A", "(null)"};

typedef struct sniffer {
  sw_arena *a;
  const sw_cancel *cancel;
  sw_opened opened;
  sw_reader reader;
  sw_profile **profiles;
  size_t ncolumns;
  bool null_seen[NULL_TEXTS];
  sw_buf scratch;
} sniffer;

static bool usual_null(sniffer *s, sw_str v) {
  for (size_t i = 0; i < NULL_TEXTS; i++) {
    if (!sw_str_eqz(v, USUAL_NULLS[i])) continue;
    s->null_seen[i] = true;
    return true;
  }
  return false;
}

static void see_record(sniffer *s, const sw_record *r) {
  for (size_t i = 0; i < s->ncolumns; i++) {
    const sw_field *f = i < r->nfields ? &r->fields[i] : NULL;
    sw_str v = f ? sw_str_trim(sw_field_text(&s->reader, f, &s->scratch)) : (sw_str){NULL, 0};
    if (!v.len || (f->flags & SW_FIELD_NULL) || usual_null(s, v)) sw_profile_add_null(s->profiles[i]);
    else sw_profile_add(s->profiles[i], v);
  }
}

static bool unreadable(const sniffer *s, const sw_record *r) {
  if (r->problem) return true;
  if (r->nfields < s->ncolumns && r->nfields <= 1) return s->ncolumns > 1;
  return r->nfields > s->ncolumns + 1;
}

static sw_status look(sniffer *s, sw_sniffed *out, sw_error *err) {
  int64_t most = CELLS_MAX / (int64_t)(s->ncolumns ? s->ncolumns : 1);
  if (most > SW_SNIFF_ROWS) most = SW_SNIFF_ROWS;
  sw_record r;
  sw_scan_step step = SW_SCAN_DONE;
  while (out->rows < most && (step = sw_reader_next(&s->reader, true, &r, err)) == SW_SCAN_RECORD) {
    if ((out->rows & 0xFFF) == 0) {
      sw_status st = sw_cancel_check(s->cancel, err);
      if (st) return st;
    }
    if (r.deleted || (!r.problem && r.raw.len == 0 && r.nfields <= 1)) continue;
    out->rows++;
    if (unreadable(s, &r)) out->bad++;
    else see_record(s, &r);
  }
  out->whole = step == SW_SCAN_DONE;
  return step == SW_SCAN_ERROR ? err->status : SW_OK;
}

static sw_status conclude(sniffer *s, sw_sniffed *out, sw_error *err) {
  out->columns = SW_ARENA_ARRAY(s->a, sw_sniffed_column, s->ncolumns + 1);
  const char **nulls = SW_ARENA_ARRAY(s->a, const char *, NULL_TEXTS + 1);
  if (!out->columns || !nulls) return sw_arena_check(s->a, err);
  for (size_t i = 0; i < s->ncolumns; i++) {
    const char *name = s->opened.names ? s->opened.names[i] : sw_arena_printf(s->a, "column%zu", i + 1);
    if (!name) return sw_arena_check(s->a, err);
    sw_profile_conclude(s->profiles[i], name, &out->columns[i]);
  }
  for (size_t i = 0; i < NULL_TEXTS; i++)
    if (s->null_seen[i]) nulls[out->nnulls++] = USUAL_NULLS[i];
  out->nulls = nulls;
  out->ncolumns = s->ncolumns;
  return sw_arena_check(s->a, err);
}

static sw_status describe(sniffer *s, const sw_input *in, sw_sniffed *out, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_json j;
  sw_json_init(&j, &b);
  sw_json_open(&j, '{');
  if (s->opened.info) s->opened.info(s->opened.self, &j);
  sw_json_close(&j, '}');
  out->info = sw_arena_dupz(s->a, sw_buf_str(&b));
  out->format = s->opened.format;
  out->encoding = s->opened.encoding;
  out->compression = sw_compression_name(sw_input_compression(in));
  out->delimiter = s->opened.delimiter;
  out->quote = s->opened.quote;
  out->header = s->opened.names != NULL;
  out->sheet = s->opened.sheet;
  return sw_arena_check(s->a, err);
}

static sw_status sniff(sniffer *s, sw_input *in, sw_sniffed *out, sw_error *err) {
  sw_status st = describe(s, in, out, err);
  s->ncolumns = s->opened.nfields;
  s->profiles = SW_ARENA_ARRAY(s->a, sw_profile *, s->ncolumns + 1);
  if (!st && !s->profiles) st = sw_arena_check(s->a, err);
  for (size_t i = 0; !st && i < s->ncolumns; i++) st = sw_profile_new(s->a, &s->profiles[i], err);
  size_t parts = 1;
  if (!st && s->opened.split) st = s->opened.split(s->opened.self, &parts, s->cancel, err);
  if (!st && !s->opened.empty) {
    st = s->opened.open_part(s->opened.self, 0, &s->reader, err);
    if (!st) st = look(s, out, err);
  }
  if (!st) st = conclude(s, out, err);
  for (size_t i = 0; s->profiles && i < s->ncolumns; i++) sw_profile_fini(s->profiles[i]);
  sw_reader_free(&s->reader);
  return st;
}

sw_status sw_intake_sniff(const char *path, const sw_file_hints *h, struct sw_engine *engine, const char *stage_dir, sw_arena *a,
                          const sw_cancel *cancel, sw_sniffed *out, sw_error *err) {
  sw_input *in = NULL;
  sniffer s = {.a = a, .cancel = cancel};
  sw_open_options o = {.hints = h, .engine = engine, .stage_dir = stage_dir, .cancel = cancel};
  *out = (sw_sniffed){0};
  sw_buf_init(&s.scratch, SW_BUF_DEFAULT_MAX);
  sw_status st = sw_input_open(path, &in, err);
  if (!st) st = sw_source_open(in, &o, a, &s.opened, err);
  if (!st) st = sniff(&s, in, out, err);
  sw_opened_close(&s.opened);
  sw_input_close(in);
  sw_buf_fini(&s.scratch);
  if (!st) return SW_OK;
  sw_error_at(err, path, 0, 0);
  return SW_FRAME(err, "查看文件 %s", "looking at file %s", path);
}
