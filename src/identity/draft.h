/* A linkage configuration drafted from the data: which column is the record's number, which are evidence and of what
 * kind, and which are left out and why. Column names help (Chinese, English and the initials that Chinese systems use); the
 * values decide. Columns that look like the answer itself (cluster, label, person_id) are never used. */
#ifndef SW_IDENTITY_DRAFT_H
#define SW_IDENTITY_DRAFT_H

#include "identity/csv.h"
#include "identity/spec.h"

typedef enum sw_link_column_use {
  SW_LINK_USE_EVIDENCE,
  SW_LINK_USE_ID,        /* numbers the records */
  SW_LINK_USE_ANSWER,    /* looks like a label or the result of another linkage */
  SW_LINK_USE_EMPTY,
  SW_LINK_USE_CONSTANT,
  SW_LINK_USE_UNIQUE,    /* a number of the row, not of the person */
  SW_LINK_USE_EVENT,     /* when the record was made, not when the person was born */
  SW_LINK_USE_DERIVED,   /* put together from other columns */
  SW_LINK_USE_TEXT,      /* too long to be compared */
  SW_LINK_USE_ELSEWHERE, /* only in one of the inputs */
  SW_LINK_USE_TOO_MANY
} sw_link_column_use;

typedef struct sw_link_column_note {
  const char *column;
  sw_link_column_use use;
  sw_link_kind kind;    /* of evidence */
  double filled, distinct; /* shares of the records */
} sw_link_column_note;

typedef struct sw_link_draft {
  sw_link_spec spec;
  sw_link_column_note *notes;
  size_t nnotes;
} sw_link_draft;

/* Two inputs that call the same thing by other names: where exactly one column of each has a role (name, birth date, phone …)
 * that no column of a common name has, that of the second is renamed to the first's, and the user is told. The names live
 * in the first input. */
SW_CHECKED sw_status sw_link_draft_pair(sw_link_csv inputs[2], sw_arena *a, const sw_events *events, sw_error *err);
/* inputs: one or two tables. id_column: told by the user, or NULL. Strings and notes live in the arena. */
SW_CHECKED sw_status sw_link_draft_make(const sw_link_csv *inputs, size_t ninputs, const char *id_column, sw_arena *a,
                                        sw_link_draft *out, sw_error *err);
const char *sw_link_use_text(sw_link_column_use u, sw_lang lang);
/* The draft as the YAML that `--config` reads. */
void sw_link_spec_yaml(const sw_link_spec *s, sw_buf *out);

#endif
