/* Han characters for comparing names: readings without tones, simplified forms, and likeness of shape.
 *
 * Readings, variants, stroke counts, four-corner and Cangjie codes come from Unicode's Unihan database (Debian package
 * unicode-data), compiled into a table at build time; all planes are covered. Pure functions; threads: any. */
#ifndef SW_MEDIC_PINYIN_H
#define SW_MEDIC_PINYIN_H

#include "base/str.h"

/* True for CJK ideographs of every block (with extensions and compatibility ideographs) and U+3007. */
bool sw_han_is(uint32_t cp);
/* The simplified, unified form (張 → 张); cp itself when it has none. */
uint32_t sw_han_canonical(uint32_t cp);
/* Toneless readings as syllable numbers (0 is none), the commonest first. */
enum { SW_HAN_READINGS = 3 };
size_t sw_han_readings(uint32_t cp, uint16_t out[SW_HAN_READINGS]);
const char *sw_pinyin_text(uint16_t syllable); /* "zhang"; ü is written v */
/* Numbers of a class of syllables that are often confused: zh/z, ch/c, sh/s, n/l/r, hu/f, an/ang, en/eng, in/ing. */
uint16_t sw_pinyin_fuzzy(uint16_t syllable);

typedef enum sw_han_likeness {
  SW_HAN_SAME,      /* the same character */
  SW_HAN_VARIANT,   /* traditional and simplified, or compatibility forms of one character */
  SW_HAN_HOMOPHONE, /* a toneless reading in common */
  SW_HAN_NEAR_SOUND,/* a fuzzy class in common */
  SW_HAN_LOOKALIKE, /* alike in strokes and structure: 未/末, 己/已, 玮/伟 */
  SW_HAN_UNLIKE
} sw_han_likeness;
sw_han_likeness sw_han_compare(uint32_t a, uint32_t b);

/* Pinyin of a whole text, first readings, blanks between syllables, other characters as they are (lower case). */
void sw_pinyin_of(sw_str han, sw_buf *out);
/* Initial letters, as old systems index names: 张伟 → zw. */
void sw_pinyin_initials(sw_str han, sw_buf *out);

#endif
