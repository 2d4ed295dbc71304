#include "report/parts.h"

#include <math.h>
#include <stdarg.h>

void sw_html_cards(sw_html *h) { sw_html_raw(h, "<div class=\"cards\">"); }
void sw_html_end_cards(sw_html *h) { sw_html_raw(h, "</div>\n"); }

void sw_html_card(sw_html *h, const char *tone, const char *zh, const char *en) {
  sw_html_fmt(h, "<div class=\"card %s\"><div class=\"k\">", tone);
  sw_html_t(h, zh, en);
  sw_html_raw(h, "</div><div class=\"v\">");
}

/* Both languages of a formatted text, in their spans. */
SW_PRINTF(2, 0) SW_PRINTF(3, 0)
static void put_both(sw_html *h, const char *zh, const char *en, va_list ap) {
  char text[2][2048];
  va_list again;
  va_copy(again, ap);
  vsnprintf(text[0], sizeof text[0], zh, ap);
  vsnprintf(text[1], sizeof text[1], en, again);
  va_end(again);
  sw_html_t(h, text[0], text[1]);
}

void sw_html_card_note(sw_html *h, const char *zh, const char *en, ...) {
  va_list ap;
  sw_html_raw(h, "</div><div class=\"d\">");
  va_start(ap, en);
  put_both(h, zh, en, ap);
  va_end(ap);
  sw_html_raw(h, "</div></div>");
}

void sw_html_card_below(sw_html *h) { sw_html_raw(h, "</div><div class=\"d\">"); }
void sw_html_end_card(sw_html *h) { sw_html_raw(h, "</div></div>"); }

void sw_html_panels(sw_html *h, bool wide) { sw_html_fmt(h, "<div class=\"panels%s\">", wide ? " wide" : ""); }
void sw_html_end_panels(sw_html *h) { sw_html_raw(h, "</div>\n"); }

void sw_html_panel(sw_html *h, const char *zh, const char *en) {
  sw_html_raw(h, "<div class=\"panel\"><h4>");
  sw_html_t(h, zh, en);
  sw_html_raw(h, "</h4>");
}

void sw_html_panel_of(sw_html *h, sw_str title) {
  sw_html_raw(h, "<div class=\"panel\"><h4>");
  sw_html_text(h, title);
  sw_html_raw(h, "</h4>");
}

void sw_html_end_panel(sw_html *h) { sw_html_raw(h, "</div>"); }

void sw_html_subhead(sw_html *h, const char *zh, const char *en) {
  sw_html_raw(h, "<h3>");
  sw_html_t(h, zh, en);
  sw_html_raw(h, "</h3>");
}

void sw_html_note(sw_html *h, const char *zh, const char *en, ...) {
  va_list ap;
  sw_html_raw(h, "<p class=\"lead\">");
  va_start(ap, en);
  put_both(h, zh, en, ap);
  va_end(ap);
  sw_html_raw(h, "</p>");
}

void sw_html_say(sw_html *h, const char *zh, const char *en) {
  sw_html_raw(h, "<p class=\"lead\">");
  sw_html_t(h, zh, en);
  sw_html_raw(h, "</p>");
}

void sw_html_details(sw_html *h, bool open, const char *zh, const char *en, ...) {
  va_list ap;
  sw_html_raw(h, open ? "<details open><summary>" : "<details><summary>");
  va_start(ap, en);
  put_both(h, zh, en, ap);
  va_end(ap);
  sw_html_raw(h, "</summary>");
}

void sw_html_end_details(sw_html *h) { sw_html_raw(h, "</details>\n"); }

void sw_html_legend(sw_html *h, const sw_html_key *keys, size_t n) {
  sw_html_raw(h, "<div class=\"legend\">");
  for (size_t i = 0; i < n; i++) {
    sw_html_fmt(h, "<span><i class=\"%s\"></i>", keys[i].cls);
    sw_html_t(h, keys[i].label[0], keys[i].label[1]);
    sw_html_raw(h, "</span>");
  }
  sw_html_raw(h, "</div>");
}

void sw_html_empty(sw_html *h, const char *why_zh, const char *why_en, const char *todo_zh, const char *todo_en) {
  sw_html_raw(h, "<p class=\"empty\">");
  sw_html_t(h, why_zh, why_en);
  sw_html_raw(h, " <span class=\"todo\">");
  sw_html_t(h, todo_zh, todo_en);
  sw_html_raw(h, "</span></p>\n");
}

void sw_html_more(sw_html *h, int64_t hidden, const char *command) {
  if (hidden <= 0) return;
  sw_html_raw(h, "<p class=\"more\">");
  sw_html_t(h, "另有 ", "and ");
  sw_html_int(h, hidden);
  sw_html_t(h, " 项：", " more: ");
  sw_html_raw(h, "<code>");
  sw_html_textz(h, command);
  sw_html_raw(h, "</code></p>\n");
}

void sw_html_sorted_table(sw_html *h, const sw_html_column *columns, size_t n) {
  sw_html_raw(h, "<div class=\"scroll\"><table class=\"sorted\"><thead><tr>");
  for (size_t i = 0; i < n; i++) {
    sw_html_fmt(h, "<th class=\"%c\"><button type=\"button\">", columns[i].kind);
    sw_html_t(h, columns[i].title[0], columns[i].title[1]);
    sw_html_raw(h, "</button></th>");
  }
  sw_html_raw(h, "</tr></thead><tbody>\n");
}

void sw_html_cell_value(sw_html *h, double value, const char *tone) {
  if (isfinite(value)) sw_html_fmt(h, "<td class=\"n %s\" data-v=\"%.9g\">", tone, value);
  else sw_html_raw(h, "<td class=\"n zero\">");
}

void sw_html_bar(sw_html *h, double share, const char *cls) {
  double w = !(share > 0) ? 0 : share > 1 ? 100 : share * 100;
  sw_html_fmt(h, "<span class=\"bar\"><i class=\"%s\" style=\"width:%.1f%%\"></i></span>", cls, w);
}

void sw_html_bar_signed(sw_html *h, double share) {
  double w = !isfinite(share) ? 0 : fabs(share) > 1 ? 50 : fabs(share) * 50;
  if (share < 0) sw_html_fmt(h, "<span class=\"bar two\"><i class=\"bad\" style=\"left:%.1f%%;width:%.1f%%\"></i></span>", 50 - w, w);
  else sw_html_fmt(h, "<span class=\"bar two\"><i class=\"c1\" style=\"left:50%%;width:%.1f%%\"></i></span>", w);
}

void sw_html_stack(sw_html *h, const sw_html_part *parts, size_t n) {
  sw_html_raw(h, "<span class=\"stack\">");
  for (size_t i = 0; i < n; i++) {
    if (!(parts[i].share > 0)) continue;
    sw_html_fmt(h, "<i class=\"%s\" style=\"width:%.2f%%\" title=\"", parts[i].cls, fmin(parts[i].share, 1) * 100);
    sw_html_textz(h, parts[i].hint ? parts[i].hint : "");
    sw_html_raw(h, "\"></i>");
  }
  sw_html_raw(h, "</span>");
}
