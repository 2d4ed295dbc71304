#include "synth/files.h"

#include "base/date.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/utf8.h"
#include "synth/zip.h"

#include <errno.h>
#include <stdlib.h>

enum { TAIL = 48 << 10, TRUTH_TAIL = 64 << 10, REPEAT_HEADER = 50000, WIDE_DX = 16, WIDE_PROC = 8, HQMS_LIST = 40 };

static const char *const TRUTHS[SY_NTRUTHS][2] = {
    [SY_TRUTH_PERSONS] = {"persons.csv", "institution,patient_id,person,kind"},
    [SY_TRUTH_FAULTS] = {"faults.csv", "kind,file,line,column,key,detail"},
    [SY_TRUTH_LOST] = {"lost_rows.csv", "institution,delivery,file,table,biz_date,key,patient_id,amount"},
    [SY_TRUTH_MAPPINGS] = {"mappings.csv", "institution,kind,local_code,national_code,insurance_code,state,name"},
    [SY_TRUTH_CASES] = {"cases.csv",
                        "id,sex,age_years,age_days,weight_g,dx_list_principal_first,proc_list_main_first,institution,case_id,"
                        "patient_id,person,record_no,admit_times,admit_time,discharge_time,stay_days,discharge_way,total_cost,"
                        "clinical_dx_list,clinical_proc_list,department,team,payer,delivered"},
    [SY_TRUTH_ADVISORY] = {"advisory.csv", "institution,table,key,rule,reason"},
    [SY_TRUTH_INFECTIOUS] = {"infectious.csv",
                             "institution,patient_id,person,encounter_id,encounter_type,icd_ins,disease_code,disease,diagnosed_at,"
                             "limit_hours,due_at,reported_at,state,card_id"},
    [SY_TRUTH_CORRECTIONS] = {"corrections.csv", "institution,table,key,corrected_at,column,before,after"},
    [SY_TRUTH_RELATIONS] = {"relations.csv", "person,relation,other_person"},
    [SY_TRUTH_RARITIES] = {"rarities.csv", "rarity,institution,table,key,person"},
};



static bool header_add(sy_files *f, sy_header *h, int cap, const char *name, sy_type type) {
  if (!h->names) {
    h->names = SW_ARENA_ARRAY(&f->arena, const char *, (size_t)cap);
    h->types = SW_ARENA_ARRAY(&f->arena, sy_type, (size_t)cap);
  }
  if (!h->names || !h->types || h->n == cap) return false;
  h->names[h->n] = name;
  h->types[h->n++] = type;
  return true;
}

/* Fields of one procedure on a wide front page, in order. */
static const struct {
  const char *a, *xlsx, *main, *other;
  sy_type type;
} PROC[] = {{"SSBM%d", "手术编码%d", "C14x01C", "C35x%02dC", SY_CODE}, {"SSMC%d", "手术名称%d", "C15x01N", "C36x%02dN", SY_TEXT},
            {"SSRQ%d", "手术日期%d", "C16x01", "C37x%02d", SY_TIME},   {"SSJB%d", "手术级别%d", "C17x01", "C38x%02d", SY_CODE},
            {"SZ%d", "术者%d", "C18x01", "C39x%02d", SY_TEXT},         {"YZ%d", "Ⅰ助%d", "C19x01", "C40x%02d", SY_TEXT},
            {"EZ%d", "Ⅱ助%d", "C20x01", "C41x%02d", SY_TEXT},          {"QKYH%d", "切口%d", "C21x01C", "C42x%02dC", SY_CODE},
            {"MZFS%d", "麻醉%d", "C22x01C", "C43x%02dC", SY_CODE},     {"MZYS%d", "麻醉医师%d", "C23x01", "C44x%02d", SY_TEXT}};
enum { NPROC = sizeof PROC / sizeof *PROC };

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void add_numbered(sy_files *f, sy_header *h, const char *form, int i, sy_type type) {
  header_add(f, h, 900, sw_arena_printf(&f->arena, form, i), type); /* forms are those above */
}
#pragma GCC diagnostic pop

static void front_lists(sy_files *f, sy_header *h, sy_front front) {
  int ndx = front == SY_FRONT_HQMS ? HQMS_LIST + 1 : WIDE_DX, nproc = front == SY_FRONT_HQMS ? HQMS_LIST + 1 : WIDE_PROC;
  static const char *const DX[3][4] = {{"ZDBM%d", "其他诊断编码%d", "C06x%02dC", "C03C"},
                                       {"ZDMC%d", "其他诊断名称%d", "C07x%02dN", "C04N"},
                                       {"RYBQ%d", "其他诊断入院病情%d", "C08x%02dC", "C05C"}};
  static const char *const MAIN[3] = {"主要诊断编码", "主要诊断名称", "主要诊断入院病情"};
  for (int i = 0; i < ndx; i++)
    for (int k = 0; k < 3; k++) {
      sy_type t = k == 1 ? SY_TEXT : SY_CODE;
      if (front == SY_FRONT_WIDE) add_numbered(f, h, DX[k][0], i + 1, t);
      else if (i == 0) header_add(f, h, 900, front == SY_FRONT_XLSX ? MAIN[k] : DX[k][3], t);
      else add_numbered(f, h, front == SY_FRONT_XLSX ? DX[k][1] : DX[k][2], i, t);
    }
  for (int i = 0; i < nproc; i++)
    for (int k = 0; k < NPROC; k++) {
      if (front == SY_FRONT_WIDE) add_numbered(f, h, PROC[k].a, i + 1, PROC[k].type);
      else if (front == SY_FRONT_XLSX) add_numbered(f, h, PROC[k].xlsx, i + 1, PROC[k].type);
      else if (i == 0) header_add(f, h, 900, PROC[k].main, PROC[k].type);
      else add_numbered(f, h, PROC[k].other, i, PROC[k].type);
    }
}

static void front_header(sy_files *f, sy_header *h, sy_front front) {
  int from = SY_FIRST[SY_T_ADMISSION], to = SY_FIRST[SY_T_ADMISSION + 1];
  for (int i = from; i < to; i++) {
    const sy_column *c = &SY_COLUMNS[i];
    if (front == SY_FRONT_HQMS && !c->hqms[0]) continue;
    header_add(f, h, 900, front == SY_FRONT_HQMS ? c->hqms : front == SY_FRONT_XLSX ? c->heading : c->a, c->type);
  }
  front_lists(f, h, front);
  for (int i = from; i < to && front == SY_FRONT_HQMS; i++) {
    if (SY_COLUMNS[i].hqms[0]) continue;
    char *name = sw_arena_printf(&f->arena, "X_%s", SY_COLUMNS[i].name);
    for (char *p = name; p && *p; p++)
      if (*p >= 'a' && *p <= 'z') *p = (char)(*p - 32);
    header_add(f, h, 900, name, SY_COLUMNS[i].type);
  }
}

static void make_header(sy_files *f, const sy_inst *in, int t) {
  sy_header *h = &f->headers[in->index * SY_NTABLES + t];
  if (t == SY_T_ADMISSION && in->front != SY_FRONT_LONG) {
    front_header(f, h, in->front);
    return;
  }
  for (int i = SY_FIRST[t]; i < SY_FIRST[t + 1]; i++) {
    const sy_column *c = &SY_COLUMNS[i];
    header_add(f, h, SY_MAX_COLUMNS, in->vendor == 'a' ? c->a : in->vendor == 'b' || t >= SY_FIRST_SETL ? c->name : c->c, c->type);
  }
}

static void make_style(sy_files *f, const sy_inst *in, int t) {
  sy_style *s = &f->styles[in->index * SY_NTABLES + t];
  char v = in->vendor;
  *s = (sy_style){.dialect = v, .keys = v, .delimiter = v == 'a' ? ',' : v == 'b' ? '\t' : '^', .quotes = v == 'a',
                  .eol = v == 'c' ? "\n" : "\r\n", .encoding = in->encoding, .format = SY_TEXT_FILE};
  if (t == SY_T_LAB_RESULT && v != 'a') s->packing = v == 'b' ? SY_GZIP : SY_ZSTD; /* the largest of their tables */
  if (t >= SY_FIRST_SETL) *s = (sy_style){'h', v, ',', true, "\n", SY_UTF8, SY_TEXT_FILE, SY_UNPACKED};
  if (t == SY_T_ADMISSION && in->front == SY_FRONT_HQMS) *s = (sy_style){'h', v, ',', true, "\r\n", SY_UTF8, SY_TEXT_FILE, SY_UNPACKED};
  if (t == SY_T_ADMISSION && in->front == SY_FRONT_XLSX) *s = (sy_style){'h', v, 0x1F, false, "\n", SY_UTF8, SY_XLSX_FILE, SY_UNPACKED};
  if (t == SY_T_SETTLEMENT && in->dbf) *s = (sy_style){'h', v, 0x1F, false, "\n", SY_GB18030, SY_DBF_FILE, SY_UNPACKED};
}

bool sy_delivers(const sy_world *w, int inst, int table) {
  const sy_inst *in = &w->inst[inst];
  if (table == SY_T_CASE_DIAGNOSIS || table == SY_T_CASE_PROCEDURE) return in->front == SY_FRONT_LONG;
  return true;
}

static const char *file_name(sy_files *f, const sy_inst *in, int t, const char *ymd) {
  sw_arena *a = &f->arena;
  const sy_style *s = sy_style_of(f, in->index, t);
  if (t >= SY_FIRST_SETL && t < SY_NTABLES) return sw_arena_printf(a, "%s_%s.csv", SY_TABLES[t].name, ymd);
  if (s->format == SY_XLSX_FILE) return sw_arena_printf(a, "病案首页补%s.xlsx", ymd);
  if (s->format == SY_DBF_FILE) return sw_arena_printf(a, "JS%s.DBF", ymd);
  if (t == SY_T_ADMISSION && in->front == SY_FRONT_HQMS) return sw_arena_printf(a, "HQMS_%s_%s.csv", in->code, ymd);
  if (in->vendor == 'a') return sw_arena_printf(a, "%s_%s.csv", SY_TABLES[t].a, ymd);
  const char *packed = s->packing == SY_GZIP ? ".gz" : s->packing == SY_ZSTD ? ".zst" : "";
  if (in->vendor == 'b') return sw_arena_printf(a, "dbo.%s_%s.txt%s", SY_TABLES[t].name, ymd, packed);
  return sw_arena_printf(a, "%s.%s.dat%s", SY_TABLES[t].c, ymd, packed);
}

static void add_file(sy_files *f, const sy_inst *in, int t, int k, const char *name) {
  char date[SW_DATE_LEN];
  sw_format_date(sy_window_end(f->w, k) + 1, date);
  sy_file *x = &f->files[f->n++];
  *x = (sy_file){.inst = in->index, .table = t, .delivery = k, .style = sy_style_of(f, in->index, t),
                 .header = sy_header_of(f, in->index, t)};
  x->path = sw_arena_printf(&f->arena, "%s/%s/%s", in->code, date, name);
  x->full = sw_arena_printf(&f->arena, "%s/deliveries/%s", f->w->opt.out, x->path ? x->path : "");
  sw_buf_init(&x->tail, SW_BUF_DEFAULT_MAX);
}

/* Whole years before the history's last three months, then those months. */
static int part_of(const sy_files *f, int32_t day) {
  int y, m, d, ey, em, ed, sy, sm, sd;
  sw_civil_from_days(day, &y, &m, &d);
  sw_civil_from_days(f->w->history_end, &ey, &em, &ed);
  sw_civil_from_days(f->w->first_day, &sy, &sm, &sd);
  int back = (ey - y) * 12 + em - m;
  if (back < 3) return f->nparts - 1 - (back < 0 ? 0 : back);
  return y < sy ? 0 : y - sy;
}

static void add_parts(sy_files *f, const sy_inst *in) {
  int y, m, d, sy, sm, sd;
  sw_civil_from_days(f->w->history_end, &y, &m, &d);
  sw_civil_from_days(f->w->first_day, &sy, &sm, &sd);
  int years = f->nparts - 3;
  f->xlsx_first[in->index] = f->n;
  for (int i = 0; i < years; i++)
    add_file(f, in, SY_T_ADMISSION, 0, sw_arena_printf(&f->arena, "病案首页%d.xlsx", sy + i));
  for (int i = 0; i < 3; i++) {
    int month = y * 12 + m - 1 - (2 - i);
    add_file(f, in, SY_T_ADMISSION, 0, sw_arena_printf(&f->arena, "病案首页%d%02d.xlsx", month / 12, month % 12 + 1));
  }
  if (f->again_delivery < 0) return;
  int month = y * 12 + m - 2;
  add_file(f, in, SY_T_ADMISSION, f->again_delivery,
           sw_arena_printf(&f->arena, "病案首页%d%02d(终版2).xlsx", month / 12, month % 12 + 1));
}

static void plan_parts(sy_files *f) {
  int y, m, d, sy, sm, sd;
  const sy_world *w = f->w;
  sw_civil_from_days(w->history_end, &y, &m, &d);
  sw_civil_from_days(w->first_day, &sy, &sm, &sd);
  int month = y * 12 + m - 1;
  int last_year = (month - 3) / 12; /* of the month before the last three */
  f->nparts = (last_year >= sy ? last_year - sy + 1 : 0) + 3;
  f->again_delivery = w->ndeliveries > 1 ? (w->ndeliveries > 3 ? 3 : 1) : -1;
  month--;
  f->again_from = sw_days_from_civil(month / 12, month % 12 + 1, 1);
  f->again_to = sw_days_from_civil(y, m, 1) - 1;
}

sw_status sy_files_init(sy_files *f, const sy_world *w, sw_error *err) {
  *f = (sy_files){.w = w, .arena = SW_ARENA_INIT};
  pthread_mutex_init(&f->lock, NULL);
  pthread_cond_init(&f->turn, NULL);
  plan_parts(f);
  for (int i = 0; i < SY_NTRUTHS; i++) sw_buf_init(&f->truth[i], SW_BUF_DEFAULT_MAX);
  int per = SY_NTABLES * w->ndeliveries + f->nparts + 1;
  f->files = SW_ARENA_ARRAY(&f->arena, sy_file, (size_t)(w->ninst * per));
  f->styles = SW_ARENA_ARRAY(&f->arena, sy_style, (size_t)(w->ninst * SY_NTABLES));
  f->headers = SW_ARENA_ARRAY(&f->arena, sy_header, (size_t)(w->ninst * SY_NTABLES));
  f->xlsx_first = SW_ARENA_ARRAY(&f->arena, int, (size_t)w->ninst);
  sw_status s = sw_arena_check(&f->arena, err);
  if (s) return s;
  for (int i = 0; i < w->ninst; i++)
    for (int t = 0; t < SY_NTABLES; t++) {
      make_style(f, &w->inst[i], t);
      make_header(f, &w->inst[i], t);
    }
  for (int i = 0; i < w->ninst; i++)
    for (int t = 0; t < SY_NTABLES; t++)
      for (int k = 0; k < w->ndeliveries; k++) {
        char date[SW_DATE_LEN], ymd[9];
        sw_format_date(sy_window_end(w, k) + 1, date);
        snprintf(ymd, sizeof ymd, "%.4s%.2s%.2s", date, date + 5, date + 8);
        add_file(f, &w->inst[i], t, k, file_name(f, &w->inst[i], t, ymd));
      }
  for (int i = 0; i < w->ninst; i++) {
    f->xlsx_first[i] = -1;
    if (w->inst[i].front == SY_FRONT_XLSX) add_parts(f, &w->inst[i]);
  }
  for (int i = 0; i < SY_NTRUTHS; i++) {
    f->truth_path[i] = sw_arena_printf(&f->arena, "%s/truth/%s", w->opt.out, TRUTHS[i][0]);
    sw_buf_printf(&f->truth[i], "%s\n", TRUTHS[i][1]);
  }
  return sw_arena_check(&f->arena, err);
}

void sy_files_fini(sy_files *f) {
  for (int i = 0; i < f->n; i++) {
    sw_buf_fini(&f->files[i].tail);
    sw_digest_free(f->files[i].digest);
    sy_zip_free(f->files[i].zip);
  }
  for (int i = 0; i < SY_NTRUTHS; i++) sw_buf_fini(&f->truth[i]);
  sw_arena_fini(&f->arena);
  pthread_cond_destroy(&f->turn);
  pthread_mutex_destroy(&f->lock);
}

int sy_file_index(const sy_files *f, int inst, int table, int delivery, int32_t day) {
  if (delivery == 0 && table == SY_T_ADMISSION && f->xlsx_first[inst] >= 0) return f->xlsx_first[inst] + part_of(f, day);
  return (inst * SY_NTABLES + table) * f->w->ndeliveries + delivery;
}

int sy_file_again(const sy_files *f, int inst) {
  return f->again_delivery < 0 || f->xlsx_first[inst] < 0 ? -1 : f->xlsx_first[inst] + f->nparts;
}

/* --- encoding --------------------------------------------------------------------------------- */

static void put_gb(const sy_world *w, uint32_t cp, sw_buf *out) {
  char b[4];
  if (cp >= 0x10000) { /* the supplementary planes are numbered through */
    uint32_t i = cp - 0x10000;
    b[0] = (char)(0x90 + i / 12600);
    b[1] = (char)(0x30 + i / 1260 % 10);
    b[2] = (char)(0x81 + i / 10 % 126);
    b[3] = (char)(0x30 + i % 10);
    sw_buf_put(out, b, 4);
    return;
  }
  uint32_t v = w->gb[cp];
  int n = v > 0xFFFFFF ? 4 : v > 0xFF ? 2 : 1;
  for (int i = 0; i < n; i++) b[i] = (char)(v >> 8 * (n - 1 - i) & 0xFF);
  if (v) sw_buf_put(out, b, (size_t)n);
  else sw_buf_putc(out, '?');
}

static void put_u16(uint32_t cp, sw_buf *out) {
  char b[4];
  if (cp < 0x10000) {
    b[0] = (char)(cp & 0xFF);
    b[1] = (char)(cp >> 8);
    sw_buf_put(out, b, 2);
    return;
  }
  uint32_t hi = 0xD800 + ((cp - 0x10000) >> 10), lo = 0xDC00 + ((cp - 0x10000) & 0x3FF);
  b[0] = (char)(hi & 0xFF);
  b[1] = (char)(hi >> 8);
  b[2] = (char)(lo & 0xFF);
  b[3] = (char)(lo >> 8);
  sw_buf_put(out, b, 4);
}

void sy_encode(const sy_world *w, sy_encoding e, sw_str text, sw_buf *out) {
  if (e == SY_UTF8) {
    sw_buf_str_put(out, text);
    return;
  }
  if (!sw_buf_reserve(out, text.len * 2 + 8)) return;
  for (size_t i = 0; i < text.len;) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (c < 0x80) {
      out->ptr[out->len++] = (char)c;
      if (e == SY_UTF16) out->ptr[out->len++] = 0;
      i++;
      continue;
    }
    uint32_t cp;
    size_t k = sw_utf8_decode(text.ptr + i, text.len - i, &cp);
    if (!k) {
      cp = 0xFFFD;
      k = 1;
    }
    i += k;
    if (e == SY_UTF16) put_u16(cp, out);
    else put_gb(w, cp, out);
    if (!sw_buf_reserve(out, (text.len - i) * 2 + 8)) return;
  }
}

/* --- commit ----------------------------------------------------------------------------------- */

static sw_status append(const char *path, sw_str bytes, sw_error *err) {
  FILE *f = fopen(path, "ab");
  if (!f) return SW_FAIL_ERRNO(err, "SW-SYNTH-0007", "写不了 %s", "cannot write %s", path);
  bool ok = fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len;
  int saved = errno;
  ok = fclose(f) == 0 && ok;
  if (ok) return SW_OK;
  if (saved) errno = saved;
  return SW_FAIL_ERRNO(err, "SW-SYNTH-0007", "写不了 %s", "cannot write %s", path);
}

static sw_status flush_file(sy_file *x, size_t least, sw_error *err) {
  if (x->tail.len < least || !x->tail.len) return sw_buf_check(&x->tail, err);
  sw_status s = sw_buf_check(&x->tail, err);
  if (s) return s;
  sw_buf packed;
  sw_buf_init(&packed, SW_BUF_DEFAULT_MAX);
  if (x->style->packing != SY_UNPACKED) s = sy_compress(x->style->packing, sw_buf_str(&x->tail), &packed, err);
  sw_str bytes = x->style->packing == SY_UNPACKED ? sw_buf_str(&x->tail) : sw_buf_str(&packed);
  if (!s && x->digest) sw_digest_update(x->digest, bytes.ptr, bytes.len);
  x->bytes += (int64_t)bytes.len;
  if (!s) s = append(x->full, bytes, err);
  sw_buf_fini(&packed);
  sw_buf_clear(&x->tail);
  if (least == 0) sw_buf_fini(&x->tail);
  return s;
}

static void put_header(const sy_files *f, sy_file *x, sw_buf *out) {
  sw_buf line;
  sw_buf_init(&line, SW_BUF_DEFAULT_MAX);
  for (int i = 0; i < x->header->n; i++) {
    if (i) sw_buf_putc(&line, x->style->delimiter);
    sw_buf_puts(&line, x->header->names[i]);
  }
  sw_buf_puts(&line, x->style->eol);
  sy_encode(f->w, x->style->encoding, sw_buf_str(&line), out);
  sw_buf_fini(&line);
}

/* dBASE III: a header with the fields, then records of fixed length; the number of records is patched at the end. */
enum { DBF_KEY = 30, DBF_TIME = 19, DBF_MONEY = 14 };
static int dbf_width(sy_type t) { return t == SY_MONEY ? DBF_MONEY : t == SY_TIME ? DBF_TIME : DBF_KEY; }

static void put_dbf_header(sy_file *x) {
  unsigned char h[32] = {0x03, 123, 12, 31};
  int record = 1;
  for (int i = 0; i < x->header->n; i++) record += dbf_width(x->header->types[i]);
  int size = 32 + 32 * x->header->n + 1;
  h[8] = (unsigned char)(size & 0xFF);
  h[9] = (unsigned char)(size >> 8);
  h[10] = (unsigned char)(record & 0xFF);
  h[11] = (unsigned char)(record >> 8);
  h[29] = 0x4D; /* GBK */
  sw_buf_put(&x->tail, h, sizeof h);
  for (int i = 0; i < x->header->n; i++) {
    unsigned char d[32] = {0};
    sw_str name = sw_str_sub(sw_str_of(x->header->names[i]), 0, 10);
    memcpy(d, name.ptr, name.len);
    d[11] = x->header->types[i] == SY_MONEY ? 'N' : 'C';
    d[16] = (unsigned char)dbf_width(x->header->types[i]);
    d[17] = x->header->types[i] == SY_MONEY ? 2 : 0;
    sw_buf_put(&x->tail, d, sizeof d);
  }
  sw_buf_putc(&x->tail, 0x0D);
}

static sw_status make_dir(const char *file, sw_error *err) {
  sw_str path = sw_str_of(file);
  while (path.len && path.ptr[path.len - 1] != '/') path.len--;
  char *z = sw_str_dupz(sw_str_sub(path, 0, path.len ? path.len - 1 : 0));
  if (!z) return SW_FAIL(err, SW_E_NOMEM, "SW-SYNTH-0008", "内存不足，不能建目录 %s", "no memory for the directory of %s", file);
  sw_status s = sw_fs_mkdirs(z, err);
  free(z);
  return s;
}

static sw_status start_file(sy_files *f, sy_file *x, sw_error *err) {
  x->started = true;
  sw_status s = make_dir(x->full, err);
  if (s) return s;
  if (x->style->format == SY_XLSX_FILE) {
    if ((s = sy_zip_new(x->full, "病案首页", x->header->types, x->header->n, &x->zip, err))) return s;
    sw_buf line;
    sw_buf_init(&line, SW_BUF_DEFAULT_MAX);
    put_header(f, x, &line);
    s = sy_zip_rows(x->zip, sw_buf_str(&line), err);
    sw_buf_fini(&line);
    return s;
  }
  if (x->style->format == SY_DBF_FILE) {
    put_dbf_header(x);
    return SW_OK;
  }
  if (f->w->inst[x->inst].manifest && !(x->digest = sw_digest_new(SW_DIGEST_SHA256)))
    return SW_FAIL(err, SW_E_NOMEM, "SW-SYNTH-0008", "内存不足：%s", "no memory for %s", x->path);
  if (x->style->encoding == SY_UTF16) sw_buf_put(&x->tail, "\xFF\xFE", 2);
  put_header(f, x, &x->tail);
  x->lines = 1;
  return SW_OK;
}

static sw_status take_part(sy_files *f, sy_file *x, sy_part *p, sw_error *err) {
  sw_status s = sw_buf_check(&p->bytes, err);
  if (!s && !x->started) s = start_file(f, x, err);
  if (s) return s;
  bool repeats = x->table == SY_T_FEE_ITEM && x->delivery == 0 && x->style->dialect == 'b';
  if (repeats && x->since_header >= REPEAT_HEADER) { /* a careless export: headers in the middle */
    put_header(f, x, &x->tail);
    x->lines++;
    x->since_header = 0;
  }
  if (x->zip) s = sy_zip_rows(x->zip, sw_buf_str(&p->bytes), err);
  else sw_buf_str_put(&x->tail, sw_buf_str(&p->bytes));
  x->rows += p->rows;
  x->since_header += p->rows;
  x->source_rows += p->source_rows;
  x->amount += p->amount;
  return s ? s : flush_file(x, TAIL, err);
}

static void put_faults(sy_files *f, const sy_fault_at *faults, size_t n, sw_str text) {
  sw_buf *out = &f->truth[SY_TRUTH_FAULTS];
  for (size_t i = 0; i < n; i++) {
    const sy_fault_at *x = &faults[i];
    sw_buf_put(out, text.ptr + x->head, x->from - x->head);
    sw_buf_printf(out, "%lld", (long long)f->files[x->file].lines + (long long)x->line);
    sw_buf_put(out, text.ptr + x->from, x->to - x->from);
  }
  f->truth_rows[SY_TRUTH_FAULTS] += (int64_t)n;
}

static sw_status flush_truth(sy_files *f, size_t least, sw_error *err) {
  for (int i = 0; i < SY_NTRUTHS; i++) {
    sw_status s = sw_buf_check(&f->truth[i], err);
    if (!s && f->truth[i].len >= least && f->truth[i].len) {
      s = append(f->truth_path[i], sw_buf_str(&f->truth[i]), err);
      sw_buf_clear(&f->truth[i]);
    }
    if (s) return s;
  }
  return SW_OK;
}

static sw_status commit(sy_files *f, sy_part *parts, sw_buf truth[SY_NTRUTHS], const sy_fault_at *faults, size_t nfaults,
                        sw_str fault_text, sw_error *err) {
  /* Repeated headers come before the block's lines, and so must be counted before its faults are placed. */
  for (int i = 0; i < f->n; i++)
    if (parts[i].dirty) {
      sw_status s = take_part(f, &f->files[i], &parts[i], err);
      if (s) return s;
    }
  put_faults(f, faults, nfaults, fault_text);
  for (int i = 0; i < f->n; i++)
    if (parts[i].dirty) {
      f->files[i].lines += parts[i].lines;
      sw_buf_clear(&parts[i].bytes);
      parts[i] = (sy_part){.bytes = parts[i].bytes};
    }
  for (int i = 0; i < SY_NTRUTHS; i++) {
    sw_buf_str_put(&f->truth[i], sw_buf_str(&truth[i]));
    for (size_t k = 0; k < truth[i].len; k++) f->truth_rows[i] += truth[i].ptr[k] == '\n';
    sw_buf_clear(&truth[i]);
  }
  return flush_truth(f, TRUTH_TAIL, err);
}

sw_status sy_files_commit(sy_files *f, int64_t block, sy_part *parts, sw_buf truth[SY_NTRUTHS], const sy_fault_at *faults,
                          size_t nfaults, sw_str fault_text, sw_error *err) {
  pthread_mutex_lock(&f->lock);
  while (f->next != block && !f->failed) pthread_cond_wait(&f->turn, &f->lock);
  sw_status s = SW_OK;
  if (f->failed) s = SW_FAIL(err, SW_E_CANCELLED, "SW-SYNTH-0009", "另一个线程已失败（块 %lld）", "another thread failed (block %lld)", (long long)block);
  else s = commit(f, parts, truth, faults, nfaults, fault_text, err);
  f->next++;
  f->failed |= s != SW_OK;
  pthread_cond_broadcast(&f->turn);
  pthread_mutex_unlock(&f->lock);
  return s;
}

void sy_files_fail(sy_files *f) {
  pthread_mutex_lock(&f->lock);
  f->failed = true;
  pthread_cond_broadcast(&f->turn);
  pthread_mutex_unlock(&f->lock);
}

/* --- finish ----------------------------------------------------------------------------------- */

static void money(sw_buf *out, int64_t fen) {
  sw_buf_printf(out, "%s%lld.%02lld", fen < 0 ? "-" : "", (long long)(fen < 0 ? -fen : fen) / 100, (long long)(fen < 0 ? -fen : fen) % 100);
}

/* 合计 in the first column, the sum under the amount. */
static void total_row(const sy_files *f, sy_file *x, sw_buf *out) {
  int at = sy_column_of(x->table, SY_TABLES[x->table].amount);
  const char *name = x->table == SY_T_ADMISSION ? SY_COLUMNS[SY_C_ADMISSION_TOTAL_COST].heading : x->header->names[at];
  sw_buf line;
  sw_buf_init(&line, SW_BUF_DEFAULT_MAX);
  for (int i = 0; i < x->header->n; i++) {
    if (i) sw_buf_putc(&line, x->style->delimiter);
    if (i == 0) sw_buf_puts(&line, "合计");
    else if (strcmp(x->header->names[i], name) == 0) money(&line, x->amount);
  }
  sw_buf_puts(&line, x->style->eol);
  sy_encode(f->w, x->style->encoding, sw_buf_str(&line), out);
  sw_buf_fini(&line);
}

static sw_status patch_dbf(const sy_file *x, sw_error *err) {
  FILE *f = fopen(x->full, "r+b");
  unsigned char n[4];
  for (int i = 0; i < 4; i++) n[i] = (unsigned char)(x->rows >> 8 * i & 0xFF);
  bool ok = f && fseek(f, 4, SEEK_SET) == 0 && fwrite(n, 1, 4, f) == 4;
  if (f) ok = fclose(f) == 0 && ok;
  return ok ? SW_OK : SW_FAIL_ERRNO(err, "SW-SYNTH-0007", "写不了 %s", "cannot write %s", x->full);
}

static sw_status finish_file(sy_files *f, sy_file *x, sw_error *err) {
  sw_status s = SW_OK;
  if (x->style->format == SY_XLSX_FILE) {
    sw_buf line;
    sw_buf_init(&line, SW_BUF_DEFAULT_MAX);
    total_row(f, x, &line);
    s = sy_zip_rows(x->zip, sw_buf_str(&line), err);
    sw_buf_fini(&line);
    return s ? s : sy_zip_finish(x->zip, &x->bytes, err);
  }
  if (x->style->format == SY_DBF_FILE) {
    sw_buf_putc(&x->tail, 0x1A);
    s = flush_file(x, 0, err);
    return s ? s : patch_dbf(x, err);
  }
  if (x->style->dialect == 'a' && (x->table == SY_T_FEE_ITEM || x->table == SY_T_SETTLEMENT)) {
    total_row(f, x, &x->tail);
    x->lines++;
  }
  return flush_file(x, 0, err);
}

static sw_status put_manifest(sy_files *f, int inst, int k, sw_error *err) {
  sw_buf out;
  sw_buf_init(&out, SW_BUF_DEFAULT_MAX);
  sw_buf_puts(&out, "file,rows,bytes,sha256\n");
  const char *dir = NULL;
  for (int i = 0; i < f->n; i++) {
    sy_file *x = &f->files[i];
    if (x->inst != inst || x->delivery != k || !x->started || !x->digest) continue;
    uint8_t raw[SW_SHA256_LEN];
    char hex[SW_SHA256_HEX];
    sw_digest_final(x->digest, raw);
    sw_hex(raw, sizeof raw, hex);
    dir = x->full;
    const char *name = strrchr(x->path, '/') + 1;
    sw_buf_printf(&out, "%s,%lld,%lld,%s\n", name, (long long)x->source_rows, (long long)x->bytes, hex);
  }
  sw_status s = SW_OK;
  if (dir) {
    char *path = sw_arena_printf(&f->arena, "%.*s/MANIFEST.csv", (int)(strrchr(dir, '/') - dir), dir);
    s = path ? append(path, sw_buf_str(&out), err) : sw_arena_check(&f->arena, err);
  }
  sw_buf_fini(&out);
  return s;
}

sw_status sy_files_finish(sy_files *f, sw_error *err) {
  sw_status s = SW_OK;
  for (int i = 0; i < f->n && !s; i++)
    if (f->files[i].started) s = finish_file(f, &f->files[i], err);
  for (int i = 0; i < f->w->ninst && !s; i++)
    for (int k = 0; k < f->w->ndeliveries && !s && f->w->inst[i].manifest; k++) s = put_manifest(f, i, k, err);
  return s ? s : flush_truth(f, 0, err);
}
