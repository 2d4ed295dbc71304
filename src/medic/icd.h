/* Forms of diagnosis and procedure codes as Chinese systems write them.
 *
 * National diagnosis codes: ICD-10 category of a letter and two digits, a point, then the national extension
 * (I21.401, I10.x00, M14.2*, B37.402+N51.2*); insurance edition 2.0 and clinical edition 2.0 share the form.
 * Procedure codes: ICD-9-CM-3 with two digits, a point, and up to four digits, then xNNN (36.0600, 86.7400x031).
 *
 * Pure functions, no allocation beyond the caller's buffer; any thread. */
#ifndef SW_MEDIC_ICD_H
#define SW_MEDIC_ICD_H

#include "base/str.h"

enum { SW_ICD_MAX = 32 }; /* the longest code that is treated as a code, in bytes */

/* Writes the code's canonical form: full-width characters made ASCII, blanks dropped, the category's letter upper case,
 * the place-holder x lower case, the point set where it is missing (I21401 → I21.401). Returns its length; 0 when the
 * text cannot be a code at all (out then is empty). The canonical form is not checked against any list. */
size_t sw_icd10_normalize(sw_str s, char out[SW_ICD_MAX + 1]);
size_t sw_icd9_normalize(sw_str s, char out[SW_ICD_MAX + 1]); /* 375100 → 37.5100 */

/* Is it a letter, two digits, and (a point and more | nothing)? */
bool sw_icd10_valid(sw_str s);
/* Is it two digits, and (a point and 1 to 4 digits, perhaps xNNN | nothing)? */
bool sw_icd9_valid(sw_str s);

/* The category (I21) and the four-character code that DIP's core groups are named by (I21.4): views into s. */
sw_str sw_icd10_category(sw_str s);
sw_str sw_icd10_four(sw_str s);

/* True when the fourth character says "unspecified" (.9) in ICD-10: a hint that a better code may exist, not an error. */
bool sw_icd10_unspecified(sw_str s);
/* Malignant neoplasm (C00–C97) or in situ / uncertain behaviour (D00–D09, D37–D48). ICD-10, chapter II. */
bool sw_icd10_malignant(sw_str s);
bool sw_icd10_neoplasm(sw_str s);
/* Secondary malignant neoplasm: C77–C79. */
bool sw_icd10_metastasis(sw_str s);

#endif
