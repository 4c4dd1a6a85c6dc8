/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of spec_read_json; what is wrong is in the node's reader. */
#pragma once

#include "spec_node.h"

/* The member `linux`. */
void spec_read_linux(const struct node *n);
void spec_read_resources(const struct node *n);

/* [{containerID, hostID, size}] */
void spec_read_id_maps(const struct node *n, struct spec_id_maps *out);

/* {"key": "value"}, behind what *out has. */
void spec_read_pairs(const struct node *n, struct spec_pairs *out);
