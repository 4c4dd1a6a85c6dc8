/* SPDX-License-Identifier: Apache-2.0 */
#include "reader.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"
#include "cgroup/convert.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FIRST_BUFFER ((size_t)32 * 1024)

/*
 * seq_file gives at most a page of whole records a read (fs/seq_file.c), and no record of the files we read
 * is this long: a read that leaves more of its page free was the last, and saves the read that would say so.
 */
#define PAGE ((size_t)4096)
#define LONGEST_RECORD ((size_t)512)

/* How long a cgroup must have been idle for its pressure to have been added up. */
#define SETTLED_NS (3 * NSEC_PER_SEC)

static int grow_buffer(struct read_buffer *b)
{
	size_t cap = b->cap ? b->cap * 2 : FIRST_BUFFER;
	char *data = realloc(b->data, cap);

	if (!data)
		return -ENOMEM;
	b->data = data;
	b->cap = cap;
	return 0;
}

int read_whole(struct read_buffer *b, int fd, struct slice *text)
{
	size_t got = 0;

	for (;;) {
		ssize_t n;

		if (b->cap - got < PAGE && grow_buffer(b) < 0)
			return -ENOMEM;
		n = pread(fd, b->data + got, b->cap - got, (off_t)got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		got += (size_t)n;
		if ((size_t)n < PAGE - LONGEST_RECORD)
			break;
	}
	*text = (struct slice){b->data, got};
	return 0;
}

void read_buffer_free(struct read_buffer *b)
{
	free(b->data);
	*b = (struct read_buffer){0};
}

static bool is_key(const struct plan_key *k, struct slice key)
{
	return k->len == key.len && memcmp(k->key, key.at, key.len) == 0;
}

static bool convert(const struct reader *r, const struct plan_key *k, struct slice text, uint64_t *value)
{
	if (k->scale == SCALE_NONE)
		return parse_u64(text, value) == 0;
	return convert_value(text, k->scale, r->ticks_per_second, r->page_size, value) == 0;
}

static void take_one(const struct reader *r, const struct plan_key *k, struct slice text, struct snapshot *s,
		     size_t index)
{
	uint64_t value;

	if (k->scale == SCALE_AS_TEXT)
		(void)snapshot_set_text(s, index, k->id, text.at, text.len);
	else if (convert(r, k, text, &value))
		snapshot_set(s, index, k->id, value);
}

/* The name that an instance is shown by, and its detail. */
static struct slice instance_name(const struct reader *r, enum dimension dimension, struct slice instance,
				  char detail[32])
{
	const char *name;

	detail[0] = '\0';
	if (dimension != DIMENSION_DEVICE)
		return instance;
	snprintf(detail, 32, "%.*s", (int)instance.len, instance.at);
	name = device_name(r->devices, instance);
	return slice_of(name);
}

static void take_series(const struct reader *r, const struct plan_key *k, struct slice instance,
			struct slice text, struct snapshot *s)
{
	enum dimension dimension = metrics[k->id].dimension;
	char detail[32];
	uint64_t value;
	ptrdiff_t series;

	if (!convert(r, k, text, &value))
		return;
	instance = instance_name(r, dimension, instance, detail);
	series = snapshot_series(s, dimension, instance.at, instance.len, detail);
	if (series >= 0)
		snapshot_series_set(s, series, k->id, value);
}

static void take(const struct reader *r, const struct plan_file *f, const struct plan_key *k,
		 const struct format_item *item, struct snapshot *s, size_t index)
{
	if (metrics[k->id].dimension == DIMENSION_ONE)
		take_one(r, k, item->value, s, index);
	else
		take_series(r, k, f->instance ? slice_of(f->instance) : item->instance, item->value, s);
}

/* Whether it is a key that the file had not when its order was learned. */
static bool is_other(const struct plan_file *f, struct slice key)
{
	if (!(f->others >> key.len % 64 & 1))
		return false;
	for (size_t i = f->n_learned; i < f->n_keys; i++)
		if (is_key(&f->keys[i], key))
			return true;
	return false;
}

/*
 * A flat file's keys stand in the same order in every cgroup. Once that order is known, each line is compared
 * with the one key that is due. False where a due key did not come or the file has another length (the root's
 * files are shorter), or one came that did not come before: then the order is not what it was.
 */
static bool take_in_order(const struct reader *r, const struct plan_file *f, struct slice text,
			  struct snapshot *s, size_t index)
{
	struct format_cursor cursor;
	struct format_item item = {0};
	size_t n_items = 0;
	size_t due = 0;

	format_begin(&cursor, f->format, text);
	for (; format_next(&cursor, &item); n_items++) {
		size_t before = due;

		while (due < f->n_learned && is_key(&f->keys[due], item.key))
			take_one(r, &f->keys[due++], item.value, s, index);
		if (due == before && is_other(f, item.key))
			return false;
	}
	return due == f->n_learned && n_items == f->n_items;
}

static void swap_keys(struct plan_key *a, struct plan_key *b)
{
	struct plan_key kept = *a;

	*a = *b;
	*b = kept;
}

/*
 * One key may feed several rows (shares and weight), so every row is looked at. A key that stands in a file
 * twice counts once, whether its order is known yet or not.
 */
static void take_item(const struct reader *r, struct plan_file *f, const struct format_item *item,
		      struct snapshot *s, size_t index)
{
	/* What has an instance has one figure a file: nothing to be gained, and take_in_order knows no
	 * series. */
	bool learns = f->format == FILE_FLAT && !f->instance;

	for (size_t i = learns ? f->n_learned : 0; i < f->n_keys; i++) {
		if (!is_key(&f->keys[i], item->key))
			continue;
		take(r, f, &f->keys[i], item, s, index);
		if (learns)
			swap_keys(&f->keys[i], &f->keys[f->n_learned++]);
	}
}

static void take_all(const struct reader *r, struct plan_file *f, struct slice text, struct snapshot *s,
		     size_t index)
{
	struct format_cursor cursor;
	struct format_item item = {0};

	f->n_learned = 0;
	f->n_items = 0;
	format_begin(&cursor, f->format, text);
	for (; format_next(&cursor, &item); f->n_items++)
		take_item(r, f, &item, s, index);
	f->others = 0;
	for (size_t i = f->n_learned; i < f->n_keys; i++)
		f->others |= UINT64_C(1) << f->keys[i].len % 64;
}

static void take_text(const struct reader *r, struct plan_file *f, struct slice text, struct snapshot *s,
		      size_t index)
{
	enum dimension dimension = metrics[f->keys[0].id].dimension;

	if (dimension != DIMENSION_ONE)
		snapshot_looked_for(s, dimension);
	if (f->n_learned == 0 || !take_in_order(r, f, text, s, index))
		take_all(r, f, text, s, index);
}

/* Errors that only say that this cgroup or host does not have the figure. */
static bool is_absence(int error)
{
	return error == -ENOENT || error == -EOPNOTSUPP || error == -ENOTDIR;
}

/* A setting of each instance: those that the file named the last time that it was read. */
static void copy_instances(const struct plan_file *f, enum metric_id id, struct snapshot *s,
			   const struct snapshot *before, size_t before_index)
{
	enum dimension dimension = metrics[id].dimension;
	uint32_t n = snapshot_entity(before, before_index)->n_series;

	snapshot_looked_for(s, dimension);
	for (uint32_t i = 0; i < n; i++) {
		const struct series *from = snapshot_series_at(before, before_index, i);
		uint64_t value;
		ptrdiff_t to;

		if (!series_get(from, id, &value) ||
		    (f->instance && strcmp(f->instance, from->instance) != 0))
			continue;
		to = snapshot_series(s, dimension, from->instance, strlen(from->instance), from->detail);
		if (to >= 0)
			snapshot_series_set(s, to, id, value);
	}
}

static bool copy_settings(const struct plan_file *f, struct snapshot *s, size_t index,
			  const struct snapshot *before, size_t before_index)
{
	for (size_t i = 0; i < f->n_keys; i++)
		if (!metric_set_has(snapshot_metrics(before), f->keys[i].id))
			return false;
	for (size_t i = 0; i < f->n_keys; i++) {
		enum metric_id id = f->keys[i].id;
		const char *text = snapshot_text(before, before_index, id);
		uint64_t value;

		if (metrics[id].dimension != DIMENSION_ONE)
			copy_instances(f, id, s, before, before_index);
		else if (text)
			(void)snapshot_set_text(s, index, id, text, strlen(text));
		else if (snapshot_get(before, before_index, id, &value))
			snapshot_set(s, index, id, value);
	}
	return true;
}

static int open_file(struct reader *r, struct node *n, const struct plan_file *f, bool *transient)
{
	const struct hierarchy *h = &r->layout->hierarchies[f->hierarchy];

	if (f->slot != NO_SLOT && !f->setting)
		return descriptors_get(r->descriptors, n, h, f->hierarchy, f->slot, f->name, transient);
	*transient = true;
	return hierarchy_open_at(h, node_path(n, f->hierarchy), f->name, O_RDONLY);
}

static int read_file(struct reader *r, struct node *n, struct plan_file *f, struct snapshot *s, size_t index)
{
	bool transient;
	struct slice text;
	int fd = open_file(r, n, f, &transient);
	int error;

	if (fd < 0)
		return fd;
	error = read_whole(r->buffer, fd, &text);
	if (transient)
		close(fd);
	else if (error == -ENODEV || is_absence(error))
		descriptors_drop(r->descriptors, n, f->slot);
	if (error < 0)
		return error;
	take_text(r, f, text, s, index);
	return 0;
}

static bool is_still_there(const struct reader *r, const struct node *n, size_t hierarchy)
{
	_cleanup_close_ int fd = hierarchy_open_at(&r->layout->hierarchies[hierarchy],
						   node_path(n, hierarchy), "", O_PATH | O_DIRECTORY);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == n->places[hierarchy].inode;
}

/*
 * A file could not be read: is it only missing, or is the cgroup gone? (A held descriptor of a removed cgroup
 * says ENODEV, a path ENOENT.) Sets the hierarchies that are gone in *gone.
 */
static void take_error(struct reader *r, const struct node *n, const struct plan_file *f, int error,
		       uint32_t *gone)
{
	if (error == -ENODEV || error == -ENOENT || error == -ENOTDIR) {
		if (!is_still_there(r, n, f->hierarchy))
			*gone |= 1U << f->hierarchy;
		return;
	}
	if (error == -EOPNOTSUPP && f->group == GROUP_pressure)
		r->pressure_refused = true;
	if (!is_absence(error))
		r->reports[f->group].failed = true;
}

static bool has_no_quota(const struct snapshot *s, size_t index)
{
	uint64_t quota;

	return snapshot_get(s, index, METRIC_CPU_QUOTA, &quota) && quota == UNLIMITED;
}

/* Whether a file known to be absent is not worth asking after: most cgroups lack some, and each question
 * costs a path walk. */
static bool is_known_absent(const struct node *n, const struct plan_file *f)
{
	return f->slot != NO_SLOT && !f->setting && n->files && n->files[f->slot] == FILE_ABSENT;
}

static bool is_equal(const struct snapshot *s, size_t index, const struct snapshot *before,
		     size_t before_index, enum metric_id id)
{
	uint64_t value;
	uint64_t then;

	return snapshot_get(s, index, id, &value) && snapshot_get(before, before_index, id, &then) &&
	       value == then;
}

static bool has_changed(const struct plan_file *f, const struct snapshot *s, size_t index,
			const struct snapshot *before, size_t before_index)
{
	for (size_t i = 0; i < f->n_keys; i++)
		if (!before || !is_equal(s, index, before, before_index, f->keys[i].id))
			return true;
	return false;
}

/*
 * Who is content with older figures of what stands still (collector_options.idle_ns) spares the reading of
 * nearly everything of cgroups whose tasks have not run since the last sample. They take turns: each has a
 * limit of its own between half of idle_ns and all of it.
 */
static bool is_resting(const struct reader *r, const struct node *n, const struct plan_file *f,
		       const struct snapshot *s, size_t index, const struct snapshot *before,
		       size_t before_index, uint64_t now)
{
	uint64_t half = r->idle_ns / 2;

	if (!half || f->cpu_usage || now - n->whole_ns > half + n->id * UINT64_C(0x9e3779b97f4a7c15) % half)
		return false;
	return is_equal(s, index, before, before_index, METRIC_CPU_USAGE);
}

/*
 * Most containers do nothing most of the time. What only a running task can move need not be read of those,
 * if it was read once after they had been idle for longer than the kernel takes to add pressure up (2 s,
 * kernel/sched/psi.c).
 */
static bool may_copy(const struct reader *r, struct node *n, const struct plan_file *f,
		     const struct snapshot *s, size_t index, const struct snapshot *before,
		     size_t before_index, uint64_t now)
{
	if (f->setting)
		return true;
	if (is_resting(r, n, f, s, index, before, before_index, now))
		return true;
	if (!f->only_tasks)
		return false;
	if (!is_equal(s, index, before, before_index, METRIC_CPU_USAGE)) {
		n->busy_ns = now;
		n->settled = false;
	}
	return n->settled;
}

/* One node's reading. */
struct reading {
	struct node *node;
	struct snapshot *s;
	size_t index;
	const struct snapshot *before; /* NULL: nothing can be copied */
	size_t before_index;
	uint64_t now;
	enum metric_group group; /* whose files are read since `since`; GROUP__COUNT = none yet */
	uint64_t since;
	uint32_t gone; /* bit (1U << hierarchy) */
	bool stale;
	bool whole;
};

/* What is copied takes less than looking at a clock does: only what is read counts. */
static void count_time(struct reader *r, struct reading *g, enum metric_group group)
{
	uint64_t now;

	if (g->group == group)
		return;
	now = clock_monotonic_ns();
	if (g->group != GROUP__COUNT)
		r->reports[g->group].spent_ns += now - g->since;
	g->group = group;
	g->since = now;
}

static void read_one(struct reader *r, struct reading *g, struct plan_file *f)
{
	int error;

	count_time(r, g, f->group);
	error = read_file(r, g->node, f, g->s, g->index);
	if (f->only_tasks && has_changed(f, g->s, g->index, g->before, g->before_index))
		g->node->busy_ns = g->now;
	if (error < 0)
		take_error(r, g->node, f, error, &g->gone);
	/* Short of descriptors or memory, say: not to be taken for "has none" until the next rescan. */
	g->stale |= f->setting && error < 0 && error != -ENODEV && !is_absence(error);
}

static void read_or_copy(struct reader *r, struct reading *g, struct plan_file *f, bool copy)
{
	r->reports[f->group].ran = true;
	if (g->gone >> f->hierarchy & 1 || is_known_absent(g->node, f) ||
	    (f->only_with_quota && has_no_quota(g->s, g->index)))
		return;
	if (copy && may_copy(r, g->node, f, g->s, g->index, g->before, g->before_index, g->now) &&
	    copy_settings(f, g->s, g->index, g->before, g->before_index))
		g->whole &= f->setting || f->only_tasks;
	else
		read_one(r, g, f);
}

bool reader_read(struct reader *r, struct node *n, struct plan *plan, struct snapshot *s, size_t index,
		 const struct snapshot *before, size_t before_index)
{
	bool copy = before && !n->settings_stale;
	struct reading g = {
		.node = n,
		.s = s,
		.index = index,
		.before = before,
		.before_index = before_index,
		.now = snapshot_entity(s, index)->monotonic_ns,
		.group = GROUP__COUNT,
		.whole = true,
	};

	if (n->settings_stale)
		descriptors_retry(r->descriptors, n);
	for (size_t i = 0; i < plan->n_files && g.gone != n->presence; i++)
		read_or_copy(r, &g, &plan->files[i], copy);
	if (g.group != GROUP__COUNT)
		count_time(r, &g, GROUP__COUNT);
	n->settings_stale = g.stale;
	if (g.whole)
		n->whole_ns = g.now;
	if (!copy)
		n->busy_ns = g.now;
	n->settled = g.now - n->busy_ns > SETTLED_NS;
	n->gone = g.gone != 0;
	return g.gone != n->presence;
}

int reader_read_pid(struct reader *r, uint32_t pid, struct plan *plan, struct snapshot *s, size_t index)
{
	int first = 0;

	for (size_t i = 0; i < plan->n_pid_files; i++) {
		struct plan_file *f = &plan->pid_files[i];
		uint64_t start = clock_monotonic_ns();
		char path[96];
		struct slice text = {0};
		_cleanup_close_ int fd = -1;
		int error;

		snprintf(path, sizeof(path), "%u/%s", pid, f->name);
		fd = openat(r->procfs, path, O_RDONLY | O_CLOEXEC);
		error = fd < 0 ? -errno : read_whole(r->buffer, fd, &text);
		if (error == 0)
			take_text(r, f, text, s, index);
		else if (first == 0)
			first = error;
		r->reports[f->group].ran = true;
		r->reports[f->group].spent_ns += clock_monotonic_ns() - start;
	}
	return first;
}
