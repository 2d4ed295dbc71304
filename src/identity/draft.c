#include "identity/draft.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/utf8.h"
#include "identity/profile.h"

enum { DERIVED_SAMPLE = 2000 };

typedef struct drafter {
  const sw_link_csv *in;
  size_t nin;
  sw_arena *a;
  sw_link_draft *out;
  sw_link_profile *p; /* by column of the first input */
  bool *taken;
  size_t n;
} drafter;

static void note(drafter *d, size_t c, sw_link_column_use use, sw_link_kind kind) {
  if (d->taken[c]) return;
  d->taken[c] = true;
  d->out->notes[d->out->nnotes++] = (sw_link_column_note){.column = d->p[c].name, .use = use, .kind = kind, .filled = d->p[c].filled, .distinct = d->p[c].distinct};
}

static void add_field(drafter *d, size_t c, sw_link_kind kind, bool birth) {
  if (d->taken[c]) return;
  if (d->out->spec.nfields == SW_LINK_FIELDS) {
    note(d, c, SW_LINK_USE_TOO_MANY, kind);
    return;
  }
  note(d, c, SW_LINK_USE_EVIDENCE, kind);
  d->out->spec.fields[d->out->spec.nfields++] = (sw_link_field){.name = d->p[c].name, .kind = kind, .columns = {d->p[c].name}, .ncolumns = 1, .birth = birth};
}

/* --- columns left out ----------------------------------------------------------------------------- */

static void find_id(drafter *d, const char *told) {
  ptrdiff_t best = -1;
  if (told) {
    best = sw_link_csv_column(&d->in[0], sw_str_of(told));
  } else {
    for (size_t c = 0; c < d->n && best < 0; c++)
      if (d->p[c].unique && (d->p[c].hint & SW_LINK_HINT_RECORD)) best = (ptrdiff_t)c;
    if (best < 0 && d->n && d->p[0].unique && d->p[0].citizen < 0.5) best = 0;
  }
  if (best >= 0 && !told && d->nin == 2 && sw_link_csv_column(&d->in[1], sw_str_of(d->p[best].name)) < 0) best = -1; /* numbers of records will do */
  if (best < 0) return;
  d->out->spec.id_column = d->p[best].name;
  note(d, (size_t)best, SW_LINK_USE_ID, SW_LINK_KINDS);
}

static void leave_out(drafter *d) {
  for (size_t c = 0; c < d->n; c++) {
    const sw_link_profile *p = &d->p[c];
    if (p->hint & SW_LINK_HINT_ANSWER) note(d, c, SW_LINK_USE_ANSWER, SW_LINK_KINDS);
    if (p->filled == 0) note(d, c, SW_LINK_USE_EMPTY, SW_LINK_KINDS);
    if (d->in[0].nrows > 1 && (p->values == 1 || p->commonest > 0.995)) note(d, c, SW_LINK_USE_CONSTANT, SW_LINK_KINDS);
    if (p->hint & SW_LINK_HINT_EVENT && !(p->hint & SW_LINK_HINT_BIRTH)) note(d, c, SW_LINK_USE_EVENT, SW_LINK_KINDS);
    if (p->hint & SW_LINK_HINT_AGE) note(d, c, SW_LINK_USE_EVENT, SW_LINK_KINDS);
    if (p->length > 120) note(d, c, SW_LINK_USE_TEXT, SW_LINK_KINDS);
    if (p->sequence) note(d, c, SW_LINK_USE_UNIQUE, SW_LINK_KINDS);
    if (d->nin == 2 && sw_link_csv_column(&d->in[1], sw_str_of(p->name)) < 0) note(d, c, SW_LINK_USE_ELSEWHERE, SW_LINK_KINDS);
  }
}

static bool contains_folded(sw_str big, sw_str small) {
  for (size_t i = 0; i + small.len <= big.len; i++)
    if (sw_str_ieq((sw_str){big.ptr + i, small.len}, small)) return true;
  return false;
}

/* The share of rows in which column a holds column b's value as a part (or the same). */
static double containment(const drafter *d, size_t a, size_t b, bool same) {
  const sw_link_csv *in = &d->in[0];
  size_t stride = in->nrows / DERIVED_SAMPLE + 1, both = 0, hit = 0;
  for (size_t r = 0; r < in->nrows; r += stride) {
    sw_str x = sw_link_csv_cells(in, a)[r], y = sw_link_csv_cells(in, b)[r];
    if (x.len == 0 || y.len < 2) continue;
    both++;
    hit += same ? sw_str_ieq(x, y) : x.len > y.len && contains_folded(x, y);
  }
  return both >= 20 ? (double)hit / (double)both : 0;
}

static void drop_derived(drafter *d) {
  for (size_t a = 0; a < d->n; a++) {
    if (d->taken[a] || d->p[a].length > 120) continue;
    size_t parts = 0;
    for (size_t b = 0; b < d->n && !d->taken[a]; b++) {
      if (a == b || d->taken[b] || d->p[b].values < 8) continue;
      if (b < a && containment(d, a, b, true) > 0.95) note(d, a, SW_LINK_USE_DERIVED, SW_LINK_KINDS);
      if (!d->taken[a] && d->p[b].digits < 0.5 && containment(d, a, b, false) > 0.85) parts++;
    }
    if (parts >= 2) note(d, a, SW_LINK_USE_DERIVED, SW_LINK_KINDS);
  }
}

/* --- evidence ------------------------------------------------------------------------------------- */

static void find_date_parts(drafter *d) {
  ptrdiff_t y = -1, m = -1, day = -1;
  for (size_t c = 0; c < d->n; c++) {
    if (d->taken[c]) continue;
    if (y < 0 && d->p[c].years > 0.95 && (d->p[c].hint & SW_LINK_HINT_YEAR)) y = (ptrdiff_t)c;
    if (m < 0 && d->p[c].months > 0.95 && (d->p[c].hint & SW_LINK_HINT_MONTH)) m = (ptrdiff_t)c;
    if (day < 0 && d->p[c].days > 0.95 && (d->p[c].hint & SW_LINK_HINT_DAY)) day = (ptrdiff_t)c;
  }
  if (y < 0 || m < 0 || day < 0 || d->out->spec.nfields == SW_LINK_FIELDS) return;
  sw_link_field f = {.name = d->p[y].name, .kind = SW_LINK_DATE, .columns = {d->p[y].name, d->p[m].name, d->p[day].name}, .ncolumns = 3, .date_parts = true, .birth = true};
  note(d, (size_t)y, SW_LINK_USE_EVIDENCE, SW_LINK_DATE);
  note(d, (size_t)m, SW_LINK_USE_EVIDENCE, SW_LINK_DATE);
  note(d, (size_t)day, SW_LINK_USE_EVIDENCE, SW_LINK_DATE);
  d->out->spec.fields[d->out->spec.nfields++] = f;
}

static void find_names(drafter *d) {
  ptrdiff_t given = -1, surname = -1, name = -1;
  for (size_t c = 0; c < d->n; c++) {
    if (d->taken[c] || d->p[c].digits > 0.3) continue;
    unsigned h = d->p[c].hint;
    if (h & SW_LINK_HINT_RELATIVE) continue;
    if (given < 0 && h & SW_LINK_HINT_GIVEN) given = (ptrdiff_t)c;
    else if (surname < 0 && h & SW_LINK_HINT_SURNAME) surname = (ptrdiff_t)c;
    else if (name < 0 && (h & SW_LINK_HINT_NAME) && !(h & SW_LINK_HINT_FORMER)) name = (ptrdiff_t)c;
  }
  if (name < 0 && given < 0 && surname < 0)
    for (size_t c = 0; c < d->n && name < 0; c++)
      if (!d->taken[c] && d->p[c].han_names > 0.7 && d->p[c].values > 20 && d->p[c].distinct > 0.05) name = (ptrdiff_t)c;
  if (given >= 0 && surname >= 0) {
    add_field(d, (size_t)given, SW_LINK_GIVEN, false);
    add_field(d, (size_t)surname, SW_LINK_SURNAME, false);
  } else if (given >= 0 || surname >= 0) {
    add_field(d, (size_t)(given >= 0 ? given : surname), SW_LINK_NAME, false);
  }
  if (name < 0 || d->taken[name]) return;
  add_field(d, (size_t)name, SW_LINK_NAME, false);
  sw_link_field *f = &d->out->spec.fields[d->out->spec.nfields - 1];
  for (size_t c = 0; c < d->n; c++)
    if (!d->taken[c] && (d->p[c].hint & SW_LINK_HINT_FORMER) && f->ncolumns < SW_LINK_ALTERNATIVES) {
      f->columns[f->ncolumns++] = d->p[c].name;
      note(d, c, SW_LINK_USE_EVIDENCE, SW_LINK_NAME);
    }
}

static bool is_date(const sw_link_profile *p) { return p->dates > 0.8; }

/* The birth date: by name; else the only date there is, or the one that reaches over decades where the others tell of a
 * few years' visits. */
static void find_dates(drafter *d) {
  enum { DECADES = 8 };
  size_t dates = 0, wide = 0, last = 0;
  for (size_t c = 0; c < d->n; c++) {
    if (d->taken[c]) continue;
    bool year_of_birth = d->p[c].years > 0.95 && (d->p[c].hint & SW_LINK_HINT_BIRTH);
    if ((is_date(&d->p[c]) && (d->p[c].hint & SW_LINK_HINT_BIRTH)) || year_of_birth) {
      add_field(d, c, SW_LINK_DATE, true);
      return;
    }
    if (!is_date(&d->p[c])) continue;
    bool far = d->p[c].year_spread >= DECADES;
    if (dates == 0 || far) last = c;
    dates++;
    wide += far;
  }
  if (dates == 1 || wide == 1) add_field(d, last, SW_LINK_DATE, true);
}

/* What is left, by its values first and its name second. */
static sw_link_kind kind_of(const sw_link_profile *p) {
  if (p->citizen > 0.5) return SW_LINK_CITIZEN_ID;
  if (p->sexes > 0.95 && (p->hint & SW_LINK_HINT_SEX || p->sex_words > 0.9)) return SW_LINK_SEX;
  if (p->emails > 0.5) return SW_LINK_EMAIL;
  if (is_date(p)) return SW_LINK_DATE;
  if (p->phones > 0.6 && (p->hint & SW_LINK_HINT_PHONE || p->mobiles > 0.6)) return SW_LINK_PHONE;
  if (p->han > 0.5 && (p->hint & SW_LINK_HINT_ADDRESS || p->divisions > 0.5)) return SW_LINK_ADDRESS;
  if (p->hint & SW_LINK_HINT_RELATIVE && p->digits < 0.3) return SW_LINK_NAME;
  if (p->id_like > 0.8 && (p->distinct > 0.3 || p->hint & SW_LINK_HINT_CARD)) return SW_LINK_ID;
  if (p->values <= 64 && p->distinct < 0.05) return SW_LINK_CATEGORY;
  if (p->decimals > 0.5) return SW_LINK_NUMBER;
  return SW_LINK_STRING;
}

static void take_rest(drafter *d) {
  for (size_t c = 0; c < d->n; c++) {
    if (d->taken[c]) continue;
    sw_link_kind k = kind_of(&d->p[c]);
    if (k == SW_LINK_DATE) {
      note(d, c, SW_LINK_USE_EVENT, k); /* the birth date is taken; another date tells about a visit */
    } else if (k == SW_LINK_NUMBER && d->p[c].unique) {
      note(d, c, SW_LINK_USE_UNIQUE, k);
    } else {
      add_field(d, c, k, false);
    }
  }
}

/* --- two inputs of different headers ---------------------------------------------------------------- */

enum { ROLE_NONE, ROLE_RECORD, ROLE_BIRTH, ROLE_GIVEN, ROLE_SURNAME, ROLE_NAME, ROLE_FORMER, ROLE_KIND };

/* What a column is for, as far as its values and its name tell; columns of no role are paired by name alone. */
static unsigned role_of(const sw_link_profile *p, bool first) {
  if (p->filled == 0 || p->hint & (SW_LINK_HINT_ANSWER | SW_LINK_HINT_RELATIVE)) return ROLE_NONE;
  if (p->unique && (first || p->hint & SW_LINK_HINT_RECORD) && p->citizen < 0.5) return ROLE_RECORD;
  if (is_date(p)) return p->hint & SW_LINK_HINT_BIRTH || (!(p->hint & SW_LINK_HINT_EVENT) && p->year_spread >= 8) ? ROLE_BIRTH : ROLE_NONE;
  if (p->digits < 0.3) {
    if (p->hint & SW_LINK_HINT_FORMER) return ROLE_FORMER;
    if (p->hint & SW_LINK_HINT_GIVEN) return ROLE_GIVEN;
    if (p->hint & SW_LINK_HINT_SURNAME) return ROLE_SURNAME;
    if (p->hint & SW_LINK_HINT_NAME || (p->han_names > 0.7 && p->distinct > 0.05)) return ROLE_NAME;
  }
  sw_link_kind k = kind_of(p);
  bool telling = k == SW_LINK_CITIZEN_ID || k == SW_LINK_SEX || k == SW_LINK_EMAIL || k == SW_LINK_PHONE || k == SW_LINK_ADDRESS;
  return telling ? ROLE_KIND + (unsigned)k : ROLE_NONE;
}

/* The only column of a role that the other input does not name; −1 where there are none or several. */
static ptrdiff_t only_one(const sw_link_csv *in, const sw_link_csv *other, const unsigned *role, unsigned wanted) {
  ptrdiff_t found = -1;
  for (size_t c = 0; c < in->ncolumns; c++) {
    if (role[c] != wanted || sw_link_csv_column(other, in->names[c]) >= 0) continue;
    if (found >= 0) return -1;
    found = (ptrdiff_t)c;
  }
  return found;
}

sw_status sw_link_draft_pair(sw_link_csv in[2], sw_arena *a, const sw_events *events, sw_error *err) {
  unsigned role[2][SW_LINK_CSV_COLUMNS] = {{0}};
  for (size_t i = 0; i < 2; i++)
    for (size_t c = 0; c < in[i].ncolumns; c++) {
      sw_link_profile p;
      if (sw_link_csv_column(&in[1 - i], in[i].names[c]) >= 0) continue;
      if (sw_link_profile_column(&in[i], c, a, &p, err)) return err ? err->status : SW_E_NOMEM;
      role[i][c] = role_of(&p, c == 0);
    }
  for (unsigned r = ROLE_RECORD; r < ROLE_KIND + SW_LINK_KINDS; r++) {
    ptrdiff_t x = only_one(&in[0], &in[1], role[0], r), y = only_one(&in[1], &in[0], role[1], r);
    if (x < 0 || y < 0) continue;
    sw_emit_text(events, SW_EVENT_MESSAGE, "draft", "第二个输入的列 %.*s 视同 %.*s", "column %.*s of the second input is taken for %.*s", SW_STR_ARG(in[1].names[y]), SW_STR_ARG(in[0].names[x]));
    in[1].names[y] = in[0].names[x];
  }
  return SW_OK;
}

sw_status sw_link_draft_make(const sw_link_csv *inputs, size_t ninputs, const char *id_column, sw_arena *a, sw_link_draft *out, sw_error *err) {
  memset(out, 0, sizeof *out);
  if (id_column && sw_link_csv_column(&inputs[0], sw_str_of(id_column)) < 0)
    return SW_FAIL(err, SW_E_USAGE, "SW-LINK-0030", "没有名为 %s 的列", "no column is called %s", id_column);
  drafter d = {.in = inputs, .nin = ninputs, .a = a, .out = out, .n = inputs[0].ncolumns};
  d.p = SW_ARENA_ARRAY(a, sw_link_profile, d.n + 1);
  d.taken = SW_ARENA_ARRAY(a, bool, d.n + 1);
  out->notes = SW_ARENA_ARRAY(a, sw_link_column_note, d.n + 1);
  if (sw_arena_check(a, err)) return err ? err->status : SW_E_NOMEM;
  for (size_t c = 0; c < d.n; c++)
    if (sw_link_profile_column(&inputs[0], c, a, &d.p[c], err)) return err ? err->status : SW_E_NOMEM;
  find_id(&d, id_column);
  leave_out(&d);
  drop_derived(&d);
  find_date_parts(&d);
  find_names(&d);
  find_dates(&d);
  take_rest(&d);
  if (out->spec.nfields == 0)
    return SW_FAIL(err, SW_E_DATA, "SW-LINK-0031", "没有可用于关联的列：各列为空、恒定或只是编号；请用 --config 指定",
                   "no column can serve for linking: all are empty, constant or mere numbers of rows; name them with --config");
  return SW_OK;
}

const char *sw_link_use_text(sw_link_column_use u, sw_lang lang) {
  static const char *const text[][2] = {
      {"作为证据", "evidence"},
      {"记录编号", "the record's number"},
      {"像是标签或别处的关联结果，不用", "looks like a label or another linkage's result: not used"},
      {"全空，不用", "empty: not used"},
      {"几乎恒定，不用", "nearly constant: not used"},
      {"只是行号，不用", "a mere number of the row: not used"},
      {"记录何时产生，与人无关，不用", "tells about the event, not the person: not used"},
      {"由其他列拼成，不用", "put together from other columns: not used"},
      {"长文本，不用", "long text: not used"},
      {"只在一个输入中，不用", "only in one input: not used"},
      {"字段已满，不用", "enough fields already: not used"},
  };
  size_t i = (size_t)u < sizeof text / sizeof *text ? (size_t)u : 0;
  return text[i][lang == SW_LANG_EN];
}

static void yaml_string(sw_buf *out, const char *s) {
  sw_buf_putc(out, '"');
  for (; *s; s++) {
    if (*s == '"' || *s == '\\') sw_buf_putc(out, '\\');
    if ((unsigned char)*s >= ' ') sw_buf_putc(out, *s);
  }
  sw_buf_putc(out, '"');
}

void sw_link_spec_yaml(const sw_link_spec *s, sw_buf *out) {
  if (s->id_column) {
    sw_buf_puts(out, "id: ");
    yaml_string(out, s->id_column);
    sw_buf_putc(out, '\n');
  }
  sw_buf_printf(out, "link: %g\nreview: %g\nfields:\n", sw_link_p_link(s), sw_link_p_review(s));
  for (size_t i = 0; i < s->nfields; i++) {
    const sw_link_field *f = &s->fields[i];
    sw_buf_puts(out, "  - {name: ");
    yaml_string(out, f->name);
    sw_buf_printf(out, ", kind: %s", sw_link_kind_name(f->kind));
    sw_buf_puts(out, f->date_parts ? ", parts: [" : ", columns: [");
    for (size_t c = 0; c < f->ncolumns; c++) {
      if (c) sw_buf_puts(out, ", ");
      yaml_string(out, f->columns[c]);
    }
    sw_buf_puts(out, f->birth ? "], birth: true}\n" : "]}\n");
  }
}
