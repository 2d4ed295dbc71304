#include "identity/csv.h"

#include "base/fs.h"
#include "base/utf8.h"
#include "base/vec.h"

#include <stdlib.h>

typedef struct parser {
  char *p, *end;
  char delimiter;
} parser;

typedef SW_VEC(sw_str) cells;

static char find_delimiter(const char *p, const char *end) {
  static const char choices[] = ",\t;|";
  size_t count[4] = {0};
  for (bool quoted = false; p < end && (quoted || (*p != '\n' && *p != '\r')); p++) {
    if (*p == '"') quoted = !quoted;
    for (size_t i = 0; i < 4 && !quoted; i++) count[i] += *p == choices[i];
  }
  size_t best = 0;
  for (size_t i = 1; i < 4; i++)
    if (count[i] > count[best]) best = i;
  return choices[best];
}

/* One field, unquoted in place. Leaves p at the delimiter, the line's end or the end. */
static sw_str field(parser *c) {
  while (c->p < c->end && *c->p == ' ') c->p++;
  if (c->p >= c->end || *c->p != '"') {
    char *from = c->p;
    while (c->p < c->end && *c->p != c->delimiter && *c->p != '\n' && *c->p != '\r') c->p++;
    return sw_str_trim((sw_str){from, (size_t)(c->p - from)});
  }
  char *from = ++c->p, *to = from;
  while (c->p < c->end) {
    if (*c->p == '"') {
      if (c->p + 1 >= c->end || c->p[1] != '"') break;
      c->p++;
    }
    *to++ = *c->p++;
  }
  while (c->p < c->end && *c->p != c->delimiter && *c->p != '\n' && *c->p != '\r') c->p++;
  return sw_str_trim((sw_str){from, (size_t)(to - from)});
}

/* One record's fields; false at the end. Blank lines are passed over. */
static bool record(parser *c, cells *out, bool *ok) {
  while (c->p < c->end && (*c->p == '\n' || *c->p == '\r')) c->p++;
  if (c->p >= c->end) return false;
  for (;;) {
    *ok = *ok && SW_VEC_PUSH(out, field(c));
    if (c->p >= c->end || *c->p != c->delimiter) break;
    c->p++;
  }
  return *ok;
}

void sw_link_csv_fini(sw_link_csv *c) {
  free(c->bytes);
  free(c->names);
  free(c->cells);
  memset(c, 0, sizeof *c);
}

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory"); }

static sw_status transpose(sw_link_csv *out, const cells *flat, const size_t *starts, size_t nrows, sw_error *err) {
  size_t n;
  out->nrows = nrows;
  if (__builtin_mul_overflow(nrows, out->ncolumns, &n)) return no_memory(err);
  out->cells = calloc(n ? n : 1, sizeof *out->cells);
  if (!out->cells) return no_memory(err);
  for (size_t r = 0; r < nrows; r++) {
    size_t k = starts[r + 1] - starts[r];
    out->ragged += k != out->ncolumns;
    for (size_t c = 0; c < out->ncolumns && c < k; c++) out->cells[c * nrows + r] = flat->items[starts[r] + c];
  }
  return SW_OK;
}

sw_status sw_link_csv_parse(char *bytes, size_t n, const char *name, sw_link_csv *out, sw_error *err) {
  *out = (sw_link_csv){.bytes = bytes, .nbytes = n};
  size_t good = sw_utf8_valid_prefix(bytes, n);
  if (good < n) {
    sw_status st = SW_FAIL(err, SW_E_DATA, "SW-LINK-0020", "文件不是 UTF-8（第 %zu 字节）：请先转换编码", "not UTF-8 (at byte %zu): convert it first", good);
    return sw_error_at(err, name, 0, 0), st;
  }
  parser c = {.p = bytes, .end = bytes + n};
  if (n >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) c.p += 3;
  c.delimiter = find_delimiter(c.p, c.end);
  cells head = {0}, flat = {0};
  SW_VEC(size_t) starts = {0};
  bool ok = true;
  if (!record(&c, &head, &ok) || head.len > SW_LINK_CSV_COLUMNS) {
    SW_VEC_FREE(&head);
    sw_status st = SW_FAIL(err, SW_E_DATA, "SW-LINK-0021", "文件为空或列数超过 %d：第一行应是列名", "empty file, or more than %d columns: the first line must name the columns",
                           (int)SW_LINK_CSV_COLUMNS);
    return sw_error_at(err, name, 1, 0), st;
  }
  out->names = head.items;
  out->ncolumns = head.len;
  ok = SW_VEC_PUSH(&starts, (size_t)0);
  while (ok && record(&c, &flat, &ok)) ok = ok && SW_VEC_PUSH(&starts, flat.len);
  sw_status st = ok ? transpose(out, &flat, starts.items, starts.len - 1, err) : no_memory(err);
  SW_VEC_FREE(&flat);
  SW_VEC_FREE(&starts);
  return st;
}

sw_status sw_link_csv_read(const char *path, sw_link_csv *out, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  memset(out, 0, sizeof *out);
  b.max = (size_t)1 << 34;
  if (sw_fs_read(path, b.max, &b, err)) return SW_FRAME(err, "读取 %s", "reading %s", path);
  size_t n = b.len;
  char *bytes = sw_buf_take(&b);
  if (!bytes) return no_memory(err);
  sw_status st = sw_link_csv_parse(bytes, n, path, out, err);
  if (st) sw_link_csv_fini(out);
  return st;
}

ptrdiff_t sw_link_csv_column(const sw_link_csv *c, sw_str name) {
  for (size_t i = 0; i < c->ncolumns; i++)
    if (sw_str_ieq(c->names[i], name)) return (ptrdiff_t)i;
  return -1;
}
