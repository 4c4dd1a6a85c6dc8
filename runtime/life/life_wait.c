/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "control_socket.h"
#include "life_internal.h"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

static void wait_for(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
}

/* 1 and *code, or 0 where the supervisor went without a word (or there is none to be reached). */
static int ask(const struct container *c, int *code)
{
	unsigned char packet[CONTROL_PACKET_MAX];
	_cleanup_close_ int fd = control_connect(c, NULL);
	struct control_message m;
	int r;

	if (fd < 0 || control_send(fd, CONTROL_WAIT, 0, NULL, 0) < 0)
		return 0;
	do
		r = control_receive(fd, packet, false, &m);
	while (r > 0 && m.type != CONTROL_EXIT);
	if (r <= 0)
		return 0;
	*code = (int)(m.value & ~CONTROL_OOM);
	return 1;
}

/* Nobody tells: until what lives of it has ended, and the state on disk says more. */
static void wait_for_processes(const struct container *c)
{
	const struct container_state *s = &c->state;
	_cleanup_close_ int first = life_pidfd(c);
	_cleanup_close_ int supervisor = -1;

	if (process_lives(c->store->procfs, s->supervisor, s->supervisor_start))
		supervisor = (int)syscall(SYS_pidfd_open, s->supervisor, 0);
	if (supervisor >= 0)
		wait_for(supervisor);
	if (first >= 0)
		wait_for(first);
}

int life_wait(struct container *c, int *code, struct error *err)
{
	for (;;) {
		int r = container_refresh(c, NULL, err);

		if (r < 0)
			return r;
		if (!life_is_up(&c->state))
			break;
		if (ask(c, code) == 1)
			return 0;
		wait_for_processes(c);
	}
	if (c->state.status == CONTAINER_EXITED && !c->state.exit_known)
		return error_set(
			err, -ENODATA, NULL,
			"the exit code of the container '%s' is not known: its supervisor was killed",
			life_name(c));
	*code = c->state.exit_code;
	return 0;
}
