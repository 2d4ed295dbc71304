#include "intake/record.h"

sw_str sw_field_text(const sw_reader *r, const sw_field *f, sw_buf *scratch) {
  sw_str s = {f->ptr, f->len};
  sw_buf_clear(scratch);
  if (r->encoding != SW_ENCODING_GB18030) {
    if (!(f->flags & SW_FIELD_ESCAPED)) return s;
    sw_scan_unescape(f, r->quote, scratch);
    return sw_buf_str(scratch);
  }
  /* A doubled quote stays one when the bytes between are decoded: quotes are never part of a character. */
  SW_AUTO(sw_buf) raw = SW_BUF_INIT;
  if (f->flags & SW_FIELD_ESCAPED) {
    sw_scan_unescape(f, r->quote, &raw);
    s = sw_buf_str(&raw);
  }
  if (sw_gb18030_decode(r->gb, s.ptr, s.len, scratch) != s.len) return (sw_str){NULL, 0};
  return sw_buf_str(scratch);
}
