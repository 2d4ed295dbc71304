#include "intake/source.h"
sw_status sw_open_xlsx(sw_input *in, const sw_open_options *o, sw_arena *a, sw_opened *out, sw_error *err) {(void)in;(void)o;(void)a;(void)out; return SW_FAIL(err, SW_E_USAGE,"SW-INTAKE-0099","xlsx","xlsx");}
