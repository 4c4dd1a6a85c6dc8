/* SPDX-License-Identifier: Apache-2.0 */
/* What the supervisor's files share. Everything here lives as long as the container does, and there may be
 * thousands of supervisors: no buffers, no copies of the spec. */
#pragma once

#include "base/str.h"
#include "restart.h"
#include "runtime/log.h"
#include "runtime/supervisor.h"
#include "supervisor_client.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <time.h>

enum phase {
	PHASE_RUNS,   /* the first process lives */
	PHASE_WAITS,  /* until it is started again */
	PHASE_FLUSHES /* it has ended for good; what is queued still goes out */
};

/* Where one stream of output comes from, and the foreground's descriptor that it goes to. */
struct stream {
	int fd;	    /* the pipe's reading end, or the pty's master; -1 = none */
	bool owned; /* a pipe: closed with the stream */
	int sink;
	bool sink_blocks; /* is no regular file: ask poll(2) first */
	struct str pending;
	size_t sent; /* of pending */
};

struct supervisor {
	struct container *c;
	const struct host *host;
	const struct foreground *foreground; /* NULL in the background */
	bool background;
	const struct winsize *size; /* of the terminal that it is started from, or NULL */
	int ready;		    /* -1 once it was said */
	char *scope;		    /* the cgroup that systemd gave, or NULL */

	/* this run */
	struct launched child; /* pid 0 = none */
	struct stream streams[2];
	int input; /* the pipe to stdin, or the pty's master (not owned); -1 = none */
	bool input_ends;
	struct str typed; /* what stdin has not taken yet */
	size_t typed_sent;
	uint64_t started_ns; /* monotonic */

	int foreground_in;
	int signals;
	sigset_t mask_before;
	int listener;
	struct log_writer *log;
	struct client *clients;
	size_t n_clients;
	struct pollfd *polls; /* FIXED + n_clients */

	enum phase phase;
	struct restart_backoff backoff;
	bool stop_requested;
	uint64_t kill_at, wake_at, flush_until; /* monotonic; 0 = never */
	bool late;				/* flush_until has passed */
	bool abandoned;				/* a signal came while flushing: what is queued is given up */
	struct timespec config_time;		/* of config.json as it was last read */
	struct supervised result;
};

/* supervisor_start.c: one launch of c (whose spec is `spec`), state and ready message included; the lock is
 * held. */
int supervisor_launch(struct supervisor *sv, const struct container *of, enum launch_failure *failure,
		      struct error *err);
/* The terminal's size by one of its descriptors. */
bool supervisor_terminal_size(const struct foreground *f, struct winsize *size);
/* supervisor_fork.c. Forks a supervisor; pair (or NULL) is its first client's connection: our end, and the
 * child's, which is closed here. */
int supervisor_fork(struct container *c, const struct host *host, const int *pair, uint32_t streams,
		    const struct winsize *size, enum launch_failure *failure, struct error *err);

/* supervisor.c */
void supervisor_init(struct supervisor *sv, struct container *c, const struct host *host);
/* From the first launch to the end for good. sv is freed inside, but for its result. */
int supervisor_run(struct supervisor *sv, enum launch_failure *failure, struct error *err);

/* supervisor_end.c: the first process has ended: its exit code, what is left of it, and what comes now. */
void supervisor_child_ended(struct supervisor *sv);
/* It is time for the next start. */
void supervisor_restart(struct supervisor *sv);
/* Ends waiting for a restart. */
void supervisor_give_up(struct supervisor *sv);
/* Whether the state on disk says that a user stopped it. */
bool supervisor_was_stopped(struct supervisor *sv);
void supervisor_close_run(struct supervisor *sv);

/* supervisor_io.c */
bool supervisor_may_read(const struct supervisor *sv);
/* Reads what is there, at most `bound` bytes. */
void supervisor_read(struct supervisor *sv, struct stream *s, size_t bound, uint64_t now);
void supervisor_drain(struct supervisor *sv, uint64_t now);
void supervisor_sink_flush(struct stream *s);
void supervisor_type(struct supervisor *sv, const void *data, size_t len);
void supervisor_type_flush(struct supervisor *sv);
void supervisor_type_end(struct supervisor *sv);
void supervisor_read_foreground(struct supervisor *sv);
bool supervisor_may_type(const struct supervisor *sv);
void supervisor_tell_exit(struct supervisor *sv, uint64_t now);

/* supervisor_clients.c: takes fd. */
int supervisor_add_client(struct supervisor *sv, int fd, bool owner, uint32_t streams);
void supervisor_accept(struct supervisor *sv);
void supervisor_serve(struct supervisor *sv, size_t i, short events);
void supervisor_sweep_clients(struct supervisor *sv, uint64_t now);

/* supervisor_signal.c */
int supervisor_signals_open(struct supervisor *sv, struct error *err);
void supervisor_signals_read(struct supervisor *sv, uint64_t now);
void supervisor_signals_restore(struct supervisor *sv);
void supervisor_send_signal(const struct supervisor *sv, int number);
