/* Column types of the engine, as little of them as a medical data platform needs.
 *
 * A value type: copy freely. `child` and `fields` of nested types live as long as the object that handed the type out
 * (a result, a kernel's call) and are read-only. */
#ifndef SW_ENGINE_TYPE_H
#define SW_ENGINE_TYPE_H

#include "base/str.h"

typedef enum sw_type_id {
  SW_TYPE_INVALID = 0,
  SW_TYPE_ANY,       /* kernel arguments only */
  SW_TYPE_NULL,      /* an untyped NULL */
  SW_TYPE_BOOL,      /* bool, one byte */
  SW_TYPE_I8,
  SW_TYPE_I16,
  SW_TYPE_I32,
  SW_TYPE_I64,
  SW_TYPE_U8,
  SW_TYPE_U16,
  SW_TYPE_U32,
  SW_TYPE_U64,
  SW_TYPE_I128,      /* HUGEINT: sums of BIGINT are of this type */
  SW_TYPE_F32,
  SW_TYPE_F64,
  SW_TYPE_DECIMAL,   /* width ≤ 38; stored as I16, I32, I64 or I128 by width (4, 9, 18, 38) */
  SW_TYPE_STR,
  SW_TYPE_BLOB,
  SW_TYPE_DATE,      /* int32_t days since 1970-01-01 */
  SW_TYPE_TIME,      /* int64_t microseconds of the day */
  SW_TYPE_TIMESTAMP, /* int64_t microseconds since 1970-01-01, local */
  SW_TYPE_LIST,
  SW_TYPE_STRUCT,
  SW_TYPE_OTHER      /* INTERVAL, UUID, MAP, …: readable as text through a cast only */
} sw_type_id;

typedef struct sw_type {
  sw_type_id id;
  uint8_t width, scale; /* DECIMAL */
} sw_type;

#define SW_T_BOOL ((sw_type){.id = SW_TYPE_BOOL})
#define SW_T_I32 ((sw_type){.id = SW_TYPE_I32})
#define SW_T_I64 ((sw_type){.id = SW_TYPE_I64})
#define SW_T_F64 ((sw_type){.id = SW_TYPE_F64})
#define SW_T_STR ((sw_type){.id = SW_TYPE_STR})
#define SW_T_DATE ((sw_type){.id = SW_TYPE_DATE})
#define SW_T_TIME ((sw_type){.id = SW_TYPE_TIME})
#define SW_T_TIMESTAMP ((sw_type){.id = SW_TYPE_TIMESTAMP})
#define SW_T_BLOB ((sw_type){.id = SW_TYPE_BLOB})
#define SW_T_ANY ((sw_type){.id = SW_TYPE_ANY})
#define SW_T_DECIMAL(w, s) ((sw_type){.id = SW_TYPE_DECIMAL, .width = (w), .scale = (s)})
#define SW_T_MONEY SW_T_DECIMAL(18, 2) /* fen, in int64_t */

/* The SQL spelling ("DECIMAL(18,2)"), for scalar types; appended to out. */
void sw_type_sql(sw_type t, sw_buf *out);
/* The reverse, for the scalar types and their usual synonyms; case-insensitive. False when unknown. */
bool sw_type_parse(sw_str sql, sw_type *out);
/* Bytes of one stored value; 0 for nested and other types. */
size_t sw_type_size(sw_type t);
static inline bool sw_type_eq(sw_type a, sw_type b) {
  return a.id == b.id && (a.id != SW_TYPE_DECIMAL || (a.width == b.width && a.scale == b.scale));
}

#endif
