/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime_launch.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct spec *command(const char *path)
{
	struct spec *s = new_spec("root", NULL);

	spec_texts_add(s, &s->process.args, path);
	return s;
}

static void link_in(const char *target, const char *path)
{
	if (symlink(target, in_work(path)) < 0)
		fail("symlink %s: %s", path, strerror(errno));
}

void test_basics(void)
{
	struct spec *s;

	make_file(in_work("root/bin/plain"), "text\n", 0644);
	make_file(in_work("root/bin/lost"), "#!/no/such/interpreter\n", 0755);
	make_file(in_work("root/bin/garbage"), "\001\002", 0755);
	expect(new_spec("root", "exit 0"), 0, NULL);
	expect(new_spec("root", "exit 37"), 37, NULL);
	expect(new_spec("root", "kill -9 $$; exit 3"), 3, NULL); /* PID 1 is safe from itself */
	expect(command("nothing-of-that-name"), 127, "PATH");
	expect(command("/bin/nothing"), 127, "cannot execute");
	expect(command("/bin/lost"), 127, "cannot execute");
	expect(command("/bin/plain"), 126, "cannot execute");
	expect(command("/bin/garbage"), 126, "cannot execute");
	expect(command("/bin"), 126, "cannot execute");
	s = new_spec("root", "pwd");
	s->process.cwd = "/made/on/the/way";
	expect(s, 0, "/made/on/the/way\n");
	s = new_spec("root", "ulimit -n");
	spec_rlimit_set(s, &(struct spec_rlimit){RLIMIT_NOFILE, 99, 99});
	expect(s, 0, "99\n");
	s = new_spec("root", "cat /proc/self/oom_score_adj");
	s->process.has_oom_score_adj = true;
	s->process.oom_score_adj = 321;
	expect(s, 0, "321\n");
	s = new_spec("root", "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax");
	spec_pairs_set(s, &s->linux_.sysctl, "net.ipv4.ip_unprivileged_port_start", "99");
	spec_pairs_set(s, &s->linux_.sysctl, "kernel.msgmax", "4096");
	expect(s, 0, "99\n4096\n");
	s = new_spec("root",
		     "id -u; id -g; grep -E 'Groups|CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/self/status");
	s->process.user =
		(struct spec_user){.uid = 1000, .gid = 1001, .groups = (uint32_t[]){7}, .n_groups = 1};
	s->process.no_new_privileges = true;
	s->process.capabilities = (struct spec_capabilities){.bounding = 1};
	expect(s, 0,
	       "1000\n1001\nGroups:\t7 "
	       "\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000001\nNoNewPrivs:\t1\n"
	       "Seccomp:\t2\n");
	s = new_spec("root", "exit 0");
	spec_mount_add(s, "/data", "bind", "/no/such/source", "rbind");
	expect(s, 125, "/no/such/source");
	nothing_left("basics");
}

static void check_console(void)
{
	struct spec *s =
		new_spec("root", "tty; stat -c %t:%T /dev/console; [ -t 0 ] && [ -t 2 ] && echo yes");
	enum launch_failure failure;
	struct launched l;
	struct error err = {0};
	char out[1024];
	int output;

	s->process.terminal = true;
	if (start(s, &l, &output, &failure, &err) < 0)
		fail("console: %s", err.cause);
	spec_free(s);
	close(output);
	if (l.console < 0)
		fail("no console");
	read_all(l.console, out, sizeof(out));
	if (finish(&l) != 0 || !strstr(out, "/dev/pts/0") || !strstr(out, "88:0") || !strstr(out, "yes"))
		fail("console: %s", out);
}

void test_isolation(void)
{
	static const char *const files[] = {"pid", "net", "mnt", "ipc", "uts", "cgroup", "time"};
	struct spec *s;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char path[64];
		char own[64] = "";
		char script[128];

		snprintf(path, sizeof(path), "/proc/self/ns/%s", files[i]);
		if (readlink(path, own, sizeof(own) - 1) < 0)
			continue;
		snprintf(script, sizeof(script), "readlink %s", path);
		s = new_spec("root", script);
		s->linux_.namespaces[SPEC_NS_TIME].how = SPEC_NS_NEW;
		expect_not(s, own);
	}
	s = new_spec("root", "cut -d. -f1 /proc/uptime");
	s->linux_.namespaces[SPEC_NS_TIME].how = SPEC_NS_NEW;
	s->linux_.has_time_offset[1] = true;
	s->linux_.time_offset[1] = INT64_C(7000000) * 1000000000;
	expect(s, 0, "70");
	s = new_spec("root", "cat /proc/sys/kernel/hostname; cat /proc/net/dev; mount | grep -c ' on / '");
	s->hostname = "boxed";
	expect(s, 0, "boxed\n");
	expect_not(new_spec("root", "cat /proc/net/dev"), "eth0");
	expect(new_spec("root", "mount | grep -c ' / '"), 0, "1\n");	/* nothing of the host's */
	expect(new_spec("root", "ls /proc/self/fd | wc -l"), 0, "4\n"); /* three, and ls' own */
	expect(new_spec("root", "cat /proc/keys /proc/timer_list /proc/kcore | wc -c"), 0, "0\n");
	expect(new_spec("root", "echo 1 > /proc/sys/vm/drop_caches"), 1, "Read-only");
	expect(new_spec("root", "touch /sys/fs/cgroup/x; mkdir /sys/fs/cgroup/x; ls /sys/fs/cgroup"), 0,
	       "Read-only");
	expect_not(new_spec("root", "cat /proc/self/cgroup | grep plimsoll; exit 0"), "plimsoll");
	expect(new_spec("root", "mknod /sda b 8 0; cat /sda"), 1, "not permitted");
	expect(new_spec("root", "mount -t tmpfs x /srv"), 1, NULL);
	check_console();
	nothing_left("isolation");
}

static void check_kept(void)
{
	struct spec *s = new_spec("root", "echo kept > /etc/kept");

	s->root.kind = SPEC_ROOT_OVERLAY_KEPT;
	expect(s, 0, NULL);
	s = new_spec("root", "cat /etc/kept");
	s->root.kind = SPEC_ROOT_OVERLAY_KEPT;
	expect(s, 0, "kept\n");
	expect(new_spec("root", "cat /etc/kept"), 1, NULL);
	if (access(in_work("root/etc/kept"), F_OK) == 0)
		fail("an overlay wrote to its lower layer");
	if (access(FOLDER "/upper/etc/kept", F_OK) < 0)
		fail("the writable layer is not in the container's folder");
}

static void check_layers(void)
{
	struct spec *s = new_spec("root", "cat /layer; ls /l126");

	for (int i = 0; i < 127; i++) {
		char path[64];
		char text[16];

		snprintf(path, sizeof(path), "layer%d", i);
		if (mkdir(in_work(path), 0755) < 0)
			fail("mkdir %s", path);
		spec_texts_add(s, &s->root.layers, in_work(path));
		snprintf(path, sizeof(path), "layer%d/layer", i);
		snprintf(text, sizeof(text), "%d\n", i);
		make_file(in_work(path), text, 0644);
	}
	make_file(in_work("layer126/l126"), "", 0644);
	expect(s, 0, "126\n/l126\n");
}

static void check_mounts(void)
{
	struct spec *s = new_spec("root", "cat /data/file && touch /data/x");

	if (mkdir(in_work("data"), 0755) < 0 || mkdir(in_work("data/below"), 0755) < 0)
		fail("mkdir");
	make_file(in_work("data/file"), "bound\n", 0644);
	spec_mount_add(s, "/data", "bind", in_work("data"), "rbind,ro");
	expect(s, 1, "Read-only");
	s = new_spec("root", "touch /data/below/x; cat /single");
	spec_mount_add(s, "/data", "bind", in_work("data"), "rbind,rw,noexec");
	spec_mount_add(s, "/single", "bind", in_work("data/file"), "bind");
	expect(s, 0, "bound\n");
	if (access(in_work("data/below/x"), F_OK) < 0)
		fail("a bind mount is not writable");
	make_file(in_work("root/srv/seed"), "seed\n", 0640);
	s = new_spec("root", "cat /srv/seed; mount | grep ' /srv '; touch /srv/x && ls /srv");
	spec_mount_add(s, "/srv", "tmpfs", "tmpfs", "size=1m,mode=700,tmpcopyup,nosuid");
	expect(s, 0, "seed\n");
	s = new_spec("root", "mount | grep -q 'on / .*ro,' && touch /x");
	s->root.readonly = true;
	expect(s, 1, "Read-only");
}

void test_roots(void)
{
	struct spec_id_map map = {0, 100000, 65536};
	struct spec *s;

	check_kept();
	check_layers();
	check_mounts();
	s = new_spec("/", "touch /etc/plimsoll-launch-probe && ls /tmp /run /etc/plimsoll-launch-probe");
	expect(s, 0, "/etc/plimsoll-launch-probe");
	if (access("/etc/plimsoll-launch-probe", F_OK) == 0)
		fail("a copy-on-write host was written to");
	s = new_spec("root", "cat /proc/self/uid_map; id -u; cat /proc/self/setgroups; ls /dev/null");
	s->linux_.namespaces[SPEC_NS_USER].how = SPEC_NS_NEW;
	spec_id_map_add(s, &s->linux_.uid_maps, &map);
	spec_id_map_add(s, &s->linux_.gid_maps, &map);
	s->root.kind = SPEC_ROOT_PLAIN;
	s->root.path = in_work("plain");
	s->process.capabilities = (struct spec_capabilities){0};
	make_root("plain");
	if (chown(in_work("plain"), 100000, 100000) < 0) /* a plain root is the caller's to prepare */
		fail("chown");
	expect(s, 0, "100000      65536\n0\nallow\n/dev/null\n");
	nothing_left("roots");
}

/* --- CVEs: each would get out, or go wrong, without its defence --- */

static void check_no_escape(const char *what, struct spec *s)
{
	char out[16384];
	struct error err = {0};

	(void)run(s, out, sizeof(out), &err);
	if (access(in_work("outside/touched"), F_OK) == 0)
		fail("%s: the host was written to", what);
	if (strstr(out, "secret"))
		fail("%s: the host was read: %s", what, out);
}

static void on_plain(struct spec *s, const char *root)
{
	s->root.kind = SPEC_ROOT_PLAIN;
	s->root.path = spec_text(s, in_work(root));
}

/* 2019-5736: what executes itself finds the sealed program. */
static void attack_own_program(void)
{
	struct spec *s;

	make_file(in_work("evil/bin/self"), "#!/proc/self/exe\n", 0755);
	link_in("/proc/self/exe", "evil/bin/exe");
	s = new_spec("evil", NULL);
	spec_texts_add(s, &s->process.args, "/bin/self");
	check_no_escape("#!/proc/self/exe", s);
	s = new_spec("evil", NULL);
	spec_texts_add(s, &s->process.args, "/bin/exe");
	check_no_escape("/proc/self/exe", s);
}

/* 2024-21626: a working folder by a descriptor that leaked. */
static void attack_by_cwd(void)
{
	for (int fd = 3; fd < 24; fd++) {
		char path[32];
		char out[1024];
		struct error err = {0};

		struct spec *s = new_spec("evil", "cat ../../../../../../../" WORK "/outside/secret");

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		s->process.cwd = path;
		if (run(s, out, sizeof(out), &err) == 0 || strstr(out, "secret"))
			fail("got out by %s: %s", path, out);
	}
}

/* Targets of mounts that lead out. */
static void attack_by_targets(void)
{
	struct spec *s;

	link_in(WORK "/outside", "evil/out");
	link_in("../../../../../../../../" WORK "/outside", "evil/up");
	s = new_spec("evil", "touch /out/touched");
	on_plain(s, "evil");
	spec_mount_add(s, "/out", "tmpfs", "tmpfs", "");
	check_no_escape("/out", s);
	s = new_spec("evil", "ls /up");
	on_plain(s, "evil");
	spec_mount_add(s, "/up/x/y", "tmpfs", "tmpfs", "");
	check_no_escape("/up", s);
	if (access(in_work("outside/x"), F_OK) == 0)
		fail("a folder was made outside of the root");
	/* /proc as a link */
	make_root("proclink");
	link_in("/etc", "proclink/proc");
	s = new_spec("proclink", "exit 0");
	expect(s, 125, "symbolic link");
}

/* 2025-31133: masked paths by the container's own /dev/null. */
static void attack_by_null(void)
{
	char out[4096];
	struct error err = {0};
	struct spec *s;
	int code;

	make_root("nulllink");
	if (mkdir(in_work("nulllink/dev"), 0755) < 0)
		fail("mkdir");
	link_in("/proc/sys/kernel/core_pattern", "nulllink/dev/null");
	s = new_spec("nulllink",
		     "stat -c %t:%T /proc/timer_list; cat /proc/timer_list; echo x > /proc/timer_list");
	if (spec_mount_remove(s, "/dev") < 0 || spec_mount_remove(s, "/dev/shm") < 0)
		fail("mounts");
	spec_mount_remove(s, "/dev/pts");
	spec_mount_remove(s, "/dev/mqueue");
	s->linux_.n_devices = 0;
	t.input = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	code = run(s, out, sizeof(out), &err);
	close(t.input);
	t.input = -1;
	if (code == 125 || !strstr(out, "1:3"))
		fail("masked by something else than /dev/null: %d %s%s", code, out, err.cause);
}

/* 2025-52565: /dev/pts and /dev/console as links. */
static void attack_by_console(void)
{
	struct spec *s;

	make_root("ptslink");
	if (mkdir(in_work("ptslink/dev"), 0755) < 0)
		fail("mkdir");
	link_in(WORK "/outside/touched", "ptslink/dev/console");
	link_in("/proc", "ptslink/dev/pts");
	s = new_spec("ptslink", "exit 0");
	spec_mount_remove(s, "/dev");
	s->linux_.n_devices = 0;
	s->process.terminal = true;
	check_no_escape("/dev/console", s);
}

void test_attacks(void)
{
	if (mkdir(in_work("outside"), 0777) < 0)
		fail("mkdir");
	make_file(in_work("outside/secret"), "secret\n", 0644);
	make_root("evil");
	attack_own_program();
	attack_by_cwd();
	attack_by_targets();
	attack_by_null();
	attack_by_console();
	nothing_left("attacks");
}

/* --- exec --- */

static int exec_in(const struct spec *s, const struct launched *l, const char *script, bool privileged,
		   char *out, size_t cap)
{
	const char *args[] = {"/bin/sh", "-c", script};
	struct spec_process process = s->process;
	struct join_target target = {.pid = l->pid, .pidfd = l->pidfd, .folder = FOLDER};
	enum launch_failure failure;
	struct launched joined;
	struct error err = {0};
	struct launch_io io = {.in = -1};
	int ends[2];

	process.args = (struct spec_texts){args, 3};
	if (pipe2(ends, O_CLOEXEC) < 0)
		fail("pipe");
	io.out = io.err = ends[1];
	if (launch_exec(s, &t.host, &target, &process, &io, privileged, &joined, &failure, &err) < 0)
		fail("exec: %s", err.cause);
	close(ends[1]);
	read_all(ends[0], out, cap);
	close(ends[0]);
	return finish(&(struct launched){.pid = joined.pid,
					 .pidfd = joined.pidfd,
					 .console = -1,
					 .group = (cgroup_group_close(joined.group), NULL)});
}

/* Another container in its pid and network namespaces. */
static void check_joined(const struct launched *l)
{
	static char paths[2][64];
	struct spec *s = new_spec(
		"root", "readlink /proc/self/ns/net; ls -d /proc/[0-9]* | wc -l; cat /proc/1/cmdline");
	char own[64] = "";

	snprintf(paths[0], sizeof(paths[0]), "/proc/%d/ns/net", (int)l->pid);
	snprintf(paths[1], sizeof(paths[1]), "/proc/%d/ns/pid", (int)l->pid);
	if (readlink(paths[0], own, sizeof(own) - 1) < 0)
		fail("readlink");
	s->linux_.namespaces[SPEC_NS_NETWORK] = (struct spec_ns){SPEC_NS_JOIN, paths[0]};
	s->linux_.namespaces[SPEC_NS_PID] = (struct spec_ns){SPEC_NS_JOIN, paths[1]};
	s->linux_.cgroups_path = CGROUP_PARENT "/joined";
	expect(s, 0, own);
}

void test_exec(void)
{
	static const char *const files[] = {"pid", "net", "mnt", "ipc", "uts", "cgroup", "user"};
	struct spec *s = new_spec("root", "sleep 100");
	enum launch_failure failure;
	struct launched l;
	struct error err = {0};
	char out[4096];
	char script[1024] = "";
	int output;

	if (start(s, &l, &output, &failure, &err) < 0)
		fail("exec: %s", err.cause);
	close(output);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		snprintf(script + strlen(script), sizeof(script) - strlen(script),
			 "[ $(readlink /proc/1/ns/%s) = $(readlink /proc/self/ns/%s) ] || echo differs %s; ",
			 files[i], files[i], files[i]);
	snprintf(script + strlen(script), sizeof(script) - strlen(script),
		 "[ \"$(cat /proc/1/cgroup)\" = \"$(cat /proc/self/cgroup)\" ] || echo cgroup; exit 9");
	if (exec_in(s, &l, script, false, out, sizeof(out)) != 9 || out[0])
		fail("exec: %s", out);
	if (exec_in(s, &l, "ls /proc/self/fd | wc -l; grep CapEff /proc/self/status", false, out,
		    sizeof(out)) != 0 ||
	    !strstr(out, "4\nCapEff:\t00000000a80425fb"))
		fail("exec: %s", out);
	if (exec_in(s, &l, "grep Seccomp: /proc/self/status", true, out, sizeof(out)) != 0 ||
	    !strstr(out, "\t0\n"))
		fail("exec --privileged: %s", out);
	check_joined(&l);
	kill(l.pid, SIGKILL);
	if (finish(&l) != 128 + SIGKILL)
		fail("exec: the container's end");
	spec_free(s);
	nothing_left("exec");
}

/* --- an end at any step --- */

static void launch_and_die(int step)
{
	char text[32];
	char out[1024];
	struct error err;
	struct spec *s = new_spec("root", "exit 0");

	snprintf(text, sizeof(text), "kill:%d", step);
	setenv("PLIMSOLL_FAULT", text, 1);
	limit_set(&s->linux_.limits, LIMIT_PIDS, 100);
	_exit(run(s, out, sizeof(out), &err) & 127);
}

void test_faults(void)
{
	for (int step = 0; step < 200; step++) {
		struct error err = {0};
		char what[32];
		pid_t pid = fork();
		int status;
		int r = -EBUSY;

		if (pid == 0)
			launch_and_die(step);
		waitpid(pid, &status, 0);
		/* its child dies with it, or just after */
		for (int i = 0; i < 100 && r < 0; i++) {
			r = launch_clean(&t.host, CGROUP, &err);
			if (r < 0)
				nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
		}
		if (r < 0)
			fail("step %d: %s", step, err.cause);
		snprintf(what, sizeof(what), "step %d", step);
		nothing_left(what);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
			if (step < 30)
				fail("no fault at step %d", step);
			return;
		}
		if (!(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) &&
		    !(WIFEXITED(status) && WEXITSTATUS(status) == 125))
			fail("step %d: status %x", step, status);
	}
	fail("a plan without an end");
}
