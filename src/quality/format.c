#include "quality/format.h"

#include "base/date.h"
#include "base/utf8.h"

static bool digit(char c) { return c >= '0' && c <= '9'; }
static bool upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool letter(char c) { return upper(c) || (c >= 'a' && c <= 'z'); }

static bool all_digits(sw_str s, size_t from, size_t to) {
  for (size_t i = from; i < to; i++)
    if (!digit(s.ptr[i])) return false;
  return true;
}

static int two(const char *p) { return (p[0] - '0') * 10 + (p[1] - '0'); }

/* --- citizen ids -------------------------------------------------------------------------------- */

static bool id_form(sw_str s) {
  if (s.len == 15) return all_digits(s, 0, 15);
  return s.len == 18 && all_digits(s, 0, 17) && (digit(s.ptr[17]) || s.ptr[17] == 'X' || s.ptr[17] == 'x');
}

/* GB 11643-1999 6.1: weights 2^(18-i) mod 11, check digit (12 - sum mod 11) mod 11 with X for ten. */
static bool id_check(sw_str s) {
  static const int weight[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  if (s.len != 18 || !id_form(s)) return false;
  int sum = 0;
  for (int i = 0; i < 17; i++) sum += weight[i] * (s.ptr[i] - '0');
  char want = "10X98765432"[sum % 11];
  char have = s.ptr[17] == 'x' ? 'X' : s.ptr[17];
  return want == have;
}

bool sw_id_birth(sw_str s, int32_t *days) {
  if (!id_form(s)) return false;
  const char *p = s.ptr + 6;
  int year = s.len == 18 ? two(p) * 100 + two(p + 2) : 1900 + two(p);
  p += s.len == 18 ? 4 : 2;
  int month = two(p), day = two(p + 2);
  if (!sw_date_valid(year, month, day)) return false;
  *days = sw_days_from_civil(year, month, day);
  return true;
}

bool sw_id_sex(sw_str s, char *sex) {
  if (!id_form(s)) return false;
  char c = s.len == 18 ? s.ptr[16] : s.ptr[14];
  *sex = (c - '0') % 2 ? '1' : '2';
  return true;
}

static bool citizen_id(sw_str s) {
  int32_t birth;
  return sw_id_birth(s, &birth) && (s.len == 15 || id_check(s));
}

/* GB/T 2260 first level; 71 Taiwan, 81 Hong Kong, 82 Macao, 83 residence permits of Taiwan residents; 9 foreigners. */
static bool division(sw_str s) {
  static const char provinces[] =
      "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 ";
  if (s.len < 2) return false;
  if (s.ptr[0] == '9') return true;
  for (const char *p = provinces; *p; p += 3)
    if (p[0] == s.ptr[0] && p[1] == s.ptr[1]) return true;
  return false;
}

/* Letter first then digits (Chinese: E, EA.., G, D, S, P), or 8..9 digits of older and foreign ones. */
static bool passport(sw_str s) {
  if (s.len < 5 || s.len > 17) return false;
  size_t digits = 0;
  for (size_t i = 0; i < s.len; i++) {
    if (!digit(s.ptr[i]) && !letter(s.ptr[i])) return false;
    digits += digit(s.ptr[i]);
  }
  return digits >= 5;
}

/* --- telephones --------------------------------------------------------------------------------- */

static bool same_digit(sw_str s) {
  for (size_t i = 1; i < s.len; i++)
    if (s.ptr[i] != s.ptr[0]) return false;
  return true;
}

/* Rising runs such as 12345678911 and 1234567 are typed to get past a required field. */
static bool placeholder_number(sw_str s) {
  if (same_digit(s)) return true;
  size_t run = 1, best = 1;
  for (size_t i = 1; i < s.len; i++) {
    run = s.ptr[i] == s.ptr[i - 1] + 1 ? run + 1 : 1;
    if (run > best) best = run;
  }
  return best >= 7;
}

static bool mobile(sw_str s) {
  if (s.len == 14 && memcmp(s.ptr, "+86", 3) == 0) s = sw_str_sub(s, 3, 11);
  return s.len == 11 && all_digits(s, 0, 11) && s.ptr[0] == '1' && s.ptr[1] >= '3' && !placeholder_number(s);
}

static bool land_line(sw_str s) {
  ptrdiff_t dash = sw_str_find(s, SW_LIT("-"));
  if (dash >= 0) {
    if ((dash != 3 && dash != 4) || s.ptr[0] != '0' || !all_digits(s, 0, (size_t)dash)) return false;
    s = sw_str_sub(s, (size_t)dash + 1, s.len);
  } else if (s.len >= 10 && s.len <= 12 && s.ptr[0] == '0') {
    /* area code written without a dash: 3 digits (010, 02x) or 4 */
    size_t area = s.ptr[1] == '1' || s.ptr[1] == '2' ? 3 : 4;
    if (!all_digits(s, 0, area)) return false;
    s = sw_str_sub(s, area, s.len);
  }
  return (s.len == 7 || s.len == 8) && all_digits(s, 0, s.len) && !placeholder_number(s);
}

static bool postcode(sw_str s) {
  return s.len == 6 && all_digits(s, 0, 6) && !same_digit(s) && !sw_str_eqz(s, "123456") && !sw_str_eqz(s, "654321");
}

/* --- codes -------------------------------------------------------------------------------------- */

static size_t run_of_digits(sw_str s, size_t at) {
  size_t n = 0;
  while (at + n < s.len && digit(s.ptr[at + n])) n++;
  return n;
}

/* What follows the dot in the national editions: up to four digits, then up to two extensions of x and digits
 * (.900, .100x001, .x00, .x00x001, .1x00). */
static bool subdivision(sw_str s) {
  size_t at = run_of_digits(s, 0);
  if (at > 4 || s.len == 0) return false;
  for (int extensions = 0; at < s.len && extensions < 2; extensions++) {
    if (s.ptr[at] != 'x') return false;
    size_t n = run_of_digits(s, at + 1);
    if (n < 1 || n > 3) return false;
    at += 1 + n;
  }
  return at == s.len;
}

/* A00, A00.1, A00.100x001, I10.x00, with an optional dagger or asterisk. */
static bool icd10(sw_str s) {
  if (s.len && (s.ptr[s.len - 1] == '*' || s.ptr[s.len - 1] == '+')) s.len--;
  if (s.len < 3 || !upper(s.ptr[0]) || !digit(s.ptr[1]) || !digit(s.ptr[2])) return false;
  return s.len == 3 || (s.ptr[3] == '.' && subdivision(sw_str_sub(s, 4, s.len)));
}

/* 17.9 holds the procedures of Chinese medicine, whose codes go on with digits and letters: 17.912A0. */
static bool chinese_medicine(sw_str s) {
  if (s.len < 5 || s.len > 12 || memcmp(s.ptr, "17.9", 4) != 0) return false;
  for (size_t i = 4; i < s.len; i++)
    if (!digit(s.ptr[i]) && !upper(s.ptr[i]) && s.ptr[i] != 'x') return false;
  return true;
}

/* 00, 00.1, 00.1000, 74.1x00, 00.1000x001 */
static bool icd9(sw_str s) {
  if (chinese_medicine(s)) return true;
  if (s.len < 2 || !digit(s.ptr[0]) || !digit(s.ptr[1])) return false;
  return s.len == 2 || (s.ptr[2] == '.' && subdivision(sw_str_sub(s, 3, s.len)));
}

/* M8000/3 of ICD-O and the national editions' longer M81400/3. */
static bool morphology(sw_str s) {
  if (s.len < 7 || s.ptr[0] != 'M') return false;
  size_t n = run_of_digits(s, 1);
  if (n < 4 || n > 6 || 1 + n + 2 > s.len || s.ptr[1 + n] != '/') return false;
  char behaviour = s.ptr[2 + n];
  return 3 + n == s.len && (behaviour <= '3' ? behaviour >= '0' : behaviour == '6' || behaviour == '9');
}

static bool org_code(sw_str s) {
  char flat[9];
  if (s.len == 10 && s.ptr[8] == '-') { /* GB 11714 is also written with a dash before its check digit */
    memcpy(flat, s.ptr, 8);
    flat[8] = s.ptr[9];
    s = (sw_str){flat, 9};
  }
  if (s.len != 9 && s.len != 18 && s.len != 22) return false;
  for (size_t i = 0; i < s.len; i++)
    if (!digit(s.ptr[i]) && !upper(s.ptr[i])) return false;
  return true;
}

/* --- names -------------------------------------------------------------------------------------- */

static bool han(uint32_t c) {
  return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0x20000 && c <= 0x3134F) || (c >= 0xF900 && c <= 0xFAFF) || c == 0x3007;
}

static bool middle_dot(uint32_t c) { return c == 0xB7 || c == 0x2022 || c == 0x30FB || c == 0x2027 || c == 0xFF0E; }

/* The word before a twin's number: 子, 女, 儿, 婴, 男. */
static bool numbered_child(uint32_t c) { return c == 0x5B50 || c == 0x5973 || c == 0x513F || c == 0x5A74 || c == 0x7537; }

/* Chinese characters and middle dots, then at most two digits for twins ("张三之女2"); or Latin letters, blanks and
 * the marks that foreign names carry. */
static bool person_name(sw_str s) {
  uint32_t cp[41];
  size_t n = sw_utf8_to_cp(s, cp, 41), i = 0;
  if (n < 2 || n > 40) return false;
  if (han(cp[0])) {
    while (i < n && (han(cp[i]) || middle_dot(cp[i]))) i++;
    if (i < n && middle_dot(cp[i - 1])) return false;
    size_t digits = n - i;
    if (digits > 2 || middle_dot(cp[n - 1]) || (digits && !numbered_child(cp[i - 1]))) return false;
    for (; i < n; i++)
      if (cp[i] < '0' || cp[i] > '9') return false;
    return true;
  }
  for (; i < n; i++) {
    bool alpha = cp[i] < 128 ? letter((char)cp[i]) : cp[i] >= 0xC0 && cp[i] < 0x2000;
    bool mark = cp[i] == ' ' || cp[i] == '-' || cp[i] == '\'' || cp[i] == '.' || cp[i] == ',' || middle_dot(cp[i]);
    if (!alpha && (i == 0 || !mark)) return false;
  }
  return true;
}

bool sw_text_is_empty_word(sw_str s) {
  static const char *const words[] = {"-", "--", "—", "——", "－", "/", "／", "\\", "无", "不详", "未知", "NULL", "null", "N/A"};
  s = sw_str_trim(s);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (sw_str_eqz(s, words[i])) return true;
  return s.len == 0;
}

/* --- the table ---------------------------------------------------------------------------------- */

static const char *const NAMES[SW_QFORMAT_COUNT] = {
    [SW_QFORMAT_CITIZEN_ID] = "citizen_id", [SW_QFORMAT_CITIZEN_ID_FORM] = "citizen_id_form",
    [SW_QFORMAT_CITIZEN_ID_CHECK] = "citizen_id_checked", [SW_QFORMAT_DIVISION] = "division",
    [SW_QFORMAT_PASSPORT] = "passport", [SW_QFORMAT_MOBILE] = "mobile", [SW_QFORMAT_PHONE] = "phone",
    [SW_QFORMAT_POSTCODE] = "postcode", [SW_QFORMAT_ICD10] = "icd10", [SW_QFORMAT_ICD9] = "icd9",
    [SW_QFORMAT_MORPHOLOGY] = "morphology", [SW_QFORMAT_ORG_CODE] = "org_code", [SW_QFORMAT_DATE] = "date",
    [SW_QFORMAT_TIME] = "time", [SW_QFORMAT_NUMBER] = "number", [SW_QFORMAT_INTEGER] = "integer",
    [SW_QFORMAT_PERSON_NAME] = "person_name", [SW_QFORMAT_DIGITS] = "digits",
};

const char *sw_qformat_name(sw_qformat f) { return (unsigned)f < SW_QFORMAT_COUNT ? NAMES[f] : "?"; }

int sw_qformat_find(sw_str name) {
  for (int i = 0; i < SW_QFORMAT_COUNT; i++)
    if (sw_str_eqz(name, NAMES[i])) return i;
  return -1;
}

bool sw_qformat_check(sw_qformat f, sw_str s) {
  int32_t day;
  int64_t n;
  double d;
  switch (f) {
    case SW_QFORMAT_CITIZEN_ID: return citizen_id(s);
    case SW_QFORMAT_CITIZEN_ID_FORM: return id_form(s);
    case SW_QFORMAT_CITIZEN_ID_CHECK: return id_check(s);
    case SW_QFORMAT_DIVISION: return division(s);
    case SW_QFORMAT_PASSPORT: return passport(s);
    case SW_QFORMAT_MOBILE: return mobile(s);
    case SW_QFORMAT_PHONE: return mobile(s) || land_line(s);
    case SW_QFORMAT_POSTCODE: return postcode(s);
    case SW_QFORMAT_ICD10: return icd10(s);
    case SW_QFORMAT_ICD9: return icd9(s);
    case SW_QFORMAT_MORPHOLOGY: return morphology(s);
    case SW_QFORMAT_ORG_CODE: return org_code(s);
    case SW_QFORMAT_DATE: return sw_parse_date(s, &day);
    case SW_QFORMAT_TIME: return sw_parse_time(s, &n);
    case SW_QFORMAT_NUMBER: return sw_str_to_f64(s, &d) && d - d == 0;
    case SW_QFORMAT_INTEGER: return sw_str_to_i64(s, &n);
    case SW_QFORMAT_PERSON_NAME: return person_name(s);
    case SW_QFORMAT_DIGITS: return s.len && all_digits(s, 0, s.len);
    case SW_QFORMAT_COUNT: break;
  }
  return false;
}
