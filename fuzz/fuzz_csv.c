/* Delimited text of arbitrary bytes. The scanner must give the same records with every kernel and window, and for the two
 * halves of a text that is cut at a record; the dialect must be found without harm; every byte belongs to one record. */
#include "intake/dialect.h"
#include "intake/scan.h"
#include "support/memory_feed.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mix(uint64_t *h, uint64_t v) { *h = (*h ^ v) * UINT64_C(0x9E3779B97F4A7C15) + (*h >> 29); }

static void mix_bytes(uint64_t *h, const char *p, size_t n) {
  mix(h, n);
  for (size_t i = 0; i < n; i++) mix(h, (unsigned char)p[i]);
}

/* A record's bytes are those that were fed, its text and its line end make up its length: what is over the limit can be read again
 * by its place. */
static void check_place(const char *p, const sw_scan_options *o, const sw_scan_record *r) {
  const char *begin = p + (r->offset - o->offset), *after = begin + r->length - r->ending;
  if (r->ending < 0 || r->ending > 2 || r->ending > r->length || memcmp(begin, r->raw.ptr, r->raw.len) != 0) abort();
  bool longer = r->problem == SW_SCAN_TOO_LONG;
  if (!longer && after != begin + r->raw.len) abort();
  if (longer && r->length <= (int64_t)r->raw.len) abort();
  for (int i = 0; i < r->ending; i++)
    if (after[i] != '\n' && after[i] != '\r') abort();
}

/* A hash of all records; the start of the record in the middle goes to *middle. */
static uint64_t scan(const char *p, size_t n, sw_scan_options o, size_t step, int64_t *middle, int64_t *line, uint64_t h) {
  sw_error err = SW_ERROR_INIT;
  memory m = {p, n, step};
  sw_scanner *s;
  if (sw_scanner_new(&o, (sw_feed){&m, read_memory}, &s, &err)) abort();
  sw_scan_record r;
  sw_scan_step k;
  int64_t expected = o.offset;
  while ((k = sw_scan_next(s, true, &r, &err)) == SW_SCAN_RECORD) {
    if (r.offset != expected || r.length <= 0) abort();
    expected = r.offset + r.length;
    check_place(p, &o, &r);
    mix(&h, (uint64_t)r.ending);
    mix(&h, (uint64_t)r.offset);
    mix(&h, (uint64_t)r.line);
    mix(&h, (uint64_t)r.problem);
    mix(&h, r.problem_at);
    mix_bytes(&h, r.raw.ptr, r.raw.len);
    for (size_t i = 0; i < r.nfields; i++) {
      mix(&h, r.fields[i].flags);
      mix_bytes(&h, r.fields[i].ptr, r.fields[i].len);
    }
    if (middle && (size_t)r.offset <= n / 2) *middle = r.offset, *line = r.line;
  }
  if (k != SW_SCAN_DONE || expected != o.offset + (int64_t)n) abort();
  sw_scanner_free(s);
  return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 3) return 0;
  static const char DELIMITERS[] = {',', '\t', '|', '^'};
  sw_scan_options o = {.delimiter = DELIMITERS[data[0] & 3],
                       .quote = data[0] & 4 ? 0 : '"',
                       .cr_ends = data[0] & 8,
                       .window = 4096,
                       .limit = data[0] & 16 ? 1 + (size_t)data[1] : 0};
  const char *p = (const char *)data + 2;
  size_t n = size - 2;
  int64_t middle = 0, line = 1;
  uint64_t want = scan(p, n, o, SIZE_MAX, &middle, &line, 1);
  sw_scan_options small = o;
  small.portable = true;
  small.window = 8 + data[1] % 100u;
  if (scan(p, n, small, 1 + data[1] % 7u, NULL, NULL, 1) != want) abort();
  sw_scan_options second = o;
  second.offset = middle;
  second.line = line;
  uint64_t h = scan(p, (size_t)middle, o, SIZE_MAX, NULL, NULL, 1);
  if (scan(p + middle, n - (size_t)middle, second, SIZE_MAX, NULL, NULL, h) != want) abort();
  if (n > 4096) n = 4096;
  sw_arena a = SW_ARENA_INIT;
  sw_dialect d;
  sw_error err = SW_ERROR_INIT;
  if (sw_dialect_sniff((sw_str){p, n}, data[0] & 32, &(sw_file_hints){0}, NULL, &a, &d, &err)) abort();
  sw_arena_fini(&a);
  return 0;
}
