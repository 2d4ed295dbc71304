#include "synth/zip.h"

#include <errno.h>
#include <stdlib.h>

/* The fixed members of the package, after ECMA-376 part 2. Dates are those of the region's end: archives are equal
 * whenever they are made. */
static const struct {
  const char *name, *text;
} FIXED[] = {
    {"[Content_Types].xml",
     "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Types xmlns=\"http://schemas.openxmlformats.org/package/"
     "2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
     "<Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/"
     "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" "
     "ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>"},
    {"_rels/.rels",
     "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Relationships xmlns=\"http://schemas.openxmlformats.org/"
     "package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
     "relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"},
    {"xl/_rels/workbook.xml.rels",
     "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Relationships xmlns=\"http://schemas.openxmlformats.org/"
     "package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
     "relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"},
};
static const char WORKBOOK[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<workbook xmlns=\"http://schemas.openxmlformats.org/"
    "spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet "
    "name=\"%s\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
enum { NFIXED = sizeof FIXED / sizeof *FIXED, MEMBERS = NFIXED + 2, DOS_DATE = (2023 - 1980) << 9 | 12 << 5 | 31 };

typedef struct member {
  const char *name;
  uint32_t crc, size, at;
} member;

struct sy_zip {
  FILE *f;
  char *path;
  const sy_type *types;
  int ncolumns;
  int64_t row;
  member members[MEMBERS];
  int nmembers;
  uint32_t crc_table[256];
  sw_buf xml;
};

/* CRC-32 of ISO 3309, as the archive format wants it. */
static void make_crc_table(uint32_t t[256]) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xEDB88320u ^ c >> 1 : c >> 1;
    t[i] = c;
  }
}
static uint32_t crc32_of(const uint32_t t[256], uint32_t crc, sw_str text) {
  crc = ~crc;
  for (size_t i = 0; i < text.len; i++) crc = t[(crc ^ (unsigned char)text.ptr[i]) & 0xFF] ^ crc >> 8;
  return ~crc;
}

static void u16(FILE *f, unsigned v) {
  fputc((int)(v & 0xFF), f);
  fputc((int)(v >> 8 & 0xFF), f);
}
static void u32(FILE *f, uint32_t v) {
  u16(f, v & 0xFFFF);
  u16(f, v >> 16);
}

static void local_header(FILE *f, const member *m) {
  u32(f, 0x04034B50);
  u16(f, 20);
  u16(f, 0x800); /* names are UTF-8 */
  u16(f, 0); /* stored, not deflated */
  u16(f, 0);
  u16(f, DOS_DATE);
  u32(f, m->crc);
  u32(f, m->size);
  u32(f, m->size);
  u16(f, (unsigned)strlen(m->name));
  u16(f, 0);
  fputs(m->name, f);
}

static sw_status io_error(const sy_zip *z, sw_error *err) {
  return SW_FAIL_ERRNO(err, "SW-SYNTH-0007", "写不了 %s", "cannot write %s", z->path);
}

static void begin_member(sy_zip *z, const char *name) {
  member *m = &z->members[z->nmembers++];
  *m = (member){.name = name, .at = (uint32_t)ftell(z->f)};
  local_header(z->f, m);
}

static sw_status pack(sy_zip *z, sw_str text, sw_error *err) {
  member *m = &z->members[z->nmembers - 1];
  m->crc = crc32_of(z->crc_table, m->crc, text);
  if (__builtin_add_overflow(m->size, text.len, &m->size))
    return SW_FAIL(err, SW_E_LIMIT, "SW-SYNTH-0010", "%s 超过 4 GiB：请减少人数", "%s is over 4 GiB: ask for fewer persons", z->path);
  return fwrite(text.ptr, 1, text.len, z->f) == text.len ? SW_OK : io_error(z, err);
}

static sw_status end_member(sy_zip *z, sw_error *err) {
  member *m = &z->members[z->nmembers - 1];
  if (fseek(z->f, (long)m->at, SEEK_SET)) return io_error(z, err);
  local_header(z->f, m); /* now with its sizes */
  return fseek(z->f, 0, SEEK_END) ? io_error(z, err) : SW_OK;
}

static sw_status whole_member(sy_zip *z, const char *name, sw_str text, sw_error *err) {
  begin_member(z, name);
  sw_status s = pack(z, text, err);
  return s ? s : end_member(z, err);
}

sw_status sy_zip_new(const char *path, const char *sheet, const sy_type *types, int ncolumns, sy_zip **out, sw_error *err) {
  sy_zip *z = calloc(1, sizeof *z);
  *out = z;
  if (!z || !(z->path = sw_str_dupz(sw_str_of(path))))
    return SW_FAIL(err, SW_E_NOMEM, "SW-SYNTH-0008", "内存不足，不能写 %s", "no memory to write %s", path);
  z->types = types;
  z->ncolumns = ncolumns;
  make_crc_table(z->crc_table);
  sw_buf_init(&z->xml, SW_BUF_DEFAULT_MAX);
  z->f = fopen(path, "wb");
  if (!z->f) return io_error(z, err);
  sw_status s = SW_OK;
  for (int i = 0; i < NFIXED && !s; i++) s = whole_member(z, FIXED[i].name, sw_str_of(FIXED[i].text), err);
  sw_buf_printf(&z->xml, WORKBOOK, sheet);
  if (!s) s = whole_member(z, "xl/workbook.xml", sw_buf_str(&z->xml), err);
  sw_buf_clear(&z->xml);
  if (!s) begin_member(z, "xl/worksheets/sheet1.xml");
  if (!s)
    s = pack(z, SW_LIT("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<worksheet xmlns=\"http://schemas.openxmlformats.org/"
                       "spreadsheetml/2006/main\"><sheetData>"), err);
  return s;
}

static void column_name(int i, char out[4]) {
  char z[4];
  int n = 0;
  for (i++; i > 0 && n < 3; i = (i - 1) / 26) z[n++] = (char)('A' + (i - 1) % 26);
  for (int k = 0; k < n; k++) out[k] = z[n - 1 - k];
  out[n] = '\0';
}

static void put_cell(sy_zip *z, int column, sw_str v) {
  if (!v.len) return;
  char name[4];
  column_name(column, name);
  double x;
  bool number = z->row > 1 && column < z->ncolumns && (z->types[column] == SY_INT || z->types[column] == SY_MONEY) &&
                sw_str_to_f64(v, &x);
  if (number) {
    sw_buf_printf(&z->xml, "<c r=\"%s%lld\"><v>%.*s</v></c>", name, (long long)z->row, SW_STR_ARG(v));
    return;
  }
  sw_buf_printf(&z->xml, "<c r=\"%s%lld\" t=\"inlineStr\"><is><t xml:space=\"preserve\">", name, (long long)z->row);
  for (size_t i = 0; i < v.len; i++) {
    char c = v.ptr[i];
    if (c == '&') sw_buf_puts(&z->xml, "&amp;");
    else if (c == '<') sw_buf_puts(&z->xml, "&lt;");
    else if (c == '>') sw_buf_puts(&z->xml, "&gt;");
    else if ((unsigned char)c >= 0x20) sw_buf_putc(&z->xml, c);
  }
  sw_buf_puts(&z->xml, "</t></is></c>");
}

sw_status sy_zip_rows(sy_zip *z, sw_str rows, sw_error *err) {
  for (size_t from = 0; from < rows.len;) {
    sw_buf_printf(&z->xml, "<row r=\"%lld\">", (long long)++z->row);
    for (int column = 0;; column++) {
      size_t to = from;
      while (to < rows.len && rows.ptr[to] != '\n' && rows.ptr[to] != 0x1F) to++;
      put_cell(z, column, (sw_str){rows.ptr + from, to - from});
      from = to + 1;
      if (to >= rows.len || rows.ptr[to] == '\n') break;
    }
    sw_buf_puts(&z->xml, "</row>");
  }
  sw_status s = sw_buf_check(&z->xml, err);
  if (!s) s = pack(z, sw_buf_str(&z->xml), err);
  sw_buf_clear(&z->xml);
  return s;
}

static void central_directory(sy_zip *z) {
  long at = ftell(z->f);
  for (int i = 0; i < z->nmembers; i++) {
    const member *m = &z->members[i];
    u32(z->f, 0x02014B50);
    u16(z->f, 20);
    u16(z->f, 20);
    u16(z->f, 0x800);
    u16(z->f, 0);
    u16(z->f, 0);
    u16(z->f, DOS_DATE);
    u32(z->f, m->crc);
    u32(z->f, m->size);
    u32(z->f, m->size);
    u16(z->f, (unsigned)strlen(m->name));
    for (int k = 0; k < 4; k++) u16(z->f, 0); /* extra, comment, disk, internal attributes */
    u32(z->f, 0);
    u32(z->f, m->at);
    fputs(m->name, z->f);
  }
  long end = ftell(z->f);
  u32(z->f, 0x06054B50);
  u32(z->f, 0);
  u16(z->f, (unsigned)z->nmembers);
  u16(z->f, (unsigned)z->nmembers);
  u32(z->f, (uint32_t)(end - at));
  u32(z->f, (uint32_t)at);
  u16(z->f, 0);
}

sw_status sy_zip_finish(sy_zip *z, int64_t *bytes, sw_error *err) {
  sw_status s = pack(z, SW_LIT("</sheetData></worksheet>"), err);
  if (!s) s = end_member(z, err);
  if (s) return s;
  central_directory(z);
  *bytes = ftell(z->f);
  FILE *f = z->f;
  z->f = NULL;
  return fclose(f) ? io_error(z, err) : SW_OK;
}

void sy_zip_free(sy_zip *z) {
  if (!z) return;
  if (z->f) fclose(z->f);
  sw_buf_fini(&z->xml);
  free(z->path);
  free(z);
}
