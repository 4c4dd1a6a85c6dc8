/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be done to a container from the dashboard, as a table that the cli fills: the dashboard asks,
 * confirms and shows what came of it, and knows no runtime. An action is a command line, run as a child
 * process: nothing that hangs or crashes there reaches the picture.
 */
#pragma once

#include "base/error.h"
#include "model/snapshot.h"

#include <stdbool.h>
#include <stddef.h>

/* Whom an action is for, pinned when the dialog opened: it may have moved, or be gone, once it is confirmed.
 * Texts are copies that the dialog owns. */
struct action_target {
	uint64_t entity; /* its id in snapshots */
	enum entity_class class;
	enum runtime runtime;
	const char *id;	  /* the runtime's */
	const char *name; /* what a person calls it; untrusted */
	const char *path; /* of its cgroup */
	bool frozen;
	bool ended;
};

/* What it asks for before it runs: the `argument` of action.command. */
enum action_input {
	INPUT_NOTHING,
	INPUT_SIGNAL,  /* "TERM": the signal list */
	INPUT_LIMIT,   /* "memory=64m": a limit of action_table.limits and its new value */
	INPUT_COMMAND, /* a command line */
};

/* How it is shown. */
enum action_show {
	SHOW_RESULT,   /* in the background; its first words in the message line at the end */
	SHOW_PAGER,    /* its output, as it comes, in the pager: logs, inspect */
	SHOW_TERMINAL, /* it gets the terminal until it ends: a shell */
};

struct action {
	const char *key;   /* "pause" */
	char letter;	   /* in the menu of a container */
	const char *title; /* "Pause" */
	const char *help;  /* "freeze every process; nothing is lost" */
	enum action_input input;
	enum action_show show;
	bool follow;	/* SHOW_PAGER: stay at the end while more comes: a log */
	bool confirm;	/* ask "Remove web? " first, with cancel as the default */
	bool changes;	/* --readonly leaves it out */
	bool no_target; /* works without a container: launch */
	/* NULL where it can be done to this target, or why not, in words for the message line. target is NULL
	 * with no_target. */
	const char *(*refusal)(void *context, const struct action *action,
			       const struct action_target *target);
	/* The command line, NULL-terminated, allocated as one block that the caller frees. 0 or -errno with
	 * *err. */
	int (*command)(void *context, const struct action *action, const struct action_target *target,
		       const char *argument, char ***argv, struct error *err);
};

/* A limit as the Limits tab and its editor show it. */
struct action_limit {
	const char *name;     /* "memory": what INPUT_LIMIT's argument begins with */
	const char *title;    /* "Memory limit" */
	const char *notation; /* "bytes, with b, k, m or g; max for none" */
	const char *column;   /* key of the column whose cell is its value now: "cpu_limit", "mem_limit" */
};

struct action_table {
	void *context;
	const struct action *items;
	size_t n;
	const struct action_limit *limits;
	size_t n_limits;
};
