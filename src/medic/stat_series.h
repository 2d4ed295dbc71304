/* Holt–Winters exponential smoothing: level, trend and season, for "is this month unusual?".
 *
 * Start values as R's HoltWinters: seasonal decomposition and a line through the trend of the first two periods. The
 * parameters are given, or fitted by minimising the squared one-step errors over [0, 1]³ (a grid, then Nelder–Mead from its best points). */
#ifndef SW_MEDIC_STAT_SERIES_H
#define SW_MEDIC_STAT_SERIES_H

#include "medic/stat.h"

typedef enum sw_season { SW_SEASON_ADDITIVE, SW_SEASON_MULTIPLICATIVE } sw_season;

typedef struct sw_holt_winters {
  double alpha, beta, gamma; /* NaN: fit it */
  size_t period;             /* 2..366 */
  sw_season season;
  /* results */
  double level, trend, sse;
  double sd;                 /* of the one-step errors */
  double *seasonal;          /* the last `period` indices, oldest first; caller's array */
} sw_holt_winters;

/* n ≥ 2 periods. fitted, where not NULL, gets n values: NaN in the first period, then the one-step forecasts. */
SW_CHECKED sw_status sw_sample_holt_winters(const double *x, size_t n, sw_holt_winters *hw, double *fitted, sw_error *err);
/* The forecast h steps (≥ 1) past the end. */
double sw_sample_holt_winters_ahead(const sw_holt_winters *hw, size_t h);

#endif
