#include "intake/odbc.h"

#include "base/utf8.h"
#include "base/vec.h"
#include "intake/decode.h"

#include <sql.h>
#include <sqlext.h>
#include <stdlib.h>

enum { PARAMS = 4, LOGIN_SECONDS = 30, PIECE = 8192, VALUE_MAX = 64 << 20 };

typedef struct bound {
  SQLLEN length;
  TIMESTAMP_STRUCT moment;
} bound;

struct sw_odbc {
  SQLHENV env;
  SQLHDBC db;
  SQLHSTMT st;
  bool connected;
  char quote[8];
  SW_VEC(SQLSMALLINT) types; /* of the running query's columns */
  bound bound[PARAMS];
};

static bool good(SQLRETURN r) { return r == SQL_SUCCESS || r == SQL_SUCCESS_WITH_INFO; }

/* The driver's first diagnostic; it may be in any code page, so what is not UTF-8 is left out. */
static sw_status failed(SQLSMALLINT kind, SQLHANDLE h, const char *zh, const char *en, sw_error *err) {
  SQLCHAR state[6] = "", text[512] = "";
  SQLINTEGER native = 0;
  SQLSMALLINT n = 0;
  if (!good(SQLGetDiagRec(kind, h, 1, state, &native, text, sizeof text, &n))) text[0] = '\0';
  text[sizeof text - 1] = '\0';
  text[sw_utf8_valid_prefix((const char *)text, strlen((const char *)text))] = '\0';
  for (unsigned char *p = text; *p; p++)
    if (*p < 0x20) *p = ' ';
  sw_status s = strncmp((const char *)state, "08", 2) == 0 ? SW_E_IO : strncmp((const char *)state, "28", 2) == 0 ? SW_E_DENIED : SW_E_DATA;
  return SW_FAIL(err, s, "SW-INTAKE-0090", "%s%.0s：%s（SQLSTATE %s）", "%.0s%s: %s (SQLSTATE %s)", zh, en, (const char *)text, (const char *)state);
}

static sw_status statement_failed(sw_odbc *o, sw_error *err) {
  return failed(SQL_HANDLE_STMT, o->st, "源数据库查询失败", "the source database refused a query", err);
}

void sw_odbc_close(sw_odbc *o) {
  if (!o) return;
  if (o->st) SQLFreeHandle(SQL_HANDLE_STMT, o->st);
  if (o->connected) SQLDisconnect(o->db);
  if (o->db) SQLFreeHandle(SQL_HANDLE_DBC, o->db);
  if (o->env) SQLFreeHandle(SQL_HANDLE_ENV, o->env);
  SW_VEC_FREE(&o->types);
  free(o);
}

static sw_status connect_to(sw_odbc *o, const char *connection, sw_error *err) {
  if (!good(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &o->env)))
    return SW_FAIL(err, SW_E_INTERNAL, "SW-INTAKE-0091", "无法初始化 ODBC", "ODBC cannot be initialised");
  SQLSetEnvAttr(o->env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
  if (!good(SQLAllocHandle(SQL_HANDLE_DBC, o->env, &o->db)))
    return SW_FAIL(err, SW_E_INTERNAL, "SW-INTAKE-0091", "无法初始化 ODBC", "ODBC cannot be initialised");
  SQLSetConnectAttr(o->db, SQL_ATTR_LOGIN_TIMEOUT, (SQLPOINTER)LOGIN_SECONDS, 0);
  SQLSetConnectAttr(o->db, SQL_ATTR_ACCESS_MODE, (SQLPOINTER)SQL_MODE_READ_ONLY, 0);
  SQLCHAR *text = (SQLCHAR *)sw_str_dupz(sw_str_of(connection)); /* the call takes no const */
  if (!text) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  SQLRETURN r = SQLDriverConnect(o->db, NULL, text, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
  free(text);
  o->connected = good(r);
  if (!o->connected) return failed(SQL_HANDLE_DBC, o->db, "无法连接源数据库", "cannot connect to the source database", err);
  SQLSMALLINT n = 0;
  if (!good(SQLGetInfo(o->db, SQL_IDENTIFIER_QUOTE_CHAR, o->quote, sizeof o->quote, &n)) || o->quote[0] == ' ') o->quote[0] = '\0';
  if (!good(SQLAllocHandle(SQL_HANDLE_STMT, o->db, &o->st)))
    return failed(SQL_HANDLE_DBC, o->db, "无法连接源数据库", "cannot connect to the source database", err);
  return SW_OK;
}

sw_status sw_odbc_open(const char *connection, sw_odbc **out, sw_error *err) {
  sw_odbc *o = calloc(1, sizeof *o);
  if (!o) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  sw_status s = connect_to(o, connection, err);
  if (s) {
    sw_odbc_close(o);
    return s;
  }
  *out = o;
  return SW_OK;
}

sw_status sw_odbc_quote(sw_odbc *o, const char *name, sw_buf *out, sw_error *err) {
  if (!name[0] || (o->quote[0] ? strstr(name, o->quote) != NULL : strpbrk(name, " \"'`;()[]") != NULL))
    return SW_FAIL(err, SW_E_CONFIG, "SW-INTAKE-0092", "源数据库的表名或列名 %s 不合法", "%s is no name of a table or column in the source database", name);
  sw_buf_printf(out, "%s%s%s", o->quote, name, o->quote);
  return SW_OK;
}

/* --- statements -------------------------------------------------------------------------------- */

static void finish(sw_odbc *o) {
  SQLFreeStmt(o->st, SQL_CLOSE);
  SQLFreeStmt(o->st, SQL_RESET_PARAMS);
  o->types.len = 0;
}

static sw_status bind_moment(sw_odbc *o, SQLUSMALLINT at, bound *b, const char *text, sw_error *err) {
  int64_t us;
  sw_civil c;
  if (!sw_parse_time(sw_str_of(text), &us))
    return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0093", "水位值不是时间", "the watermark is not a time");
  sw_civil_from_us(us, &c);
  b->moment = (TIMESTAMP_STRUCT){(SQLSMALLINT)c.year, (SQLUSMALLINT)c.month,  (SQLUSMALLINT)c.day,     (SQLUSMALLINT)c.hour, (SQLUSMALLINT)c.minute,
                                 (SQLUSMALLINT)c.second, (SQLUINTEGER)c.micro * 1000u};
  b->length = sizeof b->moment;
  SQLRETURN r = SQLBindParameter(o->st, at, SQL_PARAM_INPUT, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, 26, 6, &b->moment, sizeof b->moment, &b->length);
  return good(r) ? SW_OK : statement_failed(o, err);
}

static sw_status bind_param(sw_odbc *o, size_t i, const sw_odbc_param *p, sw_error *err) {
  bound *b = &o->bound[i];
  SQLUSMALLINT at = (SQLUSMALLINT)(i + 1);
  if (p->kind == SW_ODBC_MOMENT) return bind_moment(o, at, b, p->text, err);
  b->length = SQL_NTS;
  size_t n = strlen(p->text);
  SQLSMALLINT type = p->kind == SW_ODBC_NUMBER ? SQL_NUMERIC : SQL_VARCHAR;
  const char *dot = strchr(p->text, '.');
  SQLSMALLINT scale = p->kind == SW_ODBC_NUMBER && dot ? (SQLSMALLINT)strlen(dot + 1) : 0;
  SQLRETURN r = SQLBindParameter(o->st, at, SQL_PARAM_INPUT, SQL_C_CHAR, type, p->kind == SW_ODBC_NUMBER ? 38 : n + 1, scale,
                                 (SQLPOINTER)(uintptr_t)p->text, (SQLLEN)n, &b->length);
  return good(r) ? SW_OK : statement_failed(o, err);
}

static sw_status see_columns(sw_odbc *o, sw_error *err) {
  SQLSMALLINT n = 0;
  if (!good(SQLNumResultCols(o->st, &n))) return statement_failed(o, err);
  if (!SW_VEC_RESERVE(&o->types, (size_t)n + 1)) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  for (SQLSMALLINT i = 1; i <= n; i++) {
    SQLSMALLINT type = SQL_VARCHAR, name_length, digits, nullable;
    SQLULEN size;
    if (!good(SQLDescribeCol(o->st, (SQLUSMALLINT)i, NULL, 0, &name_length, &type, &size, &digits, &nullable))) return statement_failed(o, err);
    o->types.items[o->types.len++] = type;
  }
  return SW_OK;
}

sw_status sw_odbc_query(sw_odbc *o, const char *sql, const sw_odbc_param *params, size_t nparams, sw_error *err) {
  finish(o);
  if (nparams > PARAMS) return SW_FAIL(err, SW_E_INTERNAL, "SW-INTAKE-0091", "参数过多", "too many parameters");
  sw_status s = SW_OK;
  for (size_t i = 0; !s && i < nparams; i++) s = bind_param(o, i, &params[i], err);
  if (s) return s;
  SQLCHAR *text = (SQLCHAR *)sw_str_dupz(sw_str_of(sql));
  if (!text) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  SQLRETURN r = SQLExecDirect(o->st, text, SQL_NTS);
  free(text);
  if (!good(r) && r != SQL_NO_DATA) return statement_failed(o, err);
  return see_columns(o, err);
}

sw_step sw_odbc_next(sw_odbc *o, sw_error *err) {
  SQLRETURN r = SQLFetch(o->st);
  if (r == SQL_NO_DATA) return SW_DONE;
  if (good(r)) return SW_ROW;
  return statement_failed(o, err) ? SW_STEP_ERROR : SW_DONE;
}

size_t sw_odbc_ncolumns(const sw_odbc *o) { return o->types.len; }

static sw_odbc_kind kind_of(SQLSMALLINT type) {
  switch (type) {
  case SQL_NUMERIC:
  case SQL_DECIMAL:
  case SQL_INTEGER:
  case SQL_SMALLINT:
  case SQL_TINYINT:
  case SQL_BIGINT:
  case SQL_FLOAT:
  case SQL_REAL:
  case SQL_DOUBLE: return SW_ODBC_NUMBER;
  case SQL_TYPE_DATE:
  case SQL_TYPE_TIMESTAMP:
  case SQL_DATETIME:
  case SQL_TIMESTAMP: return SW_ODBC_MOMENT;
  default: return SW_ODBC_TEXT;
  }
}

static void put_utf16(const char *p, size_t n, sw_buf *out) {
  for (size_t i = 0; i < n;) { /* a lone surrogate in the database becomes U+FFFD */
    i += sw_utf16_decode(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__, p + i, n - i, out);
    if (i >= n || out->failed) break;
    sw_buf_puts(out, "\xEF\xBF\xBD");
    i += 2;
  }
}

sw_status sw_odbc_value(sw_odbc *o, size_t column, sw_buf *out, bool *null, sw_error *err) {
  union {
    SQLWCHAR w[PIECE / sizeof(SQLWCHAR)];
    char c[PIECE];
  } piece;
  SW_AUTO(sw_buf) wide = SW_BUF_INIT;
  *null = false;
  for (;;) {
    SQLLEN n = 0;
    SQLRETURN r = SQLGetData(o->st, (SQLUSMALLINT)(column + 1), SQL_C_WCHAR, piece.w, sizeof piece.w, &n);
    if (r == SQL_NO_DATA) break;
    if (!good(r)) return statement_failed(o, err);
    if (n == SQL_NULL_DATA) {
      *null = true;
      return SW_OK;
    }
    const size_t room = sizeof piece.w - sizeof(SQLWCHAR);
    size_t got = n == SQL_NO_TOTAL || (size_t)n > room ? room : (size_t)n;
    sw_buf_put(&wide, piece.c, got);
    if (wide.len > VALUE_MAX)
      return SW_FAIL(err, SW_E_LIMIT, "SW-INTAKE-0094", "源数据库中有超过 %d 字节的值", "the source database holds a value of more than %d bytes", (int)VALUE_MAX);
    if (r == SQL_SUCCESS) break;
  }
  put_utf16(wide.ptr, wide.len, out);
  return sw_buf_check(out, err);
}

/* --- catalogue --------------------------------------------------------------------------------- */

static bool sortable(SQLSMALLINT type) {
  return kind_of(type) != SW_ODBC_TEXT || type == SQL_CHAR || type == SQL_VARCHAR || type == SQL_WCHAR || type == SQL_WVARCHAR;
}

sw_status sw_odbc_columns(sw_odbc *o, const char *from, sw_arena *a, sw_odbc_column **out, size_t *n, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_buf_printf(&sql, "SELECT * FROM %s WHERE 1 = 0", from);
  sw_status s = sw_buf_check(&sql, err);
  if (!s) s = sw_odbc_query(o, sql.ptr, NULL, 0, err);
  if (s) return s;
  *n = o->types.len;
  *out = SW_ARENA_ARRAY(a, sw_odbc_column, *n + 1);
  if (!*out) return sw_arena_check(a, err);
  for (size_t i = 0; i < *n; i++) {
    SQLWCHAR name[256];
    SQLSMALLINT length = 0;
    SW_AUTO(sw_buf) text = SW_BUF_INIT;
    if (!good(SQLColAttributeW(o->st, (SQLUSMALLINT)(i + 1), SQL_DESC_NAME, name, sizeof name, &length, NULL))) return statement_failed(o, err);
    size_t bytes = length > 0 && (size_t)length < sizeof name ? (size_t)length : 0;
    put_utf16((const char *)name, bytes, &text);
    (*out)[i] = (sw_odbc_column){sw_arena_dupz(a, sw_buf_str(&text)), kind_of(o->types.items[i]), sortable(o->types.items[i])};
  }
  finish(o);
  return sw_arena_check(a, err);
}

sw_status sw_odbc_key(sw_odbc *o, const char *schema, const char *table, sw_arena *a, const char ***out, size_t *n, sw_error *err) {
  enum { KEY_MAX = 32 };
  finish(o);
  *n = 0;
  *out = SW_ARENA_ARRAY(a, const char *, KEY_MAX + 1);
  SQLCHAR *s = schema && *schema ? (SQLCHAR *)sw_arena_dupz(a, sw_str_of(schema)) : NULL;
  SQLCHAR *t = (SQLCHAR *)sw_arena_dupz(a, sw_str_of(table));
  if (!*out || !t) return sw_arena_check(a, err);
  /* Drivers that cannot tell have no key for us. The rows come in the key's order. */
  if (!good(SQLPrimaryKeys(o->st, NULL, 0, s, s ? SQL_NTS : 0, t, SQL_NTS))) return finish(o), SW_OK;
  while (*n < KEY_MAX && good(SQLFetch(o->st))) {
    char name[256];
    SQLLEN length = 0;
    if (!good(SQLGetData(o->st, 4, SQL_C_CHAR, name, sizeof name, &length)) || length < 0) break;
    (*out)[(*n)++] = sw_arena_dupz(a, sw_str_of(name));
  }
  finish(o);
  return sw_arena_check(a, err);
}
