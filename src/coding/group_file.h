/* Grouping a file of cases: CSV in, CSV out, one pass, constant memory.
 *
 * DRG writes id,status,mdc,adrg,drg,path; DIP writes id,status,kind,group,auxiliary,score,path. Every input record gives
 * one output record, in input order: a case that cannot be grouped gets its reason in the path.
 * The output appears under its name only when it is complete. */
#ifndef SW_CODING_GROUP_FILE_H
#define SW_CODING_GROUP_FILE_H

#include "coding/catalogue.h"

typedef struct sw_group_totals {
  int64_t cases, grouped, ungrouped;
  int64_t broken;     /* records with an unbalanced quote or too many codes, grouped by what could be read */
  int64_t reasons[8]; /* ungrouped cases by sw_drg_status or sw_dip_status */
} sw_group_totals;

/* in and out may be "-" (standard input and output). lang is that of the path column. */
SW_CHECKED sw_status sw_group_file(const sw_catalogue *catalogue, const char *in, const char *out, sw_lang lang,
                                   const sw_cancel *cancel, const sw_events *events, sw_group_totals *totals, sw_error *err);

#endif
