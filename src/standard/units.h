/* Units of measure, as far as medical extracts need conversions: UCUM codes and what hospital systems write for them.
 *
 * Source: The Unified Code for Units of Measure; the conventional millimetre of mercury is 133.322387415 Pa.
 * Pure functions; threads: any. */
#ifndef SW_STANDARD_UNITS_H
#define SW_STANDARD_UNITS_H

#include "base/str.h"

typedef struct sw_unit_conversion {
  double factor, offset; /* to = from * factor + offset */
} sw_unit_conversion;

/* False when a unit is unknown or they measure different things. Equal spellings always convert by 1. */
bool sw_unit_convert(sw_str from, sw_str to, sw_unit_conversion *out);
bool sw_unit_known(sw_str unit);

#endif
