#define PCRE2_CODE_UNIT_WIDTH 8
#include "quality/regex.h"

#include "base/map.h"
#include "base/vec.h"

#include <pcre2.h>
#include <stdlib.h>

/* Enough for any sensible pattern over a field; a runaway one stops after some milliseconds. */
enum { MATCH_LIMIT = 100000, DEPTH_LIMIT = 1000 };

struct sw_qregex {
  pcre2_code *code;
};

struct sw_qregexes {
  sw_map by_text;
  SW_VEC(sw_qregex *) list;
};

struct sw_qmatcher {
  pcre2_match_data *data;
  pcre2_match_context *limits;
};

sw_qregexes *sw_qregexes_new(void) { return calloc(1, sizeof(sw_qregexes)); }

void sw_qregexes_free(sw_qregexes *r) {
  if (!r) return;
  for (size_t i = 0; i < r->list.len; i++) {
    pcre2_code_free(r->list.items[i]->code);
    free(r->list.items[i]);
  }
  SW_VEC_FREE(&r->list);
  sw_map_fini(&r->by_text);
  free(r);
}

const sw_qregex *sw_qregexes_add(sw_qregexes *r, sw_str pattern, size_t *offset, char *why, size_t cap) {
  uint64_t at;
  if (sw_map_get(&r->by_text, pattern, &at)) return r->list.items[at];
  int code;
  PCRE2_SIZE where = 0;
  pcre2_code *re = pcre2_compile((PCRE2_SPTR)(pattern.ptr ? pattern.ptr : ""), pattern.len,
                                 PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NO_AUTO_CAPTURE, &code, &where, NULL);
  *offset = where;
  if (!re) {
    if (pcre2_get_error_message(code, (PCRE2_UCHAR *)why, cap) < 0) snprintf(why, cap, "error %d", code);
    return NULL;
  }
  (void)pcre2_jit_compile(re, PCRE2_JIT_COMPLETE); /* without a JIT the interpreter matches */
  sw_qregex *q = calloc(1, sizeof *q);
  if (q) q->code = re;
  if (!q || !SW_VEC_PUSH(&r->list, q)) {
    free(q);
    pcre2_code_free(re);
    snprintf(why, cap, "out of memory");
    return NULL;
  }
  if (!sw_map_put(&r->by_text, pattern, r->list.len - 1)) return q; /* only costs a second compilation */
  return q;
}

sw_qmatcher *sw_qmatcher_new(void) {
  sw_qmatcher *m = calloc(1, sizeof *m);
  if (!m) return NULL;
  m->data = pcre2_match_data_create(1, NULL);
  m->limits = pcre2_match_context_create(NULL);
  if (!m->data || !m->limits) {
    sw_qmatcher_free(m);
    return NULL;
  }
  pcre2_set_match_limit(m->limits, MATCH_LIMIT);
  pcre2_set_depth_limit(m->limits, DEPTH_LIMIT);
  return m;
}

void sw_qmatcher_free(sw_qmatcher *m) {
  if (!m) return;
  pcre2_match_data_free(m->data);
  pcre2_match_context_free(m->limits);
  free(m);
}

int sw_qregex_match(const sw_qregex *re, sw_qmatcher *m, sw_str s) {
  int rc = pcre2_match(re->code, (PCRE2_SPTR)(s.ptr ? s.ptr : ""), s.len, 0, 0, m->data, m->limits);
  if (rc >= 0) return 1;
  return rc == PCRE2_ERROR_NOMATCH || rc == PCRE2_ERROR_PARTIAL ? 0 : -1;
}
