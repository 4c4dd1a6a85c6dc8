/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many containers ended side by side: all are signalled, then one epoll(7) waits for all. Where a supervisor
 * lives it does the cleaning, and says on its socket when it is done; else the first process is waited for,
 * and the cleaning is done here.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "control_socket.h"
#include "life_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

/* After SIGKILL: a process that does not end by then hangs in the kernel, or its supervisor is stopped. */
#define PATIENCE_NS (20 * NSEC_PER_SEC)
#define BATCH_MIN 16
#define EVENTS 64

struct ending {
	struct container *c;
	struct error *err;
	const struct life_end *how;
	int fd;		  /* what is waited for; -1 = nothing (more) */
	bool by_process;  /* fd is the first process' pidfd, else the supervisor's socket */
	uint64_t kill_at; /* monotonic; 0 = never */
	uint64_t give_up_at;
};

struct endings {
	const struct host *host;
	int epoll;
	size_t waiting;
	uint64_t next_deadline; /* 0 = none; may be too early */
};

static void done(struct endings *all, struct ending *e)
{
	if (e->fd >= 0) {
		close(TAKE_FD(e->fd));
		all->waiting--;
	}
	e->kill_at = 0;
	e->give_up_at = 0;
	/* --rm, or somebody else, was faster. */
	if (e->how->remove && e->err->code == -ENOENT)
		*e->err = (struct error){0};
	if (e->how->remove && e->err->code == 0)
		(void)life_remove_ended(e->c, all->host, e->err);
}

static void deadline(struct endings *all, uint64_t when)
{
	if (when && (all->next_deadline == 0 || when < all->next_deadline))
		all->next_deadline = when;
}

static int await(struct endings *all, struct ending *e, int fd, bool by_process)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = e};

	if (epoll_ctl(all->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return error_errno(e->err, -errno, NULL, "cannot wait for the container '%s'",
				   life_name(e->c));
	e->fd = fd;
	e->by_process = by_process;
	all->waiting++;
	return 0;
}

/* Its supervisor is dead and so is it: the end is written down here. One that is gone altogether has ended
 * too. */
static int write_orphan_end(struct endings *all, struct ending *e)
{
	struct container *c = e->c;
	struct error own = {0};
	int r = container_lock(c, LIFE_LOCK_MS, &own);

	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		*e->err = own;
		return r;
	}
	container_correct(c, all->host->layout);
	if (!life_is_up(&c->state) && (c->state.cgroup[0] || !c->state.exit_known)) {
		r = life_clean(c, all->host, e->err);
		if (r == 0)
			r = container_write_state(c, e->err);
	}
	container_unlock(c);
	return r;
}

/* Waits for the first process where it lives, and is done otherwise. */
static void without_supervisor(struct endings *all, struct ending *e)
{
	int fd = life_is_running(&e->c->state) ? life_pidfd(e->c) : -ESRCH;

	if (fd < 0) {
		(void)write_orphan_end(all, e);
		done(all, e);
	} else if (await(all, e, fd, true) < 0) {
		close(fd);
		done(all, e);
	}
}

/* The supervisor's socket, with what it is to tell. */
static int ask_supervisor(const struct ending *e)
{
	_cleanup_close_ int fd = -1;
	const struct container *c = e->c;

	if (!process_lives(c->store->procfs, c->state.supervisor, c->state.supervisor_start))
		return -ESRCH;
	fd = control_connect(c, NULL);
	if (fd < 0)
		return fd;
	if (control_send(fd, CONTROL_WAIT, 0, NULL, 0) < 0 || control_send(fd, CONTROL_WAKE, 0, NULL, 0) < 0)
		return -EPIPE;
	if (fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static int64_t timeout_of(const struct ending *e)
{
	return e->how->timeout == -2 ? e->c->config.stop_timeout : e->how->timeout;
}

static int send_first_signal(struct endings *all, struct ending *e)
{
	_cleanup_close_ int fd = life_is_running(&e->c->state) ? life_pidfd(e->c) : -ESRCH;
	uint64_t now = clock_monotonic_ns();
	int number = e->c->config.stop_signal ? e->c->config.stop_signal : SIGTERM;
	int64_t timeout = timeout_of(e);
	int r;

	if (fd == -ESRCH)
		return 0;
	r = fd < 0 ? fd : life_pidfd_signal(fd, e->how->kill ? SIGKILL : number);
	if (r < 0 && r != -ESRCH)
		return error_errno(e->err, r, NULL, "cannot signal the container '%s'", life_name(e->c));
	if (e->how->kill)
		e->give_up_at = now + PATIENCE_NS;
	else if (timeout >= 0)
		e->kill_at = now + (uint64_t)timeout * NSEC_PER_SEC;
	deadline(all, e->how->kill ? e->give_up_at : e->kill_at);
	/* Signals that come while it is frozen wait; killed before it is thawed, it does not run any more. */
	return life_thaw(e->c, all->host, e->err);
}

/* Notes that it is not to be started again. 1 where there is something to end, 0 where not, or an error. */
static int mark(struct endings *all, struct ending *e)
{
	struct container *c = e->c;
	int r = container_lock(c, LIFE_LOCK_MS, e->err);

	if (r < 0)
		return r;
	container_correct(c, all->host->layout);
	r = life_is_up(&c->state);
	if (r) {
		c->state.stop_requested = true;
		if (container_write_state(c, e->err) < 0)
			r = e->err->code;
	}
	container_unlock(c);
	/* A full disk must not keep anybody from killing. */
	if (r < 0 && e->how->kill) {
		*e->err = (struct error){0};
		r = 1;
	}
	return r;
}

static void begin(struct endings *all, struct ending *e)
{
	int r;
	int fd;

	if (e->c->broken) {
		done(all, e);
		return;
	}
	r = mark(all, e);
	if (r <= 0) {
		done(all, e);
		return;
	}
	/* Connected before the signal: --rm takes the socket away. */
	fd = ask_supervisor(e);
	if (send_first_signal(all, e) < 0) {
		if (fd >= 0)
			close(fd);
		done(all, e);
		return;
	}
	if (fd < 0) {
		without_supervisor(all, e);
	} else if (await(all, e, fd, false) < 0) {
		close(fd);
		done(all, e);
	}
}

/* Something came from what is waited for. */
static void proceed(struct endings *all, struct ending *e)
{
	unsigned char packet[CONTROL_PACKET_MAX];
	struct control_message m;
	int r;

	if (e->by_process) {
		(void)write_orphan_end(all, e);
		done(all, e);
		return;
	}
	r = control_receive(e->fd, packet, false, &m);
	if (r == -EAGAIN || (r > 0 && m.type != CONTROL_EXIT))
		return;
	if (r > 0) {
		done(all, e);
		return;
	}
	/* The supervisor died before it could tell. */
	close(TAKE_FD(e->fd));
	all->waiting--;
	if (container_refresh(e->c, all->host->layout, NULL) < 0)
		done(all, e);
	else
		without_supervisor(all, e);
}

static void kill_now(struct endings *all, struct ending *e, uint64_t now)
{
	_cleanup_close_ int fd = life_pidfd(e->c);

	e->kill_at = 0;
	e->give_up_at = now + PATIENCE_NS;
	deadline(all, e->give_up_at);
	if (fd >= 0)
		(void)life_pidfd_signal(fd, SIGKILL);
}

static void give_up(struct endings *all, struct ending *e)
{
	const struct container_state *s = &e->c->state;

	if (e->by_process || process_lives(e->c->store->procfs, s->pid, s->pid_start))
		error_set(e->err, -ETIMEDOUT, "see what it waits for: /proc/PID/stack",
			  "the container '%s' (process %d) was killed and does not end", life_name(e->c),
			  (int)s->pid);
	else
		error_set(e->err, -ETIMEDOUT, "kill that process, and try again",
			  "the container '%s' has ended, but its supervisor (process %d) does not say so",
			  life_name(e->c), (int)s->supervisor);
	done(all, e);
}

static void on_deadlines(struct endings *all, struct ending *list, size_t n, uint64_t now)
{
	if (all->next_deadline == 0 || now < all->next_deadline)
		return;
	all->next_deadline = 0;
	for (size_t i = 0; i < n; i++) {
		struct ending *e = &list[i];

		if (e->kill_at && now >= e->kill_at)
			kill_now(all, e, now);
		else if (e->give_up_at && now >= e->give_up_at)
			give_up(all, e);
		deadline(all, e->kill_at);
		deadline(all, e->give_up_at);
	}
}

static int wait_ms(const struct endings *all, uint64_t now)
{
	uint64_t ms;

	if (all->next_deadline == 0)
		return -1;
	if (all->next_deadline <= now)
		return 0;
	ms = (all->next_deadline - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC;
	return ms > 60000 ? 60000 : (int)ms;
}

static int end_batch(struct endings *all, struct ending *list, size_t n)
{
	struct epoll_event events[EVENTS];

	for (size_t i = 0; i < n; i++)
		begin(all, &list[i]);
	while (all->waiting > 0) {
		int got = epoll_wait(all->epoll, events, EVENTS, wait_ms(all, clock_monotonic_ns()));

		if (got < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < got; i++)
			proceed(all, events[i].data.ptr);
		on_deadlines(all, list, n, clock_monotonic_ns());
	}
	return 0;
}

/* How many may be waited for at once: each takes a descriptor, besides its folder's. */
static size_t batch_size(size_t n)
{
	struct rlimit limit;
	size_t room;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return BATCH_MIN;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	room = limit.rlim_cur > n + 64 ? (size_t)limit.rlim_cur - n - 64 : 0;
	if (room > n)
		return n;
	return room > BATCH_MIN ? room : BATCH_MIN;
}

int life_end_all(struct container **list, size_t n, const struct host *host, const struct life_end *how,
		 struct error *errs)
{
	_cleanup_free_ struct ending *endings = calloc(n ? n : 1, sizeof(*endings));
	_cleanup_close_ int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct endings all = {.host = host, .epoll = epoll};
	size_t batch = batch_size(n);
	int r = 0;

	if (!endings || epoll < 0) {
		r = endings ? -errno : -ENOMEM;
		for (size_t i = 0; i < n; i++)
			error_errno(&errs[i], r, NULL, "cannot wait for containers");
		return r;
	}
	for (size_t i = 0; i < n; i++) {
		errs[i] = (struct error){0};
		endings[i] = (struct ending){.c = list[i], .err = &errs[i], .how = how, .fd = -1};
	}
	for (size_t i = 0; i < n && r == 0; i += batch)
		r = end_batch(&all, endings + i, n - i < batch ? n - i : batch);
	for (size_t i = 0; i < n; i++) {
		if (endings[i].fd >= 0)
			close(endings[i].fd);
		if (r == 0)
			r = errs[i].code;
	}
	return r;
}

int life_stop_all(struct container **list, size_t n, const struct host *host, int64_t timeout,
		  struct error *errs)
{
	const struct life_end how = {.timeout = timeout};

	return life_end_all(list, n, host, &how, errs);
}

int life_stop(struct container *c, const struct host *host, int64_t timeout, struct error *err)
{
	struct error own = {0};
	int r = life_stop_all(&c, 1, host, timeout, &own);

	if (r < 0 && err)
		*err = own;
	return r;
}
