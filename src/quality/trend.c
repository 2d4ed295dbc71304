#include "quality/trend.h"

#include "base/arena.h"
#include "base/date.h"
#include "engine/rows.h"
#include "engine/sink.h"
#include "engine/sql.h"

#include <math.h>
#include <stdlib.h>

/* Share of rows that must have arrived for a day to be complete, how many rows tell it, and the longest that is waited. */
static const double COMPLETE = 0.99;
/* A series begins where its hundredth row lies, so that a few stray old dates do not stretch it. */
static const double BEGINS = 0.01;
enum { TELLING = 30, LONGEST_WAIT = 45, MOST_LAG = 400 };

typedef struct day_count {
  int32_t day;
  int64_t rows, late;
} day_count;

typedef struct trend_series {
  const char *table, *org;
  SW_VEC(day_count) counts;
  int64_t arrivals[MOST_LAG + 1];
  sw_volume_day *days; /* consecutive; NULL: nothing in reach */
  size_t ndays;
  int64_t wait;        /* days until complete */
  sw_volume_findings findings;
} trend_series;

typedef struct trend {
  const sw_trend_options *o;
  sw_conn *c;
  sw_arena arena;
  SW_VEC(trend_series *) all;
  int32_t today;
} trend;

static int64_t or_else(int64_t v, int64_t fallback) { return v > 0 ? v : fallback; }
static sw_status nomem(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-RULE-0003", "内存不足", "out of memory"); }

static trend_series *series_of(trend *t, const char *table, sw_str org) {
  if (t->all.len) { /* rows come ordered by institution */
    trend_series *last = t->all.items[t->all.len - 1];
    if (strcmp(last->table, table) == 0 && sw_str_eqz(org, last->org)) return last;
  }
  trend_series *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  s->table = table;
  s->org = sw_arena_dupz(&t->arena, org);
  if (s->org && SW_VEC_PUSH(&t->all, s)) return s;
  free(s);
  return NULL;
}

/* --- reading -------------------------------------------------------------------------------------------------- */

/* Days, counts and lags of one table: a row's lag is that of its batch, unless that was the first of its kind. */
static void put_read(const trend *t, const sw_trend_table *tab, bool batches, sw_buf *sql) {
  int64_t from = (int64_t)t->today - or_else(t->o->history_days, 400);
  sw_buf_puts(sql, "SELECT org, day, lag, count(*) FROM (SELECT coalesce(CAST(");
  sw_sql_build(sql, "t.{} AS VARCHAR), '') AS org, CAST(t.{} AS DATE) AS day, ", sw_sql_id(tab->org), sw_sql_id(tab->time));
  if (batches) sw_sql_build(sql, "CASE WHEN b.delivered_at > b.first THEN greatest(least(date_diff('day', CAST(t.{} AS DATE), CAST(b.delivered_at AS DATE)), {}), 0) END AS lag", sw_sql_id(tab->time), sw_sql_i64(MOST_LAG));
  else sw_buf_puts(sql, "NULL::BIGINT AS lag");
  sw_sql_build(sql, " FROM {} t", sw_sql_dotted(tab->table));
  if (batches)
    sw_buf_puts(sql, " LEFT JOIN (SELECT batch_no, delivered_at, min(delivered_at) OVER (PARTITION BY source, org, table_name) AS first FROM meta.batch) b ON b.batch_no = t._row >> 31");
  sw_sql_build(sql, " WHERE t.{} >= {} AND t.{} < {}) GROUP BY ALL ORDER BY org, day, lag", sw_sql_id(tab->time), sw_sql_date((int32_t)from), sw_sql_id(tab->time),
               sw_sql_date(t->today + 1));
}

static sw_status take_row(trend *t, const char *table, const sw_rows *r, sw_error *err) {
  trend_series *s = series_of(t, table, sw_rows_str(r, 0));
  int32_t day = (int32_t)sw_rows_i64(r, 1);
  int64_t n = sw_rows_i64(r, 3), lag = sw_rows_i64(r, 2);
  if (!s) return nomem(err);
  day_count *last = s->counts.len ? &s->counts.items[s->counts.len - 1] : NULL;
  if (!last || last->day != day) {
    if (!SW_VEC_PUSH(&s->counts, ((day_count){.day = day}))) return nomem(err);
    last = &s->counts.items[s->counts.len - 1];
  }
  last->rows += n;
  if (sw_rows_is_null(r, 2)) return SW_OK;
  s->arrivals[lag] += n;
  if (lag > or_else(t->o->late_days, 7)) last->late += n;
  return SW_OK;
}

static sw_status read_table(trend *t, const sw_trend_table *tab, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_rows *r;
  sw_step step = SW_DONE;
  bool batches = false;
  sw_status st = sw_table_exists(t->c, "meta", "batch", &batches, err);
  if (st) return st;
  put_read(t, tab, batches, &sql);
  if (!sw_buf_ok(&sql)) return sw_buf_check(&sql, err);
  if ((st = sw_query(t->c, sql.ptr, SW_NO_PARAMS, t->o->cancel, &r, err))) return st;
  while (!st && (step = sw_rows_next(r, err)) == SW_ROW) st = take_row(t, tab->table, r, err);
  sw_rows_free(r);
  if (!st && step == SW_STEP_ERROR) st = err ? err->status : SW_E_ENGINE;
  return st ? SW_FRAME(err, "读取 %s 的日量", "reading the daily rows of %s", tab->table) : SW_OK;
}

/* --- judging -------------------------------------------------------------------------------------------------- */

static void find_wait(const trend *t, trend_series *s) {
  int64_t total = 0, so_far = 0;
  for (int lag = 0; lag <= MOST_LAG; lag++) total += s->arrivals[lag];
  s->wait = or_else(t->o->lag_days, 7);
  if (total < TELLING) return;
  for (s->wait = 0; s->wait < LONGEST_WAIT; s->wait++) {
    so_far += s->arrivals[s->wait];
    if ((double)so_far >= COMPLETE * (double)total) break;
  }
  if (s->wait < 1) s->wait = 1;
}

static bool is_holiday(const trend *t, int32_t day) {
  for (size_t i = 0; i < t->o->nholidays; i++)
    if (t->o->holidays[i] == day) return true;
  return false;
}

/* Consecutive days from where the series begins to today: a silent institution is a gap, not the end of its series. */
static sw_status lay_out(trend *t, trend_series *s, sw_error *err) {
  int64_t total = 0, so_far = 0;
  size_t at = 0;
  for (size_t i = 0; i < s->counts.len; i++) total += s->counts.items[i].rows;
  if (!total) return SW_OK;
  while ((double)(so_far += s->counts.items[at].rows) < BEGINS * (double)total) at++;
  int32_t first = s->counts.items[at].day;
  s->ndays = (size_t)(t->today - first) + 1;
  s->days = SW_ARENA_ARRAY(&t->arena, sw_volume_day, s->ndays);
  if (!s->days) return nomem(err);
  for (size_t i = 0; i < s->ndays; i++) {
    int32_t day = first + (int32_t)i;
    s->days[i] = (sw_volume_day){.day = day, .holiday = is_holiday(t, day), .incomplete = day > t->today - s->wait};
  }
  for (; at < s->counts.len; at++) s->days[s->counts.items[at].day - first].rows = (double)s->counts.items[at].rows;
  return SW_OK;
}

/* Every judgement of the run is of one family. */
static sw_status judge_all(trend *t, sw_trend_counts *out, sw_error *err) {
  int64_t judge = or_else(t->o->judge_days, 60), tests = 0;
  for (size_t i = 0; i < t->all.len; i++) {
    find_wait(t, t->all.items[i]);
    sw_status st = lay_out(t, t->all.items[i], err);
    if (st) return st;
    int64_t n = (int64_t)t->all.items[i]->ndays;
    tests += n < judge ? n : judge;
  }
  sw_volume_options o = {.judge_from = t->today - (int32_t)judge + 1, .band_from = t->today - 2 * (int32_t)judge + 1,
                         .level = (t->o->level > 0 ? t->o->level : 0.002) / (double)(tests > 0 ? tests * SW_VOLUME_TESTS_PER_DAY : 1)};
  for (size_t i = 0; i < t->all.len; i++) {
    trend_series *s = t->all.items[i];
    sw_status st = s->days ? sw_volume_judge(s->days, s->ndays, &o, &s->findings, err) : SW_OK;
    if (!st) st = sw_cancel_check(t->o->cancel, err);
    if (st) return st;
    out->series += s->days != NULL;
    out->days += (int64_t)s->ndays;
    out->findings += (int64_t)s->findings.len;
    for (size_t k = 0; k < s->findings.len; k++) out->gaps += s->findings.items[k].kind == SW_FOUND_GAP;
    for (size_t k = 0; k < s->counts.len; k++) out->late += s->counts.items[k].late;
  }
  return SW_OK;
}

/* --- writing --------------------------------------------------------------------------------------------------- */

typedef struct writer {
  sw_sink *sink;
  sw_out_chunk *chunk;
} writer;

static sw_status create(trend *t, const char *name, const char *columns, writer *w, sw_error *err) {
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_sql_build(&sql, "CREATE SCHEMA IF NOT EXISTS store; CREATE OR REPLACE TABLE {} (run VARCHAR, as_of TIMESTAMP, table_name VARCHAR, org VARCHAR, {})",
               sw_sql_table("store", name), sw_sql_raw(sw_str_of(columns)));
  sw_status st = sw_buf_check(&sql, err);
  if (!st) st = sw_exec(t->c, sql.ptr, t->o->cancel, err);
  if (!st) st = sw_sink_open(t->c, "store", name, &w->sink, err);
  return st ? st : sw_sink_chunk(w->sink, &w->chunk, err);
}

static sw_status next_row(writer *w, sw_error *err) {
  if (++w->chunk->n < w->chunk->cap) return SW_OK;
  sw_status st = sw_sink_append(w->sink, err);
  return st ? st : sw_sink_chunk(w->sink, &w->chunk, err);
}

static sw_status finish(writer *w, sw_status st, sw_error *err) {
  if (!w->sink) return st;
  if (!st && w->chunk->n) st = sw_sink_append(w->sink, err);
  if (!st) return sw_sink_close(w->sink, err);
  sw_sink_abort(w->sink);
  return st;
}

static void put_head(const trend *t, const trend_series *s, writer *w) {
  sw_out_column *c = w->chunk->columns;
  size_t n = w->chunk->n;
  sw_out_str(&c[0], n, sw_str_of(t->o->run));
  ((int64_t *)c[1].data)[n] = t->o->as_of_us;
  sw_out_str(&c[2], n, sw_str_of(s->table));
  sw_out_str(&c[3], n, sw_str_of(s->org));
}

static void put_number(sw_out_column *c, size_t n, double v) {
  ((double *)c->data)[n] = v;
  if (!isfinite(v)) sw_out_null(c, n);
}

static sw_status put_day(const trend *t, const trend_series *s, const sw_volume_day *d, int64_t late, writer *w, sw_error *err) {
  put_head(t, s, w);
  sw_out_column *c = w->chunk->columns;
  size_t n = w->chunk->n;
  ((int32_t *)c[4].data)[n] = d->day;
  ((int64_t *)c[5].data)[n] = (int64_t)d->rows;
  ((int64_t *)c[6].data)[n] = late;
  put_number(&c[7], n, d->expected);
  put_number(&c[8], n, d->low);
  put_number(&c[9], n, d->high);
  sw_out_str(&c[10], n, sw_str_of(sw_volume_state_name(d->state)));
  put_number(&c[11], n, d->p);
  return next_row(w, err);
}

static sw_status write_volume(trend *t, const char *name, sw_error *err) {
  writer w = {0};
  sw_status st = create(t, name, "day DATE, \"rows\" BIGINT, late BIGINT, expected DOUBLE, low DOUBLE, high DOUBLE, state VARCHAR, p DOUBLE", &w, err);
  for (size_t i = 0; i < t->all.len && !st; i++) {
    const trend_series *s = t->all.items[i];
    size_t at = 0;
    for (size_t k = 0; k < s->ndays && !st; k++) {
      while (at < s->counts.len && s->counts.items[at].day < s->days[k].day) at++;
      bool has = at < s->counts.len && s->counts.items[at].day == s->days[k].day;
      st = put_day(t, s, &s->days[k], has ? s->counts.items[at].late : 0, &w, err);
    }
  }
  return finish(&w, st, err);
}

static sw_status write_findings(trend *t, const char *name, sw_error *err) {
  writer w = {0};
  sw_status st = create(t, name, "kind VARCHAR, from_day DATE, to_day DATE, \"rows\" BIGINT, expected DOUBLE, p DOUBLE", &w, err);
  for (size_t i = 0; i < t->all.len && !st; i++)
    for (size_t k = 0; k < t->all.items[i]->findings.len && !st; k++) {
      const sw_volume_finding *f = &t->all.items[i]->findings.items[k];
      put_head(t, t->all.items[i], &w);
      sw_out_column *c = w.chunk->columns;
      size_t n = w.chunk->n;
      sw_out_str(&c[4], n, sw_str_of(sw_volume_finding_name(f->kind)));
      ((int32_t *)c[5].data)[n] = f->from;
      ((int32_t *)c[6].data)[n] = f->to;
      ((int64_t *)c[7].data)[n] = (int64_t)f->rows;
      put_number(&c[8], n, f->expected);
      put_number(&c[9], n, f->p);
      st = next_row(&w, err);
    }
  return finish(&w, st, err);
}

static sw_status write_arrivals(trend *t, const char *name, sw_error *err) {
  writer w = {0};
  sw_status st = create(t, name, "lag_days INTEGER, \"rows\" BIGINT", &w, err);
  for (size_t i = 0; i < t->all.len && !st; i++)
    for (int lag = 0; lag <= MOST_LAG && !st; lag++) {
      if (!t->all.items[i]->arrivals[lag]) continue;
      put_head(t, t->all.items[i], &w);
      ((int32_t *)w.chunk->columns[4].data)[w.chunk->n] = lag;
      ((int64_t *)w.chunk->columns[5].data)[w.chunk->n] = t->all.items[i]->arrivals[lag];
      st = next_row(&w, err);
    }
  return finish(&w, st, err);
}

sw_status sw_trend_make(sw_conn *c, const sw_trend_options *o, const char *volume, const char *finding, const char *arrival, sw_trend_counts *out,
                        sw_error *err) {
  int64_t days = o->as_of_us / SW_US_PER_DAY - (o->as_of_us % SW_US_PER_DAY < 0);
  trend t = {.o = o, .c = c, .arena = SW_ARENA_INIT, .today = (int32_t)days};
  *out = (sw_trend_counts){0};
  sw_status st = SW_OK;
  for (size_t i = 0; i < o->ntables && !st; i++) st = read_table(&t, &o->tables[i], err);
  if (!st) st = judge_all(&t, out, err);
  if (!st) st = write_volume(&t, volume, err);
  if (!st) st = write_findings(&t, finding, err);
  if (!st) st = write_arrivals(&t, arrival, err);
  for (size_t i = 0; i < t.all.len; i++) {
    SW_VEC_FREE(&t.all.items[i]->counts);
    SW_VEC_FREE(&t.all.items[i]->findings);
    free(t.all.items[i]);
  }
  SW_VEC_FREE(&t.all);
  sw_arena_fini(&t.arena);
  return st;
}
