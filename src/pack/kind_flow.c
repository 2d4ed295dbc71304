/* flow: steps and what they need. */
#include "pack/builtin.h"
#include "pack/set.h"

static const sw_config_key step_keys[] = {
    {.name = "id", .type = SW_CFG_REF, .offset = offsetof(sw_flow_step_def, id), .required = true, SW_HELP("步骤名", "name of the step")},
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(sw_flow_step_def, title), SW_HELP("名称", "title")},
    {.name = "op", .type = SW_CFG_REF, .offset = offsetof(sw_flow_step_def, op), .required = true, SW_HELP("算子", "operator")},
    {.name = "needs", .type = SW_CFG_REF, .shape = SW_CFG_LIST, .offset = offsetof(sw_flow_step_def, needs), SW_HELP("先要完成的步骤", "steps that must be done before")},
    {.name = "config", .type = SW_CFG_NODE, .offset = offsetof(sw_flow_step_def, config), SW_HELP("算子的配置，见各算子", "the operator's settings, see the operators")},
    {.name = "retries", .type = SW_CFG_INT, .offset = offsetof(sw_flow_step_def, retries), .fallback = "0", .min = 0, .max = 100, SW_HELP("失败后重试次数", "attempts after a failure")},
    {.name = "retry_delay", .type = SW_CFG_DURATION, .offset = offsetof(sw_flow_step_def, retry_delay_us), .fallback = "10s", SW_HELP("重试前等待", "wait before a retry")},
    {.name = "timeout", .type = SW_CFG_DURATION, .offset = offsetof(sw_flow_step_def, timeout_us), SW_HELP("超时；缺省不限", "time-out; default: none")},
    {.name = "optional", .type = SW_CFG_BOOL, .offset = offsetof(sw_flow_step_def, optional), .fallback = "false", SW_HELP("失败不算整个运行失败", "its failure does not fail the run")},
};
static const sw_config_map step_map = {.name = "step", .size = sizeof(sw_flow_step_def), .keys = step_keys, .nkeys = sizeof step_keys / sizeof *step_keys,
                                       .at = offsetof(sw_flow_step_def, at) + 1, .help = {"一个步骤", "one step"}};

static const sw_config_key flow_keys[] = {
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(sw_flow_def, title), .required = true, SW_HELP("名称", "title")},
    {.name = "version", .type = SW_CFG_STR, .offset = offsetof(sw_flow_def, version), SW_HELP("版本", "version")},
    {.name = "schedule", .type = SW_CFG_STR, .offset = offsetof(sw_flow_def, schedule), SW_HELP("五段 cron：分 时 日 月 周", "5-field cron: minute hour day month weekday")},
    {.name = "steps", .type = SW_CFG_MAP, .shape = SW_CFG_LIST, .offset = offsetof(sw_flow_def, steps), .map = &step_map, .required = true, .min = 1, .max = 1000, SW_HELP("步骤", "steps")},
};
static const sw_config_map flow_map = {.name = "flow", .size = sizeof(sw_flow_def), .keys = flow_keys, .nkeys = sizeof flow_keys / sizeof *flow_keys,
                                       .help = {"流程", "a flow"}};

static size_t step_index(const sw_flow_def *f, sw_str id) {
  for (size_t i = 0; i < f->steps.n; i++)
    if (sw_str_eq(SW_ITEM(sw_flow_step_def, f->steps, i)->id.name, id)) return i;
  return SIZE_MAX;
}

static bool check_needs(const sw_flow_def *f, const sw_config_ctx *ctx) {
  bool ok = true;
  for (size_t i = 0; i < f->steps.n; i++) {
    const sw_flow_step_def *s = SW_ITEM(sw_flow_step_def, f->steps, i);
    if (s->id.name.len && step_index(f, s->id.name) < i) {
      sw_problem_add(ctx->problems, s->id.at, "SW-PACK-0055", "步骤 %.*s 重复", "step %.*s is repeated", SW_STR_ARG(s->id.name));
      ok = false;
    }
    for (size_t k = 0; k < s->needs.n; k++) {
      sw_ref need = *SW_ITEM(sw_ref, s->needs, k);
      if (!need.name.len || step_index(f, need.name) != SIZE_MAX) continue;
      sw_suggest g;
      sw_suggest_start(&g, need.name);
      for (size_t x = 0; x < f->steps.n; x++) sw_suggest_offer(&g, SW_ITEM(sw_flow_step_def, f->steps, x)->id.name);
      sw_pack_unknown(ctx, need, "步骤", "step", &g);
      ok = false;
    }
  }
  return ok;
}

/* One line that shows the way round: ingest → check → ingest. */
static void tell_cycle(const sw_flow_def *f, const uint8_t *done, const sw_config_ctx *ctx) {
  size_t at = 0;
  while (done[at]) at++;
  for (size_t i = 0; i < f->steps.n; i++) { /* after n moves along unfinished needs we stand on the cycle */
    const sw_flow_step_def *s = SW_ITEM(sw_flow_step_def, f->steps, at);
    for (size_t k = 0; k < s->needs.n; k++) {
      size_t to = step_index(f, SW_ITEM(sw_ref, s->needs, k)->name);
      if (!done[to]) {
        at = to;
        break;
      }
    }
  }
  SW_AUTO(sw_buf) way = SW_BUF_INIT;
  size_t start = at;
  sw_place place = SW_ITEM(sw_flow_step_def, f->steps, at)->id.at;
  do {
    const sw_flow_step_def *s = SW_ITEM(sw_flow_step_def, f->steps, at);
    sw_buf_printf(&way, "%.*s → ", SW_STR_ARG(s->id.name));
    for (size_t k = 0; k < s->needs.n; k++) {
      size_t to = step_index(f, SW_ITEM(sw_ref, s->needs, k)->name);
      if (done[to]) continue;
      at = to;
      if (SW_ITEM(sw_ref, s->needs, k)->at.line) place = SW_ITEM(sw_ref, s->needs, k)->at;
      break;
    }
  } while (at != start && way.len < 600);
  sw_buf_str_put(&way, SW_ITEM(sw_flow_step_def, f->steps, start)->id.name);
  sw_problem_add(ctx->problems, place, "SW-PACK-0056", "步骤互相等待，成环：%s", "steps need each other in a cycle: %s", way.ptr);
}

static void order_steps(sw_flow_def *f, const sw_config_ctx *ctx) {
  size_t n = f->steps.n, count = 0;
  uint32_t *topo = SW_ARENA_ARRAY(ctx->arena, uint32_t, n);
  uint8_t *done = SW_ARENA_ARRAY(ctx->arena, uint8_t, n);
  if (!topo || !done) return;
  for (bool moved = true; moved && count < n;) {
    moved = false;
    for (size_t i = 0; i < n; i++) { /* in the order written: stable */
      const sw_flow_step_def *s = SW_ITEM(sw_flow_step_def, f->steps, i);
      bool ready = !done[i];
      for (size_t k = 0; ready && k < s->needs.n; k++) ready = done[step_index(f, SW_ITEM(sw_ref, s->needs, k)->name)];
      if (!ready) continue;
      done[i] = 1;
      topo[count++] = (uint32_t)i;
      moved = true;
    }
  }
  f->topo = topo;
  if (count < n) tell_cycle(f, done, ctx);
}

/* What a field of a schedule may hold; the flow room parses it in full. */
static void check_schedule(const sw_flow_def *f, sw_place at, const sw_config_ctx *ctx) {
  if (!f->schedule.len) return;
  int fields = 0;
  bool ok = true, in = false;
  for (size_t i = 0; i < f->schedule.len; i++) {
    char c = f->schedule.ptr[i];
    bool blank = c == ' ' || c == '\t';
    if (!blank && !in) fields++;
    in = !blank;
    ok = ok && (blank || (c >= '0' && c <= '9') || (c | 32) >= 'a' || strchr("*,-/", c));
  }
  if (!ok || fields != 5)
    sw_problem_add(ctx->problems, at, "SW-PACK-0057", "schedule 应是五段 cron（分 时 日 月 周），写的是“%.*s”",
                   "schedule must be a 5-field cron (minute hour day month weekday), not \"%.*s\"", SW_STR_ARG(f->schedule));
}

static void resolve_flow(const sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx) {
  sw_flow_def *f = o->data;
  const sw_node *schedule = sw_node_get(o->node, "schedule");
  check_schedule(f, schedule ? schedule->at : o->at, ctx);
  for (size_t i = 0; i < f->steps.n; i++) sw_pack_step_options(set, SW_ITEM(sw_flow_step_def, f->steps, i), ctx);
  if (check_needs(f, ctx) && !o->broken) order_steps(f, ctx);
}

const sw_kind SW_KIND_FLOW = {
    .name = "flow", .folder = "flows", .map = &flow_map, .id = offsetof(sw_flow_def, id), .title = offsetof(sw_flow_def, title) + 1, .lenient = true, .resolve = resolve_flow,
    .help = {"流程：步骤及其先后。彼此无关的步骤并行，失败可从该步续跑。", "A flow: steps and their order. Steps that do not need each other run side by side; after a failure it resumes there."},
    .example = "flow: hospital-daily\ntitle: {zh: 医院每日, en: Hospital daily}\nschedule: \"30 2 * * *\"\nsteps:\n"
               "  - {id: ingest, op: ingest, config: {source: vendor_a}}\n"
               "  - {id: standardise, op: standardise, needs: ingest, config: {tables: [dwd.admission]}, retries: 2, timeout: 2h}\n"};
