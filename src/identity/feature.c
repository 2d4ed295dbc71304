#include "identity/feature.h"

#include "base/hash.h"

static uint32_t mix(uint64_t x) { return sw_link_feature_mix(x); }

static size_t kind_features(sw_link_kind k, uint8_t out[5]) {
  switch (k) {
    case SW_LINK_NAME: return out[0] = SW_LINK_F_WHOLE, out[1] = SW_LINK_F_SOUND, 2;
    case SW_LINK_GIVEN: return out[0] = SW_LINK_F_WHOLE, out[1] = SW_LINK_F_SOUND, out[2] = SW_LINK_F_FULL_NAME, out[3] = SW_LINK_F_PREFIX, 4;
    case SW_LINK_SURNAME: return out[0] = SW_LINK_F_WHOLE, out[1] = SW_LINK_F_SOUND, out[2] = SW_LINK_F_PREFIX, 3;
    case SW_LINK_CITIZEN_ID: return out[0] = SW_LINK_F_WHOLE, out[1] = SW_LINK_F_TAIL, 2;
    case SW_LINK_ID: return out[0] = SW_LINK_F_WHOLE, out[1] = SW_LINK_F_HEAD, out[2] = SW_LINK_F_TAIL, 3;
    case SW_LINK_DATE: return out[0] = SW_LINK_F_WHOLE, out[1] = SW_LINK_F_YEAR_PARTS, out[2] = SW_LINK_F_MONTH_DAY, out[3] = SW_LINK_F_YEAR, 4;
    case SW_LINK_PHONE: return out[0] = SW_LINK_F_WHOLE, out[1] = SW_LINK_F_TAIL, 2;
    case SW_LINK_ADDRESS: return out[0] = SW_LINK_F_WHOLE, out[1] = SW_LINK_F_SOUND, 2;
    case SW_LINK_EMAIL: return out[0] = SW_LINK_F_WHOLE, out[1] = SW_LINK_F_PREFIX, 2;
    case SW_LINK_STRING: return out[0] = SW_LINK_F_WHOLE, out[1] = SW_LINK_F_SOUND, out[2] = SW_LINK_F_PREFIX, 3;
    case SW_LINK_CATEGORY:
    case SW_LINK_SEX:
    case SW_LINK_NUMBER: return out[0] = SW_LINK_F_WHOLE, 1;
    case SW_LINK_KINDS: return 0;
  }
  return 0;
}

size_t sw_link_features(const sw_link_store *s, sw_link_feature out[SW_LINK_FEATURES]) {
  size_t n = 0;
  for (size_t f = 0; f < s->nfields; f++) {
    uint8_t what[5];
    size_t k = kind_features(s->slots[f].kind, what);
    for (size_t a = 0; a < s->slots[f].count; a++)
      for (size_t i = 0; i < k && n < SW_LINK_FEATURES; i++)
        out[n++] = (sw_link_feature){.field = (uint8_t)f, .alternative = (uint8_t)a, .what = what[i]};
  }
  return n;
}

static uint32_t text_feature(const sw_link_store *s, const sw_link_slot *slot, unsigned what, uint32_t code) {
  const sw_link_dict *d = &s->dicts[slot->dict];
  const sw_link_text *e = &d->entries[code];
  if (what == SW_LINK_F_SOUND) return e->key;
  size_t n = e->len < 3 ? e->len : 3;
  return mix(sw_hash64(d->units + e->off, n * sizeof(uint16_t), 7));
}

static uint32_t date_feature(unsigned what, uint32_t w) {
  uint32_t y = w >> 14, m = w >> 7 & 127, d = w & 127;
  if (what == SW_LINK_F_YEAR) return mix(y + 0x70000);
  if (m == 0 || d == 0) return 0;
  if (what == SW_LINK_F_MONTH_DAY) return mix((m << 7 | d) + 0x80000000u);
  return mix((uint64_t)y << 20 | (m < d ? m << 7 | d : d << 7 | m) | (uint64_t)1 << 40);
}

static uint32_t id_feature(unsigned what, uint64_t v) {
  if (v >> 60 == 15) return 0;
  unsigned n = (unsigned)(v >> 60), half = n / 2;
  uint64_t digits = v & (((uint64_t)1 << 60) - 1);
  if (n < 4) return 0;
  if (what == SW_LINK_F_HEAD) return mix((digits >> (4 * half)) | (uint64_t)n << 61);
  return mix((digits & (((uint64_t)1 << (4 * half)) - 1)) | (uint64_t)9 << 56);
}

static uint32_t full_name(const sw_link_store *s, const uint32_t *row) {
  uint32_t a = row[s->slots[s->given_field].word], b = row[s->slots[s->surname_field].word];
  if (a == 0 || b == 0) return 0;
  return mix(a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a);
}

uint32_t sw_link_feature_value(const sw_link_store *s, const sw_link_feature *f, const uint32_t *row) {
  const sw_link_slot *slot = &s->slots[f->field];
  const uint32_t *w = row + slot->word + (size_t)f->alternative * slot->width;
  if (f->what == SW_LINK_F_WHOLE) return sw_link_whole_value(slot, w);
  if (slot->kind == SW_LINK_CITIZEN_ID) {
    if (!(w[2] & SW_LINK_CID_PRESENT) || !(w[2] & SW_LINK_CID_NUMBER)) return 0;
    return mix((sw_link_u64(w) & 0xFFFFFFFFFFu) << 8 | (w[2] & 0xF0)); /* digits 7 to 17 */
  }
  if (slot->width == 2) {
    uint64_t v = sw_link_u64(w);
    if (v == 0) return 0;
    return slot->kind == SW_LINK_PHONE ? mix((v & 0xFFFFFFF) | (uint64_t)5 << 40) : id_feature(f->what, v);
  }
  if (w[0] == 0) return 0;
  if (f->what == SW_LINK_F_FULL_NAME) return full_name(s, row);
  return slot->kind == SW_LINK_DATE ? date_feature(f->what, w[0]) : text_feature(s, slot, f->what, w[0]);
}

uint32_t sw_link_family_combine(const sw_link_family *family, const uint32_t value[SW_LINK_FEATURES]) {
  uint64_t h = 0;
  if (family->n == 1) return value[family->feature[0]];
  for (size_t i = 0; i < family->n; i++) {
    uint32_t v = value[family->feature[i]];
    if (v == 0) return 0;
    h = sw_mix64(h ^ v) + 0x9E3779B97F4A7C15u;
  }
  return mix(h);
}

uint32_t sw_link_family_key(const sw_link_store *s, const sw_link_feature *features, const sw_link_family *family, const uint32_t *row) {
  uint32_t value[SW_LINK_FEATURES];
  for (size_t i = 0; i < family->n; i++) {
    value[family->feature[i]] = sw_link_feature_value(s, &features[family->feature[i]], row);
    if (value[family->feature[i]] == 0) return 0;
  }
  return sw_link_family_combine(family, value);
}

void sw_link_family_put(const sw_link_spec *spec, const sw_link_feature *features, const sw_link_family *family, sw_lang lang, sw_buf *out) {
  static const char *const words[SW_LINK_F_WHATS][2] = {
      {"全值", "whole"}, {"读音或数字", "sound or numbers"}, {"姓与名，不计次序", "full name in any order"}, {"前三字", "first three"}, {"年与月日（不计次序）", "date, month and day in any order"},
      {"月日", "month and day"}, {"年", "year"}, {"前半", "first half"}, {"后半", "last part"}};
  for (size_t i = 0; i < family->n; i++) {
    const sw_link_feature *f = &features[family->feature[i]];
    if (i) sw_buf_puts(out, " + ");
    sw_buf_printf(out, "%s (%s)", spec->fields[f->field].name, words[f->what][lang == SW_LANG_EN]);
  }
}
