/* Names for things registered with the engine that are never used twice in a process. */
#ifndef SW_INTAKE_UNIQUE_H
#define SW_INTAKE_UNIQUE_H

enum { SW_UNIQUE_LEN = 48 };
/* "intake_<what>_<n>"; n comes from one atomic counter (the engine's catalogue is the process-wide thing, not we). */
void sw_unique_name(const char *what, char out[SW_UNIQUE_LEN]);

#endif
