/* Telephone numbers as registrations write them: normal digits and how two of them agree.
 *
 * +86, 0086, carrier prefixes, blanks, hyphens and extensions are removed. Numbers that nobody has (all digits the same,
 * 13800138000, ascending runs, fewer than seven digits) count as missing. Pure functions; threads: any. */
#ifndef SW_MEDIC_PHONE_H
#define SW_MEDIC_PHONE_H

#include "base/str.h"

enum { SW_PHONE_DIGITS = 15 };

typedef struct sw_phone {
  char digits[SW_PHONE_DIGITS + 1]; /* NUL-terminated; "" when there is no number */
  uint8_t len;
  bool mobile; /* a mainland mobile number: 11 digits from 13 to 19 */
} sw_phone;

void sw_phone_parse(sw_str text, sw_phone *out);

typedef enum sw_phone_level {
  SW_PHONE_SAME,
  SW_PHONE_ONE_EDIT, /* one digit, or two neighbours swapped */
  SW_PHONE_SAME_TAIL,/* the last seven digits: a landline with and without its area code */
  SW_PHONE_OTHER,
  SW_PHONE_MISSING
} sw_phone_level;
sw_phone_level sw_phone_compare(const sw_phone *a, const sw_phone *b);

#endif
