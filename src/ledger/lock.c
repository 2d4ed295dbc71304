#include "ledger/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

struct sw_lock {
  int fd;
};

static void read_holder(int fd, char text[256]) {
  ssize_t n = pread(fd, text, 255, 0);
  text[n > 0 ? n : 0] = '\0';
  char *newline = strchr(text, '\n');
  if (newline) *newline = '\0';
}

bool sw_lock_held(const char *path, sw_buf *who) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool is = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  char text[256];
  if (is) {
    read_holder(fd, text);
    sw_buf_puts(who, text);
  }
  close(fd);
  return is;
}

static sw_status held(int fd, sw_error *err) {
  char text[256];
  read_holder(fd, text);
  return SW_FAIL(err, SW_E_BUSY, "SW-LEDGER-0040", "工作区正被占用：%s；请等它结束，或停止那个进程", "the workspace is in use: %s; wait for it to end, or stop that process",
                 text[0] ? text : "pid ?");
}

static sw_status describe(int fd, const char *what, int64_t now_us, sw_error *err) {
  char text[256], when[SW_TIME_LEN];
  sw_format_time(now_us, when);
  int n = snprintf(text, sizeof text, "pid %ld, %s, %s\n", (long)getpid(), when, what);
  if (n >= (int)sizeof text) n = (int)sizeof text - 1;
  if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n) return SW_OK;
  return SW_FAIL_ERRNO(err, "SW-LEDGER-0041", "写锁文件", "writing the lock file");
}

sw_status sw_lock_take(const char *path, const char *what, int64_t now_us, sw_lock **out, sw_error *err) {
  *out = NULL;
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return SW_FAIL_ERRNO(err, "SW-LEDGER-0042", "打开锁文件 %s", "opening the lock file %s", path);
  sw_status s;
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    s = errno == EWOULDBLOCK ? held(fd, err) : SW_FAIL_ERRNO(err, "SW-LEDGER-0043", "锁定 %s", "locking %s", path);
  } else if ((s = describe(fd, what, now_us, err)) == SW_OK) {
    sw_lock *k = malloc(sizeof *k);
    if (k) {
      k->fd = fd;
      *out = k;
      return SW_OK;
    }
    s = SW_FAIL(err, SW_E_NOMEM, "SW-LEDGER-0013", "内存不足", "out of memory");
  }
  close(fd);
  return s;
}

/* The file stays: removing it would let two later processes lock two different files of one name. */
void sw_lock_release(sw_lock *k) {
  if (!k) return;
  if (ftruncate(k->fd, 0) != 0) {} /* only a courtesy: the lock is the kernel's */
  close(k->fd);
  free(k);
}
