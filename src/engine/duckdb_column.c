#include "engine/duckdb_internal.h"

#include <stdio.h>
#include <stdlib.h>

_Static_assert(sizeof(sw_string) == sizeof(duckdb_string_t) && sizeof(sw_string) == 16, "the engine's string cell");
_Static_assert(sizeof(sw_list_entry) == sizeof(duckdb_list_entry), "the engine's list entry");
_Static_assert(sizeof(sw_i128) == sizeof(duckdb_hugeint), "the engine's 128-bit integer");

static const struct {
  sw_type_id id;
  duckdb_type raw;
} PLAIN[] = {
    {SW_TYPE_ANY, DUCKDB_TYPE_ANY},         {SW_TYPE_NULL, DUCKDB_TYPE_SQLNULL},  {SW_TYPE_BOOL, DUCKDB_TYPE_BOOLEAN},
    {SW_TYPE_I8, DUCKDB_TYPE_TINYINT},      {SW_TYPE_I16, DUCKDB_TYPE_SMALLINT},  {SW_TYPE_I32, DUCKDB_TYPE_INTEGER},
    {SW_TYPE_I64, DUCKDB_TYPE_BIGINT},      {SW_TYPE_U8, DUCKDB_TYPE_UTINYINT},   {SW_TYPE_U16, DUCKDB_TYPE_USMALLINT},
    {SW_TYPE_U32, DUCKDB_TYPE_UINTEGER},    {SW_TYPE_U64, DUCKDB_TYPE_UBIGINT},   {SW_TYPE_I128, DUCKDB_TYPE_HUGEINT},
    {SW_TYPE_F32, DUCKDB_TYPE_FLOAT},       {SW_TYPE_F64, DUCKDB_TYPE_DOUBLE},    {SW_TYPE_STR, DUCKDB_TYPE_VARCHAR},
    {SW_TYPE_BLOB, DUCKDB_TYPE_BLOB},       {SW_TYPE_DATE, DUCKDB_TYPE_DATE},     {SW_TYPE_TIME, DUCKDB_TYPE_TIME},
    {SW_TYPE_TIMESTAMP, DUCKDB_TYPE_TIMESTAMP}, {SW_TYPE_TIMESTAMP, DUCKDB_TYPE_TIMESTAMP_TZ},
    {SW_TYPE_LIST, DUCKDB_TYPE_LIST},       {SW_TYPE_LIST, DUCKDB_TYPE_MAP},      {SW_TYPE_LIST, DUCKDB_TYPE_ARRAY},
    {SW_TYPE_STRUCT, DUCKDB_TYPE_STRUCT},   {SW_TYPE_TIMESTAMP, DUCKDB_TYPE_TIMESTAMP_S},
    {SW_TYPE_TIMESTAMP, DUCKDB_TYPE_TIMESTAMP_MS}, {SW_TYPE_TIMESTAMP, DUCKDB_TYPE_TIMESTAMP_NS},
    {SW_TYPE_STR, DUCKDB_TYPE_ENUM},
};

duckdb_logical_type duck_logical(sw_type t) {
  if (t.id == SW_TYPE_DECIMAL) return duckdb_create_decimal_type(t.width, t.scale);
  for (size_t i = 0; i < sizeof PLAIN / sizeof *PLAIN; i++)
    if (PLAIN[i].id == t.id) return duckdb_create_logical_type(PLAIN[i].raw);
  return duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
}

/* --- shapes ---------------------------------------------------------------------------------------- */

static sw_status child_shape(duckdb_logical_type t, const char *name, sw_arena *a, duck_shape *out, sw_error *err) {
  sw_status s = duck_shape_of(t, name, a, out, err);
  duckdb_destroy_logical_type(&t);
  return s;
}

static sw_status struct_shape(duckdb_logical_type t, sw_arena *a, duck_shape *out, sw_error *err) {
  out->nchildren = (size_t)duckdb_struct_type_child_count(t);
  out->children = SW_ARENA_ARRAY(a, duck_shape, out->nchildren);
  if (!out->children) return sw_arena_check(a, err);
  for (size_t i = 0; i < out->nchildren; i++) {
    char *name = duckdb_struct_type_child_name(t, i);
    const char *kept = name ? sw_arena_dupz(a, sw_str_of(name)) : NULL;
    duckdb_free(name);
    sw_status s = child_shape(duckdb_struct_type_child_type(t, i), kept, a, &out->children[i], err);
    if (s) return s;
  }
  return SW_OK;
}

/* A map is a list of {key, value}. */
static sw_status map_shape(duckdb_logical_type t, sw_arena *a, duck_shape *out, sw_error *err) {
  duck_shape *pair = &out->children[0];
  *pair = (duck_shape){.type = {.id = SW_TYPE_STRUCT}, .storage = SW_TYPE_STRUCT, .raw = DUCKDB_TYPE_STRUCT, .nchildren = 2};
  pair->children = SW_ARENA_ARRAY(a, duck_shape, 2);
  if (!pair->children) return sw_arena_check(a, err);
  sw_status s = child_shape(duckdb_map_type_key_type(t), "key", a, &pair->children[0], err);
  return s ? s : child_shape(duckdb_map_type_value_type(t), "value", a, &pair->children[1], err);
}

static sw_status list_shape(duckdb_logical_type t, sw_arena *a, duck_shape *out, sw_error *err) {
  out->nchildren = 1;
  out->children = SW_ARENA_NEW(a, duck_shape);
  if (!out->children) return sw_arena_check(a, err);
  if (out->raw == DUCKDB_TYPE_MAP) return map_shape(t, a, out, err);
  if (out->raw == DUCKDB_TYPE_LIST) return child_shape(duckdb_list_type_child_type(t), NULL, a, &out->children[0], err);
  out->array_size = duckdb_array_type_array_size(t);
  return child_shape(duckdb_array_type_child_type(t), NULL, a, &out->children[0], err);
}

static sw_status enum_shape(duckdb_logical_type t, sw_arena *a, duck_shape *out, sw_error *err) {
  out->nwords = duckdb_enum_dictionary_size(t);
  out->words = SW_ARENA_ARRAY(a, const char *, out->nwords);
  if (!out->words) return sw_arena_check(a, err);
  for (size_t i = 0; i < out->nwords; i++) {
    char *word = duckdb_enum_dictionary_value(t, i);
    out->words[i] = sw_arena_dupz(a, sw_str_of(word));
    duckdb_free(word);
  }
  return sw_arena_check(a, err);
}

sw_status duck_shape_of(duckdb_logical_type t, const char *name, sw_arena *a, duck_shape *out, sw_error *err) {
  *out = (duck_shape){.type = {.id = SW_TYPE_OTHER}, .raw = duckdb_get_type_id(t), .name = name};
  for (size_t i = 0; i < sizeof PLAIN / sizeof *PLAIN; i++)
    if (PLAIN[i].raw == out->raw) out->type.id = PLAIN[i].id;
  out->storage = out->type.id == SW_TYPE_OTHER ? SW_TYPE_STR : out->type.id;
  switch ((int)out->raw) {
    case DUCKDB_TYPE_DECIMAL:
      out->type = SW_T_DECIMAL(duckdb_decimal_width(t), duckdb_decimal_scale(t));
      out->storage = sw_decimal_storage(out->type.width);
      return SW_OK;
    case DUCKDB_TYPE_ENUM: return enum_shape(t, a, out, err);
    case DUCKDB_TYPE_STRUCT: return struct_shape(t, a, out, err);
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_MAP:
    case DUCKDB_TYPE_ARRAY: return list_shape(t, a, out, err);
    default: return SW_OK;
  }
}

sw_status duck_column_of(const duck_shape *s, sw_arena *a, sw_column *out, sw_error *err) {
  *out = (sw_column){.type = s->type, .storage = s->storage, .name = s->name, .nchildren = s->nchildren};
  if (!s->nchildren) return SW_OK;
  sw_column *children = SW_ARENA_ARRAY(a, sw_column, s->nchildren);
  if (!children) return sw_arena_check(a, err);
  out->children = children;
  for (size_t i = 0; i < s->nchildren; i++) {
    sw_status st = duck_column_of(&s->children[i], a, &children[i], err);
    if (st) return st;
  }
  return SW_OK;
}

/* --- views ----------------------------------------------------------------------------------------- */

static void put_cell(sw_arena *a, sw_string *cell, const char *p, size_t n) {
  if (n <= 12) {
    *cell = (sw_string){.u.near = {.length = (uint32_t)n}};
    if (n) memcpy(cell->u.near.bytes, p, n);
    return;
  }
  const char *copy = sw_arena_dupz(a, (sw_str){p, n});
  *cell = (sw_string){.u.far = {.length = copy ? (uint32_t)n : 0, .ptr = copy}};
  if (copy) memcpy(cell->u.far.prefix, p, 4);
}

static size_t enum_index(const duck_shape *s, const void *data, size_t row) {
  if (s->nwords <= UINT8_MAX) return ((const uint8_t *)data)[row];
  if (s->nwords <= UINT16_MAX) return ((const uint16_t *)data)[row];
  return ((const uint32_t *)data)[row];
}

static void text_uuid(duckdb_hugeint v, char out[40]) {
  uint64_t hi = (uint64_t)v.upper ^ (UINT64_C(1) << 63); /* stored with the sign bit flipped so that it sorts */
  snprintf(out, 40, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(hi >> 32), (unsigned)(hi >> 16 & 0xFFFF), (unsigned)(hi & 0xFFFF),
           (unsigned)(v.lower >> 48), (unsigned long long)(v.lower & 0xFFFFFFFFFFFF));
}

static void text_other(const duck_shape *s, const void *data, size_t row, char out[96]) {
  out[0] = '\0';
  if (s->raw == DUCKDB_TYPE_UUID) {
    text_uuid(((const duckdb_hugeint *)data)[row], out);
  } else if (s->raw == DUCKDB_TYPE_INTERVAL) {
    duckdb_interval v = ((const duckdb_interval *)data)[row];
    snprintf(out, 96, "%d months %d days %.6f s", v.months, v.days, (double)v.micros / 1e6);
  } else if (s->raw == DUCKDB_TYPE_UHUGEINT) {
    duckdb_uhugeint v = ((const duckdb_uhugeint *)data)[row];
    snprintf(out, 96, "%.0f", duckdb_uhugeint_to_double(v));
  } else {
    snprintf(out, 96, "(a value of an unsupported type; cast it to VARCHAR)");
  }
}

/* Strings made of ENUMs and of types without a view of ours. */
static sw_status make_strings(const duck_shape *s, const void *data, sw_arena *a, sw_column *out, sw_error *err) {
  sw_string *cells = SW_ARENA_ARRAY(a, sw_string, out->n ? out->n : 1);
  if (!cells) return sw_arena_check(a, err);
  for (size_t i = 0; i < out->n; i++) {
    char text[96];
    const char *p = text;
    if (!sw_column_valid(out, i)) continue;
    if (s->words && data) {
      size_t at = enum_index(s, data, i);
      p = at < s->nwords ? s->words[at] : "";
    } else {
      text_other(s, data, i, text);
    }
    put_cell(a, &cells[i], p, strlen(p));
  }
  out->data = cells;
  return sw_arena_check(a, err);
}

/* Seconds, milliseconds and nanoseconds as microseconds. */
static sw_status make_micros(const duck_shape *s, const int64_t *in, sw_arena *a, sw_column *out, sw_error *err) {
  int64_t *us = SW_ARENA_ARRAY(a, int64_t, out->n ? out->n : 1);
  if (!us) return sw_arena_check(a, err);
  for (size_t i = 0; i < out->n; i++) {
    int64_t v = sw_column_valid(out, i) ? in[i] : 0;
    if (s->raw == DUCKDB_TYPE_TIMESTAMP_NS) us[i] = v / 1000;
    else if (__builtin_mul_overflow(v, s->raw == DUCKDB_TYPE_TIMESTAMP_S ? 1000000 : 1000, &us[i])) us[i] = v < 0 ? -INT64_MAX : INT64_MAX;
  }
  out->data = us;
  return SW_OK;
}

static sw_status make_entries(const duck_shape *s, sw_arena *a, sw_column *out, sw_error *err) {
  sw_list_entry *e = SW_ARENA_ARRAY(a, sw_list_entry, out->n ? out->n : 1);
  if (!e) return sw_arena_check(a, err);
  for (size_t i = 0; i < out->n; i++) e[i] = (sw_list_entry){.offset = i * s->array_size, .length = s->array_size};
  out->data = e;
  return SW_OK;
}

static sw_status view_children(const duck_shape *s, duckdb_vector v, sw_arena *scratch, sw_column *out, sw_error *err) {
  sw_column *children = (sw_column *)out->children; /* our own arena's, made by duck_column_of */
  for (size_t i = 0; i < s->nchildren; i++) {
    duckdb_vector child;
    size_t n = out->n;
    if (s->raw == DUCKDB_TYPE_STRUCT) {
      child = duckdb_struct_vector_get_child(v, i);
    } else if (s->raw == DUCKDB_TYPE_ARRAY) {
      child = duckdb_array_vector_get_child(v);
      n *= s->array_size;
    } else {
      child = duckdb_list_vector_get_child(v);
      n = (size_t)duckdb_list_vector_get_size(v);
    }
    sw_status st = duck_view(&s->children[i], child, n, scratch, &children[i], err);
    if (st) return st;
  }
  return SW_OK;
}

sw_status duck_view(const duck_shape *s, duckdb_vector v, size_t n, sw_arena *scratch, sw_column *out, sw_error *err) {
  out->n = n;
  out->data = duckdb_vector_get_data(v);
  out->validity = duckdb_vector_get_validity(v);
  if (s->raw == DUCKDB_TYPE_ARRAY) {
    sw_status st = make_entries(s, scratch, out, err);
    if (st) return st;
  } else if (!out->data && n && s->raw != DUCKDB_TYPE_STRUCT && s->raw != DUCKDB_TYPE_SQLNULL) {
    return SW_FAIL(err, SW_E_INTERNAL, "SW-ENGINE-0026", "引擎交出了非平铺的列", "the engine handed out a column that is not flat");
  } else if (s->storage == SW_TYPE_STR && s->raw != DUCKDB_TYPE_VARCHAR) {
    return make_strings(s, out->data, scratch, out, err);
  } else if (s->raw == DUCKDB_TYPE_TIMESTAMP_S || s->raw == DUCKDB_TYPE_TIMESTAMP_MS || s->raw == DUCKDB_TYPE_TIMESTAMP_NS) {
    return make_micros(s, out->data, scratch, out, err);
  }
  return s->nchildren ? view_children(s, v, scratch, out, err) : SW_OK;
}

/* --- filling --------------------------------------------------------------------------------------- */

void duck_out_of(duckdb_vector v, sw_type type, sw_out_column *out) {
  *out = (sw_out_column){.type = type,
                         .storage = type.id == SW_TYPE_DECIMAL ? sw_decimal_storage(type.width) : type.id,
                         .data = duckdb_vector_get_data(v),
                         .validity = NULL,
                         .vector = v};
}

void sw_out_null(sw_out_column *c, size_t row) {
  if (!c->validity) {
    duckdb_vector_ensure_validity_writable(c->vector);
    c->validity = duckdb_vector_get_validity(c->vector);
  }
  c->validity[row >> 6] &= ~(UINT64_C(1) << (row & 63));
}

void sw_out_str(sw_out_column *c, size_t row, sw_str s) {
  if (s.len <= 12) { /* the common case, without a call: the bytes lie in the cell */
    sw_string *cell = &((sw_string *)c->data)[row];
    *cell = (sw_string){.u.near = {.length = (uint32_t)s.len}};
    if (s.len) memcpy(cell->u.near.bytes, s.ptr, s.len);
    return;
  }
  duckdb_unsafe_vector_assign_string_element_len(c->vector, row, s.ptr, s.len);
}
