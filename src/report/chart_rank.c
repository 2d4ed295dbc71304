/* Stages that narrow, bars with their running share, means with intervals, and five sides of one thing. */
#include "report/chart.h"

#include <math.h>

enum { WIDTH = 720 };

static void open_svg(sw_html *h, int width, int height) {
  sw_html_fmt(h, "<div class=\"chartbox\"><svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" preserveAspectRatio=\"xMinYMin meet\">", width, height);
}

static void close_svg(sw_html *h) { sw_html_raw(h, "</svg></div>\n"); }

static void hint(sw_html *h, const char *text) {
  sw_html_raw(h, "<title>");
  sw_html_textz(h, text ? text : "");
  sw_html_raw(h, "</title>");
}

void sw_chart_funnel(sw_html *h, const sw_chart_bar *stages, size_t n) {
  enum { ROW = 46, MIDDLE = 418, WIDE = 360, LABEL = 226 };
  if (!n || stages[0].value <= 0) return;
  open_svg(h, WIDTH, (int)n * ROW);
  for (size_t i = 0; i < n; i++) {
    double w = stages[i].value / stages[0].value * WIDE, next = i + 1 < n ? stages[i + 1].value / stages[0].value * WIDE : w;
    int y = (int)i * ROW;
    sw_html_fmt(h, "<text class=\"big\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", LABEL - 8, y + 20);
    sw_chart_words(h, stages[i].label);
    sw_html_fmt(h, "</text><rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"30\" rx=\"3\"/>", stages[i].cls ? stages[i].cls : "c1", MIDDLE - w / 2, y,
                w < 2 ? 2 : w);
    if (i + 1 < n)
      sw_html_fmt(h, "<path class=\"c3\" fill-opacity=\".45\" d=\"M%.1f %dL%.1f %dL%.1f %dL%.1f %dZ\"/>", MIDDLE - w / 2, y + 31, MIDDLE + w / 2, y + 31,
                  MIDDLE + next / 2, y + ROW - 1, MIDDLE - next / 2, y + ROW - 1);
    sw_html_fmt(h, "<text class=\"value\" x=\"%d\" y=\"%d\">", MIDDLE + WIDE / 2 + 10, y + 20);
    sw_html_textz(h, stages[i].text ? stages[i].text : "");
    sw_html_raw(h, "</text>");
  }
  close_svg(h);
}

void sw_chart_pareto(sw_html *h, const sw_chart_bar *bars, const double *cumulative, size_t n) {
  enum { ROW = 26, LABEL = 300, SPAN = 250, END = 715 };
  double max = 0;
  for (size_t i = 0; i < n; i++) max = fmax(max, bars[i].value);
  if (!n || max <= 0) return;
  open_svg(h, WIDTH, (int)n * ROW + 4);
  for (size_t i = 0; i < n; i++) {
    int y = (int)i * ROW;
    double w = bars[i].value / max * SPAN;
    sw_html_fmt(h, "<text class=\"label\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", LABEL, y + 17);
    sw_chart_words(h, bars[i].label);
    sw_html_fmt(h, "</text><rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"18\" rx=\"2\">", bars[i].cls ? bars[i].cls : "bad", LABEL + 8, y + 4, w < 1 ? 1 : w);
    hint(h, bars[i].text);
    sw_html_fmt(h, "</rect><text class=\"value\" x=\"%.1f\" y=\"%d\">", LABEL + 14 + w, y + 17);
    sw_html_textz(h, bars[i].text ? bars[i].text : "");
    sw_html_fmt(h, "</text><text class=\"value\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%.0f%%</text>", END, y + 17, cumulative[i] * 100);
  }
  close_svg(h);
}

void sw_chart_means(sw_html *h, const sw_chart_mean *rows, size_t n, double reference) {
  enum { WIDE = 480, LABEL = 62, SPAN = 186, ROW = 24 };
  double lo = reference, hi = reference;
  for (size_t i = 0; i < n; i++) lo = fmin(lo, fmin(rows[i].lo, rows[i].mean)), hi = fmax(hi, fmax(rows[i].hi, rows[i].mean));
  if (!n || !(hi > lo)) return;
  double scale = SPAN / (hi - lo);
#define AT(v) (LABEL + 12 + ((v) - lo) * scale)
  open_svg(h, WIDE, (int)n * ROW + 6);
  if (isfinite(reference)) sw_html_fmt(h, "<line class=\"zeroline\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\"/>", AT(reference), AT(reference), (int)n * ROW + 4);
  for (size_t i = 0; i < n; i++) {
    const sw_chart_mean *m = &rows[i];
    int y = (int)i * ROW + 14;
    sw_html_fmt(h, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LABEL, y + 4);
    sw_html_textz(h, m->label);
    sw_html_fmt(h, "</text><line class=\"range %s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/><circle class=\"%s\" cx=\"%.1f\" cy=\"%d\" r=\"5\">", m->cls, AT(m->lo), AT(m->hi),
                y, y, m->cls[0] ? m->cls : "c1", AT(m->mean), y);
    hint(h, m->text);
    sw_html_fmt(h, "</circle><text class=\"value\" x=\"%d\" y=\"%d\">", LABEL + 12 + SPAN + 12, y + 4);
    sw_html_textz(h, m->text);
    sw_html_raw(h, "</text>");
  }
#undef AT
  close_svg(h);
}

static void corner(sw_html *h, size_t i, size_t n, double r, const char *before) {
  double angle = 2 * 3.14159265358979323846 * (double)i / (double)n;
  sw_html_fmt(h, "%s%.1f %.1f", before, 130 + r * sin(angle), 104 - r * cos(angle));
}

void sw_chart_radar(sw_html *h, const char *const (*labels)[2], const double *values, size_t n) { sw_chart_radar_from(h, labels, values, n, 0, 0); }

void sw_chart_radar_from(sw_html *h, const char *const (*labels)[2], const double *values, size_t n, double centre, int digits) {
  enum { FULL = 72 };
  if (n < 3) return;
  sw_html_raw(h, "<div class=\"chartbox\"><svg class=\"chart\" viewBox=\"-62 0 384 204\" role=\"img\">"); /* room for the names and figures at both sides */
  for (int ring = 1; ring <= 4; ring++) {
    sw_html_raw(h, "<path class=\"grid\" fill=\"none\" d=\"");
    for (size_t i = 0; i < n; i++) corner(h, i, n, FULL * ring / 4.0, i ? "L" : "M");
    sw_html_raw(h, "Z\"/>");
  }
  sw_html_raw(h, "<path class=\"area\" d=\"");
  for (size_t i = 0; i < n; i++) corner(h, i, n, isfinite(values[i]) ? FULL * fmin(fmax(values[i] - centre, 0), 100 - centre) / (100 - centre) : 0, i ? "L" : "M");
  sw_html_raw(h, "Z\"/>");
  for (size_t i = 0; i < n; i++) {
    double angle = 2 * 3.14159265358979323846 * (double)i / (double)n, x = 130 + (FULL + 12) * sin(angle), y = 104 - (FULL + 12) * cos(angle);
    sw_html_fmt(h, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y + 4, fabs(sin(angle)) < 0.1 ? "middle" : sin(angle) > 0 ? "start" : "end");
    sw_chart_words(h, labels[i]);
    sw_html_raw(h, " ");
    sw_html_num(h, values[i], digits);
    sw_html_raw(h, "</text>");
  }
  close_svg(h);
}
