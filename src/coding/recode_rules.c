#include "coding/recode.h"

#include "coding/csv_in.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"
#include "ledger/journal.h"
#include "pack/tree.h"

#include "base/date.h"
#include "base/json.h"
#include "base/utf8.h"

#include <stdlib.h>

/* Columns of the rules table, in its order. */
enum { R_RULE, R_KIND, R_EDITION, R_ORG, R_LOCAL, R_SINCE, R_UNTIL, R_SEX, R_AGE_FROM, R_AGE_TO, R_PART, R_CODE, R_SOURCE, R_RANK };

enum { RANK_APPROVED = 0, RANK_FILE = 100, RANK_DICTIONARY = 200, RANK_CROSSWALK = 300 };

typedef struct collect {
  const sw_recode_sources *s;
  sw_sink *sink;
  sw_out_chunk *k;
  int64_t next_rule;
  sw_recode_rule_counts *n;
} collect;

typedef struct rule {
  sw_str kind, edition, org, local, sex, code;
  int32_t since, until; /* INT32_MIN: no bound */
  int32_t age_from, age_to; /* -1: no bound */
  int64_t part;         /* 0 with an empty code: there is none */
  const char *source;
  int64_t rank;
} rule;

static void put_text(sw_out_chunk *k, size_t col, sw_str s) {
  if (s.len && sw_utf8_valid(s)) sw_out_str(&k->columns[col], k->n, s);
  else sw_out_null(&k->columns[col], k->n);
}

static void put_day(sw_out_chunk *k, size_t col, int32_t day) {
  if (day != INT32_MIN) ((int32_t *)k->columns[col].data)[k->n] = day;
  else sw_out_null(&k->columns[col], k->n);
}

static void put_int(sw_out_chunk *k, size_t col, int64_t v, bool known) {
  if (known) ((int64_t *)k->columns[col].data)[k->n] = v;
  else sw_out_null(&k->columns[col], k->n);
}

/* The institution's own rules go before general ones, conditions before none. */
static int64_t rank_of(const rule *r) {
  bool conditions = r->since != INT32_MIN || r->until != INT32_MIN || r->sex.len || r->age_from >= 0 || r->age_to >= 0;
  return r->rank + (r->org.len ? 0 : 20) + (conditions ? 0 : 10);
}

static sw_status put_rule(collect *m, int64_t number, const rule *r, sw_error *err) {
  sw_out_chunk *k = m->k;
  put_int(k, R_RULE, number, true);
  put_text(k, R_KIND, r->kind);
  put_text(k, R_EDITION, r->edition);
  put_text(k, R_ORG, r->org);
  put_text(k, R_LOCAL, r->local);
  put_day(k, R_SINCE, r->since);
  put_day(k, R_UNTIL, r->until);
  put_text(k, R_SEX, r->sex);
  put_int(k, R_AGE_FROM, r->age_from, r->age_from >= 0);
  put_int(k, R_AGE_TO, r->age_to, r->age_to >= 0);
  put_int(k, R_PART, r->part, true);
  put_text(k, R_CODE, r->code);
  put_text(k, R_SOURCE, sw_str_of(r->source));
  put_int(k, R_RANK, rank_of(r), true);
  if (++k->n < k->cap) return SW_OK;
  sw_status s = sw_sink_append(m->sink, err);
  if (!s) s = sw_sink_chunk(m->sink, &m->k, err);
  if (!s) m->k->n = 0;
  return s;
}

/* --- the ledger's decisions -------------------------------------------------------------------- */

static sw_str member(const sw_node *o, const char *key) { return sw_node_text(sw_node_get(o, key)); }

static int32_t day_or(sw_str s) {
  int32_t d = 0;
  return s.len && sw_parse_date(s, &d) ? d : INT32_MIN;
}

static int32_t age_text(sw_str s) {
  int64_t v = -1;
  return s.len && sw_str_to_i64(s, &v) && v >= 0 && v < 200 ? (int32_t)v : -1;
}

static sw_status take_decision(collect *m, const sw_node *o, sw_error *err) {
  rule r = {.kind = member(o, "kind"), .edition = member(o, "edition"), .org = member(o, "org_code"), .local = member(o, "local_code"),
            .sex = member(o, "sex"), .since = day_or(member(o, "since")), .until = day_or(member(o, "until")),
            .age_from = age_text(member(o, "age_from")), .age_to = age_text(member(o, "age_to")), .source = "approved", .rank = RANK_APPROVED};
  const sw_node *codes = sw_node_get(o, "codes");
  if (r.kind.len == 0 || r.local.len == 0 || member(o, "withdrawn").len) return SW_OK;
  int64_t number = m->next_rule++;
  size_t n = codes && codes->kind == SW_NODE_LIST ? codes->n : 0;
  sw_status s = n == 0 ? put_rule(m, number, &r, err) : SW_OK;
  for (size_t i = 0; !s && i < n; ++i) {
    r.code = sw_node_text(codes->items[i]);
    r.part = (int64_t)i + 1;
    s = put_rule(m, number, &r, err);
  }
  m->n->approved++;
  return s;
}

static sw_status on_decision(void *ctx, const sw_decision *d, sw_error *err) {
  SW_AUTO(sw_arena) mem = SW_ARENA_INIT;
  sw_node_list docs = {0};
  sw_status s = sw_tree_json(&mem, sw_str_of(d->value), "ledger", &SW_TREE_LIMITS_DEFAULT, &docs, err);
  return s || docs.n == 0 ? s : take_decision(ctx, docs.items[0], err);
}

/* --- files ------------------------------------------------------------------------------------- */

static sw_status read_file(collect *m, const char *path, sw_error *err) {
  sw_csv_in *in = NULL;
  sw_status s = sw_csv_in_open(path, &in, err);
  if (s) return s;
  static const char *const names[] = {"kind", "edition", "org_code", "local_code", "since", "until", "sex", "age_from", "age_to", "part", "code"};
  int at[11];
  for (size_t i = 0; i < 11; ++i) at[i] = sw_csv_in_column(in, names[i]);
  if (at[0] < 0 || at[3] < 0 || at[10] < 0) {
    s = SW_FAIL(err, SW_E_DATA, "SW-REC-0003", "对照文件缺少列 kind、local_code 或 code", "a file of mappings needs the columns kind, local_code and code");
    (void)sw_error_at(err, path, 1, 0);
  }
  sw_step step = SW_ROW;
  while (!s && (step = sw_csv_in_next(in, err)) == SW_ROW) {
    sw_str v[11];
    for (size_t i = 0; i < 11; ++i) v[i] = sw_str_trim(sw_csv_in_get(in, at[i]));
    int64_t part = 1;
    if (in->broken || v[0].len == 0 || v[3].len == 0 || (v[9].len && !sw_str_to_i64(v[9], &part)) || part < 0) {
      m->n->bad_lines++;
      continue;
    }
    rule r = {.kind = v[0], .edition = v[1].len ? v[1] : sw_str_of(m->s->insurance ? m->s->insurance : "医保2.0"), .org = v[2], .local = v[3],
              .since = day_or(v[4]), .until = day_or(v[5]), .sex = v[6], .age_from = age_text(v[7]), .age_to = age_text(v[8]), .part = part,
              .code = v[10], .source = "file", .rank = RANK_FILE};
    /* Parts of one rule follow one another. */
    if (part <= 1) m->next_rule++;
    s = put_rule(m, m->next_rule, &r, err);
    m->n->file++;
  }
  if (!s && step == SW_STEP_ERROR) s = err ? err->status : SW_E_IO;
  sw_csv_in_close(in);
  m->next_rule++;
  return s;
}

/* --- dictionaries ------------------------------------------------------------------------------ */

static sw_status insert(sw_conn *c, const char *fmt, const collect *m, const char *edition, const char *others, const char *column, int64_t rank,
                        int64_t *rows, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b, fmt, sw_sql_table("store", m->s->physical), sw_sql_text(edition), sw_sql_text(others), sw_sql_id(column), sw_sql_i64(rank),
               sw_sql_dotted(m->s->dictionary), sw_sql_id(column));
  sw_status s = sw_buf_check(&b, err);
  int64_t n = 0;
  if (!s) s = sw_exec_count(c, b.ptr, m->s->cancel, &n, err);
  *rows += n;
  return s;
}

static const char FROM_DICTIONARY[] =
    "INSERT INTO {} SELECT 1000000000 + row_number() OVER (ORDER BY org_code, dict_type, code), dict_type,"
    " CASE WHEN dict_type IN ('diagnosis', 'procedure') THEN {} ELSE {} END, org_code, code, NULL, NULL, NULL,"
    " NULL, NULL, 1, {}, 'dictionary', {} FROM {} WHERE code IS NOT NULL AND {} IS NOT NULL AND org_code IS NOT NULL";

/* The clinical code is what the front page carries: where the dictionaries give both editions, they tell the way from one to
 * the other. Of several targets the one on which most entries agree is taken. */
static sw_status crosswalk(sw_conn *c, collect *m, const char *insurance, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b,
               "INSERT INTO {} SELECT 2000000000 + row_number() OVER (ORDER BY dict_type, national_code), dict_type, {}, NULL, national_code, NULL,"
               " NULL, NULL, NULL, NULL, 1, insurance_code, 'crosswalk', {} FROM (SELECT dict_type, national_code, insurance_code,"
               " row_number() OVER (PARTITION BY dict_type, national_code ORDER BY count(*) DESC, insurance_code) AS place"
               " FROM {} WHERE national_code IS NOT NULL AND insurance_code IS NOT NULL GROUP BY dict_type, national_code, insurance_code)"
               " WHERE place = 1",
               sw_sql_table("store", m->s->physical), sw_sql_text(insurance), sw_sql_i64(RANK_CROSSWALK + 30), sw_sql_dotted(m->s->dictionary));
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec_count(c, b.ptr, m->s->cancel, &m->n->crosswalk, err);
  if (s) return s;
  sw_buf_clear(&b);
  sw_sql_build(&b,
               "SELECT count(*) FROM (SELECT dict_type, national_code FROM {} WHERE national_code IS NOT NULL AND insurance_code IS NOT NULL"
               " GROUP BY dict_type, national_code HAVING count(DISTINCT insurance_code) > 1)",
               sw_sql_dotted(m->s->dictionary));
  return sw_query_i64(c, b.ptr, SW_NO_PARAMS, m->s->cancel, &m->n->conflicts, NULL, err);
}

static sw_status collect_written(sw_conn *c, sw_ledger *ledger, collect *m, sw_error *err) {
  sw_status s = sw_sink_open(c, "store", m->s->physical, &m->sink, err);
  if (s) return s;
  s = sw_sink_chunk(m->sink, &m->k, err);
  if (!s) m->k->n = 0;
  if (!s && ledger) s = sw_decision_each(ledger, "code-mapping", NULL, false, on_decision, m, err);
  for (size_t i = 0; !s && i < 8 && m->s->files[i]; ++i) s = read_file(m, m->s->files[i], err);
  if (!s && m->k->n) s = sw_sink_append(m->sink, err);
  if (s) {
    sw_sink_abort(m->sink);
    return s;
  }
  return sw_sink_close(m->sink, err);
}

sw_status sw_recode_collect(sw_conn *c, sw_ledger *ledger, const sw_recode_sources *src, sw_recode_rule_counts *out, sw_error *err) {
  *out = (sw_recode_rule_counts){0};
  collect m = {.s = src, .next_rule = 1, .n = out};
  const char *clinical = src->clinical ? src->clinical : "国临2.0", *insurance = src->insurance ? src->insurance : "医保2.0";
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b,
               "CREATE OR REPLACE TABLE {} (rule BIGINT, kind VARCHAR, edition VARCHAR, org_code VARCHAR, local_code VARCHAR, since DATE,"
               " until DATE, sex VARCHAR, age_from BIGINT, age_to BIGINT, part BIGINT, code VARCHAR, source VARCHAR, rank BIGINT)",
               sw_sql_table("store", src->physical));
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(c, b.ptr, src->cancel, err);
  if (!s) s = collect_written(c, ledger, &m, err);
  if (!s && src->dictionary) {
    s = insert(c, FROM_DICTIONARY, &m, clinical, "国家", "national_code", RANK_DICTIONARY + 10, &out->dictionary, err);
    if (!s) s = insert(c, FROM_DICTIONARY, &m, insurance, "医保", "insurance_code", RANK_DICTIONARY + 10, &out->dictionary, err);
    if (!s) s = crosswalk(c, &m, insurance, err);
  }
  return s ? SW_FRAME(err, "收集编码对照", "collecting code mappings") : SW_OK;
}
