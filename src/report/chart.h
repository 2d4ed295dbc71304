/* Charts as inline SVG: no script, readable in print, coloured by the page's CSS variables (light and dark).
 *
 * Bars start at zero. Every mark has a <title> with its exact value. Widths are of a 720-unit wide view box. */
#ifndef SW_REPORT_CHART_H
#define SW_REPORT_CHART_H

#include "report/html.h"

/* A part of a whole, in one strip. */
typedef struct sw_chart_part {
  const char *label[2];
  int64_t value;
  const char *cls; /* colour class: "c1" … "c6", "ok", "warn", "bad", "none" */
} sw_chart_part;
/* One horizontal strip of parts; nothing when the sum is 0. height in units. */
void sw_chart_strip(sw_html *h, const sw_chart_part *parts, size_t n, int height);

typedef struct sw_chart_bar {
  const char *label[2]; /* escaped by the chart */
  double value;
  const char *text;     /* shown at the end of the bar; NULL: the value */
  const char *cls;      /* NULL: "c1" */
} sw_chart_bar;
void sw_chart_bars(sw_html *h, const sw_chart_bar *bars, size_t n);

/* Spans on a common time axis (seconds from the start). */
typedef struct sw_chart_span {
  const char *label;
  double from, to;
  const char *cls;
} sw_chart_span;
void sw_chart_spans(sw_html *h, const sw_chart_span *spans, size_t n);

/* Rows × columns of counts; darker is more. Missing cells (value < 0) are hatched. */
void sw_chart_heat(sw_html *h, const char *const *rows, size_t nrows, const char *const *columns, size_t ncolumns, const int64_t *values);

/* A line over equally spaced points with an optional band [lo, hi] of what is expected; NAN leaves a gap. */
void sw_chart_line(sw_html *h, const double *values, const double *lo, const double *hi, const char *const *labels, size_t n);

#endif
