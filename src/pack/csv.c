#include "pack/csv.h"

sw_csv_scan sw_csv_scan_start(sw_arena *a, sw_str text) {
  return (sw_csv_scan){.text = text, .pos = sw_str_starts(text, SW_LIT("\xEF\xBB\xBF")) ? 3 : 0, .line = 1, .arena = a};
}

bool sw_csv_scan_field(sw_csv_scan *c, sw_str *out, bool *last) {
  const char *p = c->text.ptr;
  size_t n = c->text.len, from = c->pos;
  if (from < n && p[from] == '"') {
    SW_AUTO(sw_buf) b = SW_BUF_INIT;
    size_t i = from + 1;
    for (;; i++) {
      if (i >= n) return false;
      if (p[i] == '\n') c->line++;
      if (p[i] != '"') {
        sw_buf_putc(&b, p[i]);
      } else if (i + 1 < n && p[i + 1] == '"') {
        sw_buf_putc(&b, p[i++]);
      } else {
        break;
      }
    }
    *out = sw_arena_dup(c->arena, sw_buf_str(&b));
    c->pos = i + 1;
  } else {
    while (c->pos < n && p[c->pos] != ',' && p[c->pos] != '\n') c->pos++;
    *out = sw_str_trim(sw_str_sub(c->text, from, c->pos - from));
  }
  while (c->pos < n && (p[c->pos] == '\r' || p[c->pos] == ' ')) c->pos++;
  *last = c->pos >= n || p[c->pos] == '\n';
  if (c->pos < n && !*last && p[c->pos] != ',') return false;
  if (c->pos < n) c->pos++;
  return true;
}
