/* Settlement of grouped cases: points or weights into payments that sum to the fund, to the fen.
 *
 * DIP: settled points by sw_settle_dip_points. DRG: each case's amount by weight × rate with the multiples of its band.
 * Each pool's year (the year of the column month) is settled on its own. Of its fund (coding/settle_fund.h) cases paid at cost
 * (no group, no points, long stays) and per-diem cases come first; the rest is split over the others by settled points (DRG: by
 * their amounts) with largest remainders. So a year's payments sum to its fund exactly. Should the first part alone exceed the
 * fund, the fund is split over it by amount and the others get nothing: counted as `overspent`.
 *
 * Monthly: a share of each month's part of the fund is paid in the same way on the month's cases; clearing = the year's payment
 * less that.
 *
 * Writes store.<physical>: _row, _org, org_code, case_no, pool, month, group_code, class, cost, points, ratio, deviation,
 * settled_points, paid, gain (= paid - cost), paid_monthly, clearing, special, factor (the deviation to eight decimals: DRG, what a
 * multiple makes of the standard), hospital_factor, auxiliary_factor, value and value_monthly (yuan of a settled point; DRG: of a unit
 * of weight). points × factor × hospital_factor × auxiliary_factor × value = paid, but for the fen of rounding.
 * And store.<physical>__fund: pool, year, month (NULL: the year), cases, fund, at_cost, points, value, paid, cost, gain.
 * Threads: that of the connection; memory: about 250 bytes a case. */
#ifndef SW_CODING_SETTLE_RUN_H
#define SW_CODING_SETTLE_RUN_H

#include "coding/settle_fund.h"
#include "engine/engine.h"
#include "medic/settle.h"

typedef struct sw_settle_day_rate {
  const char *group_prefix; /* groups that are paid by the day; NULL or "": any */
  const char *dept_prefix;  /* departments (national code) that are paid by the day: psychiatry, rehabilitation; NULL or "": any */
  int64_t day_fen;          /* 0: excluded from payment by group, not paid from this fund */
} sw_settle_day_rate;

typedef enum sw_settle_scheme { SW_SETTLE_BY_WEIGHT, SW_SETTLE_BY_POINTS } sw_settle_scheme; /* DRG, DIP */

typedef struct sw_settle_run_options {
  sw_settle_scheme scheme;
  const char *physical;
  const char *select;  /* cases, columns by name: _row, _org, org_code, case_no, pool, month, group_code, cost, points (weight or score),
                          mean_cost, hospital_factor, auxiliary_factor, los_days, dept; absent: unknown, pool "*" */
  const sw_settle_pool *pools; /* cases of no pool are not paid (excluded) */
  size_t npools;
  const sw_settle_budget *budgets;
  size_t nbudgets;
  int64_t rate_fen;    /* DRG: per unit of weight, for the multiples; 0: the fund over the total weight */
  const sw_settle_policy *policy;
  const sw_settle_day_rate *day_rates;
  size_t nday_rates;
  int32_t long_stay_days; /* stays longer than this are paid at cost; 0: 60; -1: none */
  int32_t monthly_e4;     /* share that is paid monthly; 0: 10 000 */
  int32_t special_e6;     /* share for individual review by institution; 0: DRG 50 000, DIP 5 000 */
  int32_t special_ratio_e4; /* least cost over payment; 0: 20 000 */
  const sw_cancel *cancel;
  const sw_events *events;
} sw_settle_run_options;

typedef struct sw_settle_run_counts {
  int64_t in, out;                       /* always equal */
  int64_t classes[SW_SETTLE_CLASSES];
  int64_t special;
  int64_t fund_fen, paid_fen, cost_fen;  /* paid = fund, unless a pool had no case to pay */
  int64_t unpaid_fen;                    /* fund - paid: funds of pools without any points */
  int64_t years;                         /* pools' years that were settled */
  int64_t overspent;                     /* pools' years whose at-cost cases exceed the fund */
  int64_t value_fen_e4;                  /* of a point (DRG: of a unit of weight), of the first pool */
} sw_settle_run_counts;

SW_CHECKED sw_status sw_settle_run(sw_conn *c, const sw_settle_run_options *o, sw_settle_run_counts *out, sw_error *err);

#endif
