/* Plainly synthetic registrations for the tests of the person index. */
#ifndef TESTS_IDENTITY_PEOPLE_H
#define TESTS_IDENTITY_PEOPLE_H

#include "base/str.h"

typedef struct test_person {
  char name[32], sex[4], birth[16], id[20], phone[16], address[96];
} test_person;

/* Person number k of an imaginary town; the same k gives the same person. */
void test_person_make(unsigned k, test_person *out);

#endif
