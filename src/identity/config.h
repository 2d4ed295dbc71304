/* link.yaml: the linkage configuration as people write it.
 *
 *   id: rec_id
 *   link: 0.95            # probability from which a pair links by itself
 *   review: 0.5           # from which it is shown to a person
 *   fields:
 *     - {name: name, kind: name, columns: [name, former_name]}
 *     - {name: birth, kind: date, column: birth_date, birth: true}
 *     - {name: born, kind: date, parts: [by, bm, bd], birth: true}
 */
#ifndef SW_IDENTITY_CONFIG_H
#define SW_IDENTITY_CONFIG_H

#include "identity/spec.h"
#include "pack/tree.h"

/* Texts live in the arena. */
SW_CHECKED sw_status sw_link_config_read(const char *path, sw_arena *a, sw_link_spec *out, sw_error *err);
SW_CHECKED sw_status sw_link_config_parse(const sw_node *node, sw_arena *a, sw_link_spec *out, sw_error *err);

#endif
