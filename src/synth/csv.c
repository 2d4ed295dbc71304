#include "synth/csv.h"

#include "base/fs.h"

static int count_lines(sw_str text) {
  int n = 1;
  for (size_t i = 0; i < text.len; i++) n += text.ptr[i] == '\n';
  return n;
}

static int split(sw_str line, sw_str *out) {
  int n = 0;
  for (size_t from = 0;;) {
    size_t to = from;
    while (to < line.len && line.ptr[to] != ',') to++;
    if (n == SY_CSV_COLUMNS) return n + 1;
    out[n++] = (sw_str){line.ptr + from, to - from};
    if (to == line.len) return n;
    from = to + 1;
  }
}

static sw_status parse(sy_csv *t, sw_str text, sw_error *err) {
  int no = 0;
  for (size_t from = 0; from < text.len;) {
    size_t to = from;
    while (to < text.len && text.ptr[to] != '\n') to++;
    sw_str line = sw_str_trim((sw_str){text.ptr + from, to - from});
    from = to + 1;
    no++;
    if (!line.len || line.ptr[0] == '#') continue;
    sw_str fields[SY_CSV_COLUMNS];
    int n = split(line, fields);
    if (!t->ncolumns && n <= SY_CSV_COLUMNS) {
      t->ncolumns = n;
      memcpy(t->header, fields, sizeof fields);
      continue;
    }
    if (n != t->ncolumns) {
      SW_FAIL(err, SW_E_CONFIG, "SW-SYNTH-0003", "这一行有 %d 个字段，表头有 %d 个", "this line has %d fields, the header %d", n,
              t->ncolumns);
      return sw_error_at(err, t->file, no, 0);
    }
    t->lines[t->nrows] = no;
    memcpy(t->rows[t->nrows++], fields, sizeof fields);
  }
  return SW_OK;
}

sw_status sy_csv_read(sw_arena *a, const char *dir, const char *name, sy_csv *out, sw_error *err) {
  *out = (sy_csv){.file = sw_fs_join(a, dir, name)};
  sw_buf buf = SW_BUF_INIT;
  sw_status s = out->file ? sw_fs_read(out->file, (size_t)16 << 20, &buf, err) : sw_arena_check(a, err);
  if (s) {
    sw_buf_fini(&buf);
    return SW_FRAME(err, "读取合成区域的内容 %s", "reading the synthetic region's content %s", name);
  }
  sw_str text = sw_arena_dup(a, sw_buf_str(&buf));
  sw_buf_fini(&buf);
  int n = count_lines(text);
  out->rows = sw_arena_array(a, (size_t)n, sizeof *out->rows);
  out->lines = SW_ARENA_ARRAY(a, int, (size_t)n);
  if ((s = sw_arena_check(a, err))) return s;
  return parse(out, text, err);
}

sw_str sy_csv_get(const sy_csv *t, int row, const char *column) {
  for (int i = 0; i < t->ncolumns; i++)
    if (sw_str_eqz(t->header[i], column)) return t->rows[row][i];
  return (sw_str){"", 0};
}

sw_status sy_csv_number(const sy_csv *t, int row, const char *column, double fallback, double *out, sw_error *err) {
  sw_str v = sy_csv_get(t, row, column);
  *out = fallback;
  if (!v.len || sw_str_to_f64(v, out)) return SW_OK;
  SW_FAIL(err, SW_E_CONFIG, "SW-SYNTH-0004", "%s 应为数字，却是“%.*s”", "%s must be a number, not \"%.*s\"", column, SW_STR_ARG(v));
  return sw_error_at(err, t->file, t->lines[row], 0);
}

bool sy_csv_part(sw_str list, char sep, int i, sw_str *out) {
  if (!list.len) return false;
  for (size_t from = 0;; i--) {
    size_t to = from;
    while (to < list.len && list.ptr[to] != sep) to++;
    if (i == 0) {
      *out = (sw_str){list.ptr + from, to - from};
      return true;
    }
    if (to == list.len) return false;
    from = to + 1;
  }
}
