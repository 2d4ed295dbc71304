/* The page's style sheet and script, from the files in assets/, compiled in by tools/embed.py. NUL-terminated. */
#ifndef SW_REPORT_ASSETS_H
#define SW_REPORT_ASSETS_H

extern const char SW_REPORT_CSS[], SW_REPORT_JS[];

#endif
