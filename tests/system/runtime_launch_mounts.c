/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted later, on either side of a bind mount, and launches that fail with a child waiting. */
#include "runtime_launch.h"

#include "base/cleanup.h"
#include "runtime/capability.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- propagation --- */

/* A shared mount with two folders to mount on. */
static void make_shared(const char *name)
{
	char path[64];

	if (mkdir(in_work(name), 0755) < 0 || mount("tmpfs", in_work(name), "tmpfs", 0, "mode=755") < 0 ||
	    mount(NULL, in_work(name), NULL, MS_SHARED, NULL) < 0)
		fail("cannot make a shared mount: %s", strerror(errno));
	snprintf(path, sizeof(path), "%s/outer", name);
	if (mkdir(in_work(path), 0755) < 0)
		fail("mkdir %s", path);
	snprintf(path, sizeof(path), "%s/inner", name);
	if (mkdir(in_work(path), 0755) < 0)
		fail("mkdir %s", path);
}

struct seen {
	bool outer; /* the container saw what was mounted outside */
	bool inner; /* and the other way round */
};

/* It mounts on "inner" and says so, waits for a line, and says what it sees in "outer". */
static struct spec *mounting(const char *folder)
{
	static char script[256];
	uint64_t all = capability_all();
	struct spec *s;

	snprintf(script, sizeof(script),
		 "mount -t tmpfs x %s/inner && touch %s/inner/made && echo ready && read line && ls %s/outer",
		 folder, folder, folder);
	s = new_spec("root", script);
	s->process.capabilities =
		(struct spec_capabilities){.bounding = all, .effective = all, .permitted = all};
	s->linux_.seccomp = SPEC_SECCOMP_UNCONFINED;
	return s;
}

/* `shared`: the folder's name below the test's. */
static struct seen look(struct spec *s, const char *shared)
{
	enum launch_failure failure;
	struct seen seen = {0};
	struct launched l;
	struct error err = {0};
	char path[64];
	char out[1024];
	char ready[6];
	int ends[2];
	int output;

	if (pipe2(ends, O_CLOEXEC) < 0)
		fail("pipe");
	t.input = ends[0];
	if (start(s, &l, &output, &failure, &err) < 0)
		fail("propagation: %s", err.cause);
	spec_free(s);
	t.input = -1;
	close(ends[0]);
	if (read(output, ready, sizeof(ready)) != 6 || memcmp(ready, "ready\n", 6) != 0)
		fail("propagation: the container cannot mount");
	snprintf(path, sizeof(path), "%s/inner/made", shared);
	seen.inner = access(in_work(path), F_OK) == 0;
	snprintf(path, sizeof(path), "%s/outer", shared);
	if (mount("tmpfs", in_work(path), "tmpfs", 0, NULL) < 0)
		fail("mount: %s", strerror(errno));
	snprintf(path, sizeof(path), "%s/outer/late", shared);
	make_file(in_work(path), "", 0644);
	if (write(ends[1], "\n", 1) != 1)
		fail("write");
	close(ends[1]);
	read_all(output, out, sizeof(out));
	close(output);
	if (finish(&l) != 0)
		fail("propagation: %s", out);
	seen.outer = strstr(out, "late") != NULL;
	snprintf(path, sizeof(path), "%s/outer", shared);
	if (umount2(in_work(path), MNT_DETACH) < 0)
		fail("umount: %s", strerror(errno));
	snprintf(path, sizeof(path), "%s/inner", shared);
	(void)umount2(in_work(path), MNT_DETACH); /* where it came out */
	return seen;
}

static struct seen look_bound(const char *options)
{
	struct spec *s = mounting("/shared");

	spec_mount_add(s, "/shared", "bind", in_work("shared"), options);
	return look(s, "shared");
}

/* A root that is itself part of a shared mount. */
static struct seen look_plain(void)
{
	struct spec *s = mounting("/srv");

	s->root.kind = SPEC_ROOT_PLAIN;
	s->root.path = spec_text(s, in_work("plainroot"));
	return look(s, "plainroot/srv");
}

/* All of the namespace shared, as systemd has it: nothing of a launch may come out. */
static void check_shared_host(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		unsigned before;
		struct spec *s = mounting("/shared");

		if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
			fail("unshare: %s", strerror(errno));
		before = count_mounts();
		spec_mount_add(s, "/shared", "bind", in_work("shared"), "rbind");
		if (look(s, "shared").inner)
			fail("a mount of the container's came out");
		expect(new_spec("root", "exit 0"), 0, NULL);
		if (count_mounts() != before)
			fail("%u mounts, %u before, where all are shared", count_mounts(), before);
		exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		fail("a launch where all mounts are shared");
}

void test_propagation(void)
{
	static const struct {
		const char *options;
		bool outer, inner;
	} cases[] = {
		{"rbind", false, false},	  {"bind", false, false},
		{"rbind,rprivate", false, false}, {"rbind,private", false, false},
		{"rbind,rslave", true, false},	  {"rbind,rshared", true, true},
	};
	struct seen seen;

	make_shared("shared");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		seen = look_bound(cases[i].options);
		if (seen.outer != cases[i].outer || seen.inner != cases[i].inner)
			fail("%s: what the host mounts later is %sseen inside, what the container mounts is "
			     "%sseen "
			     "outside",
			     cases[i].options, seen.outer ? "" : "not ", seen.inner ? "" : "not ");
	}
	check_shared_host();
	make_root("plainroot");
	if (rmdir(in_work("plainroot/srv")) < 0)
		fail("rmdir");
	make_shared("plainroot/srv");
	seen = look_plain();
	if (seen.outer || seen.inner)
		fail("a plain root is shared with the host");
	if (umount2(in_work("plainroot/srv"), MNT_DETACH) < 0 || umount2(in_work("shared"), MNT_DETACH) < 0)
		fail("umount: %s", strerror(errno));
	nothing_left("propagation");
}

/* --- a failure of the parent's while the child waits for it --- */

static struct spec *with_maps_that_overlap(void)
{
	static const struct spec_id_map maps[2] = {{0, 100000, 10}, {5, 200000, 10}};
	struct spec *s = new_spec("root", "exit 0");

	s->linux_.namespaces[SPEC_NS_USER].how = SPEC_NS_NEW;
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		spec_id_map_add(s, &s->linux_.uid_maps, &maps[i]);
		spec_id_map_add(s, &s->linux_.gid_maps, &maps[i]);
	}
	return s;
}

/* The kernel refuses the maps, which the parent writes: the child can't go on, and is ended and reaped. */
void test_failing_parent(void)
{
	struct spec *s;

	alarm(120); /* without the kill it waits for us as we wait for it */
	expect(with_maps_that_overlap(), 125, "cannot map the container's user ids");
	nothing_left("a failure of the parent's");
	/* the same where a second child has taken the first one's place */
	s = with_maps_that_overlap();
	s->linux_.namespaces[SPEC_NS_UTS] = (struct spec_ns){SPEC_NS_JOIN, "/proc/self/ns/uts"};
	expect(s, 125, "cannot map the container's user ids");
	nothing_left("a failure of the parent's behind a second clone");
	alarm(0);
}
