#include "intake/helper.h"

#include "base/rng.h"
#include "intake/scan.h"
#include "intake/scan_index.h"
#include "support/memory_feed.h"

#include <stdlib.h>

/* Scans text to a readable form: fields in brackets, a line per record, problems by name. */
static void scan_to(sw_str text, sw_scan_options o, size_t step, sw_buf *out) {
  sw_error err = SW_ERROR_INIT;
  memory m = {text.ptr, text.len, step};
  sw_scanner *s;
  assert_ok(sw_scanner_new(&o, (sw_feed){&m, read_memory}, &s, &err));
  sw_scan_record r;
  sw_scan_step k;
  while ((k = sw_scan_next(s, true, &r, &err)) == SW_SCAN_RECORD) {
    sw_buf_printf(out, "%lld@%lld+%lld", (long long)r.line, (long long)r.offset, (long long)r.length);
    static const char *const PROBLEM[] = {"", " bad_quote", " unbalanced", " too_long"};
    sw_buf_puts(out, PROBLEM[r.problem]);
    if (r.problem) sw_buf_printf(out, " at %zu: %.*s", r.problem_at, SW_STR_ARG(r.raw));
    for (size_t i = 0; i < r.nfields; i++) {
      sw_buf_puts(out, " [");
      if (r.fields[i].flags & SW_FIELD_ESCAPED) sw_scan_unescape(&r.fields[i], o.quote, out);
      else sw_buf_put(out, r.fields[i].ptr, r.fields[i].len);
      sw_buf_puts(out, "]");
    }
    sw_buf_putc(out, '\n');
  }
  assert_int_equal(k, SW_SCAN_DONE);
  sw_scanner_free(s);
}

static void expect(const char *text, sw_scan_options o, const char *want) {
  static const size_t STEPS[] = {0, 1, 7};
  for (size_t i = 0; i < 3; i++) {
    for (int portable = 0; portable < 2; portable++) {
      SW_AUTO(sw_buf) got = SW_BUF_INIT;
      o.portable = portable;
      o.window = i ? 16 : 0;
      scan_to(sw_str_of(text), o, STEPS[i], &got);
      assert_string_equal(got.ptr, want);
    }
  }
}

static const sw_scan_options CSV = {.delimiter = ',', .quote = '"'};

static void fields_are_split_at_delimiters_and_line_ends(void **state) {
  (void)state;
  expect("a,b,c\n1,,3\r\n,\nlast,x", CSV, "1@0+6 [a] [b] [c]\n2@6+6 [1] [] [3]\n3@12+2 [] []\n4@14+6 [last] [x]\n");
}

static void an_empty_text_has_no_record(void **state) {
  (void)state;
  expect("", CSV, "");
}

static void blank_lines_are_records_of_one_empty_field(void **state) {
  (void)state;
  expect("\n\na\n", CSV, "1@0+1 []\n2@1+1 []\n3@2+2 [a]\n");
}

static void quoted_fields_keep_delimiters_and_line_ends(void **state) {
  (void)state;
  expect("\"a,b\",\"c\r\nd\",e\n2,,\n", CSV, "1@0+15 [a,b] [c\r\nd] [e]\n3@15+4 [2] [] []\n");
}

static void doubled_quotes_are_one_quote(void **state) {
  (void)state;
  expect("\"a\"\"b\",\"\"\"\",\"\"\n", CSV, "1@0+15 [a\"b] [\"] []\n");
}

static void a_quote_inside_a_bare_field_is_text(void **state) {
  (void)state;
  expect("5\" pipe,a\"\"b\n", CSV, "1@0+13 [5\" pipe] [a\"\"b]\n");
}

static void text_after_a_closing_quote_costs_that_line_only(void **state) {
  (void)state;
  expect("\"a\"x,1\nb,2\n", CSV, "1@0+7 bad_quote at 0: \"a\"x,1\n2@7+4 [b] [2]\n");
}

static void scanning_resumes_after_the_line_where_an_unbalanced_quote_opened(void **state) {
  (void)state;
  expect("1,\"abc,2\n2,\"d\",3\n3,e,4\n", CSV, "1@0+9 unbalanced at 2: 1,\"abc,2\n2@9+8 [2] [d] [3]\n3@17+6 [3] [e] [4]\n");
  expect("1,\"abc\n2,d\n", CSV, "1@0+7 unbalanced at 2: 1,\"abc\n2@7+4 [2] [d]\n");
}

static void a_record_with_earlier_quoted_lines_is_bad_to_the_line_of_the_stray_quote(void **state) {
  (void)state;
  expect("\"x\ny\",\"z\nw\n", CSV, "1@0+9 unbalanced at 6: \"x\ny\",\"z\n3@9+2 [w]\n");
}

static void a_lone_cr_is_text_unless_the_dialect_says_that_it_ends_lines(void **state) {
  (void)state;
  expect("a\rb,c\n", CSV, "1@0+6 [a\rb] [c]\n");
  sw_scan_options cr = CSV;
  cr.cr_ends = true;
  expect("a,b\rc,d\r\ne,f\n\"g\",h\r", cr, "1@0+4 [a] [b]\n2@4+5 [c] [d]\n3@9+4 [e] [f]\n4@13+6 [g] [h]\n");
}

static void without_quoting_quotes_are_text(void **state) {
  (void)state;
  expect("\"a\"x\tb\n", (sw_scan_options){.delimiter = '\t'}, "1@0+7 [\"a\"x] [b]\n");
}

static void a_record_over_the_limit_is_cut_and_the_rest_goes_on(void **state) {
  (void)state;
  sw_scan_options o = CSV;
  o.limit = 20;
  expect("a,b\n0123456789012345678901234567890123456789,x\nc,d\n", o,
         "1@0+4 [a] [b]\n2@4+43 too_long at 0: 01234567890123456789\n3@47+4 [c] [d]\n");
  expect("\"0123456789012345678901234567890123456789\",x\nc,d\n", o,
         "1@0+45 too_long at 0: \"0123456789012345678\n2@45+4 [c] [d]\n");
}

static void a_quoted_field_over_the_limit_with_lines_counts_as_unbalanced(void **state) {
  (void)state;
  sw_scan_options o = CSV;
  o.limit = 20;
  expect("\"01234\n56789\n01234\n56789\n01234\",x\nc,d\n", o,
         "1@0+7 unbalanced at 0: \"01234\n2@7+6 [56789]\n3@13+6 [01234]\n4@19+6 [56789]\n5@25+9 [01234\"] [x]\n6@34+4 [c] [d]\n");
}

static char random_char(sw_rng *g) {
  static const char SET[] = "ab,,\"\"\n\n\r\xE5|";
  return SET[sw_rng_below(g, sizeof SET - 1)];
}

static void kernels_windows_and_steps_do_not_change_the_result(void **state) {
  (void)state;
  sw_rng g = sw_rng_of(7, 1);
  for (int round = 0; round < 3000; round++) {
    char text[400];
    size_t n = sw_rng_below(&g, sizeof text);
    for (size_t i = 0; i < n; i++) text[i] = random_char(&g);
    sw_scan_options o = CSV;
    o.cr_ends = round & 1;
    o.limit = round % 3 ? 40 : 0;
    SW_AUTO(sw_buf) want = SW_BUF_INIT;
    scan_to((sw_str){text, n}, o, 0, &want);
    o.portable = true;
    o.window = 8 + (size_t)round % 60;
    SW_AUTO(sw_buf) got = SW_BUF_INIT;
    scan_to((sw_str){text, n}, o, 1 + (size_t)round % 9, &got);
    assert_string_equal(got.ptr, want.ptr);
  }
}

/* Every record's start is a place to cut: the scan of the second part alone gives the same records. */
static void a_text_can_be_cut_at_any_record_start(void **state) {
  (void)state;
  sw_rng g = sw_rng_of(11, 1);
  for (int round = 0; round < 500; round++) {
    char text[200];
    size_t n = sw_rng_below(&g, sizeof text);
    for (size_t i = 0; i < n; i++) text[i] = random_char(&g);
    SW_AUTO(sw_buf) whole = SW_BUF_INIT;
    sw_scan_options o = CSV;
    o.limit = 64;
    scan_to((sw_str){text, n}, o, 0, &whole);
    sw_error err = SW_ERROR_INIT;
    memory m = {text, n, 0};
    sw_scanner *s;
    assert_ok(sw_scanner_new(&o, (sw_feed){&m, read_memory}, &s, &err));
    sw_scan_record r;
    while (sw_scan_next(s, true, &r, &err) == SW_SCAN_RECORD) {
      SW_AUTO(sw_buf) parts = SW_BUF_INIT;
      size_t at = (size_t)r.offset;
      sw_scan_options second = o;
      second.offset = r.offset;
      second.line = r.line;
      scan_to((sw_str){text, at}, o, 0, &parts);
      scan_to((sw_str){text + at, n - at}, second, 0, &parts);
      assert_string_equal(parts.ptr, whole.ptr);
    }
    sw_scanner_free(s);
  }
}

static void index_kernels_agree_on_every_length(void **state) {
  (void)state;
  sw_rng g = sw_rng_of(3, 1);
  for (size_t n = 0; n < 300; n++) {
    char *p = malloc(n + 1);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++) p[i] = (char)sw_rng_below(&g, 256);
    uint32_t a[300], b[300];
    uint8_t fa[8] = {0}, fb[8] = {0};
    sw_scan_bytes s = {',', '\n', '"', '\n'};
    size_t ka = sw_scan_index_best()(p, n, s, 0, a, fa), kb = sw_scan_index_portable(p, n, s, 0, b, fb);
    assert_int_equal(ka, kb);
    assert_memory_equal(a, b, ka * sizeof *a);
    assert_memory_equal(fa, fb, sizeof fa);
    free(p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fields_are_split_at_delimiters_and_line_ends),
      cmocka_unit_test(an_empty_text_has_no_record),
      cmocka_unit_test(blank_lines_are_records_of_one_empty_field),
      cmocka_unit_test(quoted_fields_keep_delimiters_and_line_ends),
      cmocka_unit_test(doubled_quotes_are_one_quote),
      cmocka_unit_test(a_quote_inside_a_bare_field_is_text),
      cmocka_unit_test(text_after_a_closing_quote_costs_that_line_only),
      cmocka_unit_test(scanning_resumes_after_the_line_where_an_unbalanced_quote_opened),
      cmocka_unit_test(a_record_with_earlier_quoted_lines_is_bad_to_the_line_of_the_stray_quote),
      cmocka_unit_test(a_lone_cr_is_text_unless_the_dialect_says_that_it_ends_lines),
      cmocka_unit_test(without_quoting_quotes_are_text),
      cmocka_unit_test(a_record_over_the_limit_is_cut_and_the_rest_goes_on),
      cmocka_unit_test(a_quoted_field_over_the_limit_with_lines_counts_as_unbalanced),
      cmocka_unit_test(kernels_windows_and_steps_do_not_change_the_result),
      cmocka_unit_test(a_text_can_be_cut_at_any_record_start),
      cmocka_unit_test(index_kernels_agree_on_every_length),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
