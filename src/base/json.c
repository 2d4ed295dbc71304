#include "base/json.h"

#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

void sw_json_init(sw_json *j, sw_buf *out) { *j = (sw_json){.out = out}; }

static void before_value(sw_json *j) {
  if (j->after_key) {
    j->after_key = false;
    return;
  }
  uint64_t bit = UINT64_C(1) << (j->depth & 63);
  if (j->depth && (j->has_items & bit)) sw_buf_putc(j->out, ',');
  j->has_items |= bit;
}

void sw_json_open(sw_json *j, char bracket) {
  before_value(j);
  sw_buf_putc(j->out, bracket);
  j->depth++;
  j->has_items &= ~(UINT64_C(1) << (j->depth & 63));
}

void sw_json_close(sw_json *j, char bracket) {
  sw_buf_putc(j->out, bracket);
  j->depth--;
}

static void put_char(sw_buf *out, uint32_t cp, const char *p, size_t k) {
  switch (cp) {
    case '"': sw_buf_puts(out, "\\\""); break;
    case '\\': sw_buf_puts(out, "\\\\"); break;
    case '\n': sw_buf_puts(out, "\\n"); break;
    case '\r': sw_buf_puts(out, "\\r"); break;
    case '\t': sw_buf_puts(out, "\\t"); break;
    default:
      if (cp < 0x20 || cp == 0x2028 || cp == 0x2029) sw_buf_printf(out, "\\u%04x", (unsigned)cp);
      else sw_buf_put(out, p, k);
  }
}

static void put_string(sw_buf *out, sw_str v) {
  sw_buf_putc(out, '"');
  for (size_t i = 0; i < v.len;) {
    uint32_t cp;
    size_t k = sw_utf8_decode(v.ptr + i, v.len - i, &cp);
    if (k) put_char(out, cp, v.ptr + i, k);
    else sw_buf_puts(out, "\\ufffd");
    i += k ? k : 1;
  }
  sw_buf_putc(out, '"');
}

void sw_json_key(sw_json *j, const char *key) {
  before_value(j);
  put_string(j->out, sw_str_of(key));
  sw_buf_putc(j->out, ':');
  j->after_key = true;
}

void sw_json_str(sw_json *j, sw_str v) {
  before_value(j);
  put_string(j->out, v);
}

void sw_json_strz(sw_json *j, const char *v) {
  if (v) sw_json_str(j, sw_str_of(v));
  else sw_json_null(j);
}

void sw_json_i64(sw_json *j, int64_t v) {
  before_value(j);
  sw_buf_printf(j->out, "%lld", (long long)v);
}

void sw_json_f64(sw_json *j, double v) {
  before_value(j);
  if (!isfinite(v)) {
    sw_buf_puts(j->out, "null");
    return;
  }
  char z[40];
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(z, sizeof z, "%.*g", digits, v);
    if (strtod(z, NULL) == v) break;
  }
  sw_buf_puts(j->out, z);
}

void sw_json_bool(sw_json *j, bool v) {
  before_value(j);
  sw_buf_puts(j->out, v ? "true" : "false");
}

void sw_json_null(sw_json *j) {
  before_value(j);
  sw_buf_puts(j->out, "null");
}

void sw_json_raw(sw_json *j, sw_str json) {
  before_value(j);
  sw_buf_str_put(j->out, json);
}

void sw_csv_field(sw_buf *out, sw_str v, char delimiter) {
  bool quote = v.len && (v.ptr[0] == ' ' || v.ptr[v.len - 1] == ' ');
  for (size_t i = 0; !quote && i < v.len; i++)
    quote = v.ptr[i] == delimiter || v.ptr[i] == '"' || v.ptr[i] == '\n' || v.ptr[i] == '\r';
  if (!quote) {
    sw_buf_str_put(out, v);
    return;
  }
  sw_buf_putc(out, '"');
  for (size_t i = 0; i < v.len; i++) {
    if (v.ptr[i] == '"') sw_buf_putc(out, '"');
    sw_buf_putc(out, v.ptr[i]);
  }
  sw_buf_putc(out, '"');
}
