/* SPDX-License-Identifier: Apache-2.0 */
/* The dashboard: snapshots to a screen. The only room that knows ncurses. */
#pragma once

#include "base/error.h"
#include "base/str.h"
#include "model/source.h"
#include "tui/action.h"
#include "tui/detail.h"

enum tui_theme { THEME_DARK, THEME_LIGHT, THEME_MONO, THEME_COLOUR_BLIND, THEME__COUNT };
enum tui_glyphs { GLYPHS_AUTO, GLYPHS_ASCII, GLYPHS_BLOCKS, GLYPHS_BRAILLE };

/* A descriptor of somebody else that the one loop watches: the exporter's. */
struct tui_watch {
	int fd;
	int (*ready)(void *context, struct error *err); /* 0 or -errno, which ends the dashboard */
	void *context;
};

/* How to move in time within a source that is a recording; what it gives next by source_sample is meant. */
struct tui_replay {
	/* By n snapshots from the last given one, bounded by the ends. 0 or -errno. */
	int (*step)(struct source *s, int64_t n, struct error *err);
	/* To the last one at or before this time (CLOCK_REALTIME), or the first. 0 or -errno. */
	int (*seek)(struct source *s, uint64_t realtime_ns, struct error *err);
	/* The times of the first and the last. */
	void (*span)(const struct source *s, uint64_t *first_ns, uint64_t *last_ns);
};

/* What it cost, for the bench: filled in by tui_run. */
struct tui_stats {
	uint64_t samples;
	uint64_t frames;      /* that sent anything */
	uint64_t bytes;	      /* sent to the terminal by them */
	uint64_t keys;	      /* read */
	uint64_t draw_ns;     /* spent on drawing and sending, in all */
	uint64_t slowest_key; /* nanoseconds from a key's arrival to its redraw, at worst */
};

/* Zero is a good default for all that is not said otherwise. Borrowed for as long as the dashboard runs. */
struct tui_options {
	struct source *source;		    /* needed */
	const struct action_table *actions; /* NULL = none */
	const struct tui_details *details;  /* NULL = none */
	const struct tui_replay *time;	    /* with replay: to go beyond the history; NULL = not to be had */
	const struct tui_watch *watches;
	size_t n_watches;
	uint64_t (*now)(void);	   /* CLOCK_MONOTONIC; NULL = the real one */
	uint64_t interval_ns;	   /* 0 = 1 s */
	const char *settings_path; /* file that is read at the start and written by S; NULL = none */
	/* These are refused with -EINVAL and the nearest name before anything is drawn. NULL = as the
	 * settings say. */
	const char *sort; /* a column's name; '-' in front turns it round */
	const char *columns;
	const char *filter;
	const char *notice;    /* what is missing on this host, said once */
	const char *host_line; /* "cgroup2  docker podman": behind the host's name */
	bool tree;
	bool all; /* every class, also what is empty */
	bool readonly;
	bool replay; /* the source is a recording: time is its own, nothing can be done to it */
	bool no_mouse;
	bool no_colour; /* NO_COLOR is looked at besides */
	bool theme_given;
	enum tui_theme theme;
	enum tui_glyphs glyphs;
	struct tui_stats *stats; /* NULL = not of interest */
	size_t history_bytes;	 /* what the pictures of the past may take; 0 = 32 MiB */
};

/* Runs until the user quits, a signal asks to end or the terminal goes away (-EIO). The terminal is as it was
 * before. */
int tui_run(const struct tui_options *options, struct error *err);

/* The main screen as text, once, after two samples `interval_ns` apart (--once, -b): rows 0 = as many as it
 * takes. */
int tui_once(const struct tui_options *options, int rows, int cols, struct str *out, struct error *err);
