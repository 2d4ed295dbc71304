/* Functions of the engine's C API that its published header of 1.4.4 lacks and the library of 1.5 has. The library's
 * version is checked when a database is opened (SW_DUCKDB_VERSION), so that a signature cannot drift unnoticed. */
#ifndef SW_ENGINE_DUCKDB_EXTRA_H
#define SW_ENGINE_DUCKDB_EXTRA_H

#include <duckdb.h>

/* The library must report this version or a later patch of it. */
#define SW_DUCKDB_VERSION_PREFIX "v1.5."

typedef void (*duckdb_scalar_function_init_t)(duckdb_init_info info);

void duckdb_scalar_function_set_init(duckdb_scalar_function function, duckdb_scalar_function_init_t init);
void duckdb_scalar_function_init_set_error(duckdb_init_info info, const char *error);
void duckdb_scalar_function_init_set_state(duckdb_init_info info, void *state, duckdb_delete_callback_t destroy);
void *duckdb_scalar_function_init_get_extra_info(duckdb_init_info info);
void *duckdb_scalar_function_get_state(duckdb_function_info info);

/* Does not validate UTF-8: for bytes that were checked already. */
void duckdb_unsafe_vector_assign_string_element_len(duckdb_vector vector, idx_t index, const char *str, idx_t str_len);

#endif
