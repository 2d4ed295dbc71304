/* Opening DuckDB: settings, the safety lock, connections. The order of the settings matters: each next one forbids the
 * former to be changed. */
#include "engine/duckdb_internal.h"
#include "engine/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *version(void) { return duckdb_library_version(); }

static sw_status check_version(sw_error *err) {
  const char *v = duckdb_library_version();
  if (strncmp(v, SW_DUCKDB_VERSION_PREFIX, sizeof SW_DUCKDB_VERSION_PREFIX - 1) == 0) return SW_OK;
  return SW_FAIL(err, SW_E_ENGINE, "SW-ENGINE-0030", "DuckDB 库版本是 %s，需要 %s 系列；请重新安装依赖",
                 "the DuckDB library is %s, version %s is needed; install the dependencies again", v, SW_DUCKDB_VERSION_PREFIX);
}

static sw_status set(duckdb_config config, const char *name, const char *value, sw_error *err) {
  if (duckdb_set_config(config, name, value) == DuckDBSuccess) return SW_OK;
  return SW_FAIL(err, SW_E_ENGINE, "SW-ENGINE-0031", "引擎不接受设置 %s", "the engine refuses the setting %s", name);
}

static sw_status configure(duckdb_config config, const sw_engine_options *o, sw_error *err) {
  char threads[24], memory[32], temp[32];
  snprintf(threads, sizeof threads, "%zu", o->threads);
  snprintf(memory, sizeof memory, "%lldB", (long long)o->memory_limit);
  snprintf(temp, sizeof temp, "%lldB", (long long)o->temp_limit);
  const char *settings[][2] = {
      {"access_mode", o->read_only ? "read_only" : "automatic"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"allow_persistent_secrets", "false"},
      {"errors_as_json", "true"}, /* positions of errors come as numbers, not as drawings */
      {"threads", threads},
      {"memory_limit", memory},
      {"preserve_insertion_order", o->unordered ? "false" : "true"},
      {"max_temp_directory_size", o->temp_limit > 0 ? temp : NULL},
  };
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    if (!settings[i][1]) continue;
    sw_status s = set(config, settings[i][0], settings[i][1], err);
    if (s) return s;
  }
  return SW_OK;
}

static void put_allowed(const sw_engine_options *o, sw_buf *sql) {
  sw_buf_puts(sql, "SET allowed_directories = [");
  size_t n = 0;
  for (size_t i = 0; i < o->nallowed; i++) {
    char *real = realpath(o->allowed_dirs[i], NULL);
    if (n++) sw_buf_puts(sql, ", ");
    sw_sql_put(sql, sw_sql_text(real ? real : o->allowed_dirs[i]));
    free(real);
  }
  if (o->temp_dir && *o->temp_dir) {
    if (n++) sw_buf_puts(sql, ", ");
    sw_sql_put(sql, sw_sql_text(o->temp_dir));
  }
  sw_buf_puts(sql, "];");
}

static sw_status lock_down(sw_conn *c, const sw_engine_options *o, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "SET temp_directory = {};", sw_sql_text(o->temp_dir ? o->temp_dir : ""));
  put_allowed(o, &sql);
  sw_buf_puts(&sql,
              "SET parquet_metadata_cache = true;" /* landed parts never change, and every view reads many of them */
              "SET enable_external_access = false;"
              "SET allowed_configs = ['preserve_insertion_order'];"
              "SET lock_configuration = true");
  sw_status s = sw_buf_check(&sql, err);
  return s ? s : duck_run(c, sql.ptr, NULL, 0, NULL, err);
}

static sw_status open_database(sw_engine *e, const sw_engine_options *o, sw_error *err) {
  duckdb_config config = NULL;
  if (duckdb_create_config(&config) != DuckDBSuccess) return duck_nomem(err);
  sw_status s = configure(config, o, err);
  if (s == SW_OK) {
    char *message = NULL;
    duckdb_state st = duckdb_open_ext(*e->path ? e->path : NULL, &duck_of(e)->db, config, &message);
    if (st != DuckDBSuccess) {
      (void)duck_fail(e, DUCKDB_ERROR_IO, message, NULL, err);
      s = SW_FRAME(err, "打开数据库 %s", "opening database %s", e->path);
    }
    duckdb_free(message);
  }
  duckdb_destroy_config(&config);
  return s;
}

static void close_engine(sw_engine *e) {
  duck_db *d = duck_of(e);
  if (d->db) duckdb_close(&d->db);
  duck_kernels_fini(d);
  duck_sources_fini(d);
  pthread_mutex_destroy(&d->lock);
  free(d);
  e->impl = NULL;
}

static sw_status connect_to(sw_conn *c, sw_error *err) {
  duckdb_connection con = NULL;
  if (duckdb_connect(duck_of(c->engine)->db, &con) != DuckDBSuccess)
    return SW_FAIL(err, SW_E_ENGINE, "SW-ENGINE-0032", "不能连接引擎", "cannot connect to the engine");
  c->impl = con;
  return SW_OK;
}

static void disconnect(sw_conn *c) {
  duckdb_connection con = c->impl;
  duckdb_disconnect(&con);
  c->impl = NULL;
}

static sw_status open_engine(sw_engine *e, const sw_engine_options *o, sw_error *err) {
  sw_status s = check_version(err);
  if (s) return s;
  duck_db *d = calloc(1, sizeof *d);
  if (!d) return duck_nomem(err);
  pthread_mutex_init(&d->lock, NULL);
  e->impl = d;
  if ((s = open_database(e, o, err))) return s;
  sw_conn *c = NULL;
  if ((s = sw_conn_open(e, &c, err))) return s;
  s = duck_source_prepare(e, err);
  if (s == SW_OK) s = lock_down(c, o, err);
  sw_conn_close(c);
  return s;
}

static void interrupt(sw_conn *c) { duckdb_interrupt(duck_conn(c)); }
static double progress(sw_conn *c) { return duckdb_query_progress(duck_conn(c)).percentage; }

const sw_backend sw_backend_duckdb = {
    .name = "duckdb",
    .version = version,
    .open = open_engine,
    .close = close_engine,
    .connect = connect_to,
    .disconnect = disconnect,
    .interrupt = interrupt,
    .progress = progress,
    .run = duck_run,
    .query = duck_query,
    .fetch = duck_fetch,
    .release = duck_release,
    .describe = duck_describe,
    .kernel_register = duck_kernel_register,
    .kernel_register_free = duck_kernel_register_free,
    .kernel_drop = duck_kernel_drop,
    .source_register = duck_source_register,
    .source_drop = duck_source_drop,
    .sink_open = duck_sink_open,
    .sink_append = duck_sink_append,
    .sink_flush = duck_sink_flush,
    .sink_close = duck_sink_close,
};
