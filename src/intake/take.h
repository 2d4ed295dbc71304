/* The common way of files and of staged pulls through intake. Inside of the room. */
#ifndef SW_INTAKE_TAKE_H
#define SW_INTAKE_TAKE_H

#include "intake/intake.h"

typedef struct sw_take_extra {
  sw_typer_places places;
  sw_status (*on_commit)(void *ctx, sw_ledger *l, sw_error *err); /* in the transaction that commits the batch; may be NULL */
  void *ctx;
} sw_take_extra;

SW_CHECKED sw_status sw_intake_take(const sw_intake_context *x, const sw_intake_delivery *d, const sw_take_extra *extra,
                                    sw_intake_result *out, sw_error *err);

#endif
