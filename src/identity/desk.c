#include "identity/desk.h"

#include "base/vec.h"
#include "identity/config.h"
#include "identity/model_file.h"
#include "identity/person_internal.h"
#include "ledger/journal.h"

#include <stdlib.h>

static const char KIND[] = "person.decision";

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory"); }

sw_status sw_person_key_parse(sw_str text, sw_person_key *out, sw_error *err) {
  ptrdiff_t bar = sw_str_find(text, SW_LIT("|"));
  if (bar <= 0 || (size_t)bar + 1 == text.len)
    return SW_FAIL(err, SW_E_USAGE, "SW-LINK-0053", "登记写作“机构|患者号”，而不是 %.*s", "a registration is written \"institution|patient number\", not %.*s", SW_STR_ARG(text));
  *out = (sw_person_key){sw_str_sub(text, 0, (size_t)bar), sw_str_sub(text, (size_t)bar + 1, text.len - (size_t)bar - 1)};
  return SW_OK;
}

/* --- deciding ------------------------------------------------------------------------------------- */

static void put_key(sw_buf *b, sw_str org, sw_str patient) {
  sw_buf_str_put(b, org);
  sw_buf_putc(b, '|');
  sw_buf_str_put(b, patient);
}

static sw_status decide(sw_ledger *l, const sw_person_key *x, const sw_person_key *y, sw_person_word word, int64_t act, const sw_person_say *say, int64_t *id, sw_error *err) {
  SW_AUTO(sw_buf) a = SW_BUF_INIT;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  static const char *const words[] = {[SW_PERSON_SAME] = "true", [SW_PERSON_DIFFERENT] = "false", [SW_PERSON_WITHDRAWN] = "null"};
  char value[64];
  put_key(&a, x->org, x->patient);
  put_key(&b, y->org, y->patient);
  if (sw_str_eq(sw_buf_str(&a), sw_buf_str(&b)))
    return SW_FAIL(err, SW_E_USAGE, "SW-LINK-0052", "两条登记是同一条", "the two registrations are one and the same");
  bool turn = sw_str_cmp(sw_buf_str(&a), sw_buf_str(&b)) > 0;
  sw_buf *first = turn ? &b : &a, *second = turn ? &a : &b;
  sw_buf_puts(first, "||");
  sw_buf_str_put(first, sw_buf_str(second));
  if (sw_buf_check(first, err)) return err ? err->status : SW_E_NOMEM;
  snprintf(value, sizeof value, "{\"same\":%s,\"act\":%lld}", words[word], (long long)act);
  return sw_decision_put(l, &(sw_decision){.kind = KIND, .key = first->ptr, .value = value, .who = say->who, .reason = say->reason, .at_us = say->at_us}, id, err);
}

sw_status sw_person_decide(sw_ledger *l, sw_str org_a, sw_str patient_a, sw_str org_b, sw_str patient_b, sw_person_word word, const char *who, const char *reason,
                           int64_t at_us, sw_error *err) {
  int64_t id;
  sw_person_key a = {org_a, patient_a}, b = {org_b, patient_b};
  return decide(l, &a, &b, word, 0, &(sw_person_say){who, reason, at_us}, &id, err);
}

typedef struct key_list {
  sw_arena arena;
  SW_VEC(sw_person_key) keys;
} key_list;

static void key_list_fini(key_list *k) {
  SW_VEC_FREE(&k->keys);
  sw_arena_fini(&k->arena);
}

/* Registrations that a query of one or two parameters names. */
static sw_status list_keys(sw_conn *c, const char *sql, const sw_param *params, size_t n, key_list *out, sw_error *err) {
  sw_rows *rows;
  if (sw_query(c, sql, params, n, NULL, &rows, err)) return err ? err->status : SW_E_ENGINE;
  sw_step step;
  bool ok = true;
  while (ok && (step = sw_rows_next(rows, err)) == SW_ROW) {
    sw_person_key k = {sw_arena_dup(&out->arena, sw_rows_str(rows, 0)), sw_arena_dup(&out->arena, sw_rows_str(rows, 1))};
    ok = sw_arena_ok(&out->arena) && SW_VEC_PUSH(&out->keys, k);
  }
  sw_rows_free(rows);
  if (!ok) return no_memory(err);
  return step == SW_STEP_ERROR ? (err ? err->status : SW_E_ENGINE) : SW_OK;
}

static sw_status need_persons(sw_conn *c, sw_error *err) {
  bool there;
  if (sw_table_exists(c, "person", "registration", &there, err)) return err ? err->status : SW_E_ENGINE;
  if (there) return SW_OK;
  return SW_FAIL(err, SW_E_NOTFOUND, "SW-LINK-0060", "还没有关联过登记：先运行含 identify 步骤的流程", "no registrations have been linked yet: run a flow with an identify step");
}

sw_status sw_person_merge(sw_conn *c, sw_ledger *l, sw_str person_a, sw_str person_b, const sw_person_say *say, int64_t *id, sw_error *err) {
  static const char FIRST[] = "SELECT org_code, patient_id FROM person.registration WHERE person_id = ? ORDER BY position LIMIT 1";
  if (need_persons(c, err)) return err ? err->status : SW_E_NOTFOUND;
  key_list k = {0};
  const sw_param a[] = {sw_p_str(person_a)}, b[] = {sw_p_str(person_b)};
  sw_status st = list_keys(c, FIRST, a, 1, &k, err);
  if (st == SW_OK && k.keys.len != 1) st = SW_FAIL(err, SW_E_NOTFOUND, "SW-LINK-0058", "没有编号为 %.*s 的人", "there is no person %.*s", SW_STR_ARG(person_a));
  if (st == SW_OK) st = list_keys(c, FIRST, b, 1, &k, err);
  if (st == SW_OK && k.keys.len != 2) st = SW_FAIL(err, SW_E_NOTFOUND, "SW-LINK-0058", "没有编号为 %.*s 的人", "there is no person %.*s", SW_STR_ARG(person_b));
  if (st == SW_OK) st = decide(l, &k.keys.items[0], &k.keys.items[1], SW_PERSON_SAME, 0, say, id, err);
  key_list_fini(&k);
  return st;
}

sw_status sw_person_split(sw_conn *c, sw_ledger *l, const sw_person_key *key, const sw_person_say *say, int64_t *id, int64_t *decisions, sw_error *err) {
  static const char OTHERS[] =
      "SELECT o.org_code, o.patient_id FROM person.registration o JOIN person.registration r USING (person_id) WHERE r.org_code = ? AND r.patient_id = ? AND "
      "NOT (o.org_code = r.org_code AND o.patient_id = r.patient_id) ORDER BY o.position";
  *decisions = 0;
  if (need_persons(c, err)) return err ? err->status : SW_E_NOTFOUND;
  key_list k = {0};
  const sw_param p[] = {sw_p_str(key->org), sw_p_str(key->patient)};
  sw_status st = list_keys(c, OTHERS, p, 2, &k, err);
  if (st == SW_OK && k.keys.len == 0)
    st = SW_FAIL(err, SW_E_NOTFOUND, "SW-LINK-0054", "没有这条登记，或此人只有这一条登记，无可拆分", "no such registration, or it is the only one of its person: there is nothing to split");
  if (st == SW_OK) st = sw_ledger_begin(l, err);
  if (st) {
    key_list_fini(&k);
    return st;
  }
  for (size_t i = 0; st == SW_OK && i < k.keys.len; i++, ++*decisions) st = decide(l, key, &k.keys.items[i], SW_PERSON_DIFFERENT, say->at_us, say, id, err);
  if (st == SW_OK) st = sw_ledger_commit(l, err);
  else sw_ledger_rollback(l);
  key_list_fini(&k);
  return st;
}

/* --- undoing -------------------------------------------------------------------------------------- */

typedef struct past {
  int64_t id, superseded_by, act;
  const char *key, *value;
} past;

typedef struct pasts {
  sw_arena arena;
  SW_VEC(past) items;
} pasts;

static int64_t act_of(const char *value) {
  const char *at = strstr(value, "\"act\":");
  return at ? strtoll(at + 6, NULL, 10) : 0;
}

static sw_status take_past(void *ctx, const sw_decision *d, sw_error *err) {
  pasts *p = ctx;
  past x = {.id = d->id, .superseded_by = d->superseded_by, .act = act_of(d->value), .key = sw_arena_dupz(&p->arena, sw_str_of(d->key)), .value = sw_arena_dupz(&p->arena, sw_str_of(d->value))};
  return x.key && x.value && SW_VEC_PUSH(&p->items, x) ? SW_OK : no_memory(err);
}

static const past *find_past(const pasts *p, int64_t id) {
  for (size_t i = 0; i < p->items.len; i++)
    if (p->items.items[i].id == id) return &p->items.items[i];
  return NULL;
}

/* What the decision replaced, or nothing. */
static const char *value_before(const pasts *p, int64_t id) {
  for (size_t i = 0; i < p->items.len; i++)
    if (p->items.items[i].superseded_by == id) return p->items.items[i].value;
  return "{\"same\":null,\"act\":0}";
}

static sw_status undo_all(sw_ledger *l, const pasts *p, const past *wanted, const sw_person_say *say, int64_t *decisions, sw_error *err) {
  for (size_t i = 0; i < p->items.len; i++) {
    const past *x = &p->items.items[i];
    int64_t id;
    if (x->superseded_by || (x->id != wanted->id && (x->act == 0 || x->act != wanted->act))) continue;
    sw_status st = sw_decision_put(l, &(sw_decision){.kind = KIND, .key = x->key, .value = value_before(p, x->id), .who = say->who, .reason = say->reason, .at_us = say->at_us}, &id, err);
    if (st) return st;
    ++*decisions;
  }
  return SW_OK;
}

sw_status sw_person_undo(sw_ledger *l, int64_t id, const sw_person_say *say, int64_t *decisions, sw_error *err) {
  pasts p = {0};
  *decisions = 0;
  sw_status st = sw_ledger_begin(l, err);
  if (st) return st;
  st = sw_decision_each(l, KIND, NULL, true, take_past, &p, err);
  const past *x = st == SW_OK ? find_past(&p, id) : NULL;
  if (st == SW_OK && !x) st = SW_FAIL(err, SW_E_NOTFOUND, "SW-LINK-0055", "没有第 %lld 号裁定", "there is no decision %lld", (long long)id);
  if (st == SW_OK && x->superseded_by)
    st = SW_FAIL(err, SW_E_USAGE, "SW-LINK-0056", "第 %lld 号裁定已被第 %lld 号取代：请撤销后者", "decision %lld was replaced by %lld: undo that one", (long long)id, (long long)x->superseded_by);
  if (st == SW_OK) st = undo_all(l, &p, x, say, decisions, err);
  if (st == SW_OK) st = sw_ledger_commit(l, err);
  else sw_ledger_rollback(l);
  SW_VEC_FREE(&p.items);
  sw_arena_fini(&p.arena);
  return st;
}

/* --- looking -------------------------------------------------------------------------------------- */

sw_status sw_person_spec_in_force(sw_ledger *l, const char *model_dir, sw_arena *a, sw_link_spec *out, int64_t *version, sw_error *err) {
  if (sw_person_setting(l, "identity.model", version, err)) return err ? err->status : SW_E_LEDGER;
  if (*version <= 0) return SW_FAIL(err, SW_E_NOTFOUND, "SW-LINK-0060", "还没有关联过登记：先运行含 identify 步骤的流程", "no registrations have been linked yet: run a flow with an identify step");
  char *path = sw_person_spec_path(a, model_dir, *version);
  return path ? sw_link_config_read(path, a, out, err) : sw_arena_check(a, err);
}

static sw_status explain_pair(sw_person_job *j, const char *model, sw_arena *arena, sw_link_explanation *out, const sw_cancel *cancel, sw_error *err) {
  if (sw_person_read(j, cancel, err)) return err ? err->status : SW_E_ENGINE;
  if (j->store.n != 2) return SW_FAIL(err, SW_E_NOTFOUND, "SW-LINK-0057", "没有这两条登记（找到 %zu 条）", "there are no such two registrations (%zu found)", j->store.n);
  if (sw_link_model_read(model, &j->spec, &j->store, &j->model, err)) return err ? err->status : SW_E_DATA;
  /* Registrations are read in their own order; A and B are shown as they were asked for. */
  uint32_t first = sw_str_eq(sw_person_org(j, 0), j->only[0][0]) && sw_str_eq(sw_person_patient(j, 0), j->only[0][1]) ? 0 : 1;
  return sw_link_explain(&j->model, &j->spec, &j->store, first, 1 - first, arena, out, err);
}

sw_status sw_person_explain(sw_conn *c, sw_ledger *l, const char *model_dir, const sw_person_key *a, const sw_person_key *b, sw_arena *arena,
                            sw_link_explanation *out, const sw_cancel *cancel, sw_error *err) {
  SW_AUTO(sw_buf) table = SW_BUF_INIT;
  sw_person_config config = {.model_dir = model_dir, .threads = 1};
  int64_t version;
  if (sw_person_spec_in_force(l, model_dir, arena, &config.spec, &version, err) || sw_ledger_get(l, "identity.table", &table, err)) return err ? err->status : SW_E_NOTFOUND;
  config.table = sw_arena_dupz(arena, sw_buf_str(&table));
  char *model = sw_person_model_path(arena, model_dir, version);
  if (!config.table || !model) return sw_arena_check(arena, err);
  sw_person_job j;
  sw_status st = sw_person_job_open(&j, c, l, &config, "", err);
  j.only[0][0] = a->org, j.only[0][1] = a->patient, j.only[1][0] = b->org, j.only[1][1] = b->patient;
  if (st == SW_OK) st = explain_pair(&j, model, arena, out, cancel, err);
  sw_person_job_close(&j);
  return st;
}
