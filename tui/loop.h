/* SPDX-License-Identifier: Apache-2.0 */
/* The one loop, between its files: what it waits for (loop_poll.c) and what it does then (loop.c). */
#pragma once

#include "app.h"
#include "screen.h"
#include "spoken.h"

#include <poll.h>
#include <signal.h>

struct loop {
	struct app app;
	const struct tui_options *options;
	struct tui_screen *screen;
	struct canvas canvas;
	struct spoken spoken;
	struct tui_stats stats;
	int in, out;		 /* the terminal; in is owned where own_in */
	int signals;		 /* signalfd */
	int timer;		 /* timerfd */
	uint64_t timer_interval; /* as it is set; 0 = not yet */
	uint64_t dispatched;	 /* when source_dispatch was called last */
	uint64_t key_at;	 /* when the key arrived that is not drawn yet; 0 = none */
	unsigned barren;	 /* times the terminal was readable and gave no key */
	int end;		 /* the signal that asks to end; 0 = none */
	bool own_in, colour, blocked;
	sigset_t mask_before;
	struct pollfd *fds;
	size_t n_fds;
};

/* Which of the descriptors is what. */
enum loop_fd { LOOP_TTY, LOOP_SIGNALS, LOOP_TIMER, LOOP_SOURCE, LOOP_VIEW, LOOP_WATCHES };

/* Signals become readable, the timer runs. 0 or -errno. */
int loop_poll_open(struct loop *l);
void loop_poll_close(struct loop *l);

/* The timer's interval is that of the settings. */
void loop_set_timer(struct loop *l);

/* Waits for something to do. 0 or -errno. */
int loop_wait(struct loop *l);
static inline bool loop_ready(const struct loop *l, size_t which)
{
	return l->fds[which].revents != 0;
}
