/* Cases of arbitrary bytes through the DIP grouper, and through settlement: always a group or a reason, the same twice. */
#include "coding/case_file.h"
#include "medic/dip.h"
#include "medic/settle.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sw_dip_catalogue *catalogue;

static void must(sw_status s) {
  if (s) abort();
}

static void group(sw_dip_builder *b, const char *dx, const char *procedures, bool comprehensive, sw_dip_class c, int64_t score_e4) {
  sw_dip_group_in g = {.dx = sw_str_of(dx), .procedures = sw_str_of(procedures), .comprehensive = comprehensive, .op_class = c, .score_e4 = score_e4, .mean_cost_fen = 500000};
  must(sw_dip_builder_group(b, &g, NULL));
}

static void build(void) {
  sw_dip_builder *b = sw_dip_builder_new();
  if (!b) abort();
  group(b, "I21.4", "36.0600", false, SW_DIP_INTERVENTION, 9000000);
  group(b, "I21.4", "36.0600/36.0700+88.5500", false, SW_DIP_INTERVENTION, 12000000);
  group(b, "I21.4", "", false, SW_DIP_CONSERVATIVE, 4000000);
  group(b, "I21", "", true, SW_DIP_SURGERY, 7000000);
  group(b, "I", "", true, SW_DIP_CONSERVATIVE, 3000000);
  group(b, "A00-B99", "", true, SW_DIP_CONSERVATIVE, 2000000);
  must(sw_dip_builder_class(b, SW_LIT("36.0600"), SW_DIP_INTERVENTION, NULL));
  must(sw_dip_builder_complication(b, SW_DRG_MCC, SW_LIT("J96.000"), SW_LIT("1"), NULL));
  must(sw_dip_builder_complication(b, SW_DRG_CC, SW_LIT("E11.900"), SW_LIT("2"), NULL));
  must(sw_dip_builder_exclusion(b, SW_LIT("I21.400"), SW_LIT("1"), NULL));
  must(sw_dip_builder_factor(b, (sw_str){NULL, 0}, SW_DIP_III, 13000, NULL));
  must(sw_dip_builder_factor(b, (sw_str){NULL, 0}, SW_DIP_AGE_66, 11000, NULL));
  must(sw_dip_builder_compile(b, &catalogue, NULL));
  sw_dip_builder_free(b);
}

static int64_t number(const uint8_t *p, size_t n) {
  uint64_t v = 0;
  for (size_t i = 0; i < n; ++i) v |= (uint64_t)p[i] << 8 * i;
  return n == 4 ? (int64_t)(int32_t)(uint32_t)v : (int64_t)v;
}

static void settle(const sw_dip_result *r, const sw_dip_case *in) {
  sw_dip_group_info g = {0};
  if (!sw_dip_group_info_of(catalogue, r->group, &g)) return;
  int64_t cost = in->cost_fen < 0 ? 0 : in->cost_fen;
  sw_settle_points p = sw_settle_dip_points(&(sw_settle_dip){g.score_e4, cost, g.mean_cost_fen, 10500, r->factor_e4});
  if (p.settled_e4 < 0 || sw_settle_dip_pay(p.settled_e4, 123456) < 0) abort();
  sw_settle_paid d = sw_settle_drg_pay(&(sw_settle_drg){(int32_t)(g.score_e4 % 100000), cost, 0}, 800000, NULL);
  if (d.paid_fen < 0) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!catalogue) build();
  if (size < 33) return 0;
  sw_str text = {(const char *)data + 33, size - 33};
  size_t half = data[32] * text.len / 256;
  static sw_str dx[300], pr[300];
  bool more = false;
  sw_dip_case in = SW_DRG_CASE_INIT;
  in.dx = dx;
  in.pr = pr;
  in.ndx = sw_case_split_codes(sw_str_sub(text, 0, half), dx, 300, &more);
  in.npr = sw_case_split_codes(sw_str_sub(text, half, text.len), pr, 300, &more);
  in.sex = (int32_t)number(data, 4);
  in.age_years = (int32_t)number(data + 4, 4);
  in.age_days = (int32_t)number(data + 8, 4);
  in.weight_g = (int32_t)number(data + 12, 4);
  in.los_days = (int32_t)number(data + 16, 4);
  in.discharge_mode = (int32_t)number(data + 20, 4);
  in.cost_fen = number(data + 24, 8);
  sw_dip_result r, again;
  sw_dip_group(catalogue, &in, &r);
  sw_dip_group(catalogue, &in, &again);
  if (r.group != again.group || r.status != again.status || r.levels != again.levels) abort();
  if ((r.group != SW_DIP_NONE) != (r.status == SW_DIP_CORE || r.status == SW_DIP_COMPREHENSIVE)) abort();
  sw_buf b = SW_BUF_INIT;
  sw_dip_path(catalogue, &in, &r, SW_LANG_ZH, &b);
  sw_dip_path(catalogue, &in, &r, SW_LANG_EN, &b);
  if (b.len == 0) abort();
  sw_buf_fini(&b);
  settle(&r, &in);
  return 0;
}
