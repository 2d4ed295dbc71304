/* suwen.yaml: the settings of one workspace. Filled by a config map, so that a misspelt key is told with its place. */
#ifndef SW_WORKSPACE_SETTINGS_H
#define SW_WORKSPACE_SETTINGS_H

#include "pack/config.h"

typedef struct sw_connection { /* a source database; the string may hold a password: it is never logged or shown */
  sw_str odbc;
} sw_connection;

typedef struct sw_engine_settings {
  int64_t memory;  /* bytes; 0: 60 % of what this process may use */
  int64_t threads; /* 0: CPUs that this process may use */
  int64_t spill;   /* bytes on disk; 0: 90 % of what is free */
} sw_engine_settings;

typedef struct sw_limit_settings {
  int64_t record; /* bytes of one delivered record */
  int64_t steps;  /* flow steps side by side; 0: as many as CPUs */
} sw_limit_settings;

typedef struct sw_settings {
  sw_config_list packs;       /* sw_str: names of directories under packs/ */
  sw_str zone;                /* IANA name; all times of the workspace are local to it */
  sw_str source_dir;          /* where deliveries lie when a run does not say; "" none */
  sw_engine_settings engine;
  sw_limit_settings limits;
  sw_config_dict connections; /* sw_connection by name */
  int64_t keep_versions;      /* earlier versions of each published table */
  sw_str listen;              /* host:port of the server */
} sw_settings;

extern const sw_config_map SW_SETTINGS_MAP;

/* Reads and checks DIR/suwen.yaml; problems carry places. Everything lives in the arena. */
SW_CHECKED sw_status sw_settings_load(const char *path, sw_arena *a, sw_problems *problems, sw_settings *out, sw_error *err);
/* The file that `suwen init` writes, with comments in Chinese and English. */
void sw_settings_template(const char *const *packs, size_t npacks, sw_buf *out);

#endif
