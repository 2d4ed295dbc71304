/* Files and directories: what the rest needs of POSIX, with our errors. Paths are NUL-terminated UTF-8.
 *
 * "Durable" functions return only after fsync of the file and of its directory, so that a crash keeps the result. */
#ifndef SW_BASE_FS_H
#define SW_BASE_FS_H

#include "base/arena.h"

typedef struct sw_file_info {
  int64_t size;
  int64_t mtime_us; /* local time in the process's zone */
  bool is_dir, is_file;
} sw_file_info;

SW_CHECKED sw_status sw_fs_stat(const char *path, sw_file_info *out, sw_error *err);
bool sw_fs_exists(const char *path);
SW_CHECKED sw_status sw_fs_mkdirs(const char *path, sw_error *err); /* as mkdir -p, mode 0750; new directories are durable */
/* The whole file; refuses more than max bytes. */
SW_CHECKED sw_status sw_fs_read(const char *path, size_t max, sw_buf *out, sw_error *err);
/* Writes beside, fsyncs, renames, fsyncs the directory. */
SW_CHECKED sw_status sw_fs_write_durable(const char *path, const void *p, size_t n, sw_error *err);
SW_CHECKED sw_status sw_fs_fsync_path(const char *path, sw_error *err); /* a file or a directory */
/* rename within one file system, then fsync of the target's directory. */
SW_CHECKED sw_status sw_fs_rename_durable(const char *from, const char *to, sw_error *err);
SW_CHECKED sw_status sw_fs_remove(const char *path, sw_error *err);      /* a file; absent is fine */
SW_CHECKED sw_status sw_fs_remove_tree(const char *path, sw_error *err); /* absent is fine; follows no links */

/* Regular files under a directory, sorted by path in byte order (deterministic), recursively; hidden entries are left
 * out. pattern is a shell glob (fnmatch) matched against the path relative to dir with FNM_PATHNAME off; NULL takes all.
 * Links are followed, save those that lead back into a directory that contains them. The strings live in the arena. */
SW_CHECKED sw_status sw_fs_list(const char *dir, const char *pattern, sw_arena *a, char ***paths, size_t *n, sw_error *err);

/* The directories below it, the same way (the directory itself left out). */
SW_CHECKED sw_status sw_fs_list_dirs(const char *dir, sw_arena *a, char ***paths, size_t *n, sw_error *err);

int64_t sw_fs_free_bytes(const char *path); /* -1 unknown */
char *sw_fs_join(sw_arena *a, const char *dir, const char *name); /* name when it is absolute */

#endif
