#include "medic/similarity.h"

#include "base/hash.h"
#include "base/utf8.h"

static size_t min3(size_t a, size_t b, size_t c) {
  size_t m = a < b ? a : b;
  return m < c ? m : c;
}

static size_t clip(size_t n) { return n > SW_SIM_MAX ? SW_SIM_MAX : n; }

static size_t decode(sw_str s, uint32_t out[SW_SIM_MAX]) { return clip(sw_utf8_to_cp(s, out, SW_SIM_MAX)); }

size_t sw_sim_osa(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, size_t max) {
  na = clip(na);
  nb = clip(nb);
  while (na && nb && a[0] == b[0]) a++, b++, na--, nb--;
  while (na && nb && a[na - 1] == b[nb - 1]) na--, nb--;
  size_t gap = na > nb ? na - nb : nb - na;
  if (gap > max) return max + 1;
  if (na == 0 || nb == 0) return gap;
  size_t rows[3][SW_SIM_MAX + 1];
  size_t *prev2 = rows[0], *prev = rows[1], *cur = rows[2];
  for (size_t j = 0; j <= nb; j++) prev[j] = j;
  for (size_t i = 1; i <= na; i++) {
    size_t best = cur[0] = i;
    for (size_t j = 1; j <= nb; j++) {
      size_t cost = a[i - 1] != b[j - 1];
      size_t d = min3(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + cost);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && prev2[j - 2] + 1 < d) d = prev2[j - 2] + 1;
      cur[j] = d;
      if (d < best) best = d;
    }
    /* A swap may still reach back two rows, so the row before must be hopeless as well: its minimum is at most one less. */
    if (max != SIZE_MAX && best > max + 1) return max + 1;
    size_t *t = prev2;
    prev2 = prev;
    prev = cur;
    cur = t;
  }
  return prev[nb] > max ? max + 1 : prev[nb];
}

size_t sw_sim_edit_distance(sw_str a, sw_str b) {
  uint32_t x[SW_SIM_MAX], y[SW_SIM_MAX];
  size_t nx = decode(a, x), ny = decode(b, y);
  return sw_sim_osa(x, nx, y, ny, SIZE_MAX);
}

double sw_sim_edit(sw_str a, sw_str b) {
  uint32_t x[SW_SIM_MAX], y[SW_SIM_MAX];
  size_t nx = decode(a, x), ny = decode(b, y), longer = nx > ny ? nx : ny;
  return longer ? 1.0 - (double)sw_sim_osa(x, nx, y, ny, SIZE_MAX) / (double)longer : 1.0;
}

double sw_sim_jaro_cp(const uint32_t *a, size_t na, const uint32_t *b, size_t nb) {
  na = clip(na);
  nb = clip(nb);
  if (na == 0 && nb == 0) return 1.0;
  if (na == 0 || nb == 0) return 0.0;
  size_t longer = na > nb ? na : nb;
  size_t window = longer / 2 > 0 ? longer / 2 - 1 : 0;
  bool used[SW_SIM_MAX] = {false};
  uint32_t matched[SW_SIM_MAX];
  size_t m = 0;
  for (size_t i = 0; i < na; i++) {
    size_t lo = i > window ? i - window : 0, hi = i + window + 1 < nb ? i + window + 1 : nb;
    for (size_t j = lo; j < hi; j++) {
      if (used[j] || a[i] != b[j]) continue;
      used[j] = true;
      matched[m++] = a[i];
      break;
    }
  }
  if (m == 0) return 0.0;
  size_t half = 0, k = 0;
  for (size_t j = 0; j < nb; j++)
    if (used[j]) half += matched[k++] != b[j];
  size_t transpositions = half / 2; /* whole pairs, as Winkler's strcmp95 counts them */
  double mm = (double)m;
  return (mm / (double)na + mm / (double)nb + (mm - (double)transpositions) / mm) / 3.0;
}

double sw_sim_jaro_winkler_cp(const uint32_t *a, size_t na, const uint32_t *b, size_t nb) {
  double j = sw_sim_jaro_cp(a, na, b, nb);
  size_t p = 0;
  while (p < 4 && p < na && p < nb && a[p] == b[p]) p++;
  return j + (double)p * 0.1 * (1.0 - j);
}

double sw_sim_jaro_winkler(sw_str a, sw_str b) {
  uint32_t x[SW_SIM_MAX], y[SW_SIM_MAX];
  size_t nx = decode(a, x), ny = decode(b, y);
  return sw_sim_jaro_winkler_cp(x, nx, y, ny);
}

static void sort_u64(uint64_t *v, size_t n) {
  for (size_t gap = n / 2; gap > 0; gap /= 2)
    for (size_t i = gap; i < n; i++) {
      uint64_t x = v[i];
      size_t j = i;
      for (; j >= gap && v[j - gap] > x; j -= gap) v[j] = v[j - gap];
      v[j] = x;
    }
}

enum { GRAMS_MAX = SW_SIM_MAX + 8 };

/* Sorted hashes of the padded q-grams. */
static size_t grams(sw_str s, size_t q, uint64_t out[GRAMS_MAX]) {
  uint32_t cp[SW_SIM_MAX + 8] = {0};
  size_t pad = q - 1;
  for (size_t i = 0; i < pad; i++) cp[i] = ' ';
  size_t n = decode(s, cp + pad);
  if (n == 0) return 0;
  for (size_t i = 0; i < pad; i++) cp[pad + n + i] = ' ';
  size_t count = n + pad;
  for (size_t i = 0; i < count; i++) out[i] = sw_hash64(cp + i, q * sizeof *cp, 0);
  sort_u64(out, count);
  return count;
}

static size_t common_sorted(const uint64_t *a, size_t na, const uint64_t *b, size_t nb) {
  size_t i = 0, j = 0, common = 0;
  while (i < na && j < nb) {
    if (a[i] == b[j]) {
      common++, i++, j++;
    } else if (a[i] < b[j]) {
      i++;
    } else {
      j++;
    }
  }
  return common;
}

double sw_sim_qgram(sw_str a, sw_str b, int q) {
  size_t k = q < 1 ? 1 : q > 4 ? 4 : (size_t)q;
  uint64_t x[GRAMS_MAX], y[GRAMS_MAX];
  size_t nx = grams(a, k, x), ny = grams(b, k, y);
  if (nx + ny == 0) return 1.0;
  return 2.0 * (double)common_sorted(x, nx, y, ny) / (double)(nx + ny);
}

static bool word_char(unsigned char c) {
  return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t word_set(sw_str s, uint64_t out[SW_SIM_MAX]) {
  size_t n = 0;
  for (size_t i = 0; i < s.len && n < SW_SIM_MAX;) {
    if (!word_char((unsigned char)s.ptr[i])) {
      i++;
      continue;
    }
    uint64_t h = 1469598103934665603u;
    for (; i < s.len && word_char((unsigned char)s.ptr[i]); i++) {
      unsigned char c = (unsigned char)s.ptr[i];
      if (c >= 'A' && c <= 'Z') c = (unsigned char)(c + 32);
      h = (h ^ c) * 1099511628211u;
    }
    out[n++] = h;
  }
  sort_u64(out, n);
  size_t kept = 0;
  for (size_t i = 0; i < n; i++)
    if (i == 0 || out[i] != out[kept - 1]) out[kept++] = out[i];
  return kept;
}

double sw_sim_tokens(sw_str a, sw_str b) {
  uint64_t x[SW_SIM_MAX], y[SW_SIM_MAX];
  size_t nx = word_set(a, x), ny = word_set(b, y);
  if (nx + ny == 0) return 1.0;
  size_t c = common_sorted(x, nx, y, ny);
  return (double)c / (double)(nx + ny - c);
}
