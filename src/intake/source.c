#include "intake/source.h"

#include <stdlib.h>

static bool named_dbf(const char *path) {
  sw_str s = sw_str_of(path);
  return s.len > 4 && sw_str_ieq(sw_str_sub(s, s.len - 4, 4), SW_LIT(".dbf"));
}

/* A DBF has no magic number: version, date of change and lengths must fit together, or the name must say so. */
static bool dbf_like(const unsigned char *p, size_t n, const sw_input *in) {
  static const unsigned char VERSIONS[] = {0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0x8E, 0xCB, 0xF5, 0xFB};
  if (n < 33 || !memchr(VERSIONS, p[0], sizeof VERSIONS)) return false;
  unsigned header = p[8] | (unsigned)p[9] << 8, record = p[10] | (unsigned)p[11] << 8;
  if (header < 65 || record < 2) return false;
  if (named_dbf(sw_input_path(in))) return true;
  int64_t records = (int64_t)(p[4] | (uint32_t)p[5] << 8 | (uint32_t)p[6] << 16 | (uint32_t)p[7] << 24);
  bool fits = sw_input_compression(in) != SW_COMPRESSION_NONE || header + records * record <= sw_input_size(in) + 1;
  return fits && p[2] >= 1 && p[2] <= 12 && p[3] >= 1 && p[3] <= 31;
}

sw_status sw_detect_format(sw_input *in, sw_file_format *out, sw_error *err) {
  unsigned char p[64];
  size_t n = 0, got = 1;
  sw_status s = sw_input_rewind(in, err);
  while (!s && n < sizeof p && got) {
    s = sw_input_read(in, p + n, sizeof p - n, &got, err);
    n += got;
  }
  if (s) return s;
  *out = SW_FORMAT_DELIMITED;
  if (n >= 8 && memcmp(p, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8) == 0)
    return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0051", "%s 是旧格式（.xls）或加密的 Office 文件；请去掉密码，另存为 .xlsx 或 CSV",
                   "%s is an old (.xls) or encrypted Office file; remove the password and save it as .xlsx or CSV", sw_input_path(in));
  size_t i = n >= 3 && p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF ? 3 : 0;
  while (i < n && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r' || p[i] == '\n')) i++;
  if (n >= 4 && memcmp(p, "PK\3\4", 4) == 0) *out = SW_FORMAT_XLSX;
  else if (n >= 4 && memcmp(p, "PAR1", 4) == 0) *out = SW_FORMAT_PARQUET;
  else if (i + 1 < n && p[i] == '{' && (p[i + 1] == '"' || p[i + 1] == '}' || p[i + 1] == ' ')) *out = SW_FORMAT_NDJSON;
  else if (dbf_like(p, n, in)) *out = SW_FORMAT_DBF;
  return SW_OK;
}

sw_status sw_source_open(sw_input *in, const sw_open_options *o, sw_arena *a, sw_opened *out, sw_error *err) {
  sw_file_format f = o->hints->format;
  *out = (sw_opened){0};
  sw_status s = f == SW_FORMAT_DETECT ? sw_detect_format(in, &f, err) : SW_OK;
  if (s) return s;
  bool packed = sw_input_compression(in) != SW_COMPRESSION_NONE;
  if (packed && (f == SW_FORMAT_XLSX || f == SW_FORMAT_PARQUET))
    return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0050", "%s 是压缩过的 %s；请先解压（此格式自带压缩）",
                   "%s is a compressed %s; unpack it first (the format has its own compression)", sw_input_path(in), sw_file_format_name(f));
  switch (f) {
  case SW_FORMAT_DETECT:
  case SW_FORMAT_DELIMITED: s = sw_open_delimited(in, o, a, out, err); break;
  case SW_FORMAT_NDJSON: s = sw_open_ndjson(in, o, a, out, err); break;
  case SW_FORMAT_XLSX: s = sw_open_xlsx(in, o, a, out, err); break;
  case SW_FORMAT_DBF: s = sw_open_dbf(in, o, a, out, err); break;
  case SW_FORMAT_PARQUET: s = sw_open_parquet(in, o, a, out, err); break;
  }
  if (s) sw_opened_close(out);
  return s;
}

void sw_opened_close(sw_opened *o) {
  if (o->close) o->close(o->self);
  o->close = NULL;
}

/* --- delimited -------------------------------------------------------------------------------- */

typedef struct delimited {
  sw_delimited d;
  sw_arena ranges_arena;
  sw_range *ranges;
} delimited;

static sw_status split(void *self, size_t *parts, const sw_cancel *cancel, sw_error *err) {
  delimited *x = self;
  return sw_delimited_split(&x->d, *parts, &x->ranges_arena, cancel, &x->ranges, parts, err);
}

static sw_status open_part(void *self, size_t part, sw_reader *out, sw_error *err) {
  const delimited *x = self;
  return sw_delimited_reader(&x->d, &x->ranges[part], out, err);
}

static void info(void *self, sw_json *j) {
  const delimited *x = self;
  const sw_encoding_finding *e = &x->d.encoding;
  sw_json_key(j, "encoding_evidence");
  sw_json_strz(j, e->evidence);
  if (e->second[0]) {
    sw_json_key(j, "second_opinion");
    sw_json_strz(j, e->second);
  }
  if (e->bom_len) {
    sw_json_key(j, "bom");
    sw_json_bool(j, true);
  }
  sw_dialect_json(&x->d.dialect, j);
}

static void close_delimited(void *self) {
  delimited *x = self;
  sw_arena_fini(&x->ranges_arena);
  free(x);
}

sw_status sw_open_delimited(sw_input *in, const sw_open_options *o, sw_arena *a, sw_opened *out, sw_error *err) {
  delimited *x = calloc(1, sizeof *x);
  if (!x) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  sw_status s = sw_delimited_probe(in, o->hints, o->table, a, o->cancel, &x->d, err);
  if (s) {
    free(x);
    return s;
  }
  bool stream = x->d.transcoded || sw_input_compression(in) != SW_COMPRESSION_NONE;
  *out = (sw_opened){.format = SW_FORMAT_DELIMITED,
                     .encoding = x->d.encoding.encoding,
                     .names = x->d.dialect.names,
                     .nfields = x->d.dialect.nfields,
                     .empty = x->d.empty,
                     .limit = x->d.limit,
                     .record_bytes = x->d.dialect.record_bytes,
                     .nparts = stream ? 1 : sw_delimited_parts(sw_input_size(in)),
                     .total = stream ? 0 : sw_input_size(in),
                     .delimiter = x->d.dialect.delimiter,
                     .quote = x->d.dialect.quote,
                     .self = x,
                     .split = split,
                     .open_part = open_part,
                     .info = info,
                     .close = close_delimited};
  if (x->d.encoding.doubtful) {
    out->doubt[SW_LANG_ZH] = "多数含中文的行既不是合法的 UTF-8 也不是 GB18030；请声明编码";
    out->doubt[SW_LANG_EN] = "most lines with bytes beyond ASCII are neither valid UTF-8 nor GB18030; declare the encoding";
  }
  return SW_OK;
}
