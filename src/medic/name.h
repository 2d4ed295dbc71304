/* Names of persons, as registrations write them: normal form, script, stand-ins, and how two of them agree.
 *
 * Normal form: full-width letters narrowed, case folded, marks of Latin letters removed, one kind of middle dot (U+00B7),
 * no blanks between Han characters, single blanks between words. Everything works on code points of all planes.
 *
 * A stand-in (占位名) is what is written where the name is not known: 无名氏, 张三之子, 李四之女2, "baby of ...", 测试. It says
 * nothing about who the person is; a newborn's says who the parent is.
 *
 * Pure functions; threads: any.
 *
 *   sw_name a, b;
 *   sw_name_parse(SW_LIT("张伟"), &a); sw_name_parse(SW_LIT("章伟"), &b);
 *   sw_name_compare(&a, &b) == SW_NAME_SOUND
 */
#ifndef SW_MEDIC_NAME_H
#define SW_MEDIC_NAME_H

#include "base/str.h"

enum { SW_NAME_CHARS = 64 }; /* code points kept; longer names are cut */

typedef enum sw_name_script { SW_NAME_EMPTY, SW_NAME_HAN, SW_NAME_LETTERS } sw_name_script;

typedef enum sw_name_standin {
  SW_STANDIN_NONE,
  SW_STANDIN_ABSENT,   /* "-", 无, /, null: nothing was entered */
  SW_STANDIN_UNKNOWN,  /* 无名氏: a patient whose name nobody knew */
  SW_STANDIN_NEWBORN,  /* X之子, X之女2: named after a parent */
  SW_STANDIN_TEST      /* 测试: no patient at all */
} sw_name_standin;

typedef struct sw_name {
  uint32_t cp[SW_NAME_CHARS];
  uint8_t len;
  uint8_t script;     /* sw_name_script */
  uint8_t standin;    /* sw_name_standin */
  uint8_t parent_len; /* newborn: the parent's name is cp[parent_from, parent_from + parent_len) */
  uint8_t parent_from;
  uint8_t birth_order;/* newborn: the number of a twin, 0 when none is told */
} sw_name;

void sw_name_parse(sw_str text, sw_name *out);

typedef enum sw_name_level {
  SW_NAME_EXACT,
  SW_NAME_VARIANT,   /* traditional and simplified forms; blanks and marks apart */
  SW_NAME_SOUND,     /* Han: same toneless pinyin throughout. Letters: one typing error */
  SW_NAME_FUZZY,     /* Han: one character near in sound, alike in shape or illegible. Letters: two errors */
  SW_NAME_REORDERED, /* same parts in another order, romanised, or one name a cut-off part of the other */
  SW_NAME_PARTIAL,   /* one of three characters different, one missing; letters: prefix, initials, three errors */
  SW_NAME_SURNAME,   /* only the first character (the last or first word) agrees */
  SW_NAME_OTHER,
  SW_NAME_MISSING    /* one is empty or a stand-in: no evidence either way */
} sw_name_level;

sw_name_level sw_name_compare(const sw_name *a, const sw_name *b);
/* The same for two names in normal form given as code points, neither empty nor a stand-in. */
sw_name_level sw_name_compare_cp(const uint32_t *a, size_t na, const uint32_t *b, size_t nb);

/* A key that homophones, variants and reorderings share: a hash of the sorted fuzzy syllables (Han), or of the sorted
 * consonant skeletons of the words (letters). 0 when there is none. */
uint32_t sw_name_sound_key(const uint32_t *cp, size_t n);

#endif
