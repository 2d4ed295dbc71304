#include "base/log.h"

#include "base/date.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <unistd.h>

static pthread_mutex_t LOCK = PTHREAD_MUTEX_INITIALIZER; /* guards FD and LEAST */
static int FD = -1;
static sw_log_level LEAST = SW_LOG_INFO;

sw_status sw_log_open(const char *path, sw_log_level least, sw_error *err) {
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0) return SW_FAIL_ERRNO(err, "SW-BASE-0020", "无法写日志 %s", "cannot write the log %s", path);
  pthread_mutex_lock(&LOCK);
  if (FD >= 0) close(FD);
  FD = fd;
  LEAST = least;
  pthread_mutex_unlock(&LOCK);
  return SW_OK;
}

void sw_log_close(void) {
  pthread_mutex_lock(&LOCK);
  if (FD >= 0) close(FD);
  FD = -1;
  pthread_mutex_unlock(&LOCK);
}

void sw_log(sw_log_level level, const char *room, const char *fmt, ...) {
  static const char *const NAME[] = {"DEBUG", "INFO ", "WARN ", "ERROR"};
  char line[4096], now[SW_TIME_LEN];
  sw_format_time(sw_now_us(), now);
  int n = snprintf(line, sizeof line, "%.23s %s %s: ", now, NAME[level], room);
  if (n < 0) return;
  va_list ap;
  va_start(ap, fmt);
  int k = vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, ap);
  va_end(ap);
  size_t len = (size_t)n + (k > 0 ? (size_t)k : 0);
  if (len > sizeof line - 2) len = sizeof line - 2;
  for (size_t i = 0; i < len; i++)
    if (line[i] == '\n') line[i] = ' '; /* one event, one line: a message cannot forge another */
  line[len] = '\n';
  pthread_mutex_lock(&LOCK);
  if (FD >= 0 && level >= LEAST && write(FD, line, len + 1) < 0) FD = -1; /* a full disk must not stop the work */
  pthread_mutex_unlock(&LOCK);
}

void sw_log_error(const char *room, const sw_error *err) {
  char text[3000];
  sw_error_format(err, SW_LANG_EN, text, sizeof text);
  sw_log(SW_LOG_ERROR, room, "%s (%s:%d)", text, err->src_file ? err->src_file : "?", err->src_line);
}
