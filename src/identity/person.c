#include "identity/person_internal.h"

#include "base/fs.h"
#include "base/json.h"
#include "identity/draft.h"
#include "identity/model_file.h"
#include "identity/train.h"
#include "ledger/journal.h"

#include <stdlib.h>

/* --- model versions ------------------------------------------------------------------------------- */

static sw_status setting(sw_ledger *l, const char *key, int64_t *out, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_error local = SW_ERROR_INIT;
  *out = 0;
  if (!l) return SW_OK;
  sw_status st = sw_ledger_get(l, key, &b, &local);
  if (st == SW_E_NOTFOUND) return SW_OK;
  if (st) {
    if (err) *err = local;
    return st;
  }
  if (!sw_str_to_i64(sw_buf_str(&b), out)) *out = 0;
  return SW_OK;
}

static sw_status set_setting(sw_ledger *l, const char *key, int64_t v, sw_error *err) {
  char text[24];
  int n = snprintf(text, sizeof text, "%lld", (long long)v);
  return sw_ledger_set(l, key, (sw_str){text, (size_t)n}, err);
}

sw_status sw_person_setting(sw_ledger *l, const char *key, int64_t *out, sw_error *err) { return setting(l, key, out, err); }

char *sw_person_model_path(sw_arena *a, const char *model_dir, int64_t version) { return sw_arena_printf(a, "%s/model-%06lld.swlm", model_dir, (long long)version); }

static char *model_path(sw_person_job *j, int64_t version) {
  return sw_person_model_path(&j->arena, j->config->model_dir, version);
}

char *sw_person_spec_path(sw_arena *a, const char *model_dir, int64_t version) { return sw_arena_printf(a, "%s/model-%06lld.yaml", model_dir, (long long)version); }

/* The number of the next version: one that no version has had, approved or not. */
static sw_status next_version(sw_ledger *l, int64_t *out, sw_error *err) {
  int64_t latest, current;
  if (setting(l, "identity.latest", &latest, err) || setting(l, "identity.model", &current, err)) return err ? err->status : SW_E_LEDGER;
  *out = (latest > current ? latest : current) + 1;
  return SW_OK;
}

/* A version's two files: the model, and the configuration that says what its fields are. */
static sw_status keep_version(sw_person_job *j, int64_t version, sw_error *err) {
  SW_AUTO(sw_buf) yaml = SW_BUF_INIT;
  sw_link_spec_yaml(&j->spec, &yaml);
  char *path = sw_person_spec_path(&j->arena, j->config->model_dir, version), *model = model_path(j, version);
  if (!path || !model || sw_buf_check(&yaml, err)) return err && err->status ? err->status : sw_arena_check(&j->arena, err);
  if (sw_fs_mkdirs(j->config->model_dir, err) || sw_fs_write_durable(path, yaml.ptr, yaml.len, err)) return err ? err->status : SW_E_IO;
  if (sw_link_model_write(&j->model, &j->spec, model, err)) return err ? err->status : SW_E_IO;
  if (set_setting(j->l, "identity.latest", version, err)) return err ? err->status : SW_E_LEDGER;
  return sw_ledger_set(j->l, "identity.table", sw_str_of(j->config->table), err);
}

/* The version in force, or a first one. A version of other fields is replaced: the pack has changed what counts. */
static sw_status ready_model(sw_person_job *j, sw_person_stats *stats, const sw_cancel *cancel, const sw_events *events, sw_error *err) {
  int64_t version;
  if (setting(j->l, "identity.model", &version, err)) return err ? err->status : SW_E_LEDGER;
  if (version > 0) {
    sw_error local = SW_ERROR_INIT;
    sw_status st = sw_link_model_read(model_path(j, version), &j->spec, &j->store, &j->model, &local);
    stats->model_version = version;
    if (st == SW_OK) return SW_OK;
    if (st != SW_E_CONFIG) {
      if (err) *err = local;
      return st;
    }
    sw_emit_text(events, SW_EVENT_WARNING, "identify", "关联字段已改，重新估计模型", "the fields to link by have changed: a new model is estimated");
  }
  if (sw_link_train(&j->store, &j->spec, j->config->threads ? j->config->threads : 2, &j->model, cancel, events, err)) return err ? err->status : SW_E_NOMEM;
  stats->model_new = true;
  if (next_version(j->l, &version, err)) return err ? err->status : SW_E_LEDGER;
  stats->model_version = version;
  if (!j->config->model_dir || !j->l) return SW_OK;
  if (keep_version(j, version, err)) return err ? err->status : SW_E_IO;
  return set_setting(j->l, "identity.model", version, err);
}

/* --- running -------------------------------------------------------------------------------------- */

static double since(int64_t from) { return (double)(sw_mono_us() - from) / 1e6; }

static sw_status link_all(sw_person_job *j, const sw_cancel *cancel, const sw_events *events, sw_error *err) {
  sw_link_run_options o = {.threads = j->config->threads, .keep_model = true, .decisions = j->decisions, .ndecisions = j->ndecisions};
  return sw_link_run(&j->store, &j->spec, &o, &j->model, &j->result, cancel, events, err);
}

static sw_status run_job(sw_person_job *j, sw_person_stats *out, const sw_cancel *cancel, const sw_events *events, sw_error *err) {
  int64_t t0 = sw_mono_us();
  if (sw_person_read(j, cancel, err) || sw_person_gather_decisions(j, cancel, err)) return err ? err->status : SW_E_ENGINE;
  out->read_seconds = since(t0);
  sw_emit_progress(events, "identify", (int64_t)j->store.n, (int64_t)j->store.n, "rows");
  t0 = sw_mono_us();
  if (ready_model(j, out, cancel, events, err) || link_all(j, cancel, events, err)) return err ? err->status : SW_E_ENGINE;
  out->link_seconds = since(t0);
  t0 = sw_mono_us();
  if (sw_person_write(j, cancel, out, err)) return err ? err->status : SW_E_ENGINE;
  out->write_seconds = since(t0);
  out->registrations = (int64_t)j->store.n;
  out->linked = (int64_t)j->result.nlinked;
  out->review = (int64_t)j->result.nreview;
  out->records_in_review = (int64_t)j->result.records_in_review;
  out->standins = (int64_t)j->result.standins;
  out->no_evidence = (int64_t)j->result.noevidence;
  return SW_OK;
}

sw_status sw_identify_run(sw_conn *c, sw_ledger *l, const sw_person_config *config, const char *run, sw_person_stats *out, const sw_cancel *cancel,
                          const sw_events *events, sw_error *err) {
  memset(out, 0, sizeof *out);
  sw_person_job j;
  sw_status st = sw_person_job_open(&j, c, l, config, run, err);
  if (st == SW_OK) st = run_job(&j, out, cancel, events, err);
  sw_person_job_close(&j);
  return st;
}

/* --- events --------------------------------------------------------------------------------------- */

typedef struct event_list {
  sw_arena arena;
  struct {
    char *kind, *person, *other;
  } *items;
  size_t n, cap;
} event_list;

static sw_status collect(sw_conn *c, const char *sql, event_list *l, sw_error *err) {
  sw_rows *rows;
  if (sw_query(c, sql, SW_NO_PARAMS, NULL, &rows, err)) return err ? err->status : SW_E_ENGINE;
  sw_step step;
  while ((step = sw_rows_next(rows, err)) == SW_ROW) {
    if (l->n == l->cap) {
      size_t cap = l->cap ? l->cap * 2 : 64;
      void *p = realloc(l->items, cap * sizeof *l->items);
      if (!p) break;
      l->items = p;
      l->cap = cap;
    }
    l->items[l->n].kind = sw_arena_dupz(&l->arena, sw_rows_str(rows, 0));
    l->items[l->n].person = sw_arena_dupz(&l->arena, sw_rows_str(rows, 1));
    l->items[l->n].other = sw_arena_dupz(&l->arena, sw_rows_str(rows, 2));
    l->n++;
  }
  sw_rows_free(rows);
  if (step != SW_DONE) return err && err->status ? err->status : SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory");
  return sw_arena_check(&l->arena, err);
}

static sw_status record_event(sw_ledger *l, const char *kind, const char *key, const char *field, const char *value, const char *run, int64_t at_us, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_json js;
  sw_json_init(&js, &b);
  sw_json_open(&js, '{');
  sw_json_key(&js, field);
  sw_json_strz(&js, value);
  sw_json_key(&js, "run");
  sw_json_strz(&js, run);
  sw_json_close(&js, '}');
  if (sw_buf_check(&b, err)) return err ? err->status : SW_E_NOMEM;
  int64_t id;
  return sw_decision_put(l, &(sw_decision){.kind = kind, .key = key, .value = b.ptr, .who = "suwen", .reason = "", .at_us = at_us}, &id, err);
}

static sw_status write_events(sw_ledger *l, const event_list *e, const char *run, int64_t at_us, sw_error *err) {
  for (size_t i = 0; i < e->n; i++) {
    const char *kind = e->items[i].kind, *person = e->items[i].person, *other = e->items[i].other;
    sw_status st;
    if (strcmp(kind, "anchor") == 0) st = record_event(l, "person.anchor", person, "instead_of", other, run, at_us, err);
    else if (strcmp(kind, "merge") == 0) st = record_event(l, "person.merge", person, "into", other, run, at_us, err);
    else st = record_event(l, "person.merge", other, "restored_from", person, run, at_us, err);
    if (st) return st;
  }
  return SW_OK;
}

sw_status sw_person_commit(sw_conn *c, sw_ledger *l, const char *run, int64_t at_us, sw_error *err) {
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "SELECT kind, person_id, other_id FROM {} UNION ALL SELECT 'anchor', person_id, head FROM {} ORDER BY ALL",
               sw_sql_table("store", sw_arena_printf(&a, "person_event_%s", run)), sw_sql_table("store", sw_arena_printf(&a, "person_anchor_%s", run)));
  if (sw_buf_check(&sql, err)) return err ? err->status : SW_E_NOMEM;
  event_list e = {0};
  sw_status st = collect(c, sql.ptr, &e, err);
  if (st == SW_OK) st = sw_ledger_begin(l, err);
  if (st == SW_OK) {
    st = write_events(l, &e, run, at_us, err);
    if (st == SW_OK) st = sw_ledger_commit(l, err);
    else sw_ledger_rollback(l);
  }
  free(e.items);
  sw_arena_fini(&e.arena);
  if (st) return st;
  sw_buf_clear(&sql);
  sw_sql_build(&sql, "DROP TABLE IF EXISTS {}", sw_sql_table("store", sw_arena_printf(&a, "person_anchor_%s", run)));
  return sw_buf_check(&sql, err) ? SW_E_NOMEM : sw_exec(c, sql.ptr, NULL, err);
}

/* --- re-estimation -------------------------------------------------------------------------------- */

/* The persons that the new model would make, against those in force. */
static sw_status propose(sw_person_job *j, int64_t *merges, int64_t *splits, const sw_cancel *cancel, sw_error *err) {
  sw_person_stats stats = {0};
  if (sw_person_write(j, cancel, &stats, err)) return err ? err->status : SW_E_ENGINE;
  *merges = stats.merges;
  *splits = stats.splits;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "CREATE OR REPLACE TABLE {} AS SELECT * FROM {}", sw_sql_table("store", sw_arena_printf(&j->arena, "person_proposal_%s", j->run)),
               sw_sql_table("store", sw_arena_printf(&j->arena, "person_event_%s", j->run)));
  if (sw_person_statement(j, &sql, cancel, err)) return err ? err->status : SW_E_ENGINE;
  static const char *const scratch[] = {"registration", "person", "link", "review", "alert", "relation", "duplicate", "event", "model", "blocking", "anchor"};
  for (size_t i = 0; i < sizeof scratch / sizeof *scratch; i++) {
    sw_buf_clear(&sql);
    sw_sql_build(&sql, "DROP TABLE IF EXISTS {}", sw_sql_table("store", sw_arena_printf(&j->arena, "person_%s_%s", scratch[i], j->run)));
    if (sw_person_statement(j, &sql, cancel, err)) return err ? err->status : SW_E_ENGINE;
  }
  return SW_OK;
}

sw_status sw_person_reestimate(sw_conn *c, sw_ledger *l, const sw_person_config *config, const char *run, int64_t *version, int64_t *merges, int64_t *splits,
                               const sw_cancel *cancel, const sw_events *events, sw_error *err) {
  sw_person_job j;
  sw_status st = sw_person_job_open(&j, c, l, config, run, err);
  if (st == SW_OK) st = next_version(l, version, err);
  if (st == SW_OK) st = sw_person_read(&j, cancel, err);
  if (st == SW_OK) st = sw_person_gather_decisions(&j, cancel, err);
  if (st == SW_OK) st = sw_link_train(&j.store, &j.spec, config->threads ? config->threads : 2, &j.model, cancel, events, err);
  if (st == SW_OK) st = link_all(&j, cancel, events, err);
  if (st == SW_OK) st = propose(&j, merges, splits, cancel, err);
  if (st == SW_OK) st = keep_version(&j, *version, err);
  if (st == SW_OK) st = set_setting(l, "identity.pending", *version, err);
  sw_person_job_close(&j);
  return st;
}

static sw_status settle_version(sw_ledger *l, int64_t version, bool approved, const char *who, const char *reason, int64_t at_us, sw_error *err) {
  int64_t pending, id;
  char key[24];
  if (setting(l, "identity.pending", &pending, err)) return err ? err->status : SW_E_LEDGER;
  if (pending != version || version <= 0)
    return SW_FAIL(err, SW_E_NOTFOUND, "SW-LINK-0051", "没有待批准的模型版本 %lld", "no model version %lld awaits approval", (long long)version);
  snprintf(key, sizeof key, "%lld", (long long)version);
  sw_status st = sw_ledger_begin(l, err);
  if (st) return st;
  if (approved) st = set_setting(l, "identity.model", version, err);
  if (st == SW_OK) st = set_setting(l, "identity.pending", 0, err);
  if (st == SW_OK)
    st = sw_decision_put(l, &(sw_decision){.kind = "person.model", .key = key, .value = approved ? "{\"approved\":true}" : "{\"approved\":false}", .who = who, .reason = reason, .at_us = at_us}, &id, err);
  if (st == SW_OK) return sw_ledger_commit(l, err);
  sw_ledger_rollback(l);
  return st;
}

sw_status sw_person_approve(sw_ledger *l, int64_t version, const char *who, const char *reason, int64_t at_us, sw_error *err) {
  return settle_version(l, version, true, who, reason, at_us, err);
}

sw_status sw_person_refuse(sw_ledger *l, int64_t version, const char *who, const char *reason, int64_t at_us, sw_error *err) {
  return settle_version(l, version, false, who, reason, at_us, err);
}
