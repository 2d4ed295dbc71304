/* Charts as inline SVG: no script, readable in print, coloured by the page's CSS variables (light and dark).
 *
 * Bars start at zero. Every mark has a <title> with its exact value. Widths are of a 720-unit wide view box. */
#ifndef SW_REPORT_CHART_H
#define SW_REPORT_CHART_H

#include "report/html.h"

/* A label within SVG text, in both languages; the same pointer twice, or NULL second, is a name without one. */
void sw_chart_words(sw_html *h, const char *const label[2]);

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

/* Points with bubbles by size (area). Labels stand in the order given while there is room; each point has its hint. */
typedef struct sw_chart_point {
  double x, y, size;
  const char *label; /* a name without a language; NULL none */
  const char *hint;  /* both languages where it has words */
  const char *cls;
} sw_chart_point;
typedef struct sw_chart_axes {
  const char *x[2], *y[2];   /* titles with their units */
  double x_line, y_line;     /* lines that make quadrants; NAN none */
  const char *corner[4][2];  /* upper left, upper right, lower left, lower right; NULL none */
} sw_chart_axes;
void sw_chart_scatter(sw_html *h, const sw_chart_axes *axes, const sw_chart_point *points, size_t n);

/* Stages that narrow, the first the widest; `text` stands at the end. */
void sw_chart_funnel(sw_html *h, const sw_chart_bar *stages, size_t n);
/* Bars, largest first, each with the share (0..1) that it and those above make of the whole. */
void sw_chart_pareto(sw_html *h, const sw_chart_bar *bars, const double *cumulative, size_t n);

/* Means with their intervals, and a line at the reference (NAN none). For panels: 480 units wide. */
typedef struct sw_chart_mean {
  const char *label;
  double mean, lo, hi;
  const char *text; /* at the end of the row */
  const char *cls;  /* "" or "bad" */
} sw_chart_mean;
void sw_chart_means(sw_html *h, const sw_chart_mean *rows, size_t n, double reference);
/* Values 0..100 on n axes; NAN counts as nothing. For panels: 260 units wide. */
void sw_chart_radar(sw_html *h, const char *const (*labels)[2], const double *values, size_t n);
/* The same with another value than 0 in the middle, for scores that differ in their last points. */
void sw_chart_radar_from(sw_html *h, const char *const (*labels)[2], const double *values, size_t n, double centre, int digits);

#endif
