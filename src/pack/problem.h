/* The list of everything wrong with a pack, shown at once, one line each.
 *
 * Unlike sw_error (one cause, travelling up), a loader goes on after a problem and collects the next. Lines are sorted by
 * file, line and column before they are shown. At most `max` are kept; the rest are counted.
 *
 * Ownership: texts live in the list's own arena. Threads: one list, one thread.
 *
 *   sw_problems p = SW_PROBLEMS_INIT;
 *   sw_problem_add(&p, at, "SW-PACK-0012", "未知的键 %.*s", "unknown key %.*s", SW_STR_ARG(key));
 *   if (p.total) ... sw_problems_format(&p, SW_LANG_EN, &buf);  // packs/x.yaml:9:34: unknown key ... [SW-PACK-0012] */
#ifndef SW_PACK_PROBLEM_H
#define SW_PACK_PROBLEM_H

#include "base/vec.h"
#include "pack/tree.h"

typedef struct sw_problem {
  sw_place at;
  char code[16];
  const char *msg[2]; /* by sw_lang */
  size_t order;       /* of detection: breaks ties */
} sw_problem;

typedef struct sw_problems {
  SW_VEC(sw_problem) list;
  size_t max;   /* 0: 1,000 */
  size_t total; /* also those beyond max */
  sw_arena arena;
} sw_problems;

#define SW_PROBLEMS_INIT {.max = 0, .total = 0}

void sw_problems_fini(sw_problems *p);
void sw_problem_add(sw_problems *p, sw_place at, const char *code, const char *zh, const char *en, ...)
    SW_PRINTF(4, 6) SW_PRINTF(5, 6);
/* Takes over an sw_error's cause with its place. */
void sw_problem_add_error(sw_problems *p, sw_place fallback, const sw_error *err);
void sw_problems_sort(sw_problems *p);
/* One line each, sorted; a last line tells how many were left out. */
void sw_problems_format(sw_problems *p, sw_lang lang, sw_buf *out);
/* Copies file names into the list's arena, so that it may outlive the trees that it speaks of. */
void sw_problems_keep_places(sw_problems *p);
/* SW_OK when empty; else SW_E_CONFIG with the first problem and the count. */
SW_CHECKED sw_status sw_problems_status(sw_problems *p, sw_error *err);

/* Distance of two words in code points, where one insertion, deletion, replacement or swap of neighbours costs 1 (optimal
 * string alignment); anything above `limit` returns limit + 1. ASCII case is ignored. */
size_t sw_edit_distance(sw_str a, sw_str b, size_t limit);
/* Finds the likeliest meant word: feed candidates, then read best (empty when none is near enough: a third of the word's
 * length, at least 1; for words of 3 or fewer only distance 1). */
typedef struct sw_suggest {
  sw_str word, best;
  size_t distance, limit;
} sw_suggest;
void sw_suggest_start(sw_suggest *s, sw_str word);
void sw_suggest_offer(sw_suggest *s, sw_str candidate);
/* "；是否想写 X？" / "; did you mean X?" or "" — for the end of a message. */
const char *sw_suggest_zh(const sw_suggest *s, char out[160]);
const char *sw_suggest_en(const sw_suggest *s, char out[160]);

#endif
