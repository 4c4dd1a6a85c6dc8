/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The source that reads cgroupfs and procfs files. It walks every hierarchy once, then follows it by inotify,
 * with a slow rescan as a safety net; descriptors stay open within a budget; one logical cgroup is joined
 * from all hierarchies.
 */
#pragma once

#include "collector/options.h"
#include "model/kernel.h"
#include "model/source.h"

/*
 * Opens the hierarchies and walks them. options are copied (strings too). 0 or -errno with a cause that can
 * be acted on: no cgroup mount, an unreadable procfs.
 */
int collector_open(const struct collector_options *options, struct source **out, struct error *err);

/*
 * From the next sample on, what `kernel` offers is taken from there and the rest from files, figure by
 * figure. It is owned and closed with the source (NULL = files only); it was opened for the hierarchies of
 * collector_layout(source).
 */
void collector_use_kernel(struct source *s, struct kernel *kernel);
/* The one in use, borrowed; NULL where there is none. */
struct kernel *collector_kernel(struct source *s);

/* What a doctor or a self metric wants to know. */
struct collector_status {
	enum cgroup_mode mode;
	size_t n_cgroups;     /* logical ones that live */
	size_t n_ended;	      /* that linger */
	size_t n_descriptors; /* kept open */
	size_t descriptor_budget;
	size_t n_watches;	/* inotify watches */
	bool watches_exhausted; /* fs.inotify.max_user_watches was hit: what is not watched is found by the
				   rescan */
	uint64_t events_lost;	/* inotify queue overflows (each followed by a rescan) */
	uint64_t rescans;
	bool psi;	    /* pressure files are there */
	bool ptrace_denied; /* namespaces or fds of other users' processes could not be read */
};
void collector_status(struct source *s, struct collector_status *out);
const struct cgroup_layout *collector_layout(struct source *s);

/* The metrics that this host can give at all with the given layout (a controller that is nowhere gives none).
 */
void collector_offers(const struct cgroup_layout *layout, struct metric_set *out);

/* Where a runtime's metadata is, for doctor. */
struct metadata_folder {
	enum runtime runtime;
	char path[512];
	const char *found_by; /* "default", "option", "daemon.json", "command line", "storage.conf" */
	int access;	      /* 0, or -errno of opening it */
};

/* One entry for each metadata folder that was looked for. Returns the count, at most max. */
size_t collector_metadata_folders(struct source *s, struct metadata_folder *out, size_t max);
