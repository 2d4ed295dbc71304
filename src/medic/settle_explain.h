/* Why two settlements of one case differ, to the fen.
 *
 * paid = points × deviation × hospital factor × auxiliary factor × point value. Ours is changed into theirs one factor at
 * a time, in that order; what each change does to the amount is that factor's effect. What is left is rounding, or
 * something that their file does not tell. The effects sum to theirs less ours exactly. Pure; any thread. */
#ifndef SW_MEDIC_SETTLE_EXPLAIN_H
#define SW_MEDIC_SETTLE_EXPLAIN_H

#include "medic/settle.h"

#include "base/str.h"

/* One side. Factors are × 10 000, the deviation × 100 000 000; 0 in theirs: not told, ours is taken. For DRG the points
 * are the weight and the value is the rate. */
typedef struct sw_settle_view {
  sw_str group;
  int64_t points_e4;
  int64_t deviation_e8;
  int64_t hospital_e4, auxiliary_e4;
  int64_t value_fen_e4; /* of a point, or of a unit of weight */
  int64_t paid_fen;
} sw_settle_view;

typedef enum sw_settle_kind {
  SW_SETTLE_SAME,         /* same group, same amount */
  SW_SETTLE_OTHER_GROUP,
  SW_SETTLE_OTHER_POINTS, /* same group, other points or factors */
  SW_SETTLE_OTHER_AMOUNT, /* same group and points, other amount */
  SW_SETTLE_KINDS
} sw_settle_kind;

typedef struct sw_settle_difference {
  sw_settle_kind kind;
  int64_t total_fen;      /* theirs less ours = the sum of: */
  int64_t points_fen, deviation_fen, hospital_fen, auxiliary_fen, value_fen, rest_fen;
} sw_settle_difference;

int64_t sw_settle_amount(const sw_settle_view *v);
sw_settle_difference sw_settle_compare(const sw_settle_view *ours, const sw_settle_view *theirs);
const char *sw_settle_kind_name(sw_settle_kind k, sw_lang lang);
/* One sentence, appended: "other group: FM13 instead of FM11 (points −1,234.50 yuan)". */
void sw_settle_say(const sw_settle_view *ours, const sw_settle_view *theirs, const sw_settle_difference *d, sw_lang lang, sw_buf *out);

#endif
