/* suwen catalogue derive dip: a DIP catalogue from a file of cases, with a statement of every step.
 *
 * Reads the columns of coding/case_file.h, and the year from `year`, or from the first four characters of
 * `discharge_date` or `month`. Writes into a directory: dip.csv and dip_auxiliary.csv (a catalogue that
 * sw_catalogue_import reads), derivation.csv (statistics by group) and steps.txt (what was done, in words). */
#ifndef SW_CODING_DERIVE_FILE_H
#define SW_CODING_DERIVE_FILE_H

#include "base/task.h"
#include "medic/dip_derive.h"

typedef struct sw_derive_file_options {
  sw_dip_derive_options method;
  const char *classes;       /* CSV code,class of procedure codes; NULL: by the structure of ICD-9-CM-3 */
  const char *complications; /* DRG catalogue directory whose mcc, cc, cce tell severity; NULL: none */
} sw_derive_file_options;

/* The derivation is the caller's to release. lang: of steps.txt. */
SW_CHECKED sw_status sw_derive_dip_file(const char *in, const char *out_dir, const sw_derive_file_options *options, sw_lang lang,
                                        const sw_cancel *cancel, const sw_events *events, sw_dip_derivation *out, sw_error *err);
/* dip.csv, dip_auxiliary.csv, derivation.csv and steps.txt of a derivation into a directory. names: by group, "" for none; NULL none.
 * A derivation of no cases gives one comprehensive group without points, so that cases are paid at cost until there are some. */
SW_CHECKED sw_status sw_derive_write(const char *dir, const sw_dip_derivation *r, const sw_str *names, sw_lang lang, sw_error *err);
/* The steps in words, appended. */
void sw_derive_steps(const sw_dip_derivation *r, sw_lang lang, sw_buf *out);

#endif
