/* Cases of arbitrary bytes through the case file's splitter and the DRG grouper: always a group or a reason. */
#include "coding/case_file.h"
#include "medic/drg.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sw_drg_catalogue *catalogue;

static void must(sw_status s) {
  if (s) abort();
}

static void build(void) {
  sw_drg_builder *b = sw_drg_builder_new();
  if (!b) abort();
  must(sw_drg_builder_option(b, SW_LIT("qy"), SW_LIT("on"), NULL));
  must(sw_drg_builder_mdc(b, SW_LIT("MDCA"), 1, SW_LIT("存在手术"), NULL));
  must(sw_drg_builder_mdc(b, SW_LIT("MDCZ"), 2, SW_LIT("主诊断匹配、多诊断匹配"), NULL));
  must(sw_drg_builder_mdc(b, SW_LIT("MDCF"), 3, SW_LIT("主诊断匹配"), NULL));
  must(sw_drg_builder_mdc_dx(b, SW_LIT("MDCZ"), SW_LIT("S1"), SW_LIT("head"), NULL));
  must(sw_drg_builder_mdc_dx(b, SW_LIT("MDCZ"), SW_LIT("S2"), SW_LIT("chest"), NULL));
  must(sw_drg_builder_mdc_dx(b, SW_LIT("MDCF"), SW_LIT("I1"), (sw_str){NULL, 0}, NULL));
  must(sw_drg_builder_adrg(b, SW_LIT("MDCA"), SW_LIT("AA1"), 1, SW_LIT("双手术匹配"), NULL));
  must(sw_drg_builder_adrg(b, SW_LIT("MDCZ"), SW_LIT("ZZ1"), 1, SW_LIT("无手术、年龄<17或住院天数>60"), NULL));
  must(sw_drg_builder_adrg(b, SW_LIT("MDCF"), SW_LIT("FM1"), 1, SW_LIT("主手术匹配"), NULL));
  must(sw_drg_builder_adrg(b, SW_LIT("MDCF"), SW_LIT("FR1"), 2, SW_LIT("某一诊断匹配"), NULL));
  must(sw_drg_builder_adrg_dx(b, SW_LIT("FR1"), SW_LIT("I1"), NULL));
  must(sw_drg_builder_adrg_pr(b, SW_LIT("AA1"), 0, SW_LIT("37"), NULL));
  must(sw_drg_builder_adrg_pr(b, SW_LIT("AA1"), 1, SW_LIT("38"), NULL));
  must(sw_drg_builder_adrg_pr(b, SW_LIT("FM1"), 0, SW_LIT("36"), NULL));
  must(sw_drg_builder_valid_pr(b, SW_LIT("36"), NULL));
  must(sw_drg_builder_valid_pr(b, SW_LIT("37"), NULL));
  must(sw_drg_builder_complication(b, SW_DRG_MCC, SW_LIT("J1"), SW_LIT("1"), NULL));
  must(sw_drg_builder_exclusion(b, SW_LIT("I1"), SW_LIT("1"), NULL));
  static const char *const drgs[] = {"AA11", "AA15", "ZZ11", "FM19", "FR13", "FR15"};
  for (size_t i = 0; i < sizeof drgs / sizeof *drgs; ++i) {
    sw_drg_group_in g = {.code = sw_str_of(drgs[i]), .adrg = {drgs[i], 3}, .order = (int64_t)i};
    must(sw_drg_builder_drg(b, &g, NULL));
  }
  must(sw_drg_builder_compile(b, &catalogue, NULL));
  sw_drg_builder_free(b);
}

static int32_t number(const uint8_t *p) { return (int32_t)((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24); }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!catalogue) build();
  if (size < 25) return 0;
  sw_str text = {(const char *)data + 25, size - 25};
  size_t half = data[24] * text.len / 256;
  static sw_str dx[300], pr[300];
  bool more = false;
  sw_drg_case in = SW_DRG_CASE_INIT;
  in.dx = dx;
  in.pr = pr;
  in.ndx = sw_case_split_codes(sw_str_sub(text, 0, half), dx, 300, &more);
  in.npr = sw_case_split_codes(sw_str_sub(text, half, text.len), pr, 300, &more);
  in.sex = number(data);
  in.age_years = number(data + 4);
  in.age_days = number(data + 8);
  in.weight_g = number(data + 12);
  in.los_days = number(data + 16);
  in.discharge_mode = number(data + 20);
  sw_drg_result r;
  sw_drg_group(catalogue, &in, &r);
  if ((r.drg != SW_DRG_NONE) != (r.status == SW_DRG_GROUPED || r.status == SW_DRG_UNRELATED)) abort();
  sw_buf b = SW_BUF_INIT;
  sw_drg_path(catalogue, &in, &r, SW_LANG_ZH, &b);
  sw_drg_path(catalogue, &in, &r, SW_LANG_EN, &b);
  if (b.len == 0) abort();
  sw_buf_fini(&b);
  return 0;
}
