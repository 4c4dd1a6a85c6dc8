/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel_layout.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CGROUPS_MAX ((size_t)1 << 20)
#define FIRST_PID_NAMESPACE 0xEFFFFFFCU /* include/linux/proc_ns.h: PROC_PID_INIT_INO */

/* The enumerators of cgroup_subsys_id are called as v1 calls the controllers, but for this one. */
int kernel_layout_subsys(const struct kernel_btf *btf, const struct hierarchy *h)
{
	if (h->version == 2)
		return -2;
	for (unsigned c = 0; c < CONTROLLER__COUNT; c++) {
		const char *name = c == CONTROLLER_IO ? "io" : controller_v1_name((enum controller)c);
		char enumerator[64];

		if (!(h->controllers >> c & 1) || c == CONTROLLER_NAMED || c == CONTROLLER_CORE)
			continue;
		snprintf(enumerator, sizeof(enumerator), "%s_cgrp_id", name);
		return (int)kernel_btf_enum(btf, "cgroup_subsys_id", enumerator);
	}
	return -1;
}

int kernel_layout_id_in(const char *text, const struct hierarchy *h)
{
	while (*text) {
		const char *controllers = strchr(text, ':');
		const char *path = controllers ? strchr(controllers + 1, ':') : NULL;
		const char *end = strchr(text, '\n');
		uint64_t id;

		if (path && (!end || path < end)) {
			struct slice number = {text, (size_t)(controllers - text)};
			struct slice list = {controllers + 1, (size_t)(path - controllers - 1)};

			/* v2's list is empty; the kernel says both this and the mount's options in its order
			 */
			if (slice_is(list, h->version == 2 ? "" : h->options) &&
			    parse_u64(number, &id) == 0 && id <= INT32_MAX)
				return (int)id;
		}
		if (!end)
			break;
		text = end + 1;
	}
	return -1;
}

int kernel_layout_ids(const struct cgroup_layout *layout, int *ids, size_t n)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = fs_read_file(AT_FDCWD, "/proc/self/cgroup", CGROUPS_MAX, &text, &len);

	for (size_t h = 0; r == 0 && h < n && h < layout->n_hierarchies; h++)
		ids[h] = kernel_layout_id_in(text, &layout->hierarchies[h]);
	return r;
}

bool kernel_layout_has_local_pids_events(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	bool found = false;

	while (f && !found && getline(&line, &cap, f) > 0)
		found = strstr(line, " - cgroup2 ") && strstr(line, "pids_localevents");
	return found;
}

bool kernel_layout_in_first_pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == FIRST_PID_NAMESPACE;
}
