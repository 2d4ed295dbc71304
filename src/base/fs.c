#include "base/fs.h"

#include "base/date.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

static int64_t local_us(struct timespec ts) {
  struct tm tm;
  localtime_r(&ts.tv_sec, &tm);
  sw_civil c = {tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(ts.tv_nsec / 1000)};
  return sw_us_from_civil(&c);
}

sw_status sw_fs_stat(const char *path, sw_file_info *out, sw_error *err) {
  struct stat st;
  if (stat(path, &st) != 0) return SW_FAIL_ERRNO(err, "SW-FS-0001", "无法访问 %s", "cannot access %s", path);
  *out = (sw_file_info){st.st_size, local_us(st.st_mtim), S_ISDIR(st.st_mode), S_ISREG(st.st_mode)};
  return SW_OK;
}

bool sw_fs_exists(const char *path) {
  struct stat st;
  return stat(path, &st) == 0;
}

sw_status sw_fs_fsync_path(const char *path, sw_error *err) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  int bad = fd < 0 || fsync(fd) != 0;
  if (bad) {
    sw_status s = SW_FAIL_ERRNO(err, "SW-FS-0008", "无法同步 %s 到磁盘", "cannot sync %s to disk", path);
    if (fd >= 0) close(fd);
    return s;
  }
  close(fd);
  return SW_OK;
}

static sw_status too_long(sw_error *err) { return SW_FAIL(err, SW_E_LIMIT, "SW-FS-0002", "路径为空或过长", "the path is empty or too long"); }

static sw_status fsync_parent(const char *path, sw_error *err) {
  char dir[4096];
  int n = snprintf(dir, sizeof dir, "%s", path);
  if (n < 0 || (size_t)n >= sizeof dir) return too_long(err);
  while (n > 1 && dir[n - 1] == '/') dir[--n] = '\0'; /* "a/b/" lies in "a" */
  char *slash = strrchr(dir, '/');
  if (!slash) return sw_fs_fsync_path(".", err);
  slash[slash == dir] = '\0';
  return sw_fs_fsync_path(dir, err);
}

/* The entry of a new directory lies in its parent: without this a power cut loses the directory with all that was fsynced
 * in it. */
static sw_status make_dir(const char *path, sw_error *err) {
  if (mkdir(path, 0750) == 0) return fsync_parent(path, err);
  return errno == EEXIST ? SW_OK : SW_FAIL_ERRNO(err, "SW-FS-0003", "无法建立目录 %s", "cannot create directory %s", path);
}

sw_status sw_fs_mkdirs(const char *path, sw_error *err) {
  char part[4096];
  size_t n = strlen(path);
  if (!n || n >= sizeof part) return too_long(err);
  memcpy(part, path, n + 1);
  for (size_t i = 1; i <= n; i++) {
    if (part[i] != '/' && part[i] != '\0') continue;
    char keep = part[i];
    part[i] = '\0';
    sw_status s = make_dir(part, err);
    if (s != SW_OK) return s;
    part[i] = keep;
  }
  struct stat st;
  if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
    return SW_FAIL(err, SW_E_EXISTS, "SW-FS-0004", "%s 已存在且不是目录", "%s exists and is not a directory", path);
  return SW_OK;
}

sw_status sw_fs_read(const char *path, size_t max, sw_buf *out, sw_error *err) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return SW_FAIL_ERRNO(err, "SW-FS-0005", "无法打开 %s", "cannot open %s", path);
  size_t start = out->len;
  for (;;) {
    if (!sw_buf_reserve(out, 65536)) break;
    ssize_t k = read(fd, out->ptr + out->len, 65536);
    if (k < 0 && errno == EINTR) continue;
    if (k < 0) {
      sw_status s = SW_FAIL_ERRNO(err, "SW-FS-0006", "读取 %s 失败", "cannot read %s", path);
      close(fd);
      return s;
    }
    if (k == 0) break;
    out->len += (size_t)k;
    out->ptr[out->len] = '\0';
    if (out->len - start > max) break;
  }
  close(fd);
  if (out->failed || out->len - start > max)
    return SW_FAIL(err, SW_E_LIMIT, "SW-FS-0007", "%s 超过 %zu 字节的上限", "%s is larger than the limit of %zu bytes", path, max);
  return SW_OK;
}

sw_status sw_fs_rename_durable(const char *from, const char *to, sw_error *err) {
  if (rename(from, to) != 0) return SW_FAIL_ERRNO(err, "SW-FS-0009", "无法改名为 %s", "cannot rename to %s", to);
  return fsync_parent(to, err);
}

static int write_all(int fd, const char *p, size_t n) {
  while (n) {
    ssize_t k = write(fd, p, n);
    if (k < 0 && errno == EINTR) continue;
    if (k < 0) return -1;
    p += k;
    n -= (size_t)k;
  }
  return fsync(fd);
}

sw_status sw_fs_write_durable(const char *path, const void *p, size_t n, sw_error *err) {
  char tmp[4096];
  int len = snprintf(tmp, sizeof tmp, "%s.tmp%ld", path, (long)getpid());
  if (len < 0 || (size_t)len >= sizeof tmp) return too_long(err);
  int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) return SW_FAIL_ERRNO(err, "SW-FS-0010", "无法写入 %s", "cannot write %s", path);
  int bad = write_all(fd, p, n);
  if (bad) {
    sw_status s = SW_FAIL_ERRNO(err, "SW-FS-0010", "无法写入 %s", "cannot write %s", path);
    close(fd);
    unlink(tmp);
    return s;
  }
  close(fd);
  sw_status s = sw_fs_rename_durable(tmp, path, err);
  if (s != SW_OK) unlink(tmp);
  return s;
}

sw_status sw_fs_remove(const char *path, sw_error *err) {
  if (unlink(path) != 0 && errno != ENOENT) return SW_FAIL_ERRNO(err, "SW-FS-0011", "无法删除 %s", "cannot remove %s", path);
  return SW_OK;
}

sw_status sw_fs_remove_tree(const char *path, sw_error *err) {
  struct stat st;
  if (lstat(path, &st) != 0) return errno == ENOENT ? SW_OK : SW_FAIL_ERRNO(err, "SW-FS-0011", "无法删除 %s", "cannot remove %s", path);
  if (!S_ISDIR(st.st_mode)) return sw_fs_remove(path, err);
  DIR *d = opendir(path);
  if (!d) return SW_FAIL_ERRNO(err, "SW-FS-0011", "无法删除 %s", "cannot remove %s", path);
  sw_status s = SW_OK;
  for (struct dirent *e; s == SW_OK && (e = readdir(d));) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    char child[4096];
    int n = snprintf(child, sizeof child, "%s/%s", path, e->d_name);
    s = n > 0 && (size_t)n < sizeof child ? sw_fs_remove_tree(child, err) : too_long(err); /* a cut path is another path */
  }
  closedir(d);
  if (s == SW_OK && rmdir(path) != 0) s = SW_FAIL_ERRNO(err, "SW-FS-0011", "无法删除 %s", "cannot remove %s", path);
  return s;
}

typedef struct lister {
  sw_arena *arena;
  const char *pattern;
  size_t root_len;
  bool dirs; /* collect directories instead of files */
  SW_VEC(char *) found;
} lister;

typedef struct ancestor {
  const struct ancestor *up;
  dev_t device;
  ino_t inode;
} ancestor;

/* A link to a directory is followed, save one to a directory that we are in. */
static bool inside(const ancestor *a, const struct stat *st) {
  while (a && (a->device != st->st_dev || a->inode != st->st_ino)) a = a->up;
  return a != NULL;
}

static sw_status walk(lister *l, const char *dir, const ancestor *up, sw_error *err) {
  DIR *d = opendir(dir);
  if (!d) return SW_FAIL_ERRNO(err, "SW-FS-0012", "无法读取目录 %s", "cannot read directory %s", dir);
  sw_status s = SW_OK;
  struct stat own;
  if (fstat(dirfd(d), &own) != 0) own = (struct stat){0};
  ancestor here = {up, own.st_dev, own.st_ino};
  for (struct dirent *e; s == SW_OK && (e = readdir(d));) {
    if (e->d_name[0] == '.') continue;
    char *path = sw_fs_join(l->arena, dir, e->d_name);
    struct stat st;
    if (!path) {
      s = sw_arena_check(l->arena, err);
      break;
    }
    if (stat(path, &st) != 0) continue; /* a dangling link or a file that went away */
    bool is_dir = S_ISDIR(st.st_mode);
    if (is_dir && inside(&here, &st)) continue;
    if (is_dir) s = walk(l, path, &here, err);
    if (s != SW_OK) break;
    if ((l->dirs ? is_dir : S_ISREG(st.st_mode)) && (!l->pattern || fnmatch(l->pattern, path + l->root_len, 0) == 0) &&
        !SW_VEC_PUSH(&l->found, path))
      s = SW_FAIL(err, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
  }
  closedir(d);
  return s;
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static sw_status list(const char *dir, const char *pattern, bool dirs, sw_arena *a, char ***paths, size_t *n, sw_error *err) {
  lister l = {.arena = a, .pattern = pattern, .root_len = strlen(dir), .dirs = dirs};
  if (l.root_len && dir[l.root_len - 1] != '/') l.root_len++;
  sw_status s = walk(&l, dir, NULL, err);
  char **out = s == SW_OK ? SW_ARENA_ARRAY(a, char *, l.found.len + 1) : NULL;
  if (s == SW_OK && !out) s = sw_arena_refused(a, err);
  if (s == SW_OK) {
    for (size_t i = 0; i < l.found.len; i++) out[i] = l.found.items[i];
    qsort(out, l.found.len, sizeof *out, by_bytes);
    *paths = out;
    *n = l.found.len;
  }
  SW_VEC_FREE(&l.found);
  return s;
}

sw_status sw_fs_list(const char *dir, const char *pattern, sw_arena *a, char ***paths, size_t *n, sw_error *err) {
  return list(dir, pattern, false, a, paths, n, err);
}

sw_status sw_fs_list_dirs(const char *dir, sw_arena *a, char ***paths, size_t *n, sw_error *err) {
  return list(dir, NULL, true, a, paths, n, err);
}

int64_t sw_fs_free_bytes(const char *path) {
  struct statvfs v;
  if (statvfs(path, &v) != 0) return -1;
  return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

char *sw_fs_join(sw_arena *a, const char *dir, const char *name) {
  if (name[0] == '/' || !dir[0]) return sw_arena_dupz(a, sw_str_of(name));
  size_t n = strlen(dir);
  return sw_arena_printf(a, dir[n - 1] == '/' ? "%s%s" : "%s/%s", dir, name);
}
