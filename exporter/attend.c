/* SPDX-License-Identifier: Apache-2.0 */
/* The server in a loop that is somebody else's: one descriptor stands for all that it waits for. */
#include "server_private.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

void attendance_init(struct attendance *a)
{
	*a = (struct attendance){.epoll_fd = -1, .timer_fd = -1};
}

void attendance_close(struct attendance *a)
{
	if (a->epoll_fd >= 0)
		close(a->epoll_fd);
	if (a->timer_fd >= 0)
		close(a->timer_fd);
	attendance_init(a);
}

static int watch(int epoll_fd, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 && errno != EEXIST ? -errno : 0;
}

static int set_timer(struct server *s)
{
	int ms = server_wait_ms(s);
	struct itimerspec when = {
		/* all zero would switch it off */
		.it_value = {ms / 1000, ms % 1000 * (long)NSEC_PER_MSEC + 1},
	};

	return timerfd_settime(s->attendance.timer_fd, 0, &when, NULL) < 0 ? -errno : 0;
}

/* All are taken out and put in again: a number may stand for another file than a turn ago. */
static int renew(struct server *s)
{
	struct attendance *a = &s->attendance;
	struct watch_list now;
	int r = 0;

	for (nfds_t i = 0; i < a->watched.n; i++)
		if (a->watched.fds[i].fd >= 0)
			epoll_ctl(a->epoll_fd, EPOLL_CTL_DEL, a->watched.fds[i].fd, NULL);
	server_fill(s, -1, &now);
	for (nfds_t i = 0; i < now.n && r == 0; i++)
		if (now.fds[i].fd >= 0)
			r = watch(a->epoll_fd, now.fds[i].fd);
	a->watched = now;
	return r < 0 ? r : set_timer(s);
}

int server_attend_fd(struct server *s, struct error *err)
{
	struct attendance *a = &s->attendance;
	int r;

	a->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	a->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (a->epoll_fd < 0 || a->timer_fd < 0)
		return error_errno(err, -errno, "", "cannot start the HTTP server");
	r = watch(a->epoll_fd, a->timer_fd);
	if (r == 0)
		r = renew(s);
	if (r < 0)
		return error_errno(err, r, "", "cannot start the HTTP server");
	r = server_call_ready(s, err);
	return r < 0 ? r : a->epoll_fd;
}

int server_attend(struct server *s, struct error *err)
{
	uint64_t ticks;
	int r;

	if (read(s->attendance.timer_fd, &ticks, sizeof(ticks)) < 0 && errno != EAGAIN)
		return error_errno(err, -errno, "", "cannot wait for clients");
	r = server_turn_at_once(s, err);
	if (r < 0)
		return r;
	r = renew(s);
	return r < 0 ? error_errno(err, r, "", "cannot wait for clients") : 0;
}
