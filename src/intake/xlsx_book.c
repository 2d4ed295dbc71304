/* Workbook, relations, shared strings and styles. */
#include "base/map.h"
#include "intake/xlsx.h"

#include <stdlib.h>

enum { BLOCK = 64 << 10, BOMB_BYTES = 256 << 20, BOMB_RATIO = 300 };

struct sw_xlsx_part {
  const char *path;
  zip_t *zip;
  zip_file_t *file;
  xmlParserCtxtPtr xml;
  int64_t read, packed;
  char block[BLOCK];
};

static sw_status damaged(const char *path, const char *part, sw_error *err) {
  return SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0075", "%s 中的 %s 已损坏；请用表格软件打开后另存再交付",
                 "%s: its part %s is damaged; open it in a spreadsheet program, save it again and deliver that", path, part);
}

void sw_xlsx_part_close(sw_xlsx_part *p) {
  if (!p) return;
  if (p->xml) {
    if (p->xml->myDoc) xmlFreeDoc(p->xml->myDoc);
    xmlFreeParserCtxt(p->xml);
  }
  if (p->file) zip_fclose(p->file);
  if (p->zip) zip_discard(p->zip);
  free(p);
}

static void silent(void *ctx, const char *msg, ...) {
  (void)ctx;
  (void)msg;
}

static void silent_structured(void *ctx, xmlErrorPtr e) {
  (void)ctx;
  (void)e;
}

sw_status sw_xlsx_part_open(const char *path, const char *part, const xmlSAXHandler *sax, void *ctx, sw_xlsx_part **out, sw_error *err) {
  *out = NULL;
  sw_xlsx_part *p = calloc(1, sizeof *p);
  if (!p) return SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  p->path = path;
  int code = 0;
  p->zip = zip_open(path, ZIP_RDONLY, &code);
  zip_stat_t st;
  if (!p->zip) {
    sw_xlsx_part_close(p);
    return damaged(path, "ZIP", err);
  }
  zip_int64_t index = zip_name_locate(p->zip, part, ZIP_FL_NOCASE);
  if (index < 0 || zip_stat_index(p->zip, (zip_uint64_t)index, 0, &st) != 0) {
    sw_xlsx_part_close(p);
    return SW_OK;
  }
  p->packed = (int64_t)st.comp_size;
  p->file = zip_fopen_index(p->zip, (zip_uint64_t)index, 0);
  xmlSAXHandler handler = *sax;
  handler.initialized = XML_SAX2_MAGIC;
  handler.error = handler.fatalError = handler.warning = silent;
  handler.serror = silent_structured;
  p->xml = p->file ? xmlCreatePushParserCtxt(&handler, ctx, NULL, 0, part) : NULL;
  if (!p->xml) {
    sw_xlsx_part_close(p);
    return damaged(path, part, err);
  }
  xmlCtxtUseOptions(p->xml, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  *out = p;
  return SW_OK;
}

sw_status sw_xlsx_part_feed(sw_xlsx_part *p, bool *more, sw_error *err) {
  zip_int64_t n = zip_fread(p->file, p->block, sizeof p->block);
  if (n < 0) return damaged(p->path, "ZIP", err);
  p->read += n;
  if (p->read > BOMB_BYTES && p->read / BOMB_RATIO > p->packed)
    return SW_FAIL(err, SW_E_LIMIT, "SW-INTAKE-0076", "%s 展开后大得不合常理（超过 %d 倍），拒绝读取",
                   "%s unpacks to an implausible size (more than %d times); it is refused", p->path, (int)BOMB_RATIO);
  *more = n > 0;
  if (xmlParseChunk(p->xml, p->block, (int)n, n == 0) != 0) return damaged(p->path, "XML", err);
  return SW_OK;
}

static sw_status parse_part(const char *path, const char *part, const xmlSAXHandler *sax, void *ctx, bool *found, sw_error *err) {
  sw_xlsx_part *p = NULL;
  sw_status s = sw_xlsx_part_open(path, part, sax, ctx, &p, err);
  *found = p != NULL;
  for (bool more = p != NULL; !s && more;) s = sw_xlsx_part_feed(p, &more, err);
  sw_xlsx_part_close(p);
  return s;
}

sw_str sw_xlsx_attribute(int n, const xmlChar **a, const char *name) {
  for (int i = 0; i < n; i++, a += 5)
    if (strcmp((const char *)a[0], name) == 0) return (sw_str){(const char *)a[3], (size_t)(a[4] - a[3])};
  return (sw_str){NULL, 0};
}

static bool is(const xmlChar *name, const char *z) { return strcmp((const char *)name, z) == 0; }

#define ON_START                                                                                                             \
  void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int nns, const xmlChar **ns, int n, int ndef, \
      const xmlChar **a
#define UNUSED_START (void)prefix, (void)uri, (void)nns, (void)ns, (void)ndef

/* --- shared strings ---------------------------------------------------------------------------- */

typedef struct strings_ctx {
  sw_xlsx_strings *s;
  bool in_text;
  int phonetic; /* inside <rPh>: a reading, not the text */
  bool failed;
} strings_ctx;

static void strings_start(ON_START) {
  UNUSED_START, (void)n, (void)a;
  strings_ctx *c = ctx;
  if (is(name, "rPh")) c->phonetic++;
  c->in_text = is(name, "t") && !c->phonetic;
}

static void strings_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
  (void)prefix, (void)uri;
  strings_ctx *c = ctx;
  c->in_text = false;
  if (is(name, "rPh")) c->phonetic--;
  if (!is(name, "si")) return;
  /* Empty strings have no text, yet cost their place. */
  bool room = c->s->text.len + c->s->ends.len * sizeof *c->s->ends.items < SW_XLSX_STRINGS;
  if (!room || !SW_VEC_PUSH(&c->s->ends, c->s->text.len)) c->failed = true;
}

static void strings_text(void *ctx, const xmlChar *p, int n) {
  strings_ctx *c = ctx;
  if (c->in_text) sw_buf_put(&c->s->text, p, (size_t)n);
}

static sw_status load_strings(sw_xlsx_book *b, sw_error *err) {
  const xmlSAXHandler sax = {.startElementNs = strings_start, .endElementNs = strings_end, .characters = strings_text,
                             .cdataBlock = strings_text};
  strings_ctx c = {.s = &b->strings};
  bool found;
  sw_buf_init(&b->strings.text, SW_XLSX_STRINGS);
  sw_status s = parse_part(b->path, "xl/sharedStrings.xml", &sax, &c, &found, err);
  if (!s && (c.failed || b->strings.text.failed))
    s = SW_FAIL(err, SW_E_LIMIT, "SW-INTAKE-0077", "%s 的共享字符串太多", "%s has too many shared strings", b->path);
  return s;
}

/* --- styles ------------------------------------------------------------------------------------ */

typedef struct styles_ctx {
  sw_xlsx_book *b;
  sw_map custom; /* number format id → style */
  bool in_cells; /* inside <cellXfs> */
  bool failed;
} styles_ctx;

/* Letters of a format code outside quotes and brackets: y, d make a date, h, s a time; m is either. */
static sw_xlsx_style style_of_code(sw_str code) {
  bool date = false, time = false;
  for (size_t i = 0; i < code.len; i++) {
    char c = code.ptr[i];
    if (c == '"' || c == '[') {
      const char *end = memchr(code.ptr + i + 1, c == '"' ? '"' : ']', code.len - i - 1);
      /* [h]:mm is a duration: elapsed time. */
      if (c == '[' && i + 1 < code.len && (code.ptr[i + 1] | 0x20) == 'h') time = true;
      if (!end) break;
      i = (size_t)(end - code.ptr);
    } else if (c == '\\' || c == '_' || c == '*') {
      i++;
    } else {
      date |= (c | 0x20) == 'y' || (c | 0x20) == 'd';
      time |= (c | 0x20) == 'h' || (c | 0x20) == 's';
    }
  }
  return date && time ? SW_XLSX_DATETIME : date ? SW_XLSX_DATE : time ? SW_XLSX_TIME : SW_XLSX_PLAIN;
}

/* Built-in formats: ECMA-376 part 1, 18.8.30, and its East Asian additions (27–36, 50–58). */
static sw_xlsx_style style_of_builtin(int64_t id) {
  if (id == 22) return SW_XLSX_DATETIME;
  if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) || id == 55 || id == 56) return SW_XLSX_TIME;
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) || id == 57 || id == 58) return SW_XLSX_DATE;
  return SW_XLSX_PLAIN;
}

static void styles_start(ON_START) {
  UNUSED_START;
  styles_ctx *c = ctx;
  if (is(name, "cellXfs")) c->in_cells = true;
  if (is(name, "numFmt")) {
    sw_str id = sw_xlsx_attribute(n, a, "numFmtId");
    if (!sw_map_put(&c->custom, id, style_of_code(sw_xlsx_attribute(n, a, "formatCode")))) c->failed = true;
  }
  if (!is(name, "xf") || !c->in_cells) return;
  sw_str id = sw_xlsx_attribute(n, a, "numFmtId");
  uint64_t style = SW_XLSX_PLAIN;
  int64_t number = 0;
  if (!sw_map_get(&c->custom, id, &style) && sw_str_to_i64(id, &number)) style = style_of_builtin(number);
  if (!SW_VEC_PUSH(&c->b->styles, (uint8_t)style)) c->failed = true;
}

static void styles_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
  (void)prefix, (void)uri;
  if (is(name, "cellXfs")) ((styles_ctx *)ctx)->in_cells = false;
}

static sw_status load_styles(sw_xlsx_book *b, sw_error *err) {
  const xmlSAXHandler sax = {.startElementNs = styles_start, .endElementNs = styles_end};
  styles_ctx c = {.b = b};
  bool found;
  sw_status s = parse_part(b->path, "xl/styles.xml", &sax, &c, &found, err);
  sw_map_fini(&c.custom);
  if (!s && c.failed) s = SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  return s;
}

/* --- workbook ---------------------------------------------------------------------------------- */

typedef struct book_ctx {
  sw_xlsx_book *b;
  sw_map targets; /* relation id → heap string */
  bool failed;
} book_ctx;

static void relations_start(ON_START) {
  UNUSED_START;
  book_ctx *c = ctx;
  if (!is(name, "Relationship")) return;
  sw_str id = sw_xlsx_attribute(n, a, "Id"), target = sw_xlsx_attribute(n, a, "Target");
  if (!id.len || sw_map_has(&c->targets, id)) return;
  SW_AUTO(sw_buf) path = SW_BUF_INIT;
  if (target.len && target.ptr[0] == '/') target = sw_str_sub(target, 1, target.len);
  else sw_buf_puts(&path, "xl/");
  sw_buf_str_put(&path, target);
  char *copy = sw_buf_take(&path);
  if (!copy || !sw_map_put(&c->targets, id, (uint64_t)(uintptr_t)copy)) {
    free(copy);
    c->failed = true;
  }
}

static void workbook_start(ON_START) {
  UNUSED_START;
  book_ctx *c = ctx;
  if (is(name, "workbookPr")) {
    sw_str v = sw_xlsx_attribute(n, a, "date1904");
    c->b->date1904 = sw_str_eqz(v, "1") || sw_str_eqz(v, "true");
  }
  if (!is(name, "sheet")) return;
  const char *target = sw_map_get_ptr(&c->targets, sw_xlsx_attribute(n, a, "id"));
  char *sheet = sw_str_dupz(sw_xlsx_attribute(n, a, "name")), *part = target ? sw_str_dupz(sw_str_of(target)) : NULL;
  if (target && sheet && part && SW_VEC_RESERVE(&c->b->sheets, c->b->sheets.len + 2)) {
    c->b->sheets.items[c->b->sheets.len++] = sheet;
    c->b->sheets.items[c->b->sheets.len++] = part;
    return;
  }
  free(sheet);
  free(part);
  if (target) c->failed = true;
}

static sw_status load_book(sw_xlsx_book *b, sw_error *err) {
  const xmlSAXHandler relations = {.startElementNs = relations_start}, workbook = {.startElementNs = workbook_start};
  book_ctx c = {.b = b};
  bool found = false;
  sw_status s = parse_part(b->path, "xl/_rels/workbook.xml.rels", &relations, &c, &found, err);
  if (!s && found) s = parse_part(b->path, "xl/workbook.xml", &workbook, &c, &found, err);
  for (size_t i = 0; i < c.targets.len; i++) free((void *)(uintptr_t)c.targets.entries[i].value);
  sw_map_fini(&c.targets);
  if (!s && c.failed) s = SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  if (!s && (!found || !b->sheets.len))
    s = SW_FAIL(err, SW_E_DATA, "SW-INTAKE-0078", "%s 不是 XLSX 工作簿", "%s is a ZIP file but not an XLSX workbook", b->path);
  return s;
}

sw_status sw_xlsx_book_load(const char *path, sw_xlsx_book *out, sw_error *err) {
  *out = (sw_xlsx_book){.path = path};
  sw_buf_init(&out->strings.text, SW_XLSX_STRINGS);
  sw_status s = load_book(out, err);
  if (!s) s = load_strings(out, err);
  if (!s) s = load_styles(out, err);
  if (s) sw_xlsx_book_fini(out);
  return s;
}

void sw_xlsx_book_fini(sw_xlsx_book *b) {
  sw_buf_fini(&b->strings.text);
  SW_VEC_FREE(&b->strings.ends);
  SW_VEC_FREE(&b->styles);
  for (size_t i = 0; i < b->sheets.len; i++) free(b->sheets.items[i]);
  SW_VEC_FREE(&b->sheets);
}
