/* What to link by: the fields, where they come from, and the few settings of a linkage.
 *
 * A spec is a value: plain arrays with stated maxima, strings owned by an arena of whoever made it (the configuration
 * reader or the draft). The engine copies what it needs. */
#ifndef SW_IDENTITY_SPEC_H
#define SW_IDENTITY_SPEC_H

#include "base/arena.h"

enum { SW_LINK_FIELDS = 14, SW_LINK_ALTERNATIVES = 4, SW_LINK_LEVELS = 8, SW_LINK_ABSENT = 15 };

typedef enum sw_link_kind {
  SW_LINK_NAME,       /* a person's whole name, in any script */
  SW_LINK_GIVEN,      /* halves of a name; compared crosswise too */
  SW_LINK_SURNAME,
  SW_LINK_CITIZEN_ID, /* 公民身份号码 */
  SW_LINK_ID,         /* any other number of a person: card, insurance, social security */
  SW_LINK_DATE,
  SW_LINK_SEX,
  SW_LINK_PHONE,
  SW_LINK_ADDRESS,
  SW_LINK_EMAIL,
  SW_LINK_STRING,
  SW_LINK_CATEGORY,
  SW_LINK_NUMBER,
  SW_LINK_KINDS
} sw_link_kind;

/* One field. Several columns are alternatives of one thing (name and former name; three kinds of card): the best
 * agreement between any two of them counts. A date may instead be put together from a year, a month and a day column. */
typedef struct sw_link_field {
  const char *name;
  sw_link_kind kind;
  const char *columns[SW_LINK_ALTERNATIVES];
  size_t ncolumns;
  bool date_parts; /* columns are year, month, day */
  bool birth;      /* the birth date: part of a citizen id, and of what makes two records contradict */
} sw_link_field;

typedef enum sw_link_choice { SW_LINK_AUTO, SW_LINK_YES, SW_LINK_NO } sw_link_choice;

typedef struct sw_link_spec {
  sw_link_field fields[SW_LINK_FIELDS];
  size_t nfields;
  const char *id_column;  /* NULL: record numbers */
  const char *org_column; /* institution; NULL none */
  double link;            /* posterior probability from which a pair links by itself; 0: 0.95 */
  double review;          /* from which it is shown to a person; 0: 0.5 */
  double recall;          /* of blocking; 0: 0.9998 */
  double pairs_per_record;/* budget of blocking; 0: 30 */
  sw_link_choice unique_sources; /* each input holds a person at most once */
  uint64_t seed;
} sw_link_spec;

static inline double sw_link_p_link(const sw_link_spec *s) { return s->link > 0 ? s->link : 0.95; }
static inline double sw_link_p_review(const sw_link_spec *s) { return s->review > 0 ? s->review : 0.5; }

/* "citizen_id" …; static storage. sw_link_kind_find returns SW_LINK_KINDS for an unknown word. */
const char *sw_link_kind_name(sw_link_kind k);
sw_link_kind sw_link_kind_find(sw_str name);
const char *sw_link_kind_title(sw_link_kind k, sw_lang lang);
/* Agreement levels of a kind, 0 the best; the last one is disagreement. */
size_t sw_link_kind_levels(sw_link_kind k);
const char *sw_link_level_name(sw_link_kind k, size_t level, sw_lang lang);

/* CONFIG errors: no field, too many, a field without columns, halves of a name without the other. */
SW_CHECKED sw_status sw_link_spec_check(const sw_link_spec *s, sw_error *err);

#endif
