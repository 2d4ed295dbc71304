/* link.yaml: any text is read or refused with a message; what is read passes its own check. */
#include "identity/config.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  SW_AUTO(sw_arena) a = SW_ARENA_INIT;
  sw_error err = SW_ERROR_INIT;
  sw_node_list docs;
  sw_link_spec spec;
  if (sw_tree_yaml(&a, (sw_str){(const char *)data, size}, "link.yaml", &SW_TREE_LIMITS_DEFAULT, &docs, &err) || docs.n != 1) return 0;
  if (sw_link_config_parse(docs.items[0], &a, &spec, &err) == SW_OK && sw_link_spec_check(&spec, &err) != SW_OK) abort();
  return 0;
}
