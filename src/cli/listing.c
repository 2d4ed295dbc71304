#include "cli/listing.h"

#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WAIT_ROWS = 1000, MAX_WIDTH = 60, MIN_WIDTH = 10 };

struct sw_listing_waiting {
  struct sw_listing_waiting *next;
  sw_str cells[];
};

void sw_human_int(int64_t v, char out[32]) {
  char digits[24];
  int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)(v < 0 ? 0 - (uint64_t)v : (uint64_t)v));
  size_t o = 0;
  if (v < 0) out[o++] = '-';
  for (int i = 0; i < n; i++) {
    if (i && (n - i) % 3 == 0) out[o++] = ',';
    out[o++] = digits[i];
  }
  out[o] = '\0';
}

void sw_human_bytes(int64_t v, char out[32]) {
  static const char *const UNIT[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double x = (double)v;
  int u = 0;
  while (x >= 1024 && u < 4) {
    x /= 1024;
    u++;
  }
  snprintf(out, 32, u ? "%.1f %s" : "%.0f %s", x, UNIT[u]);
}

void sw_human_seconds(double v, char out[32]) {
  if (v < 0.001) snprintf(out, 32, "%.0f µs", v * 1e6);
  else if (v < 1) snprintf(out, 32, "%.0f ms", v * 1e3);
  else if (v < 60) snprintf(out, 32, "%.2f s", v);
  else if (v < 3600) snprintf(out, 32, "%d min %02d s", (int)(v / 60), (int)v % 60);
  else snprintf(out, 32, "%d h %02d min", (int)(v / 3600), (int)(v / 60) % 60);
}

void sw_listing_begin(sw_listing *l, const sw_cli *cli, const sw_listing_column *columns, size_t ncolumns) {
  *l = (sw_listing){.cli = cli, .columns = columns, .ncolumns = ncolumns, .line = SW_BUF_INIT, .cells = SW_ARENA_INIT};
  sw_json_init(&l->json, &l->line);
  if (cli->format == SW_OUT_JSON) sw_json_open(&l->json, '[');
  if (cli->format == SW_OUT_CSV) {
    for (size_t i = 0; i < ncolumns; i++) {
      if (i) sw_buf_putc(&l->line, ',');
      sw_csv_field(&l->line, sw_str_of(columns[i].key), ',');
    }
    sw_buf_puts(&l->line, "\r\n");
  }
}

static void flush(sw_listing *l) {
  if (l->status == SW_OK) l->status = sw_buf_check(&l->line, &l->error);
  if (l->status == SW_OK) l->status = sw_cli_write(l->line.ptr, l->line.len, &l->error);
  sw_buf_clear(&l->line);
}

static struct sw_listing_waiting *current(sw_listing *l) {
  if (l->at == 0) {
    struct sw_listing_waiting *w = sw_arena_alloc(&l->cells, sizeof *w + l->ncolumns * sizeof(sw_str));
    if (!w) {
      l->status = sw_arena_check(&l->cells, &l->error);
      return NULL;
    }
    if (l->last) l->last->next = w;
    else l->first = w;
    l->last = w;
    l->waiting++;
  }
  return l->last;
}

/* The cell in its machine form (JSON, CSV) or its human form (table); exactly one of the texts is used. */
static void put(sw_listing *l, sw_str machine, sw_str human, bool quoted_json, bool null) {
  if (l->status != SW_OK || l->at >= l->ncolumns) return;
  if (l->cli->format == SW_OUT_JSON) {
    if (l->at == 0) sw_json_open(&l->json, '{');
    sw_json_key(&l->json, l->columns[l->at].key);
    if (null) sw_json_null(&l->json);
    else if (quoted_json) sw_json_str(&l->json, machine);
    else sw_json_raw(&l->json, machine);
  } else if (l->cli->format == SW_OUT_CSV) {
    if (l->at) sw_buf_putc(&l->line, ',');
    if (!null) sw_csv_field(&l->line, machine, ',');
  } else {
    struct sw_listing_waiting *w = current(l);
    if (w) w->cells[l->at] = sw_arena_dup(&l->cells, null ? SW_LIT("–") : human);
  }
  l->at++;
}

void sw_listing_str(sw_listing *l, sw_str v) { put(l, v, v, true, false); }

void sw_listing_strz(sw_listing *l, const char *v) {
  if (v) sw_listing_str(l, sw_str_of(v));
  else sw_listing_null(l);
}

void sw_listing_null(sw_listing *l) { put(l, SW_LIT(""), SW_LIT(""), false, true); }

void sw_listing_json(sw_listing *l, sw_str json, sw_str text) { put(l, l->cli->format == SW_OUT_JSON ? json : text, text, false, false); }

void sw_listing_i64(sw_listing *l, int64_t v) {
  char machine[40], human[40];
  snprintf(machine, sizeof machine, "%lld", (long long)v);
  sw_cell_kind kind = l->at < l->ncolumns ? l->columns[l->at].kind : SW_CELL_INT;
  if (kind == SW_CELL_BYTES) sw_human_bytes(v, human);
  else if (kind == SW_CELL_MONEY) {
    uint64_t fen = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    snprintf(machine, sizeof machine, "%s%llu.%02llu", v < 0 ? "-" : "", (unsigned long long)(fen / 100), (unsigned long long)(fen % 100));
    char whole[32];
    sw_human_int((int64_t)(fen / 100), whole);
    snprintf(human, sizeof human, "%s%s.%02llu", v < 0 ? "-" : "", whole, (unsigned long long)(fen % 100));
  } else if (kind == SW_CELL_INT) sw_human_int(v, human);
  else snprintf(human, sizeof human, "%s", machine);
  put(l, sw_str_of(machine), sw_str_of(human), false, false);
}

void sw_listing_f64(sw_listing *l, double v) {
  sw_buf machine = SW_BUF_INIT;
  sw_json j;
  sw_json_init(&j, &machine);
  sw_json_f64(&j, v);
  char human[40];
  sw_cell_kind kind = l->at < l->ncolumns ? l->columns[l->at].kind : SW_CELL_NUMBER;
  if (kind == SW_CELL_SECONDS) sw_human_seconds(v, human);
  else if (kind == SW_CELL_RATE) snprintf(human, sizeof human, "%.2f %%", v * 100);
  else snprintf(human, sizeof human, "%.6g", v);
  put(l, sw_buf_str(&machine), sw_str_of(human), false, !isfinite(v));
  sw_buf_fini(&machine);
}

static bool is_text(sw_cell_kind k) { return k == SW_CELL_TEXT || k == SW_CELL_PROSE; }
static bool right_aligned(sw_cell_kind k) { return !is_text(k) && k != SW_CELL_STATE; }

static const char *state_colour(sw_str s) {
  if (sw_str_eqz(s, "done") || sw_str_eqz(s, "ok") || sw_str_eqz(s, "committed")) return "\033[32m";
  if (sw_str_eqz(s, "failed") || sw_str_eqz(s, "broken")) return "\033[31m";
  if (sw_str_eqz(s, "running") || sw_str_eqz(s, "warning")) return "\033[33m";
  return "";
}

static void pad(sw_buf *b, size_t n) {
  while (n--) sw_buf_putc(b, ' ');
}

/* One cell padded to its column; a longer value is cut with an ellipsis (JSON and CSV always hold it whole). */
static void put_cell(sw_listing *l, size_t i, sw_str v, const char *colour) {
  size_t width = l->widths[i], w = sw_utf8_width(v);
  bool cut = w > width;
  while (cut && sw_utf8_width(v) + 1 > width && v.len) v = sw_utf8_clip(v, v.len - 1);
  w = cut ? sw_utf8_width(v) + 1 : w;
  bool right = right_aligned(l->columns[i].kind);
  if (right) pad(&l->line, width - w);
  sw_buf_puts(&l->line, colour);
  for (size_t k = 0; k < v.len; k++) {
    char c = v.ptr[k];
    sw_buf_putc(&l->line, (unsigned char)c < 0x20 || c == 0x7F ? ' ' : c); /* no control codes on a terminal */
  }
  if (cut) sw_buf_puts(&l->line, "…");
  if (*colour) sw_buf_puts(&l->line, "\033[0m");
  if (!right && i + 1 < l->ncolumns) pad(&l->line, width - w);
}

/* The part of v that fills a line of `width`: whole where it fits, else up to the last good place in its second half. */
static size_t line_of(sw_str v, size_t width) {
  static const char *const BREAKS[] = {" ", "；", "，", "→", "。", "、"};
  size_t best = 0;
  sw_str line = v;
  if (sw_utf8_width(v) <= width) return v.len;
  if (line.len > width * 4) line = sw_utf8_clip(line, width * 4);
  while (sw_utf8_width(line) > width && line.len) line = sw_utf8_clip(line, line.len - 1);
  for (size_t i = 0; i < sizeof BREAKS / sizeof *BREAKS; i++) {
    sw_str mark = sw_str_of(BREAKS[i]);
    for (size_t at = line.len; at > line.len / 2 && at > best; at--)
      if (at >= mark.len && memcmp(line.ptr + at - mark.len, mark.ptr, mark.len) == 0) best = at;
  }
  return best ? best : line.len ? line.len : v.len;
}

/* What is left of the last column's text, line by line under its first. */
static void put_rest(sw_listing *l, size_t i, sw_str v) {
  size_t indent = 0;
  for (size_t k = 0; k < i; k++) indent += l->widths[k] ? l->widths[k] + 2 : 0;
  while (v.len && l->widths[i]) {
    size_t n = line_of(v, l->widths[i]);
    sw_buf_putc(&l->line, '\n');
    pad(&l->line, indent);
    put_cell(l, i, sw_str_trim(sw_str_sub(v, 0, n)), "");
    v = sw_str_sub(v, n, v.len);
  }
}

/* Between columns; a column of width 0 is not shown. */
static bool shown(sw_listing *l, size_t i, bool *first) {
  if (!l->widths[i]) return false;
  if (!*first) sw_buf_puts(&l->line, "  ");
  *first = false;
  return true;
}

static void heading(sw_listing *l) {
  bool first = true;
  for (size_t i = 0; i < l->ncolumns; i++) {
    if (!shown(l, i, &first)) continue;
    put_cell(l, i, sw_str_of(l->columns[i].title[l->cli->lang]), l->cli->terminal ? "\033[1m" : "");
  }
  sw_buf_putc(&l->line, '\n');
  first = true;
  for (size_t i = 0; i < l->ncolumns; i++) {
    if (!shown(l, i, &first)) continue;
    for (size_t k = 0; k < l->widths[i]; k++) sw_buf_puts(&l->line, "─");
  }
  sw_buf_putc(&l->line, '\n');
}

/* --- a table that is wider than the terminal ------------------------------------------------------- */

static size_t terminal_width(const sw_listing *l) {
  struct winsize size = {0};
  if (!l->cli->terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

static size_t total_width(const sw_listing *l) {
  size_t sum = 0, n = 0;
  for (size_t i = 0; i < l->ncolumns; i++) sum += l->widths[i], n += l->widths[i] > 0;
  return sum + (n ? (n - 1) * 2 : 0);
}

static bool same_everywhere(const sw_listing *l, size_t i) {
  if (!l->first || !l->first->next || !l->first->next->next) return false;
  for (const struct sw_listing_waiting *w = l->first->next; w; w = w->next)
    if (!sw_str_eq(w->cells[i], l->first->cells[i])) return false;
  return true;
}

/* The widest text that may still be shortened; `spare`, which usually names the row, is left alone. */
static size_t widest_text(const sw_listing *l, size_t spare) {
  size_t widest = l->ncolumns;
  for (size_t i = 0; i < l->ncolumns; i++)
    if (i != spare && is_text(l->columns[i].kind) && l->widths[i] > MIN_WIDTH && (widest == l->ncolumns || l->widths[i] > l->widths[widest])) widest = i;
  return widest;
}

/* What is the same in every row is told once, above the table; then the widest texts are shortened. */
static void fit(sw_listing *l) {
  size_t room = terminal_width(l), named = 0;
  if (!room) return;
  for (size_t i = 0; i < l->ncolumns && total_width(l) > room; i++) {
    if (l->columns[i].kind != SW_CELL_TEXT || !same_everywhere(l, i)) continue;
    if (l->first->cells[i].len && !sw_str_eqz(l->first->cells[i], "–"))
      sw_buf_printf(&l->line, "%s: %.*s\n", l->columns[i].title[l->cli->lang], SW_STR_ARG(l->first->cells[i]));
    l->widths[i] = 0;
  }
  while (named < l->ncolumns && (!l->widths[named] || l->columns[named].kind != SW_CELL_TEXT)) named++;
  while (total_width(l) > room) {
    size_t i = widest_text(l, named);
    if (i == l->ncolumns) i = widest_text(l, l->ncolumns);
    if (i == l->ncolumns) return;
    l->widths[i]--;
  }
}

static void choose_widths(sw_listing *l) {
  l->widths = calloc(l->ncolumns ? l->ncolumns : 1, sizeof *l->widths);
  if (!l->widths) {
    l->status = SW_FAIL(&l->error, SW_E_NOMEM, "SW-BASE-0002", "内存不足", "out of memory");
    return;
  }
  for (size_t i = 0; i < l->ncolumns; i++) l->widths[i] = sw_utf8_width(sw_str_of(l->columns[i].title[l->cli->lang]));
  for (struct sw_listing_waiting *w = l->first; w; w = w->next)
    for (size_t i = 0; i < l->ncolumns; i++) {
      size_t k = sw_utf8_width(w->cells[i]);
      if (k > l->widths[i]) l->widths[i] = k > MAX_WIDTH ? MAX_WIDTH : k;
    }
  l->widths_set = true;
  fit(l);
  heading(l);
}

static void print_waiting(sw_listing *l) {
  if (!l->widths_set) choose_widths(l);
  for (struct sw_listing_waiting *w = l->first; l->status == SW_OK && w; w = w->next) {
    bool first = true;
    for (size_t i = 0; i < l->ncolumns; i++) {
      if (!shown(l, i, &first)) continue;
      bool state = l->cli->terminal && l->columns[i].kind == SW_CELL_STATE;
      size_t n = l->columns[i].kind == SW_CELL_PROSE ? line_of(w->cells[i], l->widths[i]) : w->cells[i].len;
      sw_str part = sw_str_sub(w->cells[i], 0, n);
      put_cell(l, i, n < w->cells[i].len ? sw_str_trim(part) : part, state ? state_colour(w->cells[i]) : "");
      put_rest(l, i, sw_str_sub(w->cells[i], n, w->cells[i].len));
    }
    sw_buf_putc(&l->line, '\n');
  }
  l->first = l->last = NULL;
  l->waiting = 0;
  sw_arena_fini(&l->cells);
  flush(l);
}

void sw_listing_row(sw_listing *l) {
  while (l->status == SW_OK && l->at < l->ncolumns) sw_listing_null(l);
  if (l->cli->format == SW_OUT_JSON && l->ncolumns) sw_json_close(&l->json, '}');
  if (l->cli->format == SW_OUT_CSV) sw_buf_puts(&l->line, "\r\n");
  l->at = 0;
  l->rows++;
  if (l->cli->format == SW_OUT_TABLE) {
    if (l->waiting >= WAIT_ROWS) print_waiting(l);
  } else if (l->line.len > 65536) flush(l);
}

sw_status sw_listing_end(sw_listing *l, sw_error *err) {
  if (l->cli->format == SW_OUT_JSON) {
    sw_json_close(&l->json, ']');
    sw_buf_putc(&l->line, '\n');
  }
  if (l->cli->format == SW_OUT_TABLE) {
    if (!l->rows) sw_cli_say(l->cli, "（没有记录）", "(none)");
    else print_waiting(l);
  } else flush(l);
  sw_buf_fini(&l->line);
  sw_arena_fini(&l->cells);
  free(l->widths);
  if (l->status != SW_OK && err) *err = l->error;
  return l->status;
}
