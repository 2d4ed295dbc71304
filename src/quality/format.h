/* Named formats of text values: citizen ids, telephones, codes. Pure functions; threads: any.
 *
 * Sources: citizen id GB 11643-1999 (check digit ISO 7064 MOD 11-2); organisation code GB 11714-1997 and unified social
 * credit code GB 32100-2015; ICD-10 and ICD-9-CM-3 code forms as the national clinical and insurance editions write them. */
#ifndef SW_QUALITY_FORMAT_H
#define SW_QUALITY_FORMAT_H

#include "base/str.h"

typedef enum sw_qformat {
  SW_QFORMAT_CITIZEN_ID,       /* 18 digits with a right check digit and a real date, or 15 digits with a real date */
  SW_QFORMAT_CITIZEN_ID_FORM,  /* its form only: 15 digits, or 17 digits and a digit or X */
  SW_QFORMAT_CITIZEN_ID_CHECK, /* 18 characters whose check digit is right */
  SW_QFORMAT_DIVISION,         /* begins with a province code of GB/T 2260, 81-83 of residence permits, or 9 of foreigners' cards */
  SW_QFORMAT_PASSPORT,
  SW_QFORMAT_MOBILE,
  SW_QFORMAT_PHONE,            /* mobile, land line with or without area code; no placeholder numbers */
  SW_QFORMAT_POSTCODE,         /* six digits, no placeholder */
  SW_QFORMAT_ICD10,
  SW_QFORMAT_ICD9,             /* ICD-9-CM-3 */
  SW_QFORMAT_MORPHOLOGY,       /* ICD-O: M8000/3, M81400/3 */
  SW_QFORMAT_ORG_CODE,         /* 9 characters of GB 11714, 18 of GB 32100, or 22 of a medical institution's licence */
  SW_QFORMAT_DATE,
  SW_QFORMAT_TIME,
  SW_QFORMAT_NUMBER,
  SW_QFORMAT_INTEGER,
  SW_QFORMAT_PERSON_NAME,      /* 2..40 characters; Chinese without blanks, foreign with; newborn forms such as 之女2 */
  SW_QFORMAT_DIGITS,           /* digits only */
  SW_QFORMAT_COUNT
} sw_qformat;

bool sw_qformat_check(sw_qformat f, sw_str s);
const char *sw_qformat_name(sw_qformat f);
/* -1 when there is none of that name. */
int sw_qformat_find(sw_str name);
/* Birth date and sex ('1' male, '2' female) as a citizen id states them; false when it is none. */
bool sw_id_birth(sw_str id, int32_t *days);
bool sw_id_sex(sw_str id, char *sex);
/* The customary words for "nothing": - — ／ / 无 不详 未知 NULL. */
bool sw_text_is_empty_word(sw_str s);

#endif
