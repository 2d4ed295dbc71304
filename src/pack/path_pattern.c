#include "pack/path_pattern.h"

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

static bool take_name(sw_str p, const char *name, sw_str *rest) {
  sw_str n = sw_str_of(name);
  if (!sw_str_starts(p, n)) return false;
  *rest = sw_str_sub(p, n.len, p.len);
  return true;
}

static bool match(sw_str p, sw_str s, sw_path_match *m);

/* A capture takes 1..k characters of one name, the longest that lets the rest match. */
static bool capture(sw_str rest, sw_str s, sw_str *into, sw_path_match *m) {
  size_t max = 0;
  while (max < s.len && s.ptr[max] != '/') max++;
  sw_str before = *into;
  for (size_t k = max; k > 0; k--) {
    sw_str got = sw_str_sub(s, 0, k);
    if (before.len && !sw_str_eq(before, got)) continue; /* named twice: must agree */
    *into = got;
    if (match(rest, sw_str_sub(s, k, s.len), m)) return true;
  }
  *into = before;
  return false;
}

static bool match_star(sw_str rest, sw_str s, bool across, sw_path_match *m) {
  for (size_t k = 0;; k++) {
    if (match(rest, sw_str_sub(s, k, s.len), m)) return true;
    if (k == s.len || (!across && s.ptr[k] == '/')) return false;
  }
}

static bool match(sw_str p, sw_str s, sw_path_match *m) {
  sw_str rest;
  for (;;) {
    if (!p.len) return !s.len;
    if (take_name(p, "**/", &rest) && match(rest, s, m)) return true; /* no directory at all */
    if (take_name(p, "**", &rest)) return match_star(rest, s, true, m);
    if (p.ptr[0] == '*') return match_star(sw_str_sub(p, 1, p.len), s, false, m);
    if (take_name(p, "{org}", &rest)) return capture(rest, s, &m->org, m);
    if (take_name(p, "{date}", &rest)) return capture(rest, s, &m->date, m);
    if (take_name(p, "{source}", &rest)) return capture(rest, s, &m->source, m);
    if (!s.len || (p.ptr[0] == '?' ? s.ptr[0] == '/' : lower(p.ptr[0]) != lower(s.ptr[0]))) return false;
    p = sw_str_sub(p, 1, p.len);
    s = sw_str_sub(s, 1, s.len);
  }
}

bool sw_path_matches(sw_str pattern, sw_str path, sw_path_match *out) {
  *out = (sw_path_match){0};
  return match(pattern, path, out);
}
