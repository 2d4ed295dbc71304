/* Fuzzing backends that want a file: the bytes lie in memory under a path. */
#ifndef FUZZ_FILE_TARGET_H
#define FUZZ_FILE_TARGET_H

#include "intake/source.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Opens the bytes as a file of this format, as delivered to a table or as unknown, and reads all records. */
static void read_as_file(const void *data, size_t size, sw_file_format format, const sw_table_spec *table) {
  char path[64];
  int fd = memfd_create("fuzz", MFD_CLOEXEC);
  if (fd < 0 || write(fd, data, size) != (ssize_t)size) abort();
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  sw_error err = SW_ERROR_INIT;
  sw_arena a = SW_ARENA_INIT;
  sw_input *in = NULL;
  sw_opened o = {0};
  sw_reader r = {0};
  sw_file_hints h = {.format = format};
  sw_open_options x = {.hints = &h, .table = table};
  SW_AUTO(sw_buf) scratch = SW_BUF_INIT;
  sw_status s = sw_input_open(path, &in, &err);
  size_t parts = 1;
  if (!s) s = sw_source_open(in, &x, &a, &o, &err);
  if (!s && o.split) s = o.split(o.self, &parts, NULL, &err);
  if (!s && !o.empty) s = o.open_part(o.self, 0, &r, &err);
  sw_record rec;
  int64_t number = 0;
  while (!s && r.ops && number < 100000 && sw_reader_next(&r, true, &rec, &err) == SW_SCAN_RECORD) {
    if (rec.number != ++number) abort();
    for (size_t i = 0; i < rec.nfields; i++) (void)sw_field_text(&r, &rec.fields[i], &scratch);
  }
  if (s && !err.msg[SW_LANG_EN][0]) abort();
  sw_reader_free(&r);
  sw_opened_close(&o);
  sw_input_close(in);
  sw_arena_fini(&a);
  close(fd);
}

#endif
