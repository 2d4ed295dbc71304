#include "report/html.h"

#include "base/date.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

void sw_html_raw(sw_html *h, const char *markup) { sw_buf_puts(h->out, markup); }

void sw_html_text(sw_html *h, sw_str s) {
  size_t from = 0;
  for (size_t i = 0; i < s.len; i++) {
    const char *e = NULL;
    switch (s.ptr[i]) {
      case '&': e = "&amp;"; break;
      case '<': e = "&lt;"; break;
      case '>': e = "&gt;"; break;
      case '"': e = "&quot;"; break;
      default: if ((unsigned char)s.ptr[i] < 0x20 && s.ptr[i] != '\n' && s.ptr[i] != '\t') e = "\xEF\xBF\xBD";
    }
    if (!e) continue;
    sw_buf_put(h->out, s.ptr + from, i - from);
    sw_buf_puts(h->out, e);
    from = i + 1;
  }
  if (s.len > from) sw_buf_put(h->out, s.ptr + from, s.len - from);
}

void sw_html_textz(sw_html *h, const char *text) { sw_html_text(h, sw_str_of(text)); }

void sw_html_fmt(sw_html *h, const char *fmt, ...) {
  char text[2048];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  sw_buf_puts(h->out, text);
}

void sw_html_t(sw_html *h, const char *zh, const char *en) {
  sw_html_raw(h, "<span class=\"zh\" lang=\"zh\">");
  sw_html_textz(h, zh);
  sw_html_raw(h, "</span><span class=\"en\" lang=\"en\">");
  sw_html_textz(h, en);
  sw_html_raw(h, "</span>");
}

void sw_html_tf(sw_html *h, const char *zh, const char *en, ...) {
  char text[2][2048];
  va_list ap;
  va_start(ap, en);
  vsnprintf(text[0], sizeof text[0], zh, ap);
  va_end(ap);
  va_start(ap, en);
  vsnprintf(text[1], sizeof text[1], en, ap);
  va_end(ap);
  sw_html_t(h, text[0], text[1]);
}

void sw_html_section(sw_html *h, const char *id, const char *zh, const char *en, const char *lead_zh, const char *lead_en) {
  sw_html_fmt(h, "<section id=\"%s\"><h2>", id);
  sw_html_t(h, zh, en);
  sw_html_raw(h, "</h2>");
  if (lead_zh) {
    sw_html_raw(h, "<p class=\"lead\">");
    sw_html_t(h, lead_zh, lead_en);
    sw_html_raw(h, "</p>");
  }
}

void sw_html_end_section(sw_html *h) { sw_html_raw(h, "</section>\n"); }

static void put_grouped(sw_html *h, uint64_t v) {
  char digits[24];
  int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)v);
  for (int i = 0; i < n; i++) {
    if (i && (n - i) % 3 == 0) sw_buf_putc(h->out, ',');
    sw_buf_putc(h->out, digits[i]);
  }
}

void sw_html_int(sw_html *h, int64_t v) {
  if (v < 0) sw_html_raw(h, "−");
  put_grouped(h, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void sw_html_share(sw_html *h, int64_t part, int64_t whole) {
  if (whole <= 0) {
    sw_html_raw(h, "–");
    return;
  }
  double share = 100.0 * (double)part / (double)whole;
  sw_html_fmt(h, share > 0 && share < 0.01 ? "&lt;0.01%% (" : "%.2f%% (", share);
  sw_html_int(h, part);
  sw_html_raw(h, ")");
}

void sw_html_money(sw_html *h, int64_t fen) {
  uint64_t v = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;
  if (fen < 0) sw_html_raw(h, "−");
  put_grouped(h, v / 100);
  sw_html_fmt(h, ".%02u", (unsigned)(v % 100));
}

void sw_html_num(sw_html *h, double v, int decimals) {
  char text[64];
  if (!isfinite(v) || fabs(v) > 1e15) {
    sw_html_raw(h, "–");
    return;
  }
  snprintf(text, sizeof text, "%.*f", decimals, fabs(v));
  char *dot = strchr(text, '.');
  const char *rest = dot ? dot : text + strlen(text);
  uint64_t whole = strtoull(text, NULL, 10);
  if (v < 0 && strpbrk(text, "123456789")) sw_html_raw(h, "−");
  put_grouped(h, whole);
  sw_html_raw(h, rest);
}

void sw_html_percent(sw_html *h, double share, int decimals) {
  sw_html_num(h, share * 100, decimals);
  if (isfinite(share)) sw_html_raw(h, "%");
}

void sw_html_money_short(sw_html *h, int64_t fen) {
  double yuan = (double)fen / 100, size = fabs(yuan);
  sw_html_raw(h, "<span class=\"zh\" lang=\"zh\">");
  if (size >= 1e8) sw_html_num(h, yuan / 1e8, 2), sw_html_raw(h, "<small> 亿元</small>");
  else if (size >= 1e4) sw_html_num(h, yuan / 1e4, size >= 1e7 ? 0 : size >= 1e6 ? 1 : 2), sw_html_raw(h, "<small> 万元</small>");
  else sw_html_num(h, yuan, 0), sw_html_raw(h, "<small> 元</small>");
  sw_html_raw(h, "</span><span class=\"en\" lang=\"en\">");
  if (fen < 0) sw_html_raw(h, "−");
  sw_html_raw(h, "¥");
  if (size >= 1e9) sw_html_num(h, size / 1e9, 2), sw_html_raw(h, "<small> bn</small>");
  else if (size >= 1e6) sw_html_num(h, size / 1e6, size >= 1e8 ? 1 : 2), sw_html_raw(h, "<small> M</small>");
  else if (size >= 1e4) sw_html_num(h, size / 1e3, 1), sw_html_raw(h, "<small> k</small>");
  else sw_html_num(h, size, 0);
  sw_html_raw(h, "</span>");
}

void sw_html_bytes(sw_html *h, int64_t v) {
  static const char *const UNIT[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double x = (double)v;
  size_t u = 0;
  for (; x >= 1024 && u < 4; u++) x /= 1024;
  sw_html_fmt(h, u ? "%.1f %s" : "%.0f %s", x, UNIT[u]);
}

void sw_html_seconds(sw_html *h, double v) {
  if (v < 1) sw_html_fmt(h, "%.0f ms", v * 1000);
  else if (v < 60) sw_html_fmt(h, "%.2f s", v);
  else sw_html_fmt(h, "%d min %02d s", (int)(v / 60), (int)v % 60);
}

void sw_html_time(sw_html *h, int64_t us) {
  char text[SW_TIME_LEN];
  if (!us) {
    sw_html_raw(h, "–");
    return;
  }
  sw_format_time(us - us % 1000000, text);
  sw_html_raw(h, text);
}

void sw_html_table(sw_html *h, const sw_html_column *columns, size_t n) {
  sw_html_raw(h, "<div class=\"scroll\"><table><thead><tr>");
  for (size_t i = 0; i < n; i++) {
    sw_html_fmt(h, "<th class=\"%c\">", columns[i].kind);
    sw_html_t(h, columns[i].title[0], columns[i].title[1]);
    sw_html_raw(h, "</th>");
  }
  sw_html_raw(h, "</tr></thead><tbody>\n");
}

void sw_html_end_table(sw_html *h) { sw_html_raw(h, "</tbody></table></div>\n"); }
void sw_html_row(sw_html *h) { sw_html_raw(h, "<tr>"); }
void sw_html_end_row(sw_html *h) { sw_html_raw(h, "</tr>\n"); }
void sw_html_cell(sw_html *h, const sw_html_column *column) { sw_html_fmt(h, "<td class=\"%c\">", column->kind); }
void sw_html_end_cell(sw_html *h) { sw_html_raw(h, "</td>"); }

void sw_html_state(sw_html *h, const char *state) {
  static const struct {
    const char *key, *cls, *mark, *zh;
  } STATES[] = {
      {"done", "ok", "●", "完成"},         {"committed", "ok", "●", "已入库"}, {"ok", "ok", "●", "正常"},
      {"running", "notice", "◐", "运行中"}, {"pending", "none", "○", "等待"},   {"skipped", "none", "○", "未运行"},
      {"warning", "warn", "▲", "注意"},     {"cancelled", "warn", "■", "已停止"}, {"crashed", "warn", "■", "中断"},
      {"failed", "bad", "✖", "失败"},       {"broken", "bad", "✖", "损坏"},     {"superseded", "none", "○", "已替代"},
  };
  for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++)
    if (strcmp(STATES[i].key, state) == 0) {
      sw_html_fmt(h, "<span class=\"state %s\">%s ", STATES[i].cls, STATES[i].mark);
      sw_html_t(h, STATES[i].zh, STATES[i].key);
      sw_html_raw(h, "</span>");
      return;
    }
  sw_html_textz(h, state);
}
