/* SPDX-License-Identifier: Apache-2.0 */
/* The parts behind model/kernel.h's vtable; one that can't be had costs the others nothing. */
#include "bpf/kernel_side.h"
#include "events_user.h"
#include "kernel_btf.h"
#include "latency_user.h"
#include "tasks_user.h"
#include "walk_user.h"

#include <errno.h>
#include <linux/magic.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/vfs.h>

struct bpf_kernel {
	struct kernel base; /* first */
	struct walk *walk;
	struct tasks *tasks;
	struct events *events;
	struct latency *latency;
	const struct cgroup_layout *later; /* load latency, which is not loaded yet, for it; NULL = no */
	size_t n_cgroups;
	struct error why[KERNEL_PART__COUNT];
};

static struct bpf_kernel *of(struct kernel *k)
{
	return (struct bpf_kernel *)(void *)k;
}

static const struct bpf_kernel *of_const(const struct kernel *k)
{
	return (const struct bpf_kernel *)(const void *)k;
}

static void side_offers(const struct kernel *k, size_t hierarchy, struct metric_set *out)
{
	*out = (struct metric_set){0};
	if (of_const(k)->walk)
		walk_offers(of_const(k)->walk, hierarchy, out);
}

static int side_walk(struct kernel *k, const struct metric_set *need, struct error *err)
{
	if (!of(k)->walk)
		return error_set(err, -EOPNOTSUPP, "", "the walk is not on");
	return walk_run(of(k)->walk, need, err);
}

static bool side_fill(const struct kernel *k, size_t hierarchy, uint64_t inode, struct snapshot *s,
		      size_t index)
{
	const struct walk_names names = {k->device_name, k->device_context};

	return of_const(k)->walk && walk_fill(of_const(k)->walk, hierarchy, inode, &names, s, index);
}

static int side_processes(struct kernel *k, const struct kernel_question *question,
			  const struct kernel_process **out, size_t *n, struct error *err)
{
	if (!of(k)->tasks)
		return error_set(err, -EOPNOTSUPP, "", "the pass over processes is not on");
	return tasks_pass(of(k)->tasks, question, out, n, err);
}

static int side_events(struct kernel *k, void (*tell)(void *context, const struct kernel_event *event),
		       void *context, struct error *err)
{
	if (!of(k)->events)
		return error_set(err, -EOPNOTSUPP, "", "events are not on");
	return events_take(of(k)->events, tell, context, err);
}

static int side_event_fd(const struct kernel *k)
{
	return of_const(k)->events ? events_fd(of_const(k)->events) : -1;
}

static bool side_fill_final(const struct kernel *k, const struct kernel_event *event, struct snapshot *s,
			    size_t index)
{
	const struct bpf_kernel *b = of_const(k);
	const struct walk_names names = {k->device_name, k->device_context};
	struct cputime shown = {0};

	if (!b->events)
		return false;
	if (b->walk)
		walk_shown(b->walk, event->hierarchy, event->cgroup, &shown);
	return events_fill_final(b->events, event, &shown, &names, s, index);
}

/* Types and programs were tens of megabytes, which glibc would keep. */
static void close_btf(struct kernel_btf *btf)
{
	kernel_btf_close(btf);
	malloc_trim(0);
}

static void load_latency(struct bpf_kernel *b)
{
	struct error *why = &b->why[KERNEL_LATENCY];
	struct kernel_btf *btf;

	if (kernel_btf_open(&btf, why) == 0) {
		(void)latency_open(btf, b->later, b->n_cgroups, NULL, &b->latency, why);
		close_btf(btf);
	}
	b->later = NULL;
}

static int side_latency(struct kernel *k, bool on, struct error *err)
{
	struct bpf_kernel *b = of(k);
	int r;

	if (on && b->later)
		load_latency(b);
	if (!b->latency)
		return error_set(err, -EOPNOTSUPP, "", "latency is not on");
	if (!on) {
		latency_stop(b->latency);
		return 0;
	}
	r = latency_read(b->latency, err);
	/* what can be had is had; what can't has its cause */
	if (err && err->code)
		b->why[KERNEL_LATENCY] = *err;
	return r;
}

static bool side_fill_latency(const struct kernel *k, size_t hierarchy, uint64_t inode, struct snapshot *s,
			      size_t index)
{
	return of_const(k)->latency && latency_fill(of_const(k)->latency, hierarchy, inode, s, index);
}

static void side_status(const struct kernel *k, struct kernel_status *out)
{
	const struct bpf_kernel *b = of_const(k);
	struct events_counts events = {.missing = ""};
	struct walk_counts counts = {0};

	*out = (struct kernel_status){0};
	out->on[KERNEL_FIGURES] = b->walk != NULL;
	out->on[KERNEL_PROCESSES] = b->tasks != NULL;
	out->on[KERNEL_EVENTS] = b->events != NULL;
	out->on[KERNEL_LATENCY] = b->latency || b->later;
	for (size_t p = 0; p < KERNEL_PART__COUNT; p++) {
		out->why[p] = b->why[p].cause;
		out->remedy[p] = b->why[p].remedy;
	}
	if (b->walk)
		walk_count(b->walk, &counts);
	if (b->events) {
		events_count(b->events, &events);
		out->why[KERNEL_EVENTS] = events.missing;
	}
	out->events = events.told;
	out->dropped = events.dropped;
	out->walks = counts.walks;
	out->walk_ns = counts.spent_ns;
	out->memory_bytes = counts.memory_bytes + events.memory_bytes +
			    (b->tasks ? tasks_memory(b->tasks) : 0) +
			    (b->latency ? latency_memory(b->latency) : 0);
}

static void side_close(struct kernel *k)
{
	struct bpf_kernel *b = of(k);

	walk_close(b->walk);
	tasks_close(b->tasks);
	events_close(b->events);
	latency_close(b->latency);
	free(b);
}

static const struct kernel_ops ops = {
	.offers = side_offers,
	.walk = side_walk,
	.fill = side_fill,
	.processes = side_processes,
	.events = side_events,
	.event_fd = side_event_fd,
	.fill_final = side_fill_final,
	.latency = side_latency,
	.fill_latency = side_fill_latency,
	.status = side_status,
	.close = side_close,
};

static bool is_wanted(const struct bpf_options *options, enum kernel_part part)
{
	return options->parts >> part & 1;
}

/* The parts that can be had; each that can't has its cause. */
static void open_parts(struct bpf_kernel *b, const struct bpf_options *options, const struct kernel_btf *btf)
{
	if (is_wanted(options, KERNEL_FIGURES))
		(void)walk_open(btf, options->layout, options->n_cgroups, options->refuse, &b->walk,
				&b->why[KERNEL_FIGURES]);
	if (is_wanted(options, KERNEL_PROCESSES))
		(void)tasks_open(btf, options->layout, options->refuse, &b->tasks, &b->why[KERNEL_PROCESSES]);
	if (is_wanted(options, KERNEL_EVENTS))
		(void)events_open(btf, options->layout, options->event_bytes, options->refuse, &b->events,
				  &b->why[KERNEL_EVENTS]);
	b->n_cgroups = options->n_cgroups;
	if (is_wanted(options, KERNEL_LATENCY) && options->latency_later)
		b->later = options->layout;
	else if (is_wanted(options, KERNEL_LATENCY))
		(void)latency_open(btf, options->layout, options->n_cgroups, options->refuse, &b->latency,
				   &b->why[KERNEL_LATENCY]);
}

/* Why the first of the parts that were wanted is not there. */
static const struct error *first_why(const struct bpf_kernel *b, const struct bpf_options *options)
{
	for (enum kernel_part part = 0; part < KERNEL_PART__COUNT; part++)
		if (is_wanted(options, part) && b->why[part].code)
			return &b->why[part];
	return &b->why[KERNEL_FIGURES];
}

/* A copy of another host's files is no business of this kernel. */
static int check_layout(const struct cgroup_layout *layout, struct error *err)
{
	for (size_t h = 0; h < layout->n_hierarchies; h++) {
		struct statfs fs;

		if (fstatfs(layout->hierarchies[h].fd, &fs) < 0 ||
		    (fs.f_type != CGROUP_SUPER_MAGIC && fs.f_type != CGROUP2_SUPER_MAGIC))
			return error_set(err, -ENOTSUP, "", "'%s' is not a cgroup file system of this kernel",
					 layout->hierarchies[h].mount_point);
	}
	return 0;
}

int bpf_kernel_open(const struct bpf_options *options, struct kernel **out, struct error *err)
{
	struct bpf_kernel *b = calloc(1, sizeof(*b));
	struct kernel_btf *btf;
	int r;

	if (!b)
		return error_set(err, -ENOMEM, "", "out of memory");
	b->base.ops = &ops;
	r = check_layout(options->layout, err);
	if (r == 0)
		r = kernel_btf_open(&btf, err);
	if (r == 0) {
		open_parts(b, options, btf);
		close_btf(btf);
		if (!b->walk && !b->tasks && !b->events && !b->latency && !b->later) {
			const struct error *why = first_why(b, options);

			r = why->code;
			if (err)
				*err = *why;
		}
	}
	if (r < 0) {
		side_close(&b->base);
		return r;
	}
	*out = &b->base;
	return 0;
}
