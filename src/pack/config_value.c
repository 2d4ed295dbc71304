/* Single values by type: text → C value, with the limits of the key. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pack/config_value.h"

#include "base/date.h"
#include "base/utf8.h"

#include <pcre2.h>

bool sw_is_ident(sw_str s) {
  if (s.len == 0 || s.len > 128) return false;
  for (size_t i = 0; i < s.len;) {
    uint32_t c;
    size_t n = sw_utf8_decode(s.ptr + i, s.len - i, &c);
    if (n == 0) return false;
    bool letter = c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x3400;
    if (!letter && !(i > 0 && c >= '0' && c <= '9')) return false;
    i += n;
  }
  return true;
}

static bool is_table(sw_str s) {
  ptrdiff_t dot = sw_str_find(s, SW_LIT("."));
  return dot > 0 && sw_is_ident(sw_str_sub(s, 0, (size_t)dot)) && sw_is_ident(sw_str_sub(s, (size_t)dot + 1, s.len));
}

/* Ids: what may stand in a file name and a command line without quoting, Chinese included. */
static bool is_id(sw_str s) {
  if (s.len == 0 || s.len > 200) return false;
  for (size_t i = 0; i < s.len;) {
    uint32_t c;
    size_t n = sw_utf8_decode(s.ptr + i, s.len - i, &c);
    if (n == 0) return false;
    bool fine = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x3400 ||
                (c < 0x80 && c && strchr("_-./:", (int)c));
    if (!fine) return false;
    i += n;
  }
  return true;
}

typedef struct unit {
  const char *name;
  int64_t factor;
} unit;

/* A sum of <whole number><unit>; with `bare` set, a number without unit is taken by that factor. */
static bool parse_units(sw_str s, const unit *units, int64_t bare, bool sum, int64_t *out) {
  int64_t total = 0;
  size_t i = 0;
  if (s.len == 0) return false;
  do {
    size_t from = i;
    while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9') i++;
    int64_t n;
    if (!sw_str_to_i64(sw_str_sub(s, from, i - from), &n)) return false;
    size_t u = i;
    while (i < s.len && (s.ptr[i] < '0' || s.ptr[i] > '9')) i++;
    sw_str name = sw_str_trim(sw_str_sub(s, u, i - u));
    int64_t factor = name.len == 0 && from == 0 && i == s.len ? bare : 0;
    for (const unit *x = units; x->name && !factor; x++)
      if (sw_str_ieq(name, sw_str_of(x->name))) factor = x->factor;
    if (!factor || __builtin_mul_overflow(n, factor, &n) || __builtin_add_overflow(total, n, &total)) return false;
  } while (sum && i < s.len);
  *out = total;
  return i == s.len;
}

bool sw_parse_duration(sw_str s, int64_t *us) {
  static const unit units[] = {{"us", 1},           {"ms", 1000},           {"s", 1000000},        {"m", 60000000},
                               {"min", 60000000},   {"h", 3600000000},      {"d", SW_US_PER_DAY},  {"w", 7 * SW_US_PER_DAY},
                               {NULL, 0}};
  s = sw_str_trim(s);
  if (sw_str_eqz(s, "0")) {
    *us = 0;
    return true;
  }
  return parse_units(s, units, 0, true, us);
}

bool sw_parse_size(sw_str s, int64_t *bytes) {
  static const unit units[] = {{"b", 1},
                               {"kb", 1000},
                               {"mb", 1000000},
                               {"gb", 1000000000},
                               {"tb", 1000000000000},
                               {"kib", 1 << 10},
                               {"mib", 1 << 20},
                               {"gib", 1 << 30},
                               {"tib", INT64_C(1) << 40},
                               {"k", 1 << 10},
                               {"m", 1 << 20},
                               {"g", 1 << 30},
                               {NULL, 0}};
  return parse_units(sw_str_trim(s), units, 1, false, bytes);
}

/* --- checks that add problems ------------------------------------------------------------------------ */

static bool not_a(const sw_config_key *key, const sw_node *n, const sw_config_ctx *ctx) {
  sw_str shown = sw_utf8_clip(n->text, 60);
  sw_problem_add(ctx->problems, n->at, "SW-PACK-0022", "%s 应是%s%.0s，写的是“%.*s”", "%s must be %.0s%s, not \"%.*s\"", key->name,
                 sw_config_type_name(key->type, SW_LANG_ZH), sw_config_type_name(key->type, SW_LANG_EN), SW_STR_ARG(shown));
  return false;
}

static bool in_limits(const sw_config_key *key, const sw_node *n, double v, const sw_config_ctx *ctx) {
  if (key->min == 0 && key->max == 0) return true;
  bool open = key->max == 0 && key->min != 0; /* only a least value */
  if (v >= key->min && (open || v <= key->max)) return true;
  if (open)
    sw_problem_add(ctx->problems, n->at, "SW-PACK-0023", "%s 至少是 %g，写的是 %g", "%s must be at least %g, not %g", key->name, key->min, v);
  else
    sw_problem_add(ctx->problems, n->at, "SW-PACK-0023", "%s 应在 %g 与 %g 之间，写的是 %g", "%s must be between %g and %g, not %g", key->name,
                   key->min, key->max, v);
  return false;
}

static bool parse_enum(const sw_config_key *key, const sw_node *n, const sw_config_ctx *ctx, int *out) {
  sw_suggest s;
  char zh[160], en[160];
  sw_suggest_start(&s, n->text);
  SW_AUTO(sw_buf) all = SW_BUF_INIT;
  for (const sw_config_enum *e = key->values; e->name; e++) {
    if (sw_str_ieq(n->text, sw_str_of(e->name))) {
      *out = e->value;
      return true;
    }
    sw_suggest_offer(&s, sw_str_of(e->name));
    sw_buf_printf(&all, "%s%s", all.len ? ", " : "", e->name);
  }
  sw_str shown = sw_utf8_clip(n->text, 60);
  sw_problem_add(ctx->problems, n->at, "SW-PACK-0025", "%s 不能是“%.*s”%s%.0s（可选：%s）", "%s cannot be \"%.*s\"%.0s%s (one of: %s)", key->name,
                 SW_STR_ARG(shown), sw_suggest_zh(&s, zh), sw_suggest_en(&s, en), all.ptr);
  return false;
}

static bool parse_bool(sw_str s, bool *out) {
  static const char *const yes[] = {"true", "yes", "on", "是"}, *const no[] = {"false", "no", "off", "否"};
  for (size_t i = 0; i < 4; i++) {
    if (sw_str_ieq(s, sw_str_of(yes[i]))) return *out = true, true;
    if (sw_str_ieq(s, sw_str_of(no[i]))) return *out = false, true;
  }
  return false;
}

static bool parse_regex(const sw_config_key *key, const sw_node *n, const sw_config_ctx *ctx, sw_str *out) {
  int code;
  PCRE2_SIZE offset;
  pcre2_code *re = pcre2_compile((PCRE2_SPTR)n->text.ptr, n->text.len, PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &offset, NULL);
  if (!re) {
    PCRE2_UCHAR why[120];
    if (pcre2_get_error_message(code, why, sizeof why) < 0) why[0] = 0;
    sw_problem_add(ctx->problems, sw_node_place_of(n, offset), "SW-PACK-0026", "%s 不是有效的正则表达式：%s",
                   "%s is not a valid regular expression: %s", key->name, (const char *)why);
    return false;
  }
  pcre2_code_free(re);
  *out = n->text;
  return true;
}

static bool parse_name(const sw_config_key *key, const sw_node *n, const sw_config_ctx *ctx, sw_ref *out) {
  bool ok = key->type == SW_CFG_IDENT ? sw_is_ident(n->text) : key->type == SW_CFG_TABLE ? is_table(n->text) : is_id(n->text);
  if (!ok) return not_a(key, n, ctx);
  *out = (sw_ref){n->text, n->at};
  if (key->refers && ctx->on_ref) ctx->on_ref(ctx->user, &(sw_config_ref){key->refers, *out});
  return true;
}

static bool parse_length(const sw_config_key *key, const sw_node *n, const sw_config_ctx *ctx) {
  if ((key->min == 0 && key->max == 0) || key->shape != SW_CFG_ONE) return true;
  double len = (double)sw_utf8_count(n->text);
  if (len >= key->min && (key->max == 0 || len <= key->max)) return true;
  sw_problem_add(ctx->problems, n->at, "SW-PACK-0023", "%s 的长度应在 %g 与 %g 个字符之间，现为 %g", "%s must have %g to %g characters, not %g",
                 key->name, key->min, key->max, len);
  return false;
}

static bool parse_i64(const sw_config_key *key, const sw_node *n, const sw_config_ctx *ctx, int64_t *out) {
  sw_str s = n->text;
  bool ok = false, limits = true;
  switch ((int)key->type) {
    case SW_CFG_INT: ok = sw_str_to_i64(s, out); break;
    case SW_CFG_SIZE: ok = sw_parse_size(s, out); break;
    case SW_CFG_DURATION: ok = sw_parse_duration(s, out), limits = false; break;
    case SW_CFG_TIME: ok = sw_parse_time(s, out), limits = false; break;
    case SW_CFG_MONEY: ok = sw_str_to_decimal(s, 2, out), limits = false; break;
    default: break;
  }
  if (!ok) return not_a(key, n, ctx);
  return !limits || in_limits(key, n, (double)*out, ctx);
}

bool sw_config_scalar(const sw_config_key *key, const sw_node *n, const sw_config_ctx *ctx, void *field) {
  if (n->kind != SW_NODE_SCALAR) return not_a(key, n, ctx);
  switch (key->type) {
    case SW_CFG_STR: *(sw_str *)field = n->text; return parse_length(key, n, ctx);
    case SW_CFG_REGEX: return parse_regex(key, n, ctx, field);
    case SW_CFG_INT:
    case SW_CFG_SIZE:
    case SW_CFG_DURATION:
    case SW_CFG_TIME:
    case SW_CFG_MONEY: return parse_i64(key, n, ctx, field);
    case SW_CFG_NUM:
      if (!sw_str_to_f64(n->text, field)) return not_a(key, n, ctx);
      return in_limits(key, n, *(double *)field, ctx);
    case SW_CFG_BOOL: return parse_bool(n->text, field) || not_a(key, n, ctx);
    case SW_CFG_ENUM: return parse_enum(key, n, ctx, field);
    case SW_CFG_DATE: return sw_parse_date(n->text, field) || not_a(key, n, ctx);
    case SW_CFG_IDENT:
    case SW_CFG_TABLE:
    case SW_CFG_REF: return parse_name(key, n, ctx, field);
    case SW_CFG_TEXT: *(sw_text *)field = (sw_text){n->text, n->text}; return true;
    case SW_CFG_SQL: *(sw_config_sqltext *)field = (sw_config_sqltext){n->text, n}; return true;
    case SW_CFG_MAP:
    case SW_CFG_NODE: return not_a(key, n, ctx);
  }
  return false;
}
