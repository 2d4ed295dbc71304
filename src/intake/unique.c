#include "intake/unique.h"

#include <stdatomic.h>
#include <stdio.h>

void sw_unique_name(const char *what, char out[SW_UNIQUE_LEN]) {
  static atomic_ulong next;
  snprintf(out, SW_UNIQUE_LEN, "intake_%.20s_%lu", what, atomic_fetch_add(&next, 1));
}
