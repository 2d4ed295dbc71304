#include "intake/encoding.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <uchardet/uchardet.h>

enum {
  CARRY_MAX = 1 << 20,         /* a longer line is judged in pieces */
  SETTLED_LINES = 20000,       /* lines with high bytes that settle the vote */
  SECOND_OPINION_BYTES = 256 << 10,
  UTF16_LOOK = 64 << 10
};

const char *sw_encoding_name(sw_encoding e) {
  switch (e) {
  case SW_ENCODING_UNKNOWN: return "";
  case SW_ENCODING_UTF8: return "UTF-8";
  case SW_ENCODING_GB18030: return "GB18030";
  case SW_ENCODING_UTF16LE: return "UTF-16LE";
  case SW_ENCODING_UTF16BE: return "UTF-16BE";
  }
  return "";
}

bool sw_encoding_parse(sw_str name, sw_encoding *out) {
  static const struct {
    const char *name;
    sw_encoding e;
  } NAMES[] = {{"", SW_ENCODING_UNKNOWN},        {"auto", SW_ENCODING_UNKNOWN},     {"utf-8", SW_ENCODING_UTF8},
               {"utf8", SW_ENCODING_UTF8},       {"ascii", SW_ENCODING_UTF8},       {"gb18030", SW_ENCODING_GB18030},
               {"gbk", SW_ENCODING_GB18030},     {"gb2312", SW_ENCODING_GB18030},   {"cp936", SW_ENCODING_GB18030},
               {"utf-16", SW_ENCODING_UTF16LE},  {"utf16", SW_ENCODING_UTF16LE},    {"utf-16le", SW_ENCODING_UTF16LE},
               {"utf16le", SW_ENCODING_UTF16LE}, {"utf-16be", SW_ENCODING_UTF16BE}, {"utf16be", SW_ENCODING_UTF16BE}};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    if (!sw_str_ieq(name, sw_str_of(NAMES[i].name))) continue;
    *out = NAMES[i].e;
    return true;
  }
  return false;
}

/* Four-byte codes are numbered from 81308130; those past U+10FFFF (and the gap 8431A530..8FFFFFFF, 82359833.. is assigned
 * by range) have no Unicode value. */
static bool gb_four_assigned(const unsigned char *p) {
  unsigned n = (((unsigned)(p[0] - 0x81) * 10 + (p[1] - 0x30u)) * 126 + (p[2] - 0x81u)) * 10 + (p[3] - 0x30u);
  return n <= 39419 || (n >= 189000 && n <= 189000 + 0xFFFFF);
}

size_t sw_gb18030_length(const unsigned char *p, size_t n) {
  if (p[0] < 0x80) return 1;
  if (p[0] == 0x80 || p[0] == 0xFF || n < 2) return 0;
  if (p[1] >= 0x40 && p[1] != 0x7F && p[1] != 0xFF) return 2;
  if (p[1] < 0x30 || p[1] > 0x39 || n < 4) return 0;
  if (p[2] < 0x81 || p[2] == 0xFF || p[3] < 0x30 || p[3] > 0x39) return 0;
  return gb_four_assigned(p) ? 4 : 0;
}

size_t sw_gb18030_valid_prefix(const char *s, size_t n) {
  const unsigned char *p = (const unsigned char *)s;
  size_t i = 0;
  while (i < n) {
    size_t k = sw_gb18030_length(p + i, n - i);
    if (!k) break;
    i += k;
  }
  return i;
}

size_t sw_encoding_bom(const char *s, size_t n, sw_encoding *out) {
  const unsigned char *p = (const unsigned char *)s;
  *out = SW_ENCODING_UNKNOWN;
  if (n >= 3 && p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF) return *out = SW_ENCODING_UTF8, 3;
  if (n >= 2 && p[0] == 0xFF && p[1] == 0xFE) return *out = SW_ENCODING_UTF16LE, 2;
  if (n >= 2 && p[0] == 0xFE && p[1] == 0xFF) return *out = SW_ENCODING_UTF16BE, 2;
  if (n >= 4 && p[0] == 0x84 && p[1] == 0x31 && p[2] == 0x95 && p[3] == 0x33) return *out = SW_ENCODING_GB18030, 4;
  return 0;
}

void sw_encoding_census_init(sw_encoding_census *c) {
  *c = (sw_encoding_census){.second = uchardet_new()};
  sw_buf_init(&c->carry, CARRY_MAX + 1);
}

void sw_encoding_census_fini(sw_encoding_census *c) {
  if (c->second) uchardet_delete(c->second);
  c->second = NULL;
  sw_buf_fini(&c->carry);
}

static bool has_high(const char *p, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    uint64_t w;
    memcpy(&w, p + i, 8);
    if (w & UINT64_C(0x8080808080808080)) return true;
  }
  for (; i < n; i++)
    if (p[i] & 0x80) return true;
  return false;
}

static void judge_line(sw_encoding_census *c, const char *p, size_t n) {
  if (!has_high(p, n)) return;
  c->lines_high++;
  c->lines_utf8 += sw_utf8_valid_prefix(p, n) == n;
  c->lines_gb += sw_gb18030_valid_prefix(p, n) == n;
}

static void judge_lines(sw_encoding_census *c, const char *p, size_t n) {
  while (n) {
    const char *nl = memchr(p, '\n', n);
    size_t len = nl ? (size_t)(nl - p) : n;
    if (c->carry.len) {
      sw_buf_put(&c->carry, p, len < CARRY_MAX - c->carry.len ? len : CARRY_MAX - c->carry.len);
      if (nl || c->carry.len >= CARRY_MAX) {
        judge_line(c, c->carry.ptr, c->carry.len);
        sw_buf_clear(&c->carry);
      }
    } else if (nl) {
      judge_line(c, p, len);
    } else {
      sw_buf_put(&c->carry, p, len < CARRY_MAX ? len : CARRY_MAX);
    }
    p += len + (nl != NULL);
    n -= len + (nl != NULL);
  }
}

static void count_nuls(sw_encoding_census *c, const char *p, size_t n) {
  for (size_t i = 0; i < n && c->bytes + (int64_t)i < UTF16_LOOK; i++) {
    if (p[i]) continue;
    if ((c->bytes + (int64_t)i) & 1) c->nul_odd++;
    else c->nul_even++;
  }
}

void sw_encoding_census_feed(sw_encoding_census *c, const char *p, size_t n) {
  if (!c->began && n) {
    c->bom_len = sw_encoding_bom(p, n, &c->bom);
    c->began = true;
  }
  if (c->bytes < UTF16_LOOK) count_nuls(c, p, n);
  if (c->second && c->lines_high * 64 < SECOND_OPINION_BYTES && has_high(p, n))
    uchardet_handle_data(c->second, p, n < SECOND_OPINION_BYTES ? n : SECOND_OPINION_BYTES);
  judge_lines(c, p, n);
  c->bytes += (int64_t)n;
}

bool sw_encoding_census_settled(const sw_encoding_census *c) {
  return c->bom == SW_ENCODING_UTF16LE || c->bom == SW_ENCODING_UTF16BE || c->lines_high >= SETTLED_LINES;
}

/* Text in UTF-16 has a NUL beside every ASCII character (digits, delimiters, line ends); other encodings have none. */
static sw_encoding utf16_by_nuls(const sw_encoding_census *c) {
  int64_t looked = c->bytes < UTF16_LOOK ? c->bytes : UTF16_LOOK;
  int64_t least = looked / 16 > 2 ? looked / 16 : 2;
  if (c->nul_odd >= least && c->nul_even * 20 <= c->nul_odd) return SW_ENCODING_UTF16LE;
  if (c->nul_even >= least && c->nul_odd * 20 <= c->nul_even) return SW_ENCODING_UTF16BE;
  return SW_ENCODING_UNKNOWN;
}

static void decide(const sw_encoding_census *c, sw_encoding declared, sw_encoding_finding *f) {
  if (declared != SW_ENCODING_UNKNOWN) {
    f->evidence = "declared";
    /* "utf-16" without an order is declared as LE; a mark of the other order is the stronger word. */
    bool other_order = declared == SW_ENCODING_UTF16LE && c->bom == SW_ENCODING_UTF16BE;
    f->encoding = other_order ? c->bom : declared;
    f->bom_len = c->bom == f->encoding ? c->bom_len : 0;
    return;
  }
  f->evidence = "bom";
  f->bom_len = c->bom_len;
  f->encoding = c->bom;
  if (f->encoding != SW_ENCODING_UNKNOWN) return;
  f->evidence = "utf16-nuls";
  f->encoding = utf16_by_nuls(c);
  if (f->encoding != SW_ENCODING_UNKNOWN) return;
  f->evidence = c->lines_high ? "lines" : "ascii";
  bool utf8 = c->lines_utf8 * 2 >= c->lines_high || c->lines_utf8 >= c->lines_gb;
  f->encoding = utf8 ? SW_ENCODING_UTF8 : SW_ENCODING_GB18030;
  f->lines_valid = utf8 ? c->lines_utf8 : c->lines_gb;
  f->doubtful = f->lines_valid * 2 < c->lines_high;
}

sw_encoding_finding sw_encoding_census_finish(sw_encoding_census *c, sw_encoding declared) {
  if (c->carry.len) judge_line(c, c->carry.ptr, c->carry.len);
  sw_buf_clear(&c->carry);
  sw_encoding_finding f = {.lines_high = c->lines_high};
  decide(c, declared, &f);
  if (c->second && c->lines_high) {
    uchardet_data_end(c->second);
    snprintf(f.second, sizeof f.second, "%s", uchardet_get_charset(c->second));
  }
  return f;
}
