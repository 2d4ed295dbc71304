#include "coding/advise_run.h"

#include "base/vec.h"
#include "coding/case_rows.h"
#include "coding/csv_in.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"

#include <math.h>
#include <stdlib.h>

/* --- rules -------------------------------------------------------------------------------------- */

enum { V_KIND, V_ITEM, V_OP, V_LIMIT, V_UNIT, V_ALSO_KIND, V_ALSO_ITEM, V_ACCEPT, V_CODES, V_CODE, V_PREFIX, V_EXPECTED, V_ZH, V_EN, V_N };
static const char *const columns[V_N] = {"kind", "item", "op", "limit", "unit", "also_kind", "also_item", "accept", "codes", "code", "prefix", "expected", "zh", "en"};

static bool known_word(sw_str s, const char *const *words) {
  for (; *words; ++words)
    if (sw_str_eqz(s, *words)) return true;
  return false;
}

/* What is wrong with a rule (zh, en), or NULL. */
static const char *const *rule_problem(const sw_str v[V_N], double *limit, double *accept) {
  static const char *const kinds[] = {"lab", "charge", "order", "device", NULL}, *const ops[] = {"", "<", "<=", ">", ">=", NULL}, *const codes[] = {"dx", "pr", NULL};
  static const char *const bad_kind[] = {"kind 应为 lab、charge、order 或 device", "kind is lab, charge, order or device"};
  static const char *const bad_op[] = {"op 应为 <、<=、>、>= 或空，有 op 就要有数值 limit", "op is <, <=, >, >= or empty, and comes with a number as limit"};
  static const char *const bad_code[] = {"codes 应为 dx 或 pr，并写明 code 与 prefix", "codes is dx or pr, and code and prefix are needed"};
  static const char *const bad_item[] = {"缺少 item", "item is missing"};
  static const char *const bad_text[] = {"缺少理由 zh 或 en", "the reason zh or en is missing"};
  *limit = 0;
  if (!known_word(v[V_KIND], kinds)) return bad_kind;
  if (v[V_ITEM].len == 0) return bad_item;
  if (!known_word(v[V_OP], ops) || (v[V_OP].len && !sw_str_to_f64(v[V_LIMIT], limit))) return bad_op;
  if (!known_word(v[V_CODES], codes) || v[V_CODE].len == 0 || v[V_PREFIX].len == 0) return bad_code;
  if (v[V_ACCEPT].len && !sw_str_to_f64(v[V_ACCEPT], accept)) return bad_op;
  return v[V_ZH].len && v[V_EN].len ? NULL : bad_text;
}

typedef SW_VEC(sw_evidence_rule) rule_vec;

static sw_status take_rule(sw_csv_in *in, const int at[V_N], sw_arena *a, rule_vec *out, sw_error *err) {
  sw_str v[V_N];
  double limit = 0, accept = 0;
  for (int i = 0; i < V_N; ++i) v[i] = sw_arena_dup(a, sw_str_trim(sw_csv_in_get(in, at[i])));
  sw_status s = sw_arena_check(a, err);
  if (s) return s;
  const char *const *why = rule_problem(v, &limit, &accept);
  if (why || in->broken) {
    (void)SW_FAIL(err, SW_E_CONFIG, "SW-ADV-0001", "证据规则有误：%s%.0s", "a rule of evidence is wrong: %.0s%s", why ? why[0] : "引号不成对",
                  why ? why[1] : "unbalanced quote");
    return sw_error_at(err, in->path, in->line, 0);
  }
  sw_evidence_rule r = {.kind = v[V_KIND], .item = v[V_ITEM], .op = v[V_OP], .limit = limit, .unit = v[V_UNIT], .also_kind = v[V_ALSO_KIND],
                        .also_item = v[V_ALSO_ITEM], .code = v[V_CODE], .prefix = v[V_PREFIX], .procedure = sw_str_eqz(v[V_CODES], "pr"),
                        .expected = sw_str_eqz(v[V_EXPECTED], "yes"), .lenient = v[V_ACCEPT].len > 0, .accept = accept, .zh = v[V_ZH], .en = v[V_EN]};
  return SW_VEC_PUSH(out, r) ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-ADV-0002", "内存不足", "out of memory");
}

sw_status sw_evidence_read(const char *path, sw_arena *a, sw_evidence_rule **rules, size_t *n, sw_error *err) {
  sw_csv_in *in = NULL;
  rule_vec list = {0};
  int at[V_N];
  sw_status s = sw_csv_in_open(path, &in, err);
  for (int i = 0; !s && i < V_N; ++i) {
    at[i] = sw_csv_in_column(in, columns[i]);
    if (at[i] >= 0 || (i >= V_LIMIT && i != V_CODES && i != V_CODE && i != V_PREFIX)) continue;
    s = SW_FAIL(err, SW_E_CONFIG, "SW-ADV-0003", "证据规则缺少列 %s", "the rules of evidence lack the column %s", columns[i]);
    (void)sw_error_at(err, path, 1, 0);
  }
  sw_step step = SW_DONE;
  while (!s && (step = sw_csv_in_next(in, err)) == SW_ROW) s = take_rule(in, at, a, &list, err);
  if (!s && step == SW_STEP_ERROR) s = err ? err->status : SW_E_IO;
  *n = list.len;
  *rules = SW_ARENA_ARRAY(a, sw_evidence_rule, list.len + 1);
  if (!s && !*rules) s = sw_arena_check(a, err);
  if (!s && list.len) memcpy(*rules, list.items, list.len * sizeof *list.items);
  SW_VEC_FREE(&list);
  sw_csv_in_close(in);
  return s ? SW_FRAME(err, "读取证据规则 %s", "reading the rules of evidence %s", path) : SW_OK;
}

/* --- evidence ------------------------------------------------------------------------------------ */

static void put_items(const sw_evidence_rule *rules, size_t n, const char *kind, const char *column, sw_buf *out) {
  size_t k = 0;
  sw_buf_puts(out, "(");
  for (size_t i = 0; i < 2 * n; ++i) {
    const sw_evidence_rule *r = &rules[i / 2];
    sw_str of = i % 2 ? r->also_kind : r->kind, item = i % 2 ? r->also_item : r->item;
    if (!sw_str_eqz(of, kind) || item.len == 0) continue;
    if (k++) sw_buf_puts(out, " OR ");
    if (item.ptr[item.len - 1] == '*') sw_sql_build(out, "starts_with({}, {})", sw_sql_raw(sw_str_of(column)), sw_sql_str(sw_str_sub(item, 0, item.len - 1)));
    else sw_sql_build(out, "{} = {}", sw_sql_raw(sw_str_of(column)), sw_sql_str(item));
  }
  sw_buf_puts(out, k ? ")" : "false)");
}

/* Price lists' marks and "（院内）" are no part of a name. */
#define BARE "regexp_replace(item_name, '[△▲☆★※ ]|（院内）|\\(院内\\)', '', 'g')"

void sw_advise_evidence_select(const sw_evidence_rule *rules, size_t n, sw_buf *out) {
  /* Of a result the lowest and the highest decide; a result below zero is the device's way of saying that there is none. */
  sw_buf_puts(out,
              "WITH lab AS (SELECT org_code, case_no, " BARE " AS item, CAST(result_value AS DOUBLE) AS value, coalesce(unit, '') AS unit FROM dwd.lab_result"
              " WHERE case_no IS NOT NULL AND result_value >= 0),"
              " fee AS (SELECT org_code, encounter_id AS case_no, " BARE " AS item, CAST(quantity AS DOUBLE) AS value, coalesce(unit, '') AS unit FROM dwd.fee_item"
              " WHERE encounter_type = 'I'),"
              " ord AS (SELECT org_code, encounter_id AS case_no, " BARE " AS item FROM dwd.order_item WHERE encounter_type = 'I'),"
              " vent AS (SELECT org_code, case_no, vent_used_dura AS text FROM dwd.settlement_list WHERE vent_used_dura IS NOT NULL AND case_no IS NOT NULL),"
              " icu AS (SELECT l.org_code, l.case_no, i.scs_cutd_sum_dura AS text FROM dwd.settlement_icu i JOIN dwd.settlement_list l ON l.org_code = i.org_code"
              " AND l.setl_id = i.setl_id WHERE i.scs_cutd_sum_dura IS NOT NULL AND l.case_no IS NOT NULL),"
              " device AS (SELECT org_code, case_no, item, sum(hours) AS value FROM (SELECT org_code, case_no, 'ventilator' AS item,"
              " coalesce(TRY_CAST(split_part(text, '/', 1) AS DOUBLE) * 24 + TRY_CAST(split_part(text, '/', 2) AS DOUBLE), TRY_CAST(text AS DOUBLE)) AS hours FROM vent"
              " UNION ALL SELECT org_code, case_no, 'icu', coalesce(TRY_CAST(split_part(text, '/', 1) AS DOUBLE) * 24 + TRY_CAST(split_part(text, '/', 2) AS DOUBLE),"
              " TRY_CAST(text AS DOUBLE)) FROM icu) GROUP BY org_code, case_no, item)"
              " SELECT * FROM (SELECT org_code, case_no, 'lab' AS kind, item, min(value) AS value, unit FROM lab WHERE ");
  put_items(rules, n, "lab", "item", out);
  sw_buf_puts(out, " GROUP BY org_code, case_no, item, unit UNION SELECT org_code, case_no, 'lab', item, max(value), unit FROM lab WHERE ");
  put_items(rules, n, "lab", "item", out);
  sw_buf_puts(out, " GROUP BY org_code, case_no, item, unit UNION ALL SELECT org_code, case_no, 'charge', item, sum(value), max(unit) FROM fee WHERE ");
  put_items(rules, n, "charge", "item", out);
  /* charged and taken back is not done */
  sw_buf_puts(out, " GROUP BY org_code, case_no, item HAVING sum(value) > 0 UNION ALL SELECT org_code, case_no, 'order', item, CAST(count(*) AS DOUBLE), '' FROM ord WHERE ");
  put_items(rules, n, "order", "item", out);
  sw_buf_puts(out, " GROUP BY org_code, case_no, item UNION ALL SELECT org_code, case_no, 'device', item, value, 'h' FROM device WHERE value > 0)");
}

/* --- the run -------------------------------------------------------------------------------------- */

typedef struct evidence_vec {
  SW_VEC(sw_evidence) list;
  sw_arena mem;
} evidence_vec;

typedef struct run {
  const sw_advise_run_options *o;
  sw_rows *cases, *items;
  sw_case_rows take;
  int value_at;
  bool more_items;          /* items stands on a row that is not yet used */
  evidence_vec ev;
  sw_sink *sink;
  sw_out_chunk *k;
  sw_buf say[2];
  sw_advise_run_counts n;
} run;

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-ADV-0002", "内存不足", "out of memory"); }

static sw_status next_item(run *r, sw_error *err) {
  sw_step step = sw_rows_next(r->items, err);
  r->more_items = step == SW_ROW;
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_ENGINE) : SW_OK;
}

static int by_case(sw_str org, sw_str case_no, const sw_rows *items) {
  int d = sw_str_cmp(sw_rows_str(items, 0), org);
  return d ? d : sw_str_cmp(sw_rows_str(items, 1), case_no);
}

/* The evidence of the case under way: both queries come in the order of institution and case. */
static sw_status gather(run *r, sw_error *err) {
  sw_str org = sw_case_rows_text(&r->take, SW_CASE_ORG_CODE), case_no = sw_case_rows_text(&r->take, SW_CASE_NO);
  sw_status s = SW_OK;
  r->ev.list.len = 0;
  sw_arena_fini(&r->ev.mem);
  int d = -1;
  while (!s && r->more_items && (d = by_case(org, case_no, r->items)) <= 0) {
    if (d == 0) {
      sw_evidence e = {.kind = sw_arena_dup(&r->ev.mem, sw_rows_str(r->items, 2)), .item = sw_arena_dup(&r->ev.mem, sw_rows_str(r->items, 3)),
                       .value = sw_rows_is_null(r->items, 4) ? NAN : sw_rows_f64(r->items, 4), .unit = sw_arena_dup(&r->ev.mem, sw_rows_str(r->items, 5))};
      if (!sw_arena_ok(&r->ev.mem) || !SW_VEC_PUSH(&r->ev.list, e)) return no_memory(err);
    }
    s = next_item(r, err);
  }
  return s;
}

static const char *side_of(const sw_advice *a, int64_t fen) {
  switch (a->kind) {
    case SW_ADVICE_MISSED:
    case SW_ADVICE_MISSED_PR: return "missed";
    case SW_ADVICE_UNSUPPORTED:
    case SW_ADVICE_UNSUPPORTED_PR: return fen < 0 ? "up-coding" : "hint";
    case SW_ADVICE_PRINCIPAL:
    case SW_ADVICE_MAIN_PR:
    case SW_ADVICE_DEPENDS_DX:
    case SW_ADVICE_DEPENDS_PR:
    case SW_ADVICE_CC:
    case SW_ADVICE_MCC:
    case SW_ADVICE_EXCLUDED:
    case SW_ADVICE_UNSPECIFIC:
    case SW_ADVICE_UNKNOWN_DX:
    case SW_ADVICE_UNKNOWN_PR:
    case SW_ADVICE_KINDS: break;
  }
  return "hint";
}

static void put(run *r, size_t col, sw_str s) {
  if (s.len) sw_out_str(&r->k->columns[col], r->k->n, s);
  else sw_out_null(&r->k->columns[col], r->k->n);
}

static void put_decimal(run *r, size_t col, int64_t v, bool known) {
  if (!known || !sw_out_decimal(&r->k->columns[col], r->k->n, v)) sw_out_null(&r->k->columns[col], r->k->n);
}

static void put_evidence(run *r, const sw_advice *a) {
  const sw_evidence *e = a->evidence >= 0 && (size_t)a->evidence < r->ev.list.len ? &r->ev.list.items[a->evidence] : NULL;
  put(r, 12, e ? e->item : (sw_str){NULL, 0});
  if (e && !isnan(e->value)) ((double *)r->k->columns[13].data)[r->k->n] = e->value;
  else sw_out_null(&r->k->columns[13], r->k->n);
  put(r, 14, e ? e->unit : (sw_str){NULL, 0});
}

static sw_status put_advice(run *r, const sw_drg_case *k, const sw_advice_in *in, const sw_drg_result *present, const sw_advice *a, int64_t value_fen, sw_error *err) {
  const sw_drg_catalogue *c = r->o->catalogue->drg;
  sw_drg_group_info g = {0};
  bool weighed = sw_drg_group_info_of(c, present->drg, &g) || a->drg != SW_DRG_NONE;
  int64_t fen = (int64_t)((__int128)a->weight_e4 * value_fen / 10000);
  const char *side = side_of(a, fen);
  if (sw_case_rows_has(&r->take, SW_CASE_ROW)) ((int64_t *)r->k->columns[0].data)[r->k->n] = sw_rows_i64(r->cases, (size_t)r->take.at[SW_CASE_ROW]);
  else sw_out_null(&r->k->columns[0], r->k->n);
  put(r, 1, sw_case_rows_text(&r->take, SW_CASE_ORG));
  put(r, 2, sw_case_rows_text(&r->take, SW_CASE_ORG_CODE));
  put(r, 3, sw_case_rows_text(&r->take, SW_CASE_NO));
  put(r, 4, sw_str_of(sw_advice_kind_name(a->kind)));
  put(r, 5, sw_str_of(side));
  put(r, 6, a->code);
  put(r, 7, sw_drg_drg_code(c, present->drg));
  put(r, 8, sw_drg_drg_code(c, a->drg));
  put_decimal(r, 9, g.weight_e4, g.weight_e4 > 0);
  put_decimal(r, 10, a->weight_e4, weighed);
  put_decimal(r, 11, fen, value_fen > 0);
  put_evidence(r, a);
  for (int l = 0; l < 2; ++l) {
    sw_buf_clear(&r->say[l]);
    sw_drg_advice_say(c, k, in, a, value_fen, (sw_lang)l, &r->say[l]);
    put(r, 15 + (size_t)l, sw_buf_str(&r->say[l]));
  }
  ++r->n.out;
  if (strcmp(side, "missed") == 0) r->n.missed++, r->n.missed_fen += fen > 0 ? fen : 0;
  if (strcmp(side, "up-coding") == 0) r->n.upcoded++, r->n.upcoded_fen -= fen;
  if (++r->k->n < r->k->cap) return SW_OK;
  sw_status s = sw_sink_append(r->sink, err);
  if (!s) s = sw_sink_chunk(r->sink, &r->k, err);
  if (!s) r->k->n = 0;
  return s;
}

static sw_status advise_case(run *r, sw_error *err) {
  sw_drg_case k;
  sw_drg_result present;
  sw_advice found[SW_ADVICE_MAX];
  size_t n = 0;
  sw_status s = gather(r, err);
  if (s) return s;
  sw_case_rows_take(&r->take, &k);
  sw_advice_in in = {r->ev.list.items, r->ev.list.len, r->o->rules, r->o->nrules};
  s = sw_drg_advise(r->o->catalogue->drg, &k, &in, &present, found, &n, err);
  int64_t value = r->value_at < 0 || sw_rows_is_null(r->cases, (size_t)r->value_at) ? 0 : sw_rows_decimal(r->cases, (size_t)r->value_at, 6) / 10000;
  for (size_t i = 0; !s && i < n; ++i) s = put_advice(r, &k, &in, &present, &found[i], value, err);
  ++r->n.in;
  r->n.advised += n > 0;
  return s;
}

static sw_status advise_all(run *r, sw_error *err) {
  sw_status s = sw_sink_chunk(r->sink, &r->k, err);
  if (s) return s;
  r->k->n = 0;
  sw_step step = SW_ROW;
  while (!s && (step = sw_rows_next(r->cases, err)) == SW_ROW) {
    s = advise_case(r, err);
    if (!s && r->n.in % 1024 == 0) s = sw_cancel_check(r->o->cancel, err);
    if (r->n.in % 1024 == 0) sw_emit_progress(r->o->events, r->o->physical, r->n.in, 0, "rows");
  }
  if (!s && step == SW_STEP_ERROR) s = err ? err->status : SW_E_ENGINE;
  if (!s && r->k->n) s = sw_sink_append(r->sink, err);
  return s;
}

static sw_status open_queries(sw_conn *c, sw_conn *c2, run *r, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  static const char none[] = "SELECT NULL AS org_code, NULL AS case_no, NULL AS kind, NULL AS item, NULL AS value, NULL AS unit WHERE false";
  /* Ordered by bytes on both sides, as they are merged. */
  sw_sql_build(&b, "SELECT * FROM ({}) ORDER BY org_code, case_no", sw_sql_raw(sw_str_of(r->o->cases)));
  sw_status s = sw_query(c, b.ptr, SW_NO_PARAMS, r->o->cancel, &r->cases, err);
  sw_buf_clear(&b);
  sw_sql_build(&b,
               "SELECT CAST(org_code AS VARCHAR), CAST(case_no AS VARCHAR), CAST(kind AS VARCHAR), CAST(item AS VARCHAR), CAST(value AS DOUBLE), CAST(unit AS VARCHAR)"
               " FROM ({}) ORDER BY 1, 2, 3, 4, 6, 5",
               sw_sql_raw(sw_str_of(r->o->evidence ? r->o->evidence : none)));
  if (!s) s = sw_query(c2, b.ptr, SW_NO_PARAMS, r->o->cancel, &r->items, err);
  if (!s) s = next_item(r, err);
  if (!s) s = sw_case_rows_init(&r->take, r->cases, err);
  r->value_at = -1;
  for (size_t i = 0; !s && i < sw_rows_ncolumns(r->cases); ++i)
    if (strcmp(sw_rows_name(r->cases, i), "value") == 0) r->value_at = (int)i;
  return s;
}

static sw_status run_with(sw_conn *c, sw_conn *items, sw_conn *w, run *r, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} (_row BIGINT, _org VARCHAR, org_code VARCHAR, case_no VARCHAR, kind VARCHAR, side VARCHAR, code VARCHAR, from_group VARCHAR,"
               " to_group VARCHAR, weight DECIMAL(9,4), weight_change DECIMAL(9,4), yuan DECIMAL(18,2), item VARCHAR, value DOUBLE, unit VARCHAR, text_zh VARCHAR,"
               " text_en VARCHAR)",
               sw_sql_table("store", r->o->physical));
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(w, b.ptr, r->o->cancel, err);
  if (!s) s = open_queries(c, items, r, err);
  if (!s) s = sw_sink_open(w, "store", r->o->physical, &r->sink, err);
  if (!s) s = advise_all(r, err);
  if (s) {
    sw_sink_abort(r->sink);
    return s;
  }
  return sw_sink_close(r->sink, err);
}

sw_status sw_advise_run(sw_conn *c, const sw_advise_run_options *o, sw_advise_run_counts *out, sw_error *err) {
  run r = {.o = o, .say = {SW_BUF_INIT, SW_BUF_INIT}};
  sw_conn *items = NULL, *w = NULL;
  *out = (sw_advise_run_counts){0};
  sw_status s = SW_OK;
  if (!o->catalogue->drg) s = SW_FAIL(err, SW_E_CONFIG, "SW-ADV-0004", "编码建议需要 DRG 目录", "advice on coding needs a DRG catalogue");
  if (!s) s = sw_conn_open(sw_conn_engine(c), &items, err);
  if (!s) s = sw_conn_open(sw_conn_engine(c), &w, err);
  if (!s) s = run_with(c, items, w, &r, err);
  sw_rows_free(r.cases);
  sw_rows_free(r.items);
  sw_case_rows_fini(&r.take);
  SW_VEC_FREE(&r.ev.list);
  sw_arena_fini(&r.ev.mem);
  sw_conn_close(items);
  sw_conn_close(w);
  sw_buf_fini(&r.say[0]);
  sw_buf_fini(&r.say[1]);
  if (s) return SW_FRAME(err, "编码建议写入 store.%s", "advising on coding into store.%s", o->physical);
  *out = r.n;
  return SW_OK;
}
