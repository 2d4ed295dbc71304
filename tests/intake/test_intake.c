/* Whole files through intake: what lands, what is rejected and why, what is counted. */
#include "intake/bed.h"

#include "base/fs.h"

#include <stdlib.h>

static const sw_column_spec VISIT_COLUMNS[] = {
    {.name = "id", .type = SW_T_I64, .required = true},
    {.name = "name", .aliases = (const char *const[]){"姓名", "XM"}, .naliases = 2, .type = SW_T_STR},
    {.name = "born", .type = SW_T_DATE},
    {.name = "fee", .type = SW_T_MONEY},
};
static const sw_table_spec VISIT = {.name = "visit", .columns = VISIT_COLUMNS, .ncolumns = 4, .nulls = (const char *const[]){"NULL", "-"}, .nnulls = 2};
#define ALL "id, name, born, fee, _row >> 31, _row & 2147483647, _org, _line, _offset"

static bed b;

static void take(const char *name, const char *text, const sw_file_hints *h) {
  sw_error err = SW_ERROR_INIT;
  write_text(scratch_path(name), text);
  assert_ok(bed_take(&b, scratch_path(name), &VISIT, h, &err));
}

static void rows_are_typed_numbered_and_placed(void **state) {
  (void)state;
  take("a.csv", "id,name,born,fee\n1,张三,2001-02-03,12.5\n2,\"x\"\"y\nz\",NULL,\n3,长名字长名字长名字,-,1\n", NULL);
  assert_int_equal(b.r.rows, 3);
  assert_int_equal(b.r.batch_no, 1);
  bed_expect_rows(&b, &VISIT, ALL,
                  "1|张三|2001-02-03|12.50|1|1|H001|2|17\n2|x\"y\nz|-|-|1|2|H001|3|42\n3|长名字长名字长名字|-|1.00|1|3|H001|5|59\n");
}

static void the_same_content_again_is_the_same_batch(void **state) {
  (void)state;
  take("a.csv", "id,name,born,fee\n1,x,2001-02-03,1\n", NULL);
  assert_false(b.r.already);
  take("b.csv", "id,name,born,fee\n1,x,2001-02-03,1\n", NULL);
  assert_true(b.r.already);
  assert_int_equal(b.r.batch_no, 1);
  assert_int_equal(b.r.rows, 1);
  assert_non_null(strstr(b.messages, "the same content as batch 1"));
  bed_expect_rows(&b, &VISIT, "id", "1\n");
}

static void what_cannot_be_typed_is_rejected_whole_with_its_place(void **state) {
  (void)state;
  take("a.csv", "id,name,born,fee\n1,张三,2001-02-30,1\n2,y,2001-02-03,x\n3,z,,3\n4,a,b\n5,a,,1,9\n6,ok,,1,\n", NULL);
  assert_int_equal(b.r.rows, 2);
  assert_int_equal(b.r.rejects, 4);
  bed_expect_rejects(&b, "_row & 2147483647, _line, _offset, column_name, position, field, code, reason_en, raw",
                     "1|2|17|born|9|3|bad_type|the value of column born cannot be read as DATE|1,张三,2001-02-30,1\n"
                     "2|3|39|fee|15|4|bad_type|the value of column fee cannot be read as DECIMAL(18,2)|2,y,2001-02-03,x\n"
                     "4|5|63|-|-|-|too_few_fields|too few fields: 4 expected, 3 found|4,a,b\n"
                     "5|6|69|-|-|-|too_many_fields|too many fields: 4 expected, 5 found|5,a,,1,9\n");
  bed_expect_rejects(&b, "reason_zh", "列 born 的值不能读作 DATE\n列 fee 的值不能读作 DECIMAL(18,2)\n字段太少：应有 4 个，只有 3 个\n字段太多：应有 4 个，却有 5 个\n");
  bed_expect_rows(&b, &VISIT, "id, name", "3|z\n6|ok\n");
  assert_non_null(strstr(b.messages, "of 6 records 4 were rejected; suwen rejects 1 tells why"));
}

static void nulls_of_a_rejected_record_do_not_stick_to_the_next_row(void **state) {
  (void)state;
  take("a.csv", "id,name,born,fee\n1,,,x\n2,y,2001-02-03,2\n", NULL);
  bed_expect_rows(&b, &VISIT, "id, name, born, fee", "2|y|2001-02-03|2.00\n");
}

static void total_rows_repeated_headers_and_blank_lines_are_filtered_and_counted(void **state) {
  (void)state;
  take("a.csv", "id,name,born,fee\n1,x,,1.5\n\nid,name,born,fee\n2,合计生,,2\n,,,\n合计,,,3.5\n", NULL);
  assert_int_equal(b.r.rows, 2);
  assert_int_equal(b.r.blanks, 2);
  assert_int_equal(b.r.headers, 1);
  assert_int_equal(b.r.totals, 1);
  assert_int_equal(b.r.rejects, 0);
  assert_non_null(strstr(b.r.info, "\"total_rows\":[{\"line\":7,\"values\":[\"合计\",\"\",\"\",\"3.5\"]}]"));
}

static void columns_in_any_order_missing_and_extra(void **state) {
  (void)state;
  take("a.csv", "fee,备注,XM,ID\n1.5,hello,x,7\n", NULL);
  bed_expect_rows(&b, &VISIT, "id, name, born, fee", "7|x|-|1.50\n");
  assert_non_null(strstr(b.messages, "lacks declared columns (taken as NULL): born"));
  assert_non_null(strstr(b.messages, "not declared (left out): 备注"));
  assert_non_null(strstr(b.r.info, "\"extra\":[\"备注\"]"));
}

static void a_missing_required_column_refuses_the_file(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  write_text(scratch_path("a.csv"), "name,born\nx,2001-01-01\n");
  assert_int_equal(bed_take(&b, scratch_path("a.csv"), &VISIT, NULL, &err), SW_E_DATA);
  char text[2048];
  sw_error_format(&err, SW_LANG_EN, text, sizeof text);
  assert_non_null(strstr(text, "a.csv: the file lacks columns that table visit requires: id"));
  bed_expect_rows(&b, &VISIT, "id", "");
}

static void gb18030_is_decoded_and_recorded(void **state) {
  (void)state;
  take("a.csv", "id,\xD0\xD5\xC3\xFB,born,fee\n1,\xD5\xC5\xC8\xFD,2001-01-01,1\n2,\"\xC0\xEE\"\"\xCB\xC4\",,2\n", NULL);
  assert_int_equal(b.r.encoding, SW_ENCODING_GB18030);
  bed_expect_rows(&b, &VISIT, "id, name, _offset", "1|张三|17\n2|李\"四|37\n");
}

static void gb18030_with_an_unsafe_delimiter_is_decoded_first(void **state) {
  (void)state;
  /* 俓 is 82 7C: its second byte is the delimiter. */
  take("a.txt", "id|name|born|fee\n1|\x82\x7C\x82\x7C|2001-01-01|1\n2|\xD5\xC5\xFF|2001-01-01|1\n3|\xD5\xC5|x|1\n", NULL);
  assert_int_equal(b.r.encoding, SW_ENCODING_GB18030);
  bed_expect_rows(&b, &VISIT, "id, length(name), _line, _offset", "1|2|2|17\n");
  bed_expect_rejects(&b, "_line, _offset, code, raw", "3|37|bad_encoding|\\x327cd5c5ff7c323030312d30312d30317c31\n4|56|bad_type|3|张|x|1\n");
}

static void utf16_is_decoded_first(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  static const char TEXT[] = "\xFF\xFEi\0d\0\t\0n\0a\0m\0e\0\t\0b\0o\0r\0n\0\t\0f\0e\0e\0\r\0\n\0" "1\0\t\0\x20\x5F\x09\x4E\t\0\t\0" "2\0\r\0\n\0";
  write_file(scratch_path("a.txt"), TEXT, sizeof TEXT - 1);
  assert_ok(bed_take(&b, scratch_path("a.txt"), &VISIT, NULL, &err));
  assert_int_equal(b.r.encoding, SW_ENCODING_UTF16LE);
  bed_expect_rows(&b, &VISIT, "id, name, fee, _offset", "1|张三|2.00|38\n");
}

static void compressed_text_is_read_like_plain(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  static const char TEXT[] = "id,name,born,fee\n1,x,,1\n2,y,,x\n";
  write_gzip(scratch_path("a.csv.gz"), TEXT, sizeof TEXT - 1);
  assert_ok(bed_take(&b, scratch_path("a.csv.gz"), &VISIT, NULL, &err));
  assert_int_equal(b.r.rows, 1);
  assert_int_equal(b.r.rejects, 1);
  assert_non_null(strstr(b.r.info, "\"compression\":\"gzip\""));
}

static void a_new_declaration_parses_again_and_supersedes(void **state) {
  (void)state;
  static const sw_column_spec TEXTS[] = {{.name = "id", .type = SW_T_STR}, {.name = "born", .type = SW_T_STR}, {.name = "fee", .type = SW_T_STR}, {.name = "more", .type = SW_T_I32}};
  static const sw_table_spec OTHER = {.name = "visit", .columns = TEXTS, .ncolumns = 4};
  sw_error err = SW_ERROR_INIT;
  take("a.csv", "id,name,born,fee\n1,x,bad,1\n2,y,2001-01-01,2\n", NULL);
  int64_t first = b.r.batch_no;
  bed_expect_rows(&b, &OTHER, "id, born, fee, more", "2|2001-01-01|2.00|-\n");
  assert_ok(bed_take(&b, scratch_path("a.csv"), &OTHER, NULL, &err));
  assert_false(b.r.already);
  assert_int_equal(b.r.batch_no, first);
  bed_expect_rows(&b, &OTHER, "id, born, fee, more, _row & 2147483647", "1|bad|1|-|1\n2|2001-01-01|2|-|2\n");
}

static void parts_are_the_same_for_one_thread_and_for_two(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  SW_AUTO(sw_buf) text = SW_BUF_INIT;
  sw_buf_puts(&text, "id,name,born,fee\n");
  /* Large enough to be cut; multi-line fields and rejects everywhere. */
  for (int i = 0; text.len < 17u << 20; i++)
    sw_buf_printf(&text, i % 7 ? "%d,name %d,2001-01-01,%d.25\n" : i % 2 ? "%d,\"two\nlines, and then some more %d\",,%d\n" : "%d,x %d,bad,%d\n", i, i, i);
  write_file(scratch_path("big.csv"), text.ptr, text.len);
  b.x.threads = 1;
  assert_ok(bed_take(&b, scratch_path("big.csv"), &VISIT, NULL, &err));
  int64_t rows = b.r.rows, rejects = b.r.rejects;
  assert_true(rows > 100000 && rejects > 10000);
  SW_AUTO(sw_buf) sql = SW_BUF_INIT;
  sw_buf_puts(&sql, "SELECT count(*), count(DISTINCT _row), sum(id), sum(fee), sum(hash(_row, _line, _offset, id)) % 1000000007 FROM (");
  assert_ok(sw_intake_view_sql(b.conn, b.x.ledger, b.x.workspace, &VISIT, &sql, &err));
  sw_buf_puts(&sql, ")");
  SW_AUTO(sw_buf) first = SW_BUF_INIT;
  bed_query(&b, sql.ptr, &first);
  bed_close(&b);
  bed_open(&b);
  write_file(scratch_path("big.csv"), text.ptr, text.len);
  b.x.threads = 2;
  assert_ok(bed_take(&b, scratch_path("big.csv"), &VISIT, NULL, &err));
  assert_int_equal(b.r.rows, rows);
  assert_int_equal(b.r.rejects, rejects);
  SW_AUTO(sw_buf) sql2 = SW_BUF_INIT;
  sw_buf_puts(&sql2, "SELECT count(*), count(DISTINCT _row), sum(id), sum(fee), sum(hash(_row, _line, _offset, id)) % 1000000007 FROM (");
  assert_ok(sw_intake_view_sql(b.conn, b.x.ledger, b.x.workspace, &VISIT, &sql2, &err));
  sw_buf_puts(&sql2, ")");
  bed_expect(&b, sql2.ptr, first.ptr);
  assert_non_null(strstr(sql2.ptr, "-3.parquet"));
  SW_AUTO(sw_buf) texts = SW_BUF_INIT; /* long texts are handed to the engine where they lie: each must be its own row's */
  sw_buf_puts(&texts, "SELECT count(*) FROM (");
  assert_ok(sw_intake_view_sql(b.conn, b.x.ledger, b.x.workspace, &VISIT, &texts, &err));
  sw_buf_puts(&texts, ") WHERE name <> 'name ' || id AND name <> 'two' || chr(10) || 'lines, and then some more ' || id");
  bed_expect(&b, texts.ptr, "0\n");
}

static void objects_a_line_are_read_by_key(void **state) {
  (void)state;
  take("a.ndjson",
       "{\"id\": 1, \"XM\": \"张\\u4e09\\n\\\"x\", \"born\": \"2001-02-03\", \"fee\": 1.50}\n\n{\"fee\":null,\"id\":\"2\",\"name\":{\"a\":[1,\"}\"]},\"other\":true}\n"
       "{\"id\":3,}\n[1]\n{\"id\":4,\"born\":\"x\"}\n{\"id\":5}\n",
       NULL);
  assert_int_equal(b.r.format, SW_FORMAT_NDJSON);
  bed_expect_rows(&b, &VISIT, "id, name, born, fee, _line", "1|张三\n\"x|2001-02-03|1.50|1\n2|{\"a\":[1,\"}\"]}|-|-|3\n5|-|-|-|7\n");
  bed_expect_rejects(&b, "_line, code, position", "4|bad_json|8\n5|not_an_object|0\n6|bad_type|16\n");
  assert_non_null(strstr(b.messages, "other"));
}

static void a_column_may_say_whose_each_row_is(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  sw_table_spec t = VISIT;
  t.org_column = 2;
  write_text(scratch_path("region.csv"), "id,name,born,fee\n1, H7 ,,1\n2,,,2\n3,\"H\"\"8\",,3\nx,H9,,4\n5,H9\n");
  assert_ok(bed_take(&b, scratch_path("region.csv"), &t, NULL, &err));
  bed_expect_rows(&b, &t, "id, _org", "1|H7\n2|H001\n3|H\"8\n");
  bed_expect_rejects(&b, "code, _org", "bad_type|H9\ntoo_few_fields|H001\n");
}

static void a_strict_table_refuses_files_with_other_columns(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  sw_table_spec t = VISIT;
  t.strict = true;
  write_text(scratch_path("more.csv"), "id,name,born,fee,ward\n1,a,,1,W\n");
  assert_int_equal(bed_take(&b, scratch_path("more.csv"), &t, NULL, &err), SW_E_DATA);
  assert_non_null(strstr(err.msg[SW_LANG_EN], "not declared: ward"));
}

static void words_of_the_source_begin_total_rows_too(void **state) {
  (void)state;
  sw_error err = SW_ERROR_INIT;
  sw_table_spec t = VISIT;
  t.totals = (const char *const[]){"本页合计", "Grand total"};
  t.ntotals = 2;
  write_text(scratch_path("page.csv"), "id,name,born,fee\n1,a,,1\n本页合计,,,1\n合计,,,1\ngrand total,,,1\n");
  assert_ok(bed_take(&b, scratch_path("page.csv"), &t, NULL, &err));
  assert_int_equal(b.r.totals, 3);
  assert_int_equal(b.r.rejects, 0);
}

#define TEST(f) cmocka_unit_test_prestate_setup_teardown(f, bed_set_up, bed_tear_down, &b)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(rows_are_typed_numbered_and_placed),
      TEST(the_same_content_again_is_the_same_batch),
      TEST(what_cannot_be_typed_is_rejected_whole_with_its_place),
      TEST(nulls_of_a_rejected_record_do_not_stick_to_the_next_row),
      TEST(total_rows_repeated_headers_and_blank_lines_are_filtered_and_counted),
      TEST(columns_in_any_order_missing_and_extra),
      TEST(a_missing_required_column_refuses_the_file),
      TEST(gb18030_is_decoded_and_recorded),
      TEST(gb18030_with_an_unsafe_delimiter_is_decoded_first),
      TEST(utf16_is_decoded_first),
      TEST(compressed_text_is_read_like_plain),
      TEST(a_new_declaration_parses_again_and_supersedes),
      TEST(parts_are_the_same_for_one_thread_and_for_two),
      TEST(objects_a_line_are_read_by_key),
      TEST(a_column_may_say_whose_each_row_is),
      TEST(a_strict_table_refuses_files_with_other_columns),
      TEST(words_of_the_source_begin_total_rows_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
