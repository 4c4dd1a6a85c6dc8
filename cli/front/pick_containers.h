/* SPDX-License-Identifier: Apache-2.0 */
/* The containers that a command line names: each name is tried, each error is said, and one of them is enough
 * for exit code 1, as Docker does it. */
#pragma once

#include "options.h"
#include "runtime/container.h"
#include "runtime/host.h"

struct pick {
	struct store store;
	struct host host; /* with PICK_HOST */
	bool has_store, has_host;
	struct container **list; /* each once, in the order of the names */
	const char **names;	 /* as the user called each */
	size_t n;
	bool failed; /* something was said */
};

#define PICK_HOST 1U   /* pick.host is needed */
#define PICK_BROKEN 2U /* containers with broken files too */
#define PICK_ONE 4U    /* exactly one name */

/*
 * Opens the store and the containers. Says what went wrong: EXIT_USAGE without a name (`verb` is for the
 * message), EXIT_FAILED where nothing at all can be done, else EXIT_OK, also if some names are nobody's (then
 * pick->failed). pick_close in any case.
 */
int pick_open(struct pick *pick, const char *verb, const struct text_list *names, unsigned flags);
void pick_close(struct pick *pick);
#define _cleanup_pick_ _cleanup_(pick_close)

/* Says an error about container i, with its name where the error hasn't it. */
void pick_say(struct pick *pick, size_t i, const struct error *err);

/* Does one thing to each: names are written to stdout as they are done. The exit code. */
typedef int (*pick_act)(struct container *c, const struct host *host, void *arg, struct error *err);
int pick_each(const char *verb, const struct text_list *names, unsigned flags, pick_act act, void *arg);

/* The name onto stdout, for scripts: what Docker answers to a thing done. */
void pick_done(struct pick *pick, size_t i);

/* EXIT_OK, or EXIT_FAILED where something was said. */
int pick_code(const struct pick *pick);
