/* A strict scanner of one JSON object (RFC 8259) on its top level: keys and the places of their values. Nested values are
 * checked and handed out as text. Nothing is allocated; depth is bounded. Pure. */
#ifndef SW_INTAKE_JSON_SCAN_H
#define SW_INTAKE_JSON_SCAN_H

#include "base/str.h"

typedef enum sw_json_kind { SW_JSON_STRING, SW_JSON_NUMBER, SW_JSON_TRUE, SW_JSON_FALSE, SW_JSON_NULL, SW_JSON_NESTED } sw_json_kind;

typedef struct sw_json_member {
  sw_str key;        /* between its quotes, escapes as they are */
  bool key_escaped;
  sw_str value;      /* strings: between the quotes, escapes as they are; nested: with brackets */
  bool escaped;      /* of a string value: holds a backslash */
  sw_json_kind kind;
} sw_json_member;

typedef struct sw_json_scan {
  const char *p, *end, *begin;
  bool first;
} sw_json_scan;

typedef enum sw_json_step { SW_JSON_MEMBER, SW_JSON_END, SW_JSON_BAD, SW_JSON_NO_OBJECT } sw_json_step;

void sw_json_scan_init(sw_json_scan *s, sw_str text);
/* The next member; END after the closing brace when nothing but blanks follows. BAD: s->p is where it went wrong. */
sw_json_step sw_json_scan_next(sw_json_scan *s, sw_json_member *out);
/* Text of a string with escapes, appended. A lone surrogate escape becomes U+FFFD. */
void sw_json_unescape(sw_str s, sw_buf *out);

#endif
