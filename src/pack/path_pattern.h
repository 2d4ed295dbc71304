/* Patterns of delivered files, as sources declare them.
 *
 * A pattern is a path below the source directory: `*` and `?` within one name, `**` across directories, `{org}`, `{date}`
 * and `{source}` capture one name or a part of one. ASCII letters match in either case, as the file names of Windows
 * systems do. Pure; threads: any. */
#ifndef SW_PACK_PATH_PATTERN_H
#define SW_PACK_PATH_PATTERN_H

#include "base/str.h"

typedef struct sw_path_match {
  sw_str org, date, source; /* captured; empty when the pattern does not say */
} sw_path_match;

bool sw_path_matches(sw_str pattern, sw_str path, sw_path_match *out);

#endif
