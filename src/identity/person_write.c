/* Writing: the tables of one run. */
#include "identity/person_internal.h"

#include "engine/sink.h"

#include <stdlib.h>

const char *const SW_PERSON_TABLE_NAMES[SW_PERSON_TABLES] = {"registration", "person", "link", "review", "alert", "relation", "duplicate", "event", "model", "blocking"};

static char *physical(sw_person_job *j, const char *name) { return sw_arena_printf(&j->arena, "person_%s_%s", name, j->run); }

sw_status sw_person_statement(sw_person_job *j, const sw_buf *sql, const sw_cancel *cancel, sw_error *err) {
  if (sw_buf_check(sql, err)) return err ? err->status : SW_E_NOMEM;
  return sw_exec(j->c, sql->ptr, cancel, err);
}

static sw_status create(sw_person_job *j, const char *name, const char *columns, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "CREATE OR REPLACE TABLE {} ({})", sw_sql_table("store", physical(j, name)), sw_sql_raw(sw_str_of(columns)));
  return sw_person_statement(j, &sql, NULL, err);
}

/* --- registration --------------------------------------------------------------------------------- */

static sw_status fill_registration(sw_person_job *j, sw_out_chunk *ch, const uint32_t *heads, uint32_t from) {
  size_t n = j->store.n - from < ch->cap ? j->store.n - from : ch->cap;
  for (size_t i = 0; i < n; i++) {
    uint32_t r = from + (uint32_t)i, head = heads[j->result.person[r]];
    char id[SW_PERSON_ID];
    sw_person_id(sw_person_org(j, head), sw_person_patient(j, head), id);
    sw_out_str(&ch->columns[0], i, sw_person_org(j, r));
    sw_out_str(&ch->columns[1], i, sw_person_patient(j, r));
    sw_out_str(&ch->columns[2], i, sw_str_of(id));
    ((bool *)ch->columns[3].data)[i] = (j->store.flags[r] & SW_LINK_R_STANDIN) != 0;
    ((bool *)ch->columns[4].data)[i] = (j->store.flags[r] & SW_LINK_R_NO_EVIDENCE) != 0;
    ((int64_t *)ch->columns[5].data)[i] = (int64_t)r;
    ((bool *)ch->columns[6].data)[i] = head == r;
  }
  ch->n = n;
  return SW_OK;
}

static sw_status write_registrations(sw_person_job *j, const uint32_t *heads, sw_error *err) {
  if (create(j, "registration", "org_code VARCHAR, patient_id VARCHAR, person_id VARCHAR, standin BOOLEAN, no_evidence BOOLEAN, position BIGINT, first BOOLEAN", err))
    return err ? err->status : SW_E_ENGINE;
  sw_sink *s;
  if (sw_sink_open(j->c, "store", physical(j, "registration"), &s, err)) return err ? err->status : SW_E_ENGINE;
  for (uint32_t r = 0; r < j->store.n;) {
    sw_out_chunk *ch;
    if (sw_sink_chunk(s, &ch, err) || fill_registration(j, ch, heads, r)) break;
    r += (uint32_t)ch->n;
    if (sw_sink_append(s, err)) break;
  }
  if (err && err->status) {
    sw_sink_abort(s);
    return err->status;
  }
  return sw_sink_close(s, err);
}

/* --- links, review, alerts ------------------------------------------------------------------------ */

static void out_pair(sw_person_job *j, sw_out_chunk *ch, size_t i, const sw_link_edge *e) {
  sw_link_score sc;
  sw_link_score_pair(&j->model, &j->store, sw_link_row(&j->store, e->a), j->store.flags[e->a], sw_link_row(&j->store, e->b), j->store.flags[e->b], &sc);
  sw_out_str(&ch->columns[0], i, sw_person_org(j, e->a));
  sw_out_str(&ch->columns[1], i, sw_person_patient(j, e->a));
  sw_out_str(&ch->columns[2], i, sw_person_org(j, e->b));
  sw_out_str(&ch->columns[3], i, sw_person_patient(j, e->b));
  sw_out_str(&ch->columns[4], i, sw_str_of(sw_link_outcome_name(e->outcome)));
  sw_out_str(&ch->columns[5], i, sw_str_of(sw_link_reason_name(e->reason)));
  ((double *)ch->columns[6].data)[i] = sw_link_probability(sc.total);
  ((int32_t *)ch->columns[7].data)[i] = sc.total;
  ((int32_t *)ch->columns[8].data)[i] = j->model.prior;
  for (size_t f = 0; f <= j->spec.nfields; f++) {
    unsigned level = sw_link_pattern_level(sc.pattern, f);
    if (level == SW_LINK_ABSENT) sw_out_null(&ch->columns[9 + 2 * f], i);
    else ((int32_t *)ch->columns[9 + 2 * f].data)[i] = (int32_t)level;
    ((int32_t *)ch->columns[10 + 2 * f].data)[i] = sc.part[f];
  }
}

static sw_status create_links(sw_person_job *j, sw_error *err) {
  SW_AUTO(sw_buf) cols = SW_BUF_INIT;
  sw_buf_puts(&cols, "org_a VARCHAR, patient_a VARCHAR, org_b VARCHAR, patient_b VARCHAR, outcome VARCHAR, reason VARCHAR, probability DOUBLE, score INTEGER, prior INTEGER");
  for (size_t f = 0; f <= j->spec.nfields; f++) {
    const char *name = f < j->spec.nfields ? j->spec.fields[f].name : "name_order";
    sw_sql_build(&cols, ", {} INTEGER, {} INTEGER", sw_sql_id(sw_arena_printf(&j->arena, "%s_level", name)), sw_sql_id(sw_arena_printf(&j->arena, "%s_weight", name)));
  }
  if (sw_buf_check(&cols, err)) return err ? err->status : SW_E_NOMEM;
  return create(j, "link", cols.ptr, err);
}

static sw_status write_links(sw_person_job *j, sw_error *err) {
  if (create_links(j, err)) return err ? err->status : SW_E_ENGINE;
  sw_sink *s;
  if (sw_sink_open(j->c, "store", physical(j, "link"), &s, err)) return err ? err->status : SW_E_ENGINE;
  for (size_t k = 0; k < j->result.nedges;) {
    sw_out_chunk *ch;
    if (sw_sink_chunk(s, &ch, err)) break;
    size_t n = j->result.nedges - k < ch->cap ? j->result.nedges - k : ch->cap;
    for (size_t i = 0; i < n; i++) out_pair(j, ch, i, &j->result.edges[k + i]);
    ch->n = n;
    k += n;
    if (sw_sink_append(s, err)) break;
  }
  if (err && err->status) {
    sw_sink_abort(s);
    return err->status;
  }
  return sw_sink_close(s, err);
}

static sw_status make(sw_person_job *j, const char *name, const char *select, const sw_cancel *cancel, sw_error *err) {
  /* `select` speaks of {link}, {registration} and {table}: the names of this run. */
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "CREATE OR REPLACE TABLE {} AS ", sw_sql_table("store", physical(j, name)));
  for (const char *p = select; *p;) {
    if (strncmp(p, "{link}", 6) == 0) sw_sql_put(&sql, sw_sql_table("store", physical(j, "link"))), p += 6;
    else if (strncmp(p, "{registration}", 14) == 0) sw_sql_put(&sql, sw_sql_table("store", physical(j, "registration"))), p += 14;
    else if (strncmp(p, "{table}", 7) == 0) sw_sql_put(&sql, sw_sql_dotted(j->config->table)), p += 7;
    else if (strncmp(p, "{org}", 5) == 0) sw_sql_put(&sql, sw_sql_id(j->org)), p += 5;
    else if (strncmp(p, "{patient}", 9) == 0) sw_sql_put(&sql, sw_sql_id(j->patient)), p += 9;
    else sw_buf_putc(&sql, *p++);
  }
  if (sw_person_statement(j, &sql, cancel, err)) return SW_FRAME(err, "生成 person.%s", "making person.%s", name);
  return SW_OK;
}

static const char REVIEW[] =
    "SELECT org_a, patient_a, org_b, patient_b, a.person_id AS person_a, b.person_id AS person_b, reason, probability, score FROM {link} k "
    "JOIN {registration} a ON a.org_code = k.org_a AND a.patient_id = k.patient_a JOIN {registration} b ON b.org_code = k.org_b AND b.patient_id = k.patient_b "
    "WHERE outcome = 'review' ORDER BY score DESC, 1, 2, 3, 4";
static const char ALERT[] =
    "SELECT CASE reason WHEN 'borrowed_card' THEN 'borrowed_card' ELSE 'contradiction' END AS kind, org_a, patient_a, org_b, patient_b, score FROM {link} "
    "WHERE reason = 'borrowed_card' OR (reason = 'contradiction' AND outcome <> 'linked' AND probability >= 0.95) ORDER BY ALL";
static const char RELATION[] =
    "SELECT DISTINCT c.person_id, m.person_id AS related_id, 'mother' AS relation, c.org_code, c.patient_id, m.patient_id AS related_patient_id FROM {table} t "
    "JOIN {registration} c ON c.org_code = t.{org} AND c.patient_id = t.{patient} "
    "JOIN {registration} m ON m.org_code = t.{org} AND m.patient_id = CAST(t.mother_patient_id AS VARCHAR) WHERE t.mother_patient_id IS NOT NULL AND c.person_id <> m.person_id ORDER BY ALL";
static const char NO_RELATION[] =
    "SELECT ''::VARCHAR AS person_id, ''::VARCHAR AS related_id, ''::VARCHAR AS relation, ''::VARCHAR AS org_code, ''::VARCHAR AS patient_id, ''::VARCHAR AS related_patient_id WHERE false";

static sw_status make_person(sw_person_job *j, const sw_cancel *cancel, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "SELECT r.person_id, count(*) AS registrations, count(DISTINCT r.org_code) AS institutions, min_by(r.org_code, r.position) AS first_org, "
                     "min_by(r.patient_id, r.position) AS first_patient_id");
  static const struct {
    sw_link_kind kind;
    const char *as;
  } facts[] = {{SW_LINK_NAME, "name"}, {SW_LINK_SEX, "sex"}, {SW_LINK_DATE, "birth_date"}};
  for (size_t k = 0; k < sizeof facts / sizeof *facts; k++)
    for (size_t f = 0; f < j->spec.nfields; f++) {
      if (j->spec.fields[f].kind != facts[k].kind) continue;
      /* The commonest value among the person's registrations; the first of equals. */
      sw_sql_build(&sql, ", mode(t.{} ORDER BY r.position) AS {}", sw_sql_id(j->spec.fields[f].columns[0]), sw_sql_id(facts[k].as));
      break;
    }
  sw_buf_puts(&sql, " FROM {registration} r JOIN {table} t ON t.{org} = r.org_code AND t.{patient} = r.patient_id GROUP BY r.person_id ORDER BY r.person_id");
  if (sw_buf_check(&sql, err)) return err ? err->status : SW_E_NOMEM;
  return make(j, "person", sql.ptr, cancel, err);
}

/* Doubles within one institution, by the month of registration and campus. */
static sw_status make_duplicate(sw_person_job *j, const sw_cancel *cancel, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "WITH r AS (SELECT g.org_code, g.person_id, ");
  if (j->campus) sw_sql_build(&sql, "CAST(t.{} AS VARCHAR)", sw_sql_id(j->campus));
  else sw_buf_puts(&sql, "NULL::VARCHAR");
  sw_buf_puts(&sql, " AS campus_code, ");
  if (j->registered_at) sw_sql_build(&sql, "strftime(t.{}, '%Y-%m')", sw_sql_id(j->registered_at));
  else sw_buf_puts(&sql, "NULL::VARCHAR");
  sw_buf_puts(&sql, " AS month, row_number() OVER (PARTITION BY g.org_code, g.person_id ORDER BY g.position) AS nth FROM {registration} g "
                    "JOIN {table} t ON t.{org} = g.org_code AND t.{patient} = g.patient_id) "
                    "SELECT org_code, campus_code, month, count(*) AS registrations, count(*) FILTER (WHERE nth > 1) AS duplicates, count(*) FILTER (WHERE nth > 1)::DOUBLE / count(*) AS rate "
                    "FROM r GROUP BY ALL ORDER BY ALL");
  if (sw_buf_check(&sql, err)) return err ? err->status : SW_E_NOMEM;
  return make(j, "duplicate", sql.ptr, cancel, err);
}

/* What changed against the persons published before: ids that went out of use, and persons that were parted. */
static sw_status make_events(sw_person_job *j, const sw_cancel *cancel, sw_error *err) {
  bool before;
  if (sw_table_exists(j->c, "person", "registration", &before, err)) return err ? err->status : SW_E_ENGINE;
  static const char NONE[] = "SELECT ''::VARCHAR AS kind, ''::VARCHAR AS person_id, ''::VARCHAR AS other_id, 0::BIGINT AS registrations WHERE false";
  static const char CHANGES[] =
      "WITH m AS (SELECT o.person_id AS was, n.person_id AS now_id, count(*) AS k FROM person.registration o JOIN {registration} n USING (org_code, patient_id) GROUP BY ALL), "
      "gone AS (SELECT was FROM m GROUP BY was HAVING count(*) FILTER (WHERE now_id = was) = 0) "
      "SELECT 'merge' AS kind, was AS person_id, now_id AS other_id, k AS registrations FROM m WHERE was IN (SELECT was FROM gone) "
      "UNION ALL SELECT 'split', was, now_id, k FROM m WHERE was <> now_id AND was NOT IN (SELECT was FROM gone) ORDER BY ALL";
  return make(j, "event", before ? CHANGES : NONE, cancel, err);
}

/* A person all of whose known registrations now have an id that nobody had before was only joined by an earlier
 * registration that came late: the id that was given out stays. */
static sw_status keep_given_ids(sw_person_job *j, const sw_cancel *cancel, sw_error *err) {
  bool before;
  if (sw_table_exists(j->c, "person", "registration", &before, err)) return err ? err->status : SW_E_ENGINE;
  if (create(j, "anchor", "person_id VARCHAR, head VARCHAR", err)) return err ? err->status : SW_E_ENGINE;
  if (!before) return SW_OK;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_arg reg = sw_sql_table("store", physical(j, "registration")), anchor = sw_sql_table("store", physical(j, "anchor"));
  sw_sql_build(&sql,
               "INSERT INTO {} SELECT min_by(o.person_id, n.position), n.person_id FROM person.registration o JOIN {} n USING (org_code, patient_id) "
               "WHERE n.person_id NOT IN (SELECT person_id FROM person.registration) AND o.person_id NOT IN (SELECT person_id FROM {}) GROUP BY n.person_id",
               anchor, reg, reg);
  if (sw_person_statement(j, &sql, cancel, err)) return err ? err->status : SW_E_ENGINE;
  sw_buf_clear(&sql);
  sw_sql_build(&sql, "UPDATE {} r SET person_id = a.person_id FROM {} a WHERE r.person_id = a.head", reg, anchor);
  return sw_person_statement(j, &sql, cancel, err);
}

static sw_status count_of(sw_person_job *j, const char *sql_template, const char *name, int64_t *out, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, sql_template, sw_sql_table("store", physical(j, name)));
  if (sw_buf_check(&sql, err)) return err ? err->status : SW_E_NOMEM;
  return sw_query_i64(j->c, sql.ptr, SW_NO_PARAMS, NULL, out, NULL, err);
}

static sw_status count_all(sw_person_job *j, sw_person_stats *st, sw_error *err) {
  if (count_of(j, "SELECT count(DISTINCT person_id) FROM {}", "registration", &st->persons, err)) return err ? err->status : SW_E_ENGINE;
  if (count_of(j, "SELECT count(*) FROM {}", "alert", &st->alerts, err) || count_of(j, "SELECT count(*) FROM {}", "relation", &st->relations, err) ||
      count_of(j, "SELECT count(*) FROM {} WHERE kind = 'merge'", "event", &st->merges, err) || count_of(j, "SELECT count(DISTINCT person_id) FROM {} WHERE kind = 'split'", "event", &st->splits, err))
    return err ? err->status : SW_E_ENGINE;
  return SW_OK;
}

sw_status sw_person_write(sw_person_job *j, const sw_cancel *cancel, sw_person_stats *stats, sw_error *err) {
  uint32_t *heads = malloc((j->store.n + 1) * sizeof *heads);
  if (!heads) return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory");
  sw_status st = sw_person_heads(j, heads, err);
  if (st == SW_OK) st = write_registrations(j, heads, err);
  free(heads);
  if (st == SW_OK) st = keep_given_ids(j, cancel, err);
  if (st == SW_OK) st = write_links(j, err);
  if (st == SW_OK) st = make_person(j, cancel, err);
  if (st == SW_OK) st = make(j, "review", REVIEW, cancel, err);
  if (st == SW_OK) st = make(j, "alert", ALERT, cancel, err);
  bool mothers = false;
  if (st == SW_OK) {
    SW_AUTO(sw_arena) a = SW_ARENA_INIT;
    sw_column_info *info;
    size_t n;
    SW_AUTO(sw_buf) sql = SW_BUF_INIT;
    sw_sql_build(&sql, "SELECT * FROM {}", sw_sql_dotted(j->config->table));
    st = sw_describe(j->c, sql.ptr, &a, &info, &n, err);
    for (size_t i = 0; st == SW_OK && i < n; i++) mothers = mothers || strcmp(info[i].name, "mother_patient_id") == 0;
  }
  if (st == SW_OK) st = make(j, "relation", mothers ? RELATION : NO_RELATION, cancel, err);
  if (st == SW_OK) st = make_duplicate(j, cancel, err);
  if (st == SW_OK) st = make_events(j, cancel, err);
  if (st == SW_OK) st = sw_person_write_model(j, stats->model_version, cancel, err);
  if (st == SW_OK) st = sw_person_write_blocking(j, cancel, err);
  return st == SW_OK ? count_all(j, stats, err) : st;
}
