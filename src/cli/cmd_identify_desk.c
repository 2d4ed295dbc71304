/* suwen identify WORD in a workspace: what waits for a person, why, and what people decide about it. */
#include "cli/cmd_identity.h"
#include "cli/listing.h"
#include "cli/open.h"

#include "base/date.h"
#include "base/fs.h"
#include "base/map.h"
#include "base/pool.h"
#include "engine/publish.h"
#include "engine/rows.h"
#include "engine/sql.h"
#include "identity/desk.h"
#include "ledger/journal.h"

#include <stdlib.h>

typedef struct desk {
  sw_cli *cli;
  sw_workspace *w;
  sw_ledger *ledger;
  sw_conn *conn;
  sw_arena arena;
  const char *model_dir;
} desk;

/* --- opening -------------------------------------------------------------------------------------- */

static void leave(desk *d) {
  sw_conn_close(d->conn);
  sw_ledger_close(d->ledger);
  sw_workspace_close(d->w);
  sw_arena_fini(&d->arena);
}

static sw_status enter(desk *d, sw_cli *cli, sw_error *err) {
  *d = (desk){.cli = cli};
  if (sw_cli_open(cli, SW_OPEN_LEDGER, NULL, &d->w, err)) return err->status;
  char *path = sw_workspace_path(d->w, &d->arena, "ledger.sqlite");
  d->model_dir = sw_workspace_path(d->w, &d->arena, "history/identity");
  if (!path || !d->model_dir) return sw_arena_check(&d->arena, err);
  return sw_ledger_open(path, &d->ledger, err);
}

static sw_status look_in(desk *d, sw_error *err) { return sw_workspace_connect(d->w, &d->conn, err); }

static sw_status who_says(desk *d, sw_person_say *out, sw_error *err) {
  const char *by = sw_cli_opt(d->cli, "by"), *reason = sw_cli_opt(d->cli, "reason");
  if (!by || !*by) return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0410", "请用 --by 写明谁作的裁定", "say who decides with --by");
  *out = (sw_person_say){by, reason ? reason : "", sw_now_us()};
  return SW_OK;
}

static void tell_when(const desk *d) {
  if (d->cli->format == SW_OUT_TABLE)
    sw_cli_say(d->cli, "下次运行 identify 步骤时生效；撤销用 suwen identify undo。", "Takes effect when the identify step runs next; suwen identify undo takes it back.");
}

static sw_status number_arg(const sw_cli *cli, int i, int64_t *out, sw_error *err) {
  const char *text = sw_cli_arg(cli, i);
  if (text && sw_str_to_i64(sw_str_of(text), out) && *out > 0) return SW_OK;
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0411", "应是一个编号：%s", "a number is wanted, not %s", text ? text : "");
}

/* --- review --------------------------------------------------------------------------------------- */

/* "name: same +9.1; birth_date: day and month swapped −0.4": what speaks for and against, without the values. */
static void put_why(sw_buf *b, const sw_link_spec *spec, const sw_rows *r, size_t at, sw_lang lang) {
  for (size_t f = 0; f < spec->nfields; f++) {
    if (sw_rows_is_null(r, at + 2 * f)) continue;
    int64_t level = sw_rows_i64(r, at + 2 * f);
    if (level < 0 || level >= SW_LINK_LEVELS) continue;
    if (b->len) sw_buf_puts(b, lang == SW_LANG_ZH ? "；" : "; ");
    sw_buf_printf(b, "%s: %s %+.1f", spec->fields[f].name, sw_link_level_name(spec->fields[f].kind, (size_t)level, lang), (double)sw_rows_i64(r, at + 1 + 2 * f) / SW_LINK_BIT);
  }
}

static sw_status review_sql(desk *d, const sw_link_spec *spec, int64_t limit, sw_buf *sql, sw_error *err) {
  sw_buf_puts(sql, "SELECT v.org_a || '|' || v.patient_a, v.org_b || '|' || v.patient_b, v.person_a, v.person_b, v.reason, v.probability");
  for (size_t f = 0; f < spec->nfields; f++)
    sw_sql_build(sql, ", k.{}, k.{}", sw_sql_id(sw_arena_printf(&d->arena, "%s_level", spec->fields[f].name)), sw_sql_id(sw_arena_printf(&d->arena, "%s_weight", spec->fields[f].name)));
  sw_sql_build(sql, " FROM person.review v JOIN person.link k USING (org_a, patient_a, org_b, patient_b) ORDER BY v.score DESC, 1, 2 LIMIT {}", sw_sql_i64(limit));
  return sw_buf_check(sql, err);
}

static sw_status note_word(void *ctx, const sw_decision *x, sw_error *err) {
  const char *at = strstr(x->value, "\"same\":");
  uint64_t word = !at ? 0 : at[7] == 't' ? 1 : at[7] == 'f' ? 2 : 0;
  return sw_map_put(ctx, sw_str_of(x->key), word) ? SW_OK : SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory");
}

/* What has been said since about a pair of the last run. */
static const char *said(const desk *d, const sw_map *words, sw_str a, sw_str b) {
  SW_AUTO(sw_buf) key = SW_BUF_INIT;
  bool turn = sw_str_cmp(a, b) > 0;
  uint64_t word = 0;
  sw_buf_str_put(&key, turn ? b : a);
  sw_buf_puts(&key, "||");
  sw_buf_str_put(&key, turn ? a : b);
  if (!sw_map_get(words, sw_buf_str(&key), &word)) word = 0;
  return word == 1 ? sw_cli_t(d->cli, "已裁定：同一人", "decided: same") : word == 2 ? sw_cli_t(d->cli, "已裁定：不同人", "decided: different") : sw_cli_t(d->cli, "待核对", "waiting");
}

static void review_row(const desk *d, sw_listing *l, const sw_rows *r, const sw_link_spec *spec, const sw_map *words) {
  SW_AUTO(sw_buf) why = SW_BUF_INIT;
  for (size_t i = 0; i < 4; i++) sw_listing_str(l, sw_rows_str(r, i));
  sw_listing_strz(l, sw_link_reason_text(sw_link_reason_find(sw_rows_str(r, 4)), d->cli->lang));
  sw_listing_f64(l, sw_rows_f64(r, 5));
  sw_listing_strz(l, said(d, words, sw_rows_str(r, 0), sw_rows_str(r, 1)));
  put_why(&why, spec, r, 6, d->cli->lang);
  sw_listing_str(l, sw_buf_str(&why));
  sw_listing_row(l);
}

static sw_status review(desk *d, sw_error *err) {
  static const sw_listing_column COLUMNS[] = {
      {"a", {"登记甲", "registration A"}, SW_CELL_TEXT}, {"b", {"登记乙", "registration B"}, SW_CELL_TEXT}, {"person_a", {"人甲", "person A"}, SW_CELL_TEXT},
      {"person_b", {"人乙", "person B"}, SW_CELL_TEXT},  {"reason", {"缘由", "why not linked"}, SW_CELL_TEXT}, {"probability", {"概率", "probability"}, SW_CELL_NUMBER},
      {"state", {"状态", "state"}, SW_CELL_TEXT},        {"fields", {"各字段（比特）", "fields (bits)"}, SW_CELL_TEXT}};
  sw_link_spec spec;
  int64_t version, limit;
  sw_rows *rows = NULL;
  sw_map words = SW_MAP_INIT;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_status st = sw_cli_opt_i64(d->cli, "limit", 50, 1, INT64_C(1) << 40, &limit, err);
  if (st == SW_OK) st = sw_person_spec_in_force(d->ledger, d->model_dir, &d->arena, &spec, &version, err);
  if (st == SW_OK) st = sw_decision_each(d->ledger, "person.decision", NULL, false, note_word, &words, err);
  if (st == SW_OK) st = look_in(d, err);
  if (st == SW_OK) st = review_sql(d, &spec, limit, &sql, err);
  if (st == SW_OK) st = sw_query(d->conn, sql.ptr, SW_NO_PARAMS, d->cli->cancel, &rows, err);
  sw_listing l;
  sw_step at = SW_DONE;
  if (st == SW_OK) {
    sw_listing_begin(&l, d->cli, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
    while ((at = sw_rows_next(rows, err)) == SW_ROW) review_row(d, &l, rows, &spec, &words);
    st = at == SW_STEP_ERROR ? err->status : SW_OK;
    sw_status end = sw_listing_end(&l, st == SW_OK ? err : NULL);
    if (st == SW_OK) st = end;
  }
  sw_rows_free(rows);
  sw_map_fini(&words);
  return st;
}

/* --- deciding ------------------------------------------------------------------------------------- */

static sw_status two_keys(const desk *d, sw_person_key *a, sw_person_key *b, sw_error *err) {
  if (sw_person_key_parse(sw_str_of(sw_cli_arg(d->cli, 1)), a, err)) return err->status;
  return sw_person_key_parse(sw_str_of(sw_cli_arg(d->cli, 2)), b, err);
}

static sw_status decide(desk *d, sw_error *err) {
  static const char *const words[] = {"same", "different", "withdraw"};
  sw_person_key a = {{NULL, 0}, {NULL, 0}}, b = a;
  sw_person_say say;
  size_t word = 0;
  while (word < 3 && strcmp(sw_cli_arg(d->cli, 3), words[word]) != 0) word++;
  if (word == 3)
    return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0412", "裁定应为 same、different 或 withdraw，而不是 %s", "a decision is same, different or withdraw, not %s", sw_cli_arg(d->cli, 3));
  if (two_keys(d, &a, &b, err) || who_says(d, &say, err)) return err->status;
  sw_link_explanation e; /* both registrations must exist */
  int64_t version = 0;
  sw_link_spec spec;
  sw_status st = sw_person_spec_in_force(d->ledger, d->model_dir, &d->arena, &spec, &version, err);
  if (st == SW_OK) st = look_in(d, err);
  if (st == SW_OK) st = sw_person_explain(d->conn, d->ledger, d->model_dir, &a, &b, &d->arena, &e, d->cli->cancel, err);
  static const sw_person_word meant[] = {SW_PERSON_SAME, SW_PERSON_DIFFERENT, SW_PERSON_WITHDRAWN};
  if (st == SW_OK) st = sw_person_decide(d->ledger, a.org, a.patient, b.org, b.patient, meant[word], say.who, say.reason, say.at_us, err);
  if (st == SW_OK) tell_when(d);
  return st;
}

static sw_status merge(desk *d, sw_error *err) {
  sw_person_say say;
  int64_t id = 0;
  if (who_says(d, &say, err) || look_in(d, err)) return err->status;
  sw_status st = sw_person_merge(d->conn, d->ledger, sw_str_of(sw_cli_arg(d->cli, 1)), sw_str_of(sw_cli_arg(d->cli, 2)), &say, &id, err);
  if (st) return st;
  sw_cli_say(d->cli, "第 %lld 号裁定：两人是一人", "decision %lld: the two are one person", (long long)id);
  tell_when(d);
  return SW_OK;
}

static sw_status split(desk *d, sw_error *err) {
  sw_person_say say;
  sw_person_key k = {{NULL, 0}, {NULL, 0}};
  int64_t id = 0, n = 0;
  if (sw_person_key_parse(sw_str_of(sw_cli_arg(d->cli, 1)), &k, err) || who_says(d, &say, err) || look_in(d, err)) return err->status;
  sw_status st = sw_person_split(d->conn, d->ledger, &k, &say, &id, &n, err);
  if (st) return st;
  sw_cli_say(d->cli, "第 %lld 号裁定：与此人另外 %lld 条登记分开", "decision %lld: kept apart from the person's %lld other registrations", (long long)id, (long long)n);
  tell_when(d);
  return SW_OK;
}

static sw_status undo(desk *d, sw_error *err) {
  sw_person_say say;
  int64_t id, n = 0;
  if (number_arg(d->cli, 1, &id, err) || who_says(d, &say, err)) return err->status;
  sw_status st = sw_person_undo(d->ledger, id, &say, &n, err);
  if (st) return st;
  sw_cli_say(d->cli, "已撤销 %lld 项裁定", "%lld decisions taken back", (long long)n);
  tell_when(d);
  return SW_OK;
}

static sw_status decision_row(void *ctx, const sw_decision *x, sw_error *err) {
  (void)err;
  sw_listing *l = ctx;
  const char *bar = strstr(x->key, "||"), *at = strstr(x->value, "\"same\":");
  char when[SW_TIME_LEN];
  sw_format_time(x->at_us, when);
  sw_listing_i64(l, x->id);
  sw_listing_strz(l, when);
  sw_listing_strz(l, x->who);
  sw_listing_str(l, (sw_str){x->key, bar ? (size_t)(bar - x->key) : strlen(x->key)});
  sw_listing_strz(l, bar ? bar + 2 : NULL);
  sw_listing_strz(l, !at ? "" : at[7] == 't' ? "same" : at[7] == 'f' ? "different" : "withdraw");
  sw_listing_strz(l, x->reason);
  if (x->superseded_by) sw_listing_i64(l, x->superseded_by);
  else sw_listing_null(l);
  sw_listing_row(l);
  return SW_OK;
}

static sw_status decisions(desk *d, sw_error *err) {
  static const sw_listing_column COLUMNS[] = {
      {"id", {"编号", "id"}, SW_CELL_PLAIN},          {"at", {"时间", "at"}, SW_CELL_TEXT},           {"by", {"谁", "by"}, SW_CELL_TEXT},
      {"a", {"登记甲", "registration A"}, SW_CELL_TEXT}, {"b", {"登记乙", "registration B"}, SW_CELL_TEXT}, {"decision", {"裁定", "decision"}, SW_CELL_TEXT},
      {"reason", {"理由", "reason"}, SW_CELL_TEXT},   {"replaced_by", {"被取代", "replaced by"}, SW_CELL_PLAIN}};
  sw_listing l;
  sw_listing_begin(&l, d->cli, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
  sw_status st = sw_decision_each(d->ledger, "person.decision", NULL, true, decision_row, &l, err);
  sw_status end = sw_listing_end(&l, st == SW_OK ? err : NULL);
  return st == SW_OK ? end : st;
}

/* --- looking -------------------------------------------------------------------------------------- */

static sw_status explain(desk *d, sw_error *err) {
  sw_person_key a = {{NULL, 0}, {NULL, 0}}, b = a;
  sw_link_explanation e;
  if (two_keys(d, &a, &b, err) || look_in(d, err)) return err->status;
  if (sw_person_explain(d->conn, d->ledger, d->model_dir, &a, &b, &d->arena, &e, d->cli->cancel, err)) return err->status;
  return sw_cli_list_explanation(d->cli, &e, err);
}

/* A query as a listing; the columns are in its order. */
static sw_status list_query(desk *d, const char *sql, const sw_listing_column *columns, size_t n, sw_error *err) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_rows *rows;
  if (sw_query(d->conn, sql, SW_NO_PARAMS, d->cli->cancel, &rows, err)) return err->status;
  sw_listing l;
  sw_listing_begin(&l, d->cli, columns, n);
  sw_step at;
  while ((at = sw_rows_next(rows, err)) == SW_ROW) {
    for (size_t i = 0; i < n; i++) {
      sw_buf_clear(&text);
      sw_rows_text(rows, i, &text);
      if (sw_rows_is_null(rows, i)) sw_listing_null(&l);
      else if (columns[i].kind == SW_CELL_TEXT) sw_listing_str(&l, sw_buf_str(&text));
      else if (columns[i].kind == SW_CELL_INT || columns[i].kind == SW_CELL_PLAIN) sw_listing_i64(&l, sw_rows_i64(rows, i));
      else sw_listing_f64(&l, sw_rows_f64(rows, i));
    }
    sw_listing_row(&l);
  }
  sw_rows_free(rows);
  sw_status st = at == SW_STEP_ERROR ? err->status : SW_OK, end = sw_listing_end(&l, st == SW_OK ? err : NULL);
  return st == SW_OK ? end : st;
}

static sw_status stats(desk *d, sw_error *err) {
  static const sw_listing_column WEIGHTS[] = {
      {"field", {"字段", "field"}, SW_CELL_TEXT}, {"level", {"相符程度", "agreement"}, SW_CELL_TEXT}, {"m", {"m", "m"}, SW_CELL_NUMBER},
      {"u", {"u", "u"}, SW_CELL_NUMBER},          {"weight", {"权重（比特）", "weight (bits)"}, SW_CELL_NUMBER}, {"chart", {"图", "chart"}, SW_CELL_TEXT}};
  static const sw_listing_column BLOCKS[] = {
      {"keys", {"分块键", "blocking key"}, SW_CELL_TEXT}, {"recall", {"召回率估计", "estimated recall"}, SW_CELL_RATE}, {"pairs", {"对", "pairs"}, SW_CELL_INT},
      {"blocks", {"块", "blocks"}, SW_CELL_INT},          {"largest", {"最大块", "largest"}, SW_CELL_INT},              {"hubs", {"细分的块", "divided"}, SW_CELL_INT}};
  static const sw_listing_column SIZES[] = {
      {"registrations", {"登记数", "registrations"}, SW_CELL_INT}, {"persons", {"人数", "persons"}, SW_CELL_INT}, {"example", {"例", "example"}, SW_CELL_TEXT}};
  static const sw_listing_column QUEUES[] = {{"queue", {"队列", "queue"}, SW_CELL_TEXT}, {"kind", {"种类", "kind"}, SW_CELL_TEXT}, {"rows", {"条", "rows"}, SW_CELL_INT}};
  if (look_in(d, err)) return err->status;
  bool there, zh = d->cli->lang == SW_LANG_ZH;
  if (sw_table_exists(d->conn, "person", "model", &there, err)) return err->status;
  if (!there) return SW_FAIL(err, SW_E_NOTFOUND, "SW-LINK-0060", "还没有关联过登记：先运行含 identify 步骤的流程", "no registrations have been linked yet: run a flow with an identify step");
  sw_status st = list_query(d, zh ? "SELECT field, level_zh, m, u, weight, repeat(CASE WHEN weight < 0 THEN '-' ELSE '+' END, least(30, CAST(abs(weight) AS INTEGER))) FROM person.model ORDER BY place, level"
                                  : "SELECT field, level_en, m, u, weight, repeat(CASE WHEN weight < 0 THEN '-' ELSE '+' END, least(30, CAST(abs(weight) AS INTEGER))) FROM person.model ORDER BY place, level",
                            WEIGHTS, 6, err);
  if (st || d->cli->format != SW_OUT_TABLE) return st; /* one listing in JSON and CSV */
  sw_cli_say(d->cli, "\n分块", "\nBlocking");
  st = list_query(d, zh ? "SELECT keys_zh, estimated_recall, pairs, blocks, largest, hubs FROM person.blocking ORDER BY family" : "SELECT keys_en, estimated_recall, pairs, blocks, largest, hubs FROM person.blocking ORDER BY family",
                  BLOCKS, 6, err);
  if (st == SW_OK) sw_cli_say(d->cli, "\n每人登记数", "\nRegistrations a person");
  if (st == SW_OK)
    st = list_query(d, "SELECT registrations, count(*), CASE WHEN registrations >= 10 THEN min(person_id) END FROM person.person GROUP BY registrations ORDER BY 1", SIZES, 3, err);
  if (st == SW_OK) sw_cli_say(d->cli, "\n待核对与提醒", "\nTo review, and alerts");
  if (st == SW_OK)
    st = list_query(d, "SELECT 'review', reason, count(*) FROM person.review GROUP BY reason UNION ALL SELECT 'alert', kind, count(*) FROM person.alert GROUP BY kind ORDER BY 1, 2", QUEUES, 3, err);
  return st;
}

/* --- model versions ------------------------------------------------------------------------------- */

static sw_status propose(desk *d, sw_person_config *config, int64_t *version, int64_t *merges, int64_t *splits, sw_error *err) {
  int64_t now = sw_now_us();
  char *run = sw_arena_printf(&d->arena, "reestimate_%lld", (long long)now);
  SW_AUTO(sw_buf) table = SW_BUF_INIT;
  int64_t current;
  if (!run) return sw_arena_check(&d->arena, err);
  if (sw_person_spec_in_force(d->ledger, d->model_dir, &d->arena, &config->spec, &current, err) || sw_ledger_get(d->ledger, "identity.table", &table, err)) return err->status;
  config->table = sw_arena_dupz(&d->arena, sw_buf_str(&table));
  if (!config->table) return sw_arena_check(&d->arena, err);
  if (sw_person_reestimate(d->conn, d->ledger, config, run, version, merges, splits, d->cli->cancel, d->cli->events, err)) return err->status;
  char *physical = sw_arena_printf(&d->arena, "person_proposal_%s", run);
  sw_publication p = {.schema = "person", .view = "proposal", .physical = physical};
  return physical ? sw_publish(d->conn, run, "reestimate", now, &p, 1, err) : sw_arena_check(&d->arena, err);
}

static sw_status reestimate(sw_cli *cli, sw_error *err) {
  static const sw_listing_column COLUMNS[] = {
      {"kind", {"变化", "change"}, SW_CELL_TEXT}, {"person", {"人", "person"}, SW_CELL_TEXT}, {"other", {"将成为", "would become"}, SW_CELL_TEXT}, {"registrations", {"登记数", "registrations"}, SW_CELL_INT}};
  desk d = {.cli = cli};
  int64_t version = 0, merges = 0, splits = 0;
  sw_person_config config = {.threads = sw_cpu_count()};
  sw_status st = sw_cli_open(cli, SW_OPEN_WRITE, "suwen identify reestimate", &d.w, err);
  if (st == SW_OK) st = sw_workspace_ledger(d.w, &d.ledger, err);
  if (st == SW_OK) st = sw_workspace_connect(d.w, &d.conn, err);
  if (st == SW_OK && !(d.model_dir = config.model_dir = sw_workspace_path(d.w, &d.arena, "history/identity"))) st = sw_arena_check(&d.arena, err);
  if (st == SW_OK) st = propose(&d, &config, &version, &merges, &splits, err);
  if (st == SW_OK) st = list_query(&d, "SELECT kind, person_id, other_id, registrations FROM person.proposal ORDER BY ALL", COLUMNS, 4, err);
  if (st == SW_OK && cli->format == SW_OUT_TABLE)
    sw_cli_say(cli, "第 %lld 版模型将引起合并 %lld、拆分 %lld。批准：suwen identify approve %lld --by 谁；否决：suwen identify reject %lld --by 谁",
               "Model version %lld would merge %lld and split %lld. In force with: suwen identify approve %lld --by WHO; dropped with: suwen identify reject %lld --by WHO", (long long)version,
               (long long)merges, (long long)splits, (long long)version, (long long)version);
  leave(&d);
  return st;
}

static sw_status settle(desk *d, bool approved, sw_error *err) {
  sw_person_say say;
  int64_t version;
  if (number_arg(d->cli, 1, &version, err) || who_says(d, &say, err)) return err->status;
  sw_status st = approved ? sw_person_approve(d->ledger, version, say.who, say.reason, say.at_us, err) : sw_person_refuse(d->ledger, version, say.who, say.reason, say.at_us, err);
  if (st) return st;
  if (approved) sw_cli_say(d->cli, "第 %lld 版模型自下次运行起生效", "Model version %lld is in force from the next run", (long long)version);
  else sw_cli_say(d->cli, "第 %lld 版模型已否决，现行模型不变", "Model version %lld is dropped; the one in force stays", (long long)version);
  return SW_OK;
}

static sw_status approve(desk *d, sw_error *err) { return settle(d, true, err); }
static sw_status reject(desk *d, sw_error *err) { return settle(d, false, err); }

/* --- words ---------------------------------------------------------------------------------------- */

static const struct word {
  const char *name;
  int nargs; /* with the word */
  sw_status (*run)(desk *d, sw_error *err);
} WORDS[] = {{"explain", 3, explain}, {"stats", 1, stats}, {"review", 1, review}, {"decide", 4, decide}, {"merge", 3, merge},
             {"split", 2, split},     {"undo", 2, undo},   {"decisions", 1, decisions}, {"approve", 2, approve}, {"reject", 2, reject}};

sw_status sw_cli_identify_desk(sw_cli *cli, sw_error *err) {
  const char *word = sw_cli_arg(cli, 0);
  if (word && strcmp(word, "reestimate") == 0 && cli->nargs == 1) return reestimate(cli, err);
  for (size_t i = 0; word && i < sizeof WORDS / sizeof *WORDS; i++) {
    if (strcmp(word, WORDS[i].name) != 0 || cli->nargs != WORDS[i].nargs) continue;
    desk d;
    sw_status st = enter(&d, cli, err);
    if (st == SW_OK) st = WORDS[i].run(&d, err);
    leave(&d);
    return st;
  }
  return SW_FAIL(err, SW_E_USAGE, "SW-CLI-0401", "用法：identify --in 文件 --out 文件；或 identify 词 …（见 suwen help identify）",
                 "usage: identify --in FILE --out FILE; or identify WORD … (see suwen help identify)");
}
