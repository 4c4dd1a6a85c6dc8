/* SPDX-License-Identifier: Apache-2.0 */
/* A user namespace's ids: written by root, by newuidmap for a user with ranges in /etc/subuid, or one's own
 * id alone. */
#include "launch_apply.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RANGES_MAX 16

static int write_below(int procfs, const char *path, const char *text)
{
	_cleanup_close_ int fd = openat(procfs, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static int write_maps(int procfs, const char *process, const char *file, const struct spec_id_maps *maps)
{
	_cleanup_str_ struct str text = {0};
	char path[64];

	for (size_t i = 0; i < maps->n; i++)
		str_printf(&text, "%u %u %u\n", maps->at[i].container_id, maps->at[i].host_id,
			   maps->at[i].size);
	if (text.failed)
		return -ENOMEM;
	snprintf(path, sizeof(path), "%s/%s", process, file);
	return write_below(procfs, path, text.data ? text.data : "");
}

static int write_both(int procfs, const char *process, const struct spec_id_maps *uids,
		      const struct spec_id_maps *gids, bool deny_setgroups, struct error *err)
{
	char path[64];
	int r = 0;

	if (deny_setgroups) { /* user_namespaces(7): else a user could leave a group that forbids him
				 something */
		snprintf(path, sizeof(path), "%s/setgroups", process);
		r = write_below(procfs, path, "deny");
	}
	if (r == 0)
		r = write_maps(procfs, process, "uid_map", uids);
	if (r == 0)
		r = write_maps(procfs, process, "gid_map", gids);
	return r < 0 ? error_errno(err, r, "root maps any ids; a user those of /etc/subuid, or himself",
				   "cannot map the container's user ids")
		     : 0;
}

int idmap_write_own(struct launching *l, const struct step *step, struct error *err)
{
	return write_both(l->procfs, "self", step->maps.uids, step->maps.gids, true, err);
}

/* --- a user's ranges --- */

static const char *find_helper(const char *const *places)
{
	for (; *places; places++)
		if (access(*places, X_OK) == 0)
			return *places;
	return NULL;
}

static const char *uid_helper(void)
{
	static const char *const places[] = {"/usr/bin/newuidmap", "/usr/local/bin/newuidmap",
					     "/bin/newuidmap", NULL};

	return find_helper(places);
}

static const char *gid_helper(void)
{
	static const char *const places[] = {"/usr/bin/newgidmap", "/usr/local/bin/newgidmap",
					     "/bin/newgidmap", NULL};

	return find_helper(places);
}

/* newuidmap PID container host count … */
static int run_helper(const char *program, pid_t pid, const struct spec_id_maps *maps, struct error *err)
{
	char texts[RANGES_MAX * 3 + 1][12];
	char *argv[RANGES_MAX * 3 + 3];
	size_t n = 0;
	int status = 0;
	pid_t helper;
	int r;

	if (maps->n > RANGES_MAX)
		return error_set(err, -E2BIG, "", "too many ranges of ids");
	snprintf(texts[0], sizeof(texts[0]), "%d", (int)pid);
	for (size_t i = 0; i < maps->n; i++) {
		snprintf(texts[1 + i * 3], sizeof(texts[0]), "%u", maps->at[i].container_id);
		snprintf(texts[2 + i * 3], sizeof(texts[0]), "%u", maps->at[i].host_id);
		snprintf(texts[3 + i * 3], sizeof(texts[0]), "%u", maps->at[i].size);
	}
	argv[n++] = strdup(program);
	for (size_t i = 0; i < 1 + maps->n * 3; i++)
		argv[n++] = texts[i];
	argv[n] = NULL;
	r = argv[0] ? posix_spawn(&helper, program, NULL, NULL, argv, environ) : ENOMEM;
	free(argv[0]);
	while (r == 0 && waitpid(helper, &status, 0) < 0 && errno == EINTR)
		;
	if (r != 0)
		return error_errno(err, -r, "", "cannot run '%s'", program);
	if (status != 0)
		return error_set(err, -EPERM,
				 "they have to be in the user's ranges of /etc/subuid and /etc/subgid",
				 "'%s' refused to map the container's user ids", program);
	return 0;
}

static int write_by_helpers(struct launching *l, const struct spec_id_maps *uids,
			    const struct spec_id_maps *gids, struct error *err)
{
	const char *newuidmap = uid_helper();
	const char *newgidmap = gid_helper();
	int r;

	if (!newuidmap || !newgidmap)
		return error_set(err, -EOPNOTSUPP,
				 "install newuidmap and newgidmap (Debian: uidmap), or map just your "
				 "own id",
				 "mapping more than one id without root needs newuidmap");
	r = run_helper(newuidmap, l->pid, uids, err);
	return r == 0 ? run_helper(newgidmap, l->pid, gids, err) : r;
}

int idmap_write(struct launching *l, const struct step *step, struct error *err)
{
	char process[16];

	if (l->plan->rootless)
		return write_by_helpers(l, step->maps.uids, step->maps.gids, err);
	snprintf(process, sizeof(process), "%d", (int)l->pid);
	return write_both(l->procfs, process, step->maps.uids, step->maps.gids, false, err);
}
