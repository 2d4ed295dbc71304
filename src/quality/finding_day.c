/* Working days. */
#include "quality/finding.h"

#include "base/date.h"

const sw_finding_policy SW_FINDING_POLICY = {.days = {10, 5, 3, 1}};

static bool listed(const int32_t *days, size_t n, int32_t day) {
  for (size_t i = 0; i < n; i++)
    if (days[i] == day) return true;
  return false;
}

static bool worked(const sw_finding_policy *p, int32_t day) {
  int weekday = sw_weekday(day);
  if (weekday == 0 || weekday == 6) return listed(p->worked_days, p->nworked, day);
  return !listed(p->free_days, p->nfree, day);
}

int32_t sw_finding_deadline(const sw_finding_policy *p, int32_t from, int64_t working) {
  int32_t day = from;
  /* at most ten free days stand together in practice; the bound holds whatever the lists say */
  for (int64_t left = working, steps = working * 20 + 60; left > 0 && steps > 0; steps--)
    if (worked(p, ++day)) left--;
  return day;
}
