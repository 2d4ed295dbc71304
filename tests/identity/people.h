/* Plainly synthetic registrations for the tests of the person index. */
#ifndef TESTS_IDENTITY_PEOPLE_H
#define TESTS_IDENTITY_PEOPLE_H

#include "identity/csv.h"

typedef struct test_person {
  char name[32], sex[4], birth[16], id[20], phone[16], address[96];
} test_person;

/* Person number k of an imaginary town; the same k gives the same person. */
void test_person_make(unsigned k, test_person *out);

/* Bytes read as the file that they would be. */
SW_CHECKED sw_status csv_of_text(const char *bytes, size_t n, sw_link_csv *out, sw_error *err);

#endif
