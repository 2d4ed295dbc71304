/* A derived DIP catalogue is written, read again, and groups the very cases that it came from. */
#include "coding/catalogue.h"
#include "coding/derive_file.h"
#include "coding/group_file.h"

#include "base/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static void a_derived_catalogue_groups_every_case_that_it_was_made_of(void **state) {
  (void)state;
  char dir[] = "derive_XXXXXX", in[64], out[64], groups[64];
  assert_non_null(mkdtemp(dir));
  (void)snprintf(in, sizeof in, "%s/cases.csv", dir);
  (void)snprintf(out, sizeof out, "%s/catalogue", dir);
  (void)snprintf(groups, sizeof groups, "%s/groups.csv", dir);
  SW_AUTO(sw_buf) b = SW_BUF_INIT;
  sw_buf_puts(&b, "\xEF\xBB\xBFid,discharge_date,age_years,los_days,cost,dx_list_principal_first,proc_list_main_first\r\n");
  for (int i = 0; i < 400; ++i) {
    sw_buf_printf(&b, "c%d,202%d-05-0%d,%d,%d,%d.%02d,", i, 2 + i % 3, 1 + i % 9, 20 + i % 60, 2 + i % 9, 2000 + 10 * (i % 50), i % 100);
    if (i % 4 == 0) sw_buf_puts(&b, "K35.900|E11.900,47.0100\r\n");
    else if (i % 4 == 1) sw_buf_puts(&b, "\"J18.900\",\r\n");
    else if (i % 4 == 2) sw_buf_puts(&b, "I21.400,36.0600|88.5500\r\n");
    else sw_buf_printf(&b, "%c%02d.900,\r\n", 'A' + i % 20, i % 30);
  }
  sw_error err = SW_ERROR_INIT;
  assert_int_equal(sw_fs_write_durable(in, b.ptr, b.len, &err), SW_OK);
  sw_dip_derivation r;
  assert_int_equal(sw_derive_dip_file(in, out, &(sw_derive_file_options){0}, SW_LANG_ZH, NULL, NULL, &r, &err), SW_OK);
  assert_int_equal(r.used, 400);
  assert_int_equal(r.ncore, 3);
  sw_dip_derivation_fini(&r);
  sw_catalogue *c = NULL;
  assert_int_equal(sw_catalogue_import(out, NULL, &c, &err), SW_OK);
  assert_int_equal(c->kind, SW_CATALOGUE_DIP);
  assert_int_equal(c->grades[SW_FINDING_ERROR], 0);
  sw_group_totals t;
  assert_int_equal(sw_group_file(c, in, groups, SW_LANG_EN, NULL, NULL, &t, &err), SW_OK);
  assert_int_equal(t.cases, 400);
  assert_int_equal(t.grouped, 400);
  sw_buf_clear(&b);
  assert_int_equal(sw_fs_read(groups, 1 << 20, &b, &err), SW_OK);
  assert_true(sw_str_find(sw_buf_str(&b), SW_LIT("c0,分组成功,核心病种,K35.9:47.0100,")) > 0);
  sw_catalogue_free(c);
  assert_int_equal(sw_fs_remove_tree(dir, &err), SW_OK);
}

static void a_file_without_year_or_cost_is_refused_in_words(void **state) {
  (void)state;
  char in[] = "derive_in_XXXXXX";
  int fd = mkstemp(in);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, "id,dx_list\n1,A00.0\n", 19), 19);
  close(fd);
  sw_error err = SW_ERROR_INIT;
  sw_dip_derivation r;
  assert_int_equal(sw_derive_dip_file(in, "nowhere", &(sw_derive_file_options){0}, SW_LANG_ZH, NULL, NULL, &r, &err), SW_E_DATA);
  assert_non_null(strstr(err.msg[SW_LANG_EN], "year"));
  (void)unlink(in);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_derived_catalogue_groups_every_case_that_it_was_made_of),
      cmocka_unit_test(a_file_without_year_or_cost_is_refused_in_words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
