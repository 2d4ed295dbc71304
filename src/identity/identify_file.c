#include "identity/identify_file.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/map.h"
#include "base/pool.h"
#include "identity/config.h"
#include "identity/load.h"

#include <stdlib.h>

static sw_status no_memory(sw_error *err) { return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory"); }

static sw_status configure(sw_identify_job *j, const sw_identify_options *o, const sw_events *events, sw_error *err) {
  if (o->config) {
    if (sw_link_config_read(o->config, &j->arena, &j->spec, err)) return err ? err->status : SW_E_CONFIG;
  } else {
    if (j->nin == 2 && sw_link_draft_pair(j->in, &j->arena, events, err)) return err ? err->status : SW_E_DATA;
    if (sw_link_draft_make(j->in, j->nin, o->id_column, &j->arena, &j->draft, err)) return err ? err->status : SW_E_DATA;
    j->spec = j->draft.spec;
  }
  if (o->id_column) j->spec.id_column = o->id_column;
  for (size_t i = 0; i < j->nin && j->spec.id_column; i++)
    if (sw_link_csv_column(&j->in[i], sw_str_of(j->spec.id_column)) < 0)
      return SW_FAIL(err, SW_E_USAGE, "SW-LINK-0030", "没有名为 %s 的列", "no column is called %s", j->spec.id_column);
  return SW_OK;
}

static void report_input(const sw_link_csv *in, const sw_events *events) {
  if (in->headerless)
    sw_emit_text(events, SW_EVENT_WARNING, "identity", "第一行不像列名：各列命名为 column1、column2……", "the first line holds no names of columns: they are called column1, column2, …");
  if (in->ragged)
    sw_emit_text(events, SW_EVENT_WARNING, "identity", "%zu 条记录的列数与表头不符，已补齐或截断", "%zu records have another number of fields than the header: filled up or cut", in->ragged);
  if (in->unreadable)
    sw_emit_text(events, SW_EVENT_WARNING, "identity", "%zu 条记录无法读取，未参与关联（首条在第 %lld 行）", "%zu records could not be read and were left out (the first at line %lld)", in->unreadable,
                 (long long)in->unreadable_line);
  if (in->undecodable)
    sw_emit_text(events, SW_EVENT_WARNING, "identity", "%zu 个值含有编码 %s 之外的字节，按空值处理", "%zu values hold bytes that %s does not know: taken as empty", in->undecodable, in->encoding);
}

/* Fields that tell nothing apart are harmless, but whoever named them expects something of them. */
static void report_fields(const sw_identify_job *j, const sw_events *events) {
  for (size_t f = 0; f < j->spec.nfields && j->store.n > 1; f++) {
    const char *name = j->spec.fields[f].name;
    if (j->model.present[f] == 0) {
      sw_emit_text(events, SW_EVENT_WARNING, "identity", "字段 %s 没有任何可用的值，不起作用", "field %s holds no value that can be used: it tells nothing", name);
    } else if (j->model.collision[f] > 0.99 && j->model.present[f] > 1) {
      sw_emit_text(events, SW_EVENT_WARNING, "identity", "字段 %s 几乎处处相同，不起作用", "field %s is the same nearly everywhere: it tells nothing", name);
    } else if (j->model.collision[f] <= 0 && j->model.present[f] > 100) {
      sw_emit_text(events, SW_EVENT_WARNING, "identity", "字段 %s 的值没有一个重复：若是记录编号，请勿作证据", "no two records share a value of field %s: if it numbers records, it is no evidence", name);
    }
  }
}

/* Ids are only handed through, but an explanation needs to know which record is meant. */
static void report_ids(const sw_identify_job *j, const sw_events *events) {
  sw_map seen = SW_MAP_INIT;
  size_t twice = 0, empty = 0;
  for (size_t i = 0; i < j->nin && j->spec.id_column; i++) {
    ptrdiff_t c = sw_link_csv_column(&j->in[i], sw_str_of(j->spec.id_column));
    for (size_t r = 0; c >= 0 && r < j->in[i].nrows; r++) {
      bool added = true;
      sw_str id = sw_link_csv_cells(&j->in[i], (size_t)c)[r];
      if (id.len && !sw_map_at(&seen, id, r, &added)) break;
      twice += id.len && !added;
      empty += id.len == 0;
    }
    sw_map_fini(&seen);
  }
  if (twice)
    sw_emit_text(events, SW_EVENT_WARNING, "identity", "编号列 %s 有 %zu 处重复：每条记录仍各占一行", "column %s repeats %zu ids: every record keeps a line of its own", j->spec.id_column, twice);
  if (empty) sw_emit_text(events, SW_EVENT_WARNING, "identity", "编号列 %s 有 %zu 处为空", "column %s is empty in %zu records", j->spec.id_column, empty);
}

static void report(const sw_identify_job *j, const sw_events *events) {
  const sw_link_result *r = &j->result;
  for (size_t i = 0; i < j->nin; i++) report_input(&j->in[i], events);
  report_ids(j, events);
  report_fields(j, events);
  if (r->noevidence)
    sw_emit_text(events, SW_EVENT_WARNING, "identity", "%zu 条记录没有任何证据，各自成人", "%zu records hold no evidence at all: each stays a person of its own", r->noevidence);
  if (r->standins)
    sw_emit_text(events, SW_EVENT_MESSAGE, "identity", "%zu 条记录的姓名是占位名，不作证据", "%zu records have a stand-in for a name: no evidence", r->standins);
  for (size_t f = 0; f < SW_LINK_FAMILIES; f++)
    if (r->blocks.hubs[f])
      sw_emit_text(events, SW_EVENT_MESSAGE, "identity", "分块键过于集中：%lld 块超过上限（最大 %lld 条），已细分", "%lld blocks were too large (up to %lld records) and were divided", (long long)r->blocks.hubs[f],
                   (long long)r->blocks.largest[f]);
  if (j->model.nfamilies == 0 && j->model.pairs > 3e6)
    sw_emit_text(events, SW_EVENT_WARNING, "identity", "没有一列能用来分块：未比较任何记录", "no column can be blocked by: no records were compared");
}

sw_status sw_identify_open(const sw_identify_options *o, sw_identify_job **out, const sw_cancel *cancel, const sw_events *events, sw_error *err) {
  *out = NULL;
  sw_identify_job *j = calloc(1, sizeof *j);
  if (!j) return no_memory(err);
  size_t threads = o->threads ? o->threads : sw_cpu_count();
  int64_t t0 = sw_mono_us();
  sw_status st = SW_OK;
  for (size_t i = 0; i < o->nin && st == SW_OK; i++, j->nin++) st = sw_link_csv_read(o->in[i], cancel, &j->in[i], err);
  if (st == SW_OK) st = configure(j, o, events, err);
  if (st == SW_OK) st = sw_link_load(j->in, j->nin, &j->spec, threads, &j->store, cancel, err);
  j->read_seconds = (double)(sw_mono_us() - t0) / 1e6;
  if (st == SW_OK) st = sw_link_run(&j->store, &j->spec, &(sw_link_run_options){.threads = threads}, &j->model, &j->result, cancel, events, err);
  if (st != SW_OK) {
    sw_identify_close(j);
    return st;
  }
  report(j, events);
  *out = j;
  return SW_OK;
}

void sw_identify_close(sw_identify_job *j) {
  if (!j) return;
  sw_link_result_fini(&j->result);
  sw_link_model_fini(&j->model);
  sw_link_store_fini(&j->store);
  for (size_t i = 0; i < 2; i++) sw_link_csv_fini(&j->in[i]);
  sw_arena_fini(&j->arena);
  free(j);
}

static sw_str id_of(const sw_identify_job *j, uint32_t record, size_t *input, size_t *row) {
  *input = j->nin == 2 && record >= j->in[0].nrows ? 1 : 0;
  *row = *input ? record - j->in[0].nrows : record;
  if (!j->spec.id_column) return (sw_str){NULL, 0};
  const sw_link_csv *in = &j->in[*input];
  ptrdiff_t c = sw_link_csv_column(in, sw_str_of(j->spec.id_column));
  return c < 0 ? (sw_str){NULL, 0} : sw_link_csv_cells(in, (size_t)c)[*row];
}

void sw_identify_id_put(const sw_identify_job *j, uint32_t record, sw_buf *out) {
  size_t input, row;
  sw_str id = id_of(j, record, &input, &row);
  if (j->spec.id_column) sw_csv_field(out, id, ',');
  else sw_buf_printf(out, "%u", record + 1);
}

static sw_status write_out(const char *path, sw_buf *b, sw_error *err) {
  if (sw_buf_check(b, err)) return err ? err->status : SW_E_NOMEM;
  return sw_fs_write_durable(path, b->ptr, b->len, err);
}

sw_status sw_identify_write_clusters(const sw_identify_job *j, const char *path, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  b.max = (size_t)1 << 34;
  uint32_t *number = calloc(j->store.n + 1, sizeof *number), next = 0;
  if (!number) return no_memory(err);
  if (j->spec.id_column) sw_csv_field(&b, sw_str_of(j->spec.id_column), ',');
  else sw_buf_puts(&b, "record");
  sw_buf_puts(&b, j->nin == 2 ? ",person,input\n" : ",person\n");
  for (uint32_t r = 0; r < j->store.n; r++) {
    uint32_t p = j->result.person[r];
    if (!number[p]) number[p] = ++next;
    sw_identify_id_put(j, r, &b);
    sw_buf_printf(&b, ",%u", number[p]);
    if (j->nin == 2) sw_buf_puts(&b, r >= j->in[0].nrows ? ",2" : ",1");
    sw_buf_putc(&b, '\n');
  }
  free(number);
  return write_out(path, &b, err);
}

static void pair_line(const sw_identify_job *j, const sw_link_edge *e, sw_buf *b) {
  sw_link_score sc;
  sw_link_score_pair(&j->model, &j->store, sw_link_row(&j->store, e->a), j->store.flags[e->a], sw_link_row(&j->store, e->b), j->store.flags[e->b], &sc);
  sw_identify_id_put(j, e->a, b);
  sw_buf_putc(b, ',');
  sw_identify_id_put(j, e->b, b);
  sw_buf_printf(b, ",%s,%s,%.6f,%d,%d", sw_link_outcome_name(e->outcome), sw_link_reason_name(e->reason), sw_link_probability(sc.total), sc.total, j->model.prior);
  for (size_t f = 0; f < j->spec.nfields; f++) {
    unsigned l = sw_link_pattern_level(sc.pattern, f);
    if (l == SW_LINK_ABSENT) sw_buf_puts(b, ",,0");
    else sw_buf_printf(b, ",%u,%d", l, sc.part[f]);
  }
  sw_buf_printf(b, ",%d\n", sc.part[j->spec.nfields]);
}

sw_status sw_identify_write_pairs(const sw_identify_job *j, const char *path, sw_error *err) {
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  b.max = (size_t)1 << 34;
  sw_buf_puts(&b, "a,b,outcome,reason,probability,score,prior");
  for (size_t f = 0; f < j->spec.nfields; f++) {
    SW_AUTO(sw_buf) name = SW_BUF_INIT;
    sw_buf_printf(&name, "%s_level", j->spec.fields[f].name);
    sw_buf_putc(&b, ',');
    sw_csv_field(&b, sw_buf_str(&name), ',');
    sw_buf_clear(&name);
    sw_buf_printf(&name, "%s_weight", j->spec.fields[f].name);
    sw_buf_putc(&b, ',');
    sw_csv_field(&b, sw_buf_str(&name), ',');
  }
  sw_buf_puts(&b, ",order_weight\n");
  for (size_t i = 0; i < j->result.nedges; i++) pair_line(j, &j->result.edges[i], &b);
  return write_out(path, &b, err);
}

sw_status sw_identify_find(const sw_identify_job *j, sw_str id, uint32_t *record, sw_error *err) {
  size_t found = 0, input, row;
  uint64_t number;
  if (!j->spec.id_column) {
    if (sw_str_to_u64(id, &number) && number >= 1 && number <= j->store.n) *record = (uint32_t)(number - 1), found = 1;
  } else {
    for (uint32_t r = 0; r < j->store.n && found < 2; r++)
      if (sw_str_eq(id_of(j, r, &input, &row), id)) *record = r, found++;
  }
  if (found == 1) return SW_OK;
  if (found == 0) return SW_FAIL(err, SW_E_NOTFOUND, "SW-LINK-0032", "没有编号为 %.*s 的记录", "no record has the id %.*s", SW_STR_ARG(id));
  return SW_FAIL(err, SW_E_USAGE, "SW-LINK-0033", "编号 %.*s 不唯一：请用 --id 指定另一列", "the id %.*s is not unique: name another column with --id", SW_STR_ARG(id));
}

void sw_identify_sizes(const sw_link_result *r, int64_t count[SW_IDENTIFY_SIZES], int64_t *largest) {
  memset(count, 0, SW_IDENTIFY_SIZES * sizeof *count);
  *largest = 0;
  uint32_t *size = calloc(r->nrecords + 1, sizeof *size);
  if (!size) return;
  for (size_t i = 0; i < r->nrecords; i++) size[r->person[i]]++;
  for (size_t i = 0; i < r->nrecords; i++) {
    if (!size[i]) continue;
    if (size[i] > *largest) *largest = size[i];
    count[size[i] < SW_IDENTIFY_SIZES ? size[i] - 1 : SW_IDENTIFY_SIZES - 1]++;
  }
  free(size);
}
