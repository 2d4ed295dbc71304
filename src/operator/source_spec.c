#include "operator/source_spec.h"

static const char **texts(sw_arena *a, const sw_config_list *list, size_t *n) {
  const char **out = SW_ARENA_ARRAY(a, const char *, list->n + 1);
  *n = out ? list->n : 0;
  for (size_t i = 0; i < *n; i++) out[i] = sw_arena_dupz(a, *SW_ITEM(sw_str, *list, i));
  return out;
}

static sw_type type_of(const sw_source_column_def *c) {
  switch ((sw_col_type)c->type) {
    case SW_COL_AUTO:
    case SW_COL_STRING: return SW_T_STR;
    case SW_COL_INT: return SW_T_I64;
    case SW_COL_DECIMAL:
      return SW_T_DECIMAL((uint8_t)(c->precision > 0 && c->precision <= 18 ? c->precision : 18), (uint8_t)(c->scale > 0 ? c->scale : 0));
    case SW_COL_DOUBLE: return SW_T_F64;
    case SW_COL_BOOL: return SW_T_BOOL;
    case SW_COL_DATE: return SW_T_DATE;
    case SW_COL_TIME: return SW_T_TIME;
    case SW_COL_DATETIME: return SW_T_TIMESTAMP;
    case SW_COL_MONEY: return SW_T_MONEY;
  }
  return SW_T_STR;
}

static sw_status make_column(const sw_source_column_def *d, sw_arena *a, sw_column_spec *c, sw_error *err) {
  *c = (sw_column_spec){.name = sw_arena_dupz(a, d->name.name), .type = type_of(d), .required = d->required};
  c->aliases = texts(a, &d->aliases, &c->naliases);
  char *format = sw_arena_dupz(a, d->format);
  if (!c->name || !c->aliases || !format) return sw_arena_check(a, err);
  if (!sw_value_format_parse(format, c)) {
    sw_status s = SW_FAIL(err, SW_E_CONFIG, "SW-OP-0025", "列 %s 的 format %s 不认识；可写 yyyy-MM-dd 一类的样式、days:1840-12-31、horolog、excel、fen",
                          "the format of column %s, %s, is unknown; write a pattern like yyyy-MM-dd, days:1840-12-31, horolog, excel or fen", c->name, format);
    return sw_error_at(err, d->at.file, d->at.line, d->at.column), s;
  }
  const char *const *problem = sw_column_spec_problem(c);
  if (!problem) return SW_OK;
  sw_status s = SW_FAIL(err, SW_E_CONFIG, "SW-OP-0026", "列 %s：%s", "column %s: %s", c->name, problem[SW_LANG_EN]);
  return sw_error_at(err, d->at.file, d->at.line, d->at.column), s;
}

static sw_tristate header_of(int header) {
  return header == SW_HEADER_YES ? SW_YES : header == SW_HEADER_NO ? SW_NO : SW_DETECT;
}

/* A key of the table's own form wins over the source's defaults, one by one. */
static sw_file_form merged_form(const sw_source_def *s, const sw_source_table_def *t) {
  sw_file_form f = t->form;
  const sw_file_form *d = &s->defaults;
  if (f.format == SW_SRC_AUTO) f.format = d->format;
  if (!f.encoding.len) f.encoding = d->encoding;
  if (!f.delimiter.len) f.delimiter = d->delimiter;
  if (!f.quote.len) f.quote = d->quote;
  if (f.header == SW_HEADER_AUTO) f.header = d->header;
  if (!f.has_nulls) f.nulls = d->nulls;
  if (!f.sheet.len) f.sheet = d->sheet;
  if (!f.skip_lines) f.skip_lines = d->skip_lines;
  if (!f.totals.n) f.totals = d->totals;
  return f;
}

int sw_source_format_of(const sw_source_def *s, const sw_source_table_def *t) {
  return t->odbc_table.len || t->odbc_query.len ? SW_SRC_ODBC : merged_form(s, t).format;
}

static sw_file_format file_format(int f) {
  switch ((sw_source_format)f) {
    case SW_SRC_CSV: return SW_FORMAT_DELIMITED;
    case SW_SRC_NDJSON: return SW_FORMAT_NDJSON;
    case SW_SRC_PARQUET: return SW_FORMAT_PARQUET;
    case SW_SRC_XLSX: return SW_FORMAT_XLSX;
    case SW_SRC_DBF: return SW_FORMAT_DBF;
    case SW_SRC_AUTO:
    case SW_SRC_ODBC: break;
  }
  return SW_FORMAT_DETECT;
}

static sw_status make_hints(const sw_source_table_def *t, const sw_file_form *f, sw_arena *a, sw_file_hints *h, sw_error *err) {
  *h = (sw_file_hints){.format = file_format(f->format), .delimiter = f->delimiter.len ? f->delimiter.ptr[0] : '\0',
                       .header = header_of(f->header), .skip_lines = f->skip_lines > 0 ? (int)f->skip_lines : 0};
  if (sw_str_eqz(f->delimiter, "\\t") || sw_str_eqz(f->delimiter, "tab")) h->delimiter = '\t';
  if (sw_str_eqz(f->quote, "none")) h->quoting = SW_NO;
  else if (f->quote.len) {
    h->quoting = SW_YES;
    h->quote = f->quote.ptr[0];
  }
  if (f->sheet.len && !(h->sheet = sw_arena_dupz(a, f->sheet))) return sw_arena_check(a, err);
  if (f->encoding.len && !sw_encoding_parse(f->encoding, &h->encoding)) {
    sw_status s = SW_FAIL(err, SW_E_CONFIG, "SW-OP-0027", "编码 %.*s 不认识；可写 utf-8、gb18030、utf-16le、utf-16be", "the encoding %.*s is unknown; write utf-8, gb18030, utf-16le or utf-16be", SW_STR_ARG(f->encoding));
    return sw_error_at(err, t->at.file, t->at.line, t->at.column), s;
  }
  return SW_OK;
}

static sw_status make_spec(const sw_source_def *s, const sw_source_table_def *t, sw_arena *a, sw_source_spec *out, sw_error *err) {
  sw_file_form form = merged_form(s, t);
  out->def = t;
  sw_column_spec *cols = SW_ARENA_ARRAY(a, sw_column_spec, t->columns.n + 1);
  /* Table names are written ods.x; intake names them x. */
  out->table = (sw_table_spec){.name = sw_arena_dupz(a, sw_str_sub(t->table.name, 4, t->table.name.len)), .columns = cols, .ncolumns = t->columns.n};
  out->table.nulls = texts(a, &form.nulls, &out->table.nnulls);
  out->table.totals = texts(a, &form.totals, &out->table.ntotals);
  out->table.strict = t->strict;
  for (size_t i = 0; t->org_column.name.len && i < t->columns.n; i++)
    if (sw_str_ieq(SW_ITEM(sw_source_column_def, t->columns, i)->name.name, t->org_column.name)) out->table.org_column = i + 1;
  if (!out->table.totals || !cols || !out->table.name || !out->table.nulls) return sw_arena_check(a, err);
  sw_status st = make_hints(t, &form, a, &out->hints, err);
  for (size_t i = 0; st == SW_OK && i < t->columns.n; i++) st = make_column(SW_ITEM(sw_source_column_def, t->columns, i), a, &cols[i], err);
  return st;
}

sw_status sw_source_specs_make(const sw_source_def *const *sources, size_t n, sw_arena *a, sw_source_specs *out, sw_error *err) {
  size_t total = 0;
  for (size_t i = 0; i < n; i++) total += sources[i]->tables.n;
  *out = (sw_source_specs){.items = SW_ARENA_ARRAY(a, sw_source_spec, total + 1)};
  if (!out->items) return sw_arena_check(a, err);
  sw_status s = SW_OK;
  for (size_t i = 0; s == SW_OK && i < n; i++)
    for (size_t k = 0; s == SW_OK && k < sources[i]->tables.n; k++)
      s = make_spec(sources[i], SW_ITEM(sw_source_table_def, sources[i]->tables, k), a, &out->items[out->n++], err);
  return s;
}

const sw_source_spec *sw_source_spec_of(const sw_source_specs *s, const sw_source_table_def *def) {
  for (size_t i = 0; i < s->n; i++)
    if (s->items[i].def == def) return &s->items[i];
  return NULL;
}
