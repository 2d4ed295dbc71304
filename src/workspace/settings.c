#include "workspace/settings.h"

static const sw_config_key ENGINE_KEYS[] = {
    {.name = "memory", .type = SW_CFG_SIZE, .offset = offsetof(sw_engine_settings, memory),
     .help = {"引擎可用内存（默认为本进程可用内存的 60%）", "memory of the engine (default: 60 % of what this process may use)"}},
    {.name = "threads", .type = SW_CFG_INT, .offset = offsetof(sw_engine_settings, threads), .min = 0, .max = 1024,
     .help = {"引擎线程数（0：可用的全部 CPU）", "threads of the engine (0: all CPUs that it may use)"}},
    {.name = "spill", .type = SW_CFG_SIZE, .offset = offsetof(sw_engine_settings, spill),
     .help = {"溢出到磁盘的上限（默认为空闲空间的 90%）", "limit of spilling to disk (default: 90 % of what is free)"}},
};
static const sw_config_map ENGINE_MAP = SW_CONFIG_MAP("engine", sw_engine_settings, ENGINE_KEYS);

static const sw_config_key LIMIT_KEYS[] = {
    {.name = "record", .type = SW_CFG_SIZE, .offset = offsetof(sw_limit_settings, record), .fallback = "16MiB", .min = 1024, .max = 1e9,
     .help = {"一条记录的最大字节数，更长的整条拒收", "largest record; a longer one is rejected whole"}},
    {.name = "steps", .type = SW_CFG_INT, .offset = offsetof(sw_limit_settings, steps), .min = 0, .max = 256,
     .help = {"并行的步骤数（0：与 CPU 数相同）", "flow steps side by side (0: as many as CPUs)"}},
};
static const sw_config_map LIMIT_MAP = SW_CONFIG_MAP("limits", sw_limit_settings, LIMIT_KEYS);

static const sw_config_key CONNECTION_KEYS[] = {
    {.name = "odbc", .type = SW_CFG_STR, .offset = offsetof(sw_connection, odbc), .required = true,
     .help = {"ODBC 连接串（不会写入日志）", "ODBC connection string (never logged)"}},
};
static const sw_config_map CONNECTION_MAP = SW_CONFIG_MAP("connection", sw_connection, CONNECTION_KEYS);

static const sw_config_key SETTING_KEYS[] = {
    {.name = "packs", .type = SW_CFG_STR, .shape = SW_CFG_LIST, .offset = offsetof(sw_settings, packs), .required = true,
     .help = {"要装载的内容包（packs/ 下的目录名）", "packs to load (names of directories under packs/)"}},
    {.name = "zone", .type = SW_CFG_STR, .offset = offsetof(sw_settings, zone), .fallback = "Asia/Shanghai",
     .help = {"时区：工作区内的时间都是该时区的当地时间", "time zone: all times of the workspace are local to it"}},
    {.name = "source_dir", .type = SW_CFG_STR, .offset = offsetof(sw_settings, source_dir),
     .help = {"交付文件所在目录（可用 --source 另行指定）", "where deliveries lie (a run may say --source)"}},
    {.name = "engine", .type = SW_CFG_MAP, .map = &ENGINE_MAP, .offset = offsetof(sw_settings, engine), .help = {"分析引擎", "the engine"}},
    {.name = "limits", .type = SW_CFG_MAP, .map = &LIMIT_MAP, .offset = offsetof(sw_settings, limits), .help = {"上限", "limits"}},
    {.name = "connections", .type = SW_CFG_MAP, .shape = SW_CFG_DICT, .map = &CONNECTION_MAP, .offset = offsetof(sw_settings, connections),
     .help = {"源数据库（前置机）的连接", "connections to source databases"}},
    {.name = "keep_versions", .type = SW_CFG_INT, .offset = offsetof(sw_settings, keep_versions), .fallback = "1", .min = 0, .max = 100,
     .help = {"每张已发布的表另外保留几个旧版本", "earlier versions kept of each published table"}},
    {.name = "listen", .type = SW_CFG_STR, .offset = offsetof(sw_settings, listen), .fallback = "127.0.0.1:8080",
     .help = {"服务监听地址", "address of the server"}},
};
const sw_config_map SW_SETTINGS_MAP = SW_CONFIG_MAP("suwen.yaml", sw_settings, SETTING_KEYS);

sw_status sw_settings_load(const char *path, sw_arena *a, sw_problems *problems, sw_settings *out, sw_error *err) {
  sw_node_list docs;
  sw_status s = sw_tree_file(a, path, "suwen.yaml", &SW_TREE_LIMITS_DEFAULT, &docs, err);
  if (s != SW_OK) return s;
  sw_config_ctx ctx = {.arena = a, .problems = problems};
  if (!sw_config_parse(&SW_SETTINGS_MAP, docs.n ? docs.items[0] : NULL, &ctx, out)) return sw_problems_status(problems, err);
  return SW_OK;
}

void sw_settings_template(const char *const *packs, size_t npacks, sw_buf *out) {
  sw_buf_puts(out, "# 素问工作区设置 / settings of this Suwen workspace. All keys: suwen help settings\n\n"
                   "# 内容包，按先后装载 / packs, loaded in this order\npacks:\n");
  for (size_t i = 0; i < npacks; i++) sw_buf_printf(out, "  - %s\n", packs[i]);
  sw_buf_puts(out, "\n# 时区 / time zone of all times here\nzone: Asia/Shanghai\n\n"
                   "# 交付文件所在目录 / where deliveries lie (or: suwen run FLOW --source DIR)\n# source_dir: /data/deliveries\n\n"
                   "# 源数据库 / source databases, used by sources of format odbc\n# connections:\n"
                   "#   his: {odbc: \"Driver=PostgreSQL Unicode;Server=127.0.0.1;Database=his;Uid=reader;Pwd=...\"}\n\n"
                   "# engine: {memory: 8GiB, threads: 4, spill: 200GiB}\n# limits: {record: 16MiB}\n");
}
