/* Dates as hospital systems write them, as functions of the engine: the same parsers that typed the landing. */
#include "base/date.h"
#include "engine/kernel.h"
#include "standard/compile.h"

static sw_status run_date(void *ctx, void *state, const sw_in_chunk *in, sw_out_column *out, sw_error *err) {
  (void)ctx;
  (void)state;
  (void)err;
  const sw_column *c = &in->columns[0];
  for (size_t i = 0; i < in->n; i++) {
    int32_t days;
    int64_t us;
    if (!sw_column_valid(c, i)) {
      sw_out_null(out, i);
      continue;
    }
    sw_str s = sw_column_str(c, i);
    if (sw_parse_date(s, &days)) {
      ((int32_t *)out->data)[i] = days;
    } else if (sw_parse_time(s, &us)) { /* a time of day is cut off */
      ((int32_t *)out->data)[i] = (int32_t)(us >= 0 ? us / SW_US_PER_DAY : -((-us + SW_US_PER_DAY - 1) / SW_US_PER_DAY));
    } else {
      sw_out_null(out, i);
    }
  }
  return SW_OK;
}

static sw_status run_datetime(void *ctx, void *state, const sw_in_chunk *in, sw_out_column *out, sw_error *err) {
  (void)ctx;
  (void)state;
  (void)err;
  const sw_column *c = &in->columns[0];
  for (size_t i = 0; i < in->n; i++) {
    int64_t us;
    if (sw_column_valid(c, i) && sw_parse_time(sw_column_str(c, i), &us))
      ((int64_t *)out->data)[i] = us;
    else
      sw_out_null(out, i);
  }
  return SW_OK;
}

static sw_status add(sw_conn *c, const sw_kernel *k, sw_error *err) {
  sw_error own = SW_ERROR_INIT;
  sw_status s = sw_kernel_register(c, k, &own);
  if (s == SW_OK || s == SW_E_EXISTS) return SW_OK; /* another step of this process registered it */
  if (err) *err = own;
  return s;
}

sw_status sw_std_kernels(sw_conn *c, sw_error *err) {
  const sw_type text[] = {SW_T_STR};
  sw_status s = add(c, &(sw_kernel){.name = "sw_std_date", .args = text, .nargs = 1, .result = SW_T_DATE, .run = run_date}, err);
  return s ? s : add(c, &(sw_kernel){.name = "sw_std_datetime", .args = text, .nargs = 1, .result = SW_T_TIMESTAMP, .run = run_datetime}, err);
}
