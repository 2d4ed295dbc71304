#include "identity/load.h"

enum { CHUNK = 65536 };

static sw_status find_columns(const sw_link_csv *in, const sw_link_spec *spec, ptrdiff_t at[SW_LINK_FIELDS][SW_LINK_ALTERNATIVES], sw_error *err) {
  for (size_t f = 0; f < spec->nfields; f++)
    for (size_t a = 0; a < spec->fields[f].ncolumns; a++) {
      at[f][a] = sw_link_csv_column(in, sw_str_of(spec->fields[f].columns[a]));
      if (at[f][a] < 0)
        return SW_FAIL(err, SW_E_CONFIG, "SW-LINK-0022", "字段 %s：输入中没有名为 %s 的列", "field %s: the input has no column called %s", spec->fields[f].name,
                       spec->fields[f].columns[a]);
    }
  return SW_OK;
}

sw_status sw_link_load(const sw_link_csv *inputs, size_t ninputs, const sw_link_spec *spec, size_t threads, sw_link_store *out, const sw_cancel *cancel,
                       sw_error *err) {
  if (sw_link_store_init(out, spec, err)) return err ? err->status : SW_E_CONFIG;
  sw_status st = SW_OK;
  for (size_t i = 0; i < ninputs && st == SW_OK; i++) {
    const sw_link_csv *in = &inputs[i];
    ptrdiff_t at[SW_LINK_FIELDS][SW_LINK_ALTERNATIVES] = {{0}};
    st = find_columns(in, spec, at, err);
    for (size_t from = 0; from < in->nrows && st == SW_OK; from += CHUNK) {
      sw_link_chunk c = {.n = in->nrows - from < CHUNK ? in->nrows - from : CHUNK, .source = (uint8_t)i};
      for (size_t f = 0; f < spec->nfields; f++)
        for (size_t a = 0; a < spec->fields[f].ncolumns; a++) c.columns[f][a] = sw_link_csv_cells(in, (size_t)at[f][a]) + from;
      st = sw_link_store_append(out, spec, &c, threads, err);
      if (st == SW_OK) st = sw_cancel_check(cancel, err);
    }
  }
  if (st != SW_OK) sw_link_store_fini(out);
  return st;
}
