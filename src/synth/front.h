/* The front page of a stay before it takes the institution's shape, so that faults can be put on it in one place.
 * Internal to the room. */
#ifndef SW_SYNTH_FRONT_H
#define SW_SYNTH_FRONT_H

#include "synth/life.h"

enum { SY_MAX_PAGE_MARKS = 10 };

typedef struct sy_page_dx {
  sw_str code, name, condition;
} sy_page_dx;

typedef enum sy_proc_field { SY_P_CODE, SY_P_NAME, SY_P_TIME, SY_P_LEVEL, SY_P_SURGEON, SY_P_FIRST, SY_P_SECOND, SY_P_CUT, SY_P_ANAES, SY_P_ANAESTHETIST, SY_P_FIELDS } sy_proc_field;

typedef struct sy_page_proc {
  int64_t time;
  sw_str field[SY_P_FIELDS]; /* without the time */
} sy_page_proc;

typedef enum sy_page_part { SY_ON_BASE, SY_ON_DX, SY_ON_PROC } sy_page_part;
typedef struct sy_page_mark {
  const char *kind;
  sy_page_part part;
  int index, field;
  sw_str detail;
} sy_page_mark;

typedef struct sy_page {
  sy_stay *s;
  bool national; /* departments in national codes */
  sy_cell base[SY_MAX_COLUMNS];
  int ndx, nprocs;
  sy_page_dx dx[SY_MAX_DX + 2];
  sy_page_proc procs[SY_MAX_PROCS + 2];
  int nmarks;
  sy_page_mark mark[SY_MAX_PAGE_MARKS];
} sy_page;

static inline sy_cell *sy_page_at(sy_page *p, sy_column_id c) { return &p->base[(int)c - SY_FIRST[SY_T_ADMISSION]]; }
static inline void sy_page_text(sy_page *p, sy_column_id c, sw_str v) {
  *sy_page_at(p, c) = (sy_cell){.state = v.len ? SY_VALUE : SY_EMPTY, .type = SY_COLUMNS[c].type, .s = v};
}
static inline void sy_page_number(sy_page *p, sy_column_id c, int64_t v) {
  *sy_page_at(p, c) = (sy_cell){.state = SY_VALUE, .type = SY_COLUMNS[c].type, .n = v};
}
static inline void sy_page_mark_at(sy_page *p, const char *kind, sy_page_part part, int index, int field, sw_str detail) {
  if (p->nmarks < SY_MAX_PAGE_MARKS) p->mark[p->nmarks++] = (sy_page_mark){kind, part, index, field, detail};
}
/* Another rule that the newest mark's change breaks as well: the same place, "with" the first. */
void sy_page_also(sy_page *p, const char *kind);

/* Perhaps puts one fault on the page; the mark names the rule that must find it. */
void sy_page_faults(sy_page *p);

/* front_codes.c: faults that are codes alone, by number; false when one does not fit the page. */
size_t sy_ncode_faults(void);
size_t sy_nrare_code_faults(void); /* the first of them fit few pages */
bool sy_code_fault(sy_page *p, size_t i);
/* A page whose main diagnosis has no rules of its own (tumours, injuries, births, newborns, psychiatry, rehabilitation have). */
bool sy_page_plain(const sy_page *p);

/* front_order.c: a fault against the patient's pages before this one; and what the page, as it is now, breaks beside them. */
bool sy_sequence_fault(sy_page *p, uint64_t h);
void sy_page_sequence(sy_page *p);

#endif
