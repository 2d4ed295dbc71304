#include "report/chart.h"

#include "base/utf8.h"

#include <math.h>

enum { WIDTH = 720, LABEL = 190, GAP = 8 };

static void open_svg(sw_html *h, int height) {
  sw_html_fmt(h, "<div class=\"chartbox\"><svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" preserveAspectRatio=\"xMinYMin meet\">", WIDTH, height);
}

static void close_svg(sw_html *h) { sw_html_raw(h, "</svg></div>\n"); }

void sw_chart_words(sw_html *h, const char *const label[2]) {
  if (!label[1] || label[0] == label[1]) {
    sw_html_textz(h, label[0]);
    return;
  }
  sw_html_raw(h, "<tspan class=\"zh\">");
  sw_html_textz(h, label[0]);
  sw_html_raw(h, "</tspan><tspan class=\"en\">");
  sw_html_textz(h, label[1]);
  sw_html_raw(h, "</tspan>");
}

void sw_chart_strip(sw_html *h, const sw_chart_part *parts, size_t n, int height) {
  int64_t sum = 0;
  for (size_t i = 0; i < n; i++) sum += parts[i].value > 0 ? parts[i].value : 0;
  if (!sum) return;
  sw_html_fmt(h, "<svg class=\"chart strip\" viewBox=\"0 0 %d %d\" role=\"img\" preserveAspectRatio=\"none\">", WIDTH, height);
  double x = 0;
  for (size_t i = 0; i < n; i++) {
    if (parts[i].value <= 0) continue;
    double w = (double)parts[i].value / (double)sum * WIDTH;
    /* A thin part must stay visible: what is rejected is often a thousandth. */
    sw_html_fmt(h, "<rect class=\"%s\" x=\"%.2f\" y=\"0\" width=\"%.2f\" height=\"%d\"><title>", parts[i].cls, x, w < 1.5 ? 1.5 : w, height);
    sw_html_textz(h, parts[i].label[0]);
    sw_html_raw(h, " / ");
    sw_html_textz(h, parts[i].label[1]);
    sw_html_fmt(h, ": %lld</title></rect>", (long long)parts[i].value);
    x += w;
  }
  sw_html_raw(h, "</svg>\n");
}

void sw_chart_bars(sw_html *h, const sw_chart_bar *bars, size_t n) {
  double max = 0;
  for (size_t i = 0; i < n; i++) max = bars[i].value > max ? bars[i].value : max;
  if (!n) return;
  open_svg(h, (int)n * 26);
  for (size_t i = 0; i < n; i++) {
    int y = (int)i * 26;
    double w = max > 0 ? bars[i].value / max * (WIDTH - LABEL - GAP - 110) : 0;
    sw_html_fmt(h, "<text class=\"label\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", LABEL, y + 17);
    sw_chart_words(h, bars[i].label);
    sw_html_fmt(h, "</text><rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.2f\" height=\"18\" rx=\"2\"/>", bars[i].cls ? bars[i].cls : "c1",
                LABEL + GAP, y + 4, w > 0 && w < 1 ? 1.0 : w);
    sw_html_fmt(h, "<text class=\"value\" x=\"%.2f\" y=\"%d\">", LABEL + GAP + w + 6, y + 17);
    if (bars[i].text) sw_html_textz(h, bars[i].text);
    else sw_html_fmt(h, "%.6g", bars[i].value);
    sw_html_raw(h, "</text>");
  }
  close_svg(h);
}

void sw_chart_spans(sw_html *h, const sw_chart_span *spans, size_t n) {
  double end = 0;
  for (size_t i = 0; i < n; i++) end = spans[i].to > end ? spans[i].to : end;
  if (!n || end <= 0) return;
  open_svg(h, (int)n * 22 + 22);
  double scale = (WIDTH - LABEL - GAP - 60) / end;
  for (int k = 0; k <= 4; k++) {
    double x = LABEL + GAP + end * k / 4 * scale;
    sw_html_fmt(h, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%zu\"/>", x, x, n * 22);
    sw_html_fmt(h, "<text class=\"axis\" x=\"%.1f\" y=\"%zu\" text-anchor=\"middle\">%.3g s</text>", x, n * 22 + 15, end * k / 4);
  }
  for (size_t i = 0; i < n; i++) {
    double w = (spans[i].to - spans[i].from) * scale;
    sw_html_fmt(h, "<text class=\"label\" x=\"%d\" y=\"%zu\" text-anchor=\"end\">", LABEL, i * 22 + 15);
    sw_html_textz(h, spans[i].label);
    sw_html_fmt(h, "</text><rect class=\"%s\" x=\"%.2f\" y=\"%zu\" width=\"%.2f\" height=\"14\" rx=\"2\"/>", spans[i].cls ? spans[i].cls : "c1",
                LABEL + GAP + spans[i].from * scale, i * 22 + 4, w < 1.5 ? 1.5 : w);
    sw_html_fmt(h, "<text class=\"value\" x=\"%.2f\" y=\"%zu\">%.2f s</text>", LABEL + GAP + spans[i].from * scale + w + 5, i * 22 + 15,
                spans[i].to - spans[i].from);
  }
  close_svg(h);
}

static void heat_cell(sw_html *h, double x, double y, double w, int64_t v, int64_t max, const char *row, const char *column) {
  /* The square root spreads small counts: a day with a tenth of the usual rows must look different. */
  double shade = max > 0 && v > 0 ? 0.08 + 0.92 * sqrt((double)v / (double)max) : 0;
  if (v < 0) sw_html_fmt(h, "<rect class=\"missing\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"20\">", x, y, w - 1);
  else sw_html_fmt(h, "<rect class=\"heat\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"20\" fill-opacity=\"%.3f\">", x, y, w - 1, shade);
  sw_html_raw(h, "<title>");
  sw_html_textz(h, row);
  sw_html_raw(h, " · ");
  sw_html_textz(h, column);
  if (v >= 0) sw_html_fmt(h, ": %lld", (long long)v);
  sw_html_raw(h, "</title></rect>");
}

void sw_chart_heat(sw_html *h, const char *const *rows, size_t nrows, const char *const *columns, size_t ncolumns, const int64_t *values) {
  if (!nrows || !ncolumns) return;
  int64_t max = 0;
  for (size_t i = 0; i < nrows * ncolumns; i++) max = values[i] > max ? values[i] : max;
  double w = (double)(WIDTH - LABEL - GAP) / (double)ncolumns;
  if (w > 64) w = 64;
  open_svg(h, (int)nrows * 22 + 24);
  for (size_t r = 0; r < nrows; r++) {
    sw_html_fmt(h, "<text class=\"label\" x=\"%d\" y=\"%zu\" text-anchor=\"end\">", LABEL, r * 22 + 15);
    sw_html_textz(h, rows[r]);
    sw_html_raw(h, "</text>");
    for (size_t c = 0; c < ncolumns; c++)
      heat_cell(h, LABEL + GAP + (double)c * w, (double)r * 22, w, values[r * ncolumns + c], max, rows[r], columns[c]);
  }
  size_t every = (size_t)(60 / w) + 1;
  for (size_t c = 0; c < ncolumns; c += every) {
    sw_html_fmt(h, "<text class=\"axis\" x=\"%.2f\" y=\"%zu\">", LABEL + GAP + (double)c * w, nrows * 22 + 15);
    sw_html_textz(h, columns[c]);
    sw_html_raw(h, "</text>");
  }
  close_svg(h);
}

static double x_of(size_t i, size_t n) { return 50 + (double)i * (WIDTH - 60) / (double)(n > 1 ? n - 1 : 1); }

static void band(sw_html *h, const double *lo, const double *hi, size_t n, double max) {
  sw_html_raw(h, "<path class=\"band\" d=\"");
  bool started = false;
  for (size_t i = 0; i < n; i++)
    if (isfinite(hi[i])) sw_html_fmt(h, "%c%.1f %.1f", started ? 'L' : 'M', x_of(i, n), 130 - hi[i] / max * 120), started = true;
  for (size_t i = n; i-- > 0;)
    if (isfinite(lo[i])) sw_html_fmt(h, "L%.1f %.1f", x_of(i, n), 130 - (lo[i] > 0 ? lo[i] : 0) / max * 120);
  sw_html_raw(h, "Z\"/>");
}

void sw_chart_line(sw_html *h, const double *values, const double *lo, const double *hi, const char *const *labels, size_t n) {
  double max = 0;
  for (size_t i = 0; i < n; i++) {
    if (isfinite(values[i]) && values[i] > max) max = values[i];
    if (hi && isfinite(hi[i]) && hi[i] > max) max = hi[i];
  }
  if (!n || max <= 0) return;
  open_svg(h, 156);
  for (int k = 0; k <= 2; k++) {
    sw_html_fmt(h, "<line class=\"grid\" x1=\"50\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>", WIDTH - 10, 130 - k * 60, 130 - k * 60);
    sw_html_fmt(h, "<text class=\"axis\" x=\"44\" y=\"%d\" text-anchor=\"end\">%.4g</text>", 134 - k * 60, max * k / 2);
  }
  if (lo && hi) band(h, lo, hi, n, max);
  sw_html_raw(h, "<path class=\"line\" d=\"");
  bool pen = false;
  for (size_t i = 0; i < n; i++) {
    if (isfinite(values[i])) sw_html_fmt(h, "%c%.1f %.1f", pen ? 'L' : 'M', x_of(i, n), 130 - values[i] / max * 120);
    pen = isfinite(values[i]);
  }
  sw_html_raw(h, "\"/>");
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(values[i])) continue;
    bool out = lo && hi && isfinite(lo[i]) && (values[i] < lo[i] || values[i] > hi[i]);
    sw_html_fmt(h, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"><title>", out ? "bad" : "c1", x_of(i, n), 130 - values[i] / max * 120, out ? "4" : "2");
    sw_html_textz(h, labels[i]);
    sw_html_fmt(h, ": %.6g</title></circle>", values[i]);
  }
  for (size_t i = 0; i < n; i += n / 8 + 1) {
    sw_html_fmt(h, "<text class=\"axis\" x=\"%.1f\" y=\"150\" text-anchor=\"middle\">", x_of(i, n));
    sw_html_textz(h, labels[i]);
    sw_html_raw(h, "</text>");
  }
  close_svg(h);
}
