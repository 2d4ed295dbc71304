#include "identity/explain.h"

static const char *value_of(const sw_link_store *s, size_t f, uint32_t r, sw_arena *arena) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_link_value_put(s, f, sw_link_row(s, r), &b);
  return sw_arena_dupz(arena, sw_buf_str(&b));
}

static void place_words(const sw_link_store *s, const sw_link_spec *spec, size_t f, unsigned level, bool both, sw_link_explain_row *row) {
  bool order = f == s->nfields;
  for (int lang = 0; lang < 2; lang++) {
    bool zh = lang == SW_LANG_ZH;
    if (!order) row->words[lang] = level == SW_LINK_ABSENT && both ? (zh ? "已由证件号说明，不计" : "told by the id already, neutral")
                                                                   : sw_link_level_name(spec->fields[f].kind, level, (sw_lang)lang);
    else if (level == SW_LINK_ABSENT) row->words[lang] = zh ? "无从判断，不计" : "cannot be told, neutral";
    else row->words[lang] = level ? (zh ? "姓与名互换" : "given name and surname exchanged") : (zh ? "姓名次序一致" : "in the same order");
  }
}

static void verdict(const sw_link_model *m, sw_link_explanation *out) {
  int32_t t = out->score.total;
  sw_link_reason why = SW_LINK_WHY_SCORE;
  out->outcome = t >= m->link ? SW_LINK_LINKED : t >= m->review ? SW_LINK_REVIEW : SW_LINK_SEPARATE;
  if (out->score.bar == SW_LINK_BAR_CONTRADICTION) out->outcome = SW_LINK_SEPARATE, why = SW_LINK_WHY_CONTRADICTION;
  else if (out->score.bar == SW_LINK_BAR_BORROWED && out->outcome == SW_LINK_LINKED) out->outcome = SW_LINK_REVIEW, why = SW_LINK_WHY_BORROWED;
  else if (out->score.bar == SW_LINK_BAR_HOUSEHOLD && out->outcome == SW_LINK_LINKED) out->outcome = SW_LINK_REVIEW, why = SW_LINK_WHY_HOUSEHOLD;
  else if (out->score.bar == SW_LINK_BAR_STANDIN && out->outcome == SW_LINK_LINKED) out->outcome = SW_LINK_REVIEW, why = SW_LINK_WHY_STANDIN;
  static const char *const outcomes[][2] = {{"自动关联", "linked"}, {"送人工核对", "to be reviewed"}, {"不关联", "separate"}};
  for (int lang = 0; lang < 2; lang++)
    out->verdict[lang] = why == SW_LINK_WHY_SCORE ? outcomes[out->outcome][lang] : sw_link_reason_text(why, (sw_lang)lang);
}

sw_status sw_link_explain(const sw_link_model *m, const sw_link_spec *spec, const sw_link_store *s, uint32_t a, uint32_t b, sw_arena *arena,
                          sw_link_explanation *out, sw_error *err) {
  memset(out, 0, sizeof *out);
  sw_link_score_pair(m, s, sw_link_row(s, a), s->flags[a], sw_link_row(s, b), s->flags[b], &out->score);
  int32_t total = m->prior;
  out->rows[out->n++] = (sw_link_explain_row){.field = "", .a = "", .b = "", .level = SW_LINK_ABSENT, .weight = m->prior, .total = total,
                                              .words = {"任意两条记录同属一人的先验", "prior: any two records of one person"}};
  for (size_t f = 0; f <= m->nfields; f++) {
    if (f == m->nfields && s->given_field < 0) break;
    sw_link_explain_row *row = &out->rows[out->n++];
    unsigned level = sw_link_pattern_level(out->score.pattern, f);
    total += out->score.part[f];
    *row = (sw_link_explain_row){.level = level, .weight = out->score.part[f], .total = total, .field = "", .a = "", .b = ""};
    bool both = false;
    if (f < m->nfields) {
      row->field = spec->fields[f].name;
      row->a = value_of(s, f, a, arena);
      row->b = value_of(s, f, b, arena);
      both = row->a && row->b && row->a[0] && row->b[0];
    }
    place_words(s, spec, f, level, both, row);
  }
  out->probability = sw_link_probability(out->score.total);
  verdict(m, out);
  return sw_arena_check(arena, err);
}
