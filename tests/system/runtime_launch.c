/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real launches through the room: what a container sees, what it can't reach, and what is left of one that
 * fails. Everything is below a tmpfs in a mount namespace of the test's own.
 */
#include "system_test.h"

#include "runtime_launch.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUSYBOX "/usr/bin/busybox"

struct test t = {.input = -1};

void fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "FAIL: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	(void)launch_clean(&t.host, CGROUP, NULL);
	exit(1);
}

/* --- the root --- */

const char *in_work(const char *below)
{
	static char paths[4][PATH_MAX];
	static unsigned next;
	char *out = paths[next++ % 4];

	snprintf(out, PATH_MAX, "%s/%s", WORK, below);
	return out;
}

static void copy_busybox(const char *to)
{
	_cleanup_close_ int in = open(BUSYBOX, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	char buffer[65536];
	ssize_t n;

	if (in < 0)
		exit(skip("needs busybox-static: ./dev deps test installs it"));
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, (size_t)n) != n)
			fail("cannot copy busybox");
}

void make_file(const char *path, const char *text, mode_t mode)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fchmod(fd, mode) < 0)
		fail("cannot write %s: %s", path, strerror(errno));
}

void make_root(const char *name)
{
	static const char *const folders[] = {"", "/bin", "/etc", "/srv"};
	static const char *const applets[] = {"sh",    "cat",	   "ls",    "id",     "true",  "echo",
					      "sleep", "readlink", "touch", "stat",   "mount", "wc",
					      "pwd",   "grep",	   "mkdir", "umount", "tty",   "kill",
					      "rm",    "cut",	   "dd",    "mknod"};
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s%s", WORK, name, folders[i]);
		if (mkdir(path, 0755) < 0)
			fail("mkdir %s: %s", path, strerror(errno));
	}
	snprintf(path, sizeof(path), "%s/%s/bin/busybox", WORK, name);
	copy_busybox(path);
	for (size_t i = 0; i < ARRAY_SIZE(applets); i++) {
		snprintf(path, sizeof(path), "%s/%s/bin/%s", WORK, name, applets[i]);
		if (symlink("busybox", path) < 0)
			fail("symlink %s", path);
	}
}

/* --- one run --- */

struct spec *new_spec(const char *root, const char *script)
{
	struct spec *s = spec_new();

	if (!s || spec_set_defaults(s, t.host.rootless) < 0)
		fail("no spec");
	s->root.kind = SPEC_ROOT_OVERLAY_TMPFS;
	spec_texts_add(s, &s->root.layers, *root == '/' ? root : in_work(root));
	if (script) {
		spec_texts_add(s, &s->process.args, "/bin/sh");
		spec_texts_add(s, &s->process.args, "-c");
		spec_texts_add(s, &s->process.args, script);
	}
	s->linux_.cgroups_path = CGROUP;
	return s;
}

void read_all(int fd, char *out, size_t cap)
{
	size_t used = 0;
	ssize_t n;

	while (used < cap - 1 && (n = read(fd, out + used, cap - 1 - used)) > 0)
		used += (size_t)n;
	out[used] = '\0';
}

int start(struct spec *s, struct launched *l, int *output, enum launch_failure *failure, struct error *err)
{
	struct plan_context context = {.id = "test", .folder = FOLDER};
	_cleanup_plan_ struct plan *plan = NULL;
	struct launch_io io = {.in = t.input};
	int ends[2];
	int r;

	*failure = LAUNCH_FAILED;
	r = plan_make(s, &t.host, &context, &plan, err);
	if (r < 0)
		return r;
	if (pipe2(ends, O_CLOEXEC) < 0)
		fail("pipe");
	io.out = io.err = ends[1];
	r = launch(plan, &io, l, failure, err);
	close(ends[1]);
	*output = ends[0];
	if (r < 0)
		close(ends[0]);
	return r;
}

static int code_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail("wait: %s", strerror(errno));
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int finish(struct launched *l)
{
	struct error err = {0};
	int code = code_of(l->pid);

	close(l->pidfd);
	if (l->console >= 0)
		close(l->console);
	if (l->group && cgroup_group_remove(l->group, 5000, &err) < 0)
		fail("cgroups stay: %s", err.cause);
	if (l->group)
		cgroup_group_close(l->group);
	return code;
}

/* Its exit code, or 125…127 as the failure says, with the error. Frees the spec. */
int run(struct spec *s, char *out, size_t cap, struct error *err)
{
	enum launch_failure failure;
	struct launched l;
	int output;
	int r = start(s, &l, &output, &failure, err);

	out[0] = '\0';
	spec_free(s);
	if (r < 0)
		return 125 + (int)failure;
	read_all(output, out, cap);
	close(output);
	return finish(&l);
}

void expect(struct spec *s, int code, const char *wanted)
{
	char out[16384];
	struct error err = {0};
	int got = run(s, out, sizeof(out), &err);

	if (got != code)
		fail("exit code %d, not %d: %s%s (wanted: %s)", got, code, out, err.cause,
		     wanted ? wanted : "");
	if (wanted && !strstr(out, wanted) && !strstr(err.cause, wanted))
		fail("no '%s' in: %s%s", wanted, out, err.cause);
}

void expect_not(struct spec *s, const char *unwanted)
{
	char out[16384];
	struct error err = {0};
	int got = run(s, out, sizeof(out), &err);

	if (got != 0)
		fail("exit code %d: %s%s", got, out, err.cause);
	if (strstr(out, unwanted))
		fail("'%s' is in: %s", unwanted, out);
}

/* --- nothing is left --- */

unsigned count_mounts(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	unsigned n = 0;
	int c;

	while (f && (c = getc(f)) != EOF)
		n += c == '\n';
	return n;
}

void nothing_left(const char *what)
{
	const struct cgroup_layout *layout = t.host.layout;

	for (size_t i = 0; layout && i < layout->n_hierarchies; i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s" CGROUP, layout->hierarchies[i].mount_point);
		if (access(path, F_OK) == 0)
			fail("%s: the cgroup %s is left", what, path);
	}
	if (count_mounts() != t.mounts)
		fail("%s: %u mounts, %u before", what, count_mounts(), t.mounts);
	if (count_fds() != t.fds)
		fail("%s: %zu descriptors, %zu before", what, count_fds(), t.fds);
	if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
		fail("%s: a child is left", what);
}

static void remove_parents(void)
{
	const struct cgroup_layout *layout = t.host.layout;

	for (size_t i = 0; layout && i < layout->n_hierarchies; i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s" CGROUP_PARENT, layout->hierarchies[i].mount_point);
		(void)rmdir(path);
	}
}

static void prepare(void)
{
	struct error err;

	if (geteuid() != 0)
		exit(skip("needs root"));
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		exit(skip("needs a mount namespace"));
	if (mkdir(WORK, 0755) < 0 && errno != EEXIST)
		fail("mkdir %s: %s", WORK, strerror(errno));
	if (mount("tmpfs", WORK, "tmpfs", 0, "mode=755") < 0)
		fail("tmpfs: %s", strerror(errno));
	if (mkdir(in_work("containers"), 0755) < 0 || mkdir(FOLDER, 0755) < 0)
		fail("mkdir %s", FOLDER);
	make_root("root");
	if (host_open(&t.host, &err) < 0)
		fail("host: %s", err.cause);
	(void)launch_clean(&t.host, CGROUP, NULL);
	/* the first launch of all opens what is kept (a compiled filter), so it does not count */
	expect(new_spec("root", "exit 0"), 0, NULL);
	t.mounts = count_mounts();
	t.fds = count_fds();
}

int main(void)
{
	prepare();
	test_basics();
	test_isolation();
	test_roots();
	test_attacks();
	test_exec();
	test_propagation();
	test_failing_parent();
	test_faults();
	nothing_left("at the end");
	remove_parents();
	host_close(&t.host);
	(void)umount2(WORK, MNT_DETACH);
	(void)rmdir(WORK);
	printf("ok\n");
	return 0;
}
