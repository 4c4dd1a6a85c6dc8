/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first byte picks the cgroup version, the rest is what every file of figures holds. What a plan has
 * learned of other files before must not change what is read.
 */
#include "base/cleanup.h"
#include "base/parse.h"
#include "check.h"
#include "reader.h"

#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One cgroup, all of whose files are one file in memory. */
struct world {
	struct cgroup_layout layout;
	struct planner learned; /* knows every text so far */
	struct planner fresh;	/* none */
	struct node *node;
	int fd;
};

static struct metric_set everything(void)
{
	struct metric_set s = {0};

	for (unsigned g = 0; g < GROUP__COUNT; g++)
		metric_set_add_group(&s, g);
	return s;
}

static void make_world(struct world *w, int version)
{
	static char path[] = "/fuzz";

	/* every controller is in the one hierarchy */
	w->layout.n_hierarchies = 1;
	w->layout.hierarchies[0] = (struct hierarchy){.version = version, .fd = -1};
	w->layout.n_pagesizes = 2;
	strcpy(w->layout.pagesizes[0], "2MB");
	strcpy(w->layout.pagesizes[1], "1GB");
	CHECK(planner_open(&w->learned, &w->layout) == 0 && planner_open(&w->fresh, &w->layout) == 0);
	w->fd = memfd_create("fuzz", MFD_CLOEXEC);
	w->node = calloc(1, sizeof(*w->node) + sizeof(w->node->places[0]));
	CHECK(w->fd >= 0 && w->node);
	w->node->path = path;
	w->node->presence = 1;
	w->node->files = calloc(w->learned.n_slots, sizeof(int));
	CHECK(w->node->files);
	for (size_t i = 0; i < w->learned.n_slots; i++)
		w->node->files[i] = w->fd;
}

static struct snapshot *read_all(struct world *w, struct planner *planner)
{
	static struct identity who = {.references = 1, .id = ""};
	static struct read_buffer buffer;
	const struct metric_set need = everything();
	struct entity e = {.path = "/fuzz", .identity = &who, .parent = -1};
	struct devices devices = {.sysfs = -1};
	struct descriptors descriptors = {.budget = 1, .n_slots = planner->n_slots};
	struct reader reader = {
		.layout = &w->layout,
		.descriptors = &descriptors,
		.devices = &devices,
		.buffer = &buffer,
		.ticks_per_second = 100,
		.page_size = 4096,
		.procfs = -1,
	};
	struct snapshot *s = snapshot_new(&need, &(struct host){0}, 0, 0, 1);
	struct plan *plan = planner_get(planner, &need, 1);

	CHECK(s && plan && snapshot_add(s, &e) == 0);
	CHECK(reader_read(&reader, w->node, plan, s, 0, NULL, 0));
	CHECK(descriptors.open == 0);
	snapshot_seal(s);
	devices_forget(&devices);
	return s;
}

static void forget(const struct planner *p)
{
	for (size_t i = 0; i < p->n_plans; i++)
		for (size_t k = 0; k < p->plans[i]->n_files; k++)
			p->plans[i]->files[k].n_learned = 0;
}

static void check_same(const struct snapshot *a, const struct snapshot *b)
{
	CHECK(snapshot_entity(a, 0)->n_series == snapshot_entity(b, 0)->n_series);
	for (unsigned id = 0; id < METRIC__COUNT; id++) {
		const char *x = snapshot_text(a, 0, id);
		const char *y = snapshot_text(b, 0, id);
		uint64_t v = 0;
		uint64_t w = 0;

		if (metrics[id].kind == KIND_TEXT) {
			CHECK(!x == !y && (!x || strcmp(x, y) == 0));
			continue;
		}
		CHECK(snapshot_get(a, 0, id, &v) == snapshot_get(b, 0, id, &w));
		CHECK(v == w);
		v = w = 0;
		CHECK(snapshot_sum(a, 0, id, &v) == snapshot_sum(b, 0, id, &w));
		CHECK(v == w);
	}
}

/* No kernel writes a key twice, and which of the two counts is not promised. */
static bool has_a_key_twice(struct slice text)
{
	struct slice line;

	while (next_line(&text, &line)) {
		struct slice rest = text;
		struct slice other;
		struct slice key;
		struct slice same;

		if (!next_word(&line, " ", &key))
			continue;
		while (next_line(&rest, &other))
			if (next_word(&other, " ", &same) && slice_equal(same, key))
				return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world worlds[2];
	struct world *w = &worlds[size ? data[0] % 2 : 0];
	struct slice text = {(const char *)data + (size > 0), size - (size > 0)};
	struct snapshot *learned;
	struct snapshot *again;
	struct snapshot *first;

	if (!w->node)
		make_world(w, w == worlds ? 2 : 1);
	CHECK(ftruncate(w->fd, 0) == 0 && pwrite(w->fd, text.at, text.len, 0) == (ssize_t)text.len);
	forget(&w->fresh);
	learned = read_all(w, &w->learned);
	first = read_all(w, &w->fresh);
	again = read_all(w, &w->fresh);
	if (text.len < 20000 && !has_a_key_twice(text)) {
		check_same(first, again);
		check_same(first, learned);
	}
	snapshot_unref(learned);
	snapshot_unref(again);
	snapshot_unref(first);
	return 0;
}
