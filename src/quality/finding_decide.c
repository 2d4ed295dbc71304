/* People's words on findings: into the ledger first, then into the engine's tables by the same fold as ever. */
#include "quality/finding_internal.h"

#include "base/vec.h"
#include "engine/rows.h"
#include "engine/sql.h"
#include "ledger/stmt.h"

const char *sw_finding_action_name(sw_finding_action a) {
  static const char *const names[] = {"accept", "dispute", "reopen", "assign"};
  return names[a];
}

typedef char finding_id[SW_FINDING_ID];
typedef struct chosen {
  SW_VEC(finding_id) ids;
} chosen;

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

static sw_status check(const sw_finding_decision *d, sw_error *err) {
  if (!d->who || !d->who[0]) return SW_FAIL(err, SW_E_USAGE, "SW-RULE-0066", "请说明是谁决定的（--by 姓名）", "say who decides (--by NAME)");
  if (!d->reason || !d->reason[0]) return SW_FAIL(err, SW_E_USAGE, "SW-RULE-0067", "请说明理由（--reason 文字）", "say why (--reason TEXT)");
  if (d->action == SW_FINDING_ASSIGN && (!d->owner || !d->owner[0]))
    return SW_FAIL(err, SW_E_USAGE, "SW-RULE-0068", "请说明交给谁（--to 姓名或科室）", "say to whom (--to NAME)");
  return SW_OK;
}

static sw_status choose(sw_conn *c, const sw_finding_filter *f, sw_finding_action action, const sw_cancel *cancel, chosen *out, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_rows *r;
  sw_step step = SW_DONE;
  sw_buf_puts(&sql, "SELECT q.id FROM quality.finding q");
  sw_status s = sw_findings_where(f, &sql, err);
  sw_buf_puts(&sql, action == SW_FINDING_REOPEN ? " AND q.state IN ('accepted', 'disputed')" : " AND q.state IN ('open', 'accepted', 'disputed')");
  if (s || (s = sw_buf_check(&sql, err)) || (s = sw_query(c, sql.ptr, SW_NO_PARAMS, cancel, &r, err))) return s;
  while (!s && (step = sw_rows_next(r, err)) == SW_ROW) {
    finding_id id;
    snprintf(id, sizeof id, "%.*s", SW_STR_ARG(sw_rows_str(r, 0)));
    if (!SW_VEC_RESERVE(&out->ids, out->ids.len + 1)) s = no_memory(err);
    else memcpy(out->ids.items[out->ids.len++], id, sizeof id);
  }
  sw_rows_free(r);
  if (!s && step == SW_STEP_ERROR) s = err ? err->status : SW_E_ENGINE;
  if (!s && !out->ids.len)
    s = SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0069", "没有可以这样决定的问题：未关闭的才能认可、争议、指派，已认可或争议的才能重开",
                "no finding to decide on: only those not closed can be accepted, disputed or assigned, only accepted or disputed ones reopened");
  return s;
}

static sw_status insert_round(sw_ledger *l, const sw_finding_decision *d, size_t n, int64_t *no, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "INSERT INTO finding_round(kind, row_count, as_of, at) VALUES('decision', ?1, ?2, ?2)", &st, err);
  if (s) return s;
  sw_stmt_bind_i64(st, 1, (int64_t)n);
  sw_stmt_bind_i64(st, 2, d->at_us);
  s = sw_stmt_run(st, err);
  *no = sw_ledger_last_id(l);
  sw_stmt_close(st);
  if (s || (s = sw_stmt_open(l, "INSERT INTO finding_decision(round, action, who, at, reason, until, level, owner) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", &st, err)))
    return s;
  sw_stmt_bind_i64(st, 1, *no);
  sw_stmt_bind_z(st, 2, sw_finding_action_name(d->action));
  sw_stmt_bind_z(st, 3, d->who);
  sw_stmt_bind_i64(st, 4, d->at_us);
  sw_stmt_bind_z(st, 5, d->reason);
  if (d->has_until) sw_stmt_bind_i64(st, 6, d->until);
  else sw_stmt_bind_null(st, 6);
  sw_stmt_bind_z(st, 7, d->action == SW_FINDING_ASSIGN ? SW_OWNER_NAMES[d->level].name : "");
  sw_stmt_bind_z(st, 8, d->action == SW_FINDING_ASSIGN ? d->owner : "");
  s = sw_stmt_run(st, err);
  sw_stmt_close(st);
  return s;
}

static sw_status insert_items(sw_ledger *l, int64_t no, const chosen *ids, sw_error *err) {
  sw_stmt *st;
  sw_status s = sw_stmt_open(l, "INSERT INTO finding_decision_item(round, finding) VALUES(?1, ?2)", &st, err);
  if (s) return s;
  for (size_t i = 0; !s && i < ids->ids.len; i++) {
    sw_stmt_bind_i64(st, 1, no);
    sw_stmt_bind_z(st, 2, ids->ids.items[i]);
    s = sw_stmt_run(st, err);
  }
  sw_stmt_close(st);
  return s;
}

static sw_status into_ledger(sw_ledger *l, const sw_finding_decision *d, const chosen *ids, sw_error *err) {
  int64_t no = 0;
  sw_status s = sw_ledger_begin(l, err);
  if (s) return s;
  s = insert_round(l, d, ids->ids.len, &no, err);
  if (!s) s = insert_items(l, no, ids, err);
  if (!s) return sw_ledger_commit(l, err);
  sw_ledger_rollback(l);
  return s;
}

sw_status sw_findings_decide(sw_conn *c, sw_ledger *l, const char *dir, const sw_finding_filter *f, const sw_finding_decision *given, const sw_cancel *cancel, int64_t *n,
                             sw_error *err) {
  chosen ids = {0};
  sw_finding_decision d = *given;
  if (d.action == SW_FINDING_ACCEPT && !d.has_until) {
    d.has_until = true;
    d.until = (int32_t)(d.at_us / SW_US_PER_DAY) + 365;
  }
  sw_status s = check(&d, err);
  if (!s) s = sw_findings_sync(c, l, dir, cancel, err);
  if (!s) s = choose(c, f, d.action, cancel, &ids, err);
  if (!s) s = into_ledger(l, &d, &ids, err);
  if (!s) s = sw_findings_sync(c, l, dir, cancel, err);
  *n = s ? 0 : (int64_t)ids.ids.len;
  SW_VEC_FREE(&ids.ids);
  return s;
}
