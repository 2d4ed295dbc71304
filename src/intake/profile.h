/* What the values of one unknown column have in common: the type that all of them fit, their range, how many differ. */
#ifndef SW_INTAKE_PROFILE_H
#define SW_INTAKE_PROFILE_H

#include "intake/sniff.h"

typedef struct sw_profile sw_profile;

SW_CHECKED sw_status sw_profile_new(sw_arena *a, sw_profile **out, sw_error *err); /* the struct lies in the arena; fini frees the rest */
void sw_profile_fini(sw_profile *p);
/* One value, trimmed, not NULL. Memory that is refused only makes the profile less exact. */
void sw_profile_add(sw_profile *p, sw_str value);
void sw_profile_add_null(sw_profile *p);
/* Draws the conclusions; the name gives a hint where numbers may be dates. Strings live in the arena of sw_profile_new. */
void sw_profile_conclude(sw_profile *p, const char *name, sw_sniffed_column *out);

#endif
