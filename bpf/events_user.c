/* SPDX-License-Identifier: Apache-2.0 */
#include "events_user.h"

#include "base/cleanup.h"
#include "events.h"
#include "events.skel.h"
#include "events_decide.h"
#include "events_last.h"
#include "events_translate.h"
#include "kernel_layout.h"
#include "object.h"
#include "percpu.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RING_BYTES ((size_t)4 << 20)

struct events {
	const struct cgroup_layout *layout;
	struct events_config config;
	struct events_bpf *skeleton;
	struct ring_buffer *ring;
	size_t ring_bytes;
	struct walk_columns *columns; /* by hierarchy of the layout */
	uint64_t page_size;
	uint64_t told;
	/* Of the call of events_take that is under way. */
	void (*tell)(void *context, const struct kernel_event *event);
	void *context;
};

/* ---- what the programs are told */

/* The hierarchy that has the controller, if it is one that a record can name; -1 = none. */
static int home_of(const struct cgroup_layout *layout, enum controller c)
{
	const int8_t *home = &layout->home[c];

	return *home < TOLD_HIERARCHIES ? *home : -1;
}

/* Where tasks are looked for that v2 knows nothing of: the first of these that a v1 hierarchy has. */
static int other_home(const struct cgroup_layout *layout)
{
	static const enum controller preferred[] = {CONTROLLER_MEMORY, CONTROLLER_PIDS, CONTROLLER_CPUACCT,
						    CONTROLLER_CPU, CONTROLLER_CPUSET};

	for (size_t i = 0; i < ARRAY_SIZE(preferred); i++) {
		int home = home_of(layout, preferred[i]);

		if (home >= 0 && layout->hierarchies[home].version == 1)
			return home;
	}
	return -1;
}

static int tell_layout(const struct kernel_btf *btf, struct events *e, struct error *err)
{
	size_t n = e->layout->n_hierarchies < TOLD_HIERARCHIES ? e->layout->n_hierarchies : TOLD_HIERARCHIES;
	int other = other_home(e->layout), v2 = home_of(e->layout, CONTROLLER_CORE);
	struct events_bpf__rodata *told = e->skeleton->rodata;
	uint32_t tables[TOLD_HIERARCHIES] = {0};
	int ids[TOLD_HIERARCHIES], r;

	memset(ids, -1, sizeof(ids));
	r = kernel_layout_ids(e->layout, ids, n);
	if (r < 0)
		return error_errno(err, r, "mount procfs", "cannot read /proc/self/cgroup");
	for (size_t h = 0; h < n; h++)
		tables[h] = e->columns[h].tables;
	/* the skeleton has them as the programs do, who may not write */
	memcpy((void *)(uintptr_t)told->kernel_id, ids, sizeof(ids));
	memcpy((void *)(uintptr_t)told->tables_of, tables, sizeof(tables));
	told->n_hierarchies = (uint32_t)n;
	told->v2 = v2;
	told->other = other;
	told->other_subsys = other >= 0 ? kernel_layout_subsys(btf, &e->layout->hierarchies[other]) : -1;
	told->wakes = v2 >= 0 ? v2 : other >= 0 ? other : 0;
	told->memory = home_of(e->layout, CONTROLLER_MEMORY);
	return 0;
}

static void tell_config(const struct events_facts *facts, struct events *e)
{
	int cpus = libbpf_num_possible_cpus();
	struct events_bpf__rodata *told = e->skeleton->rodata;

	told->n_possible_cpus = cpus > 0 ? (uint32_t)cpus : 0;
	told->adds_cpu = e->config.adds_cpu;
	told->adds_cpuacct = e->config.adds_cpuacct;
	told->adds_io = e->config.adds_io;
	told->bstat_at = (uint32_t)facts->bstat_at;
	told->last_bstat_at = (uint32_t)facts->last_bstat_at;
	told->cpuusage_at = (uint32_t)facts->cpuusage_at;
	told->cpustat_at = (uint32_t)facts->cpustat_at;
	told->exit_tells_last = e->config.exit_tells_last;
	told->storm = KERNEL_STORM;
	told->pids_of_all = !kernel_layout_has_local_pids_events();
}

/* ---- loading */

static int choose_programs(struct events *e, struct error *err)
{
	for (enum events_program p = 0; p < EVENTS_PROGRAM__COUNT; p++) {
		struct bpf_program *program =
			bpf_object__find_program_by_name(e->skeleton->obj, events_program_name(p));
		int r = program ? bpf_program__set_autoload(program, e->config.program[p]) : -ENOENT;

		if (r < 0)
			return error_errno(err, r, "", "cannot choose the BPF program '%s'",
					   events_program_name(p));
	}
	return 0;
}

static int load_once(const struct kernel_btf *btf, const struct events_facts *facts, const char *refuse,
		     struct events *e, struct error *err)
{
	int r;

	e->skeleton = events_bpf__open();
	if (!e->skeleton)
		return error_errno(err, -errno, "", "cannot open the BPF programs of events");
	r = tell_layout(btf, e, err);
	if (r < 0)
		return r;
	tell_config(facts, e);
	r = bpf_map__set_max_entries(e->skeleton->maps.ring, (uint32_t)e->ring_bytes);
	if (r < 0)
		return error_errno(err, r, "", "cannot size the ring buffer of events");
	r = choose_programs(e, err);
	if (r == 0)
		r = object_load(e->skeleton->skeleton, refuse, err);
	return r;
}

static int load(const struct kernel_btf *btf, const struct events_facts *facts, const char *refuse,
		struct events *e, struct error *err)
{
	struct walk_facts figures;
	int r;

	walk_facts_ask(btf, &figures);
	do {
		events_bpf__destroy(e->skeleton);
		e->skeleton = NULL;
		for (size_t h = 0; h < e->layout->n_hierarchies; h++)
			events_last_columns(e->layout, h, &figures, &e->config, &e->columns[h]);
		r = load_once(btf, facts, refuse, e, err);
	} while (r < 0 && r != -EPERM && r != -EACCES && !refuse && events_decide_less(&e->config));
	return r;
}

static int take_record(void *context, void *record, size_t size)
{
	struct events *e = context;
	struct kernel_event event;

	if (!events_translate(record, size, e->page_size, &event))
		return 0;
	e->told++;
	e->tell(e->context, &event);
	return 0;
}

static int attach(struct events *e, struct error *err)
{
	int r = events_bpf__attach(e->skeleton);

	if (r < 0)
		return error_errno(err, r, "", "cannot attach the BPF programs of events");
	e->ring = ring_buffer__new(bpf_map__fd(e->skeleton->maps.ring), take_record, e, NULL);
	if (!e->ring)
		return error_errno(err, -errno, "", "cannot map the ring buffer of events");
	return 0;
}

static int open_events(const struct kernel_btf *btf, const char *refuse, struct events *e, struct error *err)
{
	struct events_facts facts;
	int r;

	events_facts_ask(btf, &facts);
	r = events_decide(&facts, &e->config, err);
	if (r < 0)
		return r;
	if (libbpf_num_possible_cpus() > PERCPU_MOST)
		(void)events_decide_less(&e->config);
	object_silence();
	r = load(btf, &facts, refuse, e, err);
	return r == 0 ? attach(e, err) : r;
}

int events_open(const struct kernel_btf *btf, const struct cgroup_layout *layout, size_t bytes,
		const char *refuse, struct events **out, struct error *err)
{
	struct events *e;
	int r;

	if (!kernel_layout_in_first_pid_namespace())
		return error_set(err, -ENOTSUP, "share the host's PID namespace (docker run --pid host)",
				 "this process is in a PID namespace of its own");
	e = calloc(1, sizeof(*e));
	if (e)
		e->columns = calloc(layout->n_hierarchies ? layout->n_hierarchies : 1, sizeof(*e->columns));
	if (!e || !e->columns) {
		events_close(e);
		return error_set(err, -ENOMEM, "", "out of memory");
	}
	e->layout = layout;
	e->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	e->ring_bytes = bytes ? bytes : RING_BYTES;
	r = open_events(btf, refuse, e, err);
	if (r < 0) {
		events_close(e);
		return r;
	}
	*out = e;
	return 0;
}

void events_close(struct events *e)
{
	if (!e)
		return;
	ring_buffer__free(e->ring);
	events_bpf__destroy(e->skeleton);
	free(e->columns);
	free(e);
}

/* ---- telling */

int events_take(struct events *e, void (*tell)(void *context, const struct kernel_event *event),
		void *context, struct error *err)
{
	int r;

	e->tell = tell;
	e->context = context;
	r = ring_buffer__consume(e->ring);
	return r < 0 ? error_errno(err, r, "", "cannot read the ring buffer of events") : 0;
}

int events_fd(const struct events *e)
{
	return ring_buffer__epoll_fd(e->ring);
}

bool events_fill_final(const struct events *e, const struct kernel_event *event, const struct cputime *shown,
		       const struct walk_names *names, struct snapshot *s, size_t index)
{
	return events_last_fill(event->final, &e->columns[event->hierarchy], e->page_size, shown, names, s,
				index);
}

void events_count(const struct events *e, struct events_counts *out)
{
	*out = (struct events_counts){
		.told = e->told,
		.dropped = e->skeleton->bss->dropped,
		.memory_bytes = e->ring_bytes,
		.missing = e->config.missing,
	};
}
