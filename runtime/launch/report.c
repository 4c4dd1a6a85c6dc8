/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FDS_MAX 250 /* the kernel's SCM_MAX_FD is 253 */

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

int report_send(int socket, const struct report *report, const int *fds, size_t n_fds)
{
	struct report copy = *report;
	struct iovec iov = {&copy, sizeof(copy)};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
	union control control;
	ssize_t n;

	if (n_fds > FDS_MAX)
		return -E2BIG;
	if (n_fds) {
		memset(&control, 0, sizeof(control));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, n_fds * sizeof(int));
	}
	do {
		n = sendmsg(socket, &message, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static void take_fds(struct msghdr *message, int *fds, size_t cap, size_t *n_fds)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (*n_fds < cap)
				fds[(*n_fds)++] = fd;
			else
				close(fd);
		}
	}
}

int report_receive(int socket, struct report *report, int *fds, size_t cap, size_t *n_fds)
{
	struct iovec iov = {report, sizeof(*report)};
	union control control;
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t n;

	*n_fds = 0;
	do {
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	take_fds(&message, fds, cap, n_fds);
	if (n == 0)
		return 0;
	if (n == sizeof(int)) {
		int code;

		memcpy(&code, report, sizeof(code));
		report->value = (uint32_t)code;
		return 2;
	}
	if (n != sizeof(*report))
		return -EPROTO;
	/* it comes from a process that is on its way into the container: its texts end */
	report->error.cause[sizeof(report->error.cause) - 1] = '\0';
	report->error.remedy[sizeof(report->error.remedy) - 1] = '\0';
	return 1;
}
