/* Settlement arithmetic of DRG and DIP payment: exact, in integers, money in fen.
 *
 * DIP: r = cost / mean cost of the group at the hospital's level. r < 0.5: points × r; r > 2: points × (r - 1), that is
 * (r - 2) + 1; otherwise the points as they are. Settled points = points × deviation × hospital factor × auxiliary
 * factor; paid = settled points × point value. A group without mean cost has deviation 1; a group without points is paid
 * at cost. (National Technical Specification for DIP, settlement chapter, as restated in the project's facts.)
 *
 * DRG: paid = weight × rate × hospital factor. A case whose cost is above the high multiple of its weight band is paid
 * the standard and a share of what exceeds the multiple; below the low multiple it is paid at cost. Multiples and shares
 * are local policy, so they are parameters; the defaults are common ones.
 *
 * Points, weights and factors are × 10 000 (e4), point values and rates in fen × 10 000 per point or unit of weight.
 * Rounding is half away from zero, once, at the end of each formula. Pure; any thread. Costs are ≥ 0; results saturate
 * instead of overflowing. */
#ifndef SW_MEDIC_SETTLE_H
#define SW_MEDIC_SETTLE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* round(a × b / c), half away from zero, saturating; c > 0. */
int64_t sw_muldiv(int64_t a, int64_t b, int64_t c);

typedef enum sw_settle_class {
  SW_SETTLE_NORMAL,
  SW_SETTLE_LOW,       /* 低倍率 / 费用偏低 */
  SW_SETTLE_HIGH,      /* 高倍率 / 费用偏高 */
  SW_SETTLE_AT_COST,   /* no group, or a group without points or weight: paid at cost */
  SW_SETTLE_PER_DIEM,  /* 床日 */
  SW_SETTLE_EXCLUDED,  /* not paid from this fund */
  SW_SETTLE_CLASSES
} sw_settle_class;

const char *sw_settle_class_name(sw_settle_class c, sw_lang lang);

/* --- DIP ------------------------------------------------------------------------------------- */

typedef struct sw_settle_dip {
  int64_t score_e4;      /* the group's points; 0: paid at cost */
  int64_t cost_fen;
  int64_t mean_fen;      /* of the group at the hospital's level; 0: unknown */
  int32_t hospital_e4, auxiliary_e4; /* 0 counts as 1 */
} sw_settle_dip;

typedef struct sw_settle_points {
  sw_settle_class cls;
  int64_t ratio_e4;      /* r; 0 unknown */
  int64_t deviation_e4;  /* rounded for showing; the settled points use the exact ratio */
  int64_t settled_e4;    /* points that count; 0 when paid at cost */
} sw_settle_points;

sw_settle_points sw_settle_dip_points(const sw_settle_dip *c);
/* settled points × point value */
int64_t sw_settle_dip_pay(int64_t settled_e4, int64_t value_fen_e4);

/* --- DRG ------------------------------------------------------------------------------------- */

typedef struct sw_settle_band {
  int32_t below_e4; /* weights below this; the last band has 0: all the rest */
  int32_t high_e4;  /* high multiple of the standard */
} sw_settle_band;

typedef struct sw_settle_policy {
  sw_settle_band bands[8];
  size_t nbands;         /* 0: 1.0 → 3.0, 2.0 → 2.5, 5.0 → 2.0, the rest 1.5 */
  int32_t low_e4;        /* low multiple; 0: 0.4 */
  int32_t excess_e4;     /* share of the excess that is paid; 0: 0.8 */
} sw_settle_policy;

typedef struct sw_settle_drg {
  int32_t weight_e4;     /* 0: paid at cost */
  int64_t cost_fen;
  int32_t hospital_e4;   /* 0 counts as 1 */
} sw_settle_drg;

typedef struct sw_settle_paid {
  sw_settle_class cls;
  int64_t standard_fen;  /* weight × rate × hospital factor */
  int64_t ratio_e4;      /* cost / standard */
  int32_t multiple_e4;   /* the band's high multiple */
  int64_t paid_fen;
} sw_settle_paid;

/* rate in fen per unit of weight. */
sw_settle_paid sw_settle_drg_pay(const sw_settle_drg *c, int64_t rate_fen, const sw_settle_policy *policy);

/* --- both ------------------------------------------------------------------------------------ */

int64_t sw_settle_per_diem(int64_t day_fen, int32_t days);

/* Splits `total` (≥ 0) in proportion to the weights (≥ 0) by largest remainder (ties: lower index first): every share is
 * the exact quota rounded down or up, and the shares sum to total. With all weights 0 everything goes to no one and
 * *rest is total; otherwise *rest is 0. */
SW_CHECKED sw_status sw_settle_allocate(int64_t total_fen, const int64_t *weights, size_t n, int64_t *shares, int64_t *rest,
                                        sw_error *err);

/* Special cases for individual review (特例单议): the cases with the largest loss among those with a loss whose cost is
 * above `least_ratio` times the payment, at most share_e6 of all n cases (DRG 5 % = 50 000, DIP 5 ‰ = 5 000), rounded
 * down. Marks them in `chosen`; returns how many. */
SW_CHECKED sw_status sw_settle_special(const int64_t *cost_fen, const int64_t *paid_fen, size_t n, int32_t least_ratio_e4,
                                       int32_t share_e6, bool *chosen, size_t *count, sw_error *err);

#endif
