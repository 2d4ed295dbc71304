/* The engine's tables of findings: a fold of rounds and decisions, made again when it differs from them. */
#include "quality/finding_internal.h"

#include "base/vec.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"
#include "ledger/stmt.h"

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

/* Order of the columns: SW_FINDING_COLUMNS, then round. */
sw_status sw_findings_prepare(sw_conn *c, sw_error *err) {
  return sw_exec(c,
                 "CREATE SCHEMA IF NOT EXISTS store; CREATE SCHEMA IF NOT EXISTS quality;"
                 "CREATE TABLE IF NOT EXISTS store.kept_finding_round(no BIGINT, path VARCHAR, run VARCHAR, as_of TIMESTAMP);"
                 "CREATE TABLE IF NOT EXISTS store.kept_finding(id VARCHAR, table_name VARCHAR, rule VARCHAR, org VARCHAR, key VARCHAR, state VARCHAR, "
                 "level VARCHAR, owner VARCHAR, assigned BOOLEAN, department VARCHAR, coder VARCHAR, doctor VARCHAR, mandatory BOOLEAN, severity VARCHAR, "
                 "dimension VARCHAR, version BIGINT, _row BIGINT, _part INTEGER, rows BIGINT, first_opened TIMESTAMP, opened_at TIMESTAMP, "
                 "changed_at TIMESTAMP, deadline DATE, closed_batch BIGINT, cause VARCHAR, reason VARCHAR, until DATE, who VARCHAR, reopened BIGINT, "
                 "round BIGINT);"
                 "CREATE TABLE IF NOT EXISTS store.kept_finding_event(round BIGINT, id VARCHAR, \"at\" TIMESTAMP, action VARCHAR, state VARCHAR, who VARCHAR, "
                 "reason VARCHAR, cause VARCHAR, run VARCHAR, batch BIGINT, until DATE, level VARCHAR, owner VARCHAR);"
                 "CREATE TABLE IF NOT EXISTS store.kept_finding_accepted(table_name VARCHAR, rule VARCHAR, _row BIGINT, _part INTEGER);"
                 "CREATE VIEW IF NOT EXISTS quality.finding AS SELECT f.* EXCLUDE (round), f.state = 'open' AND f.deadline < l.today AS overdue, "
                 "CASE WHEN f.state IN ('open', 'accepted', 'disputed') THEN date_diff('day', CAST(f.opened_at AS DATE), l.today) "
                 "ELSE date_diff('day', CAST(f.opened_at AS DATE), CAST(f.changed_at AS DATE)) END AS days_open, f.round "
                 "FROM store.kept_finding f, (SELECT CAST(max(as_of) AS DATE) AS today FROM store.kept_finding_round WHERE path IS NOT NULL) l;"
                 "CREATE VIEW IF NOT EXISTS quality.finding_event AS SELECT round, id, \"at\", action, "
                 "lag(state IGNORE NULLS) OVER w AS from_state, coalesce(state, lag(state IGNORE NULLS) OVER w) AS state, who, reason, cause, run, batch, "
                 "until, level, owner FROM store.kept_finding_event WINDOW w AS (PARTITION BY id ORDER BY round);",
                 NULL, err);
}

/* --- rounds ------------------------------------------------------------------------------------------------- */

typedef struct known_round {
  int64_t no, as_of_us;
  const char *path, *run; /* path NULL: of people; "" a check without changes */
} known_round;

typedef struct rounds {
  SW_VEC(known_round) ledger, engine;
  sw_arena arena;
} rounds;

static void rounds_fini(rounds *r) {
  SW_VEC_FREE(&r->ledger);
  SW_VEC_FREE(&r->engine);
  sw_arena_fini(&r->arena);
}

static sw_status read_ledger(sw_ledger *l, rounds *out, sw_error *err) {
  sw_stmt *st;
  sw_step step;
  sw_status s = sw_stmt_open(l, "SELECT no, path, run, as_of, kind = 'decision' FROM finding_round ORDER BY no", &st, err);
  if (s) return s;
  while (!s && (step = sw_stmt_next(st, err)) != SW_DONE) {
    if (step == SW_STEP_ERROR) {
      s = err ? err->status : SW_E_LEDGER;
      break;
    }
    known_round r = {.no = sw_stmt_i64(st, 0), .as_of_us = sw_stmt_i64(st, 3), .run = sw_arena_dupz(&out->arena, sw_stmt_str(st, 2))};
    r.path = sw_stmt_i64(st, 4) ? NULL : sw_arena_dupz(&out->arena, sw_stmt_str(st, 1));
    if (!sw_arena_ok(&out->arena) || !SW_VEC_PUSH(&out->ledger, r)) s = no_memory(err);
  }
  sw_stmt_close(st);
  return s;
}

static sw_status read_engine(sw_conn *c, rounds *out, sw_error *err) {
  sw_rows *q;
  sw_step step;
  sw_status s = sw_query(c, "SELECT no, path FROM store.kept_finding_round ORDER BY no", SW_NO_PARAMS, NULL, &q, err);
  if (s) return s;
  while (!s && (step = sw_rows_next(q, err)) != SW_DONE) {
    if (step == SW_STEP_ERROR) {
      s = err ? err->status : SW_E_ENGINE;
      break;
    }
    known_round r = {.no = sw_rows_i64(q, 0), .path = sw_rows_is_null(q, 1) ? NULL : sw_arena_dupz(&out->arena, sw_rows_str(q, 1))};
    if (!sw_arena_ok(&out->arena) || !SW_VEC_PUSH(&out->engine, r)) s = no_memory(err);
  }
  sw_rows_free(q);
  return s;
}

static bool same_path(const char *a, const char *b) { return a && b ? strcmp(a, b) == 0 : a == b; }

/* The engine has the first rounds of the ledger, and only people's are missing. */
static bool only_decisions_missing(const rounds *r) {
  if (r->engine.len > r->ledger.len) return false;
  for (size_t i = 0; i < r->ledger.len; i++) {
    const known_round *a = &r->ledger.items[i];
    if (i >= r->engine.len) {
      if (a->path) return false;
    } else if (a->no != r->engine.items[i].no || !same_path(a->path, r->engine.items[i].path)) {
      return false;
    }
  }
  return true;
}

static sw_status put_rounds(sw_conn *c, const rounds *r, size_t from, sw_error *err) {
  for (size_t i = from; i < r->ledger.len; i++) {
    const known_round *k = &r->ledger.items[i];
    sw_status s = sw_exec_params(c, "INSERT INTO store.kept_finding_round VALUES (?, ?, ?, ?)",
                                 SW_PARAMS(sw_p_i64(k->no), sw_p_strz(k->path), sw_p_strz(k->run), sw_p_timestamp(k->as_of_us)), NULL, NULL, err);
    if (s) return s;
  }
  return SW_OK;
}

/* --- decisions -------------------------------------------------------------------------------------------------- */

static sw_status load_decisions(sw_conn *c, sw_ledger *l, int64_t after, int64_t *n, sw_error *err) {
  sw_stmt *st = NULL;
  sw_sink *sink = NULL;
  sw_out_chunk *ch;
  sw_step step = SW_DONE;
  *n = 0;
  sw_status s = sw_exec(c,
                        "CREATE OR REPLACE TABLE store.finding_incoming(round BIGINT, id VARCHAR, action VARCHAR, who VARCHAR, \"at\" TIMESTAMP, reason VARCHAR, "
                        "until DATE, level VARCHAR, owner VARCHAR)",
                        NULL, err);
  if (!s)
    s = sw_stmt_open(l,
                     "SELECT d.round, i.finding, d.action, d.who, d.at, d.reason, d.until, d.level, d.owner FROM finding_decision d "
                     "JOIN finding_decision_item i ON i.round = d.round WHERE d.round > ?1 ORDER BY d.round",
                     &st, err);
  if (!s) s = sw_sink_open(c, "store", "finding_incoming", &sink, err);
  if (s) {
    sw_stmt_close(st);
    return s;
  }
  sw_stmt_bind_i64(st, 1, after);
  while (!s && step != SW_STEP_ERROR) {
    if ((s = sw_sink_chunk(sink, &ch, err))) break;
    sw_out_column *o = ch->columns;
    for (ch->n = 0; ch->n < ch->cap && (step = sw_stmt_next(st, err)) == SW_ROW; ch->n++) {
      size_t k = ch->n;
      ((int64_t *)o[0].data)[k] = sw_stmt_i64(st, 0);
      ((int64_t *)o[4].data)[k] = sw_stmt_i64(st, 4);
      ((int32_t *)o[6].data)[k] = (int32_t)sw_stmt_i64(st, 6);
      if (sw_stmt_is_null(st, 6)) sw_out_null(&o[6], k);
      static const int texts[] = {1, 2, 3, 5, 7, 8};
      for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) sw_out_str(&o[texts[t]], k, sw_stmt_str(st, texts[t]));
    }
    if (!ch->n) break;
    *n += (int64_t)ch->n;
    s = sw_sink_append(sink, err);
    if (step == SW_DONE) break;
  }
  sw_stmt_close(st);
  if (!s && step == SW_STEP_ERROR) s = err ? err->status : SW_E_LEDGER;
  if (!s) return sw_sink_close(sink, err);
  sw_sink_abort(sink);
  return s;
}

sw_status sw_findings_apply(sw_conn *c, sw_ledger *l, int64_t after, sw_error *err) {
  int64_t n;
  sw_status s = load_decisions(c, l, after, &n, err);
  if (!s && n)
    s = sw_exec(c,
                "INSERT INTO store.kept_finding_event SELECT d.round, d.id, d.\"at\", d.action, "
                "CASE d.action WHEN 'accept' THEN 'accepted' WHEN 'dispute' THEN 'disputed' WHEN 'reopen' THEN 'open' END, d.who, d.reason, 'decision', '', "
                "NULL, d.until, d.level, d.owner FROM store.finding_incoming d JOIN store.kept_finding f USING (id);"
                /* what came after the last check of each, folded: the last word on the state, the last on the owner */
                "UPDATE store.kept_finding f SET state = CASE d.action WHEN 'accept' THEN 'accepted' WHEN 'dispute' THEN 'disputed' ELSE 'open' END, "
                "reason = d.reason, who = d.who, changed_at = d.\"at\", cause = 'decision', reopened = reopened + d.times, "
                "until = CASE WHEN d.action = 'accept' THEN d.until END, "
                "deadline = CASE WHEN d.action = 'reopen' AND d.until IS NOT NULL THEN d.until ELSE deadline END "
                "FROM (SELECT i.id, arg_max(action, i.round) AS action, arg_max(i.reason, i.round) AS reason, arg_max(i.who, i.round) AS who, max(i.\"at\") AS \"at\", "
                "arg_max_null(i.until, i.round) AS until, count(*) FILTER (WHERE action = 'reopen') AS times FROM store.finding_incoming i "
                "JOIN store.kept_finding k ON k.id = i.id AND i.round > k.round WHERE action <> 'assign' GROUP BY i.id) d WHERE d.id = f.id;"
                "UPDATE store.kept_finding f SET level = d.level, owner = d.owner, assigned = true, deadline = coalesce(d.until, deadline) "
                "FROM (SELECT i.id, arg_max(i.level, i.round) AS level, arg_max(i.owner, i.round) AS owner, arg_max_null(i.until, i.round) AS until "
                "FROM store.finding_incoming i JOIN store.kept_finding k ON k.id = i.id AND i.round > k.round WHERE action = 'assign' GROUP BY i.id) d WHERE d.id = f.id;"
                "UPDATE store.kept_finding f SET round = d.round FROM (SELECT id, max(round) AS round FROM store.finding_incoming GROUP BY id) d "
                "WHERE d.id = f.id AND d.round > f.round;"
                "DELETE FROM store.kept_finding_accepted a USING store.kept_finding f WHERE f.table_name = a.table_name AND f.rule = a.rule AND f._row = a._row "
                "AND f._part IS NOT DISTINCT FROM a._part;"
                "INSERT INTO store.kept_finding_accepted SELECT table_name, rule, _row, _part FROM store.kept_finding WHERE state = 'accepted' AND _row IS NOT NULL;",
                NULL, err);
  if (!s) s = sw_exec(c, "DROP TABLE store.finding_incoming", NULL, err);
  return s;
}

/* --- folding all again -------------------------------------------------------------------------------------------- */

typedef struct fold {
  sw_ledger *ledger;
  const rounds *rounds;
  const char *dir;
  const sw_cancel *cancel;
} fold;

/* A table expression of all files with their rounds; *n files. */
static void put_files(const fold *f, sw_buf *sql, size_t *n) {
  SW_AUTO(sw_buf) list = SW_BUF_INIT;
  SW_AUTO(sw_buf) values = SW_BUF_INIT;
  SW_AUTO(sw_buf) path = SW_BUF_INIT;
  *n = 0;
  for (size_t i = 0; i < f->rounds->ledger.len; i++) {
    const known_round *r = &f->rounds->ledger.items[i];
    if (!r->path || !r->path[0]) continue;
    sw_buf_clear(&path);
    sw_buf_printf(&path, "%s/%s", f->dir, r->path);
    const char *comma = (*n)++ ? ", " : "";
    sw_sql_build(&list, "{}{}", sw_sql_raw(sw_str_of(comma)), sw_sql_str(sw_buf_str(&path)));
    sw_sql_build(&values, "{}({}, {})", sw_sql_raw(sw_str_of(comma)), sw_sql_i64(r->no), sw_sql_str(sw_buf_str(&path)));
  }
  sw_sql_build(sql, "(SELECT r.no AS round, e.* EXCLUDE (filename) FROM read_parquet([{}], filename = true, union_by_name = true) e "
               "JOIN (VALUES {}) r(no, path) ON r.path = e.filename)", sw_sql_raw(sw_buf_str(&list)), sw_sql_raw(sw_buf_str(&values)));
}

static sw_status fold_files(sw_conn *c, const fold *f, sw_error *err) {
  SW_AUTO(sw_buf) files = SW_BUF_INIT;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  size_t n;
  put_files(f, &files, &n);
  if (!n) return SW_OK;
  sw_sql_build(&sql,
               "INSERT INTO store.kept_finding_event SELECT round, id, changed_at, action, state, who, reason, cause, run, closed_batch, until, level, owner FROM {} "
               "ORDER BY round;"
               "INSERT INTO store.kept_finding SELECT " SW_FINDING_COLUMNS ", round FROM {} QUALIFY row_number() OVER (PARTITION BY id ORDER BY round DESC) = 1;",
               sw_sql_raw(sw_buf_str(&files)), sw_sql_raw(sw_buf_str(&files)));
  if (!sw_buf_ok(&sql) || !sw_buf_ok(&files)) return no_memory(err);
  return sw_exec(c, sql.ptr, f->cancel, err);
}

static sw_status fold_all(sw_conn *c, void *ctx, sw_error *err) {
  const fold *f = ctx;
  sw_status s = sw_exec(c, "DELETE FROM store.kept_finding; DELETE FROM store.kept_finding_event; DELETE FROM store.kept_finding_round; "
                           "DELETE FROM store.kept_finding_accepted;", NULL, err);
  if (!s) s = fold_files(c, f, err);
  if (!s) s = sw_findings_apply(c, f->ledger, 0, err);
  return s ? s : put_rounds(c, f->rounds, 0, err);
}

static sw_status apply_new(sw_conn *c, void *ctx, sw_error *err) {
  const fold *f = ctx;
  size_t have = f->rounds->engine.len;
  sw_status s = sw_findings_apply(c, f->ledger, have ? f->rounds->engine.items[have - 1].no : 0, err);
  return s ? s : put_rounds(c, f->rounds, have, err);
}

sw_status sw_findings_sync(sw_conn *c, sw_ledger *l, const char *dir, const sw_cancel *cancel, sw_error *err) {
  rounds r = {.arena = SW_ARENA_INIT};
  fold f = {.ledger = l, .rounds = &r, .dir = dir, .cancel = cancel};
  sw_status s = sw_findings_prepare(c, err);
  if (!s) s = read_ledger(l, &r, err);
  if (!s) s = read_engine(c, &r, err);
  if (!s && !only_decisions_missing(&r)) s = sw_transaction(c, fold_all, &f, err);
  else if (!s && r.engine.len < r.ledger.len) s = sw_transaction(c, apply_new, &f, err);
  rounds_fini(&r);
  return s ? SW_FRAME(err, "按账本与 history/finding 整理质控问题", "folding findings from the ledger and history/finding") : SW_OK;
}
