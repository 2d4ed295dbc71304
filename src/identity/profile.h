/* What a column looks like: shares of its values that are of a kind, and what its name hints at. For the draft. */
#ifndef SW_IDENTITY_PROFILE_H
#define SW_IDENTITY_PROFILE_H

#include "identity/csv.h"

enum {
  SW_LINK_HINT_RECORD = 1,   /* id, rec_id, 编号 */
  SW_LINK_HINT_ANSWER = 2,   /* cluster, label, person_id */
  SW_LINK_HINT_BIRTH = 4,
  SW_LINK_HINT_EVENT = 8,    /* admission, registration, update */
  SW_LINK_HINT_GIVEN = 16,
  SW_LINK_HINT_SURNAME = 32,
  SW_LINK_HINT_NAME = 64,
  SW_LINK_HINT_FORMER = 128, /* former, maiden, 曾用名 */
  SW_LINK_HINT_RELATIVE = 256, /* mother, contact, 监护人 */
  SW_LINK_HINT_SEX = 512,
  SW_LINK_HINT_PHONE = 1024,
  SW_LINK_HINT_ADDRESS = 2048,
  SW_LINK_HINT_CARD = 4096,
  SW_LINK_HINT_YEAR = 8192,
  SW_LINK_HINT_MONTH = 16384,
  SW_LINK_HINT_DAY = 32768,
  SW_LINK_HINT_AGE = 65536
};

typedef struct sw_link_profile {
  const char *name;
  unsigned hint;
  size_t values;      /* distinct, among the rows looked at */
  bool unique;        /* every row has one of its own */
  bool sequence;      /* a running number */
  double filled, distinct, commonest, length;
  double year_spread; /* of the dates: standard deviation in years */
  double digits, decimals, id_like, dates, years, months, days, emails, phones, mobiles, citizen, sexes, sex_words, han, han_names, divisions;
} sw_link_profile;

SW_CHECKED sw_status sw_link_profile_column(const sw_link_csv *in, size_t column, sw_arena *a, sw_link_profile *out, sw_error *err);
unsigned sw_link_hints(sw_str column_name);

#endif
