/* Arbitrary bytes as the CSV files that the coding room reads: cases, rules of evidence, budgets. Never a crash; every record of
 * cases is a case; what is refused is told. */
#include "coding/advise_run.h"
#include "coding/case_file.h"
#include "coding/settle_fund.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_cases(const char *path) {
  sw_error err = SW_ERROR_INIT;
  sw_case_file f;
  if (sw_case_file_open(path, &f, &err)) {
    if (!err.msg[SW_LANG_EN][0]) abort();
    return;
  }
  sw_drg_case k = SW_DRG_CASE_INIT;
  sw_str id;
  int64_t before = 0;
  while (sw_case_file_next(&f, &k, &id, &err) == SW_ROW) {
    if (f.csv->line <= before) abort(); /* lines only go on */
    before = f.csv->line;
    if (k.ndx > SW_CASE_MAX_CODES || k.npr > SW_CASE_MAX_CODES) abort();
    for (size_t i = 1; i < k.ndx; ++i)
      if (k.dx[i].len == 0) abort(); /* only a principal may be blank */
  }
  sw_case_file_close(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char path[64];
  int fd = memfd_create("fuzz", MFD_CLOEXEC);
  if (fd < 0 || write(fd, data, size) != (ssize_t)size) abort();
  (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  read_cases(path);
  sw_arena mem = SW_ARENA_INIT;
  sw_evidence_rule *rules = NULL;
  sw_settle_budget *budgets = NULL;
  size_t n = 0;
  sw_error err = SW_ERROR_INIT;
  if (sw_evidence_read(path, &mem, &rules, &n, &err) && !err.msg[SW_LANG_ZH][0]) abort();
  sw_error_clear(&err);
  if (sw_settle_budget_read(path, &mem, &budgets, &n, &err) && !err.msg[SW_LANG_ZH][0]) abort();
  sw_arena_fini(&mem);
  close(fd);
  return 0;
}
