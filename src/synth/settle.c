/* Settlements of a stay (0..n) and the insurer's settlement lists. */
#include "base/date.h"
#include "synth/life.h"

enum { H_LIST = 1100, INTERIM_FROM = 60, INTERIM_EVERY = 30 };

/* Ends of the settlement periods: monthly for long stays, the end of the year, discharge. */
static int cuts(const sy_stay *s, int64_t out[24], int kinds[24]) {
  int n = 0, y, m, d;
  if (s->rarity == SY_R_UNSETTLED || s->rarity == SY_R_ZERO_FEE) return 0;
  if (s->days > INTERIM_FROM)
    for (int64_t t = s->e.start + (int64_t)INTERIM_EVERY * SY_DAY; t < s->e.end - 5 * SY_DAY && n < 22; t += (int64_t)INTERIM_EVERY * SY_DAY)
      out[n] = t, kinds[n++] = 2;
  sw_civil_from_days(sy_day_of(s->e.end), &y, &m, &d);
  int64_t new_year = (int64_t)sw_days_from_civil(y, 1, 1) * SY_DAY;
  if (s->days > 20 && s->days <= INTERIM_FROM && s->e.start < new_year && new_year < s->e.end) out[n] = new_year - 1, kinds[n++] = 3;
  out[n] = s->e.end;
  kinds[n++] = 1;
  return n;
}

void sy_settle_stay(sy_stay *s) {
  sy_encounter *e = &s->e;
  int64_t ends[24], from = e->start;
  int kinds[24], n = cuts(s, ends, kinds);
  for (int i = 0; i < n; i++) {
    int64_t total = 0, own = 0, grade2 = 0;
    for (size_t k = 0; k < e->bill->lines.len; k++) {
      sy_fee *f = &e->bill->lines.items[k];
      bool in = !f->settlement && (f->time <= ends[i] || i == n - 1);
      if (!in) continue;
      f->settlement = i + 1;
      total += f->fen;
      int grade = e->life->c->items[f->item].grade;
      own += grade == 3 ? f->fen : 0;
      grade2 += grade == 2 ? f->fen : 0;
    }
    sy_settle *x = &s->settles[i];
    *x = (sy_settle){.kind = kinds[i], .at = kinds[i] == 1 ? ends[i] + 1800 : ends[i], .from = from, .to = ends[i]};
    sy_split_payment(e, total, own, grade2, x);
    sy_emit_settlement(e, i + 1, x, 0);
    from = ends[i] + 1;
  }
  s->nsettles = n;
}

/* --- settlement lists ---------------------------------------------------------------------------- */

static sw_str span(sy_work *k, int64_t minutes) {
  return sy_fmt(k, "%lld/%lld/%lld", (long long)minutes / 1440, (long long)minutes / 60 % 24, (long long)minutes % 60);
}

/* The charge categories of the list, 01..14, after the fee class and, within class 1, the item. */
static int category(const sy_item *it) {
  switch (it->fee) {
    case 1: return sw_str_starts(it->key, SW_LIT("bed")) || sw_str_eqz(it->key, "obs") ? 1 : 2;
    case 3: return 7;
    case 5:
    case 6: return 4;
    case 7:
    case 8: return 3;
    case 2:
    case 9:
    case 11:
    case 12: return 5;
    case 10: return 6;
    case 13: return 9;
    case 14: return 11;
    case 15: return 10;
    case 21:
    case 22:
    case 23: return 8;
    default: return 14;
  }
}

static void put_key(sy_stay *s, sy_row *r, sy_column_id c, int i) { sy_putk(r, c, s->e.pt->id, s->e.number, i + 1); }

static void put_items(sy_stay *s, int i, const sy_when *when) {
  sy_encounter *e = &s->e;
  int64_t sums[15][4] = {{0}};
  for (size_t k = 0; k < e->bill->lines.len; k++) {
    const sy_fee *f = &e->bill->lines.items[k];
    const sy_item *it = &e->life->c->items[f->item];
    if (f->settlement == i + 1) sums[category(it)][it->grade] += f->fen;
  }
  bool wrong = sy_fault_chance(e->life->w, 0.003, H_LIST, (uint64_t)e->pt->id, (uint64_t)e->number, 1);
  for (int c = 1; c <= 14; c++) {
    int64_t sum = sums[c][1] + sums[c][2] + sums[c][3];
    if (!sum) continue;
    sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_ITEMINFO);
    put_key(s, r, SY_C_ITEMINFO_SETL_ID, i);
    sy_put(r, SY_C_ITEMINFO_MED_CHRGITM, sy_fmt(e->k, "%02d", c));
    sy_puti(r, SY_C_ITEMINFO_AMT, sum);
    sy_puti(r, SY_C_ITEMINFO_CLAA_SUMFEE, sums[c][1]);
    sy_puti(r, SY_C_ITEMINFO_CLAB_AMT, sums[c][2]);
    sy_puti(r, SY_C_ITEMINFO_FULAMT_OWNPAY_AMT, sums[c][3]);
    sy_puti(r, SY_C_ITEMINFO_OTH_AMT, 0);
    r->key_cell2 = 1;
    if (wrong) {
      sy_puti(r, SY_C_ITEMINFO_CLAA_SUMFEE, sums[c][1] + 5000);
      sy_mark_column(r, SY_C_ITEMINFO_CLAA_SUMFEE, "Q161", SW_LIT(""));
      wrong = false;
    }
    sy_emit(e->k, r, when);
  }
}

static sw_str insurance_anaesthesia(sw_str hqms) {
  if (sw_str_eqz(hqms, "0102")) return SW_LIT("12");
  if (sw_str_eqz(hqms, "0103")) return SW_LIT("41");
  if (sw_str_eqz(hqms, "020101")) return SW_LIT("21");
  if (sw_str_eqz(hqms, "020102")) return SW_LIT("22");
  if (sw_str_starts(hqms, SW_LIT("0202"))) return SW_LIT("33");
  if (sw_str_eqz(hqms, "0301")) return SW_LIT("36");
  return sw_str_starts(hqms, SW_LIT("03")) ? SW_LIT("35") : SW_LIT("9");
}

static void put_lists(sy_stay *s, int i, const sy_when *when) {
  sy_encounter *e = &s->e;
  const sy_content *c = e->life->c;
  for (int k = 0; k < s->ndx; k++) {
    sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_DISEINFO);
    put_key(s, r, SY_C_DISEINFO_SETL_ID, i);
    sy_puti(r, SY_C_DISEINFO_SEQ, k + 1);
    sy_putz(r, SY_C_DISEINFO_MAINDIAG_FLAG, k ? "0" : "1");
    sy_putz(r, SY_C_DISEINFO_DIAG_TYPE, "1");
    sy_put(r, SY_C_DISEINFO_DIAG_CODE, c->dx[s->dx[k]].ins);
    sy_put(r, SY_C_DISEINFO_DIAG_NAME, c->dx[s->dx[k]].ins_name);
    sy_put(r, SY_C_DISEINFO_ADM_COND_TYPE, sy_fmt(e->k, "%d", s->condition[k]));
    r->key_cell2 = 1;
    sy_emit(e->k, r, when);
  }
  for (int k = 0; k < s->nprocs; k++) {
    const sy_proc *p = &c->procs[s->procs[k].proc];
    const sy_done_proc *d = &s->procs[k];
    sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_OPRNINFO);
    put_key(s, r, SY_C_OPRNINFO_SETL_ID, i);
    sy_puti(r, SY_C_OPRNINFO_SEQ, k + 1);
    sy_putz(r, SY_C_OPRNINFO_OPRN_OPRT_TYPE, k ? "2" : "1");
    sy_put(r, SY_C_OPRNINFO_OPRN_OPRT_CODE, p->ins);
    sy_put(r, SY_C_OPRNINFO_OPRN_OPRT_NAME, p->name);
    sy_puti(r, SY_C_OPRNINFO_OPRN_OPRT_DATE, sy_day_of(d->start));
    sy_put(r, SY_C_OPRNINFO_OPER_DR_NAME, sy_staff_of(e->in, e->dept, d->surgeon)->name);
    sy_put(r, SY_C_OPRNINFO_OPER_DR_CODE, sy_staff_of(e->in, e->dept, d->surgeon)->code);
    sy_puti(r, SY_C_OPRNINFO_OPRN_OPRT_BEGNTIME, d->start);
    sy_puti(r, SY_C_OPRNINFO_OPRN_OPRT_ENDTIME, d->end);
    if (p->anaesthesia.len) {
      sy_put(r, SY_C_OPRNINFO_ANST_WAY, insurance_anaesthesia(p->anaesthesia));
      sy_put(r, SY_C_OPRNINFO_ANST_DR_NAME, sy_staff_of(e->in, c->ndepts - 1, d->surgeon)->name);
      sy_put(r, SY_C_OPRNINFO_ANST_DR_CODE, sy_staff_of(e->in, c->ndepts - 1, d->surgeon)->code);
      sy_puti(r, SY_C_OPRNINFO_ANST_BEGNTIME, d->start - 1200);
      sy_puti(r, SY_C_OPRNINFO_ANST_ENDTIME, d->end + 900);
    }
    r->key_cell2 = 1;
    sy_emit(e->k, r, when);
  }
}

static void put_rest(sy_stay *s, int i, const sy_when *when) {
  sy_encounter *e = &s->e;
  const sy_settle *x = &s->settles[i];
  bool employee = e->payer.ptr[0] == '1';
  if (s->icu && i == 0) {
    double rate = e->life->w->opt.page_faults / 4;
    bool wrong = sy_fault_chance(e->life->w, rate, H_LIST, (uint64_t)e->pt->id, (uint64_t)e->number, 2);
    sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_ICUINFO);
    put_key(s, r, SY_C_ICUINFO_SETL_ID, i);
    sy_puti(r, SY_C_ICUINFO_SEQ, 1);
    sy_putz(r, SY_C_ICUINFO_SCS_CUTD_WARD_TYPE, "99");
    sy_puti(r, SY_C_ICUINFO_SCS_CUTD_INPOOL_TIME, s->icu_from);
    sy_puti(r, SY_C_ICUINFO_SCS_CUTD_EXIT_TIME, wrong ? s->icu_from - 7200 : s->icu_to);
    sy_put(r, SY_C_ICUINFO_SCS_CUTD_SUM_DURA, span(e->k, (s->icu_to - s->icu_from) / 60));
    if (wrong) {
      sy_mark_column(r, SY_C_ICUINFO_SCS_CUTD_EXIT_TIME, "Q162", sy_time_text(e->k, s->icu_to));
      sy_mark_column(r, SY_C_ICUINFO_SCS_CUTD_EXIT_TIME, "Q162D", SW_LIT("with Q162"));
    } else if (sy_fault_chance(e->life->w, rate, H_LIST, (uint64_t)e->pt->id, (uint64_t)e->number, 4)) {
      sy_put(r, SY_C_ICUINFO_SCS_CUTD_SUM_DURA, span(e->k, (s->icu_to - s->icu_from) / 60 + 300));
      sy_mark_column(r, SY_C_ICUINFO_SCS_CUTD_SUM_DURA, "Q162D", span(e->k, (s->icu_to - s->icu_from) / 60));
    }
    sy_emit(e->k, r, when);
  }
  const int64_t paid[2] = {x->fund, x->account};
  for (int k = 0; k < 2; k++) {
    if (!paid[k]) continue;
    sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_PAYINFO);
    put_key(s, r, SY_C_PAYINFO_SETL_ID, i);
    sy_putz(r, SY_C_PAYINFO_FUND_PAY_TYPE, k ? "310200" : employee ? "310100" : "390100");
    sy_puti(r, SY_C_PAYINFO_FUND_PAYAMT, paid[k]);
    r->key_cell2 = 1;
    sy_emit(e->k, r, when);
  }
}

static void put_person(sy_stay *s, sy_row *r) {
  const sy_encounter *e = &s->e;
  const sy_person *p = &e->life->p;
  const sy_division *home = &e->life->c->divisions[p->division];
  bool guardian = e->pt->id_holder == 2;
  sw_str id = guardian ? p->guardian_id : p->id_no;
  sy_put(r, SY_C_SETLINFO_PSN_NAME, p->name);
  sy_puti(r, SY_C_SETLINFO_GEND, p->b.sex);
  sy_puti(r, SY_C_SETLINFO_BRDY, p->b.birth);
  sy_puti(r, SY_C_SETLINFO_AGE, s->age_years);
  sy_put(r, SY_C_SETLINFO_NTLY, p->nationality);
  if (s->age_days >= 0) sy_puti(r, SY_C_SETLINFO_NWB_AGE, s->age_days);
  sy_put(r, SY_C_SETLINFO_NATY, p->ethnicity);
  sy_putz(r, SY_C_SETLINFO_PATN_CERT_TYPE, sw_str_eqz(p->cert_type, "1") && id.len ? "01" : "99");
  sy_put(r, SY_C_SETLINFO_CERTNO, id.len ? id : SW_LIT("-"));
  sy_put(r, SY_C_SETLINFO_PRFS, s->age_years < 6 ? SW_LIT("90") : s->age_years < 18 ? SW_LIT("31") : p->occupation);
  sy_put(r, SY_C_SETLINFO_CURR_ADDR, p->address);
  sy_put(r, SY_C_SETLINFO_POSCODE, home->post);
  sy_put(r, SY_C_SETLINFO_CONER_NAME, p->contact_name);
  sy_put(r, SY_C_SETLINFO_PATN_RLTS, p->contact_relation);
  sy_put(r, SY_C_SETLINFO_CONER_ADDR, p->address);
  sy_put(r, SY_C_SETLINFO_CONER_TEL, p->contact_phone);
  sy_putz(r, SY_C_SETLINFO_HI_TYPE, e->payer.ptr[0] == '1' ? "310" : "390");
  sy_put(r, SY_C_SETLINFO_INSUPLC, e->payer.len > 2 && e->payer.ptr[2] == '2' ? SW_LIT("340104") : home->code);
  sy_put(r, SY_C_SETLINFO_HI_NO, sy_fmt(e->k, "3306%012lld", (long long)p->index * 8 + p->sub));
  if (s->weight) {
    sy_puti(r, SY_C_SETLINFO_NWB_BIR_WT, s->birth_weight);
    sy_puti(r, SY_C_SETLINFO_NWB_ADM_WT, s->weight);
    sy_putz(r, SY_C_SETLINFO_NWB_ADM_TYPE, s->birth_weight < 2500 ? "2" : "1");
  }
}

static void put_course(sy_stay *s, sy_row *r) {
  const sy_encounter *e = &s->e;
  const sy_content *c = e->life->c;
  const sy_dx *d = &c->dx[s->dx[0]];
  sy_putz(r, SY_C_SETLINFO_IPT_MED_TYPE, s->rarity == SY_R_DAY_SURGERY || (d->flags & SY_DAYCASE && s->days <= 1) ? "2" : "1");
  sy_put(r, SY_C_SETLINFO_ADM_WAY, sy_fmt(e->k, "%d", s->admit_way));
  sy_putz(r, SY_C_SETLINFO_TRT_TYPE, d->flags & SY_TCM ? "2" : "3");
  sy_puti(r, SY_C_SETLINFO_ADM_TIME, e->start);
  sy_put(r, SY_C_SETLINFO_ADM_CATY, sy_dept_code(e, s->from_dept, true));
  sy_put(r, SY_C_SETLINFO_REFLDEPT_DEPT, s->from_dept != e->dept ? sy_dept_code(e, e->dept, true) : SW_LIT(""));
  sy_puti(r, SY_C_SETLINFO_DSCG_TIME, e->end);
  sy_put(r, SY_C_SETLINFO_DSCG_CATY, sy_dept_code(e, e->dept, true));
  sy_puti(r, SY_C_SETLINFO_ACT_IPT_DAYS, s->days);
  sy_put(r, SY_C_SETLINFO_OTP_WM_DISE, d->ins_name);
  sy_put(r, SY_C_SETLINFO_WM_DISE_CODE, d->ins);
  sy_puti(r, SY_C_SETLINFO_DIAG_CODE_CNT, s->ndx);
  sy_puti(r, SY_C_SETLINFO_OPRN_OPRT_CODE_CNT, s->nprocs);
  if (s->vent_minutes) sy_put(r, SY_C_SETLINFO_VENT_USED_DURA, span(e->k, s->vent_minutes));
  if (d->flags & SY_HEAD) {
    sy_put(r, SY_C_SETLINFO_PWCRY_BFADM_COMA_DURA, sy_fmt(e->k, "%d/%d/%d", s->coma[0], s->coma[1], s->coma[2]));
    sy_put(r, SY_C_SETLINFO_PWCRY_AFADM_COMA_DURA, sy_fmt(e->k, "%d/%d/%d", s->coma[3], s->coma[4], s->coma[5]));
  }
  if (e->bill->by_class[16] > 0) {
    sy_putz(r, SY_C_SETLINFO_BLD_CAT, "1");
    sy_puti(r, SY_C_SETLINFO_BLD_AMT, 2);
    sy_putz(r, SY_C_SETLINFO_BLD_UNT, "1");
  }
  int special = s->icu ? (int)((s->icu_to - s->icu_from) / SY_DAY) : 0, rest = s->days - special;
  sy_puti(r, SY_C_SETLINFO_SPGA_NURSCARE_DAYS, special);
  sy_puti(r, SY_C_SETLINFO_LV1_NURSCARE_DAYS, s->icu || s->age_years > 80 ? rest : 0);
  sy_puti(r, SY_C_SETLINFO_SCD_NURSCARE_DAYS, s->icu || s->age_years > 80 ? 0 : rest);
  sy_puti(r, SY_C_SETLINFO_LV3_NURSCARE_DAYS, 0);
  sy_put(r, SY_C_SETLINFO_DSCG_WAY, sy_fmt(e->k, "%d", s->discharge_way));
  if (s->discharge_way == 2 || s->discharge_way == 3) sy_putz(r, SY_C_SETLINFO_ACP_MEDINS_NAME, s->discharge_way == 2 ? "素问示范市第一医院" : "素问示范镇中心卫生院");
  bool again = d->flags & SY_TREATS && s->discharge_way == 1;
  sy_putz(r, SY_C_SETLINFO_DAYS_RINP_FLAG_31, again ? "2" : "1");
  if (again) sy_putz(r, SY_C_SETLINFO_DAYS_RINP_PUP_31, "继续抗肿瘤治疗");
  sy_put(r, SY_C_SETLINFO_CHFPDR_NAME, sy_staff_of(e->in, e->dept, e->doctor)->name);
  sy_put(r, SY_C_SETLINFO_CHFPDR_CODE, sy_staff_of(e->in, e->dept, e->doctor)->code);
}

static void list_faults(sy_stay *s, sy_row *r) {
  const sy_encounter *e = &s->e;
  uint64_t h = sy_hash(e->life->w, H_LIST, (uint64_t)e->pt->id, (uint64_t)e->number, 3);
  if (e->life->w->opt.no_faults || s->rarity >= 0 || (double)(h % 1000) >= 133 * e->life->w->opt.page_faults) return;
  h = sw_mix64(h) % 16 + 1000;
  if (h % 1000 < 4) {
    sy_at(r, SY_C_SETLINFO_BILL_NO)->state = SY_EMPTY;
    sy_mark_column(r, SY_C_SETLINFO_BILL_NO, "Q159", SW_LIT(""));
  } else if (h % 1000 < 8) {
    sy_puti(r, SY_C_SETLINFO_DIAG_CODE_CNT, s->ndx + 2);
    sy_mark_column(r, SY_C_SETLINFO_DIAG_CODE_CNT, "Q160", sy_fmt(e->k, "%d", s->ndx));
  } else if (h % 1000 < 12) {
    sy_put(r, SY_C_SETLINFO_VENT_USED_DURA, span(e->k, (e->end - e->start) / 60 + 2880));
    sy_mark_column(r, SY_C_SETLINFO_VENT_USED_DURA, "Q164", span(e->k, s->vent_minutes));
  } else {
    sy_puti(r, SY_C_SETLINFO_SCD_NURSCARE_DAYS, s->days + 9);
    sy_mark_column(r, SY_C_SETLINFO_SCD_NURSCARE_DAYS, "Q163", sy_fmt(e->k, "%d", s->days));
  }
}

static void put_info(sy_stay *s, int i, const sy_when *when) {
  sy_encounter *e = &s->e;
  const sy_settle *x = &s->settles[i];
  sy_row *r = sy_row_begin(e->k, e->in->index, SY_T_SETLINFO);
  static const char *const LEVEL[] = {"", "3", "2", "1"};
  sy_putk(r, SY_C_SETLINFO_MDTRT_ID, e->pt->id, e->number, 0);
  put_key(s, r, SY_C_SETLINFO_SETL_ID, i);
  sy_putz(r, SY_C_SETLINFO_FIXMEDINS_NAME, e->in->name);
  sy_putz(r, SY_C_SETLINFO_FIXMEDINS_CODE, e->in->code);
  sy_putz(r, SY_C_SETLINFO_HI_SETL_LV, LEVEL[e->in->level]);
  sy_put(r, SY_C_SETLINFO_MEDCASNO, s->record_no);
  sy_puti(r, SY_C_SETLINFO_DCLA_TIME, x->at + 5 * SY_DAY);
  put_person(s, r);
  put_course(s, r);
  uint64_t no = (uint64_t)e->pt->id * 10007 + (uint64_t)e->number * 31 + (uint64_t)i + 1;
  sy_put(r, SY_C_SETLINFO_BILL_CODE, sy_fmt(e->k, "3306%04d", 20 + e->in->index));
  sy_put(r, SY_C_SETLINFO_BILL_NO, sy_fmt(e->k, "%010llu", (unsigned long long)(no % 10000000000u)));
  sy_put(r, SY_C_SETLINFO_BIZ_SN, sy_fmt(e->k, "%s%014llu", e->in->code, (unsigned long long)no));
  sy_puti(r, SY_C_SETLINFO_SETL_BEGN_DATE, sy_day_of(x->from));
  sy_puti(r, SY_C_SETLINFO_SETL_END_DATE, sy_day_of(x->to));
  sy_puti(r, SY_C_SETLINFO_PSN_SELFPAY, x->self_pay);
  sy_puti(r, SY_C_SETLINFO_PSN_OWNPAY, x->own_pay);
  sy_puti(r, SY_C_SETLINFO_ACCT_PAY, x->account);
  sy_puti(r, SY_C_SETLINFO_PSN_CASHPAY, x->cash);
  sy_putz(r, SY_C_SETLINFO_HI_PAYMTD, "3");
  sy_putz(r, SY_C_SETLINFO_HSORG, "素问示范市医疗保障局");
  sy_putz(r, SY_C_SETLINFO_HSORG_OPTER, "经办示范");
  sy_putz(r, SY_C_SETLINFO_MEDINS_FILL_DEPT, "医保办");
  sy_put(r, SY_C_SETLINFO_MEDINS_FILL_PSN, sy_staff_of(e->in, e->life->c->ndepts - 2, e->number)->name);
  r->patient = e->pt->id;
  r->key_cell = 1;
  list_faults(s, r);
  sy_emit(e->k, r, when);
}

void sy_settlement_lists(sy_stay *s) {
  if (sw_str_eqz(s->e.payer, "7")) return;
  for (int i = 0; i < s->nsettles; i++) {
    sy_when when = sy_once(sy_day_of(s->settles[i].to));
    put_info(s, i, &when);
    put_lists(s, i, &when);
    put_items(s, i, &when);
    put_rest(s, i, &when);
  }
}
