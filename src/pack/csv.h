/* Reading small CSV files that are content (code lists beside a pack's YAML), whole and in memory. Deliveries are intake's.
 *
 *   sw_csv_scan c = sw_csv_scan_start(&arena, text);
 *   while (c.pos < c.text.len) for (bool last = false; !last;) if (!sw_csv_scan_field(&c, &cell, &last)) …; */
#ifndef SW_PACK_CSV_H
#define SW_PACK_CSV_H

#include "base/arena.h"

typedef struct sw_csv_scan {
  sw_str text;
  size_t pos;
  uint32_t line; /* 1-based line of pos, for records that hold no line ends */
  sw_arena *arena;
} sw_csv_scan;

/* Passes a byte order mark over. `text` must outlive the cells. */
sw_csv_scan sw_csv_scan_start(sw_arena *a, sw_str text);
/* One field after RFC 4180, trimmed when it is not quoted; *last is set at the end of the record. False on an unbalanced quote or
 * text after one. */
bool sw_csv_scan_field(sw_csv_scan *c, sw_str *out, bool *last);

#endif
