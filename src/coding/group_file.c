#include "coding/group_file.h"

#include "base/fs.h"
#include "base/json.h"
#include "coding/case_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { FLUSH_AT = 1 << 20 };

typedef struct sink {
  int fd;
  sw_buf out;
  sw_buf path; /* the path column of one case */
  char temp[1024];
  const char *final;
} sink;

static sw_status sink_open(sink *k, const char *out, sw_error *err) {
  sw_buf_init(&k->out, SW_BUF_DEFAULT_MAX);
  sw_buf_init(&k->path, 1 << 20);
  k->final = strcmp(out, "-") == 0 ? NULL : out;
  if (!k->final) {
    k->fd = dup(STDOUT_FILENO);
  } else {
    int n = snprintf(k->temp, sizeof k->temp, "%s.part", out);
    if (n < 0 || (size_t)n >= sizeof k->temp)
      return SW_FAIL(err, SW_E_USAGE, "SW-GRP-0003", "输出路径太长", "the output path is too long");
    k->fd = open(k->temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  }
  if (k->fd < 0) return SW_FAIL_ERRNO(err, "SW-GRP-0004", "不能写 %s", "cannot write %s", out);
  return SW_OK;
}

static sw_status sink_flush(sink *k, sw_error *err) {
  sw_status s = sw_buf_check(&k->out, err);
  for (size_t at = 0; !s && at < k->out.len;) {
    ssize_t n = write(k->fd, k->out.ptr + at, k->out.len - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SW_FAIL_ERRNO(err, "SW-GRP-0004", "不能写 %s", "cannot write %s", k->final ? k->final : "-");
    at += (size_t)n;
  }
  sw_buf_clear(&k->out);
  return s;
}

static sw_status sink_close(sink *k, sw_status s, sw_error *err) {
  if (!s) s = sink_flush(k, err);
  if (k->fd >= 0 && close(k->fd) != 0 && !s) s = SW_FAIL_ERRNO(err, "SW-GRP-0004", "不能写 %s", "cannot write %s", k->final ? k->final : "-");
  if (k->final && k->temp[0]) {
    if (!s && rename(k->temp, k->final) != 0)
      s = SW_FAIL_ERRNO(err, "SW-GRP-0004", "不能写 %s", "cannot write %s", k->final);
    if (s) (void)unlink(k->temp);
  }
  sw_buf_fini(&k->out);
  sw_buf_fini(&k->path);
  return s;
}

/* A field that needs quoting only when the input was garbage. */
static void put_field(sw_buf *b, sw_str v) {
  for (size_t i = 0; i < v.len; ++i) {
    char c = v.ptr[i];
    if (c == ',' || c == '"' || c == '\n' || c == '\r') {
      sw_csv_field(b, v, ',');
      return;
    }
  }
  sw_buf_str_put(b, v);
}

static void put_drg(sink *k, const sw_drg_catalogue *c, const sw_drg_case *in, sw_str id, bool broken, sw_lang lang,
                    sw_group_totals *t) {
  sw_drg_result r;
  sw_drg_group(c, in, &r);
  bool ok = r.drg != SW_DRG_NONE;
  t->grouped += ok;
  t->ungrouped += !ok;
  t->reasons[r.status] += !ok;
  put_field(&k->out, id);
  sw_buf_putc(&k->out, ',');
  sw_buf_str_put(&k->out, sw_drg_status_text(r.status));
  sw_buf_putc(&k->out, ',');
  sw_buf_str_put(&k->out, sw_drg_mdc_code(c, ok ? r.mdc : SW_DRG_NONE));
  sw_buf_putc(&k->out, ',');
  sw_buf_str_put(&k->out, sw_drg_adrg_code(c, ok ? r.adrg : SW_DRG_NONE));
  sw_buf_putc(&k->out, ',');
  sw_buf_str_put(&k->out, sw_drg_drg_code(c, r.drg));
  sw_buf_putc(&k->out, ',');
  sw_buf_clear(&k->path);
  sw_drg_path(c, in, &r, lang, &k->path);
  if (broken) sw_buf_puts(&k->path, lang == SW_LANG_ZH ? "（记录的引号不成对）" : " (the record has an unbalanced quote)");
  put_field(&k->out, sw_buf_str(&k->path));
  sw_buf_putc(&k->out, '\n');
}

static void put_decimal4(sw_buf *b, int64_t e4) {
  sw_buf_printf(b, "%lld.%04d", (long long)(e4 / 10000), (int)(e4 % 10000));
}

static void put_dip(sink *k, const sw_dip_catalogue *c, const sw_dip_case *in, sw_str id, bool broken, sw_lang lang,
                    sw_group_totals *t) {
  sw_dip_result r;
  sw_dip_group(c, in, &r);
  sw_dip_group_info g = {0};
  bool ok = sw_dip_group_info_of(c, r.group, &g);
  t->grouped += ok;
  t->ungrouped += !ok;
  t->reasons[r.status] += !ok;
  put_field(&k->out, id);
  if (ok) sw_buf_puts(&k->out, r.status == SW_DIP_CORE ? ",分组成功,核心病种," : ",分组成功,综合病种,");
  else sw_buf_puts(&k->out, ",无法入组,,");
  put_field(&k->out, g.code);
  sw_buf_putc(&k->out, ',');
  if (r.level >= 0) sw_buf_puts(&k->out, sw_dip_level_name((sw_dip_level)r.level));
  sw_buf_putc(&k->out, ',');
  int64_t score = 0;
  /* points × factor, both × 10 000 */
  if (ok && !__builtin_mul_overflow(g.score_e4, (int64_t)r.factor_e4, &score)) put_decimal4(&k->out, (score + 5000) / 10000);
  sw_buf_putc(&k->out, ',');
  sw_buf_clear(&k->path);
  sw_dip_path(c, in, &r, lang, &k->path);
  if (broken) sw_buf_puts(&k->path, lang == SW_LANG_ZH ? "（记录的引号不成对）" : " (the record has an unbalanced quote)");
  put_field(&k->out, sw_buf_str(&k->path));
  sw_buf_putc(&k->out, '\n');
}

static sw_status group_all(const sw_catalogue *cat, sw_case_file *f, sink *k, sw_lang lang, const sw_cancel *cancel,
                           const sw_events *events, sw_group_totals *t, sw_error *err) {
  bool dip = cat->kind == SW_CATALOGUE_DIP;
  sw_buf_puts(&k->out, dip ? "id,status,kind,group,auxiliary,score,path\n" : "id,status,mdc,adrg,drg,path\n");
  for (;;) {
    sw_drg_case in = SW_DRG_CASE_INIT;
    sw_str id;
    sw_step step = sw_case_file_next(f, &in, &id, err);
    if (step == SW_DONE) return SW_OK;
    if (step == SW_STEP_ERROR) return err ? err->status : SW_E_IO;
    ++t->cases;
    bool broken = f->csv->broken || f->truncated;
    t->broken += broken;
    if (dip) put_dip(k, cat->dip, &in, id, f->csv->broken, lang, t);
    else put_drg(k, cat->drg, &in, id, f->csv->broken, lang, t);
    if (k->out.len < FLUSH_AT) continue;
    sw_status s = sink_flush(k, err);
    if (!s) s = sw_cancel_check(cancel, err);
    if (s) return s;
    sw_emit_progress(events, "group", t->cases, 0, "rows");
  }
}

sw_status sw_group_file(const sw_catalogue *catalogue, const char *in, const char *out, sw_lang lang,
                        const sw_cancel *cancel, const sw_events *events, sw_group_totals *totals, sw_error *err) {
  *totals = (sw_group_totals){0};
  sw_case_file f;
  sw_status s = sw_case_file_open(in, &f, err);
  if (s) return SW_FRAME(err, "读取病例 %s", "reading cases from %s", in);
  sink k = {.fd = -1};
  s = sink_open(&k, out, err);
  if (!s) s = group_all(catalogue, &f, &k, lang, cancel, events, totals, err);
  s = sink_close(&k, s, err);
  sw_case_file_close(&f);
  return s;
}
