/* The reviewers' desk: what people do about persons, and what they look at before they do it.
 *
 * Every word is a decision in the ledger: by whom, when, why. It takes effect with the next run of the identify step, holds
 * against later automatic results, and is undone by another decision, never erased. Undoing restores what was said before;
 * since a person's id derives from its first registration, undoing a merge or a split restores the earlier ids.
 *
 * Threads: those of the ledger and the connection. Registrations are named by institution and patient number. */
#ifndef SW_IDENTITY_DESK_H
#define SW_IDENTITY_DESK_H

#include "identity/explain.h"
#include "identity/person.h"

typedef struct sw_person_key {
  sw_str org, patient;
} sw_person_key;

/* "institution|patient number"; USAGE when there is no bar. Views into the text. */
SW_CHECKED sw_status sw_person_key_parse(sw_str text, sw_person_key *out, sw_error *err);

/* Who says it, why, and when (local, microseconds). */
typedef struct sw_person_say {
  const char *who, *reason;
  int64_t at_us;
} sw_person_say;

/* Two persons are one: their first registrations are joined. NOTFOUND for an id that nobody has. */
SW_CHECKED sw_status sw_person_merge(sw_conn *c, sw_ledger *l, sw_str person_a, sw_str person_b, const sw_person_say *say, int64_t *id, sw_error *err);
/* A registration is not of the person that it was put to: it is kept apart from each other registration of that person.
 * One act of several decisions; id is that of the last. NOTFOUND when the person has no other registration. */
SW_CHECKED sw_status sw_person_split(sw_conn *c, sw_ledger *l, const sw_person_key *k, const sw_person_say *say, int64_t *id, int64_t *decisions, sw_error *err);
/* Takes back a decision and all of its act; what was in force before them is in force again. NOTFOUND, or USAGE when a later
 * decision has replaced it already. */
SW_CHECKED sw_status sw_person_undo(sw_ledger *l, int64_t id, const sw_person_say *say, int64_t *decisions, sw_error *err);

/* The linkage configuration and the model version in force. NOTFOUND before the first run. Texts live in the arena. */
SW_CHECKED sw_status sw_person_spec_in_force(sw_ledger *l, const char *model_dir, sw_arena *a, sw_link_spec *out, int64_t *version, sw_error *err);
/* Why two registrations are, or are not, one person under the model in force; values, levels, weights and running totals. */
SW_CHECKED sw_status sw_person_explain(sw_conn *c, sw_ledger *l, const char *model_dir, const sw_person_key *a, const sw_person_key *b, sw_arena *arena,
                                       sw_link_explanation *out, const sw_cancel *cancel, sw_error *err);

#endif
