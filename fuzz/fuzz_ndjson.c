/* Lines of JSON of arbitrary bytes: our scanner accepts what a second parser (jansson) accepts, and finds the same members. */
#include "base/utf8.h"
#include "intake/json_scan.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_member(const json_t *object, const sw_json_member *m) {
  SW_AUTO(sw_buf) key = SW_BUF_INIT;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_json_unescape(m->key, &key);
  if (!key.len || memchr(key.ptr, 0, key.len)) return;
  const json_t *v = json_object_get(object, key.ptr);
  if (!v) abort();
  if (m->kind != SW_JSON_STRING || !json_is_string(v)) return;
  sw_json_unescape(m->value, &text);
  if (!sw_str_eq(sw_buf_str(&text), (sw_str){json_string_value(v), json_string_length(v)})) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  sw_str s = {(const char *)data, size};
  sw_json_scan scan;
  sw_json_member m;
  sw_json_step step;
  sw_json_scan_init(&scan, s);
  size_t members = 0;
  while ((step = sw_json_scan_next(&scan, &m)) == SW_JSON_MEMBER) members++;
  if (scan.p > scan.end || scan.p < scan.begin) abort();
  if (!sw_utf8_valid(s) || (size && memchr(data, 0, size))) return 0; /* jansson takes a NUL after a number for a blank */
  json_error_t e;
  static const size_t FLAGS = (size_t)JSON_REJECT_DUPLICATES + JSON_DECODE_INT_AS_REAL + JSON_ALLOW_NUL;
  json_t *j = json_loadb(s.ptr ? s.ptr : "", s.len, FLAGS, &e);
  if (json_is_object(j)) {
    if (step != SW_JSON_END || members != json_object_size(j)) abort();
    sw_json_scan_init(&scan, s);
    while (sw_json_scan_next(&scan, &m) == SW_JSON_MEMBER) check_member(j, &m);
  }
  json_decref(j);
  return 0;
}
