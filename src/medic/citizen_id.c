#include "medic/citizen_id.h"

#include "base/date.h"
#include "base/utf8.h"
#include "medic/similarity.h"

enum { CID_CHARS_MAX = 40 };

/* Positions of provinces in GB/T 2260, the residence permits (81..83), and 9x of foreign permanent residents. */
static bool province_known(int two) {
  switch (two) {
    case 11: case 12: case 13: case 14: case 15:
    case 21: case 22: case 23:
    case 31: case 32: case 33: case 34: case 35: case 36: case 37:
    case 41: case 42: case 43: case 44: case 45: case 46:
    case 50: case 51: case 52: case 53: case 54:
    case 61: case 62: case 63: case 64: case 65:
    case 71: case 81: case 82: case 83:
      return true;
    default:
      return two >= 90 && two <= 99;
  }
}

/* The characters that count, in ASCII: full-width forms folded, blanks and hyphens dropped. Returns how many there are,
 * or CID_CHARS_MAX + 1 when there are too many to be a number. */
static size_t canonical_chars(sw_str text, char out[CID_CHARS_MAX]) {
  size_t n = 0;
  for (size_t i = 0; i < text.len;) {
    uint32_t cp = 0xFFFD;
    size_t step = sw_utf8_decode(text.ptr + i, text.len - i, &cp);
    i += step ? step : 1;
    if (step == 0) cp = 0xFFFD;
    if (cp >= 0xFF01 && cp <= 0xFF5E) cp -= 0xFEE0;
    if (cp == ' ' || cp == '\t' || cp == '-' || cp == 0x3000 || cp == 0xA0 || cp == '\r' || cp == '\n') continue;
    if (cp >= 'a' && cp <= 'z') cp -= 'a' - 'A';
    if (n == CID_CHARS_MAX) return CID_CHARS_MAX + 1;
    out[n++] = cp < 0x80 ? (char)cp : '?';
  }
  return n;
}

static int number_at(const char *p, int n) {
  int v = 0;
  for (int i = 0; i < n; i++) v = v * 10 + (p[i] - '0');
  return v;
}

static bool all_digits(const char *p, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (p[i] < '0' || p[i] > '9') return false;
  return true;
}

char sw_citizen_id_check_char(const char digits17[17]) {
  static const int weight[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  static const char check[12] = "10X98765432";
  if (!all_digits(digits17, 17)) return '\0';
  int sum = 0;
  for (int i = 0; i < 17; i++) sum += (digits17[i] - '0') * weight[i];
  return check[sum % 11];
}

/* Old form to new: the century is inserted and the check character computed. */
static void widen(const char old[15], char out[19]) {
  int seq = number_at(old + 12, 3);
  memcpy(out, old, 6);
  memcpy(out + 6, seq >= 996 ? "18" : "19", 2);
  memcpy(out + 8, old + 6, 9);
  out[17] = sw_citizen_id_check_char(out);
  out[18] = '\0';
}

sw_cid_verdict sw_citizen_id_parse(sw_str text, sw_citizen_id *out) {
  memset(out, 0, sizeof *out);
  char c[CID_CHARS_MAX];
  size_t n = canonical_chars(text, c);
  if (n == 0) return SW_CID_EMPTY;
  if (n != 15 && n != 18) return SW_CID_LENGTH;
  if (!all_digits(c, n == 15 ? 15 : 17)) return SW_CID_CHARACTER;
  if (n == 18 && c[17] != 'X' && !(c[17] >= '0' && c[17] <= '9')) return SW_CID_CHARACTER;
  out->length = (int)n;
  if (n == 15) {
    widen(c, out->digits);
  } else {
    memcpy(out->digits, c, 18);
  }
  const char *d = out->digits;
  out->division = (uint32_t)number_at(d, 6);
  out->sequence = number_at(d + 14, 3);
  out->sex = out->sequence % 2 ? 1 : 2;
  if (!province_known(number_at(d, 2))) return SW_CID_DIVISION;
  int y = number_at(d + 6, 4), m = number_at(d + 10, 2), day = number_at(d + 12, 2);
  if (y < 1800 || !sw_date_valid(y, m, day)) return SW_CID_BIRTH;
  out->birth_days = sw_days_from_civil(y, m, day);
  return sw_citizen_id_check_char(d) == d[17] ? SW_CID_OK : SW_CID_CHECKSUM;
}

bool sw_citizen_id_upgrade(sw_str old15, char out[19]) {
  sw_citizen_id id;
  if (sw_citizen_id_parse(old15, &id) != SW_CID_OK || id.length != 15) return false;
  memcpy(out, id.digits, 19);
  return true;
}

bool sw_citizen_id_downgrade(sw_str new18, char out[16]) {
  sw_citizen_id id;
  if (sw_citizen_id_parse(new18, &id) != SW_CID_OK) return false;
  int century = number_at(id.digits + 6, 2);
  if (century != (id.sequence >= 996 ? 18 : 19)) return false;
  memcpy(out, id.digits, 6);
  memcpy(out + 6, id.digits + 8, 9);
  out[15] = '\0';
  return true;
}

const char *sw_cid_verdict_text(sw_cid_verdict v, sw_lang lang) {
  static const char *const text[][2] = {
      {"有效", "valid"},
      {"为空", "empty"},
      {"长度不是15或18位", "neither 15 nor 18 characters long"},
      {"含有非数字字符", "holds a character that is no digit"},
      {"前两位不是省级代码", "the first two digits are no province"},
      {"出生日期不存在", "the birth date does not exist"},
      {"校验码不符", "the check character is wrong"},
  };
  size_t i = (size_t)v < sizeof text / sizeof *text ? (size_t)v : 0;
  return text[i][lang == SW_LANG_EN];
}

/* Characters for comparing: the 18-digit form of what is a number, else the raw ones. */
static size_t comparable(sw_str s, uint32_t out[CID_CHARS_MAX]) {
  sw_citizen_id id;
  char c[CID_CHARS_MAX];
  const char *from = c;
  size_t n;
  if (sw_citizen_id_parse(s, &id), id.length != 0) {
    from = id.digits;
    n = 18;
  } else {
    n = canonical_chars(s, c);
    if (n > CID_CHARS_MAX) n = CID_CHARS_MAX;
  }
  for (size_t i = 0; i < n; i++) out[i] = (uint8_t)from[i];
  return n;
}

sw_cid_level sw_citizen_id_compare(sw_str a, sw_str b) {
  uint32_t x[CID_CHARS_MAX], y[CID_CHARS_MAX];
  size_t nx = comparable(a, x), ny = comparable(b, y);
  if (nx == 0 || ny == 0) return SW_CID_MISSING;
  size_t d = sw_sim_osa(x, nx, y, ny, 1);
  if (d == 0) return SW_CID_SAME;
  if (d == 1) return SW_CID_ONE_EDIT;
  if (nx >= 14 && ny >= 14 && memcmp(x, y, 14 * sizeof *x) == 0) return SW_CID_SAME_STEM;
  return SW_CID_OTHER;
}
