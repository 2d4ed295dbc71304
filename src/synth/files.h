/* The delivered files and the truth files of one run, and how blocks of rows reach them in order. Internal to the room.
 *
 * Worker threads make blocks (a few dozen persons each) into buffers of their own, one a file; blocks are appended in the
 * order of their numbers, whichever thread made them, so that the bytes do not depend on threads. Only small tails are
 * kept in memory, and no file stays open (but the spreadsheets under way). */
#ifndef SW_SYNTH_FILES_H
#define SW_SYNTH_FILES_H

#include "base/hash.h"
#include "synth/compress.h"
#include "synth/world.h"

#include <pthread.h>

typedef enum sy_format { SY_TEXT_FILE, SY_XLSX_FILE, SY_DBF_FILE } sy_format;

/* How a table is written: the vendor's habit, or one of the common forms. */
typedef struct sy_style {
  char dialect;       /* a b c; h: ISO dates and coded sex (HQMS, settlement lists, XLSX, DBF) */
  char keys;          /* a b c */
  char delimiter;     /* XLSX and DBF: 0x1F between fields */
  bool quotes;
  const char *eol;
  sy_encoding encoding;
  sy_format format;
  sy_packing packing;  /* of text files */
} sy_style;

typedef struct sy_header {
  int n;
  const char **names;
  sy_type *types;
} sy_header;

typedef struct sy_zip sy_zip;

typedef struct sy_file {
  char *path;               /* relative to deliveries/ */
  char *full;
  int inst, table, delivery;
  const sy_style *style;
  const sy_header *header;
  int64_t lines;            /* physical lines (or records, for XLSX and DBF) committed */
  int64_t rows;             /* data records committed */
  int64_t source_rows;      /* with those that were lost on the way */
  int64_t since_header;     /* records since the last header line, where headers are repeated */
  int64_t amount;           /* fen, of the total row */
  int64_t bytes;            /* as delivered: compressed where the style says so */
  bool started;
  sw_buf tail;              /* not yet written */
  sw_digest *digest;        /* where a manifest wants one */
  sy_zip *zip;              /* XLSX */
} sy_file;

/* One block's part of one file. */
typedef struct sy_part {
  sw_buf bytes;
  int64_t lines, rows, source_rows, amount;
  bool dirty;
} sy_part;

typedef enum sy_truth_id {
  SY_TRUTH_PERSONS,
  SY_TRUTH_FAULTS,
  SY_TRUTH_LOST,
  SY_TRUTH_MAPPINGS,
  SY_TRUTH_CASES,
  SY_TRUTH_ADVISORY,
  SY_TRUTH_INFECTIOUS,
  SY_TRUTH_CORRECTIONS,
  SY_TRUTH_RELATIONS,
  SY_TRUTH_RARITIES,
  SY_NTRUTHS
} sy_truth_id;

/* A fault whose line is known within its block only. */
typedef struct sy_fault_at {
  int file;
  int64_t line;            /* 1-based within the block's part */
  uint32_t head, from, to; /* text before and after the line number, in the block's fault text */
} sy_fault_at;

typedef struct sy_files {
  const sy_world *w;
  sw_arena arena;
  sy_file *files;
  int n;
  sy_style *styles;         /* by inst * SY_NTABLES + table */
  sy_header *headers;       /* same */
  int *xlsx_first;          /* by institution: first file of the history's parts; -1 none */
  int nparts;               /* of the history: years, then months */
  int again_delivery;       /* the delivery that brings a month again; -1 none */
  int32_t again_from, again_to;
  sw_buf truth[SY_NTRUTHS];
  char *truth_path[SY_NTRUTHS];
  int64_t truth_rows[SY_NTRUTHS];
  pthread_mutex_t lock;     /* guards everything here but what does not change: files, truth, next, failed */
  pthread_cond_t turn;
  int64_t next;
  bool failed;
} sy_files;

SW_CHECKED sw_status sy_files_init(sy_files *f, const sy_world *w, sw_error *err);
void sy_files_fini(sy_files *f);

/* The file of a table in a delivery; XLSX front pages of the history go to a part by day. */
int sy_file_index(const sy_files *f, int inst, int table, int delivery, int32_t day);
int sy_file_again(const sy_files *f, int inst); /* the month delivered again */
static inline const sy_style *sy_style_of(const sy_files *f, int inst, int table) {
  return &f->styles[inst * SY_NTABLES + table];
}
static inline const sy_header *sy_header_of(const sy_files *f, int inst, int table) {
  return &f->headers[inst * SY_NTABLES + table];
}
bool sy_delivers(const sy_world *w, int inst, int table); /* whether this institution has the table at all */

/* Appends a block: its parts (one a file), its truth, its faults. Waits for the blocks before it. The parts are emptied. */
SW_CHECKED sw_status sy_files_commit(sy_files *f, int64_t block, sy_part *parts, sw_buf truth[SY_NTRUTHS],
                                     const sy_fault_at *faults, size_t nfaults, sw_str fault_text, sw_error *err);
/* Tells waiting workers that nothing more will come. */
void sy_files_fail(sy_files *f);
/* Total rows, tails, spreadsheets' ends, record counts, manifests. */
SW_CHECKED sw_status sy_files_finish(sy_files *f, sw_error *err);

/* Encodes UTF-8 text after the style into out. */
void sy_encode(const sy_world *w, sy_encoding e, sw_str text, sw_buf *out);

#endif
