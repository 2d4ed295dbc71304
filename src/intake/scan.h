/* The scanner of delimited text: bytes in, records of fields out, at memory speed and with exact rules.
 *
 * Rules. A field that begins with the quote is quoted: it ends at the next quote that is not doubled, and a delimiter or
 * line end must follow. A quote elsewhere is text. A line ends at LF or CRLF, and at a lone CR where the dialect says so.
 * Where quoting is broken (text after a closing quote; no closing quote before the end of the file or within the limit) the
 * record is handed out as bad up to the end of the line where that quote was opened, and scanning goes on at the next line:
 * one stray quote costs one line, not the file. A record longer than the limit is handed out as bad with its first bytes.
 *
 * The rules depend on the bytes alone, not on how they were blocked: a file may be cut at any record start and scanned in
 * ranges with the same result.
 *
 * Ownership: records point into the scanner's window and stay valid until the next call that may refill it.
 * Threads: one scanner, one thread. */
#ifndef SW_INTAKE_SCAN_H
#define SW_INTAKE_SCAN_H

#include "base/str.h"

/* Where the scanner's bytes come from. *n == 0 is the end. */
typedef struct sw_feed {
  void *ctx;
  sw_status (*read)(void *ctx, char *buf, size_t cap, size_t *n, sw_error *err);
} sw_feed;

enum { SW_FIELD_QUOTED = 1, SW_FIELD_ESCAPED = 2 /* holds doubled quotes: use sw_scan_unescape */ };
typedef struct sw_field {
  const char *ptr;
  uint32_t len;
  uint32_t flags;
} sw_field;

typedef enum sw_scan_problem {
  SW_SCAN_FINE = 0,
  SW_SCAN_BAD_QUOTE,        /* text after a closing quote */
  SW_SCAN_UNBALANCED_QUOTE, /* no closing quote */
  SW_SCAN_TOO_LONG          /* over the limit; raw holds its beginning only */
} sw_scan_problem;

typedef struct sw_scan_record {
  const sw_field *fields;
  size_t nfields;
  sw_str raw;        /* without the line end */
  int64_t offset;    /* of its first byte in the fed stream */
  int64_t length;    /* bytes up to and with the line end; more than raw.len when too long */
  int64_t line;      /* 1-based line of its first byte */
  int ending;        /* bytes of its line end: 0 at the end of the file, else 1 or 2 */
  sw_scan_problem problem;
  size_t problem_at; /* byte of raw where the offending quote was opened */
  bool high, nul;    /* may hold bytes above 0x7F, or NULs (of this or a neighbouring record) */
} sw_scan_record;

typedef struct sw_scan_options {
  char delimiter;
  char quote;        /* 0: no quoting */
  bool cr_ends;      /* a lone CR ends a line */
  size_t limit;      /* bytes of a record; 0: 16 MiB */
  size_t window;     /* bytes read at a time; 0: 1 MiB */
  bool portable;     /* tests: do not use vectors */
  int64_t offset, line; /* of the first byte fed; line 0 means 1 */
} sw_scan_options;

enum { SW_SCAN_LIMIT = 16 << 20 };

typedef enum sw_scan_step { SW_SCAN_RECORD, SW_SCAN_DONE, SW_SCAN_REFILL, SW_SCAN_ERROR } sw_scan_step;

typedef struct sw_scanner sw_scanner;

SW_CHECKED sw_status sw_scanner_new(const sw_scan_options *o, sw_feed feed, sw_scanner **out, sw_error *err);
void sw_scanner_free(sw_scanner *s);
/* With may_refill false, SW_SCAN_REFILL says that the window is used up: records handed out are still valid, and the next
 * call with may_refill true makes them invalid. */
sw_scan_step sw_scan_next(sw_scanner *s, bool may_refill, sw_scan_record *out, sw_error *err);
/* Text of a field with doubled quotes, appended. */
void sw_scan_unescape(const sw_field *f, char quote, sw_buf *out);

#endif
