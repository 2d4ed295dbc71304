/* Engine types and DDL of standard tables. */
#include "engine/sql.h"
#include "standard/compile.h"

void sw_standard_sql_type(const sw_column_def *c, sw_buf *out) {
  switch ((sw_col_type)c->type) {
    case SW_COL_AUTO:
    case SW_COL_STRING: sw_buf_puts(out, "VARCHAR"); break;
    case SW_COL_INT: sw_buf_puts(out, "BIGINT"); break;
    case SW_COL_DECIMAL: sw_buf_printf(out, "DECIMAL(%d,%d)", (int)c->precision, (int)c->scale); break;
    case SW_COL_MONEY: sw_buf_puts(out, "DECIMAL(18,2)"); break;
    case SW_COL_DOUBLE: sw_buf_puts(out, "DOUBLE"); break;
    case SW_COL_BOOL: sw_buf_puts(out, "BOOLEAN"); break;
    case SW_COL_DATE: sw_buf_puts(out, "DATE"); break;
    case SW_COL_TIME: sw_buf_puts(out, "TIME"); break;
    case SW_COL_DATETIME: sw_buf_puts(out, "TIMESTAMP"); break;
  }
}

sw_status sw_standard_ddl(const sw_table_def *t, const char *name, bool with_part, sw_buf *out, sw_error *err) {
  sw_sql_build(out, "CREATE TABLE {} (", sw_sql_table("store", name));
  for (size_t i = 0; i < t->columns.n; i++) {
    const sw_column_def *c = SW_COLUMN(t, i);
    sw_sql_build(out, "{} ", (sw_sql_arg){.kind = SW_SQL_IDENT, .a = c->name.name});
    sw_standard_sql_type(c, out);
    sw_buf_puts(out, ", ");
  }
  sw_buf_printf(out, "\"_row\" BIGINT, \"_org\" VARCHAR%s)", with_part ? ", \"_part\" INTEGER" : "");
  return sw_buf_check(out, err);
}
