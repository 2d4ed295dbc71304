/* Which character encoding a delivered file is in: told by its bytes, checked by a second opinion, never guessed
 * silently. The finding is recorded with the batch.
 *
 * Order of evidence: a declared encoding; a byte order mark; the NULs that UTF-16 shows at every second place; then a vote
 * of lines: those with bytes above 0x7F that are valid UTF-8 against those valid GB18030. (A line of Chinese in GB18030 is
 * almost never valid UTF-8, while UTF-8 is often valid GB18030 by chance: so UTF-8 has precedence.) ASCII alone is UTF-8.
 * GB18030 validity follows GB 18030-2022, clause 5: one byte 00–80 and FF excluded, two bytes 81–FE 40–FE without 7F, four
 * bytes 81–FE 30–39 81–FE 30–39 up to the last code that Unicode has (E3 32 9A 35).
 *
 * Threads: a census belongs to one thread; the rest is pure. */
#ifndef SW_INTAKE_ENCODING_H
#define SW_INTAKE_ENCODING_H

#include "base/str.h"

typedef enum sw_encoding {
  SW_ENCODING_UNKNOWN = 0, /* as a declaration: detect it */
  SW_ENCODING_UTF8,
  SW_ENCODING_GB18030,
  SW_ENCODING_UTF16LE,
  SW_ENCODING_UTF16BE
} sw_encoding;

const char *sw_encoding_name(sw_encoding e); /* "UTF-8", "GB18030", "UTF-16LE", "UTF-16BE", "" */
/* Accepts the usual names ("utf8", "GBK", "gb2312", "cp936", "utf-16"); "" and "auto" are UNKNOWN. False for others. */
bool sw_encoding_parse(sw_str name, sw_encoding *out);

/* Length (1, 2 or 4) of the GB18030 character at p, of which n > 0 bytes are left; 0 when invalid or cut off. */
size_t sw_gb18030_length(const unsigned char *p, size_t n);
/* Offset of the first invalid byte, or n. */
size_t sw_gb18030_valid_prefix(const char *p, size_t n);

/* Bytes of a byte order mark at the beginning, and the encoding that it tells. 0: there is none. */
size_t sw_encoding_bom(const char *p, size_t n, sw_encoding *out);

/* A vote over the file's lines, fed block by block. */
typedef struct sw_encoding_census {
  int64_t bytes;
  int64_t lines_high;  /* lines with a byte above 0x7F */
  int64_t lines_utf8;  /* of these, valid UTF-8 */
  int64_t lines_gb;    /* of these, valid GB18030 */
  int64_t nul_even, nul_odd;
  sw_encoding bom;
  size_t bom_len;
  void *second;        /* uchardet's state */
  sw_buf carry;        /* the unfinished line */
  bool began;
} sw_encoding_census;

typedef struct sw_encoding_finding {
  sw_encoding encoding;
  size_t bom_len;         /* bytes to skip at the beginning */
  const char *evidence;   /* "declared", "bom", "utf16-nuls", "lines", "ascii": static */
  char second[24];        /* what uchardet says, "" when it says nothing */
  bool doubtful;          /* neither UTF-8 nor GB18030 holds for most lines: the user should declare it */
  int64_t lines_high, lines_valid; /* the vote, for the record */
} sw_encoding_finding;

void sw_encoding_census_init(sw_encoding_census *c);
void sw_encoding_census_fini(sw_encoding_census *c);
void sw_encoding_census_feed(sw_encoding_census *c, const char *p, size_t n);
/* True when more bytes would hardly change the finding. */
bool sw_encoding_census_settled(const sw_encoding_census *c);
/* `declared` UNKNOWN detects. May be called once, after the last feed. */
sw_encoding_finding sw_encoding_census_finish(sw_encoding_census *c, sw_encoding declared);

/* True when a delimiter byte never occurs inside a GB18030 character: then raw bytes may be split at it. */
static inline bool sw_gb18030_safe_byte(char c) {
  unsigned char u = (unsigned char)c;
  return u < 0x30 || (u > 0x39 && u < 0x40);
}

#endif
