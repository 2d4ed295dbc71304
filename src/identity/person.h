/* The person index of a workspace: all registrations linked, persons with stable ids, and what follows from them.
 *
 * A person's id derives from the person's first registration (by time of registration, institution, patient number), so that
 * a rebuilt warehouse has the same persons and an id is never given to somebody else. Where an earlier registration is
 * delivered later, the id that was given out stays: an anchor in the ledger says so. A model version is frozen (a file and
 * a setting of the ledger) until a new one is estimated and approved; under one version the partition is a function of the
 * registrations, not of the order in which they came.
 *
 * Ledger: settings identity.model (version in force), identity.pending and identity.table; decisions of kind
 *   person.decision   a reviewer joined or parted two registrations; key "org|patient||org|patient", {"same": true|false|null,
 *                     "act": n}: decisions of one act were made together and are undone together
 *   person.model      a model version was approved or refused
 *   person.anchor     key: person id
 *   person.merge      key: the id that went out of use, {"into": …, "run": …}; superseded when a split restores it
 *
 * Beside each version's file lies the linkage configuration that it is for (model-000001.yaml). Tables made, in schema store
 * with the run's suffix: see SW_PERSON_TABLE_NAMES. Threads: that of the connection; workers inside. */
#ifndef SW_IDENTITY_PERSON_H
#define SW_IDENTITY_PERSON_H

#include "engine/engine.h"
#include "identity/link.h"
#include "ledger/ledger.h"

typedef struct sw_person_config {
  sw_link_spec spec;           /* fields over columns of the registrations' table; spec.nfields 0: those of dwd.patient that there are */
  const char *table;           /* "dwd.patient" */
  const char *org, *patient;   /* key columns; NULL: org_code, patient_id */
  const char *registered_at;   /* NULL: registered_at where there is one */
  const char *campus;          /* NULL: campus_code where there is one */
  const char *merge_table;     /* merges that hospital systems report; NULL: dwd.patient_merge where there is one */
  const char *model_dir;       /* where model versions lie */
  size_t threads;
} sw_person_config;

typedef struct sw_person_stats {
  int64_t registrations, persons, linked, review, records_in_review, alerts, relations, merges, splits, standins, no_evidence;
  int64_t model_version;
  bool model_new;              /* estimated in this run */
  double read_seconds, link_seconds, write_seconds;
} sw_person_stats;

enum { SW_PERSON_TABLES = 10, SW_PERSON_ID = 16 };
/* registration, person, link, review, alert, relation, duplicate, event, model, blocking: views person.<name> read
 * store.person_<name>_<run>. `model` and `blocking` say by what the run linked, for statistics and reports. */
extern const char *const SW_PERSON_TABLE_NAMES[SW_PERSON_TABLES];

/* Links all registrations and writes the tables of this run; the caller publishes them. Ledger events are written by
 * sw_person_commit after publishing, so that an interrupted run leaves none. */
SW_CHECKED sw_status sw_identify_run(sw_conn *c, sw_ledger *l, const sw_person_config *config, const char *run, sw_person_stats *out,
                                     const sw_cancel *cancel, const sw_events *events, sw_error *err);
SW_CHECKED sw_status sw_person_commit(sw_conn *c, sw_ledger *l, const char *run, int64_t at_us, sw_error *err);

/* Estimates a new model from the registrations as they are and lists the merges and splits it would cause in
 * store.person_proposal_<run> (kind, person_id, other_id, registrations). Nothing else changes; approve puts it in force. */
SW_CHECKED sw_status sw_person_reestimate(sw_conn *c, sw_ledger *l, const sw_person_config *config, const char *run, int64_t *version,
                                          int64_t *merges, int64_t *splits, const sw_cancel *cancel, const sw_events *events, sw_error *err);
/* Puts the pending version in force, or drops it; who and why are kept as a decision of kind person.model. */
SW_CHECKED sw_status sw_person_approve(sw_ledger *l, int64_t version, const char *who, const char *reason, int64_t at_us, sw_error *err);
SW_CHECKED sw_status sw_person_refuse(sw_ledger *l, int64_t version, const char *who, const char *reason, int64_t at_us, sw_error *err);

/* A reviewer's word on two registrations: holds against later automatic results until it is withdrawn. */
typedef enum sw_person_word { SW_PERSON_SAME, SW_PERSON_DIFFERENT, SW_PERSON_WITHDRAWN } sw_person_word;
SW_CHECKED sw_status sw_person_decide(sw_ledger *l, sw_str org_a, sw_str patient_a, sw_str org_b, sw_str patient_b, sw_person_word word,
                                      const char *who, const char *reason, int64_t at_us, sw_error *err);

/* The id that a person whose first registration is this one has: "P" and 12 letters and digits. */
void sw_person_id(sw_str org, sw_str patient, char out[SW_PERSON_ID]);
/* The usual spec for dwd.patient, restricted to the columns that the table has. */
SW_CHECKED sw_status sw_person_default_spec(sw_conn *c, const char *table, sw_link_spec *out, sw_error *err);

#endif
