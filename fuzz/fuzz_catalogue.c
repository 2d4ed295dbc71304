/* Arbitrary bytes as a grouping catalogue: a line "=== name" begins the file `name` of a directory; without one the bytes are a single
 * dip.csv. Import either refuses with words or gives a catalogue that groups any case. */
#include "base/fs.h"
#include "coding/catalogue.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const files[] = {"mdc.csv", "mdc_dx.csv", "adrg.csv", "adrg_dx.csv", "adrg_proc.csv", "drg.csv", "mcc.csv", "cc.csv", "cce.csv", "valid_procedure.csv",
                                    "icd10.csv", "icd9.csv", "options.csv", "dip.csv", "dip_class.csv", "dip_auxiliary.csv"};

static void put(const char *dir, sw_str name, sw_str text) {
  char path[512];
  for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
    if (!sw_str_eqz(name, files[i])) continue;
    (void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
    FILE *f = fopen(path, "wb");
    if (!f || (text.len && fwrite(text.ptr, 1, text.len, f) != text.len)) abort();
    (void)fclose(f);
  }
}

static bool split(const char *dir, sw_str text) {
  bool any = false;
  while (text.len) {
    if (!sw_str_starts(text, SW_LIT("=== "))) return any;
    const char *end = memchr(text.ptr, '\n', text.len);
    size_t head = end ? (size_t)(end - text.ptr) : text.len;
    sw_str name = sw_str_sub(text, 4, head - 4), rest = sw_str_sub(text, head + 1, text.len);
    ptrdiff_t next = sw_str_find(rest, SW_LIT("\n=== "));
    sw_str body = next < 0 ? rest : sw_str_sub(rest, 0, (size_t)next + 1);
    put(dir, name, body);
    any = true;
    text = next < 0 ? (sw_str){NULL, 0} : sw_str_sub(rest, (size_t)next + 1, rest.len);
  }
  return any;
}

static void try_cases(const sw_catalogue *c) {
  sw_str dx[3] = {SW_LIT("I21.400"), SW_LIT("J96.000"), SW_LIT("A00.000")}, pr[2] = {SW_LIT("36.0600"), SW_LIT("88.5500")};
  for (size_t n = 0; n <= 3; ++n) {
    sw_drg_case k = SW_DRG_CASE_INIT;
    k.dx = dx;
    k.ndx = n;
    k.pr = pr;
    k.npr = n % 3;
    k.age_years = n == 3 ? -7 : 40;
    k.age_days = n == 2 ? 3 : SW_UNKNOWN;
    if (c->kind == SW_CATALOGUE_DRG) {
      sw_drg_result r;
      sw_drg_group(c->drg, &k, &r);
      if ((r.drg != SW_DRG_NONE) != (r.status == SW_DRG_GROUPED || r.status == SW_DRG_UNRELATED)) abort();
    } else {
      sw_dip_result r;
      sw_dip_group(c->dip, &k, &r);
      if ((r.group != SW_DIP_NONE) != (r.status == SW_DIP_CORE || r.status == SW_DIP_COMPREHENSIVE)) abort();
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char dir[] = "/dev/shm/suwen_fuzz_XXXXXX", path[512];
  if (!mkdtemp(dir)) return 0;
  sw_str text = {(const char *)data, size};
  (void)snprintf(path, sizeof path, "%s", dir);
  if (!split(dir, text)) {
    put(dir, SW_LIT("dip.csv"), text);
    (void)snprintf(path, sizeof path, "%s/dip.csv", dir);
  }
  sw_error err = SW_ERROR_INIT;
  sw_catalogue *c = NULL;
  if (sw_catalogue_import(path, NULL, &c, &err) == SW_OK) try_cases(c);
  else if (!err.msg[SW_LANG_EN][0]) abort();
  sw_catalogue_free(c);
  sw_error_clear(&err);
  if (sw_fs_remove_tree(dir, &err)) abort();
  return 0;
}
