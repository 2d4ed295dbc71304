/* Inside the catalogue import: its findings and its table reader. */
#ifndef SW_CODING_CATALOGUE_INSIDE_H
#define SW_CODING_CATALOGUE_INSIDE_H

#include "base/map.h"
#include "base/vec.h"
#include "coding/catalogue.h"
#include "coding/csv_in.h"

enum { SW_CATALOGUE_FINDINGS = 10000 };

typedef struct sw_catalogue_import_state {
  sw_catalogue *out;
  const sw_cancel *cancel;
  const char *dir;
  SW_VEC(sw_finding) findings;
} sw_import;

/* Adds a finding; both formats take the same arguments. */
void sw_import_find(sw_import *im, sw_finding_grade grade, const char *file, int64_t line, const char *kind,
                    const char *zh, const char *en, ...) SW_PRINTF(6, 8) SW_PRINTF(7, 8);
/* Turns an error of the builder into a finding; a refusal of memory stays an error and is returned. */
SW_CHECKED sw_status sw_import_soften(sw_import *im, sw_status s, const char *file, int64_t line, sw_error *from, sw_error *err);

/* Reads one table. `columns` names what on_row gets, in that order, NULL ends; a name may have alternatives joined by
 * '|'; a leading '?' makes it optional. A missing file is an error unless optional is set. */
typedef sw_status (*sw_import_row)(void *ctx, const char *file, int64_t line, const sw_str *v, sw_error *err);
typedef struct sw_import_table {
  const char *file;
  const char *columns[12];
  bool optional;
  sw_import_row on_row;
} sw_import_table;
SW_CHECKED sw_status sw_import_read(sw_import *im, const sw_import_table *t, void *ctx, sw_error *err);

SW_CHECKED sw_status sw_import_drg(sw_import *im, sw_error *err);
SW_CHECKED sw_status sw_import_dip(sw_import *im, const char *file, sw_error *err);

#endif
