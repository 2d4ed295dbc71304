/* One worker's state and how a row gets into the deliveries: which of them bring it, in which form, with which faults,
 * and what the truth says about it. Internal to the room; one work, one thread.
 *
 * Strings that a row points to live in the work's arena, which is emptied after every person. */
#ifndef SW_SYNTH_EMIT_H
#define SW_SYNTH_EMIT_H

#include "base/vec.h"
#include "synth/files.h"
#include "synth/person.h"

enum { SY_MAX_CELLS = 700, SY_MAX_MARKS = 12 };

typedef enum sy_state { SY_EMPTY, SY_VALUE, SY_RAW } sy_state;
typedef struct sy_cell {
  sy_state state;
  sy_type type;
  int64_t n, e, l; /* numbers; of keys: patient, encounter, line (0: shorter key) */
  sw_str s;        /* texts, codes and raw forms */
} sy_cell;

/* A fault on a cell (or on the whole row: cell -1); kinds are static names. */
typedef struct sy_mark {
  int cell;
  const char *kind;
  sw_str detail;
} sy_mark;

typedef struct sy_row {
  int inst, table, n;
  int key_cell, key_cell2; /* for the truth; key_cell2 -1: none */
  int64_t patient;         /* for the closing totals; 0 none */
  int64_t amount;          /* fen */
  int nmarks;
  sy_mark mark[SY_MAX_MARKS];
  sy_cell cell[SY_MAX_CELLS];
} sy_row;

/* When a row is delivered. `valid_from`..`valid_to` are window ends between which this version is the current one. */
typedef struct sy_when {
  int32_t day;                  /* business day */
  int32_t updated;              /* day of the last change; = day when there was none */
  int32_t valid_from, valid_to; /* INT32_MIN, INT32_MAX for rows of one version */
  bool counted;                 /* counts in the closing totals (the first version does) */
} sy_when;

typedef struct sy_totals {
  int64_t rows, amount, patients;
} sy_totals;

/* Sums behind the figures, by level of institution where that matters. */
typedef struct sy_sums {
  int64_t persons, newborns, patients, duplicates, no_id, infants, infants_no_id, checksum, shared_phone, birth_1900, garbled, test;
  int64_t placeholders, placeholder_cells;
  int64_t visits, visit_lines, refund_lines, stays, deaths, surgical, emergency, deliveries, caesareans, pages, late_pages, fee_sum;
  int64_t borrowed;
  int64_t level_stays[SY_NLEVELS + 1], level_days[SY_NLEVELS + 1], level_cost[SY_NLEVELS + 1], level_dx[SY_NLEVELS + 1];
  int64_t level_chemo[SY_NLEVELS + 1];
  int64_t visit_cost, drug_cost, material_cost, test_cost, stay_cost;
  int64_t payer[4];          /* residents', employees', self, out of area */
  int64_t group[12];         /* principal diagnosis groups */
  int64_t block[7];          /* departments by block */
  int64_t dx_histogram[48];  /* diagnoses a case */
  int64_t rows, lost;
} sy_sums;

typedef struct sy_work {
  const sy_world *w;
  sy_files *f;
  sw_arena arena;            /* of the person */
  sy_row row;
  sw_buf line, encoded;
  sy_part *parts;            /* by file */
  sw_buf truth[SY_NTRUTHS];
  SW_VEC(sy_fault_at) faults;
  sw_buf fault_text;
  sy_totals *totals;         /* (inst * SY_NTABLES + table) * days + day */
  uint64_t *seen;            /* (inst, table, day, patient) of the person at hand */
  size_t nseen, seen_cap;
  sy_sums sums;
} sy_work;

SW_CHECKED sw_status sy_work_init(sy_work *k, const sy_world *w, sy_files *f, sw_error *err);
void sy_work_fini(sy_work *k);
void sy_work_next_person(sy_work *k);

/* Begins a row of a table with all cells empty, typed after the layout. */
sy_row *sy_row_begin(sy_work *k, int inst, int table);
static inline sy_cell *sy_at(sy_row *r, sy_column_id c) { return &r->cell[(int)c - SY_FIRST[r->table]]; }
void sy_put(sy_row *r, sy_column_id c, sw_str v);           /* empty text leaves the cell empty */
void sy_putz(sy_row *r, sy_column_id c, const char *v);
void sy_puti(sy_row *r, sy_column_id c, int64_t v);         /* int, money (fen), num3, num4 (scaled), date (days), time (s), sex */
void sy_putk(sy_row *r, sy_column_id c, int64_t n, int64_t e, int64_t l);
static inline void sy_put_code(sy_row *r, sy_column_id c, int v, char buf[12]) {
  snprintf(buf, 12, "%d", v);
  sy_putz(r, c, buf);
}
/* Adds a cell past the layout's columns (wide front pages). */
sy_cell *sy_append_cell(sy_row *r, sy_type type);
void sy_mark_fault(sy_row *r, int cell, const char *kind, sw_str detail);
static inline void sy_mark_column(sy_row *r, sy_column_id c, const char *kind, sw_str detail) {
  sy_mark_fault(r, (int)c - SY_FIRST[r->table], kind, detail);
}
/* Writes the row into every delivery that brings it. */
void sy_emit(sy_work *k, sy_row *r, const sy_when *when);
static inline sy_when sy_once(int32_t day) {
  return (sy_when){.day = day, .updated = day, .valid_from = INT32_MIN, .valid_to = INT32_MAX, .counted = true};
}

/* A key in the institution's form. */
sw_str sy_key_text(sy_work *k, int inst, int64_t n, int64_t e, int64_t l);
/* Texts for the truth: dates and times in ISO form, in the person's arena. */
sw_str sy_date_text(sy_work *k, int32_t day);
sw_str sy_time_text(sy_work *k, int64_t seconds);
/* Appends a CSV line to a truth file; NULL ends the fields. */
void sy_truth(sy_work *k, sy_truth_id t, const sw_str *fields, size_t n);
#define SY_TRUTH(k, t, ...) sy_truth((k), (t), (const sw_str[]){__VA_ARGS__}, sizeof((const sw_str[]){__VA_ARGS__}) / sizeof(sw_str))
sw_str sy_fmt(sy_work *k, const char *fmt, ...) SW_PRINTF(2, 3);
void sy_advise(sy_work *k, int inst, const char *table, sw_str key, const char *rule, const char *reason);

#endif
