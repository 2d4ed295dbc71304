#include "medic/address.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "medic/division_table.h"
#include "medic/similarity.h"

/* Order of (name, length) against an entry. */
static int entry_cmp(const char *p, size_t n, const sw_division_entry *e) {
  size_t m = n < e->len ? n : e->len;
  int c = memcmp(p, e->name, m);
  return c ? c : n < e->len ? -1 : n > e->len;
}

static size_t first_entry(const char *p, size_t n) {
  size_t lo = 0, hi = sw_division_count;
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    if (entry_cmp(p, n, &sw_division_entries[mid]) > 0) {
      lo = mid + 1;
    } else {
      hi = mid;
    }
  }
  return lo;
}

/* True when `code` may follow the division read so far: it lies inside it and is smaller. */
static bool narrows(uint32_t so_far, uint32_t code) {
  if (so_far == 0) return true;
  if (so_far % 10000 == 0) return code / 10000 == so_far / 10000 && code % 10000 != 0;
  if (so_far % 100 == 0) return code / 100 == so_far / 100 && code % 100 != 0;
  return false;
}

/* The longest division name at p that narrows the one so far; 0 when none, or when several different ones would do. Names
 * that begin with the same two characters lie side by side, so one search finds all that can fit. */
static uint32_t division_at(const char *p, size_t n, uint32_t so_far, size_t *used) {
  enum { HEAD = 6 };
  if (n < HEAD || (unsigned char)p[0] < 0xE0) return 0;
  size_t best_len = 0, hits = 0;
  uint32_t code = 0;
  for (size_t i = first_entry(p, HEAD); i < sw_division_count; i++) {
    const sw_division_entry *e = &sw_division_entries[i];
    if (memcmp(e->name, p, HEAD) != 0) break;
    if (e->len > n || e->len < best_len || !narrows(so_far, e->code) || memcmp(e->name, p, e->len) != 0) continue;
    hits = e->len > best_len ? 1 : hits + 1;
    best_len = e->len;
    code = e->code;
  }
  if (hits != 1) return 0;
  *used = best_len;
  return code;
}

static bool number_char(uint32_t cp) { return cp >= '0' && cp <= '9'; }

/* Folds the rest; Chinese numerals one to ten become digits only where 号, 栋, 单元, 室 or 组 counts with them. */
static uint32_t fold_char(uint32_t cp) {
  if (cp >= 0xFF01 && cp <= 0xFF5E) cp -= 0xFEE0;
  if (cp >= 'A' && cp <= 'Z') return cp + 32;
  if (cp <= ' ' || cp == 0x3000 || cp == 0xA0 || cp == 0x3002 || cp == 0xFF0C || cp == 0x3001 || cp == 0x2014) return 0;
  if (cp < 0x80 && !number_char(cp) && !(cp >= 'a' && cp <= 'z')) return 0;
  return cp;
}

static uint32_t numeral(uint32_t cp) {
  static const uint32_t han[] = {0x4E00, 0x4E8C, 0x4E09, 0x56DB, 0x4E94, 0x516D, 0x4E03, 0x516B, 0x4E5D};
  for (uint32_t i = 0; i < 9; i++)
    if (han[i] == cp) return '1' + i;
  return 0;
}

static bool counts(uint32_t cp) {
  return cp == 0x53F7 || cp == 0x680B || cp == 0x5E62 || cp == 0x5355 || cp == 0x5BA4 || cp == 0x7EC4 || cp == 0x697C || cp == 0x961F; /* 号栋幢单室组楼队 */
}

static void fold_rest(const char *p, size_t n, sw_address *out) {
  size_t k = 0;
  for (size_t i = 0; i < n && k < SW_ADDRESS_CHARS;) {
    uint32_t cp = 0;
    size_t step = sw_utf8_decode(p + i, n - i, &cp);
    i += step ? step : 1;
    uint32_t c = step ? fold_char(cp) : 0;
    if (c && counts(c) && k && numeral(out->rest[k - 1])) out->rest[k - 1] = numeral(out->rest[k - 1]);
    if (c) out->rest[k++] = c;
  }
  out->len = (uint16_t)k;
  uint64_t h = 0, run = 0;
  bool in = false;
  for (size_t i = 0; i <= k; i++) {
    if (i < k && number_char(out->rest[i])) {
      run = run * 10 + (out->rest[i] - '0');
      in = true;
    } else if (in) {
      h = sw_mix64(h * 31 + run + 1);
      run = 0;
      in = false;
    }
  }
  out->numbers = h;
}

void sw_address_parse(sw_str text, sw_address *out) {
  memset(out, 0, sizeof *out);
  sw_str s = sw_str_trim(text);
  size_t at = 0;
  for (int level = 0; level < 3; level++) {
    while (at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '-' || s.ptr[at] == '/')) at++;
    size_t used = 0;
    uint32_t code = at < s.len ? division_at(s.ptr + at, s.len - at, out->division, &used) : 0;
    if (code == 0) break;
    out->division = code;
    at += used;
    /* 北京市市辖区东城区: the empty level of municipalities. */
    sw_str filler = SW_LIT("市辖区");
    if (sw_str_starts(sw_str_sub(s, at, s.len), filler)) at += filler.len;
  }
  if (at < s.len) fold_rest(s.ptr + at, s.len - at, out);
}

int sw_division_depth(uint32_t a, uint32_t b) {
  if (a == 0 || b == 0) return 0;
  if (a == b && a % 100) return 6;
  if (a / 100 == b / 100 && a / 100 % 100) return 4;
  return a / 10000 == b / 10000 ? 2 : 0;
}

/* One lies in the other, or nothing is known of one: they do not contradict. */
static bool compatible(uint32_t a, uint32_t b) {
  if (a == 0 || b == 0 || a == b) return true;
  if (a / 10000 != b / 10000) return false;
  if (a % 10000 == 0 || b % 10000 == 0) return true;
  return a / 100 == b / 100 && (a % 100 == 0 || b % 100 == 0);
}

static bool inside(const uint32_t *big, size_t nb, const uint32_t *small, size_t ns) {
  for (size_t i = 0; i + ns <= nb; i++)
    if (memcmp(big + i, small, ns * sizeof *small) == 0) return true;
  return false;
}

static sw_address_level by_division(uint32_t a, uint32_t b) {
  int depth = sw_division_depth(a, b);
  return depth == 6 ? SW_ADDRESS_DISTRICT : depth == 4 ? SW_ADDRESS_CITY : SW_ADDRESS_OTHER;
}

sw_address_level sw_address_compare(const sw_address *a, const sw_address *b) {
  if ((a->len == 0 && a->division == 0) || (b->len == 0 && b->division == 0)) return SW_ADDRESS_MISSING;
  if (a->len < 2 || b->len < 2 || !compatible(a->division, b->division)) {
    if (a->len == b->len && a->division == b->division && memcmp(a->rest, b->rest, a->len * sizeof *a->rest) == 0) return SW_ADDRESS_SAME;
    return by_division(a->division, b->division);
  }
  size_t d = sw_sim_osa(a->rest, a->len, b->rest, b->len, SIZE_MAX);
  size_t longer = a->len > b->len ? a->len : b->len, shorter = a->len < b->len ? a->len : b->len;
  if (d == 0) return SW_ADDRESS_SAME;
  bool numbers = a->numbers == b->numbers || a->numbers == 0 || b->numbers == 0;
  if (numbers && d * 5 <= longer) return SW_ADDRESS_NEAR;
  if (numbers && shorter >= 4 && inside(a->len > b->len ? a->rest : b->rest, longer, a->len > b->len ? b->rest : a->rest, shorter)) return SW_ADDRESS_NEAR;
  if (d * 5 <= longer * 2) return SW_ADDRESS_STREET;
  return by_division(a->division, b->division);
}
