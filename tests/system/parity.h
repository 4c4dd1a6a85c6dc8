/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel's files say, read by code that shares nothing with the collector but the table's names of
 * files and keys: where controllers live, how a file is laid out and what a number counts is worked out anew.
 */
#pragma once

#include "model/metric.h"
#include "model/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIGURE_TEXT 256

/* One value, of one instance where the row has a dimension. */
struct figure {
	char instance[64]; /* "7:0", "eth0", "2MB"; "" for one value a cgroup */
	char text[FIGURE_TEXT];
	uint64_t value;
};

struct figures {
	struct figure *at;
	size_t n;
	const char *absent; /* why there is none */
};
void figures_free(struct figures *f);
const struct figure *figures_find(const struct figures *f, const char *instance);

struct view_hierarchy {
	int version;
	char controllers[128]; /* ",cpu,cpuacct," */
	char mount[512];
};

/* Where this host has its controllers. */
struct view {
	struct view_hierarchy hierarchies[32];
	size_t n;
	uint64_t ticks;
	uint64_t page_size;
};
bool view_open(struct view *v);
/* The hierarchy of a controller by its v2 or v1 name; NULL where the host has none. */
const struct view_hierarchy *view_find(const struct view *v, int version, const char *controller);

/* A cgroup under test, and what the snapshot told of it that no file of the kernel says. */
struct subject {
	const char *path;
	bool is_root;
	bool is_container;
	uint32_t init_pid;
	char layer[1024]; /* the container's writable layer */
};

/* One reading of a cgroup's files: each is read once. */
struct look {
	const struct view *view;
	const struct subject *subject;
	struct cached_file *files;
	uint32_t pid;
	uint64_t when_ns; /* CLOCK_REALTIME */
	bool processes_known;
	struct process_figures *processes;
};
void look_begin(struct look *l, const struct view *v, const struct subject *s);
void look_end(struct look *l);

/* The text of a file, or NULL. */
const char *look_text(struct look *l, const char *path);

/* What a row of the table should be now. out is the caller's to free. */
void look_row(struct look *l, enum metric_id id, struct figures *out);

/* parity_text.c: layouts. Each adds what it finds. */
void figures_add(struct figures *f, const char *instance, size_t instance_len, const char *text, size_t len);
void pick_single(const char *text, struct figures *out);
void pick_word(const char *text, unsigned nth, struct figures *out);
void pick_flat(const char *text, const char *key, struct figures *out);
void pick_pressure(const char *text, const char *key, struct figures *out);
void pick_weight(const char *text, struct figures *out);
void pick_pairs(const char *text, const char *key, struct figures *out);
void pick_operation(const char *text, const char *key, struct figures *out);
void pick_named(const char *text, struct figures *out);
void pick_nodes(const char *text, const char *key, struct figures *out);
void pick_interface(const char *text, const char *key, struct figures *out);
void pick_sockets(const char *text, const char *key, struct figures *out);

/* parity_process.c: what processes and file systems tell. False where the row is none of theirs. */
bool process_row(struct look *l, enum metric_id id, struct figures *out);
uint32_t process_first(struct look *l);
void process_free(struct process_figures *p);
/* The folder of the subject in a hierarchy, "" where it is not there. */
void subject_folder(const struct subject *s, const struct view_hierarchy *h, char *out, size_t size);
void figures_number(struct figures *f, const char *instance, uint64_t value);
