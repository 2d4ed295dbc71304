#include "identity/people.h"

#include "base/date.h"
#include "base/hash.h"
#include "medic/citizen_id.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void test_person_make(unsigned k, test_person *out) {
  static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭"};
  static const char *const given[] = {"伟", "芳", "敏", "静", "强", "磊", "洋", "艳", "勇", "杰", "涛", "明", "超", "秀", "霞", "平", "刚", "桂", "英", "华", "玉", "兰", "红", "建", "国", "文", "志", "海", "波", "宁", "宇", "浩"};
  uint64_t h = sw_mix64(k + 1000);
  snprintf(out->name, sizeof out->name, "%s%s%s", surnames[h % 16], given[(h >> 8) % 32], given[(h >> 16) % 32]);
  int y, m, d;
  sw_civil_from_days((int32_t)(h >> 20 & 0x3FFF) - 3000, &y, &m, &d);
  unsigned seq = 100 + k % 800;
  snprintf(out->sex, sizeof out->sex, "%d", seq % 2 ? 1 : 2);
  snprintf(out->birth, sizeof out->birth, "%04u-%02u-%02u", (unsigned)y % 10000, (unsigned)m % 100, (unsigned)d % 100);
  snprintf(out->id, sizeof out->id, "110101%04u%02u%02u%03u", (unsigned)y % 10000, (unsigned)m % 100, (unsigned)d % 100, seq);
  out->id[17] = sw_citizen_id_check_char(out->id);
  out->id[18] = '\0';
  snprintf(out->phone, sizeof out->phone, "139%08u", (unsigned)(h >> 30) % 100000000u);
  snprintf(out->address, sizeof out->address, "北京市海淀区学院路%u号%u室", (unsigned)(h >> 40) % 300 + 1, (unsigned)(h >> 50) % 900 + 101);
}

sw_status csv_of_text(const char *bytes, size_t n, sw_link_csv *out, sw_error *err) {
  char path[64];
  int fd = memfd_create("table", MFD_CLOEXEC);
  if (fd < 0) abort();
  for (size_t at = 0; at < n;) {
    ssize_t k = write(fd, bytes + at, n - at);
    if (k <= 0) abort();
    at += (size_t)k;
  }
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  sw_status st = sw_link_csv_read(path, NULL, out, err);
  close(fd);
  return st;
}
