/* Workbooks: the bytes are either a container, or (after a leading 'S', 'T' or 'Y') its sheet, shared strings or styles, so
 * that the fuzzer need not learn to compress. */
#include "file_target.h"

#include <zip.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add(zip_t *z, const char *name, const void *p, size_t n) {
  zip_source_t *s = zip_source_buffer(z, p, n, 0);
  zip_int64_t at = s ? zip_file_add(z, name, s, ZIP_FL_OVERWRITE) : -1;
  if (at < 0 || zip_set_file_compression(z, (zip_uint64_t)at, ZIP_CM_STORE, 0)) abort();
}

#define ADD(z, name, text) add((z), (name), (text), sizeof(text) - 1)

static void *make_book(char what, const uint8_t *data, size_t size, size_t *n) {
  zip_error_t e;
  zip_source_t *s = zip_source_buffer_create(NULL, 0, 0, &e);
  zip_source_keep(s);
  zip_t *z = zip_open_from_source(s, ZIP_TRUNCATE, &e);
  if (!z) abort();
  ADD(z, "xl/workbook.xml", "<workbook><sheets><sheet name=\"a\" r:id=\"r1\" xmlns:r=\"x\"/></sheets></workbook>");
  ADD(z, "xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id=\"r1\" Target=\"sheet1.xml\"/></Relationships>");
  static const char SHEET[] = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" s=\"1\"><v>45000.5</v></c></row></sheetData></worksheet>";
  static const char STRINGS[] = "<sst><si><t>id</t></si><si><t>x</t></si></sst>";
  static const char STYLES[] = "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>";
  add(z, "xl/sheet1.xml", what == 'S' ? (const void *)data : SHEET, what == 'S' ? size : sizeof SHEET - 1);
  add(z, "xl/sharedStrings.xml", what == 'T' ? (const void *)data : STRINGS, what == 'T' ? size : sizeof STRINGS - 1);
  add(z, "xl/styles.xml", what == 'Y' ? (const void *)data : STYLES, what == 'Y' ? size : sizeof STYLES - 1);
  if (zip_close(z) != 0 || zip_source_open(s) != 0) abort();
  zip_source_seek(s, 0, SEEK_END);
  *n = (size_t)zip_source_tell(s);
  zip_source_seek(s, 0, SEEK_SET);
  void *book = malloc(*n + 1);
  if (!book || zip_source_read(s, book, *n) != (zip_int64_t)*n) abort();
  zip_source_close(s);
  zip_source_free(s);
  return book;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2 || size > 1 << 16) return 0;
  if (data[0] != 'S' && data[0] != 'T' && data[0] != 'Y') {
    read_as_file(data, size, SW_FORMAT_XLSX, NULL);
    return 0;
  }
  size_t n;
  void *book = make_book((char)data[0], data + 1, size - 1, &n);
  read_as_file(book, n, SW_FORMAT_XLSX, NULL);
  free(book);
  return 0;
}
