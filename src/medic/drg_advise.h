/* What would change a case's DRG, and does the record support it?
 *
 * For one case on a screen or in a review: each finding is one change of the coding, the group that it would lead to, and
 * the difference in weight. Evidence (orders, charges, results, device hours) is matched against rules that say which
 * diagnosis it supports: a rule that is met without the diagnosis being coded is a missed code; a coded diagnosis whose
 * rules were measured and not met is unsupported. Missed codes and up-coding are so found alike. Findings are hints for a
 * coder who reads the record, never corrections.
 *
 * Costs some hundred groupings a case. Pure; any thread. */
#ifndef SW_MEDIC_DRG_ADVISE_H
#define SW_MEDIC_DRG_ADVISE_H

#include "base/arena.h"
#include "medic/drg.h"

typedef enum sw_advice_kind {
  SW_ADVICE_PRINCIPAL,    /* with diagnosis `index` as the principal */
  SW_ADVICE_MAIN_PR,      /* with procedure `index` as the main one */
  SW_ADVICE_DEPENDS_DX,   /* without diagnosis `index` the group is another: it carries the group */
  SW_ADVICE_DEPENDS_PR,   /* without procedure `index` the group is another */
  SW_ADVICE_CC,           /* a further CC (code: none) would lead to drg */
  SW_ADVICE_MCC,
  SW_ADVICE_EXCLUDED,     /* diagnosis `index` is a CC or MCC, but the principal diagnosis excludes it */
  SW_ADVICE_UNSPECIFIC,   /* the principal is unspecified; `code` of its category would lead to drg */
  SW_ADVICE_UNKNOWN_DX,   /* diagnosis `index` is not a code of the edition; `code`: the nearest one, if any */
  SW_ADVICE_UNKNOWN_PR,
  SW_ADVICE_MISSED,       /* evidence supports `code`, which is not coded */
  SW_ADVICE_UNSUPPORTED,  /* diagnosis `index` is coded, but what was measured does not support it */
  SW_ADVICE_MISSED_PR,    /* evidence supports procedure `code`, which is not coded */
  SW_ADVICE_UNSUPPORTED_PR, /* procedure `index` is coded without what it always leaves in the record */
  SW_ADVICE_KINDS
} sw_advice_kind;

typedef struct sw_advice {
  sw_advice_kind kind;
  int32_t index;          /* into the case's diagnoses or procedures; -1 where a code is meant */
  sw_str code;
  uint16_t drg;           /* the group that it leads to; SW_DRG_NONE: no group */
  int32_t weight_e4;      /* change of weight: of that group less the present one's */
  int32_t rule, evidence; /* of MISSED and UNSUPPORTED: which rule, which item (-1: none) */
} sw_advice;

/* An item of the record. */
typedef struct sw_evidence {
  sw_str kind;  /* "lab", "order", "charge", "device" */
  sw_str item;  /* code or name, as the rules write it */
  double value; /* a result, hours, a count; NaN: it only exists */
  sw_str unit;
} sw_evidence;

typedef struct sw_evidence_rule {
  sw_str kind, item;      /* the item is matched as a whole, or by prefix where it ends in '*' */
  sw_str op;              /* "<", "<=", ">", ">=", "" (it exists) */
  double limit;
  sw_str unit;            /* when not empty the item's unit must be the same */
  sw_str also_kind, also_item; /* when not empty: such an item must be there too */
  sw_str code;            /* what it supports: a code of the edition */
  sw_str prefix;          /* codes that count as that diagnosis: "J96", several with | */
  bool procedure;         /* code and prefix are of procedures */
  bool lenient;           /* `accept` is told */
  double accept;          /* the limit by which a coded one is taken as supported; without it that is `limit` too */
  bool expected;          /* who has it always leaves this in the record: without any such item a coded one is unsupported */
  sw_str zh, en;          /* the reason in words */
} sw_evidence_rule;

typedef struct sw_advice_in {
  const sw_evidence *evidence;
  size_t nevidence;
  const sw_evidence_rule *rules;
  size_t nrules;
} sw_advice_in;

enum { SW_ADVICE_MAX = 64 };

/* Findings in order of kind, at most SW_ADVICE_MAX; present: the case's own result. `in` may be NULL: no evidence. */
SW_CHECKED sw_status sw_drg_advise(const sw_drg_catalogue *c, const sw_drg_case *k, const sw_advice_in *in, sw_drg_result *present,
                                   sw_advice out[SW_ADVICE_MAX], size_t *n, sw_error *err);
const char *sw_advice_kind_name(sw_advice_kind k); /* "missed", "unsupported", "principal" … */
/* One sentence, appended; rate_fen: yuan by weight (0: weights only). */
void sw_drg_advice_say(const sw_drg_catalogue *c, const sw_drg_case *k, const sw_advice_in *in, const sw_advice *a, int64_t rate_fen,
                       sw_lang lang, sw_buf *out);

/* The smallest change of the case that gives `target`: why somebody else may have grouped it so. False when none of the
 * single changes tried leads there (*out then is not set). */
bool sw_drg_why(const sw_drg_catalogue *c, const sw_drg_case *k, uint16_t target, sw_advice *out);

#endif
