/* Pack files: any bytes as YAML and as JSON, then through the config map of the kind that the first key names. Nothing may
 * crash, leak or run away, and every problem must format. */
#include "pack/set.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_object(const sw_node *n, const sw_config_ctx *outer) {
  if (n->kind != SW_NODE_MAP || !n->n) return;
  const sw_kind *kinds[SW_MAX_KINDS];
  size_t count = sw_pack_kinds(NULL, kinds);
  for (size_t i = 0; i < count; i++) {
    if (!sw_str_eqz(n->pairs[0].key, kinds[i]->name)) continue;
    sw_config_ctx ctx = *outer;
    ctx.kind_key = kinds[i]->name;
    void *object = sw_arena_alloc(ctx.arena, kinds[i]->map->size);
    if (object) (void)sw_config_parse(kinds[i]->map, n, &ctx, object);
  }
}

static void one(sw_str text, bool json) {
  static const sw_tree_limits limits = {.bytes = 1 << 20, .depth = 64, .nodes = 20000};
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_node_list docs = {0};
  sw_problems p = SW_PROBLEMS_INIT;
  sw_config_ctx ctx = {.arena = &a, .problems = &p};
  if ((json ? sw_tree_json : sw_tree_yaml)(&a, text, "fuzz", &limits, &docs, &err)) {
    if (!err.code[0] || !err.msg[0][0] || !err.msg[1][0]) abort();
    sw_problem_add_error(&p, (sw_place){NULL, 0, 0}, &err);
  } else {
    for (size_t i = 0; i < docs.n; i++) {
      const sw_node *d = docs.items[i];
      as_object(d, &ctx);
      for (size_t k = 0; d->kind == SW_NODE_LIST && k < d->n; k++) as_object(d->items[k], &ctx);
    }
  }
  SW_AUTO(sw_buf) out = SW_BUF_INIT;
  sw_problems_format(&p, SW_LANG_ZH, &out);
  sw_problems_format(&p, SW_LANG_EN, &out);
  sw_problems_fini(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  sw_str text = {(const char *)data, size};
  one(text, false);
  one(text, true);
  return 0;
}
