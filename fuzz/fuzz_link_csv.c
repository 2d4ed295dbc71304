/* A table of text through the draft, the encoders, training and clustering: whatever it holds, it ends well, and every
 * record has a person that stands for itself. */
#include "identity/draft.h"
#include "identity/link.h"
#include "identity/load.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size > 20000) return 0;
  char path[64];
  int fd = memfd_create("fuzz", MFD_CLOEXEC);
  if (fd < 0 || write(fd, data, size) != (ssize_t)size) abort();
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  sw_error err = SW_ERROR_INIT;
  sw_link_csv in;
  SW_AUTO(sw_arena) arena = SW_ARENA_INIT;
  sw_link_draft d;
  sw_link_store s = {.n = 0};
  sw_link_model m = {.nfields = 0};
  sw_link_result r = {.person = NULL};
  sw_status st = sw_link_csv_read(path, NULL, &in, &err);
  close(fd);
  if (st == SW_OK) st = sw_link_draft_make(&in, 1, NULL, &arena, &d, &err);
  if (st == SW_OK) st = sw_link_load(&in, 1, &d.spec, 1, &s, NULL, &err);
  if (st == SW_OK) st = sw_link_run(&s, &d.spec, &(sw_link_run_options){.threads = 1}, &m, &r, NULL, NULL, &err);
  for (size_t i = 0; st == SW_OK && i < r.nrecords; i++)
    if (r.person[i] >= r.nrecords || r.person[r.person[i]] != r.person[i]) abort();
  sw_link_result_fini(&r);
  sw_link_model_fini(&m);
  sw_link_store_fini(&s);
  sw_link_csv_fini(&in);
  return 0;
}
