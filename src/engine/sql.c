#include "engine/sql.h"

#include "base/date.h"
#include "base/utf8.h"
#include "engine/backend.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static void put_quoted(sw_buf *out, char quote, sw_str s) {
  sw_buf_putc(out, quote);
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == quote) sw_buf_putc(out, quote);
    sw_buf_putc(out, s.ptr[i]);
  }
  sw_buf_putc(out, quote);
}

/* A literal with a NUL byte cannot be written in SQL text: it is put together from its pieces. */
static void put_string(sw_buf *out, sw_str s) {
  const char *nul = s.len ? memchr(s.ptr, '\0', s.len) : NULL;
  if (!nul) return put_quoted(out, '\'', s);
  sw_buf_putc(out, '(');
  while (nul) {
    size_t head = (size_t)(nul - s.ptr);
    put_quoted(out, '\'', sw_str_sub(s, 0, head));
    sw_buf_puts(out, " || chr(0) || ");
    s = sw_str_sub(s, head + 1, s.len);
    nul = s.len ? memchr(s.ptr, '\0', s.len) : NULL;
  }
  put_quoted(out, '\'', s);
  sw_buf_putc(out, ')');
}

static void put_f64(sw_buf *out, double f) {
  if (isfinite(f)) {
    size_t at = out->len;
    sw_text_f64(f, out);
    /* 5 is an INTEGER and 0.1 a DECIMAL to the engine: an exponent makes it a DOUBLE. */
    if (sw_buf_ok(out) && !memchr(out->ptr + at, 'e', out->len - at)) sw_buf_puts(out, "e0");
  } else {
    sw_buf_puts(out, isnan(f) ? "'nan'::DOUBLE" : f > 0 ? "'infinity'::DOUBLE" : "'-infinity'::DOUBLE");
  }
}

static void put_decimal(sw_buf *out, sw_type t, int64_t scaled) {
  sw_i128 v = {.lower = (uint64_t)scaled, .upper = scaled < 0 ? -1 : 0};
  sw_buf_puts(out, "'");
  sw_text_i128(v, t.scale, out);
  sw_buf_puts(out, "'::");
  sw_type_sql(t, out);
}

static void put_list(sw_buf *out, char quote, const char *const *list, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (i) sw_buf_puts(out, ", ");
    if (quote == '\'') put_string(out, sw_str_of(list[i]));
    else put_quoted(out, quote, sw_str_of(list[i]));
  }
}

static void put_table(sw_buf *out, sw_str schema, sw_str name) {
  if (schema.len) {
    put_quoted(out, '"', schema);
    sw_buf_putc(out, '.');
  }
  put_quoted(out, '"', name);
}

void sw_sql_put(sw_buf *out, sw_sql_arg arg) {
  char text[SW_TIME_LEN];
  switch (arg.kind) {
    case SW_SQL_IDENT: put_quoted(out, '"', arg.a); return;
    case SW_SQL_TABLE: put_table(out, arg.a, arg.b); return;
    case SW_SQL_IDENTS: put_list(out, '"', arg.list, arg.n); return;
    case SW_SQL_STR: put_string(out, arg.a); return;
    case SW_SQL_STRS: put_list(out, '\'', arg.list, arg.n); return;
    case SW_SQL_I64:
      if (arg.i == INT64_MIN) sw_buf_puts(out, "(-9223372036854775807 - 1)");
      else sw_buf_printf(out, "%lld", (long long)arg.i);
      return;
    case SW_SQL_F64: put_f64(out, arg.f); return;
    case SW_SQL_BOOL: sw_buf_puts(out, arg.i ? "true" : "false"); return;
    case SW_SQL_DATE:
      sw_format_date((int32_t)arg.i, text);
      sw_buf_printf(out, "DATE '%s'", text);
      return;
    case SW_SQL_TIMESTAMP:
      sw_format_time(arg.i, text);
      sw_buf_printf(out, "TIMESTAMP '%s'", text);
      return;
    case SW_SQL_DECIMAL: put_decimal(out, arg.type, arg.i); return;
    case SW_SQL_NULL: sw_buf_puts(out, "NULL"); return;
    case SW_SQL_TYPE: sw_type_sql(arg.type, out); return;
    case SW_SQL_RAW: sw_buf_str_put(out, arg.a); return;
  }
}

sw_sql_arg sw_sql_dotted(const char *name) {
  sw_str s = sw_str_of(name);
  ptrdiff_t dot = sw_str_find(s, SW_LIT("."));
  if (dot < 0) return (sw_sql_arg){.kind = SW_SQL_TABLE, .b = s};
  return (sw_sql_arg){.kind = SW_SQL_TABLE, .a = sw_str_sub(s, 0, (size_t)dot), .b = sw_str_sub(s, (size_t)dot + 1, s.len)};
}

void sw_sql_build_n(sw_buf *out, const char *fmt, const sw_sql_arg *args, size_t n) {
  size_t used = 0;
  for (const char *p = fmt; *p;) {
    const char *hole = strstr(p, "{}");
    if (!hole) {
      sw_buf_puts(out, p);
      break;
    }
    sw_buf_put(out, p, (size_t)(hole - p));
    assert(used < n && "sw_sql_build: more {} than arguments");
    if (used < n) sw_sql_put(out, args[used++]);
    p = hole + 2;
  }
  assert(used == n && "sw_sql_build: more arguments than {}");
}

void sw_text_place(sw_str text, size_t position, int64_t *line, int64_t *column) {
  size_t start = 0;
  if (position > text.len) position = text.len;
  *line = 1;
  for (size_t i = 0; i < position; i++) {
    if (text.ptr[i] != '\n') continue;
    ++*line;
    start = i + 1;
  }
  *column = (int64_t)sw_utf8_count(sw_str_sub(text, start, position - start)) + 1;
}
