#include "medic/settle_explain.h"

typedef __int128 wide;

/* points e4 × deviation e8 × hospital e4 × auxiliary e4 × value e4: 24 decimals in all, taken off in two steps so that no
 * product passes 2^127; the first step keeps 8 decimals, far below a fen. */
int64_t sw_settle_amount(const sw_settle_view *v) {
  wide points = (wide)v->points_e4 * v->deviation_e8;            /* e12 */
  wide factors = (wide)v->hospital_e4 * v->auxiliary_e4;         /* e8 */
  wide limit = ((wide)1 << 126) / (factors > 0 ? factors : 1);
  if (points > limit || points < -limit) return INT64_MAX;
  wide settled = points * factors / 1000000000000;               /* e8 */
  wide value = v->value_fen_e4;
  limit = ((wide)1 << 126) / (value > 0 ? value : 1);
  if (settled > limit || settled < -limit) return INT64_MAX;
  wide fen = settled * value;                                    /* e12 */
  wide half = 500000000000;
  wide rounded = fen >= 0 ? (fen + half) / 1000000000000 : -((-fen + half) / 1000000000000);
  return rounded > INT64_MAX ? INT64_MAX : rounded < INT64_MIN ? INT64_MIN : (int64_t)rounded;
}

/* Takes theirs where it is told; returns what that changes. */
static int64_t change(sw_settle_view *v, int64_t *field, int64_t theirs) {
  if (theirs == 0 || theirs == *field) return 0;
  int64_t before = sw_settle_amount(v);
  *field = theirs;
  return sw_settle_amount(v) - before;
}

sw_settle_difference sw_settle_compare(const sw_settle_view *ours, const sw_settle_view *theirs) {
  sw_settle_difference d = {.kind = SW_SETTLE_SAME, .total_fen = theirs->paid_fen - ours->paid_fen};
  sw_settle_view v = *ours;
  d.points_fen = change(&v, &v.points_e4, theirs->points_e4);
  d.deviation_fen = change(&v, &v.deviation_e8, theirs->deviation_e8);
  d.hospital_fen = change(&v, &v.hospital_e4, theirs->hospital_e4);
  d.auxiliary_fen = change(&v, &v.auxiliary_e4, theirs->auxiliary_e4);
  d.value_fen = change(&v, &v.value_fen_e4, theirs->value_fen_e4);
  d.rest_fen = d.total_fen - d.points_fen - d.deviation_fen - d.hospital_fen - d.auxiliary_fen - d.value_fen;
  bool told = theirs->group.len > 0;
  if (told && !sw_str_eq(ours->group, theirs->group)) d.kind = SW_SETTLE_OTHER_GROUP;
  else if (d.points_fen || d.deviation_fen || d.hospital_fen || d.auxiliary_fen) d.kind = SW_SETTLE_OTHER_POINTS;
  else if (d.total_fen) d.kind = SW_SETTLE_OTHER_AMOUNT;
  return d;
}

const char *sw_settle_kind_name(sw_settle_kind k, sw_lang lang) {
  static const char *const names[SW_SETTLE_KINDS][2] = {{"一致", "same"}, {"病组不同", "other group"}, {"分值或系数不同", "other points or factors"}, {"金额不同", "other amount"}};
  return k < SW_SETTLE_KINDS ? names[k][lang] : "";
}

static void put_yuan(sw_buf *out, int64_t fen) {
  uint64_t u = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;
  sw_buf_printf(out, "%c%llu.%02u", fen < 0 ? '-' : '+', (unsigned long long)(u / 100), (unsigned)(u % 100));
}

static void put_effect(sw_buf *out, bool *first, const char *name, int64_t fen, bool zh) {
  if (fen == 0) return;
  sw_buf_puts(out, *first ? (zh ? "：" : ": ") : (zh ? "，" : ", "));
  *first = false;
  sw_buf_puts(out, name);
  sw_buf_putc(out, ' ');
  put_yuan(out, fen);
}

void sw_settle_say(const sw_settle_view *ours, const sw_settle_view *theirs, const sw_settle_difference *d, sw_lang lang, sw_buf *out) {
  bool zh = lang == SW_LANG_ZH, first = true;
  sw_buf_puts(out, sw_settle_kind_name(d->kind, lang));
  if (d->kind == SW_SETTLE_OTHER_GROUP) {
    sw_buf_puts(out, zh ? "（本院 " : " (ours ");
    sw_buf_str_put(out, sw_str_sub(ours->group, 0, 200));
    sw_buf_puts(out, zh ? "，经办 " : ", theirs ");
    sw_buf_str_put(out, sw_str_sub(theirs->group, 0, 200));
    sw_buf_puts(out, zh ? "）" : ")");
  }
  put_effect(out, &first, zh ? "分值" : "points", d->points_fen, zh);
  put_effect(out, &first, zh ? "费用偏差系数" : "deviation", d->deviation_fen, zh);
  put_effect(out, &first, zh ? "医院系数" : "hospital factor", d->hospital_fen, zh);
  put_effect(out, &first, zh ? "辅助系数" : "auxiliary factor", d->auxiliary_fen, zh);
  put_effect(out, &first, zh ? "点值" : "point value", d->value_fen, zh);
  put_effect(out, &first, zh ? "其余" : "rest", d->rest_fen, zh);
  if (d->total_fen) {
    sw_buf_puts(out, zh ? "；合计 " : "; in all ");
    put_yuan(out, d->total_fen);
    sw_buf_puts(out, zh ? " 元" : " yuan");
  }
}
