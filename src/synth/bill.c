/* Charges and payments. Sums are in fen throughout; a page's fees are sums of the lines that are delivered. */
#include "base/date.h"
#include "synth/life.h"

#include <math.h>

enum { H_FEE = 500, H_AMOUNT };

void sy_bill_reset(sy_bill *b) {
  size_t cap = b->lines.cap;
  sy_fee *items = b->lines.items;
  *b = (sy_bill){0};
  b->lines.items = items;
  b->lines.cap = cap;
}

static void add_to_sums(sy_bill *b, const sy_item *it, int64_t fen) {
  b->total += fen;
  b->by_class[it->fee] += fen;
  b->by_grade[it->grade] += fen;
  if (strcmp(it->fee_class, "9A") == 0) b->sub_9a += fen;
  if (strcmp(it->fee_class, "10A") == 0) b->sub_10a += fen;
  if (strcmp(it->fee_class, "10B") == 0) b->sub_10b += fen;
  if (strcmp(it->fee_class, "13A") == 0) b->sub_13a += fen;
  if (it->fee >= 13 && it->fee <= 15) b->drugs += fen;
  if (it->fee >= 21 && it->fee <= 23) b->materials += fen;
  if (it->fee >= 5 && it->fee <= 8) b->tests += fen;
}

static void charge(sy_encounter *e, int item, int64_t quantity, int64_t price, int64_t time) {
  if (item < 0 || quantity == 0) return;
  /* thousandths × ten-thousandths of a yuan → fen, halves away from zero */
  int64_t product = quantity * price, fen = (product + (product >= 0 ? 50000 : -50000)) / 100000;
  sy_fee f = {.item = item, .quantity = quantity, .price = price, .fen = fen, .time = time};
  if (SW_VEC_PUSH(&e->bill->lines, f)) add_to_sums(e->bill, &e->life->c->items[item], fen);
}

void sy_charge(sy_encounter *e, int item, int64_t quantity_milli, int64_t time) {
  if (item < 0) return;
  const sy_item *it = &e->life->c->items[item];
  /* drugs and materials cost the same everywhere; services by level */
  double factor = it->kind == SY_ITEM_DRUG || (it->fee >= 13 && it->fee <= 23) ? 1.0 : e->in->price;
  charge(e, item, quantity_milli, (int64_t)llround(it->price * factor * 100) * 100, time);
}

void sy_charge_priced(sy_encounter *e, int item, double yuan, int64_t time) {
  if (yuan >= 0.01) charge(e, item, 1000, (int64_t)llround(yuan * 100) * 100, time);
}

int sy_reverse(sy_encounter *e, int line, int64_t time) {
  sy_fee f = e->bill->lines.items[line - 1];
  f.quantity = -f.quantity;
  f.fen = -f.fen;
  f.time = time;
  f.reversal_of = line;
  if (!SW_VEC_PUSH(&e->bill->lines, f)) return 0;
  add_to_sums(e->bill, &e->life->c->items[f.item], f.fen);
  return (int)e->bill->lines.len;
}

static void fee_faults(sy_encounter *e, sy_row *r, const sy_fee *f, int line) {
  const sy_world *w = e->life->w;
  uint64_t a = (uint64_t)e->pt->id, b = (uint64_t)e->number << 20 | (uint64_t)line;
  if (f->fen > 0 && sy_fault_chance(w, 0.0001, H_AMOUNT, a, b, 0)) {
    sy_puti(r, SY_C_FEE_ITEM_QUANTITY, f->quantity * 10);
    sy_mark_column(r, SY_C_FEE_ITEM_QUANTITY, "fee_line_amount", SW_LIT("quantity times price is not the amount"));
  } else if (sy_fault_chance(w, 0.00005, H_FEE, a, b, 1)) {
    sy_cell *x = sy_at(r, SY_C_FEE_ITEM_QUANTITY);
    x->state = SY_RAW;
    x->s = SW_LIT("壹");
    sy_mark_column(r, SY_C_FEE_ITEM_QUANTITY, "untypable_number", sy_fmt(e->k, "%lld", (long long)f->quantity / 1000));
  }
}

static void emit_fee(sy_encounter *e, const sy_fee *f, int line) {
  const sy_item *it = &e->life->c->items[f->item];
  const sy_local *local = &e->in->items[f->item];
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_FEE_ITEM);
  char grade[12];
  sy_putk(r, SY_C_FEE_ITEM_FEE_ID, e->pt->id, e->number, line);
  sy_putk(r, SY_C_FEE_ITEM_PATIENT_ID, e->pt->id, 0, 0);
  sy_putk(r, SY_C_FEE_ITEM_ENCOUNTER_ID, e->pt->id, e->number, 0);
  sy_putz(r, SY_C_FEE_ITEM_ENCOUNTER_TYPE, e->type == 'O' ? "O" : "I");
  sy_puti(r, SY_C_FEE_ITEM_CHARGE_TIME, f->time);
  sy_put(r, SY_C_FEE_ITEM_ITEM_CODE, local->code);
  sy_put(r, SY_C_FEE_ITEM_ITEM_NAME, local->name);
  sy_putz(r, SY_C_FEE_ITEM_FEE_CLASS, it->fee_class);
  sy_put_code(r, SY_C_FEE_ITEM_INSURANCE_GRADE, it->grade, grade);
  sy_put(r, SY_C_FEE_ITEM_SPEC, it->spec);
  sy_put(r, SY_C_FEE_ITEM_UNIT, it->unit);
  sy_puti(r, SY_C_FEE_ITEM_QUANTITY, f->quantity);
  sy_puti(r, SY_C_FEE_ITEM_UNIT_PRICE, f->price);
  sy_puti(r, SY_C_FEE_ITEM_AMOUNT, f->fen);
  sy_put(r, SY_C_FEE_ITEM_ORDER_DEPT, e->in->depts[e->dept].code);
  sy_put(r, SY_C_FEE_ITEM_EXEC_DEPT, e->in->depts[e->dept].code);
  sy_put(r, SY_C_FEE_ITEM_DOCTOR_CODE, sy_staff_of(e->in, e->dept, e->doctor)->code);
  if (f->reversal_of) sy_putk(r, SY_C_FEE_ITEM_REVERSAL_OF, e->pt->id, e->number, f->reversal_of);
  if (f->settlement) sy_putk(r, SY_C_FEE_ITEM_SETTLEMENT_ID, e->pt->id, e->number, f->settlement);
  r->patient = e->pt->id;
  r->amount = f->fen;
  fee_faults(e, r, f, line);
  sy_when when = sy_once(sy_day_of(f->time));
  sy_emit(e->k, r, &when);
}

void sy_emit_bill(sy_encounter *e) {
  for (size_t i = 0; i < e->bill->lines.len; i++) emit_fee(e, &e->bill->lines.items[i], (int)i + 1);
}

/* Who pays: own expense first, then the patient's share of grade 2, then fund and account by payer. total = fund + account
 * + cash, and account + cash = self_pay + own_pay. */
void sy_split_payment(const sy_encounter *e, int64_t total, int64_t own, int64_t grade2, sy_settle *s) {
  bool self = sw_str_eqz(e->payer, "7"), employee = e->payer.len && e->payer.ptr[0] == '1';
  s->total = total;
  s->own_pay = self ? total : own;
  int64_t covered = total - s->own_pay, share = grade2 / 10;
  double rate = self ? 0 : e->type == 'O' ? (employee ? 0.55 : 0.45) : employee ? 0.82 : 0.66;
  s->fund = self ? 0 : (int64_t)((double)(covered - share) * rate);
  s->self_pay = total - s->own_pay - s->fund;
  s->account = employee ? s->self_pay * 7 / 10 : 0;
  s->cash = total - s->fund - s->account;
}

void sy_emit_settlement(sy_encounter *e, int number, const sy_settle *s, int reversal_of) {
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_SETTLEMENT);
  char kind[12];
  sy_putk(r, SY_C_SETTLEMENT_SETTLEMENT_ID, e->pt->id, e->number, number);
  sy_putk(r, SY_C_SETTLEMENT_PATIENT_ID, e->pt->id, 0, 0);
  sy_putk(r, SY_C_SETTLEMENT_ENCOUNTER_ID, e->pt->id, e->number, 0);
  sy_putz(r, SY_C_SETTLEMENT_ENCOUNTER_TYPE, e->type == 'O' ? "O" : "I");
  sy_put_code(r, SY_C_SETTLEMENT_SETTLE_KIND, s->kind, kind);
  sy_puti(r, SY_C_SETTLEMENT_SETTLED_AT, s->at);
  sy_puti(r, SY_C_SETTLEMENT_PERIOD_BEGIN, s->from);
  sy_puti(r, SY_C_SETTLEMENT_PERIOD_END, s->to);
  sy_put(r, SY_C_SETTLEMENT_PAYER, e->payer);
  sy_puti(r, SY_C_SETTLEMENT_TOTAL_AMOUNT, s->total);
  sy_puti(r, SY_C_SETTLEMENT_FUND_AMOUNT, s->fund);
  sy_puti(r, SY_C_SETTLEMENT_ACCOUNT_AMOUNT, s->account);
  sy_puti(r, SY_C_SETTLEMENT_CASH_AMOUNT, s->cash);
  sy_puti(r, SY_C_SETTLEMENT_SELF_PAY, s->self_pay);
  sy_puti(r, SY_C_SETTLEMENT_OWN_PAY, s->own_pay);
  if (reversal_of) sy_putk(r, SY_C_SETTLEMENT_REVERSAL_OF, e->pt->id, e->number, reversal_of);
  sy_put(r, SY_C_SETTLEMENT_INVOICE_CODE, sy_fmt(e->k, "3306%04d", 20 + e->in->index));
  sy_put(r, SY_C_SETTLEMENT_INVOICE_NO, sy_fmt(e->k, "%010llu", (unsigned long long)(((uint64_t)e->pt->id * 10007 + (uint64_t)e->number * 31 + (uint64_t)number) % 10000000000u)));
  r->patient = e->pt->id;
  r->amount = s->total;
  sy_when when = sy_once(sy_day_of(s->at));
  sy_emit(e->k, r, &when);
}
