#include "link_people.h"

#include "base/date.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "medic/citizen_id.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "高", "罗", "郑", "梁", "谢", "宋", "唐", "许", "邓", "冯", "韩", "曹",
                                       "曾", "彭", "萧", "蔡", "潘", "田", "董", "袁", "于", "余", "叶", "蒋", "杜", "苏", "魏", "程", "吕", "丁", "沈", "任", "姚", "卢", "傅", "钟", "姜", "崔", "谭", "廖", "范", "汪", "陆", "金", "石", "戴",
                                       "贾", "韦", "夏", "邱", "方", "侯", "邹", "熊", "孟", "秦", "白", "江", "阎", "薛", "尹", "段", "雷", "黎", "史", "龙", "陶", "贺", "顾", "毛", "郝", "龚", "邵", "万", "钱", "严", "赖", "覃", "洪", "武", "莫", "孔", "欧阳", "上官"};
static const char given[] =
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文志海波宁宇浩然子轩梓涵欣怡雨桐佳琪晨博思远嘉豪俊熙诗雅若曦天宇雪梅凤琴春淑珍慧晓燕婷婷鹏飞斌辉云龙洁琳颖倩莉丹萍玲"
    "瑞祥德胜福兴旺富贵荣昌盛东南西北山川江河湖泽林森木根生成立民族新中正义仁礼智信忠孝廉耻勤俭温良恭让光亮星月日晖晴朗清澈碧青紫金银玉珠宝琪瑶琼瑾瑜璐璇珊珂玥玮珺琳琅露霜冰凌寒梅竹菊荷莲蓉芝芬芸茜"
    "菲萱蕾薇蔓莹莎莉雁鸿鹤鹰翔羽翼凯旋歌舞乐琴棋书画诗词曲艺传承启航帆舟航程锦绣绮罗绢纱纺织维纲纪元亨利贞乾坤震巽坎离艮兑申酉戌亥戊己庚辛壬癸卓越超群冠军伦常理学问道德善美真诚恳挚友谊情怀念恩慈祥和睦"
    "凡尘世界康健安泰逸闲适悠扬韵律阳煦昊昱晟晗晏暄暖旭昕昭昀旻曙曜轶轲辰辉耀炎炜炫烨焕煜熠灿炳烁钧钰铭锋锐钊铠钢铁石磊岩峰岭岳峻崇嵩巍嵘峥屹渊源泉溪润泽沐沛沁泓泊泳洲津浦浩淼清渝湘潇潭澄澜瀚";
static const char *const places[] = {"河北省石家庄市长安区", "河北省石家庄市桥西区", "河北省唐山市路南区", "山西省太原市小店区", "江苏省南京市玄武区", "江苏省苏州市姑苏区", "浙江省杭州市西湖区", "浙江省宁波市海曙区", "安徽省合肥市蜀山区", "山东省济南市历下区",
                                     "河南省郑州市金水区", "湖北省武汉市武昌区", "湖南省长沙市岳麓区", "广东省广州市天河区", "四川省成都市武侯区", "陕西省西安市雁塔区", "辽宁省沈阳市和平区", "福建省福州市鼓楼区", "江西省南昌市东湖区", "云南省昆明市五华区"};
static const unsigned place_code[] = {130102, 130104, 130202, 140105, 320102, 320508, 330106, 330203, 340104, 370102, 410105, 420106, 430104, 440106, 510107, 610113, 210102, 350102, 360102, 530102};
static const char *const roads[] = {"中山", "解放", "人民", "建设", "和平", "胜利", "新华", "文化", "光明", "友谊", "长江", "黄河", "泰山", "朝阳", "青年", "工农", "振兴", "团结", "民主", "幸福"};

enum { GIVEN_CHARS = sizeof given / 3 };

bool people_chunk_init(people_chunk *c, size_t cap) {
  memset(c, 0, sizeof *c);
  c->cap = cap;
  c->text = calloc(cap, sizeof *c->text);
  c->truth = calloc(cap, sizeof *c->truth);
  bool ok = c->text && c->truth;
  for (size_t f = 0; f < PEOPLE_FIELDS; f++) ok = (c->column[f] = calloc(cap, sizeof **c->column)) && ok;
  return ok;
}

void people_chunk_fini(people_chunk *c) {
  free(c->text);
  free(c->truth);
  for (size_t f = 0; f < PEOPLE_FIELDS; f++) free(c->column[f]);
}

typedef struct person {
  char name[32], phone[16], address[PEOPLE_CELL], id[24], card[24];
  int year, month, day, sex;
} person;

static size_t zipf(sw_rng *r, size_t n) {
  double u = sw_rng_unit(r);
  return (size_t)(u * u * (double)n);
}

static void given_char(sw_rng *r, char *out) {
  size_t i = zipf(r, GIVEN_CHARS);
  memcpy(out, given + 3 * i, 3);
  out[3] = '\0';
}

static void phone_number(sw_rng *r, char out[16]) { snprintf(out, 16, "1%u%09u", 3 + (unsigned)sw_rng_below(r, 7), (unsigned)sw_rng_below(r, 1000000000)); }

static void make(person *p, uint64_t seed, uint64_t key) {
  sw_rng r = sw_rng_of(seed, key * 2 + 1);
  char g1[4], g2[4];
  given_char(&r, g1);
  given_char(&r, g2);
  snprintf(p->name, sizeof p->name, "%s%s%s", surnames[zipf(&r, sizeof surnames / sizeof *surnames)], g1, sw_rng_chance(&r, 0.8) ? g2 : "");
  int32_t born = sw_days_from_civil(1930, 1, 1) + (int32_t)sw_rng_below(&r, 34000);
  sw_civil_from_days(born, &p->year, &p->month, &p->day);
  unsigned seq = (unsigned)sw_rng_below(&r, 999) + 1;
  p->sex = seq % 2 ? 1 : 2;
  size_t place = (size_t)sw_rng_below(&r, 20);
  snprintf(p->id, sizeof p->id, "%06u%04u%02u%02u%03u", place_code[place], (unsigned)p->year % 10000, (unsigned)p->month % 100, (unsigned)p->day % 100, seq % 1000);
  p->id[17] = sw_citizen_id_check_char(p->id);
  p->id[18] = '\0';
  phone_number(&r, p->phone);
  snprintf(p->address, sizeof p->address, "%s%s路%u号%u室", places[place], roads[sw_rng_below(&r, 20)], 1 + (unsigned)sw_rng_below(&r, 900), 101 + (unsigned)sw_rng_below(&r, 3000));
  snprintf(p->card, sizeof p->card, "%010u", (unsigned)(sw_mix64(key + 77) % 4000000000u));
}

/* Households of about three share a phone and an address now and then. */
static void household(person *p, uint64_t seed, uint64_t key) {
  sw_rng r = sw_rng_of(seed ^ 0xABCD, key / 3);
  if (sw_rng_chance(&r, 0.15)) phone_number(&r, p->phone);
  person other;
  if (sw_rng_chance(&r, 0.5)) {
    make(&other, seed, key / 3 * 3);
    memcpy(p->address, other.address, sizeof p->address);
  }
}

static void one_digit(sw_rng *r, char *s) {
  size_t n = strlen(s);
  if (n) s[sw_rng_below(r, n)] = (char)('0' + sw_rng_below(r, 10));
}

static void soil(person *p, sw_rng *r) {
  if (sw_rng_chance(r, 0.05)) p->id[0] = '\0';
  if (sw_rng_chance(r, 0.003)) one_digit(r, p->id);
  if (sw_rng_chance(r, 0.15)) phone_number(r, p->phone);
  if (sw_rng_chance(r, 0.1)) p->phone[0] = '\0';
  if (sw_rng_chance(r, 0.25)) p->address[0] = '\0';
  if (sw_rng_chance(r, 0.4)) p->card[0] = '\0';
  if (sw_rng_chance(r, 0.004)) p->day = p->day % 28 + 1;
  if (sw_rng_chance(r, 0.002) && p->day <= 12) {
    int t = p->day;
    p->day = p->month;
    p->month = t;
  }
  if (sw_rng_chance(r, 0.01)) { /* another character */
    size_t n = strlen(p->name);
    char g[4];
    given_char(r, g);
    if (n >= 6) memcpy(p->name + n - 3, g, 3);
  }
}

void people_fill(people_chunk *c, uint64_t seed, uint64_t first, size_t n, uint64_t persons) {
  c->n = n;
  for (size_t i = 0; i < n; i++) {
    sw_rng r = sw_rng_of(seed ^ 0x5151, first + i);
    uint64_t key = sw_rng_below(&r, persons);
    person p;
    make(&p, seed, key);
    household(&p, seed, key);
    soil(&p, &r);
    c->truth[i] = (uint32_t)key;
    char(*t)[PEOPLE_CELL] = c->text[i];
    snprintf(t[0], PEOPLE_CELL, "%s", p.name);
    snprintf(t[1], PEOPLE_CELL, "%d", p.sex);
    snprintf(t[2], PEOPLE_CELL, "%04u-%02u-%02u", (unsigned)p.year % 10000, (unsigned)p.month % 100, (unsigned)p.day % 100);
    snprintf(t[3], PEOPLE_CELL, "%s", p.id);
    snprintf(t[4], PEOPLE_CELL, "%s", p.phone);
    snprintf(t[5], PEOPLE_CELL, "%s", p.address);
    snprintf(t[6], PEOPLE_CELL, "%s", p.card);
    for (size_t f = 0; f < PEOPLE_FIELDS; f++) c->column[f][i] = sw_str_of(t[f]);
  }
}
