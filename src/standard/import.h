/* `suwen standard import`: a dictionary file (ICD, drugs, departments …) becomes a value set of an installed pack.
 *
 * Reads a CSV file with a header (UTF-8 or GB18030), finds the columns of codes and names by their usual headings or as told,
 * and writes value_sets/<id>.yaml and value_sets/<id>.csv into the pack's directory. Lines without a code are left out and
 * counted; of a repeated code the first line is kept. Threads: any; the files are written durably, the CSV first. */
#ifndef SW_STANDARD_IMPORT_H
#define SW_STANDARD_IMPORT_H

#include "pack/pack.h"

typedef struct sw_dictionary_options {
  const char *file;
  const char *pack_dir;    /* of the pack that takes it */
  const char *id;          /* of the value set */
  const char *title;       /* NULL: the id */
  const char *standard, *version; /* NULL: none */
  const char *code_column, *name_column, *parent_column; /* NULL: found by usual headings */
  const sw_pack_set *installed;   /* to know whether it replaces one; NULL */
} sw_dictionary_options;

typedef struct sw_dictionary_counts {
  int64_t codes, without_code, repeated;
} sw_dictionary_counts;

SW_CHECKED sw_status sw_standard_import(const sw_dictionary_options *o, sw_dictionary_counts *out, sw_error *err);

#endif
