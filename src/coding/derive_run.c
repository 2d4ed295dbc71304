#include "coding/derive_run.h"

#include "base/fs.h"
#include "base/map.h"
#include "base/vec.h"
#include "coding/case_rows.h"
#include "coding/catalogue.h"
#include "coding/group_run.h"
#include "engine/sink.h"
#include "engine/sql.h"

#include <math.h>

/* --- cases ------------------------------------------------------------------------------------------------- */

static void put_select(const sw_derive_run_options *o, sw_buf *out) {
  SW_AUTO(sw_buf) stays = SW_BUF_INIT;
  sw_group_run_select(o->diagnosis, o->procedure, &stays);
  sw_sql_build(out,
               "SELECT g.* REPLACE (CAST(a.fee_net AS DECIMAL(18,2)) AS cost), year(a.discharge_time) AS year FROM ({}) g"
               " JOIN dws.admission a ON a.org_code = g.org_code AND a.case_no = g.case_no ORDER BY g.org_code, g.case_no, g._row",
               sw_sql_raw(sw_buf_str(&stays)));
}

static sw_status add_case(sw_dip_deriver *d, const sw_drg_catalogue *drg, const sw_drg_case *c, int32_t year, sw_error *err) {
  sw_drg_severity s = drg ? sw_drg_case_severity(drg, c) : (sw_drg_severity)0;
  return sw_dip_deriver_add(d, c, year, drg && s == SW_DRG_CC, drg && s == SW_DRG_MCC, err);
}

static sw_status read_cases(sw_conn *c, const sw_derive_run_options *o, const sw_drg_catalogue *drg, sw_dip_deriver *d, sw_error *err) {
  SW_AUTO(sw_buf) select = SW_BUF_INIT;
  sw_rows *rows = NULL;
  sw_case_rows cases = {0};
  put_select(o, &select);
  sw_status s = sw_buf_check(&select, err);
  if (!s) s = sw_query(c, select.ptr, SW_NO_PARAMS, o->cancel, &rows, err);
  if (!s) s = sw_case_rows_init(&cases, rows, err);
  sw_step step = SW_DONE;
  for (int64_t n = 1; !s && (step = sw_rows_next(rows, err)) == SW_ROW; ++n) {
    sw_drg_case one;
    size_t year = sw_rows_ncolumns(rows) - 1;
    sw_case_rows_take(&cases, &one);
    s = add_case(d, drg, &one, sw_rows_is_null(rows, year) ? 0 : (int32_t)sw_rows_i64(rows, year), err);
    if (!s && (n & 0xFFFF) == 0) {
      s = sw_cancel_check(o->cancel, err);
      sw_emit_progress(o->events, "derive", n, 0, "rows");
    }
  }
  if (!s && step == SW_STEP_ERROR) s = err ? err->status : SW_E_ENGINE;
  sw_case_rows_fini(&cases);
  sw_rows_free(rows);
  return s;
}

/* --- names ------------------------------------------------------------------------------------------------- */

typedef struct names {
  sw_arena mem;
  sw_map of; /* code to place in texts */
  SW_VEC(sw_str) texts;
} names;

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-DER-0005", "内存不足", "out of memory"); }

/* The commonest name of each code, or of its first characters; ties by the name. */
static sw_status read_names(sw_conn *c, const char *table, const char *key, names *n, const sw_cancel *cancel, sw_error *err) {
  SW_AUTO(sw_buf) q = SW_BUF_INIT;
  sw_rows *rows = NULL;
  sw_sql_build(&q,
               "SELECT k, name FROM (SELECT {} AS k, name, row_number() OVER (PARTITION BY {} ORDER BY count(*) DESC, name) AS place FROM {}"
               " WHERE code_insurance IS NOT NULL AND name IS NOT NULL GROUP BY {}, name) WHERE place = 1",
               sw_sql_raw(sw_str_of(key)), sw_sql_raw(sw_str_of(key)), sw_sql_dotted(table), sw_sql_raw(sw_str_of(key)));
  sw_status s = sw_buf_check(&q, err);
  if (!s) s = sw_query(c, q.ptr, SW_NO_PARAMS, cancel, &rows, err);
  sw_step step = SW_DONE;
  while (!s && (step = sw_rows_next(rows, err)) == SW_ROW) {
    sw_str text = sw_arena_dup(&n->mem, sw_rows_str(rows, 1));
    if (!sw_arena_ok(&n->mem) || !sw_map_put(&n->of, sw_rows_str(rows, 0), n->texts.len) || !SW_VEC_PUSH(&n->texts, text)) s = no_memory(err);
  }
  if (!s && step == SW_STEP_ERROR) s = err ? err->status : SW_E_ENGINE;
  sw_rows_free(rows);
  return s;
}

static sw_str name_of(const names *n, sw_str code) {
  uint64_t at;
  return sw_map_get(&n->of, code, &at) ? n->texts.items[at] : code;
}

static void put_str(sw_buf *out, sw_str s) { sw_buf_put(out, s.ptr, s.len); }

/* "股骨颈骨折：髋关节置换 + …"; comprehensive groups by prefix and class. */
static void put_name(const names *n, const sw_dip_derived *g, sw_buf *out) {
  if (g->comprehensive) {
    sw_buf_printf(out, "%.*s 综合病种（%s）", SW_STR_ARG(g->dx), sw_dip_class_name(g->op_class, SW_LANG_ZH));
    return;
  }
  put_str(out, name_of(n, g->dx));
  for (size_t i = 0; i < g->procedures.len;) {
    size_t k = i;
    while (k < g->procedures.len && g->procedures.ptr[k] != '+' && g->procedures.ptr[k] != '/') ++k;
    sw_buf_puts(out, i ? "、" : "：");
    put_str(out, name_of(n, sw_str_sub(g->procedures, i, k - i)));
    i = k + 1;
  }
}

static sw_status make_names(sw_conn *c, const sw_derive_run_options *o, const sw_dip_derivation *r, names *n, sw_str **out, sw_error *err) {
  sw_status s = read_names(c, o->diagnosis ? o->diagnosis : "dwd.diagnosis", "substr(code_insurance, 1, 5)", n, o->cancel, err);
  if (!s) s = read_names(c, o->procedure ? o->procedure : "dwd.procedure", "code_insurance", n, o->cancel, err);
  if (s) return s;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  *out = SW_ARENA_ARRAY(&n->mem, sw_str, r->ngroups + 1);
  for (size_t i = 0; *out && i < r->ngroups; ++i) {
    sw_buf_clear(&text);
    put_name(n, &r->groups[i], &text);
    (*out)[i] = sw_arena_dup(&n->mem, sw_buf_str(&text));
  }
  return sw_arena_ok(&n->mem) && sw_buf_ok(&text) ? SW_OK : no_memory(err);
}

/* --- what is written --------------------------------------------------------------------------------------- */

static void put_text(sw_out_chunk *k, size_t col, sw_str s) {
  if (s.len) sw_out_str(&k->columns[col], k->n, s);
  else sw_out_null(&k->columns[col], k->n);
}

static void put_group(sw_out_chunk *k, const sw_dip_derived *g, sw_str name) {
  double *f64[] = {k->columns[7].data, k->columns[8].data, k->columns[9].data, k->columns[10].data, k->columns[11].data};
  const double v[] = {g->mean_fen / 100, g->sd_fen / 100, g->cv, g->mean_los, g->rw};
  put_text(k, 0, g->comprehensive ? SW_LIT("comprehensive") : SW_LIT("core"));
  put_text(k, 1, g->dx);
  put_text(k, 2, g->procedures);
  put_text(k, 3, sw_str_of(sw_dip_class_name(g->op_class, SW_LANG_ZH)));
  put_text(k, 4, name);
  ((int64_t *)k->columns[5].data)[k->n] = g->cases;
  ((int64_t *)k->columns[6].data)[k->n] = g->trimmed;
  for (size_t i = 0; i < 5; ++i) {
    if (isfinite(v[i])) f64[i][k->n] = round(v[i] * 1e6) / 1e6;
    else sw_out_null(&k->columns[7 + i], k->n);
  }
  if (!sw_out_decimal(&k->columns[12], k->n, g->score_e4)) sw_out_null(&k->columns[12], k->n);
  ++k->n;
}

static sw_status write_table(sw_conn *w, const char *physical, const sw_dip_derivation *r, const sw_str *labels, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sink *sink = NULL;
  sw_out_chunk *k = NULL;
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} (kind VARCHAR, dx VARCHAR, procedures VARCHAR, class VARCHAR, name VARCHAR, cases BIGINT, trimmed BIGINT,"
               " mean_cost DOUBLE, sd DOUBLE, cv DOUBLE, mean_los DOUBLE, rw DOUBLE, score DECIMAL(18,4))",
               sw_sql_table("store", physical));
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(w, b.ptr, NULL, err);
  if (!s) s = sw_sink_open(w, "store", physical, &sink, err);
  for (size_t i = 0; !s && i < r->ngroups;) {
    s = sw_sink_chunk(sink, &k, err);
    if (s) break;
    for (k->n = 0; k->n < k->cap && i < r->ngroups; ++i) put_group(k, &r->groups[i], labels[i]);
    s = sw_sink_append(sink, err);
  }
  if (s) {
    sw_sink_abort(sink);
    return s;
  }
  return sw_sink_close(sink, err);
}

static sw_status copy_tables(const char *from, const char *to, sw_error *err) {
  static const char *const files[] = {"mcc.csv", "cc.csv", "cce.csv"};
  SW_AUTO(sw_arena) mem = SW_ARENA_INIT;
  sw_status s = SW_OK;
  for (size_t i = 0; !s && i < 3; ++i) {
    SW_AUTO(sw_buf) text = SW_BUF_INIT;
    const char *in = sw_fs_join(&mem, from, files[i]), *out = sw_fs_join(&mem, to, files[i]);
    if (!in || !out) return sw_arena_check(&mem, err);
    if (!sw_fs_exists(in)) continue;
    s = sw_fs_read(in, 64u << 20, &text, err);
    if (!s) s = sw_fs_write_durable(out, text.ptr, text.len, err);
  }
  return s;
}

static sw_status write_all(sw_conn *c, sw_conn *w, const sw_derive_run_options *o, const sw_dip_derivation *r, sw_error *err) {
  names n = {0};
  sw_str *labels = NULL;
  sw_status s = make_names(c, o, r, &n, &labels, err);
  if (!s) s = sw_derive_write(o->out_dir, r, labels, o->lang, err);
  if (!s && o->complications) s = copy_tables(o->complications, o->out_dir, err);
  if (!s) s = write_table(w, o->physical, r, labels, err);
  sw_arena_fini(&n.mem);
  sw_map_fini(&n.of);
  SW_VEC_FREE(&n.texts);
  return s;
}

sw_status sw_derive_run(sw_conn *c, const sw_derive_run_options *o, sw_dip_derivation *out, sw_error *err) {
  *out = (sw_dip_derivation){0};
  sw_catalogue *drg = NULL;
  sw_dip_deriver *d = NULL;
  sw_conn *w = NULL;
  sw_status s = sw_conn_open(sw_conn_engine(c), &w, err);
  if (!s) s = sw_dip_deriver_new(&o->method, &d, err);
  if (!s && o->complications) s = sw_catalogue_import(o->complications, o->cancel, &drg, err);
  if (!s) s = read_cases(c, o, drg ? drg->drg : NULL, d, err);
  if (!s) s = sw_dip_deriver_finish(d, out, err);
  sw_dip_deriver_free(d);
  sw_catalogue_free(drg);
  if (!s) s = write_all(c, w, o, out, err);
  sw_conn_close(w);
  if (!s) return SW_OK;
  sw_dip_derivation_fini(out);
  return SW_FRAME(err, "推导 DIP 目录到 %s", "deriving a DIP catalogue into %s", o->out_dir);
}
