/* Their files, by header. */
#include "quality/returned_internal.h"

sw_status sw_returned_open(const char *path, sw_arena *a, const sw_cancel *cancel, sw_returned_file *out, sw_error *err) {
  static const sw_file_hints hints = {.header = SW_YES};
  size_t parts = 1;
  *out = (sw_returned_file){0};
  sw_buf_init(&out->scratch, SW_BUF_DEFAULT_MAX);
  sw_open_options o = {.hints = &hints, .cancel = cancel};
  sw_status s = sw_input_open(path, &out->in, err);
  if (!s) s = sw_source_open(out->in, &o, a, &out->opened, err);
  if (!s && (out->opened.empty || !out->opened.names))
    s = SW_FAIL(err, SW_E_DATA, "SW-RULE-0071", "文件没有表头，无法知道各列是什么", "the file has no header: its columns cannot be told");
  if (!s && out->opened.split) s = out->opened.split(out->opened.self, &parts, cancel, err);
  if (!s) s = out->opened.open_part(out->opened.self, 0, &out->reader, err);
  if (!s) return SW_OK;
  sw_returned_close(out);
  sw_error_at(err, path, 0, 0);
  return SW_FRAME(err, "打开退回文件 %s", "opening the rejections %s", path);
}

void sw_returned_close(sw_returned_file *f) {
  sw_reader_free(&f->reader);
  sw_opened_close(&f->opened);
  sw_input_close(f->in);
  sw_buf_fini(&f->scratch);
  f->in = NULL;
}

ptrdiff_t sw_returned_column(const sw_returned_file *f, const sw_config_list *names) {
  for (size_t n = 0; n < names->n; n++)
    for (size_t i = 0; i < f->opened.nfields; i++)
      if (sw_str_ieq(sw_str_trim(sw_str_of(f->opened.names[i])), *SW_ITEM(sw_str, *names, n))) return (ptrdiff_t)i;
  return -1;
}

sw_str sw_returned_cell(sw_returned_file *f, const sw_record *r, ptrdiff_t column) {
  if (column < 0 || (size_t)column >= r->nfields || (r->fields[column].flags & SW_FIELD_NULL)) return (sw_str){NULL, 0};
  return sw_str_trim(sw_field_text(&f->reader, &r->fields[column], &f->scratch));
}
