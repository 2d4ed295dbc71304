/* A `returned` object drafted from a file: headers by what they are usually called, codes by what occurs. */
#include "quality/returned_internal.h"

#include "base/map.h"
#include "base/utf8.h"

typedef struct heads {
  ptrdiff_t code, message, field, org;
} heads;

static bool has_any(sw_str s, const char *const *words) {
  for (size_t i = 0; words[i]; i++)
    if (sw_str_find(s, sw_str_of(words[i])) >= 0) return true;
  return false;
}

/* The first header that has a word of `good` and none of `bad`. */
static ptrdiff_t guess(const sw_returned_file *f, const char *const *good, const char *const *bad) {
  for (size_t w = 0; good[w]; w++)
    for (size_t i = 0; i < f->opened.nfields; i++) {
      sw_str h = sw_str_of(f->opened.names[i]);
      const char *const one[] = {good[w], NULL};
      if (has_any(h, one) && !has_any(h, bad)) return (ptrdiff_t)i;
    }
  return -1;
}

static heads guess_heads(const sw_returned_file *f) {
  static const char *const code[] = {"错误代码", "错误编码", "规则编码", "规则代码", "校验编码", "校验代码", "扣款代码", "违规代码", "错误码", "规则编号", "error_code", "ErrorCode", "rule_id", "err", "code", NULL};
  static const char *const message[] = {"错误信息", "错误描述", "错误说明", "提示信息", "校验信息", "规则名称", "原因", "描述", "说明", "message", "Message", "reason", "desc", NULL};
  static const char *const field[] = {"字段", "数据项", "指标", "项目名称", "field", "Field", "column", NULL};
  static const char *const org[] = {"机构代码", "机构编码", "组织机构", "医疗机构代码", "定点医药机构编号", "org_code", "ORG", "A01", "fixmedins_code", NULL};
  static const char *const not_code[] = {"机构", "组织", "诊断", "手术", "字段", "科", NULL};
  static const char *const none[] = {NULL};
  return (heads){guess(f, code, not_code), guess(f, message, none), guess(f, field, code), guess(f, org, none)};
}

static void put_quoted(sw_buf *out, sw_str s) {
  sw_buf_putc(out, '"');
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == '"' || s.ptr[i] == '\\') sw_buf_putc(out, '\\');
    if ((unsigned char)s.ptr[i] >= 0x20) sw_buf_putc(out, s.ptr[i]);
  }
  sw_buf_putc(out, '"');
}

static void put_header(const sw_returned_file *f, const char *key, ptrdiff_t at, const char *why, sw_buf *out) {
  if (at < 0 && !why) return;
  sw_buf_printf(out, "%s: ", key);
  if (at < 0) {
    sw_buf_printf(out, "[]  # %s\n", why);
    return;
  }
  sw_buf_putc(out, '[');
  put_quoted(out, sw_str_trim(sw_str_of(f->opened.names[at])));
  sw_buf_puts(out, "]\n");
}

/* The column of our table that a header names, by name or title. */
static const sw_column_def *column_named(const sw_table_def *t, sw_str header) {
  for (size_t i = 0; i < t->columns.n; i++) {
    const sw_column_def *c = SW_COLUMN(t, i);
    if (sw_str_ieq(header, c->name.name) || sw_str_eq(header, c->title.zh) || sw_str_ieq(header, c->title.en)) return c;
  }
  return NULL;
}

static bool identifies(const sw_table_def *t, const sw_column_def *c) {
  static const char *const words[] = {"号", "次数", "时间", "日期", "ID", NULL};
  for (size_t i = 0; i < t->key.n; i++)
    if (sw_str_eq(SW_ITEM(sw_ref, t->key, i)->name, c->name.name)) return true;
  return has_any(c->title.zh, words) && c->type != SW_COL_MONEY;
}

static void put_keys(const sw_returned_file *f, const sw_table_def *t, heads h, sw_buf *out) {
  size_t n = 0;
  for (size_t i = 0; i < f->opened.nfields && n < SW_RETURNED_KEYS; i++) {
    if ((ptrdiff_t)i == h.code || (ptrdiff_t)i == h.message || (ptrdiff_t)i == h.field || (ptrdiff_t)i == h.org) continue;
    sw_str head = sw_str_trim(sw_str_of(f->opened.names[i]));
    const sw_column_def *c = column_named(t, head);
    if (!c || !identifies(t, c)) continue;
    sw_buf_puts(out, n++ ? "" : "key:\n");
    sw_buf_printf(out, "  - {column: %.*s, from: [", SW_STR_ARG(c->name.name));
    put_quoted(out, head);
    sw_buf_puts(out, "]}\n");
  }
  if (n) return;
  sw_buf_puts(out, "key:  # 没有认出主键列，请改：哪些列能找到那一行 / no key was recognised: say which columns find the row\n  - {column: ");
  const sw_ref *last = t->key.n ? SW_ITEM(sw_ref, t->key, t->key.n - 1) : &SW_COLUMN(t, 0)->name;
  sw_buf_printf(out, "%.*s, from: [", SW_STR_ARG(last->name));
  put_quoted(out, f->opened.nfields ? sw_str_of(f->opened.names[0]) : SW_LIT("?"));
  sw_buf_puts(out, "]}\n");
}

enum { CODES = 500 };

static sw_status put_codes(sw_returned_file *f, heads h, const sw_cancel *cancel, sw_buf *out, sw_error *err) {
  sw_map count = SW_MAP_INIT;
  sw_arena a = SW_ARENA_INIT;
  const char *messages[CODES] = {0};
  sw_record r;
  sw_scan_step step;
  sw_status s = SW_OK;
  while (!s && (step = sw_reader_next(&f->reader, true, &r, err)) != SW_SCAN_DONE) {
    if (step == SW_SCAN_ERROR) s = err ? err->status : SW_E_DATA;
    if (s || r.problem || r.deleted) continue;
    sw_str code = sw_returned_cell(f, &r, h.code);
    bool added = false;
    if (!code.len || !sw_utf8_valid(code) || (count.len == CODES && !sw_map_has(&count, code))) continue;
    uint64_t *n = sw_map_at(&count, code, 0, &added);
    if (!n) s = SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory");
    else if (++*n && added) messages[count.len - 1] = sw_arena_dupz(&a, sw_returned_cell(f, &r, h.message));
    if (!s) s = sw_cancel_check(cancel, err);
  }
  if (count.len) sw_buf_puts(out, "codes:  # 填上对应的规则；导入后 suwen returned suggest 给出建议 / fill in the rules; suwen returned suggest helps after the import\n");
  for (size_t i = 0; i < count.len; i++) {
    sw_buf_puts(out, "  - {code: ");
    put_quoted(out, count.entries[i].key);
    sw_buf_puts(out, ", rules: []");
    if (messages[i] && messages[i][0] && sw_utf8_valid(sw_str_of(messages[i]))) {
      sw_buf_puts(out, ", title: ");
      put_quoted(out, sw_str_of(messages[i]));
    }
    sw_buf_printf(out, "}  # %llu\n", (unsigned long long)count.entries[i].value);
  }
  sw_map_fini(&count);
  sw_arena_fini(&a);
  return s;
}

static sw_status draft(sw_returned_file *f, const sw_returned_draft *o, const sw_table_def *t, sw_buf *out, sw_error *err) {
  heads h = guess_heads(f);
  sw_buf_printf(out, "returned: %s\ntitle: {zh: ", o->id);
  put_quoted(out, sw_str_of(o->id));
  sw_buf_puts(out, ", en: ");
  put_quoted(out, sw_str_of(o->id));
  sw_buf_printf(out, "}\ntable: %s\n", o->table);
  put_keys(f, t, h, out);
  put_header(f, "org", h.org, NULL, out);
  put_header(f, "code", h.code, "请写明错误代码的列名 / say which column has their code", out);
  put_header(f, "field", h.field, NULL, out);
  put_header(f, "message", h.message, NULL, out);
  return h.code < 0 ? SW_OK : put_codes(f, h, o->cancel, out, err);
}

sw_status sw_returned_draft_file(const sw_returned_draft *o, sw_buf *yaml, sw_error *err) {
  sw_arena a = SW_ARENA_INIT;
  sw_returned_file f;
  const sw_table_def *t = sw_pack_table(o->packs, sw_str_of(o->table));
  if (!t) return SW_FAIL(err, SW_E_NOTFOUND, "SW-RULE-0030", "没有声明表 %s", "no table %s is declared", o->table);
  sw_status s = sw_returned_open(o->file, &a, o->cancel, &f, err);
  if (!s) {
    s = draft(&f, o, t, yaml, err);
    sw_returned_close(&f);
  }
  if (!s) s = sw_buf_check(yaml, err);
  sw_arena_fini(&a);
  return s;
}
