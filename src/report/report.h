/* The HTML report: one self-contained page that says what a run did, where every row went, and what needs attention.
 *
 * Works offline and prints; Chinese and English are both in it. It reads the ledger and, unless another process holds
 * it, the warehouse. Rejected rows are told by file, line, column and reason, never by their values: a report is
 * forwarded, and `suwen rejects` shows the bytes to who may see them. */
#ifndef SW_REPORT_REPORT_H
#define SW_REPORT_REPORT_H

#include "report/html.h"
#include "workspace/workspace.h"

typedef struct sw_report_options {
  const char *run; /* "latest", an id, a number */
  sw_lang lang;    /* shown first */
} sw_report_options;

/* What a section may look at. */
typedef struct sw_report_scope {
  const sw_workspace *workspace;
  const char *run;
  sw_ledger *ledger;
  sw_conn *conn; /* NULL: there is no warehouse, or it is in use */
  const sw_cancel *cancel;
  sw_arena *arena;
} sw_report_scope;

/* A chapter of the page. `present` may be NULL (always); a chapter without data is left out, with its entry in the contents. */
typedef struct sw_report_section {
  const char *id;
  const char *title[2];
  bool (*present)(const sw_report_scope *s);
  sw_status (*write)(const sw_report_scope *s, sw_html *h, sw_error *err);
} sw_report_section;

extern const sw_report_section *const SW_REPORT_SECTIONS[]; /* NULL ends; in the page's order */

SW_CHECKED sw_status sw_report_html(sw_workspace *w, const sw_report_options *o, const sw_cancel *cancel, sw_buf *out, sw_error *err);

/* True when the warehouse has this table or view. */
bool sw_report_has(const sw_report_scope *s, const char *schema, const char *table);

#endif
