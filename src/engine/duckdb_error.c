#include "engine/duckdb_internal.h"

#include "base/utf8.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>

enum { MESSAGE_MAX = 640 };

typedef struct class {
  duckdb_error_type type;
  const char *name; /* as the engine spells it in its JSON */
  sw_status status;
  const char *code;
  bool values; /* the message may quote values of rows */
  const char *zh, *en;
} class;

#define SQL_ZH "SQL 无法执行：%s"
#define SQL_EN "the SQL cannot be run: %s"
#define DATA_ZH "数据不能按此计算：%s"
#define DATA_EN "the data cannot be computed so: %s"

static const class CLASSES[] = {
    {DUCKDB_ERROR_PARSER, "Parser", SW_E_ENGINE, "SW-ENGINE-0010", false, "SQL 语法错误：%s", "SQL syntax error: %s"},
    {DUCKDB_ERROR_SYNTAX, "Syntax", SW_E_ENGINE, "SW-ENGINE-0010", false, "SQL 语法错误：%s", "SQL syntax error: %s"},
    {DUCKDB_ERROR_BINDER, "Binder", SW_E_ENGINE, "SW-ENGINE-0011", false, SQL_ZH, SQL_EN},
    {DUCKDB_ERROR_CATALOG, "Catalog", SW_E_ENGINE, "SW-ENGINE-0011", false, SQL_ZH, SQL_EN},
    {DUCKDB_ERROR_DEPENDENCY, "Dependency", SW_E_ENGINE, "SW-ENGINE-0011", false, SQL_ZH, SQL_EN},
    {DUCKDB_ERROR_NOT_IMPLEMENTED, "Not implemented", SW_E_ENGINE, "SW-ENGINE-0011", false, SQL_ZH, SQL_EN},
    {DUCKDB_ERROR_PARAMETER_NOT_RESOLVED, "Parameter Not Resolved", SW_E_ENGINE, "SW-ENGINE-0011", false, SQL_ZH, SQL_EN},
    {DUCKDB_ERROR_PARAMETER_NOT_ALLOWED, "Parameter Not Allowed", SW_E_ENGINE, "SW-ENGINE-0011", false, SQL_ZH, SQL_EN},
    {DUCKDB_ERROR_CONVERSION, "Conversion", SW_E_DATA, "SW-ENGINE-0012", true, DATA_ZH, DATA_EN},
    {DUCKDB_ERROR_OUT_OF_RANGE, "Out of Range", SW_E_DATA, "SW-ENGINE-0012", true, DATA_ZH, DATA_EN},
    {DUCKDB_ERROR_DECIMAL, "Decimal", SW_E_DATA, "SW-ENGINE-0012", true, DATA_ZH, DATA_EN},
    {DUCKDB_ERROR_MISMATCH_TYPE, "Mismatch Type", SW_E_DATA, "SW-ENGINE-0012", true, DATA_ZH, DATA_EN},
    {DUCKDB_ERROR_DIVIDE_BY_ZERO, "Divide by Zero", SW_E_DATA, "SW-ENGINE-0012", true, DATA_ZH, DATA_EN},
    {DUCKDB_ERROR_CONSTRAINT, "Constraint", SW_E_DATA, "SW-ENGINE-0013", true, "数据违反约束：%s", "the data break a constraint: %s"},
    {DUCKDB_ERROR_INVALID_INPUT, "Invalid Input", SW_E_DATA, "SW-ENGINE-0014", true, "输入不被接受：%s", "the input is refused: %s"},
    {DUCKDB_ERROR_OUT_OF_MEMORY, "Out of Memory", SW_E_LIMIT, "SW-ENGINE-0015", false,
     "超出引擎的内存上限；请调高 memory_limit，或为溢出目录腾出空间：%s",
     "the engine's memory limit is reached; raise memory_limit or free space for the spill directory: %s"},
    {DUCKDB_ERROR_IO, "IO", SW_E_IO, "SW-ENGINE-0016", false, "读写失败：%s", "reading or writing failed: %s"},
    {DUCKDB_ERROR_PERMISSION, "Permission", SW_E_DENIED, "SW-ENGINE-0017", false, "安全设置不允许：%s", "refused by the safety settings: %s"},
    {DUCKDB_ERROR_TRANSACTION, "TransactionContext", SW_E_ENGINE, "SW-ENGINE-0018", false, "事务失败：%s", "the transaction failed: %s"},
    {DUCKDB_ERROR_INTERRUPT, "INTERRUPT", SW_E_CANCELLED, "SW-ENGINE-0019", false, "已停止：%s", "stopped: %s"},
    {DUCKDB_ERROR_FATAL, "FATAL", SW_E_ENGINE, "SW-ENGINE-0020", false, "引擎出现致命错误，须重新打开数据库：%s",
     "the engine failed and the database must be opened again: %s"},
    {DUCKDB_ERROR_INTERNAL, "INTERNAL", SW_E_ENGINE, "SW-ENGINE-0020", false, "引擎内部错误：%s", "the engine failed internally: %s"},
    {DUCKDB_ERROR_INVALID, "", SW_E_ENGINE, "SW-ENGINE-0021", true, "引擎报错：%s", "the engine reports: %s"},
};
enum { NCLASSES = sizeof CLASSES / sizeof *CLASSES };

static const class *class_of(duckdb_error_type type, const char *name) {
  for (size_t i = 0; i < NCLASSES; i++) {
    if (name ? strcmp(CLASSES[i].name, name) == 0 : CLASSES[i].type == type) return &CLASSES[i];
  }
  return name ? class_of(type, NULL) : &CLASSES[NCLASSES - 1];
}

/* Disk full, a lock and a conflict come under general headings. */
static void refine(const char *message, sw_status *status, const char **code) {
  static const struct {
    const char *text;
    sw_status status;
    const char *code;
  } SPECIAL[] = {
      {"No space left", SW_E_NOSPACE, "SW-ENGINE-0022"},      {"Disk quota", SW_E_NOSPACE, "SW-ENGINE-0022"},
      {"Could not set lock", SW_E_BUSY, "SW-ENGINE-0023"},    {"write-write conflict", SW_E_BUSY, "SW-ENGINE-0024"},
      {"Conflict on", SW_E_BUSY, "SW-ENGINE-0024"},           {"Cannot CHECKPOINT", SW_E_BUSY, "SW-ENGINE-0024"},
      {"not a valid DuckDB database", SW_E_DATA, "SW-ENGINE-0025"},
  };
  if (*status != SW_E_IO && *status != SW_E_ENGINE && *status != SW_E_LIMIT) return;
  for (size_t i = 0; i < sizeof SPECIAL / sizeof *SPECIAL; i++) {
    if (!strstr(message, SPECIAL[i].text)) continue;
    *status = SPECIAL[i].status;
    *code = SPECIAL[i].code;
    return;
  }
}

/* --- the message ----------------------------------------------------------------------------------- */

/* Copies a message on one line; without the excerpt of the SQL, whose place is told apart. */
static void tidy(const char *message, sw_buf *out) {
  const char *end = strstr(message, "\n\nLINE ");
  size_t n = end ? (size_t)(end - message) : strlen(message);
  for (size_t i = 0; i < n; i++) {
    if (message[i] != '\n') sw_buf_putc(out, message[i]);
    else if (out->len && out->ptr[out->len - 1] != ' ') sw_buf_puts(out, "; ");
  }
}

/* Quoted text and longer runs of digits are values of rows in messages about data: they are taken out. */
static void redact(sw_str s, sw_buf *out) {
  for (size_t i = 0; i < s.len;) {
    char c = s.ptr[i];
    bool word_before = i > 0 && isalnum((unsigned char)s.ptr[i - 1]);
    if ((c == '"' || c == '\'') && !word_before) { /* the apostrophe of "can't" opens nothing */
      size_t last = s.len; /* to the last quote of the kind: a value may hold quotes itself */
      while (last > i + 1 && s.ptr[last - 1] != c) last--;
      sw_buf_printf(out, "%c…%c", c, c);
      i = last > i + 1 ? last : s.len;
      continue;
    }
    size_t run = 0;
    while (i + run < s.len && (isdigit((unsigned char)s.ptr[i + run]) || strchr(".-:/", s.ptr[i + run]))) run++;
    bool digits = run && isdigit((unsigned char)c) && !word_before;
    if (digits) sw_buf_puts(out, "#");
    else sw_buf_put(out, s.ptr + i, run ? run : 1);
    i += run ? run : 1;
  }
}

/* What the engine says after the value is worth keeping: "Could not convert string '…' to INT32". One quote pair is
 * the rule, so everything between the first and the last quote goes. Messages that echo the text on lines of their own
 * are cut at the first line. */
static void write_message(const class *k, const char *message, sw_buf *out) {
  SW_AUTO(sw_buf) line = SW_BUF_INIT;
  const char *newline = strchr(message, '\n');
  bool settings = strstr(message, "configuration") != NULL;
  if (!k->values || settings) {
    tidy(message, out);
  } else {
    sw_buf_put(&line, message, newline ? (size_t)(newline - message) : strlen(message));
    redact(sw_buf_str(&line), out);
  }
  if (out->len > MESSAGE_MAX) {
    sw_buf_truncate(out, sw_utf8_clip(sw_buf_str(out), MESSAGE_MAX).len);
    sw_buf_puts(out, "…");
  }
}

static sw_status report(const class *k, const char *message, const char *sql, const char *position, sw_error *err) {
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  write_message(k, message, &text);
  sw_status status = k->status;
  const char *code = k->code;
  refine(message, &status, &code);
  if (!err || err->status != SW_OK) return err ? err->status : status;
  /* The formats are the table's: %s once in each. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  status = sw_error_set(err, status, code, __FILE__, __LINE__, k->zh, k->en, text.ptr);
#pragma GCC diagnostic pop
  uint64_t at;
  if (sql && position && sw_str_to_u64(sw_str_of(position), &at)) sw_text_place(sw_str_of(sql), (size_t)at, &err->line, &err->column);
  return status;
}


sw_status duck_fail(sw_engine *e, duckdb_error_type type, const char *message, const char *sql, sw_error *err) {
  if (!message) message = "";
  if (sw_stash_take(&e->stash, message, err)) return err ? err->status : SW_E_ENGINE;
  const char *brace = strchr(message, '{');
  json_t *j = brace ? json_loads(brace, 0, NULL) : NULL;
  const char *name = json_string_value(json_object_get(j, "exception_type"));
  const char *text = json_string_value(json_object_get(j, "exception_message"));
  const char *position = json_string_value(json_object_get(j, "position"));
  sw_status s = report(class_of(type, name), text ? text : message, sql, position, err);
  json_decref(j);
  return s;
}

sw_status duck_fail_result(sw_engine *e, duckdb_result *r, const char *sql, sw_error *err) {
  return duck_fail(e, duckdb_result_error_type(r), duckdb_result_error(r), sql, err);
}
