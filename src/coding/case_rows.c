#include "coding/case_rows.h"

#include "coding/case_file.h"

#include <stdlib.h>

static const char *const names[SW_CASE_COLUMNS] = {"_row",     "_org",           "org_code",   "case_no",   "sex",  "age_years", "age_days", "weight_g",
                                                   "los_days", "discharge_mode", "ventilator", "icu_hours", "cost", "dx",        "pr"};

sw_status sw_case_rows_init(sw_case_rows *r, const sw_rows *rows, sw_error *err) {
  *r = (sw_case_rows){.rows = rows, .codes = malloc(2 * SW_CASE_MAX_CODES * sizeof(sw_str))};
  if (!r->codes) return SW_FAIL(err, SW_E_NOMEM, "SW-GRP-0002", "内存不足", "out of memory");
  for (int f = 0; f < SW_CASE_COLUMNS; ++f) {
    r->at[f] = -1;
    for (size_t i = 0; i < sw_rows_ncolumns(rows); ++i)
      if (strcmp(sw_rows_name(rows, i), names[f]) == 0) r->at[f] = (int)i;
  }
  return SW_OK;
}

void sw_case_rows_fini(sw_case_rows *r) {
  free(r->codes);
  r->codes = NULL;
}

bool sw_case_rows_has(const sw_case_rows *r, sw_case_column f) {
  return r->at[f] >= 0 && !sw_rows_is_null(r->rows, (size_t)r->at[f]);
}

sw_str sw_case_rows_text(const sw_case_rows *r, sw_case_column f) {
  return sw_case_rows_has(r, f) ? sw_rows_str(r->rows, (size_t)r->at[f]) : (sw_str){NULL, 0};
}

static bool is_text(const sw_case_rows *r, sw_case_column f) {
  return sw_case_rows_has(r, f) && sw_rows_type(r->rows, (size_t)r->at[f]).id == SW_TYPE_STR;
}

/* A number that may be delivered as text. */
static int32_t number(const sw_case_rows *r, sw_case_column f) {
  if (!sw_case_rows_has(r, f)) return SW_UNKNOWN;
  int64_t v = 0;
  if (is_text(r, f)) {
    if (!sw_str_to_i64(sw_str_trim(sw_case_rows_text(r, f)), &v)) return SW_UNKNOWN;
  } else {
    v = sw_rows_i64(r->rows, (size_t)r->at[f]);
  }
  return v > INT32_MAX || v <= INT32_MIN ? SW_UNKNOWN : (int32_t)v;
}

/* "1/13/24" (days/hours/minutes) or whole hours. */
static int32_t ventilator_hours(const sw_case_rows *r) {
  if (!is_text(r, SW_CASE_VENT)) return number(r, SW_CASE_VENT);
  sw_str s = sw_str_trim(sw_case_rows_text(r, SW_CASE_VENT));
  const char *slash = s.len ? memchr(s.ptr, '/', s.len) : NULL;
  int64_t days = 0, hours = 0;
  if (!slash) return number(r, SW_CASE_VENT);
  size_t head = (size_t)(slash - s.ptr);
  sw_str rest = sw_str_sub(s, head + 1, s.len);
  const char *second = rest.len ? memchr(rest.ptr, '/', rest.len) : NULL;
  if (second) rest.len = (size_t)(second - rest.ptr);
  if (!sw_str_to_i64(sw_str_sub(s, 0, head), &days) || !sw_str_to_i64(rest, &hours)) return SW_UNKNOWN;
  if (days < 0 || days > 10000 || hours < 0 || hours > 10000) return SW_UNKNOWN;
  return (int32_t)(days * 24 + hours);
}

void sw_case_rows_take(sw_case_rows *r, sw_drg_case *c) {
  bool more = false;
  *c = (sw_drg_case)SW_DRG_CASE_INIT;
  c->sex = is_text(r, SW_CASE_SEX) ? sw_case_sex(sw_case_rows_text(r, SW_CASE_SEX)) : number(r, SW_CASE_SEX);
  c->age_years = number(r, SW_CASE_AGE);
  c->age_days = number(r, SW_CASE_DAYS);
  c->weight_g = number(r, SW_CASE_WEIGHT);
  c->los_days = number(r, SW_CASE_LOS);
  c->discharge_mode = number(r, SW_CASE_MODE);
  c->vent_hours = ventilator_hours(r);
  c->icu_hours = number(r, SW_CASE_ICU);
  c->cost_fen = sw_case_rows_has(r, SW_CASE_COST) ? sw_rows_decimal(r->rows, (size_t)r->at[SW_CASE_COST], 2) : 0;
  c->dx = r->codes;
  c->pr = r->codes + SW_CASE_MAX_CODES;
  c->ndx = sw_case_split_codes(sw_case_rows_text(r, SW_CASE_DX), r->codes, SW_CASE_MAX_CODES, &more);
  c->npr = sw_case_split_codes(sw_case_rows_text(r, SW_CASE_PR), r->codes + SW_CASE_MAX_CODES, SW_CASE_MAX_CODES, &more);
}
