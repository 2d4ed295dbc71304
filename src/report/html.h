/* Writing HTML: text is always escaped, tags are our own literals, and every text exists in Chinese and English.
 *
 * Both languages are written into the page (class zh, class en) and CSS shows one, so that a report can be read by either
 * without being made again. Failures are sticky in the buffer. */
#ifndef SW_REPORT_HTML_H
#define SW_REPORT_HTML_H

#include "base/str.h"

typedef struct sw_html {
  sw_buf *out;
} sw_html;

void sw_html_raw(sw_html *h, const char *markup);  /* our own markup only */
void sw_html_text(sw_html *h, sw_str text);        /* escaped, also for attributes in double quotes */
void sw_html_textz(sw_html *h, const char *text);
/* Raw markup with numbers and names of our own: "%s" arguments must be literals or escaped before. */
void sw_html_fmt(sw_html *h, const char *fmt, ...) SW_PRINTF(2, 3);
void sw_html_t(sw_html *h, const char *zh, const char *en); /* both languages */
void sw_html_tf(sw_html *h, const char *zh, const char *en, ...) SW_PRINTF(2, 4) SW_PRINTF(3, 4);
/* <section id=…><h2>…</h2>, with a line that says what the section is for. */
void sw_html_section(sw_html *h, const char *id, const char *zh, const char *en, const char *lead_zh, const char *lead_en);
void sw_html_end_section(sw_html *h);

/* Numbers for people. */
void sw_html_int(sw_html *h, int64_t v);          /* 1,234,567 */
void sw_html_share(sw_html *h, int64_t part, int64_t whole); /* "0.02% (1,204)"; "–" of nothing */
void sw_html_num(sw_html *h, double v, int decimals);        /* 1,234.57; "–" when not finite */
void sw_html_percent(sw_html *h, double share, int decimals); /* 0.123 as "12.3%"; "–" when not finite */
void sw_html_money(sw_html *h, int64_t fen);      /* 1,234.50 */
void sw_html_money_short(sw_html *h, int64_t fen); /* for cards and axes: "123.4 万元" and "¥1.23 M" */
void sw_html_bytes(sw_html *h, int64_t v);
void sw_html_seconds(sw_html *h, double v);
void sw_html_time(sw_html *h, int64_t us);        /* to the second; "–" for 0 */

/* Tables: open with headings, then cells; kind 'n' right-aligns numbers, 't' is text, 's' sorts as text and never wraps. */
typedef struct sw_html_column {
  const char *title[2];
  char kind;
} sw_html_column;
void sw_html_table(sw_html *h, const sw_html_column *columns, size_t n);
void sw_html_end_table(sw_html *h);
void sw_html_row(sw_html *h);
void sw_html_end_row(sw_html *h);
void sw_html_cell(sw_html *h, const sw_html_column *column); /* opens <td>; close with sw_html_end_cell */
void sw_html_end_cell(sw_html *h);

/* A state as shape, colour and word: "done", "failed", "running", "skipped", "cancelled", "warning", … */
void sw_html_state(sw_html *h, const char *state);

#endif
