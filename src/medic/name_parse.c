#include "base/utf8.h"
#include "medic/name.h"
#include "medic/pinyin.h"

enum { MIDDLE_DOT = 0xB7 };

static bool is_middle_dot(uint32_t cp) {
  switch (cp) {
    case 0xB7: case 0x2022: case 0x30FB: case 0x2027: case 0x387: case 0xFF0E: case 0x2219: case 0x22C5: case 0xFE52:
    case 0xFF65: case 0x25CF: case 0x2024:
      return true;
    default:
      return false;
  }
}

/* Base letter of the precomposed Latin letters that names use (U+00C0..U+017F); 0 for others. */
static uint32_t latin_base(uint32_t cp) {
  static const char low[] = "aaaaaaaceeeeiiiidnooooo\0ouuuuyts" "aaaaaaaceeeeiiiidnooooo\0ouuuuyty";
  static const char ext[] =
      "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
  if (cp >= 0xC0 && cp <= 0xFF) return (uint32_t)(unsigned char)low[cp - 0xC0];
  if (cp >= 0x100 && cp <= 0x17F && cp - 0x100 < sizeof ext - 1) return (uint32_t)(unsigned char)ext[cp - 0x100];
  return 0;
}

/* One code point in normal form; 0 when it only separates, UINT32_MAX when it is to be left out. */
static uint32_t normal(uint32_t cp) {
  if (cp >= 0xFF01 && cp <= 0xFF5E && cp != 0xFF0E) cp -= 0xFEE0;
  if (cp >= 'A' && cp <= 'Z') return cp + 32;
  if (cp == '\'' || cp == '`' || cp == 0x2019 || cp == 0x2018 || cp == '"') return UINT32_MAX;
  if (cp <= ' ' || cp == 0xA0 || cp == 0x3000 || cp == ',' || cp == '-' || cp == ';' || cp == '_' || cp == 0x2010) return 0;
  if (cp >= 0x300 && cp <= 0x36F) return UINT32_MAX; /* combining marks */
  if (cp >= 0x200B && cp <= 0x200F) return UINT32_MAX;
  if (is_middle_dot(cp)) return MIDDLE_DOT;
  if (cp < 0x80) return cp;
  uint32_t base = latin_base(cp);
  if (base) return base;
  if ((cp >= 0x391 && cp <= 0x3A9) || (cp >= 0x410 && cp <= 0x42F)) return cp + 32; /* Greek, Cyrillic capitals */
  return cp;
}

/* Also in name.c: characters that stand for one that could not be read or typed. */
static bool illegible(uint32_t cp) {
  return cp == 0x25A1 || cp == '?' || cp == '*' || cp == 0xFFFD || cp == 0x3013 || (cp >= 0xE000 && cp <= 0xF8FF) || cp >= 0xF0000;
}

static void fold(sw_str text, sw_name *out) {
  bool gap = false;
  size_t n = 0, han = 0;
  for (size_t i = 0; i < text.len && n < SW_NAME_CHARS;) {
    uint32_t cp = 0xFFFD;
    size_t step = sw_utf8_decode(text.ptr + i, text.len - i, &cp);
    if (step == 0) cp = 0xFFFD, step = 1;
    i += step;
    uint32_t c = normal(cp);
    if (c == UINT32_MAX) continue;
    if (c == '.' && han == 0) c = 0;          /* initials: J. Smith */
    if (c == '.' && han > 0) c = MIDDLE_DOT;
    if (c == 0) {
      gap = n > 0;
      continue;
    }
    if (sw_han_is(c)) han++;
    /* A blank counts only between two words of letters. */
    if (gap && !sw_han_is(c) && c != MIDDLE_DOT && !sw_han_is(out->cp[n - 1]) && out->cp[n - 1] != MIDDLE_DOT && n < SW_NAME_CHARS - 1)
      out->cp[n++] = ' ';
    gap = false;
    out->cp[n++] = c;
  }
  while (n && (out->cp[n - 1] == ' ' || out->cp[n - 1] == MIDDLE_DOT)) n--;
  out->len = (uint8_t)n;
  out->script = n == 0 ? SW_NAME_EMPTY : han ? SW_NAME_HAN : SW_NAME_LETTERS;
}

static size_t decode_word(const char *word, uint32_t *out, size_t cap) {
  size_t n = sw_utf8_to_cp(sw_str_of(word), out, cap);
  return n < cap ? n : cap;
}

static bool whole_is(const sw_name *n, const char *word) {
  uint32_t w[24];
  size_t len = decode_word(word, w, 24);
  return len == n->len && memcmp(w, n->cp, len * sizeof *w) == 0;
}

static bool begins(const sw_name *n, const char *word, size_t *len) {
  uint32_t w[24];
  *len = decode_word(word, w, 24);
  return *len <= n->len && memcmp(w, n->cp, *len * sizeof *w) == 0;
}

/* Offset of the last occurrence of word at or after `from`, or SIZE_MAX. */
static size_t last_place(const sw_name *n, const char *word, size_t from, size_t *len) {
  uint32_t w[24];
  *len = decode_word(word, w, 24);
  for (size_t i = n->len; i-- > from;)
    if (i + *len <= n->len && memcmp(w, n->cp + i, *len * sizeof *w) == 0) return i;
  return SIZE_MAX;
}

/* The number that a birth-order mark says: digits, 一二三四, 甲乙丙丁, A to D, 大小; 0 for other characters. */
static int ordinal(uint32_t cp) {
  static const struct {
    uint32_t cp;
    int n;
  } marks[] = {{0x4E00, 1}, {0x4E8C, 2}, {0x4E09, 3}, {0x56DB, 4}, {0x7532, 1}, {0x4E59, 2}, {0x4E19, 3}, {0x4E01, 4},
               {0x5927, 1}, {0x5C0F, 2}, {0x957F, 1}, {0x6B21, 2}, {0x4E94, 5}};
  if (cp >= '1' && cp <= '9') return (int)(cp - '0');
  if (cp >= 'a' && cp <= 'd') return (int)(cp - 'a') + 1;
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    if (marks[i].cp == cp) return marks[i].n;
  return 0;
}

/* What may follow 之子 or 之女: only marks of order and sex. */
static bool only_marks(const sw_name *n, size_t from, int *order) {
  *order = 0;
  for (size_t i = from; i < n->len; i++) {
    uint32_t c = n->cp[i];
    int o = ordinal(c);
    if (o) {
      *order = o;
    } else if (c != 0x7537 && c != 0x5973 && c != 0x5B50 && c != 0x5A74 && c != 0x53F7 && c != '(' && c != ')' && c != '#') {
      return false; /* 男 女 子 婴 号 */
    }
  }
  return true;
}

static bool newborn_han(sw_name *n) {
  static const char *const words[] = {"之子",   "之女",   "之婴",   "之男",   "之长子", "之长女", "之次子", "之次女", "之大",
                                      "之小",   "之双",   "之儿",   "新生儿", "婴儿",   "毛毛",   "宝宝",   "宝贝"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    size_t len, at = last_place(n, words[i], 1, &len);
    int order;
    if (at == SIZE_MAX || at < 2 || !only_marks(n, at + len, &order)) continue;
    if (order == 0 && len > 2) order = ordinal(n->cp[at + 1]);
    n->parent_len = (uint8_t)at;
    n->birth_order = (uint8_t)order;
    return true;
  }
  return false;
}

static bool newborn_letters(sw_name *n) {
  static const char *const words[] = {"baby boy of ", "baby girl of ", "baby of ", "newborn of ", "b/o ", "bb of ", "baby boy ", "baby girl ", "newborn ", "infant "};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    size_t len;
    if (!begins(n, words[i], &len) || n->len <= len) continue;
    n->parent_from = (uint8_t)len;
    n->parent_len = (uint8_t)(n->len - len);
    return true;
  }
  return false;
}

static bool any_whole(const sw_name *n, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (whole_is(n, words[i])) return true;
  return false;
}

static bool any_begin(const sw_name *n, const char *const *words, size_t count) {
  size_t len;
  for (size_t i = 0; i < count; i++)
    if (begins(n, words[i], &len)) return true;
  return false;
}

#define COUNT(a) (sizeof(a) / sizeof *(a))

static bool all_illegible(const sw_name *n) {
  for (size_t i = 0; i < n->len; i++)
    if (!illegible(n->cp[i]) && n->cp[i] != '/' && n->cp[i] != '.' && n->cp[i] != ' ' && n->cp[i] != '0') return false;
  return true;
}

/* Most names can be told from stand-ins by a glance: none of the first characters or marks of one is there. */
static bool plainly_a_name(const sw_name *n) {
  static const uint32_t firsts[] = {0x65E0, 0x7A7A, 0x672A, 0x6682, 0x7F3A, 0x4E0D, 0x4F5A, 0x533F, 0x67D0, 0x60A3, 0x59D3, 0x4E09, 0x6D4B, 0x8BD5, 0x6F14};
  static const uint32_t marks[] = {0x4E4B, 0x5A74, 0x65B0, 0x6BDB, 0x5B9D};
  if (n->script != SW_NAME_HAN || n->len > 4 || n->len < 2) return false;
  for (size_t i = 0; i < COUNT(firsts); i++)
    if (n->cp[0] == firsts[i]) return false;
  for (size_t i = 0; i < n->len; i++) {
    if (illegible(n->cp[i]) || n->cp[i] < 0x80) return false;
    for (size_t k = 0; k < COUNT(marks); k++)
      if (n->cp[i] == marks[k]) return false;
  }
  return true;
}

static sw_name_standin standin_of(sw_name *n) {
  static const char *const absent[] = {"无", "空", "未填", "未填写", "无姓名", "null", "none", "na", "n/a", "nan", "nil", "暂无", "缺失", "未提供"};
  static const char *const unknown[] = {"不详", "未知", "不明", "佚名", "匿名", "某某", "某", "患者", "无名", "姓名不详", "无名男", "无名女",
                                        "unknown", "unnamed", "anonymous", "john doe", "jane doe", "unk", "not known", "no name"};
  static const char *const unknown_begin[] = {"无名氏", "无名尸", "无名男", "无名女", "三无", "未知姓名", "未知名", "不知名", "unknown "};
  static const char *const tests[] = {"test", "测试", "试验", "演示", "测试患者", "test patient"};
  static const char *const test_begin[] = {"测试", "test ", "zztest"};
  if (n->len == 0 || all_illegible(n)) return SW_STANDIN_ABSENT;
  if (plainly_a_name(n)) return SW_STANDIN_NONE;
  if (any_whole(n, absent, COUNT(absent))) return SW_STANDIN_ABSENT;
  if (any_whole(n, unknown, COUNT(unknown)) || any_begin(n, unknown_begin, COUNT(unknown_begin))) return SW_STANDIN_UNKNOWN;
  if (any_whole(n, tests, COUNT(tests)) || any_begin(n, test_begin, COUNT(test_begin))) return SW_STANDIN_TEST;
  if (n->script == SW_NAME_HAN ? newborn_han(n) : newborn_letters(n)) return SW_STANDIN_NEWBORN;
  return SW_STANDIN_NONE;
}

void sw_name_parse(sw_str text, sw_name *out) {
  out->len = out->parent_len = out->parent_from = out->birth_order = 0;
  fold(text, out);
  out->standin = (uint8_t)standin_of(out);
}
