/* Faults of front pages that are codes alone: what is put on the page, on which pages, and which rules must find it. */
#include "base/vec.h"
#include "synth/front.h"

typedef enum who { PLAIN, NEWBORN, VAGINAL, BIRTH, BARE } who; /* BARE: plain, without any procedure */

/* Codes are "code|name". A code is added only where nothing of its category stands, unless it must stand beside one. */
typedef struct code_fault {
  const char *kind;
  who who;
  int sex, lo, hi; /* 0 any; years */
  const char *main, *dx[2], *proc[2];
  const char *also;
  bool beside;
} code_fault;

/* clang-format off */
static const code_fault FAULTS[] = {
    {"Q084", NEWBORN, 0, 0, 0, NULL, {"P07.001|极低出生体重儿"}, {0}, NULL, false},
    {"Q085", NEWBORN, 0, 0, 0, NULL, {"P07.101|低出生体重儿"}, {0}, NULL, false},
    {"Q086", NEWBORN, 0, 0, 0, NULL, {"P08.000|特大婴儿"}, {0}, NULL, false},
    {"Q089", BIRTH, 2, 10, 60, NULL, {"Z37.900|分娩结局"}, {0}, NULL, true},
    {"Q090", VAGINAL, 2, 10, 60, NULL, {"O82.000|经选择性剖宫产术的分娩"}, {0}, NULL, false},
    {"Q063M", PLAIN, 0, 15, 120, "R65.900|全身炎症反应综合征", {0}, {0}, NULL, false},
    {"Q064", PLAIN, 0, 1, 120, "G01.x00*|分类于他处的细菌性疾病引起的脑膜炎", {0}, {0}, NULL, false},
    {"Q066", PLAIN, 0, 40, 120, "I20.000|不稳定性心绞痛", {"I21.900|急性心肌梗死"}, {0}, NULL, false},
    {"Q068", PLAIN, 0, 18, 120, "M81400/3|腺癌", {0}, {0}, "Q051", false},
    {"Q077", PLAIN, 0, 1, 120, NULL, {"A33.x00|新生儿破伤风"}, {0}, NULL, false},
    {"Q078", PLAIN, 0, 18, 120, NULL, {"M08.000|幼年型类风湿性关节炎"}, {0}, NULL, false},
    {"Q079", PLAIN, 2, 61, 120, NULL, {"O26.900|妊娠相关情况"}, {0}, NULL, false},
    {"Q112F", PLAIN, 0, 1, 120, NULL, {0}, {"自编01|本院自编操作"}, "Q112D", false},
    {"Q112D", PLAIN, 0, 1, 120, NULL, {0}, {"99.9900x099|字典中没有的操作"}, NULL, false},
    {"Q113", BARE, 0, 1, 120, NULL, {0}, {"00.4000|单根血管操作"}, NULL, false},
    {"Q123", PLAIN, 0, 18, 120, NULL, {0}, {"07.6200|垂体部分切除术,经蝶骨入路", "07.1400|垂体活组织检查,经蝶骨入路"}, NULL, false},
    {"Q124", PLAIN, 0, 18, 120, NULL, {0}, {"12.5100x001|前房角穿刺术", "12.5200x001|前房角切开术"}, NULL, false},
    {"Q125", PLAIN, 0, 18, 120, NULL, {0}, {"13.0000|去除晶状体异物"}, NULL, false},
    {"Q126", PLAIN, 0, 18, 120, NULL, {0}, {"42.4100|部分食管切除术"}, NULL, false},
    {"Q145", PLAIN, 0, 1, 120, NULL, {"B05.100|麻疹并发脑膜炎", "B05.900|麻疹"}, {0}, NULL, true},
    {"Q146", PLAIN, 0, 18, 120, NULL, {"H33.000|视网膜脱离伴视网膜断裂", "H33.300|视网膜断裂"}, {0}, NULL, true},
    {"Q147", PLAIN, 0, 18, 120, NULL, {"K72.900|肝衰竭", "B18.100|慢性乙型病毒性肝炎"}, {0}, NULL, false},
    {"Q148", PLAIN, 0, 18, 120, NULL, {"E10.900|1型糖尿病", "E14.900|糖尿病"}, {0}, NULL, false},
    {"Q149", PLAIN, 0, 18, 120, NULL, {"K80.200|胆囊结石", "K81.100|慢性胆囊炎"}, {0}, NULL, false},
    {"Q150", PLAIN, 0, 18, 120, NULL, {"I05.100|风湿性二尖瓣关闭不全", "I06.000|风湿性主动脉瓣狭窄"}, {0}, NULL, false},
    {"Q151", PLAIN, 0, 18, 120, NULL, {"J42.x00|慢性支气管炎", "J43.900|肺气肿"}, {0}, NULL, false},
    {"Q152", PLAIN, 0, 18, 120, NULL, {"K56.700|肠梗阻", "K66.002|腹腔粘连"}, {0}, NULL, false},
    {"Q153", PLAIN, 0, 18, 120, NULL, {"M51.202|腰椎间盘突出", "M54.300|坐骨神经痛"}, {0}, NULL, false},
    {"Q154", PLAIN, 0, 18, 120, NULL, {"K74.600|肝硬化", "I85.900|食管静脉曲张"}, {0}, NULL, false},
    {"Q155", PLAIN, 0, 45, 120, "I63.900|脑梗死", {"I65.200|颈动脉狭窄"}, {"88.4100|脑动脉造影"}, NULL, false},
};
/* clang-format on */

size_t sy_nrare_code_faults(void) { return 5; } /* those of newborns and births, which stand first */
size_t sy_ncode_faults(void) { return sizeof FAULTS / sizeof *FAULTS; }

bool sy_page_plain(const sy_page *p) {
  unsigned own = SY_TUMOUR | SY_TREATS | SY_INJURY | SY_BIRTH | SY_NEWBORN | SY_PSYCH | SY_REHAB;
  return !(p->s->e.life->c->dx[p->s->dx[0]].flags & own);
}

static bool fits(const sy_page *p, const code_fault *f) {
  const sy_stay *s = p->s;
  bool birth = s->e.life->c->dx[s->dx[0]].flags & SY_BIRTH;
  if ((f->sex && f->sex != s->e.life->p.b.sex) || s->age_years < f->lo || s->age_years > f->hi) return false;
  switch (f->who) {
    case PLAIN: return sy_page_plain(p);
    case BARE: return sy_page_plain(p) && !p->nprocs;
    case NEWBORN: return s->age_days >= 0 && s->age_days <= 28 && s->birth_weight >= 2500 && s->birth_weight < 4500;
    case BIRTH: return birth;
    case VAGINAL: return birth && p->nprocs && !sw_str_starts(p->procs[0].field[SY_P_CODE], SW_LIT("74"));
  }
  return false;
}

static sw_str code_of(const char *v) { return (sw_str){v, strcspn(v, "|")}; }
static sw_str name_of(const char *v) { return sw_str_of(strchr(v, '|') + 1); }

static bool has_category(const sy_page *p, const char *code, int from) {
  for (int i = from; i < p->ndx; i++)
    if (sw_str_starts(p->dx[i].code, (sw_str){code, 3})) return true;
  return false;
}

static bool room(const sy_page *p, const code_fault *f) {
  int dx = 0, procs = 0;
  for (int i = 0; i < 2; i++) {
    dx += f->dx[i] != NULL;
    procs += f->proc[i] != NULL;
    if (f->dx[i] && !f->beside && has_category(p, f->dx[i], f->main ? 1 : 0)) return false;
    if (f->dx[i] && f->beside && f->who == PLAIN && has_category(p, f->dx[i], 0)) return false;
  }
  if (f->main && has_category(p, f->main, 1)) return false;
  return p->ndx + dx <= 16 && p->nprocs + procs <= 8; /* what the narrowest form holds */
}

bool sy_code_fault(sy_page *p, size_t at) {
  const code_fault *f = &FAULTS[at];
  if (!fits(p, f) || !room(p, f)) return false;
  sw_str before = p->dx[0].code;
  sy_page_part part = SY_ON_DX;
  int index = 0;
  if (f->main) {
    p->dx[0].code = code_of(f->main);
    p->dx[0].name = name_of(f->main);
  }
  for (int i = 0; i < 2 && f->dx[i]; i++) {
    p->dx[index = p->ndx++] = (sy_page_dx){code_of(f->dx[i]), name_of(f->dx[i]), SW_LIT("1")};
  }
  for (int i = 0; i < 2 && f->proc[i]; i++) {
    sy_page_proc *x = &p->procs[index = p->nprocs++];
    part = SY_ON_PROC;
    *x = (sy_page_proc){.time = p->s->e.start + 3600};
    x->field[SY_P_CODE] = code_of(f->proc[i]);
    x->field[SY_P_NAME] = name_of(f->proc[i]);
    x->field[SY_P_SURGEON] = p->s->e.in->staff[p->s->e.dept * SY_STAFF].name;
  }
  if (f->main) part = SY_ON_DX, index = 0;
  sy_page_mark_at(p, f->kind, part, index, 0, f->main ? before : SW_LIT("added"));
  if (f->also) sy_page_also(p, f->also);
  return true;
}

void sy_page_also(sy_page *p, const char *kind) {
  if (!p->nmarks) return;
  const sy_page_mark first = p->mark[p->nmarks - 1];
  sy_page_mark_at(p, kind, first.part, first.index, first.field, sy_fmt(p->s->e.k, "with %s", first.kind));
}
