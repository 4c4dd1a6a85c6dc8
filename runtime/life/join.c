/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/join.h"

#include "base/cleanup.h"
#include "life_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *join_shm(struct spec *spec, pid_t pid)
{
	return spec_printf(spec, "/proc/%d/root/dev/shm", (int)pid);
}

/* The process of "/proc/PID/ns/…"; 0 for any other path. */
static pid_t process_of(const char *path)
{
	char *end;
	long pid;

	if (!path || strncmp(path, "/proc/", 6) != 0 || path[6] < '1' || path[6] > '9')
		return 0;
	pid = strtol(path + 6, &end, 10);
	return strncmp(end, "/ns/", 4) == 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

static int move_shm(struct spec *spec, pid_t from, pid_t to)
{
	const char *old = join_shm(spec, from);
	const char *new = join_shm(spec, to);

	if (!old || !new)
		return -ENOMEM;
	for (size_t i = 0; i < spec->n_mounts; i++)
		if (spec->mounts[i].source && strcmp(spec->mounts[i].source, old) == 0)
			spec->mounts[i].source = new;
	return 0;
}

int join_process(struct spec *spec, enum spec_namespace which, pid_t pid, const char *container)
{
	struct spec_ns *ns = &spec->linux_.namespaces[which];
	pid_t before = process_of(ns->path);
	struct spec_ns made = {
		.how = SPEC_NS_JOIN,
		.path = spec_printf(spec, "/proc/%d/ns/%s", (int)pid, spec_namespace_rows[which].file),
		.container = spec_text(spec, container),
	};

	if (!made.path || !made.container != !container)
		return -ENOMEM;
	if (which == SPEC_NS_IPC && before && before != pid && move_shm(spec, before, pid) < 0)
		return -ENOMEM;
	*ns = made;
	return 0;
}

static bool is_joined(const struct spec_ns *ns)
{
	return ns->how == SPEC_NS_JOIN && ns->container;
}

static int no_process(const struct container *c, const char *name, enum spec_namespace which,
		      struct error *err)
{
	const char *state = life_is_running(&c->state) ? "ending" : container_status_name(c->state.status);

	return error_set(err, -ESRCH, "start that one first: plimsoll start",
			 "the container '%s', whose %s namespace is to be joined, does not run: it is %s",
			 name, spec_namespace_rows[which].name, state);
}

/* Its first process. */
static int find(const struct store *store, const char *name, enum spec_namespace which, pid_t *pid,
		struct error *err)
{
	_cleanup_container_ struct container *c = NULL;
	_cleanup_close_ int fd = -1;
	struct error why = {0};
	int r = container_open(store, name, &c, &why);

	if (r == 0)
		r = container_refresh(c, NULL, &why);
	if (r < 0)
		return error_set(err, r, why.remedy, "cannot join the %s namespace of '%s': %s",
				 spec_namespace_rows[which].name, name, why.cause);
	fd = life_is_running(&c->state) ? life_pidfd(c) : -ESRCH;
	if (fd < 0)
		return no_process(c, name, which, err);
	if (which == SPEC_NS_IPC && !c->config.ipc_shareable)
		return error_set(err, -EACCES, "run that one with --ipc shareable",
				 "cannot join the ipc namespace of '%s': that container keeps it to itself",
				 name);
	*pid = c->state.pid;
	return 0;
}

int join_resolve(struct spec *spec, const struct store *store, bool again, struct error *err)
{
	for (enum spec_namespace i = 0; i < SPEC_NS__COUNT; i++) {
		struct spec_ns *ns = &spec->linux_.namespaces[i];
		pid_t pid = 0;
		int r;

		if (again && ns->how == SPEC_NS_JOIN && !ns->container && process_of(ns->path))
			return error_set(err, -EOPNOTSUPP, "run it anew",
					 "it joined the %s namespace of a process, which may be another one "
					 "by now",
					 spec_namespace_rows[i].name);
		if (!is_joined(ns))
			continue;
		r = find(store, ns->container, i, &pid, err);
		if (r < 0)
			return r;
		if (join_process(spec, i, pid, ns->container) < 0)
			return error_set(err, -ENOMEM, "", "no memory");
	}
	return 0;
}

static bool is_between_runs(const struct store *store, const char *name)
{
	_cleanup_container_ struct container *c = NULL;
	_cleanup_close_ int fd = -1;

	if (container_open(store, name, &c, NULL) < 0 || container_refresh(c, NULL, NULL) < 0)
		return false;
	if (!life_is_running(&c->state))
		return c->state.status == CONTAINER_RESTARTING;
	/* its supervisor has not yet written down that it ended */
	fd = life_pidfd(c);
	return fd == -ESRCH;
}

bool join_must_wait(const struct spec *spec, const struct store *store)
{
	for (size_t i = 0; i < SPEC_NS__COUNT; i++) {
		const struct spec_ns *ns = &spec->linux_.namespaces[i];

		if (is_joined(ns) && is_between_runs(store, ns->container))
			return true;
	}
	return false;
}
