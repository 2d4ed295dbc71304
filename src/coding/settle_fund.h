/* The fund of a pool: how much there is to pay, by year and month (区域总额预算).
 *
 * A pool's year is settled on its own: monthly payments first, clearing at the year's end. Where the money is told:
 *   budget     the year's, and perhaps single months', amounts as a table (CSV: pool,year,month,fund; yuan)
 *   fund       one amount for every year, in the pack
 *   growth     the year before, at a month's average, times 1 + growth: how insurers set a global budget; the first year of
 *              the data has no year before and takes `share` of its own cost
 *   share      a share of the cases' cost: a stand-in where no budget is known
 * A year of which the data cover some months only has those months' parts of its fund: a year's amount is spread evenly over
 * the months that have none of their own. Amounts include the patients' own shares. Pure, but for reading the table. */
#ifndef SW_CODING_SETTLE_FUND_H
#define SW_CODING_SETTLE_FUND_H

#include "base/arena.h"

typedef struct sw_settle_budget {
  const char *pool;
  int32_t year, month; /* month 0: the whole year */
  int64_t fund_fen;
} sw_settle_budget;

typedef struct sw_settle_pool {
  const char *key;     /* value of the column pool; "*": all cases that no other pool takes */
  int64_t fund_fen;    /* of a year; -1: by budget, growth or share */
  int32_t share_e4;    /* of the cost, where nothing else is told; 0 means 10 000 */
  int32_t growth_e4;   /* over the year before, when `grows` */
  bool grows;
} sw_settle_pool;

typedef struct sw_settle_year {
  int32_t year;        /* 0: the cases have no months: one settlement of all */
  int first, last;     /* months that the data cover, 1..12 */
  int64_t cost_fen;    /* of the pool's cases of these months */
  int64_t before_fen;  /* fund of the year before; -1: there was none */
  int before_months;   /* that it covered */
} sw_settle_year;

/* The fund by month (parts[1..12]; with year 0 all in parts[1]); the sum is the year's fund. */
SW_CHECKED sw_status sw_settle_fund(const sw_settle_pool *pool, const sw_settle_year *y, const sw_settle_budget *budgets, size_t nbudgets,
                                    int64_t parts[13], int64_t *sum, sw_error *err);

/* Reads the table; lines that are no budget are an error with file and line. Everything lives in the arena. */
SW_CHECKED sw_status sw_settle_budget_read(const char *path, sw_arena *a, sw_settle_budget **out, size_t *n, sw_error *err);

#endif
