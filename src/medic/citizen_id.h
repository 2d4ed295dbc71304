/* Citizen identity numbers (公民身份号码), 18 digits after GB 11643-1999 and the 15 digits before it, with those of
 * the residence permits built on the same plan: Hong Kong, Macao and Taiwan (81, 82, 83) and foreign permanent residents
 * (first digit 9, in force since 2023-12).
 *
 * 18 digits: 6 division, 8 birth date, 3 sequence (odd: male), 1 check (ISO 7064 MOD 11-2, X for 10).
 * 15 digits: 6 division, 6 birth date without century, 3 sequence; the century is 19, save for the sequences 996 to 999,
 * which were kept for persons born before 1900.
 *
 * Pure functions; threads: any.
 *
 *   sw_citizen_id id;
 *   if (sw_citizen_id_parse(text, &id) == SW_CID_OK) use(id.birth_days, id.sex);
 */
#ifndef SW_MEDIC_CITIZEN_ID_H
#define SW_MEDIC_CITIZEN_ID_H

#include "base/str.h"

typedef enum sw_cid_verdict {
  SW_CID_OK = 0,
  SW_CID_EMPTY,      /* nothing but blanks */
  SW_CID_LENGTH,     /* neither 15 nor 18 characters */
  SW_CID_CHARACTER,  /* something else than digits (or an X in the last of 18 places) */
  SW_CID_DIVISION,   /* the first two digits are no province */
  SW_CID_BIRTH,      /* no such day in the calendar, or before 1800 */
  SW_CID_CHECKSUM    /* the last character does not fit the other 17 */
} sw_cid_verdict;

typedef struct sw_citizen_id {
  char digits[19];      /* the 18-digit form, X in upper case, NUL-terminated; filled once length and characters are right */
  int length;           /* as delivered: 15 or 18; else 0 */
  uint32_t division;    /* six digits, GB/T 2260 */
  int32_t birth_days;   /* days since 1970-01-01; meaningful unless the verdict is BIRTH or earlier */
  int sex;              /* 1 male, 2 female (GB/T 2261.1) */
  int sequence;         /* three digits */
} sw_citizen_id;

/* Blanks and hyphens are passed over, full-width digits read as digits, x as X. The verdict names the first thing wrong;
 * what could be read before it is filled in. */
sw_cid_verdict sw_citizen_id_parse(sw_str text, sw_citizen_id *out);
static inline bool sw_citizen_id_valid(sw_str text) {
  sw_citizen_id id;
  return sw_citizen_id_parse(text, &id) == SW_CID_OK;
}
/* The check character of 17 digits; '\0' when they are not all digits. */
char sw_citizen_id_check_char(const char digits17[17]);
/* 15 → 18 digits; false when the 15 are not a valid old number. out is NUL-terminated. */
bool sw_citizen_id_upgrade(sw_str old15, char out[19]);
/* 18 → 15 digits; false when not valid, or born outside the years that the old form can say. */
bool sw_citizen_id_downgrade(sw_str new18, char out[16]);
/* Static words for a verdict. */
const char *sw_cid_verdict_text(sw_cid_verdict v, sw_lang lang);

/* How two numbers agree, from best to worst. Numbers are compared in their 18-digit form; invalid ones take part with
 * their characters, because a mistyped number still is evidence. */
typedef enum sw_cid_level {
  SW_CID_SAME,       /* the same person's number (a 15- and an 18-digit form count as one) */
  SW_CID_ONE_EDIT,   /* one character different, missing, added, or two neighbours swapped */
  SW_CID_SAME_STEM,  /* the first 14 agree (division and birth date) */
  SW_CID_OTHER,
  SW_CID_MISSING     /* at least one is empty */
} sw_cid_level;
sw_cid_level sw_citizen_id_compare(sw_str a, sw_str b);

#endif
