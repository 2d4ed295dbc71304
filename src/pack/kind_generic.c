/* Kinds whose meaning lives in rooms above: here only id, title and version are read, the body stays a tree. */
#include "pack/builtin.h"

static const sw_config_key generic_keys[] = {
    {.name = "title", .type = SW_CFG_TEXT, .offset = offsetof(sw_generic, title), SW_HELP("名称", "title")},
    {.name = "version", .type = SW_CFG_STR, .offset = offsetof(sw_generic, version), SW_HELP("版本", "version")},
};
static const sw_config_map generic_map = {.name = "object", .size = sizeof(sw_generic), .keys = generic_keys, .nkeys = 2, .open = true,
                                          .help = {"编号与名称", "id and title"}};

static void keep_body(const sw_pack_set *set, sw_pack_object *o, const sw_config_ctx *ctx) {
  (void)set;
  (void)ctx;
  ((sw_generic *)o->data)->body = o->node;
}

bool sw_kind_is_generic(const sw_kind *k) { return k->map == &generic_map; }

#define GENERIC(name_, folder_, zh, en)                                                                                             \
  {                                                                                                                                 \
    .name = (name_), .folder = (folder_), .map = &generic_map, .id = offsetof(sw_generic, id), .title = offsetof(sw_generic, title) + 1, \
    .resolve = keep_body, .help = {zh, en}                                                                                          \
  }

const sw_kind SW_KIND_RULES = GENERIC("rules", "rules", "质量规则。", "Quality rules.");
const sw_kind SW_KIND_INDICATOR = GENERIC("indicator", "indicators", "指标。", "An indicator.");
const sw_kind SW_KIND_CATALOGUE = GENERIC("catalogue", "catalogues", "分组目录（DRG、DIP）。", "A catalogue of groups (DRG, DIP).");
const sw_kind SW_KIND_RETURNED = GENERIC("returned", "returned", "退回记录。", "Rejections sent back.");
const sw_kind SW_KIND_SERVICE = GENERIC("service", "services", "数据服务。", "A data service.");
const sw_kind SW_KIND_REPORT = GENERIC("report", "reports", "报表。", "A report.");
const sw_kind SW_KIND_POLICY = GENERIC("policy", "policies", "分级与脱敏策略。", "A policy of grades and masks.");
