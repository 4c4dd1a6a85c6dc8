/* SPDX-License-Identifier: Apache-2.0 */
#include "name.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_inside(struct slice part, struct slice whole)
{
	if (part.len && (part.at < whole.at || part.at + part.len > whole.at + whole.len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice path = {(const char *)data, size};
	struct cgroup_name name;

	cgroup_name_parse(path, &name);
	must_be_inside(name.id, path);
	must_be_inside(name.space, path);
	must_be_inside(name.pod_uid, path);
	if ((name.class == ENTITY_CONTAINER || name.class == ENTITY_INNER) != (name.container_depth > 0))
		abort();
	if (name.class == ENTITY_CONTAINER && name.id.len == 0)
		abort();
	return 0;
}
