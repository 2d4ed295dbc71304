#include "intake/reread.h"

#include <stdlib.h>

enum { STEP = 1 << 20 };

/* The next bytes of the second handle, at most `max`. */
static sw_status next_bytes(sw_reread *r, int64_t at, size_t max, size_t *n, sw_error *err) {
  if (sw_input_compression(r->in) == SW_COMPRESSION_NONE) return sw_input_pread(r->in, at, r->buf, max, n, err);
  sw_status s = sw_input_read(r->again, r->buf, max, n, err);
  r->at += (int64_t)*n;
  return s;
}

static sw_status go_to(sw_reread *r, int64_t begin, sw_error *err) {
  if (!r->buf && !(r->buf = malloc(STEP))) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  if (sw_input_compression(r->in) == SW_COMPRESSION_NONE) return SW_OK;
  sw_status s = SW_OK;
  if (!r->again) s = sw_input_open(sw_input_path(r->in), &r->again, err);
  if (!s && r->at > begin) {
    s = sw_input_rewind(r->again, err);
    r->at = 0;
  }
  for (size_t n = 1; !s && n && r->at < begin;) s = next_bytes(r, r->at, begin - r->at < STEP ? (size_t)(begin - r->at) : STEP, &n, err);
  return s;
}

sw_status sw_reread_bytes(sw_reread *r, int64_t begin, int64_t end, sw_bytes_to to, sw_error *err) {
  sw_status s = go_to(r, begin, err);
  while (!s && begin < end) {
    size_t n = 0;
    s = next_bytes(r, begin, end - begin < STEP ? (size_t)(end - begin) : STEP, &n, err);
    if (!s && !n)
      s = SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0023", "文件在读取时变短了；等它写完再收取", "the file became shorter while it was read; take it once it is complete");
    if (!s) s = to.put(to.ctx, r->buf, n, err);
    begin += (int64_t)n;
  }
  return s;
}

void sw_reread_fini(sw_reread *r) {
  sw_input_close(r->again);
  free(r->buf);
  *r = (sw_reread){0};
}
