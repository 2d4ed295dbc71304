/* Rejected records as they were delivered, byte for byte, from a batch's rejects.
 *
 * Records come whole and one after the other in pieces; memory stays small whatever their length. Threads: those of the
 * connection. */
#ifndef SW_INTAKE_RESTORE_H
#define SW_INTAKE_RESTORE_H

#include "engine/engine.h"
#include "intake/reread.h"
#include "ledger/batches.h"

typedef struct sw_restore_options {
  int64_t batch_no;
  int64_t row;             /* one record's _row; 0: all of the batch, in their order */
  sw_str between;          /* put after every record; may be empty */
} sw_restore_options;

/* The workspace's directory must be one that the connection's engine may read. *records counts what was given out. */
SW_CHECKED sw_status sw_rejects_restore(sw_conn *c, sw_ledger *l, const char *workspace, const sw_restore_options *o, sw_bytes_to to,
                                        const sw_cancel *cancel, int64_t *records, sw_error *err);

#endif
