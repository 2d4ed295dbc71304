/* Workbooks through intake, made by hand part by part. */
#include "intake/bed.h"

#include <stdlib.h>
#include <unistd.h>
#include <zip.h>

static const sw_column_spec COLUMNS[] = {
    {.name = "bah", .aliases = (const char *const[]){"病案号"}, .naliases = 1, .type = SW_T_STR, .required = true},
    {.name = "xm", .aliases = (const char *const[]){"姓名"}, .naliases = 1, .type = SW_T_STR},
    {.name = "fy", .aliases = (const char *const[]){"总费用"}, .naliases = 1, .type = SW_T_MONEY},
    {.name = "rysj", .aliases = (const char *const[]){"入院时间"}, .naliases = 1, .type = SW_T_TIMESTAMP},
    {.name = "csrq", .aliases = (const char *const[]){"出生日期"}, .naliases = 1, .type = SW_T_DATE},
};
static const sw_table_spec TABLE = {.name = "front_page", .columns = COLUMNS, .ncolumns = 5};

static bed b;

static void add(zip_t *z, const char *name, const char *text) {
  zip_source_t *s = zip_source_buffer(z, text, strlen(text), 0);
  assert_non_null(s);
  assert_true(zip_file_add(z, name, s, ZIP_FL_OVERWRITE | ZIP_FL_ENC_UTF_8) >= 0);
}

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
#define MAIN "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""

static void make_book(const char *path, const char *sheet_rows, const char *second_rows) {
  int code;
  zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
  assert_non_null(z);
  add(z, "xl/workbook.xml",
      XML "<workbook " MAIN " xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>"
          "<sheet name=\"说明\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"首页\" sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>");
  add(z, "xl/_rels/workbook.xml.rels",
      XML "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
          "<Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Target=\"/xl/worksheets/sheet2.xml\"/></Relationships>");
  add(z, "xl/sharedStrings.xml",
      XML "<sst " MAIN "><si><t>病案号</t></si><si><r><t>姓</t></r><r><t>名</t></r><rPh sb=\"0\" eb=\"1\"><t>xing</t></rPh></si>"
          "<si><t>总费用</t></si><si><t>入院时间</t></si><si><t>出生日期</t></si><si><t>张三 &amp; 李四</t></si></sst>");
  add(z, "xl/styles.xml",
      XML "<styleSheet " MAIN "><numFmts><numFmt numFmtId=\"176\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;\\ hh:mm\"/></numFmts>"
          "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"176\"/></cellXfs></styleSheet>");
  static char first[1 << 16], second[1 << 16];
  snprintf(first, sizeof first, XML "<worksheet " MAIN "><sheetData>%s</sheetData></worksheet>", sheet_rows);
  snprintf(second, sizeof second, XML "<worksheet " MAIN "><sheetData>%s</sheetData></worksheet>", second_rows);
  add(z, "xl/worksheets/sheet1.xml", first);
  add(z, "xl/worksheets/sheet2.xml", second);
  assert_int_equal(zip_close(z), 0);
}

#define HEAD                                                                                                                 \
  "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>病案首页202308(终版2)</t></is></c></row>"                                 \
  "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>0</v></c><c r=\"B3\" t=\"s\"><v>1</v></c><c r=\"C3\" t=\"s\"><v>2</v></c>"            \
  "<c r=\"D3\" t=\"s\"><v>3</v></c><c r=\"E3\" t=\"s\"><v>4</v></c></row>"

#define DATA                                                                                                                 \
  "<row r=\"4\"><c r=\"A4\"><v>1.1010119900101123E+17</v></c><c r=\"B4\" t=\"s\"><v>5</v></c><c r=\"C4\"><v>12.300000000000001</v></c>" \
  "<c r=\"D4\" s=\"2\"><v>45170.354861111111</v></c><c r=\"E4\" s=\"1\"><v>32874</v></c></row>"                              \
  "<row r=\"5\"><c r=\"C5\" s=\"1\"/></row>"                                                                                 \
  "<row r=\"6\"><c r=\"A6\"><v>7</v></c><c r=\"C6\" t=\"e\"><v>#REF!</v></c></row>"                                          \
  "<row r=\"8\"><c r=\"A8\" t=\"str\"><v>000008</v></c><c r=\"D8\" t=\"inlineStr\"><is><t>2023-09-01 08:30</t></is></c></row>" \
  "<row r=\"9\"><c r=\"A9\" t=\"inlineStr\"><is><t>合计</t></is></c><c r=\"C9\"><v>12.3</v></c></row>"

static void cells_become_texts_by_kind_and_style(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  make_book(scratch_path("病案首页202308(终版2).xlsx"), "", HEAD DATA);
  assert_ok(bed_take(&b, scratch_path("病案首页202308(终版2).xlsx"), &TABLE, NULL, &err));
  assert_int_equal(b.r.format, SW_FORMAT_XLSX);
  bed_expect_rows(&b, &TABLE, "bah, xm, fy, rysj, csrq, _line, _offset",
                  "1.10101199001011E+17|张三 & 李四|12.30|2023-09-01 08:31:00|1990-01-01|4|-1\n000008|-|-|2023-09-01 08:30:00|-|8|-1\n");
  bed_expect_rejects(&b, "_line, code, column_name, raw", "6|bad_type|fy|7\t\t#REF!\t\t\n");
  assert_int_equal(b.r.blanks, 1);
  assert_int_equal(b.r.totals, 1);
  assert_non_null(strstr(b.r.info, "\"sheet\":\"首页\""));
}

static void a_sheet_is_chosen_by_name(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  make_book(scratch_path("a.xlsx"), HEAD "<row r=\"4\"><c r=\"A4\"><v>1</v></c></row>", HEAD DATA);
  assert_ok(bed_take(&b, scratch_path("a.xlsx"), &TABLE, &(sw_file_hints){.sheet = "说明"}, &err));
  bed_expect_rows(&b, &TABLE, "bah", "1\n");
  assert_int_equal(bed_take(&b, scratch_path("a.xlsx"), &TABLE, &(sw_file_hints){.sheet = "没有"}, &err), SW_E_DATA);
  assert_non_null(strstr(err.msg[SW_LANG_EN], "has no sheet named 没有"));
}

static void an_empty_workbook_lands_nothing(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  make_book(scratch_path("a.xlsx"), "", "");
  assert_ok(bed_take(&b, scratch_path("a.xlsx"), &TABLE, NULL, &err));
  assert_int_equal(b.r.records, 0);
  assert_non_null(strstr(b.messages, "the file is empty"));
}

static void a_damaged_workbook_is_refused(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  make_book(scratch_path("a.xlsx"), "", HEAD "<row r=\"4\"><c r=\"A4\"><v>1</c></row>");
  assert_int_equal(bed_take(&b, scratch_path("a.xlsx"), &TABLE, NULL, &err), SW_E_DATA);
  assert_non_null(strstr(err.msg[SW_LANG_EN], "is damaged"));
  sw_error_clear(&err);
  write_file(scratch_path("old.xls"), "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....", 12);
  assert_int_equal(bed_take(&b, scratch_path("old.xls"), &TABLE, NULL, &err), SW_E_DATA);
  assert_non_null(strstr(err.msg[SW_LANG_EN], "save it as .xlsx or CSV"));
  sw_error_clear(&err);
  write_text(scratch_path("not.xlsx"), "PK\3\4 and no more");
  assert_int_equal(bed_take(&b, scratch_path("not.xlsx"), &TABLE, NULL, &err), SW_E_DATA);
}

static void cells_whose_text_is_missing_are_no_blanks(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  make_book(scratch_path("a.xlsx"), "", HEAD "<row r=\"4\"><c r=\"A4\" t=\"s\"><v>99</v></c></row>");
  assert_int_equal(bed_take(&b, scratch_path("a.xlsx"), &TABLE, NULL, &err), SW_E_DATA);
  assert_non_null(strstr(err.msg[SW_LANG_EN], "xl/sharedStrings.xml"));
  sw_error_clear(&err);
  make_book(scratch_path("b.xlsx"), "", HEAD DATA);
  int code;
  zip_t *z = zip_open(scratch_path("b.xlsx"), 0, &code);
  assert_non_null(z);
  assert_int_equal(zip_delete(z, (zip_uint64_t)zip_name_locate(z, "xl/sharedStrings.xml", 0)), 0);
  assert_int_equal(zip_close(z), 0);
  assert_int_equal(bed_take(&b, scratch_path("b.xlsx"), &TABLE, NULL, &err), SW_E_DATA);
  bed_expect_rows(&b, &TABLE, "bah", "");
}

static void a_bomb_is_refused(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  int code;
  const size_t size = 280u << 20;
  char *zeros = calloc(1, size);
  assert_non_null(zeros);
  memset(zeros, ' ', size);
  make_book(scratch_path("a.xlsx"), "", HEAD DATA);
  zip_t *z = zip_open(scratch_path("a.xlsx"), 0, &code);
  assert_non_null(z);
  memcpy(zeros, "<worksheet>", 11);
  zip_source_t *s = zip_source_buffer(z, zeros, size, 0);
  zip_int64_t at = zip_file_add(z, "xl/worksheets/sheet2.xml", s, ZIP_FL_OVERWRITE);
  assert_true(at >= 0);
  assert_int_equal(zip_set_file_compression(z, (zip_uint64_t)at, ZIP_CM_DEFLATE, 1), 0);
  assert_int_equal(zip_close(z), 0);
  free(zeros);
  /* Level 1 packs blanks about 200 times: below the limit this is only slow, above it is refused. */
  sw_status st = bed_take(&b, scratch_path("a.xlsx"), &TABLE, NULL, &err);
  assert_true(st == SW_E_LIMIT || st == SW_E_DATA);
}

#define TEST(f) cmocka_unit_test_prestate_setup_teardown(f, bed_set_up, bed_tear_down, &b)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(cells_become_texts_by_kind_and_style), TEST(a_sheet_is_chosen_by_name), TEST(an_empty_workbook_lands_nothing),
      TEST(a_damaged_workbook_is_refused),        TEST(cells_whose_text_is_missing_are_no_blanks), TEST(a_bomb_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
