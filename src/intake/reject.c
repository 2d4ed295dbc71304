#include "intake/reject.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "engine/sink.h"
#include "intake/unique.h"

#include <stdlib.h>
#include <unistd.h>

struct sw_reject_spool {
  char *path;
  FILE *f;
  int64_t count;
  size_t largest;  /* bytes of its largest row */
};

/* What lies in the spool before each record's institution and raw text. Behind that: pieces of its bytes, each after its length (uint32_t), and a
 * length of 0. */
typedef struct spooled {
  int64_t row, line, offset, position, a, b, length;
  uint64_t raw_len;
  int32_t column, field, code;
  uint32_t org_len;
} spooled;

static const char *const NAMES[] = {"none",          "too_few_fields", "too_many_fields", "bad_quote", "unbalanced_quote", "record_too_long",
                                    "nul_byte",      "bad_encoding",   "bad_type",        "bad_json",  "not_an_object",    "bad_cell"};

const char *sw_reject_code_name(sw_reject_code c) { return NAMES[c]; }

sw_status sw_reject_spool_new(const char *path, sw_reject_spool **out, sw_error *err) {
  sw_reject_spool *s = calloc(1, sizeof *s);
  if (s) s->path = sw_str_dupz(sw_str_of(path));
  if (!s || !s->path) {
    free(s);
    return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  }
  *out = s;
  return SW_OK;
}

void sw_reject_spool_free(sw_reject_spool *s) {
  if (!s) return;
  if (s->f) {
    fclose(s->f);
    unlink(s->path);
  }
  free(s->path);
  free(s);
}

int64_t sw_reject_spool_count(const sw_reject_spool *s) { return s->count; }

static sw_status spool_failed(const sw_reject_spool *s, sw_error *err) {
  return SW_FAIL_ERRNO(err, "SW-INTAKE-0020", "无法写入拒收暂存文件 %s", "cannot write the spool of rejects %s", s->path);
}

sw_status sw_reject_spool_add(sw_reject_spool *s, const sw_reject *r, sw_error *err) {
  if (!s->f && !(s->f = fopen(s->path, "w+be"))) return spool_failed(s, err);
  spooled h = {r->row, r->line, r->offset, r->position, r->a, r->b, r->length, r->raw.len, r->column, r->field, (int32_t)r->code, (uint32_t)r->org.len};
  bool ok = fwrite(&h, sizeof h, 1, s->f) == 1;
  if (ok && r->org.len) ok = fwrite(r->org.ptr, 1, r->org.len, s->f) == r->org.len;
  if (ok && r->raw.len) ok = fwrite(r->raw.ptr, 1, r->raw.len, s->f) == r->raw.len;
  if (!ok) return spool_failed(s, err);
  s->count++;
  if (r->raw.len > s->largest) s->largest = r->raw.len;
  return SW_OK;
}

static sw_status put_piece(sw_reject_spool *s, const char *p, uint32_t n, sw_error *err) {
  if (fwrite(&n, sizeof n, 1, s->f) != 1 || (n && fwrite(p, 1, n, s->f) != n)) return spool_failed(s, err);
  return SW_OK;
}

sw_status sw_reject_spool_bytes(sw_reject_spool *s, const char *p, size_t n, sw_error *err) {
  sw_status st = SW_OK;
  for (size_t k; !st && n; p += k, n -= k) {
    k = n < SW_REJECT_PIECE ? n : SW_REJECT_PIECE;
    st = put_piece(s, p, (uint32_t)k, err);
    if (s->largest < 2 * k) s->largest = 2 * k; /* beside its raw text */
  }
  return st;
}

sw_status sw_reject_spool_end(sw_reject_spool *s, sw_error *err) { return put_piece(s, "", 0, err); }

void sw_reject_raw_text(sw_str raw, bool force_hex, sw_buf *out) {
  static const char HEX[] = "0123456789abcdef";
  bool text = !force_hex && sw_utf8_valid(raw) && !(raw.len && memchr(raw.ptr, 0, raw.len));
  if (text) {
    sw_buf_str_put(out, raw);
    return;
  }
  sw_buf_puts(out, "\\x");
  if (!sw_buf_reserve(out, raw.len * 2)) return;
  for (size_t i = 0; i < raw.len; i++) {
    unsigned char c = (unsigned char)raw.ptr[i];
    out->ptr[out->len++] = HEX[c >> 4];
    out->ptr[out->len++] = HEX[c & 15];
  }
  out->ptr[out->len] = '\0';
}

static void type_reason(const sw_reject *r, const sw_reject_context *x, sw_lang lang, sw_buf *out) {
  const sw_column_spec *c = &x->table->columns[r->column];
  SW_AUTO(sw_buf) type = SW_BUF_INIT;
  sw_type_sql(c->type, &type);
  if (lang == SW_LANG_ZH) sw_buf_printf(out, "列 %s 的值不能读作 %s", c->name, type.ptr);
  else sw_buf_printf(out, "the value of column %s cannot be read as %s", c->name, type.ptr);
  if (c->format == SW_FORMAT_PATTERN) sw_buf_printf(out, lang == SW_LANG_ZH ? "（格式 %s）" : " (format %s)", c->pattern);
}

void sw_reject_reason(const sw_reject *r, const sw_reject_context *x, sw_lang lang, sw_buf *out) {
  bool zh = lang == SW_LANG_ZH;
  long long a = (long long)r->a, b = (long long)r->b;
  switch (r->code) {
  case SW_REJECT_NONE: return;
  case SW_REJECT_TOO_FEW_FIELDS:
    sw_buf_printf(out, zh ? "字段太少：应有 %lld 个，只有 %lld 个" : "too few fields: %lld expected, %lld found", a, b);
    return;
  case SW_REJECT_TOO_MANY_FIELDS:
    sw_buf_printf(out, zh ? "字段太多：应有 %lld 个，却有 %lld 个" : "too many fields: %lld expected, %lld found", a, b);
    return;
  case SW_REJECT_BAD_QUOTE:
    sw_buf_puts(out, zh ? "右引号之后还有文字；字段内的引号须写成两个" : "text after a closing quote; a quote inside a field must be doubled");
    return;
  case SW_REJECT_UNBALANCED_QUOTE:
    sw_buf_puts(out, zh ? "此处的引号没有配对的右引号" : "the quote opened here is never closed");
    return;
  case SW_REJECT_TOO_LONG:
    sw_buf_printf(out, zh ? "记录超过上限 %lld 字节（共 %lld 字节）" : "the record is longer than the limit of %lld bytes (%lld bytes)", a, b);
    return;
  case SW_REJECT_NUL_BYTE: sw_buf_puts(out, zh ? "记录中有空字节（NUL）" : "the record holds a NUL byte"); return;
  case SW_REJECT_BAD_ENCODING:
    sw_buf_printf(out, zh ? "此处的字节不是合法的 %s 编码" : "the bytes here are not valid %s", sw_encoding_name(x->encoding));
    return;
  case SW_REJECT_BAD_TYPE: type_reason(r, x, lang, out); return;
  case SW_REJECT_BAD_JSON: sw_buf_puts(out, zh ? "此行不是合法的 JSON" : "the line is not valid JSON"); return;
  case SW_REJECT_NOT_AN_OBJECT:
    sw_buf_puts(out, zh ? "此行的 JSON 不是对象（{…}）" : "the line's JSON is not an object ({…})");
    return;
  }
}

/* --- spools to Parquet ------------------------------------------------------------------------ */

typedef struct rejects_source {
  sw_reject_spool *const *spools;
  size_t n, at;
  const sw_reject_context *x;
  sw_buf raw, text, piece, org;
  bool opened;
  int64_t inside;  /* _row of the reject whose pieces are being read; 0: none */
  int32_t part;    /* of the last row */
} rejects_source;

static sw_status spool_unreadable(const sw_reject_spool *s, sw_error *err) {
  return SW_FAIL(err, SW_E_IO, "SW-INTAKE-0021", "无法读回拒收暂存文件 %s", "cannot read back the spool of rejects %s", s->path);
}

static sw_status read_text(const sw_reject_spool *sp, sw_buf *out, size_t n, sw_error *err) {
  sw_buf_clear(out);
  if (!sw_buf_reserve(out, n)) return sw_buf_check(out, err);
  if (n && fread(out->ptr, 1, n, sp->f) != n) return spool_unreadable(sp, err);
  out->len = n;
  return SW_OK;
}

/* The next reject of all spools; DONE after the last. */
static sw_step next_spooled(rejects_source *s, sw_reject *r, sw_error *err) {
  for (; s->at < s->n; s->at++, s->opened = false) {
    sw_reject_spool *sp = s->spools[s->at];
    if (!sp->f) continue;
    if (!s->opened && (fflush(sp->f) || fseek(sp->f, 0, SEEK_SET))) return (void)spool_failed(sp, err), SW_STEP_ERROR;
    s->opened = true;
    spooled h;
    if (fread(&h, sizeof h, 1, sp->f) != 1) {
      if (feof(sp->f)) continue;
      return (void)spool_unreadable(sp, err), SW_STEP_ERROR;
    }
    if (read_text(sp, &s->org, h.org_len, err) || read_text(sp, &s->raw, h.raw_len, err)) return SW_STEP_ERROR;
    *r = (sw_reject){h.row, h.line, h.offset, h.position, h.column, h.field, (sw_reject_code)h.code, h.a, h.b, h.length, sw_buf_str(&s->org), sw_buf_str(&s->raw)};
    return SW_ROW;
  }
  return SW_DONE;
}

static void put_reason(rejects_source *s, const sw_reject *r, sw_lang lang, sw_out_column *c, size_t row) {
  sw_buf_clear(&s->text);
  sw_reject_reason(r, s->x, lang, &s->text);
  sw_out_str(c, row, sw_buf_str(&s->text));
}

enum { R_ROW, R_ORG, R_LINE, R_OFFSET, R_COLUMN, R_POSITION, R_FIELD, R_CODE, R_ZH, R_EN, R_RAW, R_LENGTH, R_PART, R_BYTES, R_COLUMNS };

/* The next piece of the record under way; its length is 0 at the end. */
static sw_status next_piece(rejects_source *s, sw_error *err) {
  const sw_reject_spool *sp = s->spools[s->at];
  uint32_t n;
  if (fread(&n, sizeof n, 1, sp->f) != 1) return spool_unreadable(sp, err);
  return read_text(sp, &s->piece, n, err);
}

static void put_reject(rejects_source *s, const sw_reject *r, sw_out_column *c, size_t row) {
  ((int64_t *)c[R_ROW].data)[row] = r->row;
  sw_out_str(&c[R_ORG], row, r->org);
  ((int64_t *)c[R_LINE].data)[row] = r->line;
  ((int64_t *)c[R_OFFSET].data)[row] = r->offset;
  if (r->column >= 0) sw_out_str(&c[R_COLUMN], row, sw_str_of(s->x->table->columns[r->column].name));
  else sw_out_null(&c[R_COLUMN], row);
  ((int64_t *)c[R_POSITION].data)[row] = r->position;
  if (r->position < 0) sw_out_null(&c[R_POSITION], row);
  ((int32_t *)c[R_FIELD].data)[row] = r->field;
  if (!r->field) sw_out_null(&c[R_FIELD], row);
  sw_out_str(&c[R_CODE], row, sw_str_of(sw_reject_code_name(r->code)));
  put_reason(s, r, SW_LANG_ZH, &c[R_ZH], row);
  put_reason(s, r, SW_LANG_EN, &c[R_EN], row);
  sw_out_str(&c[R_RAW], row, r->raw);
  ((int64_t *)c[R_LENGTH].data)[row] = r->length;
}

static void put_part(rejects_source *s, sw_out_column *c, size_t row) {
  ((int64_t *)c[R_ROW].data)[row] = s->inside;
  sw_out_str(&c[R_ORG], row, sw_buf_str(&s->org));
  for (size_t i = R_LINE; i <= R_LENGTH; i++) sw_out_null(&c[i], row);
}

/* One row: a reject, or a further piece of the last one. */
static sw_step next_row(rejects_source *s, sw_out_column *c, size_t row, sw_error *err) {
  if (s->inside) {
    if (next_piece(s, err)) return SW_STEP_ERROR;
    if (s->piece.len) {
      s->part++;
      put_part(s, c, row);
    } else {
      s->inside = 0;
    }
  }
  if (!s->inside) {
    sw_reject r;
    sw_step step = next_spooled(s, &r, err);
    if (step != SW_ROW) return step;
    put_reject(s, &r, c, row);
    if (next_piece(s, err)) return SW_STEP_ERROR;
    s->inside = s->piece.len ? r.row : 0;
    s->part = 0;
  }
  ((int32_t *)c[R_PART].data)[row] = s->part;
  if (s->inside) sw_out_str(&c[R_BYTES], row, sw_buf_str(&s->piece));
  else sw_out_null(&c[R_BYTES], row);
  return SW_ROW;
}

static sw_status next_chunk(void *ctx, void *state, sw_out_chunk *out, sw_error *err) {
  (void)state;
  rejects_source *s = ctx;
  size_t row = 0, bytes = 0;
  for (; row < out->cap && bytes < 32u << 20; row++) {
    sw_step step = next_row(s, out->columns, row, err);
    if (step == SW_STEP_ERROR) return err->status;
    if (step == SW_DONE) break;
    bytes += s->raw.len + s->piece.len;
  }
  out->n = row;
  return SW_OK;
}

/* A row group is built in memory. */
static int64_t row_group_rows(sw_reject_spool *const *spools, size_t n) {
  enum { USUAL = 122880, STEP = 2048, GROUP_BYTES = 64 << 20 };
  size_t largest = 256;
  for (size_t i = 0; i < n; i++)
    if (spools[i]->largest > largest) largest = spools[i]->largest;
  int64_t rows = (int64_t)(GROUP_BYTES / largest) / STEP * STEP;
  return rows > USUAL ? USUAL : rows < STEP ? STEP : rows;
}

sw_status sw_rejects_write(sw_conn *c, sw_reject_spool *const *spools, size_t n, const sw_reject_context *x, const char *path,
                           const sw_cancel *cancel, int64_t *rows, sw_error *err) {
  static const sw_source_column COLUMNS[R_COLUMNS] = {
      {"_row", SW_T_I64},     {"_org", SW_T_STR},  {"_line", SW_T_I64}, {"_offset", SW_T_I64},   {"column_name", SW_T_STR}, {"position", SW_T_I64},
      {"field", SW_T_I32},    {"code", SW_T_STR},  {"reason_zh", SW_T_STR}, {"reason_en", SW_T_STR}, {"raw", SW_T_STR},
      {"length", SW_T_I64}, {"part", SW_T_I32},    {"bytes", SW_T_BLOB}};
  char name[SW_UNIQUE_LEN], sql[SW_UNIQUE_LEN + 32];
  sw_unique_name("rejects", name);
  rejects_source src = {.spools = spools, .n = n, .x = x};
  sw_buf_init(&src.raw, SW_BUF_DEFAULT_MAX);
  sw_buf_init(&src.text, SW_BUF_DEFAULT_MAX);
  sw_buf_init(&src.piece, SW_BUF_DEFAULT_MAX);
  sw_buf_init(&src.org, SW_BUF_DEFAULT_MAX);
  sw_source s = {.name = name, .columns = COLUMNS, .ncolumns = R_COLUMNS, .ctx = &src, .next = next_chunk};
  snprintf(sql, sizeof sql, "SELECT * FROM sw_source('%s')", name);
  sw_status st = sw_source_register(c, &s, err);
  sw_parquet_options o = {.row_group_rows = row_group_rows(spools, n)};
  int64_t written = 0;
  if (!st) st = sw_copy_parquet(c, sql, path, &o, cancel, &written, err);
  sw_error ignored = SW_ERROR_INIT;
  if (sw_source_drop(c, name, &ignored)) sw_error_clear(&ignored);
  *rows = 0;
  for (size_t i = 0; i < n; i++) *rows += spools[i]->count;
  sw_buf_fini(&src.raw);
  sw_buf_fini(&src.text);
  sw_buf_fini(&src.piece);
  sw_buf_fini(&src.org);
  return st;
}
