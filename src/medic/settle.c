#include "medic/settle.h"

#include <stdlib.h>

typedef __int128 wide;

static int64_t saturate(wide v) {
  if (v > INT64_MAX) return INT64_MAX;
  if (v < INT64_MIN) return INT64_MIN;
  return (int64_t)v;
}

static wide rounded(wide n, wide d) { return n >= 0 ? (n + d / 2) / d : -((-n + d / 2) / d); }

int64_t sw_muldiv(int64_t a, int64_t b, int64_t c) { return c > 0 ? saturate(rounded((wide)a * b, c)) : 0; }

const char *sw_settle_class_name(sw_settle_class c, sw_lang lang) {
  static const char *const names[SW_SETTLE_CLASSES][2] = {{"正常", "normal"},      {"低倍率", "low"},     {"高倍率", "high"},
                                                          {"按费用", "at cost"}, {"床日", "per diem"}, {"不纳入", "excluded"}};
  return c < SW_SETTLE_CLASSES ? names[c][lang] : "";
}

static int64_t or_one(int32_t e4) { return e4 > 0 ? e4 : 10000; }

sw_settle_points sw_settle_dip_points(const sw_settle_dip *c) {
  sw_settle_points p = {.cls = SW_SETTLE_NORMAL, .deviation_e4 = 10000};
  if (c->score_e4 <= 0) {
    p.cls = SW_SETTLE_AT_COST;
    return p;
  }
  int64_t top = 1, bottom = 1; /* the deviation, exactly */
  if (c->mean_fen > 0 && c->cost_fen >= 0) {
    p.ratio_e4 = sw_muldiv(c->cost_fen, 10000, c->mean_fen);
    if ((wide)c->cost_fen * 2 < c->mean_fen) {
      p.cls = SW_SETTLE_LOW;
      top = c->cost_fen;
      bottom = c->mean_fen;
    } else if (c->cost_fen > (wide)c->mean_fen * 2) {
      p.cls = SW_SETTLE_HIGH;
      top = c->cost_fen - c->mean_fen;
      bottom = c->mean_fen;
    }
    p.deviation_e4 = sw_muldiv(top, 10000, bottom);
  }
  /* Two steps keep the product below 2^127 for any cost: points × factors first, at 12 decimals. */
  wide scaled = (wide)c->score_e4 * or_one(c->hospital_e4) * or_one(c->auxiliary_e4); /* e12 */
  wide limit = ((wide)1 << 126) / (top > 0 ? top : 1);
  p.settled_e4 = scaled > limit ? INT64_MAX : saturate(rounded(scaled * top, (wide)bottom * 100000000));
  return p;
}

int64_t sw_settle_dip_pay(int64_t settled_e4, int64_t value_fen_e4) {
  return saturate(rounded((wide)settled_e4 * value_fen_e4, 100000000));
}

static const sw_settle_policy default_policy = {
    .bands = {{10000, 30000}, {20000, 25000}, {50000, 20000}, {0, 15000}}, .nbands = 4, .low_e4 = 4000, .excess_e4 = 8000};

sw_settle_paid sw_settle_drg_pay(const sw_settle_drg *c, int64_t rate_fen, const sw_settle_policy *policy) {
  sw_settle_paid p = {.cls = SW_SETTLE_NORMAL};
  if (c->weight_e4 <= 0) {
    p.cls = SW_SETTLE_AT_COST;
    p.paid_fen = c->cost_fen;
    return p;
  }
  const sw_settle_policy *bands = policy && policy->nbands ? policy : &default_policy;
  int64_t low = policy && policy->low_e4 ? policy->low_e4 : default_policy.low_e4;
  int64_t excess = policy && policy->excess_e4 ? policy->excess_e4 : default_policy.excess_e4;
  for (size_t i = 0; i < bands->nbands && p.multiple_e4 == 0; ++i)
    if (bands->bands[i].below_e4 == 0 || c->weight_e4 < bands->bands[i].below_e4) p.multiple_e4 = bands->bands[i].high_e4;
  p.standard_fen = saturate(rounded((wide)c->weight_e4 * rate_fen * or_one(c->hospital_e4), 100000000));
  p.paid_fen = p.standard_fen;
  if (p.standard_fen <= 0) return p;
  p.ratio_e4 = sw_muldiv(c->cost_fen, 10000, p.standard_fen);
  if ((wide)c->cost_fen * 10000 < (wide)p.standard_fen * low) {
    p.cls = SW_SETTLE_LOW;
    p.paid_fen = c->cost_fen;
  } else if (p.multiple_e4 && (wide)c->cost_fen * 10000 > (wide)p.standard_fen * p.multiple_e4) {
    p.cls = SW_SETTLE_HIGH;
    wide over = (wide)c->cost_fen * 10000 - (wide)p.standard_fen * p.multiple_e4; /* fen e4 */
    p.paid_fen = saturate((wide)p.standard_fen + rounded(over * excess, 100000000));
  }
  return p;
}

int64_t sw_settle_per_diem(int64_t day_fen, int32_t days) {
  return days > 0 ? saturate((wide)day_fen * days) : 0;
}

typedef struct remainder {
  uint64_t hi, lo; /* numerator of the fraction; all have one denominator */
  size_t at;
} remainder_of;

static int by_remainder(const void *x, const void *y) {
  const remainder_of *a = x, *b = y;
  if (a->hi != b->hi) return a->hi > b->hi ? -1 : 1;
  if (a->lo != b->lo) return a->lo > b->lo ? -1 : 1;
  return a->at < b->at ? -1 : a->at > b->at;
}

sw_status sw_settle_allocate(int64_t total_fen, const int64_t *weights, size_t n, int64_t *shares, int64_t *rest, sw_error *err) {
  unsigned __int128 sum = 0;
  for (size_t i = 0; i < n; ++i) {
    if (weights[i] < 0 || total_fen < 0)
      return SW_FAIL(err, SW_E_DATA, "SW-SET-0001", "分配的总额与权重不能为负", "a total or a weight to allocate by is negative");
    sum += (uint64_t)weights[i];
    shares[i] = 0;
  }
  *rest = total_fen;
  if (sum == 0) return SW_OK;
  remainder_of *r = malloc((n + 1) * sizeof *r);
  if (!r) return SW_FAIL(err, SW_E_NOMEM, "SW-SET-0002", "内存不足", "out of memory");
  int64_t given = 0;
  for (size_t i = 0; i < n; ++i) {
    unsigned __int128 part = (unsigned __int128)(uint64_t)total_fen * (uint64_t)weights[i];
    shares[i] = (int64_t)(part / sum);
    unsigned __int128 left = part % sum;
    r[i] = (remainder_of){(uint64_t)(left >> 64), (uint64_t)left, i};
    given += shares[i];
  }
  qsort(r, n, sizeof *r, by_remainder);
  for (size_t i = 0; i < n && given < total_fen; ++i, ++given) shares[r[i].at]++;
  free(r);
  *rest = total_fen - given;
  return SW_OK;
}

typedef struct loss {
  int64_t fen;
  size_t at;
} loss;

static int by_loss(const void *x, const void *y) {
  const loss *a = x, *b = y;
  if (a->fen != b->fen) return a->fen > b->fen ? -1 : 1;
  return a->at < b->at ? -1 : a->at > b->at;
}

sw_status sw_settle_special(const int64_t *cost_fen, const int64_t *paid_fen, size_t n, int32_t least_ratio_e4, int32_t share_e6,
                            bool *chosen, size_t *count, sw_error *err) {
  *count = 0;
  size_t limit = (size_t)((unsigned __int128)n * (unsigned)(share_e6 > 0 ? share_e6 : 0) / 1000000);
  loss *l = malloc((n + 1) * sizeof *l);
  if (!l) return SW_FAIL(err, SW_E_NOMEM, "SW-SET-0002", "内存不足", "out of memory");
  size_t m = 0;
  for (size_t i = 0; i < n; ++i) {
    chosen[i] = false;
    wide d = (wide)cost_fen[i] - paid_fen[i];
    if (d > 0 && (wide)cost_fen[i] * 10000 > (wide)paid_fen[i] * least_ratio_e4) l[m++] = (loss){saturate(d), i};
  }
  qsort(l, m, sizeof *l, by_loss);
  for (size_t i = 0; i < m && i < limit; ++i, ++*count) chosen[l[i].at] = true;
  free(l);
  return SW_OK;
}
