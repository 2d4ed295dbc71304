/* Advice on the coding of every case, with the evidence in its record and what it is worth.
 *
 * Rules of evidence are content, a CSV file with the columns
 *   kind,item,op,limit,unit,also_kind,also_item,accept,codes,code,prefix,expected,zh,en
 * (accept: the limit by which a code that is there counts as supported, where it differs from the limit that calls for one; kind: lab, charge, order, device; item: a name, or its beginning with *; op: <, <=, >, >= or empty: it exists; codes: dx or pr;
 * code: what it supports; prefix: codes that count as that; expected: yes when who has it always leaves this in the record). So
 *   lab,血红蛋白,<,90,g/L,charge,*红细胞*… : anaemia that is treated and not coded
 *   device,ventilator,>=,96,h,,,,pr,96.7201,96.72,… : long ventilation without its code
 *
 * Writes store.<physical>: _row, _org, org_code, case_no, kind, side (missed: more could be coded; up-coding: less is supported; hint),
 * code, from_group, to_group, weight, weight_change, yuan (at the case's own value of a unit of weight), item, value, unit, text_zh,
 * text_en. Findings are hints for a coder who reads the record, never corrections.
 *
 * Threads: that of the connection; a second one of the same engine is opened. */
#ifndef SW_CODING_ADVISE_RUN_H
#define SW_CODING_ADVISE_RUN_H

#include "coding/catalogue.h"
#include "engine/engine.h"
#include "medic/drg_advise.h"

/* Reads rules; what is wrong with a line is an error with file and line. Everything lives in the arena. */
SW_CHECKED sw_status sw_evidence_read(const char *path, sw_arena *a, sw_evidence_rule **rules, size_t *n, sw_error *err);

typedef struct sw_advise_run_options {
  const sw_catalogue *catalogue; /* DRG */
  const char *cases;    /* SELECT as of sw_group_run, and value (yuan of a unit of weight; NULL: unknown) */
  const char *evidence; /* SELECT with org_code, case_no, kind, item, value, unit; NULL: none */
  const sw_evidence_rule *rules;
  size_t nrules;
  const char *physical;
  const sw_cancel *cancel;
  const sw_events *events;
} sw_advise_run_options;

typedef struct sw_advise_run_counts {
  int64_t in, out;              /* cases; findings */
  int64_t advised;              /* cases with a finding */
  int64_t missed, upcoded;      /* findings by side */
  int64_t missed_fen, upcoded_fen; /* upcoded is what the payment would fall by */
} sw_advise_run_counts;

SW_CHECKED sw_status sw_advise_run(sw_conn *c, const sw_advise_run_options *o, sw_advise_run_counts *out, sw_error *err);

/* The default SELECT of evidence over the standard tables, of the items that the rules speak of, appended. */
void sw_advise_evidence_select(const sw_evidence_rule *rules, size_t n, sw_buf *out);

#endif
