#include "intake/warning.h"

#include "intake/json_scan.h"

void sw_batch_warning_put(sw_json *j, const char *code, int64_t n, const char *zh, const char *en) {
  sw_json_key(j, code);
  sw_json_open(j, '{');
  sw_json_key(j, "n");
  sw_json_i64(j, n);
  sw_json_key(j, "zh");
  sw_json_strz(j, zh);
  sw_json_key(j, "en");
  sw_json_strz(j, en);
  sw_json_close(j, '}');
}

typedef struct teller {
  sw_batch_warning_fn fn;
  void *ctx;
  sw_buf text[2];
} teller;

static void take_text(const sw_json_member *m, sw_buf *out) {
  sw_buf_clear(out);
  if (m->escaped) sw_json_unescape(m->value, out);
  else sw_buf_str_put(out, m->value);
}

static sw_status tell(teller *t, const sw_json_member *warning, sw_error *err) {
  sw_batch_warning w = {.code = warning->key};
  sw_json_scan s;
  sw_json_member m;
  sw_buf_clear(&t->text[0]);
  sw_buf_clear(&t->text[1]);
  sw_json_scan_init(&s, warning->value);
  while (sw_json_scan_next(&s, &m) == SW_JSON_MEMBER) {
    if (sw_str_eqz(m.key, "n")) (void)sw_str_to_i64(m.value, &w.n);
    if (sw_str_eqz(m.key, "zh")) take_text(&m, &t->text[SW_LANG_ZH]);
    if (sw_str_eqz(m.key, "en")) take_text(&m, &t->text[SW_LANG_EN]);
  }
  for (int i = 0; i < 2; i++) w.text[i] = sw_buf_str(&t->text[i]);
  return t->fn(t->ctx, &w, err);
}

static sw_status tell_all(teller *t, sw_str object, sw_error *err) {
  sw_json_scan s;
  sw_json_member m;
  sw_status st = SW_OK;
  sw_json_scan_init(&s, object);
  while (!st && sw_json_scan_next(&s, &m) == SW_JSON_MEMBER)
    if (m.kind == SW_JSON_NESTED) st = tell(t, &m, err);
  return st;
}

sw_status sw_batch_warnings(const char *info, sw_batch_warning_fn fn, void *ctx, sw_error *err) {
  teller t = {.fn = fn, .ctx = ctx, .text = {SW_BUF_INIT, SW_BUF_INIT}};
  sw_json_scan s;
  sw_json_member m;
  sw_status st = SW_OK;
  sw_json_scan_init(&s, sw_str_of(info ? info : ""));
  while (!st && sw_json_scan_next(&s, &m) == SW_JSON_MEMBER)
    if (m.kind == SW_JSON_NESTED && sw_str_eqz(m.key, "warnings")) st = tell_all(&t, m.value, err);
  sw_buf_fini(&t.text[0]);
  sw_buf_fini(&t.text[1]);
  return st;
}
