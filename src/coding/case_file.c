#include "coding/case_file.h"

#include <stdlib.h>

static bool blank(char c) { return c == ' ' || c == '\t'; }

size_t sw_case_split_codes(sw_str list, sw_str *out, size_t cap, bool *more) {
  size_t n = 0;
  if (list.len == 0) return 0;
  const char *p = list.ptr, *end = list.ptr + list.len;
  for (;;) {
    const char *begin = p;
    while (p < end && *p != '|' && *p != ';') ++p;
    const char *stop = p;
    while (begin < stop && blank(*begin)) ++begin;
    while (stop > begin && blank(stop[-1])) --stop;
    if (stop > begin || n == 0) {
      if (n == cap) {
        *more = true;
        return n;
      }
      out[n++] = (sw_str){begin, (size_t)(stop - begin)};
    }
    if (p == end) return n;
    ++p;
  }
}

/* A whole number, its fraction cut off ("45.0"); anything else is unknown. */
static int32_t whole(sw_str s) {
  if (s.len == 0) return SW_UNKNOWN;
  const char *p = s.ptr, *end = s.ptr + s.len;
  while (p < end && blank(*p)) ++p;
  while (end > p && blank(end[-1])) --end;
  bool minus = p < end && *p == '-';
  p += minus;
  if (p == end || *p < '0' || *p > '9') return SW_UNKNOWN;
  int64_t v = 0;
  for (; p < end && *p >= '0' && *p <= '9'; ++p) {
    v = v * 10 + (*p - '0');
    if (v > 1000000000) return SW_UNKNOWN;
  }
  if (p < end && *p != '.') return SW_UNKNOWN;
  return (int32_t)(minus ? -v : v);
}

int32_t sw_case_sex(sw_str s) {
  s = sw_str_trim(s);
  if (s.len == 1 && s.ptr[0] >= '0' && s.ptr[0] <= '9') return s.ptr[0] - '0';
  if (sw_str_eqz(s, "男") || sw_str_ieq(s, SW_LIT("m")) || sw_str_ieq(s, SW_LIT("male"))) return 1;
  if (sw_str_eqz(s, "女") || sw_str_ieq(s, SW_LIT("f")) || sw_str_ieq(s, SW_LIT("female"))) return 2;
  return whole(s);
}

sw_status sw_case_file_open(const char *path, sw_case_file *f, sw_error *err) {
  *f = (sw_case_file){0};
  sw_status s = sw_csv_in_open(path, &f->csv, err);
  if (s) return s;
  static const char *const ids[] = {"id", "case_no", "case_id", NULL};
  static const char *const sexes[] = {"sex", "gender", NULL};
  static const char *const ages[] = {"age_years", "age", NULL};
  static const char *const weights[] = {"weight_g", "weight", "birth_weight", NULL};
  static const char *const stays[] = {"los_days", "los", "inpatient_days", NULL};
  static const char *const modes[] = {"discharge_mode", "discharge_way", "leave_type", NULL};
  static const char *const vents[] = {"vent_hours", "ventilator_hours", NULL};
  static const char *const costs[] = {"cost", "cost_yuan", "total_cost", NULL};
  static const char *const dxs[] = {"dx_list_principal_first", "dx_list", "diagnoses", NULL};
  static const char *const prs[] = {"proc_list_main_first", "proc_list", "procedures", NULL};
  static const char *const orgs[] = {"hospital", "org_code", NULL};
  static const char *const months[] = {"month", "year_month", NULL};
  f->id = sw_csv_in_column_of(f->csv, ids);
  f->sex = sw_csv_in_column_of(f->csv, sexes);
  f->age_years = sw_csv_in_column_of(f->csv, ages);
  f->age_days = sw_csv_in_column(f->csv, "age_days");
  f->weight = sw_csv_in_column_of(f->csv, weights);
  f->los = sw_csv_in_column_of(f->csv, stays);
  f->discharge = sw_csv_in_column_of(f->csv, modes);
  f->vent = sw_csv_in_column_of(f->csv, vents);
  f->icu = sw_csv_in_column(f->csv, "icu_hours");
  f->cost = sw_csv_in_column_of(f->csv, costs);
  f->dx = sw_csv_in_column_of(f->csv, dxs);
  f->pr = sw_csv_in_column_of(f->csv, prs);
  f->hospital = sw_csv_in_column_of(f->csv, orgs);
  f->month = sw_csv_in_column_of(f->csv, months);
  if (f->dx < 0) {
    s = SW_FAIL(err, SW_E_DATA, "SW-GRP-0001", "没有诊断列（dx_list_principal_first）",
                "there is no column of diagnoses (dx_list_principal_first)");
    (void)sw_error_at(err, path, 1, 0);
  }
  f->codes = malloc(2 * SW_CASE_MAX_CODES * sizeof *f->codes);
  if (!s && !f->codes) s = SW_FAIL(err, SW_E_NOMEM, "SW-GRP-0002", "内存不足", "out of memory");
  if (s) sw_case_file_close(f);
  return s;
}

void sw_case_file_close(sw_case_file *f) {
  sw_csv_in_close(f->csv);
  free(f->codes);
  *f = (sw_case_file){0};
}

static int64_t cost_of(sw_str s) {
  int64_t fen = 0;
  return sw_str_to_decimal(sw_str_trim(s), 2, &fen) ? fen : 0;
}

sw_step sw_case_file_next(sw_case_file *f, sw_drg_case *out, sw_str *id, sw_error *err) {
  sw_step step = sw_csv_in_next(f->csv, err);
  if (step != SW_ROW) return step;
  const sw_csv_in *c = f->csv;
  f->truncated = false;
  *id = sw_csv_in_get(c, f->id);
  out->dx = f->codes;
  out->ndx = sw_case_split_codes(sw_csv_in_get(c, f->dx), f->codes, SW_CASE_MAX_CODES, &f->truncated);
  out->pr = f->codes + SW_CASE_MAX_CODES;
  out->npr = sw_case_split_codes(sw_csv_in_get(c, f->pr), f->codes + SW_CASE_MAX_CODES, SW_CASE_MAX_CODES, &f->truncated);
  out->sex = sw_case_sex(sw_csv_in_get(c, f->sex));
  out->age_years = whole(sw_csv_in_get(c, f->age_years));
  out->age_days = whole(sw_csv_in_get(c, f->age_days));
  out->weight_g = whole(sw_csv_in_get(c, f->weight));
  out->los_days = whole(sw_csv_in_get(c, f->los));
  out->discharge_mode = whole(sw_csv_in_get(c, f->discharge));
  out->vent_hours = whole(sw_csv_in_get(c, f->vent));
  out->icu_hours = whole(sw_csv_in_get(c, f->icu));
  out->cost_fen = f->cost < 0 ? 0 : cost_of(sw_csv_in_get(c, f->cost));
  return SW_ROW;
}
