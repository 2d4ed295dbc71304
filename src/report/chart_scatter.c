/* Points on two axes, bubbles by size, with labels where they do not overlap. */
#include "report/chart.h"

#include <math.h>

enum { WIDTH = 720, HEIGHT = 420, LEFT = 62, RIGHT = 14, TOP = 14, BOTTOM = 44, MAX_BOXES = 400 };

typedef struct box {
  double x0, y0, x1, y1;
} box;

typedef struct plot {
  sw_html *h;
  double x0, x1, y0, y1; /* the axes' ends */
  double biggest;
  box taken[MAX_BOXES];
  size_t ntaken;
} plot;

/* 1, 2 or 5 times a power of ten: about `n` steps over the span. */
static double nice_step(double span, int n) {
  double raw = span / n, power = pow(10, floor(log10(raw))), f = raw / power;
  return power * (f < 1.5 ? 1 : f < 3.5 ? 2 : f < 7.5 ? 5 : 10);
}

static double px(const plot *p, double x) { return LEFT + (x - p->x0) / (p->x1 - p->x0) * (WIDTH - LEFT - RIGHT); }
static double py(const plot *p, double y) { return HEIGHT - BOTTOM - (y - p->y0) / (p->y1 - p->y0) * (HEIGHT - TOP - BOTTOM); }

static void widen(double *lo, double *hi, double by) {
  double span = *hi - *lo;
  if (span <= 0) span = fabs(*hi) > 0 ? fabs(*hi) : 1;
  *lo -= span * by;
  *hi += span * by;
}

static void measure(plot *p, const sw_chart_axes *a, const sw_chart_point *points, size_t n) {
  p->x0 = p->y0 = INFINITY;
  p->x1 = p->y1 = -INFINITY;
  for (size_t i = 0; i < n; i++) {
    p->x0 = fmin(p->x0, points[i].x), p->x1 = fmax(p->x1, points[i].x);
    p->y0 = fmin(p->y0, points[i].y), p->y1 = fmax(p->y1, points[i].y);
    p->biggest = fmax(p->biggest, points[i].size);
  }
  if (isfinite(a->x_line)) p->x0 = fmin(p->x0, a->x_line), p->x1 = fmax(p->x1, a->x_line);
  if (isfinite(a->y_line)) p->y0 = fmin(p->y0, a->y_line), p->y1 = fmax(p->y1, a->y_line);
  widen(&p->x0, &p->x1, 0.09);
  widen(&p->y0, &p->y1, 0.12);
}

static void number(sw_html *h, double v, double step) {
  int decimals = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
  sw_html_num(h, fabs(v) < step / 1000 ? 0 : v, decimals);
}

enum { MOST_LINES = 40 }; /* some seven are wanted; a span too small for its numbers never ends */

static void grid(const plot *p) {
  double step = nice_step(p->x1 - p->x0, 7);
  double first = ceil(p->x0 / step), v;
  for (int i = 0; i < MOST_LINES && (v = (first + i) * step) <= p->x1; i++) {
    sw_html_fmt(p->h, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/><text class=\"axis\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">",
                px(p, v), px(p, v), TOP, HEIGHT - BOTTOM, px(p, v), HEIGHT - BOTTOM + 15);
    number(p->h, v, step);
    sw_html_raw(p->h, "</text>");
  }
  step = nice_step(p->y1 - p->y0, 6);
  first = ceil(p->y0 / step);
  for (int i = 0; i < MOST_LINES && (v = (first + i) * step) <= p->y1; i++) {
    sw_html_fmt(p->h, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text class=\"axis\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", LEFT,
                WIDTH - RIGHT, py(p, v), py(p, v), LEFT - 6, py(p, v) + 4);
    number(p->h, v, step);
    sw_html_raw(p->h, "</text>");
  }
}

static void frame(plot *p, const sw_chart_axes *a) {
  if (isfinite(a->x_line))
    sw_html_fmt(p->h, "<line class=\"zeroline\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", px(p, a->x_line), px(p, a->x_line), TOP, HEIGHT - BOTTOM);
  if (isfinite(a->y_line))
    sw_html_fmt(p->h, "<line class=\"zeroline\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT, WIDTH - RIGHT, py(p, a->y_line), py(p, a->y_line));
  sw_html_fmt(p->h, "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">", (WIDTH + LEFT - RIGHT) / 2, HEIGHT - 8);
  sw_chart_words(p->h, a->x);
  sw_html_fmt(p->h, "</text><text class=\"axis\" transform=\"translate(13 %d) rotate(-90)\" text-anchor=\"middle\">", (HEIGHT - BOTTOM + TOP) / 2);
  sw_chart_words(p->h, a->y);
  sw_html_raw(p->h, "</text>");
  /* upper left, upper right, lower left, lower right */
  for (size_t i = 0; i < 4; i++) {
    if (!a->corner[i][0]) continue;
    double x = i % 2 ? WIDTH - RIGHT - 4 : LEFT + 4, y = i < 2 ? TOP + 13 : HEIGHT - BOTTOM - 6;
    sw_html_fmt(p->h, "<text class=\"axis\" x=\"%.1f\" y=\"%.1f\"%s>", x, y, i % 2 ? " text-anchor=\"end\"" : "");
    sw_chart_words(p->h, a->corner[i]);
    sw_html_raw(p->h, "</text>");
    p->taken[p->ntaken++] = (box){i % 2 ? x - 150 : x, y - 12, i % 2 ? x : x + 150, y + 3};
  }
}

static double text_width(const char *z) {
  double w = 0;
  for (const unsigned char *c = (const unsigned char *)z; *c; c++)
    if ((*c & 0xC0) != 0x80) w += *c < 0x80 ? 6.4 : 11.6;
  return w;
}

static bool free_of(const plot *p, box b) {
  if (b.x0 < LEFT || b.x1 > WIDTH - RIGHT || b.y0 < TOP || b.y1 > HEIGHT - BOTTOM) return false;
  for (size_t i = 0; i < p->ntaken; i++) {
    const box *t = &p->taken[i];
    if (b.x0 < t->x1 && t->x0 < b.x1 && b.y0 < t->y1 && t->y0 < b.y1) return false;
  }
  return true;
}

static void take(plot *p, box b) {
  if (p->ntaken < MAX_BOXES) p->taken[p->ntaken++] = b;
}

static double radius(const plot *p, const sw_chart_point *q) { return p->biggest > 0 ? 3 + 13 * sqrt(q->size / p->biggest) : 4; }

/* Right of the point, left, above, below; where there is no room the label is left to the hint. */
static void label(plot *p, const sw_chart_point *q) {
  double x = px(p, q->x), y = py(p, q->y), r = radius(p, q) + 3, w = text_width(q->label);
  box places[4] = {{x + r, y - 7, x + r + w, y + 6}, {x - r - w, y - 7, x - r, y + 6}, {x - w / 2, y - r - 12, x + w / 2, y - r}, {x - w / 2, y + r, x + w / 2, y + r + 12}};
  for (size_t i = 0; i < 4; i++) {
    if (!free_of(p, places[i])) continue;
    take(p, places[i]);
    sw_html_fmt(p->h, "<text x=\"%.1f\" y=\"%.1f\">", places[i].x0, places[i].y1 - 2);
    sw_html_textz(p->h, q->label);
    sw_html_raw(p->h, "</text>");
    return;
  }
}

void sw_chart_scatter(sw_html *h, const sw_chart_axes *axes, const sw_chart_point *points, size_t n) {
  if (!n) return;
  plot p = {.h = h};
  measure(&p, axes, points, n);
  sw_html_fmt(h, "<div class=\"chartbox\"><svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" preserveAspectRatio=\"xMinYMin meet\">", WIDTH, HEIGHT);
  grid(&p);
  frame(&p, axes);
  for (size_t i = 0; i < n; i++) {
    const sw_chart_point *q = &points[i];
    double r = radius(&p, q), x = px(&p, q->x), y = py(&p, q->y);
    sw_html_fmt(h, "<circle class=\"dot %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>", q->cls ? q->cls : "c1", x, y, r);
    sw_html_textz(h, q->hint);
    sw_html_raw(h, "</title></circle>");
    take(&p, (box){x - r * 0.7, y - r * 0.7, x + r * 0.7, y + r * 0.7});
  }
  for (size_t i = 0; i < n; i++)
    if (points[i].label) label(&p, &points[i]);
  sw_html_raw(h, "</svg></div>\n");
}
