#include "operator/operator.h"

#include <stdlib.h>

char *sw_op_physical(sw_op_env *env, const char *table) {
  const char *dot = strchr(table, '.');
  if (!dot) return sw_arena_printf(env->arena, "%s_%s", table, env->suffix);
  return sw_arena_printf(env->arena, "%.*s_%s_%s", (int)(dot - table), table, dot + 1, env->suffix);
}

static sw_status nomem(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory"); }

sw_status sw_op_publish(sw_op_env *env, sw_op_result *r, const char *table, const char *physical, sw_error *err) {
  const char *dot = strchr(table, '.');
  char *schema = sw_arena_dupz(env->arena, dot ? (sw_str){table, (size_t)(dot - table)} : SW_LIT("dwd"));
  char *view = sw_arena_dupz(env->arena, sw_str_of(dot ? dot + 1 : table));
  char *phys = sw_arena_dupz(env->arena, sw_str_of(physical));
  sw_publication p = {.schema = schema, .view = view, .physical = phys};
  if (!schema || !view || !phys || !SW_VEC_PUSH(&r->publications, p)) return nomem(err);
  return SW_OK;
}

sw_status sw_op_count(sw_op_env *env, sw_op_result *r, const sw_row_count *c, sw_error *err) {
  sw_status s = sw_row_count_check(c, err);
  if (s != SW_OK) return s;
  sw_row_count copy = *c;
  copy.run = env->run;
  copy.step = env->step;
  copy.table = sw_arena_dupz(env->arena, sw_str_of(c->table));
  return copy.table && SW_VEC_PUSH(&r->counts, copy) ? SW_OK : nomem(err);
}

sw_status sw_op_plan_read(const sw_op_scope *s, sw_op_plan *p, sw_str table, sw_error *err) {
  char *z = sw_arena_dupz(s->arena, table);
  return z && SW_VEC_PUSH(&p->reads, z) ? SW_OK : nomem(err);
}

sw_status sw_op_plan_write(const sw_op_scope *s, sw_op_plan *p, sw_str table, sw_error *err) {
  char *z = sw_arena_dupz(s->arena, table);
  return z && SW_VEC_PUSH(&p->writes, z) ? SW_OK : nomem(err);
}

sw_status sw_op_plan_note(const sw_op_scope *s, sw_op_plan *p, const char *note, sw_error *err) {
  char *z = sw_arena_dupz(s->arena, sw_str_of(note));
  return z && SW_VEC_PUSH(&p->notes, z) ? SW_OK : nomem(err);
}

void sw_op_result_fini(sw_op_result *r) {
  SW_VEC_FREE(&r->counts);
  SW_VEC_FREE(&r->publications);
}

void sw_op_plan_fini(sw_op_plan *p) {
  SW_VEC_FREE(&p->reads);
  SW_VEC_FREE(&p->writes);
  SW_VEC_FREE(&p->notes);
}
