#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static const struct {
  const char *name;
  int exit_code;
} STATUS[] = {
    [SW_OK] = {"ok", 0},           [SW_E_USAGE] = {"usage", 2},       [SW_E_CONFIG] = {"config", 3},
    [SW_E_DATA] = {"data", 4},     [SW_E_NOTFOUND] = {"notfound", 5}, [SW_E_EXISTS] = {"exists", 6},
    [SW_E_IO] = {"io", 7},         [SW_E_NOSPACE] = {"nospace", 8},   [SW_E_NOMEM] = {"nomem", 9},
    [SW_E_LIMIT] = {"limit", 10},  [SW_E_BUSY] = {"busy", 11},        [SW_E_ENGINE] = {"engine", 12},
    [SW_E_LEDGER] = {"ledger", 13}, [SW_E_BALANCE] = {"balance", 14}, [SW_E_TIMEOUT] = {"timeout", 15},
    [SW_E_CANCELLED] = {"cancelled", 130}, [SW_E_DENIED] = {"denied", 16}, [SW_E_INTERNAL] = {"internal", 70},
};

const char *sw_status_name(sw_status s) {
  return (size_t)s < sizeof STATUS / sizeof *STATUS ? STATUS[s].name : "unknown";
}

int sw_status_exit_code(sw_status s) {
  return (size_t)s < sizeof STATUS / sizeof *STATUS ? STATUS[s].exit_code : 70;
}

/* vsnprintf may cut a message inside a UTF-8 sequence: drop the torn tail so that JSON and terminals stay valid. */
static void trim_torn_utf8(char *s) {
  size_t n = strlen(s), back = 0;
  while (back < 3 && back < n && ((unsigned char)s[n - 1 - back] & 0xC0) == 0x80) back++;
  if (back >= n) return;
  unsigned char lead = (unsigned char)s[n - 1 - back];
  size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (need > back + 1) s[n - 1 - back] = '\0';
}

SW_PRINTF(3, 0) static void fill(char *out, size_t cap, const char *fmt, va_list ap) {
  int n = vsnprintf(out, cap, fmt, ap);
  if (n < 0) out[0] = '\0';
  else if ((size_t)n >= cap) trim_torn_utf8(out);
}

static void start(sw_error *err, sw_status s, const char *code, const char *src_file, int src_line) {
  err->status = s;
  snprintf(err->code, sizeof err->code, "%s", code);
  err->src_file = src_file;
  err->src_line = src_line;
  err->file[0] = '\0';
  err->line = err->column = 0;
  err->nframes = 0;
}

sw_status sw_error_set(sw_error *err, sw_status s, const char *code, const char *src_file, int src_line,
                       const char *zh, const char *en, ...) {
  if (!err) return s;
  if (err->status != SW_OK) return err->status;
  start(err, s, code, src_file, src_line);
  va_list ap;
  va_start(ap, en);
  fill(err->msg[SW_LANG_ZH], SW_ERROR_MSG, zh, ap);
  va_end(ap);
  va_start(ap, en);
  fill(err->msg[SW_LANG_EN], SW_ERROR_MSG, en, ap);
  va_end(ap);
  return s;
}

static sw_status status_of_errno(int e) {
  switch (e) {
    case ENOSPC:
    case EDQUOT: return SW_E_NOSPACE;
    case ENOENT: return SW_E_NOTFOUND;
    case EACCES:
    case EPERM: return SW_E_DENIED;
    case ENOMEM: return SW_E_NOMEM;
    case EEXIST: return SW_E_EXISTS;
    default: return SW_E_IO;
  }
}

sw_status sw_error_set_errno(sw_error *err, const char *code, const char *src_file, int src_line, const char *zh,
                             const char *en, ...) {
  int saved = errno;
  sw_status s = status_of_errno(saved);
  if (!err) return s;
  if (err->status != SW_OK) return err->status;
  start(err, s, code, src_file, src_line);
  char reason[128];
  const char *why = strerror_r(saved, reason, sizeof reason);
  va_list ap;
  for (int lang = 0; lang < 2; lang++) {
    va_start(ap, en);
    fill(err->msg[lang], SW_ERROR_MSG, lang == SW_LANG_ZH ? zh : en, ap);
    va_end(ap);
    size_t n = strlen(err->msg[lang]);
    snprintf(err->msg[lang] + n, SW_ERROR_MSG - n, ": %s", why);
  }
  return s;
}

sw_status sw_error_frame(sw_error *err, const char *zh, const char *en, ...) {
  if (!err) return SW_E_INTERNAL;
  if (err->nframes < SW_ERROR_FRAMES) {
    va_list ap;
    va_start(ap, en);
    fill(err->frame[err->nframes][SW_LANG_ZH], SW_ERROR_FRAME, zh, ap);
    va_end(ap);
    va_start(ap, en);
    fill(err->frame[err->nframes][SW_LANG_EN], SW_ERROR_FRAME, en, ap);
    va_end(ap);
  }
  err->nframes++;
  return err->status;
}

sw_status sw_error_at(sw_error *err, const char *file, int64_t line, int64_t column) {
  if (!err) return SW_E_INTERNAL;
  if (!err->file[0] && file) {
    snprintf(err->file, sizeof err->file, "%s", file);
    trim_torn_utf8(err->file);
    err->line = line;
    err->column = column;
  }
  return err->status;
}

void sw_error_clear(sw_error *err) {
  if (err) err->status = SW_OK;
}

size_t sw_error_format(const sw_error *err, sw_lang lang, char *out, size_t cap) {
  if (!cap) return 0;
  out[0] = '\0';
  if (!err || err->status == SW_OK) return 0;
  size_t n = 0;
#define PUT(...)                                                                  \
  do {                                                                            \
    int k = snprintf(out + n, cap - n, __VA_ARGS__);                              \
    if (k > 0) n = n + (size_t)k < cap ? n + (size_t)k : cap - 1;                 \
  } while (0)
  if (err->file[0]) {
    PUT("%s", err->file);
    if (err->line > 0) PUT(":%lld", (long long)err->line);
    if (err->line > 0 && err->column > 0) PUT(":%lld", (long long)err->column);
    PUT(": ");
  }
  PUT("%s [%s]", err->msg[lang], err->code);
  int shown = err->nframes < SW_ERROR_FRAMES ? err->nframes : SW_ERROR_FRAMES;
  for (int i = 0; i < shown; i++) PUT("\n  %s%s", lang == SW_LANG_ZH ? "当时正在：" : "while ", err->frame[i][lang]);
#undef PUT
  trim_torn_utf8(out);
  return strlen(out);
}
