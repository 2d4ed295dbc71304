/* Parts of a page that sections share: cards of figures, panels side by side, legends, bars in tables, what is absent,
 * and how much more there is. See docs/report.md for how they look together.
 *
 *   sw_html_cards(h);
 *   sw_html_card(h, "", "病例数", "Cases"), sw_html_int(h, n), sw_html_card_note(h, "其中入组 %lld", "%lld of them grouped", g);
 *   sw_html_end_cards(h);
 */
#ifndef SW_REPORT_PARTS_H
#define SW_REPORT_PARTS_H

#include "report/html.h"

/* A row of cards that wraps. A card is open after sw_html_card for the figure itself, until one of the closing calls. */
void sw_html_cards(sw_html *h);
void sw_html_card(sw_html *h, const char *tone, const char *zh, const char *en); /* tone: "", "ok", "warn", "bad" */
void sw_html_card_note(sw_html *h, const char *zh, const char *en, ...) SW_PRINTF(2, 4) SW_PRINTF(3, 4); /* a line below the figure; closes the card */
void sw_html_card_below(sw_html *h);                                                                     /* the line below the figure, written by the caller; then sw_html_end_card */
void sw_html_end_card(sw_html *h);                                                                       /* closes a card without a note */
void sw_html_end_cards(sw_html *h);

/* Panels side by side (small multiples), as many in a row as fit; the grid is `wide` for two at most. */
void sw_html_panels(sw_html *h, bool wide);
void sw_html_panel(sw_html *h, const char *zh, const char *en);
void sw_html_panel_of(sw_html *h, sw_str title); /* the same with a name that has no language */
void sw_html_end_panel(sw_html *h);
void sw_html_end_panels(sw_html *h);

void sw_html_subhead(sw_html *h, const char *zh, const char *en);                                  /* a heading within a section */
void sw_html_note(sw_html *h, const char *zh, const char *en, ...) SW_PRINTF(2, 4) SW_PRINTF(3, 4); /* a quiet paragraph */
void sw_html_say(sw_html *h, const char *zh, const char *en);                                       /* the same with finished texts */
void sw_html_details(sw_html *h, bool open, const char *zh, const char *en, ...) SW_PRINTF(3, 5) SW_PRINTF(4, 5);
void sw_html_end_details(sw_html *h);

typedef struct sw_html_key {
  const char *cls; /* colour class: "c1" … "c6", "ok", "warn", "bad", "none" */
  const char *label[2];
} sw_html_key;
void sw_html_legend(sw_html *h, const sw_html_key *keys, size_t n);

/* What is not here, why, and what to do about it. */
void sw_html_empty(sw_html *h, const char *why_zh, const char *why_en, const char *todo_zh, const char *todo_en);
/* Below a list that was cut: "and 123 more: <command>"; nothing when hidden is 0. */
void sw_html_more(sw_html *h, int64_t hidden, const char *command);

/* A table whose headings sort it on a click. Number cells hand down the value that sorts. */
void sw_html_sorted_table(sw_html *h, const sw_html_column *columns, size_t n);
void sw_html_cell_value(sw_html *h, double value, const char *tone); /* opens <td>: a number that sorts by value; tone "", "zero", "bad", "good" */
/* Within a cell: a bar of share 0..1, or one to the left or right of the middle for -1..1 (losses left). */
void sw_html_bar(sw_html *h, double share, const char *cls);
void sw_html_bar_signed(sw_html *h, double share);
/* A stacked bar: parts as shares of the widest bar of its kind. */
typedef struct sw_html_part {
  const char *cls;
  double share;
  const char *hint;
} sw_html_part;
void sw_html_stack(sw_html *h, const sw_html_part *parts, size_t n);

#endif
