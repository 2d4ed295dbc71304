/* The first screen: one strip from delivery to subjects whose counts balance, and what needs somebody. */
#include "base/map.h"
#include "engine/rows.h"
#include "ledger/batches.h"
#include "ledger/runs.h"
#include "report/chart.h"
#include "report/report.h"

typedef struct totals {
  int64_t delivered, landed, rejected, skipped; /* of ingest */
  int64_t standard_in, standard_out, merged;
  int64_t subjects;
  int64_t lines, unbalanced;
  sw_map standardising; /* steps that make standard tables: others (checks, identification) count the same rows again */
} totals;

static bool in_schema(const char *table, const char *schema) {
  size_t n = strlen(schema);
  return strncmp(table, schema, n) == 0 && table[n] == '.';
}

static sw_status note_step(void *ctx, const sw_run_step *s, sw_error *err) {
  totals *t = ctx;
  if (strcmp(s->op, "standardise") != 0 || sw_map_put(&t->standardising, sw_str_of(s->step), 1)) return SW_OK;
  return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
}

static sw_status add(void *ctx, const sw_row_count *r, sw_error *err) {
  (void)err;
  totals *t = ctx;
  if (in_schema(r->table, "ods")) {
    t->delivered += r->in;
    t->landed += r->out;
    t->rejected += r->rejected;
    t->skipped += r->filtered;
  } else if (sw_map_has(&t->standardising, sw_str_of(r->step))) {
    t->standard_in += r->in;
    t->standard_out += r->out;
    t->merged += r->merged;
  } else if (in_schema(r->table, "dws") || in_schema(r->table, "ads")) t->subjects += r->out;
  t->lines++;
  t->unbalanced += r->in + r->expanded != r->out + r->rejected + r->filtered + r->merged;
  return SW_OK;
}

static void stage(sw_html *h, const char *cls, const char *zh, const char *en, int64_t v, const char *dzh, const char *den) {
  sw_html_fmt(h, "<div class=\"stage %s\"><div class=\"k\">", cls);
  sw_html_t(h, zh, en);
  sw_html_raw(h, "</div><div class=\"v\">");
  sw_html_int(h, v);
  sw_html_raw(h, "</div><div class=\"d\">");
  sw_html_t(h, dzh, den);
  sw_html_raw(h, "</div></div>");
}

static void strip(sw_html *h, const totals *t) {
  sw_html_raw(h, "<div class=\"flow\">");
  stage(h, "main", "交付", "delivered", t->delivered, "本次运行读到的记录", "records read in this run");
  stage(h, "main", "入库", "landed", t->landed, "编号、类型化、不可变", "numbered, typed, immutable");
  stage(h, t->rejected ? "bad" : "", "拒收", "rejected", t->rejected, "整条保留，写明原因", "kept whole, with the reason");
  stage(h, "", "略过", "skipped", t->skipped, "合计行、重复表头", "total rows, repeated headers");
  stage(h, "main", "标准化", "standardised", t->standard_out, "dwd 各表行数之和", "rows of all dwd tables");
  stage(h, "", "旧版本", "older versions", t->merged, "被更正记录取代，原件仍在 ods", "corrected since; still in ods");
  stage(h, "main", "主题与指标", "subjects", t->subjects, "dws、ads 各表行数之和", "rows of all dws and ads tables");
  sw_html_raw(h, "</div>");
  sw_chart_part parts[] = {
      {{"入库", "landed"}, t->landed, "c1"},
      {{"略过", "skipped"}, t->skipped, "none"},
      {{"拒收", "rejected"}, t->rejected, "bad"},
  };
  sw_chart_strip(h, parts, 3, 10);
}

static sw_status put_run(void *ctx, const sw_run *r, sw_error *err) {
  (void)err;
  sw_html *h = ctx;
  sw_html_raw(h, "<h1>");
  sw_html_textz(h, r->flow);
  sw_html_raw(h, " </h1><div class=\"facts\"><span>");
  sw_html_state(h, sw_run_state_name(r->state));
  sw_html_raw(h, "</span><span>");
  sw_html_t(h, "运行 ", "run ");
  sw_html_raw(h, "<b class=\"mono\">");
  sw_html_textz(h, r->id);
  sw_html_raw(h, "</b></span><span>");
  sw_html_t(h, "逻辑时间 ", "as of ");
  sw_html_raw(h, "<b>");
  sw_html_time(h, r->as_of_us);
  sw_html_raw(h, "</b></span><span>");
  sw_html_t(h, "开始 ", "started ");
  sw_html_raw(h, "<b>");
  sw_html_time(h, r->started_us);
  sw_html_raw(h, "</b></span>");
  if (r->ended_us) {
    sw_html_raw(h, "<span>");
    sw_html_t(h, "用时 ", "took ");
    sw_html_raw(h, "<b>");
    sw_html_seconds(h, (double)(r->ended_us - r->started_us) / 1e6);
    sw_html_raw(h, "</b></span>");
  }
  sw_html_raw(h, "</div>");
  return SW_OK;
}

/* --- what needs somebody ------------------------------------------------------------------------------- */

static void need(sw_html *h, const char *state) {
  sw_html_raw(h, "<li>");
  sw_html_state(h, state);
  sw_html_raw(h, "<span>");
}

static void todo(sw_html *h, const char *zh, const char *en) {
  sw_html_raw(h, " <span class=\"todo\">");
  sw_html_t(h, zh, en);
  sw_html_raw(h, "</span></span></li>\n");
}

typedef struct needs {
  sw_html *h;
  int64_t listed;
  const char *run;
} needs;

static sw_status failed_step(void *ctx, const sw_run_step *s, sw_error *err) {
  (void)err;
  needs *n = ctx;
  if (s->state != SW_STEP_FAILED) return SW_OK;
  n->listed++;
  need(n->h, "failed");
  sw_html_textz(n->h, s->step);
  sw_html_raw(n->h, ": ");
  sw_html_t(n->h, s->error_zh, s->error_en);
  todo(n->h, "改正后再次运行同一流程，从这一步继续。", "Correct it and run the flow again: it goes on from here.");
  return SW_OK;
}

/* `sql` may use $1, the run. */
static int64_t query_i64(const sw_report_scope *s, const char *sql) {
  int64_t v = 0;
  sw_param run = sw_p_strz(s->run);
  if (sw_query_i64(s->conn, sql, &run, strstr(sql, "$1") ? 1 : 0, s->cancel, &v, NULL, NULL) != SW_OK) return 0;
  return v;
}

static void warn_count(needs *n, const sw_report_scope *s, const char *schema, const char *table, const char *sql, const char *zh, const char *en,
                       const char *do_zh, const char *do_en) {
  if (!sw_report_has(s, schema, table)) return;
  int64_t v = query_i64(s, sql);
  if (!v) return;
  n->listed++;
  need(n->h, "warning");
  sw_html_int(n->h, v);
  sw_html_raw(n->h, " ");
  sw_html_t(n->h, zh, en);
  todo(n->h, do_zh, do_en);
}

static sw_status write_needs(const sw_report_scope *s, sw_html *h, const totals *t, sw_error *err) {
  sw_html_raw(h, "<h3>");
  sw_html_t(h, "需要处理", "What needs somebody");
  sw_html_raw(h, "</h3><ul class=\"needs\">");
  needs n = {.h = h, .run = s->run};
  sw_status st = sw_step_each(s->ledger, s->run, failed_step, &n, err);
  if (t->unbalanced) {
    n.listed++;
    need(h, "failed");
    sw_html_tf(h, "%lld 条行账不平", "%lld lines of the row ledger do not balance", (long long)t->unbalanced);
    todo(h, "见“行账”。", "See Rows.");
  }
  if (t->rejected) {
    n.listed++;
    need(h, "warning");
    sw_html_int(h, t->rejected);
    sw_html_raw(h, " ");
    sw_html_t(h, "条记录被拒收", "records were rejected");
    todo(h, "原因、文件和行号见“拒收”；请交付方更正后重送。", "Reasons, files and lines are under Rejects; have them corrected and delivered again.");
  }
  warn_count(&n, s, "meta", "unmapped", "SELECT coalesce(sum(rows), 0)::BIGINT FROM meta.unmapped", "个值的本地代码没有映射到标准代码", "values have a local code without a mapping",
             "在 mappings/ 中补上映射，再次运行。", "Add them under mappings/ and run again.");
  warn_count(&n, s, "meta", "nonconforming", "SELECT count(*) FROM meta.nonconforming", "个值不能转换为标准类型（已置空并列出）", "values could not be converted (left empty, and listed)",
             "SELECT * FROM meta.nonconforming", "SELECT * FROM meta.nonconforming");
  warn_count(&n, s, "quality", "reconciliation", "SELECT coalesce(sum(-difference), 0)::BIGINT FROM quality.reconciliation WHERE run = $1 AND counterpart = 'totals' AND measure = 'rows' AND difference < 0",
             "行日结里有、却没有到", "rows are in the closing totals but did not come", "见“对账”，请机构补送。", "See Reconciliation; have them delivered.");
  warn_count(&n, s, "quality", "result", "SELECT coalesce(sum(failed), 0)::BIGINT FROM quality.result WHERE run = $1 AND mandatory",
             "次违反强制规则", "failures of mandatory rules", "见“质量”；suwen failures --rule 规则号 列出每一行。", "See Quality; suwen failures --rule ID lists every row.");
  if (!n.listed) {
    need(h, "ok");
    sw_html_t(h, "没有需要处理的事项", "Nothing");
    todo(h, "", "");
  }
  sw_html_raw(h, "</ul>");
  return st;
}

static sw_status write(const sw_report_scope *s, sw_html *h, sw_error *err) {
  totals t = {0};
  sw_status st = sw_step_each(s->ledger, s->run, note_step, &t, err);
  if (st == SW_OK) st = sw_row_count_each(s->ledger, s->run, add, &t, err);
  sw_html_raw(h, "<section id=\"overview\">");
  if (st == SW_OK) st = sw_run_get(s->ledger, s->run, put_run, h, err);
  strip(h, &t);
  sw_html_raw(h, "<p class=\"lead\">");
  sw_html_tf(h, "行账 %lld 条，%lld 条不平。交付 = 入库 + 拒收 + 略过。", "%lld lines in the row ledger, %lld unbalanced. Delivered = landed + rejected + skipped.",
             (long long)t.lines, (long long)t.unbalanced);
  sw_html_raw(h, "</p>");
  if (!s->conn) {
    sw_html_raw(h, "<p class=\"lead\">");
    sw_html_t(h, "数据仓不存在或正被占用：本页只取自台账，没有表的内容。", "The warehouse is absent or in use: this page is made from the ledger alone.");
    sw_html_raw(h, "</p>");
  }
  if (st == SW_OK) st = write_needs(s, h, &t, err);
  sw_html_end_section(h);
  sw_map_fini(&t.standardising);
  return st;
}

const sw_report_section SW_REPORT_OVERVIEW = {.id = "overview", .chapter = SW_CHAPTER_OVERVIEW, .title = {"总览", "Overview"}, .write = write};
