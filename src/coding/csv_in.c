#include "coding/csv_in.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { FIRST_BUFFER = 1 << 20 };

/* What a record's scan met. */
typedef enum scan { SCAN_RECORD, SCAN_MORE, SCAN_UNBALANCED } scan;

/* Makes room behind `end` and reads once. False with err set when it fails. */
static bool fill(sw_csv_in *in, sw_error *err) {
  if (in->pos > 0) {
    memmove(in->buf, in->buf + in->pos, in->end - in->pos);
    in->end -= in->pos;
    in->pos = 0;
  }
  if (in->end + 1 >= in->cap) {
    size_t cap = in->cap * 2;
    char *p = realloc(in->buf, cap);
    if (!p) {
      (void)SW_FAIL(err, SW_E_NOMEM, "SW-CSVI-0001", "内存不足", "out of memory");
      return false;
    }
    in->buf = p;
    in->cap = cap;
  }
  for (;;) {
    ssize_t n = read(in->fd, in->buf + in->end, in->cap - in->end - 1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      (void)SW_FAIL_ERRNO(err, "SW-CSVI-0002", "不能读取 %s", "cannot read %s", in->path);
      return false;
    }
    in->eof = n == 0;
    in->end += (size_t)n;
    return true;
  }
}

static void add_field(sw_csv_in *in, const char *begin, const char *end) {
  if (in->nfields == SW_CSV_MAX_FIELDS) {
    in->broken = true;
    return;
  }
  in->fields[in->nfields++] = (sw_str){begin, (size_t)(end - begin)};
}

/* A quoted field that starts after its opening quote: unescaped in place. Returns the place behind the closing quote,
 * or NULL when the buffer ends first. */
static char *quoted(char *p, const char *end, char **text_end, int64_t *lines) {
  char *w = p;
  while (p < end) {
    if (*p == '"') {
      if (p + 1 < end && p[1] == '"') {
        *w++ = '"';
        p += 2;
        continue;
      }
      *text_end = w;
      return p + 1;
    }
    *lines += *p == '\n';
    *w++ = *p++;
  }
  return NULL;
}

/* One record from in->pos; quotes are ordinary characters when `literal`. Nothing moves until the record is complete,
 * except that quoted text is unescaped in place: so a record with quotes is scanned only when it is whole. */
static scan scan_plain(sw_csv_in *in, bool literal, bool *has_quote) {
  char *p = in->buf + in->pos, *end = in->buf + in->end, *begin = p;
  in->nfields = 0;
  *has_quote = false;
  for (; p < end; ++p) {
    char c = *p;
    if (c > '"' && c != in->delimiter) continue; /* most bytes */
    if (c == in->delimiter) {
      add_field(in, begin, p);
      begin = p + 1;
    } else if (c == '\n') {
      add_field(in, begin, p > begin && p[-1] == '\r' ? p - 1 : p);
      in->pos = (size_t)(p + 1 - in->buf);
      return SCAN_RECORD;
    } else if (c == '"' && p == begin && !literal) {
      *has_quote = true;
      return SCAN_RECORD;
    }
  }
  if (!in->eof) return SCAN_MORE;
  add_field(in, begin, p > begin && p[-1] == '\r' ? p - 1 : p);
  in->pos = in->end;
  return SCAN_RECORD;
}

/* Does a whole record with quotes lie in the buffer? Only looks. */
static scan look_quoted(const sw_csv_in *in) {
  const char *p = in->buf + in->pos, *end = in->buf + in->end;
  bool inside = false, at_start = true;
  for (; p < end; ++p) {
    if (inside) {
      if (*p != '"') continue;
      if (p + 1 == end && !in->eof) return SCAN_MORE; /* the next byte decides */
      if (p + 1 < end && p[1] == '"') ++p;
      else inside = false;
    } else if (*p == '"' && at_start) {
      inside = true;
      at_start = false;
    } else if (*p == '\n') {
      return SCAN_RECORD;
    } else {
      at_start = *p == in->delimiter;
    }
  }
  if (!in->eof) return SCAN_MORE;
  return inside ? SCAN_UNBALANCED : SCAN_RECORD;
}

static void take_quoted(sw_csv_in *in) {
  char *p = in->buf + in->pos, *end = in->buf + in->end;
  in->nfields = 0;
  for (;;) {
    char *begin = p, *text_end = p;
    if (p < end && *p == '"') {
      begin = p + 1;
      p = quoted(begin, end, &text_end, &in->next_line);
      if (!p) p = text_end = end;
      /* Text behind the closing quote is wrong; it is dropped and said. */
      if (p < end && *p != in->delimiter && *p != '\n' && *p != '\r') in->broken = true;
      while (p < end && *p != in->delimiter && *p != '\n') ++p;
    } else {
      while (p < end && *p != in->delimiter && *p != '\n') ++p;
      text_end = p > begin && p[-1] == '\r' && (p == end || *p == '\n') ? p - 1 : p;
    }
    add_field(in, begin, text_end);
    if (p < end && *p == in->delimiter) {
      ++p;
      continue;
    }
    in->pos = (size_t)(p - in->buf) + (p < end);
    return;
  }
}

static bool blank_record(const sw_csv_in *in) { return in->nfields == 1 && in->fields[0].len == 0; }

static sw_step fail_long(sw_csv_in *in, sw_error *err) {
  (void)SW_FAIL(err, SW_E_LIMIT, "SW-CSVI-0003", "记录超过 %d 字节", "a record is longer than %d bytes", (int)SW_CSV_MAX_RECORD);
  (void)sw_error_at(err, in->path, in->line, 0);
  return SW_STEP_ERROR;
}

/* One record, blank or not. */
static sw_step take(sw_csv_in *in, sw_error *err) {
  in->line = in->next_line;
  in->broken = false;
  bool literal = false;
  for (;;) {
    if (in->pos == in->end && in->eof) return SW_DONE;
    bool has_quote = false;
    scan s = scan_plain(in, literal, &has_quote);
    if (s == SCAN_RECORD && has_quote) {
      s = look_quoted(in);
      if (s == SCAN_RECORD) take_quoted(in);
    }
    bool too_long = in->end - in->pos > SW_CSV_MAX_RECORD;
    if (s == SCAN_UNBALANCED || (s == SCAN_MORE && too_long && has_quote)) {
      literal = true; /* again, as one line */
      in->broken = true;
      continue;
    }
    if (s == SCAN_MORE) {
      if (too_long) return fail_long(in, err);
      if (!fill(in, err)) return SW_STEP_ERROR;
      continue;
    }
    in->next_line++;
    if (literal) in->broken = true;
    return SW_ROW;
  }
}

sw_step sw_csv_in_next(sw_csv_in *in, sw_error *err) {
  for (;;) {
    sw_step s = take(in, err);
    if (s != SW_ROW || !blank_record(in)) return s;
  }
}

static sw_status read_header(sw_csv_in *in, sw_error *err) {
  if (!fill(in, err)) return err ? err->status : SW_E_IO;
  while (in->end < 3 && !in->eof)
    if (!fill(in, err)) return err ? err->status : SW_E_IO;
  if (in->end >= 3 && memcmp(in->buf, "\xEF\xBB\xBF", 3) == 0) in->pos = 3;
  sw_step s = sw_csv_in_next(in, err);
  if (s == SW_STEP_ERROR) return err ? err->status : SW_E_IO;
  if (s == SW_DONE) {
    (void)SW_FAIL(err, SW_E_DATA, "SW-CSVI-0004", "文件是空的，应有表头", "the file is empty; a header is expected");
    return sw_error_at(err, in->path, 1, 0);
  }
  size_t bytes = 0;
  for (size_t i = 0; i < in->nfields; ++i) bytes += in->fields[i].len;
  in->header = malloc(bytes + 1);
  if (!in->header) return SW_FAIL(err, SW_E_NOMEM, "SW-CSVI-0001", "内存不足", "out of memory");
  char *p = in->header;
  for (size_t i = 0; i < in->nfields; ++i) {
    sw_str f = in->fields[i];
    if (f.len) memcpy(p, f.ptr, f.len);
    in->columns[i] = sw_str_trim((sw_str){p, f.len});
    p += f.len;
  }
  in->ncolumns = in->nfields;
  return SW_OK;
}

sw_status sw_csv_in_open(const char *path, sw_csv_in **out, sw_error *err) {
  *out = NULL;
  sw_csv_in *in = calloc(1, sizeof *in);
  if (!in) return SW_FAIL(err, SW_E_NOMEM, "SW-CSVI-0001", "内存不足", "out of memory");
  bool stdin_too = strcmp(path, "-") == 0;
  (void)snprintf(in->path, sizeof in->path, "%s", path);
  in->delimiter = ',';
  in->next_line = 1;
  in->cap = FIRST_BUFFER;
  in->buf = malloc(in->cap);
  in->fd = stdin_too ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
  sw_status s = SW_OK;
  if (!in->buf) s = SW_FAIL(err, SW_E_NOMEM, "SW-CSVI-0001", "内存不足", "out of memory");
  else if (in->fd < 0) s = SW_FAIL_ERRNO(err, "SW-CSVI-0002", "不能读取 %s", "cannot read %s", path);
  else s = read_header(in, err);
  if (s) {
    sw_csv_in_close(in);
    return s;
  }
  *out = in;
  return SW_OK;
}

void sw_csv_in_close(sw_csv_in *in) {
  if (!in) return;
  if (in->fd >= 0) close(in->fd);
  free(in->buf);
  free(in->header);
  free(in);
}

int sw_csv_in_column(const sw_csv_in *in, const char *name) {
  for (size_t i = 0; i < in->ncolumns; ++i)
    if (sw_str_eqz(in->columns[i], name)) return (int)i;
  return -1;
}

int sw_csv_in_column_of(const sw_csv_in *in, const char *const *names) {
  for (; *names; ++names) {
    int c = sw_csv_in_column(in, *names);
    if (c >= 0) return c;
  }
  return -1;
}
