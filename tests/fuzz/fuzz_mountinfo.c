/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/parse.h"
#include "cgroup/hierarchy.h"
#include "cgroup/mountinfo.h"
#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(struct slice part, struct slice whole)
{
	return part.len == 0 || (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

static void check_lines(struct slice text)
{
	struct slice rest = text;
	struct slice line;

	while (next_line(&rest, &line)) {
		_cleanup_free_ char *point = NULL;
		struct mount_line m;

		if (!mountinfo_line(line, &m))
			continue;
		CHECK(inside(m.root, line) && inside(m.point, line) && inside(m.type, line) &&
		      inside(m.options, line));
		CHECK(m.point.at[0] == '/');
		point = mountinfo_decode(m.point);
		CHECK(point && strlen(point) <= m.point.len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = {(const char *)data, size};
	struct cgroup_mount *mounts = NULL;
	size_t n = 0;

	check_lines(text);
	CHECK(mountinfo_cgroups(text, &mounts, &n) == 0);
	for (size_t i = 0; i < n; i++) {
		const struct cgroup_mount *m = &mounts[i];

		CHECK(m->version == 1 || m->version == 2);
		CHECK(m->root && m->point && m->options && !m->settled);
		CHECK((m->controllers != 0) == (m->version == 1));
		CHECK(m->controllers < 1U << CONTROLLER__COUNT);
		CHECK(!(m->controllers & 1U << CONTROLLER_CORE));
	}
	cgroup_mounts_free(mounts, n);
	return 0;
}
