#include "intake/table.h"

#include "base/date.h"

static const char *const FORMATS[] = {"", "delimited", "ndjson", "parquet", "xlsx", "dbf"};

const char *sw_file_format_name(sw_file_format f) { return FORMATS[f]; }

bool sw_file_format_parse(sw_str name, sw_file_format *out) {
  *out = SW_FORMAT_DETECT;
  if (!name.len || sw_str_ieq(name, SW_LIT("auto"))) return true;
  if (sw_str_ieq(name, SW_LIT("csv")) || sw_str_ieq(name, SW_LIT("tsv"))) return *out = SW_FORMAT_DELIMITED, true;
  for (int f = SW_FORMAT_DELIMITED; f <= SW_FORMAT_DBF; f++)
    if (sw_str_ieq(name, sw_str_of(FORMATS[f]))) return *out = (sw_file_format)f, true;
  return false;
}

static bool valid_pattern(const char *p) {
  bool day = false;
  for (; *p; p++) {
    if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')) {
      if (!strchr("yMdHmsT", *p)) return false;
      day |= *p == 'y' || *p == 'd';
    }
  }
  return day;
}

bool sw_value_format_parse(const char *text, sw_column_spec *c) {
  sw_str s = sw_str_of(text);
  c->pattern = NULL;
  c->epoch = 0;
  if (!s.len || sw_str_ieq(s, SW_LIT("auto"))) c->format = SW_FORMAT_AUTO;
  else if (sw_str_ieq(s, SW_LIT("horolog"))) c->format = SW_FORMAT_HOROLOG;
  else if (sw_str_ieq(s, SW_LIT("excel"))) c->format = SW_FORMAT_EXCEL;
  else if (sw_str_ieq(s, SW_LIT("fen"))) c->format = SW_FORMAT_FEN;
  else if (sw_str_starts(s, SW_LIT("days:"))) {
    c->format = SW_FORMAT_DAYS;
    return sw_parse_date(sw_str_sub(s, 5, s.len), &c->epoch);
  } else if (valid_pattern(text)) {
    c->format = SW_FORMAT_PATTERN;
    c->pattern = text;
  } else {
    return false;
  }
  return true;
}

const char *const *sw_column_spec_problem(const sw_column_spec *c) {
  static const char *const TYPE[] = {"此类型不能用于原始表", "this type cannot be used in a table as delivered"};
  static const char *const WIDTH[] = {"DECIMAL 的位数须在 1 到 18 之间，小数位不多于位数", "DECIMAL takes 1 to 18 digits, and no more places than digits"};
  static const char *const FORMAT[] = {"格式与类型不符", "the format does not suit the type"};
  bool dated = c->type.id == SW_TYPE_DATE || c->type.id == SW_TYPE_TIMESTAMP;
  switch (c->format) {
  case SW_FORMAT_AUTO: break;
  case SW_FORMAT_PATTERN:
  case SW_FORMAT_DAYS:
  case SW_FORMAT_HOROLOG:
  case SW_FORMAT_EXCEL:
    if (!dated) return FORMAT;
    break;
  case SW_FORMAT_FEN:
    if (c->type.id != SW_TYPE_DECIMAL || c->type.scale < 2) return FORMAT;
    break;
  }
  if (c->type.id == SW_TYPE_DECIMAL)
    return c->type.width >= 1 && c->type.width <= 18 && c->type.scale <= c->type.width ? NULL : WIDTH;
  bool scalar = c->type.id == SW_TYPE_STR || c->type.id == SW_TYPE_BOOL || c->type.id == SW_TYPE_I32 || c->type.id == SW_TYPE_I64 ||
                c->type.id == SW_TYPE_F64 || c->type.id == SW_TYPE_TIME || dated;
  return scalar ? NULL : TYPE;
}
