/* Writing JSON and CSV into a sw_buf. (Reading JSON is jansson's work.)
 *
 * sw_json keeps commas and nesting right; strings are escaped, invalid UTF-8 becomes U+FFFD. Numbers beyond 2^53 are
 * the caller's business (all of ours fit). Failures are sticky in the buffer. */
#ifndef SW_BASE_JSON_H
#define SW_BASE_JSON_H

#include "base/str.h"

typedef struct sw_json {
  sw_buf *out;
  int depth;
  uint64_t has_items; /* a bit per depth */
  bool after_key;
} sw_json;

void sw_json_init(sw_json *j, sw_buf *out);
void sw_json_open(sw_json *j, char bracket);  /* '{' or '[' */
void sw_json_close(sw_json *j, char bracket); /* '}' or ']' */
void sw_json_key(sw_json *j, const char *key);
void sw_json_str(sw_json *j, sw_str v);
void sw_json_strz(sw_json *j, const char *v); /* NULL writes null */
void sw_json_i64(sw_json *j, int64_t v);
void sw_json_f64(sw_json *j, double v);       /* infinities and NaN write null; 17 digits at most, shortest that reads back */
void sw_json_bool(sw_json *j, bool v);
void sw_json_null(sw_json *j);
void sw_json_raw(sw_json *j, sw_str json);    /* text that is JSON already */

/* One CSV field after RFC 4180: quoted when it holds a delimiter, a quote, CR or LF, or begins or ends with a blank. */
void sw_csv_field(sw_buf *out, sw_str v, char delimiter);

#endif
