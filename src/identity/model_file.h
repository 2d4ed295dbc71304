/* A model version on disk: m, u, frequencies and blocking as they were estimated. Binary, little-endian, with a checksum;
 * a file that was changed or cut is refused. It belongs to one spec: another list of fields is refused too. */
#ifndef SW_IDENTITY_MODEL_FILE_H
#define SW_IDENTITY_MODEL_FILE_H

#include "identity/model.h"

/* Stands for the fields, their kinds and columns. */
uint64_t sw_link_spec_signature(const sw_link_spec *s);
SW_CHECKED sw_status sw_link_model_write(const sw_link_model *m, const sw_link_spec *spec, const char *path, sw_error *err);
/* Reads a model and readies it for the store's texts. CONFIG: of another spec; DATA: damaged. */
SW_CHECKED sw_status sw_link_model_read(const char *path, const sw_link_spec *spec, const sw_link_store *s, sw_link_model *out, sw_error *err);
/* The same from bytes in memory. */
SW_CHECKED sw_status sw_link_model_parse(sw_str bytes, const sw_link_spec *spec, const sw_link_store *s, sw_link_model *out, sw_error *err);

#endif
