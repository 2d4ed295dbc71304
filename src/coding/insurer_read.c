#include "coding/insurer.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/utf8.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"
#include "intake/source.h"
#include "ledger/journal.h"
#include "medic/similarity.h"
#include "pack/tree.h"

#include <stdlib.h>

/* Names of the columns as insurers write them; the first is ours. */
static const char *const names[SW_INSURER_FIELDS][10] = {
    {"org_code", "医疗机构代码", "定点医药机构编号", "定点医疗机构编码", "机构编码", "机构代码", "fixmedins_code"},
    {"case_no", "住院流水号", "就诊号", "就诊ID", "病案号", "住院号", "结算ID", "病例号", "case_id", "mdtrt_id"},
    {"group_code", "病组编码", "DRG编码", "DIP编码", "病种编码", "分组编码", "入组编码", "DRG组", "病组", "drg"},
    {"class", "病例类型", "倍率类型", "结算类型", "病例类别", "费用类型"},
    {"points", "分值", "权重", "病组分值", "病组权重", "基准分值", "基准点数", "RW", "weight", "score"},
    {"deviation", "偏差系数", "费用偏差系数", "病例系数", "调整系数"},
    {"hospital_factor", "医院系数", "机构系数", "等级系数", "医疗机构系数"},
    {"auxiliary_factor", "辅助系数", "辅助目录系数", "校正系数"},
    {"value", "点值", "费率", "分值单价", "基准费率", "rate"},
    {"paid", "支付金额", "应付金额", "DRG支付金额", "DIP支付金额", "结算金额", "实付金额", "应支付金额", "支付标准", "amount"},
    {"cost", "总费用", "医疗总费用", "住院总费用", "费用总额", "total_cost"},
};

const char *sw_insurer_field_name(sw_insurer_field f) { return f < SW_INSURER_FIELDS ? names[f][0] : ""; }

typedef struct reading {
  sw_conn *c;
  const sw_insurer_file *f;
  sw_arena *a;
  sw_insurer_read_result *r;
  sw_opened opened;
  sw_reader reader;
  int at[SW_INSURER_FIELDS];
  sw_str cells[SW_INSURER_FIELDS];
  sw_buf texts[SW_INSURER_FIELDS];
  sw_sink *sink;
  sw_out_chunk *k;
} reading;

/* --- columns ------------------------------------------------------------------------------------ */

/* A header without what insurers decorate it with: blanks, brackets with a unit. */
static sw_str bare(sw_arena *a, const char *header) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  static const char *const opens[] = {"(", "（", "[", "【"};
  for (const char *p = header; *p; ++p) {
    bool stop = false;
    for (size_t i = 0; i < 4; ++i) stop |= strncmp(p, opens[i], strlen(opens[i])) == 0;
    if (stop) break;
    if (*p != ' ' && *p != '\t' && *p != '\n' && *p != '\r' && *p != '_') sw_buf_putc(&b, *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p);
  }
  return sw_arena_dup(a, sw_buf_str(&b));
}

/* 3 by its exact name, 2 without decoration, up to 1 by likeness. */
static double likeness(sw_arena *a, const char *header, int field) {
  sw_str h = bare(a, header);
  double best = 0;
  for (size_t i = 0; i < 10 && names[field][i]; ++i) {
    if (strcmp(header, names[field][i]) == 0) return 3;
    sw_str n = bare(a, names[field][i]);
    if (sw_str_eq(h, n)) best = best < 2 ? 2 : best;
    double s = n.len && h.len > n.len && sw_str_ends(h, n) ? 0.9 : sw_sim_jaro_winkler(h, n);
    if (s > best) best = s;
  }
  return best;
}

static sw_status named(reading *m, bool *taken, sw_error *err) {
  for (size_t i = 0; i < m->f->ncolumns; ++i) {
    const char *eq = strchr(m->f->columns[i], '=');
    int field = -1;
    for (int f = 0; eq && f < SW_INSURER_FIELDS; ++f)
      if (strlen(names[f][0]) == (size_t)(eq - m->f->columns[i]) && strncmp(names[f][0], m->f->columns[i], (size_t)(eq - m->f->columns[i])) == 0) field = f;
    size_t at = 0;
    while (eq && at < m->opened.nfields && strcmp(m->opened.names[at], eq + 1) != 0) ++at;
    if (!eq || field < 0 || at == m->opened.nfields)
      return SW_FAIL(err, SW_E_USAGE, "SW-INS-0002", "列指定“%s”不对：应为 字段=表头，字段如 case_no、paid", "column “%s” is not understood: FIELD=HEADER with fields such as case_no, paid",
                     m->f->columns[i]);
    m->at[field] = (int)at;
    taken[at] = true;
  }
  return SW_OK;
}

/* The best pair of field and header first, so that a header feeds one field. */
static void draft(reading *m, bool *taken) {
  for (;;) {
    double best = 0.86; /* below this it is a guess that nobody should settle by */
    int field = -1;
    size_t column = 0;
    for (int f = 0; f < SW_INSURER_FIELDS; ++f)
      for (size_t i = 0; m->at[f] < 0 && i < m->opened.nfields; ++i) {
        double s = taken[i] ? 0 : likeness(m->a, m->opened.names[i], f);
        if (s <= best) continue;
        best = s;
        field = f;
        column = i;
      }
    if (field < 0) return;
    m->at[field] = (int)column;
    m->r->drafted[field] = best < 2;
    taken[column] = true;
  }
}

static sw_status find_columns(reading *m, sw_error *err) {
  bool *taken = SW_ARENA_ARRAY(m->a, bool, m->opened.nfields + 1);
  const char **left = SW_ARENA_ARRAY(m->a, const char *, m->opened.nfields + 1);
  if (!taken || !left) return sw_arena_check(m->a, err);
  for (int f = 0; f < SW_INSURER_FIELDS; ++f) m->at[f] = -1;
  sw_status s = m->opened.names ? named(m, taken, err) : SW_OK;
  if (!s && m->opened.names) draft(m, taken);
  for (int f = 0; f < SW_INSURER_FIELDS; ++f) m->r->column[f] = m->at[f] < 0 ? NULL : m->opened.names[m->at[f]];
  for (size_t i = 0; m->opened.names && i < m->opened.nfields; ++i)
    if (!taken[i]) left[m->r->nignored++] = m->opened.names[i];
  m->r->ignored = left;
  if (s || (m->at[SW_INSURER_CASE] >= 0 && m->at[SW_INSURER_PAID] >= 0)) return s ? s : sw_arena_check(m->a, err);
  (void)SW_FAIL(err, SW_E_DATA, "SW-INS-0001", "认不出%s列；请用 --column %s=表头 指定", "no column is recognised as the %s; name it with --column %s=HEADER",
                m->at[SW_INSURER_CASE] < 0 ? "case_no" : "paid", m->at[SW_INSURER_CASE] < 0 ? "case_no" : "paid");
  return sw_error_at(err, m->f->path, 1, 0);
}

/* --- lines -------------------------------------------------------------------------------------- */

static const int scales[SW_INSURER_FIELDS] = {-1, -1, -1, -1, 4, 8, 4, 4, 6, 2, 2};

/* "1,234.50", "￥12", "12 元" as insurers' sheets write them. */
static bool number(sw_str s, int scale, int64_t *out) {
  char b[64];
  size_t n = 0;
  static const char *const drops[] = {"￥", "¥", "元", ",", "，", " "};
  for (size_t i = 0; i < s.len;) {
    size_t skip = 0;
    for (size_t d = 0; d < 6 && !skip; ++d)
      if (sw_str_starts(sw_str_sub(s, i, s.len), sw_str_of(drops[d]))) skip = strlen(drops[d]);
    if (!skip && n + 1 < sizeof b) b[n++] = s.ptr[i];
    if (!skip && n + 1 >= sizeof b) return false;
    i += skip ? skip : 1;
  }
  if (sw_str_to_decimal((sw_str){b, n}, scale, out)) return true;
  double v; /* a spreadsheet's own notation: 1.5E+3, or more digits than are meant */
  if (n == 0 || !sw_str_to_f64((sw_str){b, n}, &v) || !(v > -9e11 && v < 9e11)) return false;
  double f = 1;
  for (int i = 0; i < scale; ++i) f *= 10;
  *out = (int64_t)(v * f + (v < 0 ? -0.5 : 0.5));
  return true;
}

static bool is_total(const reading *m) {
  static const char *const words[] = {"合计", "总计", "小计", "合 计", "total", "Total", "TOTAL"};
  for (int f = 0; f <= SW_INSURER_GROUP; ++f)
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
      if (sw_str_starts(m->cells[f], sw_str_of(words[i]))) return true;
  return false;
}

/* Why a line is no case, or NULL. */
static const char *const *bad_line(const reading *m, const sw_record *rec, int64_t v[SW_INSURER_FIELDS], bool has[SW_INSURER_FIELDS]) {
  static const char *const broken[] = {"这一行读不懂（引号、列数或编码）", "the line cannot be read (quotes, number of fields or encoding)"};
  static const char *const no_case[] = {"没有病例号", "no case number"};
  static const char *const no_paid[] = {"支付金额不是金额", "the amount paid is not an amount of yuan"};
  static const char *const no_number[] = {"分值、系数、点值或费用不是数", "points, a factor, the value or the cost is not a number"};
  static const char *const total[] = {"合计行", "a line of totals"};
  if (rec->problem) return broken;
  for (int f = 0; f < SW_INSURER_FIELDS; ++f)
    if (m->cells[f].len && !sw_utf8_valid(m->cells[f])) return broken;
  bool bad = false;
  for (int f = 0; f < SW_INSURER_FIELDS; ++f) {
    has[f] = m->cells[f].len > 0 && !sw_str_eqz(m->cells[f], "-");
    if (scales[f] < 0 || !has[f]) continue;
    has[f] = number(m->cells[f], scales[f], &v[f]);
    bad |= !has[f] && f != SW_INSURER_PAID;
  }
  if (is_total(m)) return total;
  if (!m->cells[SW_INSURER_CASE].len) return no_case;
  if (!has[SW_INSURER_PAID]) return no_paid;
  return bad ? no_number : NULL;
}

static void take_cells(reading *m, const sw_record *rec) {
  for (int f = 0; f < SW_INSURER_FIELDS; ++f) {
    m->cells[f] = (sw_str){NULL, 0};
    if (m->at[f] < 0 || (size_t)m->at[f] >= rec->nfields || rec->problem) continue;
    sw_str s = sw_field_text(&m->reader, &rec->fields[m->at[f]], &m->texts[f]);
    if (s.ptr) m->cells[f] = sw_str_trim(s);
  }
}

static void put(reading *m, size_t col, sw_str s) {
  if (s.len && sw_utf8_valid(s)) sw_out_str(&m->k->columns[col], m->k->n, s);
  else sw_out_null(&m->k->columns[col], m->k->n);
}

enum { O_MONTH, O_FIRST, O_LINE = O_FIRST + SW_INSURER_FIELDS, O_ZH, O_EN, O_RAW };

static void take_line(reading *m, const sw_record *rec) {
  int64_t v[SW_INSURER_FIELDS] = {0};
  bool has[SW_INSURER_FIELDS] = {false};
  take_cells(m, rec);
  const char *const *why = bad_line(m, rec, v, has);
  sw_str org = m->cells[SW_INSURER_ORG].len ? m->cells[SW_INSURER_ORG] : sw_str_of(m->f->org_code);
  put(m, O_MONTH, sw_str_of(m->f->month));
  for (int f = 0; f < SW_INSURER_FIELDS; ++f) {
    size_t col = O_FIRST + (size_t)f;
    if (scales[f] < 0) put(m, col, f == SW_INSURER_ORG ? org : m->cells[f]);
    else if (!has[f] || !sw_out_decimal(&m->k->columns[col], m->k->n, v[f])) sw_out_null(&m->k->columns[col], m->k->n);
  }
  ((int64_t *)m->k->columns[O_LINE].data)[m->k->n] = rec->line;
  put(m, O_ZH, sw_str_of(why ? why[0] : NULL));
  put(m, O_EN, sw_str_of(why ? why[1] : NULL));
  put(m, O_RAW, why ? sw_str_sub(rec->raw, 0, 65536) : (sw_str){NULL, 0});
  ++m->k->n;
  ++m->r->lines;
  if (!why) {
    ++m->r->taken;
    if (__builtin_add_overflow(m->r->paid_fen, v[SW_INSURER_PAID], &m->r->paid_fen)) m->r->paid_fen = INT64_MAX;
  } else if (is_total(m) && !rec->problem) {
    ++m->r->totals;
    if (has[SW_INSURER_PAID]) m->r->told_fen = v[SW_INSURER_PAID];
  } else {
    ++m->r->rejected;
  }
}

static bool blank_record(const reading *m, const sw_record *rec) {
  if (rec->problem || rec->deleted) return rec->deleted;
  for (size_t i = 0; i < rec->nfields; ++i)
    if (sw_str_trim((sw_str){rec->fields[i].ptr, rec->fields[i].len}).len) return false;
  (void)m;
  return true;
}

static sw_status read_lines(reading *m, sw_error *err) {
  for (;;) {
    sw_status s = sw_sink_chunk(m->sink, &m->k, err);
    if (s) return s;
    sw_scan_step step = SW_SCAN_RECORD;
    sw_record rec;
    m->k->n = 0;
    while (m->k->n < m->k->cap && (step = sw_reader_next(&m->reader, true, &rec, err)) == SW_SCAN_RECORD)
      if (!blank_record(m, &rec)) take_line(m, &rec);
    if (step == SW_SCAN_ERROR) return err ? err->status : SW_E_IO;
    if (m->k->n) s = sw_sink_append(m->sink, err);
    if (!s) s = sw_cancel_check(m->f->cancel, err);
    if (s || step == SW_SCAN_DONE) return s;
  }
}

static const char COLUMNS[] =
    "(month VARCHAR, org_code VARCHAR, case_no VARCHAR, group_code VARCHAR, class VARCHAR, points DECIMAL(18,4), deviation DECIMAL(18,8),"
    " hospital_factor DECIMAL(18,4), auxiliary_factor DECIMAL(18,4), value DECIMAL(18,6), paid DECIMAL(18,2), cost DECIMAL(18,2), line BIGINT,"
    " reason_zh VARCHAR, reason_en VARCHAR, raw VARCHAR)";

static sw_status fill(reading *m, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b, "CREATE OR REPLACE TABLE {} ", sw_sql_table("store", m->f->physical));
  sw_buf_puts(&b, COLUMNS);
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(m->c, b.ptr, m->f->cancel, err);
  if (!s) s = sw_sink_open(m->c, "store", m->f->physical, &m->sink, err);
  if (!s) s = read_lines(m, err);
  if (s) {
    sw_sink_abort(m->sink);
    return s;
  }
  s = sw_sink_close(m->sink, err);
  sw_buf_clear(&b);
  sw_sql_build(&b, "SELECT count(*) FROM (SELECT 1 FROM {} WHERE reason_zh IS NULL GROUP BY org_code, case_no HAVING count(*) > 1)",
               sw_sql_table("store", m->f->physical));
  return s ? s : sw_query_i64(m->c, b.ptr, SW_NO_PARAMS, m->f->cancel, &m->r->repeated, NULL, err);
}

/* What the header is looked for by. */
static sw_status expected(sw_arena *a, sw_table_spec *t, sw_error *err) {
  sw_column_spec *cols = SW_ARENA_ARRAY(a, sw_column_spec, SW_INSURER_FIELDS);
  if (!cols) return sw_arena_check(a, err);
  for (int f = 0; f < SW_INSURER_FIELDS; ++f) {
    size_t n = 1;
    while (n < 10 && names[f][n]) ++n;
    cols[f] = (sw_column_spec){.name = names[f][0], .aliases = names[f] + 1, .naliases = n - 1, .type = SW_T_STR};
  }
  *t = (sw_table_spec){.name = "insurer", .columns = cols, .ncolumns = SW_INSURER_FIELDS};
  return SW_OK;
}

static bool month_fine(const char *m) {
  int32_t day = 0;
  char first[16];
  if (!m || strlen(m) != 7 || m[4] != '-') return false;
  (void)snprintf(first, sizeof first, "%.7s-01", m);
  return sw_parse_date(sw_str_of(first), &day);
}

static sw_status open_and_read(reading *m, sw_input *in, sw_error *err) {
  sw_table_spec table;
  sw_file_hints hints = {.header = SW_YES, .skip_lines = -1};
  sw_open_options o = {.hints = &hints, .table = &table, .engine = sw_conn_engine(m->c), .stage_dir = m->f->stage_dir, .cancel = m->f->cancel};
  size_t parts = 1;
  sw_status s = expected(m->a, &table, err);
  if (!s) s = sw_input_sha256(in, m->f->cancel, NULL, m->r->sha256, err);
  if (!s) s = sw_source_open(in, &o, m->a, &m->opened, err);
  if (!s && m->opened.empty) {
    (void)SW_FAIL(err, SW_E_DATA, "SW-INS-0003", "文件是空的", "the file is empty");
    s = sw_error_at(err, m->f->path, 1, 0);
  }
  if (!s) s = find_columns(m, err);
  m->r->format = sw_file_format_name(m->opened.format);
  m->r->encoding = sw_encoding_name(m->opened.encoding);
  if (!s && m->opened.split) s = m->opened.split(m->opened.self, &parts, m->f->cancel, err);
  if (!s) s = m->opened.open_part(m->opened.self, 0, &m->reader, err);
  return s ? s : fill(m, err);
}

sw_status sw_insurer_read(sw_conn *c, const sw_insurer_file *f, sw_arena *a, sw_insurer_read_result *out, sw_error *err) {
  *out = (sw_insurer_read_result){.told_fen = INT64_MIN};
  if (!month_fine(f->month))
    return SW_FAIL(err, SW_E_USAGE, "SW-INS-0004", "月份应为 yyyy-mm", "the month is yyyy-mm");
  reading m = {.c = c, .f = f, .a = a, .r = out};
  sw_input *in = NULL;
  for (int i = 0; i < SW_INSURER_FIELDS; ++i) sw_buf_init(&m.texts[i], SW_BUF_DEFAULT_MAX);
  sw_status s = sw_input_open(f->path, &in, err);
  if (!s) s = open_and_read(&m, in, err);
  sw_reader_free(&m.reader);
  sw_opened_close(&m.opened);
  sw_input_close(in);
  for (int i = 0; i < SW_INSURER_FIELDS; ++i) sw_buf_fini(&m.texts[i]);
  return s ? SW_FRAME(err, "读取经办机构结算结果 %s", "reading the insurer's result %s", f->path) : SW_OK;
}

/* --- keeping ------------------------------------------------------------------------------------ */

static void member_text(sw_json *j, const char *key, const char *v) {
  sw_json_key(j, key);
  sw_json_strz(j, v ? v : "");
}

static void member_int(sw_json *j, const char *key, int64_t v) {
  sw_json_key(j, key);
  sw_json_i64(j, v);
}

static sw_status decide(sw_ledger *l, const sw_insurer_file *f, const sw_insurer_read_result *r, const char *path, const char *who, int64_t now_us,
                        sw_error *err) {
  SW_AUTO(sw_buf) value = SW_BUF_INIT;
  SW_AUTO(sw_buf) key = SW_BUF_INIT;
  const char *slash = strrchr(f->path, '/');
  sw_buf_printf(&key, "%s/%s", f->month, f->org_code ? f->org_code : "");
  sw_json j;
  sw_json_init(&j, &value);
  sw_json_open(&j, '{');
  member_text(&j, "path", path);
  member_text(&j, "file", slash ? slash + 1 : f->path);
  member_text(&j, "sha256", r->sha256);
  member_text(&j, "month", f->month);
  member_int(&j, "lines", r->lines);
  member_int(&j, "taken", r->taken);
  member_int(&j, "rejected", r->rejected);
  member_int(&j, "paid_fen", r->paid_fen);
  sw_json_key(&j, "columns");
  sw_json_open(&j, '{');
  for (int i = 0; i < SW_INSURER_FIELDS; ++i)
    if (r->column[i]) member_text(&j, names[i][0], r->column[i]);
  sw_json_close(&j, '}');
  sw_json_close(&j, '}');
  sw_status s = sw_buf_check(&value, err);
  if (!s) s = sw_buf_check(&key, err);
  int64_t id = 0;
  sw_decision d = {.kind = "insurer-result", .key = key.ptr, .value = value.ptr, .who = who, .reason = "", .at_us = now_us};
  return s ? s : sw_decision_put(l, &d, &id, err);
}

/* The engine compares its allowed directories as text: paths must be absolute. */
static char *absolute(sw_arena *a, const char *dir) {
  char *real = realpath(dir, NULL), *out = real ? sw_arena_dupz(a, sw_str_of(real)) : sw_arena_dupz(a, sw_str_of(dir));
  free(real);
  return out;
}

sw_status sw_insurer_keep(sw_conn *c, sw_ledger *l, const char *workspace, const sw_insurer_file *f, const sw_insurer_read_result *r, const char *who,
                          int64_t now_us, sw_arena *a, sw_error *err) {
  /* One content, month and institution is one file: kept twice it is the same. */
  char *name = sw_arena_printf(a, "%s%s%s-%.8s.parquet", f->month, f->org_code && *f->org_code ? "-" : "", f->org_code ? f->org_code : "", r->sha256);
  for (char *p = name; p && *p; ++p)
    if (*p == '/' || (unsigned char)*p < 0x20) *p = '_';
  const char *home = absolute(a, workspace);
  char *dir = sw_arena_printf(a, "%s/history/insurer", home ? home : ""), *path = sw_arena_printf(a, "history/insurer/%s", name ? name : "");
  char *full = sw_arena_printf(a, "%s/%s", home ? home : "", path ? path : ""), *part = sw_arena_printf(a, "%s.part", full ? full : "");
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b, "SELECT * FROM {} ORDER BY line", sw_sql_table("store", f->physical));
  sw_status s = sw_arena_check(a, err);
  if (!s) s = sw_buf_check(&b, err);
  if (!s) s = sw_fs_mkdirs(dir, err);
  if (!s) s = sw_copy_parquet(c, b.ptr, part, &(sw_parquet_options){0}, f->cancel, NULL, err);
  if (!s) s = sw_fs_rename_durable(part, full, err);
  if (!s) s = decide(l, f, r, path, who, now_us, err);
  return s ? SW_FRAME(err, "保存 %s 的经办机构结算结果", "keeping the insurer's result of %s", f->month) : SW_OK;
}

/* --- loading ------------------------------------------------------------------------------------ */

typedef struct loading {
  sw_conn *c;
  const char *workspace, *lines;
  const sw_cancel *cancel;
} loading;

static sw_status load_file(void *ctx, const sw_decision *d, sw_error *err) {
  const loading *m = ctx;
  SW_AUTO(sw_arena) mem = SW_ARENA_INIT;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_node_list docs = {0};
  sw_status s = sw_tree_json(&mem, sw_str_of(d->value), "ledger", &SW_TREE_LIMITS_DEFAULT, &docs, err);
  if (s || docs.n == 0) return s;
  sw_str path = sw_node_text(sw_node_get(docs.items[0], "path"));
  if (path.len == 0) return SW_OK; /* withdrawn */
  const char *home = absolute(&mem, m->workspace);
  char *full = sw_arena_printf(&mem, "%s/%.*s", home ? home : "", SW_STR_ARG(path));
  if (!full) return sw_arena_check(&mem, err);
  sw_sql_build(&b, "INSERT INTO {} SELECT * FROM read_parquet({}) WHERE reason_zh IS NULL", sw_sql_table("store", m->lines), sw_sql_text(full));
  s = sw_buf_check(&b, err);
  return s ? s : sw_exec(m->c, b.ptr, m->cancel, err);
}

/* Lines of one case (interim payments, corrections) become one row with the sum of their amounts. */
static const char GATHER[] =
    "CREATE OR REPLACE TABLE {} AS SELECT month, org_code, case_no, arg_max(group_code, line) AS group_code, arg_max(class, line) AS class,"
    " arg_max(points, line) AS points, arg_max(deviation, line) AS deviation, arg_max(hospital_factor, line) AS hospital_factor,"
    " arg_max(auxiliary_factor, line) AS auxiliary_factor, arg_max(value, line) AS value, CAST(sum(paid) AS DECIMAL(18,2)) AS paid,"
    " arg_max(cost, line) AS cost, count(*) AS lines, min(line) AS first_line FROM {} GROUP BY month, org_code, case_no"
    " ORDER BY month, org_code, case_no; DROP TABLE {}";

sw_status sw_insurer_load(sw_conn *c, sw_ledger *l, const char *workspace, const char *physical, const sw_cancel *cancel, int64_t *cases, sw_error *err) {
  SW_AUTO(sw_buf) name = SW_BUF_INIT;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_printf(&name, "%s__lines", physical);
  loading m = {c, workspace, name.ptr, cancel};
  sw_sql_build(&b, "CREATE OR REPLACE TABLE {} ", sw_sql_table("store", name.ptr));
  sw_buf_puts(&b, COLUMNS);
  sw_status s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(c, b.ptr, cancel, err);
  if (!s && l) s = sw_decision_each(l, "insurer-result", NULL, false, load_file, &m, err);
  sw_buf_clear(&b);
  sw_sql_build(&b, GATHER, sw_sql_table("store", physical), sw_sql_table("store", name.ptr), sw_sql_table("store", name.ptr));
  if (!s) s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(c, b.ptr, cancel, err);
  sw_buf_clear(&b);
  sw_sql_build(&b, "SELECT count(*) FROM {}", sw_sql_table("store", physical));
  if (!s) s = sw_query_i64(c, b.ptr, SW_NO_PARAMS, cancel, cases, NULL, err);
  return s ? SW_FRAME(err, "装入经办机构结算结果", "loading the insurer's results") : SW_OK;
}
