/* Grouping catalogues from published tables: read, checked, compiled.
 *
 * A DRG catalogue is a directory of CSV tables, columns found by name:
 *   mdc.csv              mdc,test_order,entry_rule
 *   mdc_dx.csv           mdc,<code>,body_part_if_MDCZ
 *   adrg.csv             mdc,adrg,order_in_mdc,rule[,n_dx,n_proc_list,drg_tested_in_order]
 *   adrg_dx.csv          adrg,list,<code>
 *   adrg_proc.csv        adrg,list,<code>
 *   drg.csv              drg,name,adrg,mdc[,rule,weight,mean_cost,mean_los,risk]   (yuan, days)
 *   mcc.csv, cc.csv      <code>,exclusion_table
 *   cce.csv              <code>,exclusion_table        (the principal diagnosis's table)
 *   valid_procedure.csv  <code>[,name]
 *   icd10*.csv, icd9*.csv  code,name                   (optional: names, and to tell unknown codes)
 *   options.csv          key,value                     (optional: qy, procedure, infant_days, title)
 * A DIP catalogue is one CSV file, or a directory with
 *   dip.csv              kind(core|comprehensive),dx,procedures,class,score[,code,name,grass_roots,mean_cost,mean_los]
 *   dip_class.csv        code,class                    (optional: operation class of procedure codes)
 *   dip_auxiliary.csv    group,level,factor            (optional: auxiliary factors; group empty: all)
 *   mcc.csv, cc.csv, cce.csv, options.csv              (optional, as above)
 *
 * What is wrong with a row is a finding with file and line; the row is left out and the rest is compiled. Only a missing
 * table or a catalogue without any group fails.
 *
 * Ownership: the caller frees the catalogue. Threads: immutable once imported; share it freely. */
#ifndef SW_CODING_CATALOGUE_H
#define SW_CODING_CATALOGUE_H

#include "base/arena.h"
#include "base/task.h"
#include "medic/dip.h"
#include "medic/drg.h"

typedef enum sw_catalogue_kind { SW_CATALOGUE_DRG, SW_CATALOGUE_DIP } sw_catalogue_kind;

typedef enum sw_finding_grade {
  SW_FINDING_ERROR,   /* the row was left out */
  SW_FINDING_WARNING, /* taken, but groups cases in a way that nobody may have wanted */
  SW_FINDING_NOTE     /* worth knowing */
} sw_finding_grade;

typedef struct sw_finding {
  sw_finding_grade grade;
  const char *file; /* name within the catalogue */
  int64_t line;     /* 0: the file as a whole */
  const char *kind; /* stable word: "unknown-code", "two-mdc", "empty-group", … */
  const char *text[2];
} sw_finding;

typedef struct sw_catalogue {
  sw_catalogue_kind kind;
  sw_drg_catalogue *drg;
  sw_dip_catalogue *dip;
  sw_finding *findings;
  size_t nfindings;
  size_t grades[3];    /* findings by grade; only the first 10,000 are kept, all are counted */
  sw_arena mem;        /* the findings' texts */
} sw_catalogue;

SW_CHECKED sw_status sw_catalogue_import(const char *path, const sw_cancel *cancel, sw_catalogue **out, sw_error *err);
void sw_catalogue_free(sw_catalogue *c);

#endif
