/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "container_private.h"
#include "plan/host_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the two sides tell each other: a byte that the namespace is there, one that it has its maps, and how
 * it went. */
struct talk {
	int to_child[2];
	int to_parent[2];
};

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPERM;
}

/* newuidmap PID INSIDE OUTSIDE COUNT …, of /etc/subuid's package: it checks that the ids are this user's. */
static int run_helper(const char *program, pid_t target, const struct spec_id_maps *maps)
{
	size_t n = 2 + 3 * maps->n;
	_cleanup_free_ char **argv = calloc(n + 1, sizeof(*argv));
	_cleanup_free_ char *texts = calloc(n, 16);
	char *at = texts;
	pid_t pid;

	if (!argv || !texts)
		return -ENOMEM;
	argv[0] = at;
	snprintf(at, 16, "%s", program);
	argv[1] = at += 16;
	snprintf(at, 16, "%d", (int)target);
	for (size_t i = 0; i < maps->n; i++) {
		const uint32_t numbers[] = {maps->at[i].container_id, maps->at[i].host_id, maps->at[i].size};

		for (size_t k = 0; k < 3; k++) {
			argv[2 + 3 * i + k] = at += 16;
			snprintf(at, 16, "%u", numbers[k]);
		}
	}
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		execvp(program, argv);
		_exit(127);
	}
	return wait_for(pid);
}

static void child(struct tree *tree, const struct talk *talk)
{
	struct error err = {0};
	char go;

	close(talk->to_child[1]);
	close(talk->to_parent[0]);
	if (unshare(CLONE_NEWUSER) < 0 || write(talk->to_parent[1], "1", 1) != 1)
		_exit(1);
	/* an end of the pipe without a byte: the maps could not be written */
	if (read(talk->to_child[0], &go, 1) != 1 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		_exit(1);
	err.code = tree_empty(tree, &err);
	_exit(write(talk->to_parent[1], &err, sizeof(err)) == (ssize_t)sizeof(err) ? 0 : 1);
}

static int parent(pid_t pid, struct talk *talk, const struct spec_id_maps *uids,
		  const struct spec_id_maps *gids, struct error *out)
{
	bool told = false;
	char ready;
	int r = -EPERM;

	if (read(talk->to_parent[0], &ready, 1) == 1)
		r = run_helper("newuidmap", pid, uids);
	if (r == 0)
		r = run_helper("newgidmap", pid, gids);
	if (r == 0 && write(talk->to_child[1], "1", 1) == 1)
		told = read(talk->to_parent[0], out, sizeof(*out)) == (ssize_t)sizeof(*out);
	close(TAKE_FD(talk->to_child[1]));
	wait_for(pid);
	return told ? 0 : -EPERM;
}

static int run_mapped(struct tree *tree, const struct spec_linux *ids, struct error *told)
{
	struct talk talk = {{-1, -1}, {-1, -1}};
	pid_t pid = -1;
	int r = -EMFILE;

	if (pipe2(talk.to_child, O_CLOEXEC) == 0 && pipe2(talk.to_parent, O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0)
		child(tree, &talk);
	if (pid > 0) {
		close(TAKE_FD(talk.to_child[0]));
		close(TAKE_FD(talk.to_parent[1]));
		r = parent(pid, &talk, &ids->uid_maps, &ids->gid_maps, told);
	}
	for (int i = 0; i < 2; i++) {
		cleanup_closep(&talk.to_child[i]);
		cleanup_closep(&talk.to_parent[i]);
	}
	return r;
}

/* Those that the user has now: no others would be mapped, whatever the container had. */
static int find_ids(struct spec *ids, struct host *host)
{
	_cleanup_close_ int root = fs_open_dir(AT_FDCWD, "/");

	if (root < 0)
		return root;
	*host = (struct host){.uid = geteuid(), .gid = getegid(), .rootless = true};
	host_look_at_ids(host, root);
	ids->linux_.namespaces[SPEC_NS_USER].how = SPEC_NS_NEW;
	return host_id_maps(host, ids);
}

int tree_empty_mapped(struct tree *tree, struct error *err)
{
	_cleanup_spec_ struct spec *ids = spec_new();
	struct error told = {0};
	struct host host;
	int r = ids ? find_ids(ids, &host) : -ENOMEM;

	if (r < 0)
		return error_errno(err, r, "", "cannot remove '%s'", tree->path);
	if (host.ids_missing[0])
		return error_set(err, -EPERM, host.ids_remedy, "'%s' has files of other users, and %s",
				 tree->path, host.ids_missing);
	r = run_mapped(tree, &ids->linux_, &told);
	if (r < 0)
		return error_set(
			err, r, "remove it as root",
			"'%s' has files of other users, and no user namespace could be made to remove them",
			tree->path);
	if (told.code < 0 && err)
		*err = told;
	return told.code;
}
