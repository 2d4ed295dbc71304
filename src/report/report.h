/* The HTML report: one self-contained page that says what a run did, where every row went, and what needs attention.
 *
 * Works offline and prints; Chinese and English are both in it. It reads the ledger and, unless another process holds
 * it, the warehouse. Rejected rows are told by file, line, column and reason, never by their values: a report is
 * forwarded, and `suwen rejects` shows the bytes to who may see them. */
#ifndef SW_REPORT_REPORT_H
#define SW_REPORT_REPORT_H

#include "engine/rows.h"
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

typedef enum sw_report_chapter {
  SW_CHAPTER_OVERVIEW,
  SW_CHAPTER_OPERATIONS,
  SW_CHAPTER_QUALITY,
  SW_CHAPTER_RECONCILE,
  SW_CHAPTER_FINDINGS,
  SW_CHAPTER_IDENTITY,
  SW_CHAPTER_CODING,
  SW_CHAPTER_RUN,
  SW_CHAPTERS
} sw_report_chapter;

/* A section of the page, in a file of its own, with a line in sections.def. `present` may be NULL (always). A section that is
 * not present is left out with its entry in the contents; where `absent` says why and what to do, that stands at the end of
 * its chapter, so that a reader learns that there is such a thing. */
typedef struct sw_report_section {
  const char *id;
  sw_report_chapter chapter;
  const char *title[2];
  bool (*present)(const sw_report_scope *s);
  const char *absent[2];
  sw_status (*write)(const sw_report_scope *s, sw_html *h, sw_error *err);
} sw_report_section;

#define SECTION(NAME) extern const sw_report_section SW_REPORT_##NAME;
#include "report/sections.def"

SW_CHECKED sw_status sw_report_html(sw_workspace *w, const sw_report_options *o, const sw_cancel *cancel, sw_buf *out, sw_error *err);

/* Every row of a statement to fn, until it fails. */
typedef sw_status (*sw_report_row_fn)(void *ctx, const sw_rows *row, sw_error *err);
SW_CHECKED sw_status sw_report_each(const sw_report_scope *s, const char *sql, const sw_param *params, size_t nparams, sw_report_row_fn fn, void *ctx,
                                    sw_error *err);
/* A row's text, kept in the arena; "" for NULL, and on failure of the arena. */
const char *sw_report_keep(const sw_report_scope *s, const sw_rows *row, size_t col);

/* 1,234,567 and −1,234 for labels of charts, kept in the arena. */
const char *sw_report_int(const sw_report_scope *s, double v);

/* True when the warehouse has this table or view. */
bool sw_report_has(const sw_report_scope *s, const char *schema, const char *table);
/* True when it also has a row for the run (column `run`). */
bool sw_report_has_run(const sw_report_scope *s, const char *schema, const char *table);

#endif
