/* Decisions about mappings in the ledger: approving, rejecting, taking back, and their history. */
#include "coding/recode.h"

#include "coding/csv_in.h"
#include "engine/sink.h"
#include "engine/sql.h"
#include "ledger/journal.h"
#include "pack/tree.h"

#include "base/date.h"
#include "base/json.h"
#include "base/map.h"

#include <stdlib.h>

static const char MAPPING[] = "code-mapping", REJECTED[] = "code-suggestion-rejected";

/* --- approving and rejecting ---------------------------------------------------------------------- */

static void put_member(sw_json *j, const char *key, const char *v) {
  if (!v || !*v) return;
  sw_json_key(j, key);
  sw_json_strz(j, v);
}

sw_status sw_recode_approve(sw_ledger *l, const sw_recode_decision *d, int64_t *id, sw_error *err) {
  if (!d->kind || !*d->kind || !d->edition || !*d->edition || !d->local_code || !*d->local_code || !d->who || !*d->who)
    return SW_FAIL(err, SW_E_USAGE, "SW-REC-0001", "批准对照需要种类、版本、院内编码和批准人", "approving a mapping needs its kind, edition, local code and who approves");
  int32_t day = 0;
  if ((d->since && !sw_parse_date(sw_str_of(d->since), &day)) || (d->until && !sw_parse_date(sw_str_of(d->until), &day)))
    return SW_FAIL(err, SW_E_USAGE, "SW-REC-0002", "起止日期应为 yyyy-mm-dd", "since and until are dates: yyyy-mm-dd");
  SW_AUTO(sw_buf) value = SW_BUF_INIT;
  SW_AUTO(sw_buf) key = SW_BUF_INIT;
  /* Decisions that differ in their conditions stand side by side; the same ones supersede. */
  sw_buf_printf(&key, "%s/%s/%s/%s/%s/%s/%s/%d-%d", d->kind, d->edition, d->org_code ? d->org_code : "", d->local_code, d->since ? d->since : "",
                d->until ? d->until : "", d->sex ? d->sex : "", (int)d->age_from, (int)d->age_to);
  sw_json j;
  sw_json_init(&j, &value);
  sw_json_open(&j, '{');
  put_member(&j, "kind", d->kind);
  put_member(&j, "edition", d->edition);
  put_member(&j, "org_code", d->org_code);
  put_member(&j, "local_code", d->local_code);
  put_member(&j, "since", d->since);
  put_member(&j, "until", d->until);
  put_member(&j, "sex", d->sex);
  if (d->age_from >= 0) {
    sw_json_key(&j, "age_from");
    sw_json_i64(&j, d->age_from);
  }
  if (d->age_to >= 0) {
    sw_json_key(&j, "age_to");
    sw_json_i64(&j, d->age_to);
  }
  sw_json_key(&j, "codes");
  sw_json_open(&j, '[');
  for (size_t i = 0; i < d->ncodes; ++i) sw_json_strz(&j, d->codes[i]);
  sw_json_close(&j, ']');
  sw_json_close(&j, '}');
  sw_status s = sw_buf_check(&value, err);
  if (!s) s = sw_buf_check(&key, err);
  if (s) return s;
  sw_decision out = {.kind = MAPPING, .key = key.ptr, .value = value.ptr, .who = d->who, .reason = d->reason ? d->reason : "", .at_us = d->at_us};
  return sw_decision_put(l, &out, id, err);
}

sw_status sw_recode_reject(sw_ledger *l, const sw_recode_decision *d, int64_t *id, sw_error *err) {
  if (!d->kind || !*d->kind || !d->local_code || !*d->local_code || d->ncodes != 1 || !d->codes[0] || !*d->codes[0] || !d->who || !*d->who)
    return SW_FAIL(err, SW_E_USAGE, "SW-REC-0010", "拒绝建议需要种类、院内编码、一个建议编码和谁拒绝", "rejecting a suggestion needs its kind, local code, one code and who rejects");
  SW_AUTO(sw_buf) value = SW_BUF_INIT;
  SW_AUTO(sw_buf) key = SW_BUF_INIT;
  sw_buf_printf(&key, "%s/%s/%s/%s", d->kind, d->org_code ? d->org_code : "", d->local_code, d->codes[0]);
  sw_json j;
  sw_json_init(&j, &value);
  sw_json_open(&j, '{');
  put_member(&j, "kind", d->kind);
  put_member(&j, "edition", d->edition);
  put_member(&j, "org_code", d->org_code);
  put_member(&j, "local_code", d->local_code);
  put_member(&j, "code", d->codes[0]);
  sw_json_close(&j, '}');
  sw_status s = sw_buf_check(&value, err);
  if (!s) s = sw_buf_check(&key, err);
  if (s) return s;
  sw_decision out = {.kind = REJECTED, .key = key.ptr, .value = value.ptr, .who = d->who, .reason = d->reason ? d->reason : "", .at_us = d->at_us};
  return sw_decision_put(l, &out, id, err);
}

/* --- taking back -------------------------------------------------------------------------------- */

typedef struct seek {
  int64_t id;
  bool found, superseded;
  char *key, *value, *before; /* the decision's, and the value that held before it (NULL: nothing) */
  const char *kind;
  sw_arena mem;
} seek;

static sw_status find_id(void *ctx, const sw_decision *d, sw_error *err) {
  seek *f = ctx;
  if (d->id != f->id) return SW_OK;
  f->found = true;
  f->superseded = d->superseded_by != 0;
  f->key = sw_arena_dupz(&f->mem, sw_str_of(d->key));
  f->value = sw_arena_dupz(&f->mem, sw_str_of(d->value));
  return sw_arena_check(&f->mem, err);
}

static sw_status find_before(void *ctx, const sw_decision *d, sw_error *err) {
  seek *f = ctx;
  if (d->superseded_by != f->id) return SW_OK;
  f->before = sw_arena_dupz(&f->mem, sw_str_of(d->value));
  return sw_arena_check(&f->mem, err);
}

static sw_status parse(sw_arena *mem, const char *json, const sw_node **out, sw_error *err) {
  sw_node_list docs = {0};
  sw_status s = sw_tree_json(mem, sw_str_of(json), "ledger", &SW_TREE_LIMITS_DEFAULT, &docs, err);
  *out = !s && docs.n ? docs.items[0] : NULL;
  return s;
}

static sw_str member(const sw_node *o, const char *key) { return o ? sw_node_text(sw_node_get(o, key)) : (sw_str){NULL, 0}; }

/* What says that nothing holds, keeping whom it is about for the history. */
static sw_status withdrawn(seek *f, sw_buf *out, sw_error *err) {
  const sw_node *o = NULL;
  sw_status s = parse(&f->mem, f->value, &o, err);
  if (s) return s;
  static const char *const keys[] = {"kind", "edition", "org_code", "local_code", "code"};
  sw_json j;
  sw_json_init(&j, out);
  sw_json_open(&j, '{');
  for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i) {
    sw_str v = member(o, keys[i]);
    if (!v.len) continue;
    sw_json_key(&j, keys[i]);
    sw_json_str(&j, v);
  }
  sw_json_key(&j, "withdrawn");
  sw_json_strz(&j, "yes");
  sw_json_close(&j, '}');
  return sw_buf_check(out, err);
}

static sw_status undo(sw_ledger *l, seek *f, const char *who, const char *reason, int64_t at_us, int64_t *undone_by, sw_error *err) {
  SW_AUTO(sw_buf) value = SW_BUF_INIT;
  sw_status s = sw_decision_each(l, f->kind, f->key, true, find_before, f, err);
  if (!s && f->before) sw_buf_puts(&value, f->before);
  else if (!s) s = withdrawn(f, &value, err);
  if (s) return s;
  sw_decision d = {.kind = f->kind, .key = f->key, .value = value.ptr, .who = who, .reason = reason ? reason : "", .at_us = at_us};
  return sw_decision_put(l, &d, undone_by, err);
}

sw_status sw_recode_undo(sw_ledger *l, int64_t id, const char *who, const char *reason, int64_t at_us, int64_t *undone_by, sw_error *err) {
  seek f = {.id = id, .kind = MAPPING};
  sw_status s = sw_decision_each(l, MAPPING, NULL, true, find_id, &f, err);
  if (!s && !f.found) {
    f.kind = REJECTED;
    s = sw_decision_each(l, REJECTED, NULL, true, find_id, &f, err);
  }
  if (!s && !f.found)
    s = SW_FAIL(err, SW_E_NOTFOUND, "SW-REC-0011", "没有编号为 %lld 的对照决定；suwen recode history 列出", "there is no decision %lld about mappings; suwen recode history lists them",
                (long long)id);
  if (!s && f.superseded)
    s = SW_FAIL(err, SW_E_EXISTS, "SW-REC-0012", "决定 %lld 已被后来的决定取代，请撤销后者", "decision %lld was superseded by a later one: undo that", (long long)id);
  if (!s) s = undo(l, &f, who, reason, at_us, undone_by, err);
  sw_arena_fini(&f.mem);
  return s;
}

/* --- from a file -------------------------------------------------------------------------------- */

enum { COL_KIND, COL_EDITION, COL_ORG, COL_LOCAL, COL_SINCE, COL_UNTIL, COL_SEX, COL_FROM, COL_TO, COL_PART, COL_CODE, COL_REASON, COLS, MAX_PARTS = 16 };
static const char *const column_names[COLS] = {"kind", "edition", "org_code", "local_code", "since", "until", "sex", "age_from", "age_to", "part", "code", "reason"};

typedef struct pending {
  char *v[COLS];
  const char *codes[MAX_PARTS];
  size_t ncodes;
} pending;

static int32_t age(const char *z) {
  int64_t v = -1;
  return z && *z && sw_str_to_i64(sw_str_of(z), &v) && v >= 0 && v < 200 ? (int32_t)v : -1;
}

static const char *or_null(const char *z) { return z && *z ? z : NULL; }

static sw_status approve_pending(sw_ledger *l, const pending *p, const char *edition, const char *who, int64_t at_us, int64_t *approved, sw_error *err) {
  if (!p->v[COL_KIND]) return SW_OK;
  bool none = p->ncodes == 1 && strcmp(p->codes[0], "-") == 0;
  sw_recode_decision d = {.kind = p->v[COL_KIND], .edition = or_null(p->v[COL_EDITION]) ? p->v[COL_EDITION] : edition, .org_code = or_null(p->v[COL_ORG]),
                          .local_code = p->v[COL_LOCAL], .since = or_null(p->v[COL_SINCE]), .until = or_null(p->v[COL_UNTIL]), .sex = or_null(p->v[COL_SEX]),
                          .age_from = age(p->v[COL_FROM]), .age_to = age(p->v[COL_TO]), .codes = p->codes, .ncodes = none ? 0 : p->ncodes, .who = who,
                          .reason = p->v[COL_REASON], .at_us = at_us};
  int64_t id = 0;
  ++*approved;
  return sw_recode_approve(l, &d, &id, err);
}

static bool next_part(const pending *p, sw_str v[COLS]) {
  int64_t part = 1;
  if (!p->v[COL_KIND] || p->ncodes == MAX_PARTS || !sw_str_to_i64(v[COL_PART], &part) || part < 2) return false;
  for (int i = 0; i < COL_PART; ++i)
    if (!sw_str_eqz(v[i], p->v[i])) return false;
  return true;
}

static sw_status take_file(sw_ledger *l, sw_csv_in *in, sw_arena *mem, const char *edition, const char *who, int64_t at_us, int64_t *approved, int64_t *passed,
                           sw_error *err) {
  int at[COLS];
  for (int i = 0; i < COLS; ++i) at[i] = sw_csv_in_column(in, column_names[i]);
  if (at[COL_KIND] < 0 || at[COL_LOCAL] < 0 || at[COL_CODE] < 0) {
    (void)SW_FAIL(err, SW_E_DATA, "SW-REC-0003", "对照文件缺少列 kind、local_code 或 code", "a file of mappings needs the columns kind, local_code and code");
    return sw_error_at(err, in->path, 1, 0);
  }
  pending p = {0};
  sw_step step;
  sw_status s = SW_OK;
  while (!s && (step = sw_csv_in_next(in, err)) != SW_DONE) {
    if (step == SW_STEP_ERROR) return err ? err->status : SW_E_IO;
    sw_str v[COLS];
    for (int i = 0; i < COLS; ++i) v[i] = sw_str_trim(sw_csv_in_get(in, at[i]));
    if (in->broken || v[COL_CODE].len == 0) {
      ++*passed;
      continue;
    }
    if (!next_part(&p, v)) {
      s = approve_pending(l, &p, edition, who, at_us, approved, err);
      p = (pending){0};
      for (int i = 0; i < COLS; ++i) p.v[i] = sw_arena_dupz(mem, v[i]);
    }
    p.codes[p.ncodes++] = sw_arena_dupz(mem, v[COL_CODE]);
    if (!s) s = sw_arena_check(mem, err);
    if (s) (void)sw_error_at(err, in->path, in->line, 0);
  }
  return s ? s : approve_pending(l, &p, edition, who, at_us, approved, err);
}

sw_status sw_recode_approve_file(sw_ledger *l, const char *path, const char *edition, const char *who, int64_t at_us, int64_t *approved, int64_t *passed,
                                 sw_error *err) {
  sw_csv_in *in = NULL;
  SW_AUTO(sw_arena) mem = SW_ARENA_INIT;
  *approved = *passed = 0;
  sw_status s = sw_csv_in_open(path, &in, err);
  if (!s) s = sw_ledger_begin(l, err);
  if (!s) {
    s = take_file(l, in, &mem, edition, who, at_us, approved, passed, err);
    if (s) sw_ledger_rollback(l);
    else s = sw_ledger_commit(l, err);
  }
  sw_csv_in_close(in);
  return s ? SW_FRAME(err, "批准对照文件 %s", "approving the mappings of %s", path) : SW_OK;
}

/* --- history ------------------------------------------------------------------------------------ */

typedef struct walk {
  const char *local;
  sw_recode_entry_fn fn;
  void *ctx;
  sw_map versions; /* by kind and key */
} walk;

static void put_conditions(const sw_node *o, sw_buf *b) {
  static const char *const keys[] = {"since", "until", "sex", "age_from", "age_to"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; ++i) {
    sw_str v = member(o, keys[i]);
    if (!v.len) continue;
    sw_buf_printf(b, "%s%s=%.*s", b->len ? " " : "", keys[i], SW_STR_ARG(v));
  }
}

static void put_codes(const sw_node *o, sw_buf *b) {
  const sw_node *codes = o ? sw_node_get(o, "codes") : NULL;
  sw_buf_str_put(b, member(o, "code"));
  for (size_t i = 0; codes && codes->kind == SW_NODE_LIST && i < codes->n; ++i) {
    if (b->len) sw_buf_putc(b, '+');
    sw_buf_str_put(b, sw_node_text(codes->items[i]));
  }
}

static sw_status on_decision(void *ctx, const sw_decision *d, sw_error *err) {
  walk *w = ctx;
  SW_AUTO(sw_arena) mem = SW_ARENA_INIT;
  SW_AUTO(sw_buf) conditions = SW_BUF_INIT;
  SW_AUTO(sw_buf) codes = SW_BUF_INIT;
  SW_AUTO(sw_buf) key = SW_BUF_INIT;
  const sw_node *o = NULL;
  bool added = false;
  sw_status s = parse(&mem, d->value, &o, err);
  if (s || !o) return s;
  sw_buf_printf(&key, "%s/%s", d->kind, d->key);
  uint64_t *version = sw_map_at(&w->versions, sw_buf_str(&key), 0, &added);
  if (!version) return SW_FAIL(err, SW_E_NOMEM, "SW-REC-0007", "内存不足", "out of memory");
  ++*version;
  sw_str local = member(o, "local_code");
  if (w->local && !sw_str_eqz(local, w->local)) return SW_OK;
  put_conditions(o, &conditions);
  put_codes(o, &codes);
  sw_recode_entry e = {.id = d->id, .at_us = d->at_us, .superseded_by = d->superseded_by, .version = (int64_t)*version, .kind = member(o, "kind"),
                       .edition = member(o, "edition"), .org_code = member(o, "org_code"), .local_code = local, .conditions = sw_buf_str(&conditions),
                       .codes = sw_buf_str(&codes), .who = d->who, .reason = d->reason};
  e.action = member(o, "withdrawn").len ? "undo" : strcmp(d->kind, REJECTED) == 0 ? "reject" : codes.len ? "approve" : "none";
  return w->fn(w->ctx, &e, err);
}

sw_status sw_recode_history(sw_ledger *l, const char *local_code, sw_recode_entry_fn fn, void *ctx, sw_error *err) {
  walk w = {.local = local_code, .fn = fn, .ctx = ctx};
  sw_status s = sw_decision_each(l, MAPPING, NULL, true, on_decision, &w, err);
  if (!s) s = sw_decision_each(l, REJECTED, NULL, true, on_decision, &w, err);
  sw_map_fini(&w.versions);
  return s;
}

/* --- rejected suggestions ------------------------------------------------------------------------ */

typedef struct rejected {
  sw_sink *sink;
  sw_out_chunk *k;
} rejected;

static void put_text(sw_out_chunk *k, size_t col, sw_str s) {
  if (s.len) sw_out_str(&k->columns[col], k->n, s);
  else sw_out_null(&k->columns[col], k->n);
}

static sw_status put_rejected(void *ctx, const sw_decision *d, sw_error *err) {
  rejected *r = ctx;
  SW_AUTO(sw_arena) mem = SW_ARENA_INIT;
  const sw_node *o = NULL;
  sw_status s = parse(&mem, d->value, &o, err);
  if (s || !o || member(o, "withdrawn").len) return s;
  if (r->k->n == r->k->cap) {
    s = sw_sink_append(r->sink, err);
    if (!s) s = sw_sink_chunk(r->sink, &r->k, err);
    if (s) return s;
    r->k->n = 0;
  }
  put_text(r->k, 0, member(o, "org_code"));
  put_text(r->k, 1, member(o, "local_code"));
  put_text(r->k, 2, member(o, "code"));
  r->k->n++;
  return SW_OK;
}

sw_status sw_recode_rejected(sw_conn *c, sw_ledger *l, const char *physical, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  rejected r = {0};
  sw_sql_build(&b, "CREATE OR REPLACE TABLE {} (org_code VARCHAR, local_code VARCHAR, code VARCHAR)", sw_sql_table("store", physical));
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(c, b.ptr, NULL, err);
  if (!s) s = sw_sink_open(c, "store", physical, &r.sink, err);
  if (!s) s = sw_sink_chunk(r.sink, &r.k, err);
  if (!s) r.k->n = 0;
  if (!s && l) s = sw_decision_each(l, REJECTED, NULL, false, put_rejected, &r, err);
  if (!s && r.k->n) s = sw_sink_append(r.sink, err);
  if (s) {
    sw_sink_abort(r.sink);
    return s;
  }
  return sw_sink_close(r.sink, err);
}

/* --- an edition's codes --------------------------------------------------------------------------- */

static sw_status add_file(rejected *r, const char *path, sw_error *err) {
  sw_csv_in *in = NULL;
  sw_status s = sw_csv_in_open(path, &in, err);
  if (s) return s;
  int code = sw_csv_in_column(in, "code"), name = sw_csv_in_column(in, "name");
  if (code < 0) {
    (void)SW_FAIL(err, SW_E_DATA, "SW-REC-0013", "编码表缺少列 code", "a list of codes needs the column code");
    s = sw_error_at(err, path, 1, 0);
  }
  sw_step step = SW_ROW;
  while (!s && (step = sw_csv_in_next(in, err)) == SW_ROW) {
    if (in->broken || sw_csv_in_get(in, code).len == 0) continue;
    if (r->k->n == r->k->cap) {
      s = sw_sink_append(r->sink, err);
      if (!s) s = sw_sink_chunk(r->sink, &r->k, err);
      if (s) break;
      r->k->n = 0;
    }
    put_text(r->k, 0, sw_str_trim(sw_csv_in_get(in, code)));
    put_text(r->k, 1, sw_str_trim(sw_csv_in_get(in, name)));
    r->k->n++;
  }
  if (!s && step == SW_STEP_ERROR) s = err ? err->status : SW_E_IO;
  sw_csv_in_close(in);
  return s;
}

sw_status sw_recode_codes(sw_conn *c, const char *dictionary, const char *column, const char *kinds, const char *const *files, size_t nfiles,
                          const char *physical, const sw_cancel *cancel, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  rejected r = {0};
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} AS SELECT {} AS code, min(name) AS name FROM {} WHERE {} IS NOT NULL AND"
               " list_contains(string_split({}, ','), dict_type) GROUP BY ALL",
               sw_sql_table("store", physical), sw_sql_id(column), sw_sql_dotted(dictionary), sw_sql_id(column), sw_sql_text(kinds));
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(c, b.ptr, cancel, err);
  if (s || nfiles == 0) return s;
  s = sw_sink_open(c, "store", physical, &r.sink, err);
  if (!s) s = sw_sink_chunk(r.sink, &r.k, err);
  if (!s) r.k->n = 0;
  for (size_t i = 0; !s && i < nfiles; ++i) s = add_file(&r, files[i], err);
  if (!s && r.k->n) s = sw_sink_append(r.sink, err);
  if (s) {
    sw_sink_abort(r.sink);
    return s;
  }
  return sw_sink_close(r.sink, err);
}
