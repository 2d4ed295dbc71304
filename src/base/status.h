/* What every fallible function returns. 0 is success; the reason lives in sw_error.
 *
 * A status is a class that a program can act on (retry, exit code, HTTP status); the stable text code in
 * sw_error (SW-PACK-0012) is what people look up. */
#ifndef SW_BASE_STATUS_H
#define SW_BASE_STATUS_H

#define SW_CHECKED __attribute__((warn_unused_result))
#define SW_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

typedef enum sw_status {
  SW_OK = 0,
  SW_E_USAGE,     /* the command or the call was wrong */
  SW_E_CONFIG,    /* a pack or setting is wrong; has a place in the user's file */
  SW_E_DATA,      /* the data are wrong in a way that stops the work */
  SW_E_NOTFOUND,  /* a named thing does not exist */
  SW_E_EXISTS,    /* a thing exists already */
  SW_E_IO,        /* reading or writing failed */
  SW_E_NOSPACE,   /* the disk is full */
  SW_E_NOMEM,     /* memory was refused */
  SW_E_LIMIT,     /* a stated limit was exceeded */
  SW_E_BUSY,      /* somebody else holds it (a second run, a locked file) */
  SW_E_ENGINE,    /* the analytical engine refused or failed */
  SW_E_LEDGER,    /* the ledger refused or failed */
  SW_E_BALANCE,   /* a row ledger does not balance */
  SW_E_TIMEOUT,   /* a deadline passed */
  SW_E_CANCELLED, /* the user or the caller asked to stop */
  SW_E_DENIED,    /* a rule of safety forbids it */
  SW_E_INTERNAL   /* an invariant of ours is broken: a defect of Suwen */
} sw_status;

/* What an iterator returns. */
typedef enum sw_step { SW_ROW = 1, SW_DONE = 2, SW_STEP_ERROR = 3 } sw_step;

/* Name of a status for logs and JSON ("config", "nospace"); static storage. */
const char *sw_status_name(sw_status s);

/* Exit code of the program for a status; the table is documented in `suwen help exit-codes`. */
int sw_status_exit_code(sw_status s);

#endif
