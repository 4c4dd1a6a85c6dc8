/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where snapshots come from: cgroupfs files, the kernel (BPF), a recording. Sinks can't tell which.
 * A source belongs to one thread.
 */
#pragma once

#include "base/error.h"
#include "model/snapshot.h"

struct source;

struct source_ops {
	const char *name; /* "files", "bpf", "replay" */
	int (*sample)(struct source *s, const struct metric_set *need, struct snapshot **out,
		      struct error *err);
	int (*event_fd)(struct source *s);
	int (*dispatch)(struct source *s, struct error *err);
	void (*close)(struct source *s);
};

struct source {
	const struct source_ops *ops;
};

/*
 * Takes a snapshot with the metrics of `need` (what they are derived from is added). *out is the caller's
 * reference. 0, or -errno with *err filled: only what makes a snapshot impossible as a whole is an error.
 */
static inline int source_sample(struct source *s, const struct metric_set *need, struct snapshot **out,
				struct error *err)
{
	return s->ops->sample(s, need, out, err);
}

/*
 * A descriptor that becomes readable when cgroups came or went and source_dispatch should be called soon, so
 * that nothing is missed between two samples; -1 where the source has none.
 */
static inline int source_event_fd(struct source *s)
{
	return s->ops->event_fd(s);
}

/*
 * Takes in what happened since. To be called when event_fd is readable, and about once a second: a cgroup
 * that is new gets its first look then. 0 or -errno.
 */
static inline int source_dispatch(struct source *s, struct error *err)
{
	return s->ops->dispatch(s, err);
}

static inline void source_close(struct source *s)
{
	if (s)
		s->ops->close(s);
}
static inline void source_closep(struct source **s)
{
	source_close(*s);
}
#define _cleanup_source_ __attribute__((cleanup(source_closep)))
