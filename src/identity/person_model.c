/* Writing: by what the run linked. Parameters by field and level, and what blocking brought. */
#include "identity/person_internal.h"

static void put_level(sw_buf *b, const sw_person_job *j, size_t place, size_t level, const char *words[2]) {
  bool order = place == j->spec.nfields;
  sw_sql_build(b, "({}, {}, {}, {}, {}, {}, {}, {}, {}),", sw_sql_i64((int64_t)place), sw_sql_text(order ? "name_order" : j->spec.fields[place].name),
               sw_sql_text(order ? "" : sw_link_kind_name(j->spec.fields[place].kind)), sw_sql_i64((int64_t)level), sw_sql_text(words[0]), sw_sql_text(words[1]),
               sw_sql_f64(j->model.m[place][level]), sw_sql_f64(j->model.u[place][level]), sw_sql_f64((double)j->model.weight[place][level] / SW_LINK_BIT));
}

static void put_levels(sw_buf *b, const sw_person_job *j) {
  for (size_t f = 0; f < j->spec.nfields; f++)
    for (size_t k = 0; k < sw_link_kind_levels(j->spec.fields[f].kind); k++) {
      const char *words[2] = {sw_link_level_name(j->spec.fields[f].kind, k, SW_LANG_ZH), sw_link_level_name(j->spec.fields[f].kind, k, SW_LANG_EN)};
      put_level(b, j, f, k, words);
    }
  static const char *const orders[2][2] = {{"姓名次序一致", "in the same order"}, {"姓与名互换", "given name and surname exchanged"}};
  for (size_t k = 0; j->store.given_field >= 0 && k < 2; k++) put_level(b, j, j->spec.nfields, k, (const char *[2]){orders[k][0], orders[k][1]});
}

sw_status sw_person_write_model(sw_person_job *j, int64_t version, const sw_cancel *cancel, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "CREATE OR REPLACE TABLE {} AS SELECT {}::BIGINT AS version, {}::DOUBLE AS prior, {}::DOUBLE AS expected_pairs, {}::DOUBLE AS link, {}::DOUBLE AS review, * FROM (VALUES ",
               sw_sql_table("store", sw_arena_printf(&j->arena, "person_model_%s", j->run)), sw_sql_i64(version), sw_sql_f64((double)j->model.prior / SW_LINK_BIT), sw_sql_f64(j->model.matches),
               sw_sql_f64(sw_link_p_link(&j->spec)), sw_sql_f64(sw_link_p_review(&j->spec)));
  put_levels(&sql, j);
  sw_buf_truncate(&sql, sql.len - 1);
  sw_buf_puts(&sql, ") v(place, field, kind, level, level_zh, level_en, m, u, weight)");
  return sw_person_statement(j, &sql, cancel, err);
}

static void put_family(sw_buf *b, const sw_person_job *j, size_t k) {
  SW_AUTO(sw_buf) zh = SW_BUF_INIT;
  SW_AUTO(sw_buf) en = SW_BUF_INIT;
  const sw_link_block_stats *s = &j->result.blocks;
  bool all = j->model.nfamilies == 0;
  if (all) {
    sw_buf_puts(&zh, "两两全比");
    sw_buf_puts(&en, "all pairs");
  } else {
    sw_link_family_put(&j->spec, j->model.features, &j->model.families[k], SW_LANG_ZH, &zh);
    sw_link_family_put(&j->spec, j->model.features, &j->model.families[k], SW_LANG_EN, &en);
  }
  sw_sql_build(b, "({}, {}, {}, {}, {}, {}, {}, {}),", sw_sql_i64((int64_t)k), sw_sql_str(sw_buf_str(&zh)), sw_sql_str(sw_buf_str(&en)), sw_sql_f64(all ? 1 : j->model.family_recall[k]),
               sw_sql_i64(s->pairs[k]), sw_sql_i64(s->blocks[k]), sw_sql_i64(s->largest[k]), sw_sql_i64(s->hubs[k]));
}

sw_status sw_person_write_blocking(sw_person_job *j, const sw_cancel *cancel, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "CREATE OR REPLACE TABLE {} AS SELECT {}::DOUBLE AS recall, * FROM (VALUES ", sw_sql_table("store", sw_arena_printf(&j->arena, "person_blocking_%s", j->run)),
               sw_sql_f64(j->model.recall));
  for (size_t k = 0; k < (j->model.nfamilies ? j->model.nfamilies : 1); k++) put_family(&sql, j, k);
  sw_buf_truncate(&sql, sql.len - 1);
  sw_buf_puts(&sql, ") v(family, keys_zh, keys_en, estimated_recall, pairs, blocks, largest, hubs)");
  return sw_person_statement(j, &sql, cancel, err);
}
