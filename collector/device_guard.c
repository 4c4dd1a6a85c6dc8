/* SPDX-License-Identifier: Apache-2.0 */
/* On cgroup v2 access to devices is restricted by a BPF program (BPF_PROG_TYPE_CGROUP_DEVICE) on the cgroup.
 */
#include "collector_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void devices_read(struct collector *c, const struct node *n, struct snapshot *s, size_t index)
{
	const int home =
		c->layout->home[CONTROLLER_CORE]; /* NOLINT(bugprone-signed-char-misuse,cert-str34-c) */
	struct group_report *report = &c->reader.reports[GROUP_devices];
	union bpf_attr attr;
	uint64_t known;
	int fd;

	/* The v1 controller has said it already where it has the cgroup. */
	if (home < 0 || !node_in(n, (size_t)home) ||
	    snapshot_get(s, index, METRIC_DEVICES_RESTRICTED, &known))
		return;
	fd = hierarchy_open_at(&c->layout->hierarchies[home], node_path(n, (size_t)home), "",
			       O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return;
	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.query_flags = BPF_F_QUERY_EFFECTIVE;
	report->ran = true;
	if (syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) == 0)
		snapshot_set(s, index, METRIC_DEVICES_RESTRICTED, attr.query.prog_cnt > 0);
	else
		report->failed = true;
	close(fd);
}
