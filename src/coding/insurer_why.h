/* Why somebody else may have put a case into another group: the smallest change of the case, or the other edition, that leads
 * there. Inside of the coding room. Pure; some hundred groupings a case. */
#ifndef SW_CODING_INSURER_WHY_H
#define SW_CODING_INSURER_WHY_H

#include "coding/insurer.h"

/* The stable word of the cause ("main-procedure"); the reason in words is appended to say[zh], say[en]. */
const char *sw_insurer_why(const sw_insurer_explain_options *o, const sw_drg_case *k, sw_str target, sw_buf say[2]);

#endif
