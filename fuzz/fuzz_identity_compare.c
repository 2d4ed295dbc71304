/* Two texts, split at the first newline, through every comparator of persons; symmetric answers are demanded. */
#include "medic/address.h"
#include "medic/citizen_id.h"
#include "medic/name.h"
#include "medic/phone.h"
#include "medic/pinyin.h"
#include "medic/similarity.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int ok) {
  if (!ok) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *nl = size ? memchr(data, '\n', size) : NULL;
  size_t na = nl ? (size_t)(nl - data) : size;
  sw_str a = {(const char *)data, na}, b = {nl ? (const char *)nl + 1 : (const char *)data, nl ? size - na - 1 : size};
  sw_name x, y;
  sw_name_parse(a, &x);
  sw_name_parse(b, &y);
  demand(sw_name_compare(&x, &y) == sw_name_compare(&y, &x));
  (void)sw_name_sound_key(x.cp, x.len);
  sw_citizen_id id;
  char wide[19], narrow[16];
  (void)sw_citizen_id_parse(a, &id);
  (void)sw_citizen_id_upgrade(a, wide);
  (void)sw_citizen_id_downgrade(b, narrow);
  demand(sw_citizen_id_compare(a, b) == sw_citizen_id_compare(b, a));
  sw_phone p, q;
  sw_phone_parse(a, &p);
  sw_phone_parse(b, &q);
  demand(sw_phone_compare(&p, &q) == sw_phone_compare(&q, &p));
  sw_address d, e;
  sw_address_parse(a, &d);
  sw_address_parse(b, &e);
  demand(sw_address_compare(&d, &e) == sw_address_compare(&e, &d));
  demand(sw_sim_edit_distance(a, b) == sw_sim_edit_distance(b, a));
  double s = sw_sim_jaro_winkler(a, b) + sw_sim_qgram(a, b, 2) + sw_sim_tokens(a, b);
  demand(s >= 0 && s <= 3.0001);
  SW_AUTO(sw_buf) out = SW_BUF_INIT;
  sw_pinyin_of(a, &out);
  sw_pinyin_initials(b, &out);
  return 0;
}
