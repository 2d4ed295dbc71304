#include "standard/units.h"

typedef struct unit {
  const char *name, *dimension;
  double factor, offset; /* to the dimension's base: value * factor + offset */
} unit;

static const unit units[] = {
    {"kg", "mass", 1000, 0},        {"千克", "mass", 1000, 0},     {"公斤", "mass", 1000, 0},
    {"g", "mass", 1, 0},            {"克", "mass", 1, 0},          {"mg", "mass", 1e-3, 0},
    {"毫克", "mass", 1e-3, 0},      {"ug", "mass", 1e-6, 0},       {"μg", "mass", 1e-6, 0},
    {"微克", "mass", 1e-6, 0},      {"斤", "mass", 500, 0},        {"[jin_cn]", "mass", 500, 0},
    {"两", "mass", 50, 0},          {"m", "length", 1, 0},         {"米", "length", 1, 0},
    {"cm", "length", 1e-2, 0},      {"厘米", "length", 1e-2, 0},   {"mm", "length", 1e-3, 0},
    {"毫米", "length", 1e-3, 0},    {"L", "volume", 1, 0},         {"升", "volume", 1, 0},
    {"dL", "volume", 0.1, 0},       {"mL", "volume", 1e-3, 0},     {"ml", "volume", 1e-3, 0},
    {"毫升", "volume", 1e-3, 0},    {"uL", "volume", 1e-6, 0},     {"s", "time", 1, 0},
    {"秒", "time", 1, 0},           {"min", "time", 60, 0},        {"分钟", "time", 60, 0},
    {"h", "time", 3600, 0},         {"小时", "time", 3600, 0},     {"d", "time", 86400, 0},
    {"天", "time", 86400, 0},       {"日", "time", 86400, 0},      {"wk", "time", 604800, 0},
    {"周", "time", 604800, 0},      {"Pa", "pressure", 1, 0},      {"kPa", "pressure", 1000, 0},
    {"mm[Hg]", "pressure", 133.322387415, 0}, {"mmHg", "pressure", 133.322387415, 0},
    {"Cel", "temperature", 1, 0},   {"℃", "temperature", 1, 0},    {"°C", "temperature", 1, 0},
    {"[degF]", "temperature", 5.0 / 9.0, -160.0 / 9.0}, {"℉", "temperature", 5.0 / 9.0, -160.0 / 9.0},
    {"mol/L", "substance concentration", 1, 0}, {"mmol/L", "substance concentration", 1e-3, 0},
    {"umol/L", "substance concentration", 1e-6, 0}, {"μmol/L", "substance concentration", 1e-6, 0},
    {"nmol/L", "substance concentration", 1e-9, 0}, {"pmol/L", "substance concentration", 1e-12, 0},
    {"g/L", "mass concentration", 1, 0}, {"g/dL", "mass concentration", 10, 0}, {"mg/L", "mass concentration", 1e-3, 0},
    {"mg/dL", "mass concentration", 1e-2, 0}, {"ug/L", "mass concentration", 1e-6, 0}, {"ng/mL", "mass concentration", 1e-6, 0},
    {"pg/mL", "mass concentration", 1e-9, 0}, {"%", "fraction", 1e-2, 0}, {"‰", "fraction", 1e-3, 0}, {"1", "fraction", 1, 0},
    {"CNY", "money", 1, 0},         {"元", "money", 1, 0},         {"角", "money", 0.1, 0},
    {"分", "money", 1e-2, 0},       {"千元", "money", 1e3, 0},     {"万元", "money", 1e4, 0},
};

static const unit *find(sw_str name) {
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (sw_str_eqz(name, units[i].name)) return &units[i];
  return NULL;
}

bool sw_unit_known(sw_str name) { return find(name) != NULL; }

bool sw_unit_convert(sw_str from, sw_str to, sw_unit_conversion *out) {
  *out = (sw_unit_conversion){1, 0};
  if (sw_str_eq(from, to)) return true;
  const unit *a = find(from), *b = find(to);
  if (!a || !b || strcmp(a->dimension, b->dimension) != 0) return false;
  *out = (sw_unit_conversion){a->factor / b->factor, (a->offset - b->offset) / b->factor};
  return true;
}
