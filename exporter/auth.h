/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Basic authentication. A bcrypt of cost 10 takes about 70 ms, so it runs in one thread of its own, and
 * verdicts are remembered. Belongs to the loop's thread; only the comparison itself leaves it.
 */
#pragma once

#include "request.h"
#include "web_config.h"

#include <stdbool.h>
#include <stdint.h>

struct auth;

enum admission {
	VERDICT_DENIED,
	VERDICT_GRANTED,
	VERDICT_PENDING, /* the ticket is on the list of a comparison under way */
	VERDICT_BUSY,	 /* too many comparisons wait: try again later */
};

/* One request that waits. Zeroed by its owner; not to be moved or freed while `waiting`. */
struct auth_ticket {
	bool waiting;
	bool answered;
	bool granted;
	unsigned epoch; /* of the users that it was judged by */
	struct auth_ticket *next;
	void *context; /* the owner's */
};

/* NULL where memory or random numbers are short. The thread starts with the first comparison. */
struct auth *auth_new(void);
void auth_free(struct auth *a);

/*
 * Whether these credentials are those of a user. `peer` stands for the client's host: one host can fill only
 * a part of the queue. An unknown user costs as much time as a known one.
 */
enum admission auth_check(struct auth *a, const struct web_pairs *users, const struct credentials *c,
			  uint64_t peer, struct auth_ticket *ticket);

/* Readable when comparisons are done and auth_collect should be called; -1 before the first. */
int auth_event_fd(const struct auth *a);

/* Hands out verdicts: `wake` for every ticket that was answered (not waiting any more). */
void auth_collect(struct auth *a, void (*wake)(struct auth_ticket *ticket));

/* The users changed: what is remembered is forgotten, and comparisons under way count for nothing. */
void auth_forget(struct auth *a);

/* Comparisons that wait or run. */
unsigned auth_pending(const struct auth *a);
