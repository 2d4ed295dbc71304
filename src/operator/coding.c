#include "operator/coding.h"

#include "engine/sql.h"

sw_status sw_op_drop(sw_op_env *env, const char *table, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b, "DROP TABLE IF EXISTS {}", sw_sql_table("store", table));
  sw_status s = sw_buf_check(&b, err);
  return s ? s : sw_exec(env->conn, b.ptr, env->cancel, err);
}

sw_status sw_op_adopt(sw_op_env *env, sw_op_result *r, const char *from, const char *view, sw_error *err) {
  char *to = sw_op_physical(env, view);
  if (!to) return sw_arena_check(env->arena, err);
  sw_status s = sw_op_drop(env, to, err); /* of an attempt before */
  if (s) return s;
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_sql_build(&b, "ALTER TABLE {} RENAME TO {}", sw_sql_table("store", from), sw_sql_id(to));
  s = sw_buf_check(&b, err);
  if (!s) s = sw_exec(env->conn, b.ptr, env->cancel, err);
  return s ? s : sw_op_publish(env, r, view, to, err);
}
