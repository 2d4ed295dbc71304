/* Reading: registrations through the engine, decisions and anchors from the ledger. */
#include "identity/person_internal.h"

#include "base/hash.h"
#include "base/pool.h"
#include "ledger/journal.h"
#include "ledger/stmt.h"
#include "pack/tree.h"

#include <stdlib.h>

void sw_person_id(sw_str org, sw_str patient, char out[SW_PERSON_ID]) {
  static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* Crockford's: no I, L, O, U */
  uint64_t h = sw_hash64(patient.ptr, patient.len, sw_hash64(org.ptr, org.len, 0x9E1));
  out[0] = 'P';
  for (int i = 12; i >= 1; i--, h >>= 5) out[i] = letters[h & 31];
  out[13] = '\0';
}

/* --- the usual spec ------------------------------------------------------------------------------- */

static const sw_link_field usual[] = {
    {.name = "name", .kind = SW_LINK_NAME, .columns = {"name", "former_name"}, .ncolumns = 2},
    {.name = "sex", .kind = SW_LINK_SEX, .columns = {"sex"}, .ncolumns = 1},
    {.name = "birth_date", .kind = SW_LINK_DATE, .columns = {"birth_date"}, .ncolumns = 1, .birth = true},
    {.name = "id_no", .kind = SW_LINK_CITIZEN_ID, .columns = {"id_no"}, .ncolumns = 1},
    {.name = "phone", .kind = SW_LINK_PHONE, .columns = {"phone"}, .ncolumns = 1},
    {.name = "address", .kind = SW_LINK_ADDRESS, .columns = {"current_address"}, .ncolumns = 1},
    {.name = "health_card_no", .kind = SW_LINK_ID, .columns = {"health_card_no"}, .ncolumns = 1},
    {.name = "insurance_no", .kind = SW_LINK_ID, .columns = {"insurance_no"}, .ncolumns = 1},
    {.name = "visit_card_no", .kind = SW_LINK_ID, .columns = {"visit_card_no"}, .ncolumns = 1},
    {.name = "contact_name", .kind = SW_LINK_NAME, .columns = {"contact_name"}, .ncolumns = 1},
};

static bool has_column(const sw_column_info *info, size_t n, const char *name) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(info[i].name, name) == 0) return true;
  return false;
}

static sw_status describe(sw_conn *c, const char *table, sw_arena *a, sw_column_info **info, size_t *n, sw_error *err) {
  sw_sql_arg t = sw_sql_dotted(table);
  char *schema = sw_arena_dupz(a, t.a), *name = sw_arena_dupz(a, t.b);
  if (!schema || !name) return sw_arena_check(a, err);
  return sw_describe_table(c, schema, name, a, info, n, err);
}

sw_status sw_person_default_spec(sw_conn *c, const char *table, sw_link_spec *out, sw_error *err) {
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_column_info *info = NULL;
  size_t n = 0;
  memset(out, 0, sizeof *out);
  if (describe(c, table, &a, &info, &n, err)) return err ? err->status : SW_E_ENGINE;
  for (size_t f = 0; f < sizeof usual / sizeof *usual; f++) {
    sw_link_field x = usual[f];
    size_t kept = 0;
    for (size_t i = 0; i < x.ncolumns; i++)
      if (has_column(info, n, x.columns[i])) x.columns[kept++] = x.columns[i];
    x.ncolumns = kept;
    if (kept) out->fields[out->nfields++] = x;
  }
  return sw_link_spec_check(out, err);
}

static bool table_has(const sw_person_job *j, sw_arena *a, const char *table, const char *column) {
  sw_error ignored = SW_ERROR_INIT;
  sw_column_info *info = NULL;
  size_t n = 0;
  return describe(j->c, table, a, &info, &n, &ignored) == SW_OK && has_column(info, n, column);
}

sw_status sw_person_job_open(sw_person_job *j, sw_conn *c, sw_ledger *l, const sw_person_config *config, const char *run, sw_error *err) {
  memset(j, 0, sizeof *j);
  j->c = c;
  j->l = l;
  j->config = config;
  j->run = run;
  j->spec = config->spec;
  j->org = config->org ? config->org : "org_code";
  j->patient = config->patient ? config->patient : "patient_id";
  j->registered_at = config->registered_at ? config->registered_at : table_has(j, &j->arena, config->table, "registered_at") ? "registered_at" : NULL;
  j->campus = config->campus ? config->campus : table_has(j, &j->arena, config->table, "campus_code") ? "campus_code" : NULL;
  j->merge_table = config->merge_table ? config->merge_table : table_has(j, &j->arena, "dwd.patient_merge", "kept_patient_id") ? "dwd.patient_merge" : NULL;
  if (j->spec.nfields == 0 && sw_person_default_spec(c, config->table, &j->spec, err)) return err ? err->status : SW_E_CONFIG;
  return sw_link_store_init(&j->store, &j->spec, err);
}

void sw_person_job_close(sw_person_job *j) {
  sw_link_result_fini(&j->result);
  sw_link_model_fini(&j->model);
  sw_link_store_fini(&j->store);
  sw_map_fini(&j->by_key);
  sw_map_fini(&j->anchors);
  free(j->keys);
  free(j->org_len);
  free(j->decisions);
  sw_arena_fini(&j->arena);
}

/* --- registrations -------------------------------------------------------------------------------- */

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory"); }

static void put_text(sw_buf *b, const char *column) { sw_sql_build(b, ", CAST({} AS VARCHAR)", sw_sql_id(column)); }

/* A certificate held by somebody else says who the guardian is, not who the patient is; a visit card's number means
 * something in its own institution only. */
static void put_field(sw_person_job *j, const sw_link_field *f, const char *column, bool holder, sw_buf *b) {
  if (f->kind == SW_LINK_CITIZEN_ID && holder)
    sw_sql_build(b, ", CASE WHEN coalesce(CAST(\"id_holder\" AS VARCHAR), '1') = '1' THEN CAST({} AS VARCHAR) END", sw_sql_id(column));
  else if (strcmp(column, "visit_card_no") == 0)
    sw_sql_build(b, ", CAST({} AS VARCHAR) || 'at' || CAST({} AS VARCHAR)", sw_sql_id(column), sw_sql_id(j->org));
  else put_text(b, column);
}

static void select_registrations(sw_person_job *j, sw_buf *b) {
  bool holder = table_has(j, &j->arena, j->config->table, "id_holder");
  sw_sql_build(b, "SELECT CAST({} AS VARCHAR), CAST({} AS VARCHAR)", sw_sql_id(j->org), sw_sql_id(j->patient));
  for (size_t f = 0; f < j->spec.nfields; f++)
    for (size_t a = 0; a < j->spec.fields[f].ncolumns; a++) put_field(j, &j->spec.fields[f], j->spec.fields[f].columns[a], holder, b);
  sw_sql_build(b, " FROM {}", sw_sql_dotted(j->config->table));
  if (j->only[0][0].ptr)
    sw_sql_build(b, " WHERE ({} = {} AND {} = {}) OR ({} = {} AND {} = {})", sw_sql_id(j->org), sw_sql_str(j->only[0][0]), sw_sql_id(j->patient), sw_sql_str(j->only[0][1]), sw_sql_id(j->org),
                 sw_sql_str(j->only[1][0]), sw_sql_id(j->patient), sw_sql_str(j->only[1][1]));
  sw_buf_puts(b, " ORDER BY ");
  if (j->registered_at) sw_sql_build(b, "{} NULLS LAST, ", sw_sql_id(j->registered_at));
  sw_sql_build(b, "1, 2");
}

static sw_status note_key(sw_person_job *j, sw_str org, sw_str patient, sw_error *err) {
  if (j->nkeys == j->keys_cap) {
    size_t cap = j->keys_cap ? j->keys_cap * 2 : 4096;
    sw_str *keys = realloc(j->keys, cap * sizeof *keys);
    if (keys) j->keys = keys;
    uint32_t *len = realloc(j->org_len, cap * sizeof *len);
    if (len) j->org_len = len;
    if (!keys || !len) return no_memory(err);
    j->keys_cap = cap;
  }
  char *p = sw_arena_alloc(&j->arena, org.len + patient.len + 2);
  if (!p) return no_memory(err);
  if (org.len) memcpy(p, org.ptr, org.len);
  p[org.len] = '|';
  if (patient.len) memcpy(p + org.len + 1, patient.ptr, patient.len);
  j->org_len[j->nkeys] = (uint32_t)org.len;
  j->keys[j->nkeys] = (sw_str){p, org.len + patient.len + 1};
  bool added;
  if (!sw_map_at(&j->by_key, j->keys[j->nkeys], j->nkeys, &added)) return no_memory(err);
  if (!added)
    return SW_FAIL(err, SW_E_DATA, "SW-LINK-0050", "登记表 %s 中有重复的机构与患者号", "table %s holds the same institution and patient number twice", j->config->table);
  j->nkeys++;
  return SW_OK;
}

static sw_status take_chunk(sw_person_job *j, sw_rows *rows, sw_error *err) {
  enum { CELLS = SW_LINK_FIELDS * SW_LINK_ALTERNATIVES };
  size_t n = sw_rows_count(rows), col = 2, used = 0;
  sw_str *cells = malloc(CELLS * SW_CHUNK_ROWS * sizeof *cells);
  if (!cells) return no_memory(err);
  sw_link_chunk c = {.n = n};
  for (size_t f = 0; f < j->spec.nfields; f++)
    for (size_t a = 0; a < j->spec.fields[f].ncolumns; a++, col++, used++) {
      sw_str *to = cells + used * SW_CHUNK_ROWS;
      const sw_column *v = sw_rows_column(rows, col);
      for (size_t i = 0; i < n; i++) to[i] = sw_column_valid(v, i) ? sw_column_str(v, i) : (sw_str){NULL, 0};
      c.columns[f][a] = to;
    }
  sw_status st = SW_OK;
  const sw_column *org = sw_rows_column(rows, 0), *patient = sw_rows_column(rows, 1);
  for (size_t i = 0; i < n && st == SW_OK; i++)
    st = note_key(j, sw_column_valid(org, i) ? sw_column_str(org, i) : SW_LIT(""), sw_column_valid(patient, i) ? sw_column_str(patient, i) : SW_LIT(""), err);
  if (st == SW_OK) st = sw_link_store_append(&j->store, &j->spec, &c, j->config->threads ? j->config->threads : sw_cpu_count(), err);
  free(cells);
  return st;
}

sw_status sw_person_read(sw_person_job *j, const sw_cancel *cancel, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  select_registrations(j, &sql);
  if (sw_buf_check(&sql, err)) return err ? err->status : SW_E_NOMEM;
  sw_rows *rows;
  if (sw_query(j->c, sql.ptr, SW_NO_PARAMS, cancel, &rows, err)) return SW_FRAME(err, "读取登记", "reading registrations");
  sw_status st = SW_OK;
  sw_step step = SW_ROW;
  while (st == SW_OK && (step = sw_rows_next_chunk(rows, err)) == SW_ROW) st = take_chunk(j, rows, err);
  if (step == SW_STEP_ERROR) st = err ? err->status : SW_E_ENGINE;
  sw_rows_free(rows);
  return st;
}

/* --- decisions, merges, anchors ------------------------------------------------------------------- */

static sw_status add_decision(sw_person_job *j, uint32_t a, uint32_t b, bool same, sw_error *err) {
  if (j->ndecisions == j->decisions_cap) {
    size_t cap = j->decisions_cap ? j->decisions_cap * 2 : 256;
    sw_link_decision *d = realloc(j->decisions, cap * sizeof *d);
    if (!d) return no_memory(err);
    j->decisions = d;
    j->decisions_cap = cap;
  }
  j->decisions[j->ndecisions++] = (sw_link_decision){a, b, same};
  return SW_OK;
}

static sw_status take_word(void *ctx, const sw_decision *d, sw_error *err) {
  sw_person_job *j = ctx;
  sw_str key = sw_str_of(d->key);
  ptrdiff_t bar = sw_str_find(key, SW_LIT("||"));
  uint64_t a, b;
  if (bar < 0 || !sw_map_get(&j->by_key, sw_str_sub(key, 0, (size_t)bar), &a) || !sw_map_get(&j->by_key, sw_str_sub(key, (size_t)bar + 2, key.len), &b)) return SW_OK;
  bool same = strstr(d->value, "\"same\":true") != NULL, different = strstr(d->value, "\"same\":false") != NULL;
  return same || different ? add_decision(j, (uint32_t)a, (uint32_t)b, same, err) : SW_OK;
}

static sw_status take_anchor(void *ctx, const sw_decision *d, sw_error *err) {
  sw_person_job *j = ctx;
  return sw_map_put(&j->anchors, sw_str_of(d->key), 1) ? SW_OK : no_memory(err);
}

/* Pairs of registrations that a query says belong together; hard contradictions stay apart all the same. */
static sw_status take_pairs(sw_person_job *j, const char *sql, const sw_cancel *cancel, sw_error *err) {
  sw_rows *rows;
  if (sw_query(j->c, sql, SW_NO_PARAMS, cancel, &rows, err)) return err ? err->status : SW_E_ENGINE;
  sw_step step;
  sw_status st = SW_OK;
  while (st == SW_OK && (step = sw_rows_next(rows, err)) != SW_DONE) {
    if (step == SW_STEP_ERROR) {
      st = err ? err->status : SW_E_ENGINE;
      break;
    }
    uint64_t a, b;
    if (!sw_map_get(&j->by_key, sw_rows_str(rows, 0), &a) || !sw_map_get(&j->by_key, sw_rows_str(rows, 1), &b) || a == b) continue;
    if (!sw_link_contradict(&j->store, sw_link_row(&j->store, a), sw_link_row(&j->store, b))) st = add_decision(j, (uint32_t)a, (uint32_t)b, true, err);
  }
  sw_rows_free(rows);
  return st;
}

/* The last word of an institution on two of its numbers: merged, and not undone since. */
static sw_status take_merges(sw_person_job *j, const sw_cancel *cancel, sw_error *err) {
  if (!j->merge_table) return SW_OK;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql,
               "SELECT org_code || '|' || kept_patient_id, org_code || '|' || merged_patient_id FROM {} WHERE org_code IS NOT NULL AND kept_patient_id IS NOT NULL AND merged_patient_id "
               "IS NOT NULL GROUP BY ALL HAVING arg_max(CAST(kind AS VARCHAR), merged_at) = '1' ORDER BY ALL",
               sw_sql_dotted(j->merge_table));
  if (sw_buf_check(&sql, err)) return err ? err->status : SW_E_NOMEM;
  return take_pairs(j, sql.ptr, cancel, err);
}

/* A newborn's later registrations: the same mother, the same birth date, sex and order of birth in one institution, where
 * at least one still bears the stand-in name (张三之子). Twins without an order are left to a person. */
static sw_status take_newborns(sw_person_job *j, const sw_cancel *cancel, sw_error *err) {
  const char *t = j->config->table;
  if (!table_has(j, &j->arena, t, "mother_patient_id") || !table_has(j, &j->arena, t, "birth_date") || !table_has(j, &j->arena, t, "birth_order") ||
      !table_has(j, &j->arena, t, "sex") || !table_has(j, &j->arena, t, "name"))
    return SW_OK;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql,
               "WITH b AS (SELECT CAST({} AS VARCHAR) AS o, CAST({} AS VARCHAR) AS p, CAST(mother_patient_id AS VARCHAR) AS m, CAST(birth_date AS VARCHAR) AS d, CAST(sex AS VARCHAR) AS s, "
               "coalesce(CAST(birth_order AS VARCHAR), '') AS k, name LIKE '%之%' AS standin FROM {} WHERE mother_patient_id IS NOT NULL AND birth_date IS NOT NULL) "
               "SELECT min(o || '|' || p), max(o || '|' || p) FROM b GROUP BY o, m, d, s, k HAVING count(*) = 2 AND bool_or(standin) AND NOT bool_and(standin) ORDER BY ALL",
               sw_sql_id(j->org), sw_sql_id(j->patient), sw_sql_dotted(t));
  if (sw_buf_check(&sql, err)) return err ? err->status : SW_E_NOMEM;
  return take_pairs(j, sql.ptr, cancel, err);
}

sw_status sw_person_gather_decisions(sw_person_job *j, const sw_cancel *cancel, sw_error *err) {
  if (take_merges(j, cancel, err) || take_newborns(j, cancel, err)) return err ? err->status : SW_E_ENGINE;
  if (!j->l) return SW_OK;
  /* Reviewers come last: their word replaces that of the systems. */
  if (sw_decision_each(j->l, "person.decision", NULL, false, take_word, j, err)) return err ? err->status : SW_E_LEDGER;
  return sw_decision_each(j->l, "person.anchor", NULL, false, take_anchor, j, err);
}

sw_status sw_person_heads(const sw_person_job *j, uint32_t *heads, sw_error *err) {
  for (uint32_t r = 0; r < j->store.n; r++) heads[r] = UINT32_MAX;
  /* Records are in the order of their registration, so the first of a person met is its first. */
  for (uint32_t r = 0; r < j->store.n && j->anchors.len; r++) {
    char id[SW_PERSON_ID];
    sw_person_id(sw_person_org(j, r), sw_person_patient(j, r), id);
    if (heads[j->result.person[r]] == UINT32_MAX && sw_map_has(&j->anchors, sw_str_of(id))) heads[j->result.person[r]] = r;
  }
  for (uint32_t r = 0; r < j->store.n; r++)
    if (heads[j->result.person[r]] == UINT32_MAX) heads[j->result.person[r]] = r;
  (void)err;
  return SW_OK;
}
