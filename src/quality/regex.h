/* Regular expressions of rules (PCRE2, UTF-8): compiled once, matched by many threads with a scratch each.
 *
 * A pattern is bounded in what one match may cost, so that a careless one cannot hang a run; beyond it the match is
 * reported as an error of the rule. */
#ifndef SW_QUALITY_REGEX_H
#define SW_QUALITY_REGEX_H

#include "base/str.h"

typedef struct sw_qregexes sw_qregexes;
typedef struct sw_qregex sw_qregex;
typedef struct sw_qmatcher sw_qmatcher; /* per thread */

sw_qregexes *sw_qregexes_new(void); /* NULL when memory is refused */
void sw_qregexes_free(sw_qregexes *r);
/* The compiled pattern (the same one for the same text), or NULL with the byte offset and PCRE2's words. Not thread-safe. */
const sw_qregex *sw_qregexes_add(sw_qregexes *r, sw_str pattern, size_t *offset, char *why, size_t cap);

sw_qmatcher *sw_qmatcher_new(void);
void sw_qmatcher_free(sw_qmatcher *m);
/* 1 when `s` contains a match, 0 when not, -1 when the pattern exceeded its limits. */
int sw_qregex_match(const sw_qregex *re, sw_qmatcher *m, sw_str s);

#endif
