#include "intake/mapping.h"

#include "intake/warning.h"

bool sw_column_named(const sw_column_spec *c, sw_str name) {
  name = sw_str_trim(name);
  if (sw_str_ieq(name, sw_str_of(c->name))) return true;
  for (size_t i = 0; i < c->naliases; i++)
    if (sw_str_ieq(name, sw_str_of(c->aliases[i]))) return true;
  return false;
}

static sw_status refuse_positions(const sw_table_spec *t, size_t nfields, sw_error *err) {
  if (nfields == 1)
    return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0034", "文件没有表头，每行只有一个字段，而表 %s 声明了 %zu 列；分隔符声明得对吗？不声明即自动识别",
                   "the file has no header and one field a line, but table %s declares %zu columns; is the declared delimiter right? Without one it is detected",
                   t->name, t->ncolumns);
  return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0030",
                 "文件没有表头，每行 %zu 个字段，而表 %s 声明了 %zu 列；请核对列声明，或声明 header",
                 "the file has no header and %zu fields a line, but table %s declares %zu columns; check the columns, or declare the header",
                 nfields, t->name, t->ncolumns);
}

static sw_status map_by_position(const sw_table_spec *t, size_t nfields, sw_mapping *m, sw_error *err) {
  /* One more: lines that end with a delimiter. */
  if (nfields && nfields != t->ncolumns && nfields != t->ncolumns + 1) return refuse_positions(t, nfields, err);
  for (size_t i = 0; i < t->ncolumns; i++) m->source[i] = (int32_t)i;
  m->nsource = t->ncolumns;
  return SW_OK;
}

static void list_names(const char *const *names, size_t n, sw_buf *out) {
  enum { SHOWN = 12 };
  for (size_t i = 0; i < n && i < SHOWN; i++) sw_buf_printf(out, "%s%s", i ? ", " : "", names[i]);
  if (n > SHOWN) sw_buf_printf(out, ", … (%zu)", n);
}

static sw_status refuse_missing(const sw_table_spec *t, const sw_mapping *m, sw_error *err) {
  SW_AUTO(sw_buf) list = SW_BUF_INIT;
  const char *required[64];
  size_t n = 0;
  for (size_t i = 0; i < t->ncolumns && n < 64; i++)
    if (m->source[i] < 0 && t->columns[i].required) required[n++] = t->columns[i].name;
  if (!n) return SW_OK;
  list_names(required, n, &list);
  return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0031", "文件缺少表 %s 必需的列：%s；请核对表头，或在列上声明别名",
                 "the file lacks columns that table %s requires: %s; check its header, or declare aliases", t->name, list.ptr);
}

static sw_status refuse_strange(const sw_table_spec *t, const sw_mapping *m, sw_error *err) {
  SW_AUTO(sw_buf) list = SW_BUF_INIT;
  list_names(m->extra, m->nextra, &list);
  return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0032",
                 "表头（%s）与表 %s 声明的列无一相符；请核对文件是否放错，或在列上声明别名，或声明 header: no",
                 "the header (%s) names no column of table %s; is it the right file? Else declare aliases, or header: no", list.ptr, t->name);
}

static sw_status refuse_extra(const sw_table_spec *t, const sw_mapping *m, sw_error *err) {
  SW_AUTO(sw_buf) list = SW_BUF_INIT;
  list_names(m->extra, m->nextra, &list);
  return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0033", "表 %s 声明为 strict，而文件中有未声明的列：%s；请声明它们，或去掉 strict",
                 "table %s is declared strict, but the file has columns that are not declared: %s; declare them, or drop strict", t->name, list.ptr);
}

static void map_by_name(const sw_table_spec *t, const char *const *names, size_t nfields, sw_mapping *m) {
  for (size_t f = 0; f < nfields; f++) {
    bool taken = false;
    for (size_t c = 0; c < t->ncolumns && !taken; c++) {
      if (m->source[c] >= 0 || !sw_column_named(&t->columns[c], sw_str_of(names[f]))) continue;
      m->source[c] = (int32_t)f;
      taken = true;
    }
    if (!taken) m->extra[m->nextra++] = names[f];
  }
  for (size_t c = 0; c < t->ncolumns; c++)
    if (m->source[c] < 0) m->missing[m->nmissing++] = t->columns[c].name;
  m->nsource = nfields;
}

sw_status sw_mapping_make(const sw_table_spec *t, const char *const *names, size_t nfields, sw_arena *a, sw_mapping *m, sw_error *err) {
  *m = (sw_mapping){.source = SW_ARENA_ARRAY(a, int32_t, t->ncolumns + 1),
                    .missing = SW_ARENA_ARRAY(a, const char *, t->ncolumns + 1),
                    .extra = SW_ARENA_ARRAY(a, const char *, nfields + 1)};
  if (!m->source || !m->missing || !m->extra) return sw_arena_check(a, err);
  for (size_t i = 0; i < t->ncolumns; i++) m->source[i] = -1;
  if (!names) return map_by_position(t, nfields, m, err);
  map_by_name(t, names, nfields, m);
  m->names = (const char **)names;
  if (nfields && m->nmissing == t->ncolumns) return refuse_strange(t, m, err);
  if (t->strict && m->nextra) return refuse_extra(t, m, err);
  return refuse_missing(t, m, err);
}

static void json_names(sw_json *j, const char *key, const char *const *names, size_t n) {
  if (!n) return;
  sw_json_key(j, key);
  sw_json_open(j, '[');
  for (size_t i = 0; i < n; i++) sw_json_strz(j, names[i]);
  sw_json_close(j, ']');
}

void sw_mapping_json(const sw_mapping *m, sw_json *j) {
  json_names(j, "missing", m->missing, m->nmissing);
  json_names(j, "extra", m->extra, m->nextra);
}

void sw_mapping_warnings(const sw_mapping *m, sw_json *j) {
  SW_AUTO(sw_buf) list = SW_BUF_INIT;
  SW_AUTO(sw_buf) zh = SW_BUF_INIT;
  SW_AUTO(sw_buf) en = SW_BUF_INIT;
  if (m->nmissing) {
    list_names(m->missing, m->nmissing, &list);
    sw_buf_printf(&zh, "文件缺少已声明的列（按空值处理）：%s", list.ptr);
    sw_buf_printf(&en, "the file lacks declared columns (taken as NULL): %s", list.ptr);
    sw_batch_warning_put(j, "missing_columns", (int64_t)m->nmissing, zh.ptr, en.ptr);
  }
  sw_buf_clear(&list), sw_buf_clear(&zh), sw_buf_clear(&en);
  if (m->nextra) {
    list_names(m->extra, m->nextra, &list);
    sw_buf_printf(&zh, "文件中有未声明的列（未收取）：%s", list.ptr);
    sw_buf_printf(&en, "the file has columns that are not declared (left out): %s", list.ptr);
    sw_batch_warning_put(j, "extra_columns", (int64_t)m->nextra, zh.ptr, en.ptr);
  }
}
