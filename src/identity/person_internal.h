/* Shared by the files of the person index. */
#ifndef SW_IDENTITY_PERSON_INTERNAL_H
#define SW_IDENTITY_PERSON_INTERNAL_H

#include "base/map.h"
#include "engine/rows.h"
#include "engine/sql.h"
#include "identity/person.h"

typedef struct sw_person_job {
  sw_conn *c;
  sw_ledger *l;
  const sw_person_config *config;
  sw_link_spec spec;
  const char *run;
  const char *org, *patient, *registered_at, *campus, *merge_table;
  sw_str only[2][2];     /* institution and patient number of the only registrations wanted; empty: all */
  sw_arena arena;
  sw_link_store store;
  sw_link_model model;
  sw_link_result result;
  sw_str *keys;          /* "org|patient" by record, in the arena */
  size_t nkeys, keys_cap;
  uint32_t *org_len;     /* bytes of the institution's part of the key */
  sw_map by_key;         /* key → record */
  sw_link_decision *decisions;
  size_t ndecisions, decisions_cap;
  sw_map anchors;        /* person ids that were given out and stay */
} sw_person_job;

sw_status sw_person_job_open(sw_person_job *j, sw_conn *c, sw_ledger *l, const sw_person_config *config, const char *run, sw_error *err);
void sw_person_job_close(sw_person_job *j);
sw_status sw_person_read(sw_person_job *j, const sw_cancel *cancel, sw_error *err);
sw_status sw_person_gather_decisions(sw_person_job *j, const sw_cancel *cancel, sw_error *err);
/* The record whose registration gives the person of record r its id. heads[root] by person number. */
sw_status sw_person_heads(const sw_person_job *j, uint32_t *heads, sw_error *err);
sw_status sw_person_write(sw_person_job *j, const sw_cancel *cancel, sw_person_stats *stats, sw_error *err);
sw_status sw_person_setting(sw_ledger *l, const char *key, int64_t *out, sw_error *err);
char *sw_person_model_path(sw_arena *a, const char *model_dir, int64_t version);
char *sw_person_spec_path(sw_arena *a, const char *model_dir, int64_t version);
sw_status sw_person_write_model(sw_person_job *j, int64_t version, const sw_cancel *cancel, sw_error *err);
sw_status sw_person_write_blocking(sw_person_job *j, const sw_cancel *cancel, sw_error *err);
sw_status sw_person_statement(sw_person_job *j, const sw_buf *sql, const sw_cancel *cancel, sw_error *err);
static inline sw_str sw_person_org(const sw_person_job *j, uint32_t r) { return (sw_str){j->keys[r].ptr, j->org_len[r]}; }
static inline sw_str sw_person_patient(const sw_person_job *j, uint32_t r) {
  return (sw_str){j->keys[r].ptr + j->org_len[r] + 1, j->keys[r].len - j->org_len[r] - 1};
}

#endif
