#include "coding/settle_fund.h"

#include "coding/csv_in.h"
#include "medic/settle.h"

static const sw_settle_budget *told(const sw_settle_pool *p, int32_t year, int month, const sw_settle_budget *b, size_t n) {
  for (size_t i = 0; i < n; ++i)
    if (b[i].year == year && b[i].month == month && strcmp(b[i].pool, p->key) == 0) return &b[i];
  return NULL;
}

/* What a whole year would have, -1 where only months are told. */
static int64_t whole_year(const sw_settle_pool *p, const sw_settle_year *y, const sw_settle_budget *budgets, size_t n) {
  const sw_settle_budget *b = told(p, y->year, 0, budgets, n);
  if (b) return b->fund_fen;
  for (int m = 1; m <= 12; ++m)
    if (told(p, y->year, m, budgets, n)) return -1;
  if (p->fund_fen >= 0) return p->fund_fen;
  int months = y->last - y->first + 1;
  if (p->grows && y->before_fen >= 0 && y->before_months > 0)
    return sw_muldiv(sw_muldiv(y->before_fen, 12, y->before_months), 10000 + p->growth_e4, 10000);
  int64_t own = sw_muldiv(y->cost_fen, p->share_e4 > 0 ? p->share_e4 : 10000, 10000);
  return months == 12 ? own : sw_muldiv(own, 12, months);
}

static bool by_cost(const sw_settle_pool *p, const sw_settle_year *y) { return p->fund_fen < 0 && !(p->grows && y->before_fen >= 0); }

sw_status sw_settle_fund(const sw_settle_pool *p, const sw_settle_year *y, const sw_settle_budget *budgets, size_t nbudgets, int64_t parts[13],
                         int64_t *sum, sw_error *err) {
  memset(parts, 0, 13 * sizeof *parts);
  *sum = 0;
  int64_t own = sw_muldiv(y->cost_fen, p->share_e4 > 0 ? p->share_e4 : 10000, 10000);
  if (y->year == 0) {
    *sum = parts[1] = p->fund_fen >= 0 ? p->fund_fen : own;
    return SW_OK;
  }
  int64_t year = whole_year(p, y, budgets, nbudgets), weights[12], shares[12], rest = 0;
  bool any = told(p, y->year, 0, budgets, nbudgets) != NULL, some = false;
  for (int m = 1; m <= 12; ++m) {
    const sw_settle_budget *b = told(p, y->year, m, budgets, nbudgets);
    some |= b != NULL;
    weights[m - 1] = b ? 0 : 1;
    parts[m] = b ? b->fund_fen : 0;
    if (b && year >= 0) year -= b->fund_fen;
  }
  /* A share of the cost is a share of what was spent in these months, to the fen, not of a year made up from them. */
  bool cost = !any && !some && by_cost(p, y);
  if (cost) {
    year = own;
    for (int m = 1; m <= 12; ++m) weights[m - 1] = m >= y->first && m <= y->last;
  }
  if (year < 0) year = 0;
  sw_status s = sw_settle_allocate(year, weights, 12, shares, &rest, err);
  for (int m = 1; !s && m <= 12; ++m) {
    parts[m] += shares[m - 1];
    if (m < y->first || m > y->last) parts[m] = 0;
    if (__builtin_add_overflow(*sum, parts[m], sum))
      return SW_FAIL(err, SW_E_LIMIT, "SW-SET-0004", "基金金额过大", "the fund is too large");
  }
  return s;
}

static sw_status bad_line(const sw_csv_in *in, sw_error *err) {
  (void)SW_FAIL(err, SW_E_DATA, "SW-SET-0005", "不是预算行：应有 pool、year（四位）、month（空或 1–12）和 fund（元）",
                "not a line of a budget: pool, year (four digits), month (empty or 1-12) and fund (yuan) are expected");
  return sw_error_at(err, in->path, in->line, 0);
}

static sw_status take_lines(sw_csv_in *in, sw_arena *a, sw_settle_budget **out, size_t *n, sw_error *err) {
  int at[4] = {sw_csv_in_column(in, "pool"), sw_csv_in_column(in, "year"), sw_csv_in_column(in, "month"), sw_csv_in_column(in, "fund")};
  if (at[0] < 0 || at[1] < 0 || at[3] < 0) return bad_line(in, err);
  size_t cap = 0;
  sw_step step;
  while ((step = sw_csv_in_next(in, err)) == SW_ROW) {
    sw_str v[4];
    int64_t year = 0, month = 0, fund = 0;
    for (int i = 0; i < 4; ++i) v[i] = sw_str_trim(sw_csv_in_get(in, at[i]));
    if (in->broken || v[0].len == 0 || !sw_str_to_i64(v[1], &year) || year < 1900 || year > 9999 ||
        (v[2].len && (!sw_str_to_i64(v[2], &month) || month < 0 || month > 12)) || !sw_str_to_decimal(v[3], 2, &fund) || fund < 0)
      return bad_line(in, err);
    if (*n == cap) {
      sw_settle_budget *more = SW_ARENA_ARRAY(a, sw_settle_budget, cap = cap ? 2 * cap : 64);
      if (!more) return sw_arena_check(a, err);
      if (*n) memcpy(more, *out, *n * sizeof *more);
      *out = more;
    }
    (*out)[(*n)++] = (sw_settle_budget){sw_arena_dupz(a, v[0]), (int32_t)year, (int32_t)month, fund};
  }
  if (step == SW_STEP_ERROR) return err ? err->status : SW_E_IO;
  return sw_arena_check(a, err);
}

sw_status sw_settle_budget_read(const char *path, sw_arena *a, sw_settle_budget **out, size_t *n, sw_error *err) {
  sw_csv_in *in = NULL;
  *out = NULL;
  *n = 0;
  sw_status s = sw_csv_in_open(path, &in, err);
  if (!s) s = take_lines(in, a, out, n, err);
  sw_csv_in_close(in);
  return s ? SW_FRAME(err, "读取基金预算 %s", "reading the budget %s", path) : SW_OK;
}
