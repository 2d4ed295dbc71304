#include "identity/profile.h"

#include "base/map.h"
#include "base/utf8.h"
#include "identity/encode.h"
#include "medic/address.h"
#include "medic/citizen_id.h"
#include "medic/phone.h"
#include "medic/pinyin.h"

#include <math.h>

enum { LOOK_AT = 20000, UNIQUE_ROWS = 400000 };

/* --- names of columns ----------------------------------------------------------------------------- */

typedef struct hint_word {
  const char *word; /* folded: letters, digits and Han characters only */
  unsigned hint;
  bool whole; /* the whole name, not a part of it */
} hint_word;

static const hint_word words[] = {
    {"id", SW_LINK_HINT_RECORD, true}, {"recid", SW_LINK_HINT_RECORD, true}, {"recordid", SW_LINK_HINT_RECORD, false}, {"uniqueid", SW_LINK_HINT_RECORD, true},
    {"rowid", SW_LINK_HINT_RECORD, true}, {"uuid", SW_LINK_HINT_RECORD, false}, {"guid", SW_LINK_HINT_RECORD, true}, {"key", SW_LINK_HINT_RECORD, true},
    {"recno", SW_LINK_HINT_RECORD, true}, {"recnum", SW_LINK_HINT_RECORD, true}, {"row", SW_LINK_HINT_RECORD, true}, {"index", SW_LINK_HINT_RECORD, true},
    {"记录号", SW_LINK_HINT_RECORD, false}, {"编号", SW_LINK_HINT_RECORD, true}, {"序号", SW_LINK_HINT_RECORD, true}, {"主键", SW_LINK_HINT_RECORD, false},
    {"记录编号", SW_LINK_HINT_RECORD, false}, {"xh", SW_LINK_HINT_RECORD, true}, {"patientid", SW_LINK_HINT_RECORD, true}, {"brid", SW_LINK_HINT_RECORD, true},
    {"cluster", SW_LINK_HINT_ANSWER, false}, {"label", SW_LINK_HINT_ANSWER, false}, {"truth", SW_LINK_HINT_ANSWER, false}, {"entityid", SW_LINK_HINT_ANSWER, false},
    {"entid", SW_LINK_HINT_ANSWER, true}, {"eid", SW_LINK_HINT_ANSWER, true}, {"entity", SW_LINK_HINT_ANSWER, true}, {"personid", SW_LINK_HINT_ANSWER, false},
    {"person", SW_LINK_HINT_ANSWER, true}, {"trueid", SW_LINK_HINT_ANSWER, false}, {"matchid", SW_LINK_HINT_ANSWER, false}, {"ismatch", SW_LINK_HINT_ANSWER, false},
    {"goldid", SW_LINK_HINT_ANSWER, false}, {"groupid", SW_LINK_HINT_ANSWER, false}, {"duplicate", SW_LINK_HINT_ANSWER, false}, {"empi", SW_LINK_HINT_ANSWER, false},
    {"masterid", SW_LINK_HINT_ANSWER, false}, {"simulated", SW_LINK_HINT_ANSWER, false}, {"groundtruth", SW_LINK_HINT_ANSWER, false}, {"identityid", SW_LINK_HINT_ANSWER, true},
    {"真值", SW_LINK_HINT_ANSWER, false}, {"标签", SW_LINK_HINT_ANSWER, false}, {"主索引", SW_LINK_HINT_ANSWER, false}, {"聚类", SW_LINK_HINT_ANSWER, false},
    {"人员号", SW_LINK_HINT_ANSWER, false}, {"个人编号", SW_LINK_HINT_ANSWER, false},
    {"birth", SW_LINK_HINT_BIRTH, false}, {"dob", SW_LINK_HINT_BIRTH, false}, {"born", SW_LINK_HINT_BIRTH, false}, {"csrq", SW_LINK_HINT_BIRTH, false}, {"出生", SW_LINK_HINT_BIRTH, false},
    {"生日", SW_LINK_HINT_BIRTH, false}, {"yob", SW_LINK_HINT_BIRTH | SW_LINK_HINT_YEAR, false},
    {"admi", SW_LINK_HINT_EVENT, false}, {"created", SW_LINK_HINT_EVENT, false}, {"update", SW_LINK_HINT_EVENT, false}, {"regist", SW_LINK_HINT_EVENT, false}, {"visit", SW_LINK_HINT_EVENT, false},
    {"登记", SW_LINK_HINT_EVENT, false}, {"就诊", SW_LINK_HINT_EVENT, false}, {"入院", SW_LINK_HINT_EVENT, false}, {"出院", SW_LINK_HINT_EVENT, false}, {"建档", SW_LINK_HINT_EVENT, false},
    {"更新", SW_LINK_HINT_EVENT, false}, {"创建", SW_LINK_HINT_EVENT, false}, {"timestamp", SW_LINK_HINT_EVENT, false}, {"djsj", SW_LINK_HINT_EVENT, false}, {"cjsj", SW_LINK_HINT_EVENT, false},
    {"given", SW_LINK_HINT_GIVEN, false}, {"first", SW_LINK_HINT_GIVEN, false}, {"forename", SW_LINK_HINT_GIVEN, false}, {"fname", SW_LINK_HINT_GIVEN, false}, {"vorname", SW_LINK_HINT_GIVEN, false},
    {"firstname", SW_LINK_HINT_GIVEN, false}, {"prenom", SW_LINK_HINT_GIVEN, false}, {"名字", SW_LINK_HINT_GIVEN, true}, {"名", SW_LINK_HINT_GIVEN, true},
    {"surname", SW_LINK_HINT_SURNAME, false}, {"lname", SW_LINK_HINT_SURNAME, false}, {"last", SW_LINK_HINT_SURNAME, false}, {"family", SW_LINK_HINT_SURNAME, false}, {"sname", SW_LINK_HINT_SURNAME, true},
    {"nachname", SW_LINK_HINT_SURNAME, false}, {"姓", SW_LINK_HINT_SURNAME, true}, {"姓氏", SW_LINK_HINT_SURNAME, true},
    {"name", SW_LINK_HINT_NAME, false}, {"姓名", SW_LINK_HINT_NAME, false}, {"xm", SW_LINK_HINT_NAME, true}, {"hzxm", SW_LINK_HINT_NAME, true}, {"brxm", SW_LINK_HINT_NAME, true}, {"患者", SW_LINK_HINT_NAME, true},
    {"former", SW_LINK_HINT_FORMER | SW_LINK_HINT_NAME, false}, {"maiden", SW_LINK_HINT_FORMER | SW_LINK_HINT_NAME, false}, {"曾用名", SW_LINK_HINT_FORMER | SW_LINK_HINT_NAME, false}, {"alias", SW_LINK_HINT_FORMER | SW_LINK_HINT_NAME, false},
    {"cym", SW_LINK_HINT_FORMER | SW_LINK_HINT_NAME, true},
    {"mother", SW_LINK_HINT_RELATIVE, false}, {"father", SW_LINK_HINT_RELATIVE, false}, {"contact", SW_LINK_HINT_RELATIVE, false}, {"guardian", SW_LINK_HINT_RELATIVE, false}, {"spouse", SW_LINK_HINT_RELATIVE, false},
    {"parent", SW_LINK_HINT_RELATIVE, false}, {"母", SW_LINK_HINT_RELATIVE, false}, {"父", SW_LINK_HINT_RELATIVE, false}, {"监护", SW_LINK_HINT_RELATIVE, false}, {"联系人", SW_LINK_HINT_RELATIVE, false}, {"lxr", SW_LINK_HINT_RELATIVE, false},
    {"sex", SW_LINK_HINT_SEX, false}, {"gender", SW_LINK_HINT_SEX, false}, {"性别", SW_LINK_HINT_SEX, false}, {"xb", SW_LINK_HINT_SEX, true},
    {"phone", SW_LINK_HINT_PHONE, false}, {"tel", SW_LINK_HINT_PHONE, false}, {"mobile", SW_LINK_HINT_PHONE, false}, {"电话", SW_LINK_HINT_PHONE, false}, {"手机", SW_LINK_HINT_PHONE, false}, {"lxdh", SW_LINK_HINT_PHONE, false},
    {"dh", SW_LINK_HINT_PHONE, true}, {"sjh", SW_LINK_HINT_PHONE, false},
    {"addr", SW_LINK_HINT_ADDRESS, false}, {"street", SW_LINK_HINT_ADDRESS, false}, {"地址", SW_LINK_HINT_ADDRESS, false}, {"住址", SW_LINK_HINT_ADDRESS, false}, {"dz", SW_LINK_HINT_ADDRESS, true}, {"jtdz", SW_LINK_HINT_ADDRESS, true}, {"xzz", SW_LINK_HINT_ADDRESS, true},
    {"card", SW_LINK_HINT_CARD, false}, {"ssn", SW_LINK_HINT_CARD, false}, {"socsec", SW_LINK_HINT_CARD, false}, {"insur", SW_LINK_HINT_CARD, false}, {"passport", SW_LINK_HINT_CARD, false}, {"nhs", SW_LINK_HINT_CARD, false}, {"卡", SW_LINK_HINT_CARD, false},
    {"医保", SW_LINK_HINT_CARD, false}, {"证件", SW_LINK_HINT_CARD, false}, {"身份证", SW_LINK_HINT_CARD, false}, {"mrn", SW_LINK_HINT_CARD, false}, {"sfzh", SW_LINK_HINT_CARD, false},
    {"year", SW_LINK_HINT_YEAR, false}, {"by", SW_LINK_HINT_YEAR, true}, {"年", SW_LINK_HINT_YEAR, false}, {"birthyr", SW_LINK_HINT_YEAR, false},
    {"month", SW_LINK_HINT_MONTH, false}, {"bm", SW_LINK_HINT_MONTH, true}, {"mob", SW_LINK_HINT_MONTH, true}, {"月", SW_LINK_HINT_MONTH, false},
    {"day", SW_LINK_HINT_DAY, false}, {"bd", SW_LINK_HINT_DAY, true}, {"日", SW_LINK_HINT_DAY, true},
    {"age", SW_LINK_HINT_AGE, true}, {"年龄", SW_LINK_HINT_AGE, false}, {"nl", SW_LINK_HINT_AGE, true},
};

unsigned sw_link_hints(sw_str name) {
  char folded[128];
  size_t n = 0;
  for (size_t i = 0; i < name.len && n < sizeof folded; i++) {
    unsigned char c = (unsigned char)name.ptr[i];
    if (c >= 'A' && c <= 'Z') c = (unsigned char)(c + 32);
    if (c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) folded[n++] = (char)c;
  }
  sw_str f = {folded, n};
  unsigned hint = 0;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    sw_str w = sw_str_of(words[i].word);
    if (words[i].whole ? sw_str_eq(f, w) : sw_str_find(f, w) >= 0) hint |= words[i].hint;
  }
  /* "place of birth" is a place, "street name" no person's name. */
  if ((hint & SW_LINK_HINT_BIRTH) && (sw_str_find(f, SW_LIT("place")) >= 0 || sw_str_find(f, SW_LIT("地")) >= 0)) hint &= ~(unsigned)SW_LINK_HINT_BIRTH;
  if (hint & SW_LINK_HINT_ADDRESS) hint &= ~(unsigned)(SW_LINK_HINT_NAME | SW_LINK_HINT_GIVEN | SW_LINK_HINT_SURNAME);
  static const char *const things[] = {"user", "file", "hosp", "org", "dept", "middle", "city", "state", "country", "town", "company", "机构", "医院", "科室"};
  for (size_t i = 0; i < sizeof things / sizeof *things; i++)
    if (sw_str_find(f, sw_str_of(things[i])) >= 0) hint &= ~(unsigned)(SW_LINK_HINT_NAME | SW_LINK_HINT_GIVEN | SW_LINK_HINT_SURNAME);
  return hint;
}

/* --- values --------------------------------------------------------------------------------------- */

static bool all_digits(sw_str v) {
  for (size_t i = 0; i < v.len; i++)
    if (v.ptr[i] < '0' || v.ptr[i] > '9') return false;
  return v.len > 0;
}

static bool id_like(sw_str v) {
  size_t digits = 0;
  for (size_t i = 0; i < v.len; i++) {
    char c = v.ptr[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c >= '0' && c <= '9') digits++;
    else if (!letter && c != '-' && c != ' ' && c != '/') return false;
  }
  return digits >= 5 && v.len <= 32 && digits * 2 >= v.len;
}

static bool full_date(sw_str v, uint32_t *year) {
  uint32_t w = sw_link_encode_date(v);
  unsigned y = *year = w >> 14, m = w >> 7 & 127, d = w & 127;
  bool shape = v.len >= 8 && v.len <= 30 && y >= 1500 && y <= 2100 && m >= 1 && m <= 12 && d >= 1 && d <= 31;
  if (shape && all_digits(v)) return v.len == 8 || v.len == 14;
  return shape;
}

static int sex_of(sw_str v) { /* 1 a code, 2 a word */
  static const char *const codes[] = {"0", "1", "2", "9"};
  static const char *const sexes[] = {"男", "女", "m", "f", "male", "female", "男性", "女性", "u", "未知", "不详"};
  for (size_t i = 0; i < 4; i++)
    if (sw_str_eqz(v, codes[i])) return 1;
  for (size_t i = 0; i < sizeof sexes / sizeof *sexes; i++)
    if (sw_str_ieq(v, sw_str_of(sexes[i]))) return 2;
  return 0;
}

typedef struct tally {
  size_t n, digits, decimals, ids, dates, years, months, days, emails, phones, mobiles, citizen, sexes, sex_words, han, han_names, divisions, chars;
  double year_sum, year_squares;
} tally;

static void look_at_han(sw_str v, tally *t) {
  uint32_t cp[16];
  size_t n = sw_utf8_to_cp(v, cp, 16), han = 0, kept = n < 16 ? n : 16;
  for (size_t i = 0; i < kept; i++) han += sw_han_is(cp[i]);
  if (han * 2 < kept || han == 0) return;
  t->han++;
  t->han_names += n >= 2 && n <= 4 && han == n;
  if (n >= 5) {
    sw_address a;
    sw_address_parse(v, &a);
    t->divisions += a.division != 0;
  }
}

static void look_at(sw_str v, tally *t) {
  t->n++;
  t->chars += v.len;
  int64_t i;
  double x;
  if (all_digits(v)) {
    t->digits++;
    if (sw_str_to_i64(v, &i)) {
      t->years += i >= 1500 && i <= 2100;
      t->months += i >= 1 && i <= 12;
      t->days += i >= 1 && i <= 31;
    }
  } else if (sw_str_to_f64(v, &x)) {
    t->decimals++;
    t->years += x >= 1500 && x <= 2100;
    t->months += x >= 1 && x <= 12;
    t->days += x >= 1 && x <= 31;
  }
  t->ids += id_like(v);
  uint32_t year;
  if (full_date(v, &year)) {
    t->dates++;
    t->year_sum += year;
    t->year_squares += (double)year * year;
  }
  ptrdiff_t at = sw_str_find(v, SW_LIT("@"));
  t->emails += at > 0 && (size_t)at + 3 < v.len;
  sw_phone p;
  sw_phone_parse(v, &p);
  t->phones += p.len >= 7 && v.len <= 24;
  t->mobiles += p.mobile;
  sw_citizen_id id;
  sw_cid_verdict verdict = sw_citizen_id_parse(v, &id);
  t->citizen += verdict == SW_CID_OK || (verdict == SW_CID_CHECKSUM && id.length == 18);
  int s = sex_of(v);
  t->sexes += s > 0;
  t->sex_words += s == 2;
  if ((unsigned char)v.ptr[0] >= 0x80 || v.len > 6) look_at_han(v, t);
}

static sw_status count_distinct(const sw_link_csv *in, size_t column, sw_link_profile *out, sw_error *err) {
  sw_map m = SW_MAP_INIT;
  const sw_str *v = sw_link_csv_cells(in, column);
  size_t n = in->nrows < UNIQUE_ROWS ? in->nrows : UNIQUE_ROWS, filled = 0;
  uint64_t most = 0;
  bool running = true;
  int64_t last = 0;
  for (size_t r = 0; r < n; r++) {
    int64_t x;
    running = running && sw_str_to_i64(v[r], &x) && (r == 0 || x == last + 1);
    last = running ? x : 0;
    if (v[r].len == 0) continue;
    filled++;
    bool added;
    uint64_t *count = sw_map_at(&m, v[r], 0, &added);
    if (!count) {
      sw_map_fini(&m);
      return SW_FAIL(err, SW_E_NOMEM, "SW-LINK-0010", "内存不足", "out of memory");
    }
    if (++*count > most) most = *count;
  }
  out->values = m.len;
  out->filled = n ? (double)filled / (double)n : 0;
  out->distinct = filled ? (double)m.len / (double)filled : 0;
  out->commonest = filled ? (double)most / (double)filled : 0;
  out->unique = n > 0 && m.len == n;
  out->sequence = running && n > 2;
  sw_map_fini(&m);
  return SW_OK;
}

sw_status sw_link_profile_column(const sw_link_csv *in, size_t column, sw_arena *a, sw_link_profile *out, sw_error *err) {
  memset(out, 0, sizeof *out);
  out->name = sw_arena_dupz(a, in->names[column]);
  if (!out->name) return sw_arena_check(a, err);
  out->hint = sw_link_hints(in->names[column]);
  if (count_distinct(in, column, out, err)) return err ? err->status : SW_E_NOMEM;
  tally t = {0};
  const sw_str *v = sw_link_csv_cells(in, column);
  size_t stride = in->nrows / LOOK_AT + 1;
  for (size_t r = 0; r < in->nrows; r += stride)
    if (v[r].len) look_at(v[r], &t);
  double n = t.n ? (double)t.n : 1;
  out->length = (double)t.chars / n;
  out->digits = (double)(t.digits + t.decimals) / n;
  out->decimals = (double)t.decimals / n;
  out->id_like = (double)t.ids / n;
  out->dates = (double)t.dates / n;
  double dates = t.dates ? (double)t.dates : 1, mean = t.year_sum / dates, square = t.year_squares / dates - mean * mean;
  out->year_spread = square > 0 ? sqrt(square) : 0;
  out->years = (double)t.years / n;
  out->months = (double)t.months / n;
  out->days = (double)t.days / n;
  out->emails = (double)t.emails / n;
  out->phones = (double)t.phones / n;
  out->mobiles = (double)t.mobiles / n;
  out->citizen = (double)t.citizen / n;
  out->sexes = (double)t.sexes / n;
  out->sex_words = (double)t.sex_words / n;
  out->han = (double)t.han / n;
  out->han_names = (double)t.han_names / n;
  out->divisions = (double)t.divisions / n;
  return SW_OK;
}
