/* SPDX-License-Identifier: Apache-2.0 */
#include "launch_apply.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

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
