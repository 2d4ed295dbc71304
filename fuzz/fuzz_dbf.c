/* DBF files of arbitrary bytes: refused with a message, or read to the end. */
#include "file_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_as_file(data, size, SW_FORMAT_DBF, NULL);
  return 0;
}
