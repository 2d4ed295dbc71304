#include "engine/rows.h"
#include "engine/sink.h"
#include "quality/reconcile_internal.h"

static sw_status put_files(sw_conn *c, const sw_manifest_options *o, sw_error *err) {
  sw_sink *s = NULL;
  sw_out_chunk *ch;
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql,
               "CREATE OR REPLACE TABLE {} (source VARCHAR, org VARCHAR, table_name VARCHAR, file VARCHAR, sha256 VARCHAR, day DATE, \"rows\" BIGINT)",
               sw_sql_table("store", o->scratch));
  sw_status st = sw_buf_check(&sql, err);
  if (!st) st = sw_exec(c, sql.ptr, o->cancel, err);
  if (!st) st = sw_sink_open(c, "store", o->scratch, &s, err);
  if (st) return st;
  for (size_t i = 0; i < o->nfiles && !st;) {
    if ((st = sw_sink_chunk(s, &ch, err))) break;
    for (ch->n = 0; ch->n < ch->cap && i < o->nfiles; ch->n++, i++) {
      const sw_told_file *f = &o->files[i];
      const char *texts[] = {f->source, f->org, f->table, f->file, f->sha256};
      for (size_t k = 0; k < 5; k++) {
        if (texts[k]) sw_out_str(&ch->columns[k], ch->n, sw_str_of(texts[k]));
        else sw_out_null(&ch->columns[k], ch->n);
      }
      ((int32_t *)ch->columns[5].data)[ch->n] = f->day;
      ((int64_t *)ch->columns[6].data)[ch->n] = f->rows;
      if (f->rows < 0) sw_out_null(&ch->columns[6], ch->n);
    }
    st = sw_sink_append(s, err);
  }
  if (!st) return sw_sink_close(s, err);
  sw_sink_abort(s);
  return st;
}

/* Each told file with the batch that is it: by its name, else (the same content came under another name) by its digest.
 * Records count as the institution counts them, without total rows. */
static void put_matched(const sw_manifest_options *o, sw_buf *sql) {
  sw_sql_build(sql,
               "(SELECT t.*, coalesce(nullif(t.table_name, ''), 'ods.' || coalesce(n.table_name, d.table_name)) AS of, n.file IS NOT NULL OR d.sha256 IS NOT NULL AS came, "
               "coalesce(n.records, d.records) AS here, (n.file IS NOT NULL OR d.sha256 IS NOT NULL) AND (t.sha256 IS NULL OR lower(t.sha256) = coalesce(n.sha256, d.sha256)) AS same "
               "FROM {} t LEFT JOIN (SELECT source, file, max(records - skipped) AS records, min(sha256) AS sha256, min(table_name) AS table_name FROM meta.batch GROUP BY ALL) n "
               "ON n.source = t.source AND n.file = t.file LEFT JOIN (SELECT org, sha256, max(records - skipped) AS records, min(table_name) AS table_name FROM meta.batch "
               "GROUP BY ALL) d ON n.file IS NULL AND d.org = t.org AND d.sha256 = lower(t.sha256))",
               sw_sql_table("store", o->scratch));
}

static void put_measure(const sw_manifest_options *o, const char *measure, const char *here, const char *told, const char *where, sw_tolerance off, sw_buf *sql) {
  /* one table at a time would need its name; here the table is a column, so the insert is written out */
  sw_sql_build(sql,
               "INSERT INTO store.kept_reconcile SELECT {}, {}, 'manifest', of, org, day, {}, here, told, here - told, off, abs(here - told) <= off, NULL, NULL FROM ("
               "SELECT *, CAST(greatest({}, {} * told) AS DECIMAL(18,2)) AS off FROM (SELECT coalesce(of, '') AS of, org, day, CAST(",
               sw_sql_text(o->run), sw_sql_timestamp(o->as_of_us), sw_sql_text(measure), sw_sql_decimal(SW_T_MONEY, off.absolute * 100), sw_sql_f64(off.share));
  sw_buf_printf(sql, "%s AS DECIMAL(18,2)) AS here, CAST(%s AS DECIMAL(18,2)) AS told FROM ", here, told);
  put_matched(o, sql);
  sw_buf_printf(sql, " WHERE %s GROUP BY 1, 2, 3));", where);
}

static void put_rows(const sw_manifest_options *o, bool refusals, sw_buf *sql) {
  sw_sql_build(sql,
               "INSERT INTO store.kept_reconcile_row SELECT {}, 'manifest', coalesce(m.of, ''), m.org, m.day, CASE WHEN NOT m.came AND x.file IS NOT NULL THEN 'file refused' "
               "WHEN NOT m.came THEN 'file missing' WHEN m.here IS DISTINCT FROM m.\"rows\" AND m.\"rows\" IS NOT NULL THEN 'rows differ' ELSE 'content differs' END, "
               "m.file, NULL, m.file, NULL, x.code, m.\"rows\", m.here FROM ",
               sw_sql_text(o->run));
  put_matched(o, sql);
  sw_buf_puts(sql, refusals ? " m LEFT JOIN (SELECT file, min(code) AS code FROM meta.refused_file GROUP BY file) x ON x.file = m.file"
                            : " m LEFT JOIN (SELECT NULL::VARCHAR AS file, NULL::VARCHAR AS code WHERE false) x ON x.file = m.file");
  sw_buf_puts(sql, " WHERE NOT m.same OR (m.\"rows\" IS NOT NULL AND m.here IS DISTINCT FROM m.\"rows\");");
}

static void put_undelivered(const sw_manifest_options *o, sw_buf *sql) {
  sw_sql_build(sql,
               "UPDATE store.kept_reconcile SET rejected = 0, undelivered = CAST(-difference AS BIGINT) WHERE run = {} AND counterpart = 'manifest' AND measure = 'rows' "
               "AND difference < 0; DROP TABLE {};",
               sw_sql_text(o->run), sw_sql_table("store", o->scratch));
}

sw_status sw_reconcile_manifest(sw_conn *c, const sw_manifest_options *o, sw_reconcile_counts *out, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  bool refusals = false;
  *out = (sw_reconcile_counts){0};
  sw_status st = sw_table_exists(c, "meta", "refused_file", &refusals, err);
  if (!st) st = put_files(c, o, err);
  sw_reconcile_clear(o->run, "manifest", NULL, &sql);
  put_measure(o, "rows", "sum(coalesce(here, 0))", "sum(\"rows\")", "\"rows\" IS NOT NULL", o->rows_off, &sql);
  put_measure(o, "files", "count(*) FILTER (WHERE same)", "count(*)", "true", (sw_tolerance){0}, &sql);
  put_rows(o, refusals, &sql);
  put_undelivered(o, &sql);
  if (!st) st = sw_buf_check(&sql, err);
  if (!st) st = sw_exec(c, sql.ptr, o->cancel, err);
  if (!st) st = sw_reconcile_count(c, o->run, "manifest", NULL, out, err);
  return st ? SW_FRAME(err, "与交付清单核对", "comparing with the manifests") : SW_OK;
}
