/* SPDX-License-Identifier: Apache-2.0 */
#include "launch_apply.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Not before the parent knows who it is that it will hear. */
static int wait_for_word(int fd, struct error *err)
{
	char word;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || read(fd, &word, 1) != 1)
		return error_set(err, -ECHILD, "",
				 "the process that makes the container's namespaces was lost");
	return 0;
}

int child_clone(struct launching *l, uint64_t flags, struct error *err)
{
	struct report report = {.type = REPORT_CHILD};
	int ends[2];
	int pidfd = -1;
	pid_t pid;
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(err, -errno, "", "cannot make a pipe");
	pid = launch_clone_raw(flags | CLONE_PARENT, -1, &pidfd);
	close(ends[pid != 0 ? 0 : 1]);
	if (pid > 0) {
		report.value = (uint32_t)pid;
		r = report_send(l->child_end, &report, &pidfd, 1);
		_exit(r < 0 || write(ends[1], "", 1) != 1);
	}
	r = pid < 0 ? error_errno(err, pid, "", "cannot make the container's namespaces")
		    : wait_for_word(ends[0], err);
	close(ends[pid < 0 ? 1 : 0]);
	return r;
}

int child_loopback(struct error *err)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};

	if (fd < 0) /* a kernel without IPv4 */
		return errno == EAFNOSUPPORT ? 0 : error_errno(err, -errno, "", "cannot make a socket");
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return error_errno(err, -errno, "", "cannot bring up the loopback interface");
	return 0;
}

int child_oom_score(const struct launching *l, int value, struct error *err)
{
	_cleanup_close_ int fd = openat(l->procfs, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", value);

	if (fd < 0 || write(fd, text, (size_t)n) < 0)
		return error_errno(
			err, -errno,
			errno == EACCES
				? "lowering it needs CAP_SYS_RESOURCE: run as root that has it, or ask "
				  "for a value not below plimsoll's own"
				: "",
			"cannot set --oom-score-adj %d", value);
	return 0;
}
