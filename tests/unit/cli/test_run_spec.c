/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines of `plimsoll run`, to the spec and the config that they ask for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "front/run_spec.h"
#include "runtime/capability.h"
#include "runtime/fake_value_host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define WORDS_MAX 48

struct made {
	struct run_settings s;
	struct text_list command;
	struct spec *spec;
	struct container_config config;
	struct run_files files;
	struct error err;
	char text[512];
	int r;
};

static int find_container(void *context, const char *name, struct run_target *out, struct error *err)
{
	(void)context;
	if (strcmp(name, "web") != 0 && strcmp(name, "shares") != 0)
		return error_set(err, -ENOENT, "", "there is no container '%s'", name);
	*out = (struct run_target){.pid = 4711, .ipc_shareable = name[0] == 's'};
	snprintf(out->called, sizeof(out->called), "%s", name);
	return 0;
}

/* Words are separated by spaces; '~' stands for one inside of a word. */
static bool on_systemd;

static void make_on(struct made *m, const char *line, bool rootless, int rootfs)
{
	_cleanup_close_ int bare = open(FIXTURES, O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* without /etc */
	struct cgroup_layout layout = {.mode = CGROUP_V2};
	const struct host host = {.cpus = 4, .rootless = rootless, .systemd = on_systemd, .layout = &layout};
	const struct run_facts facts = {
		.host = &host,
		.files = &fake_host,
		.id = ID,
		.folder = "/store/containers/" ID,
		.rootfs_path = "/srv/root",
		.rootfs = rootfs < 0 ? bare : rootfs,
		.find = find_container,
	};
	char *argv[WORDS_MAX];
	int argc = 0;
	char *rest = m->text;

	*m = (struct made){0};
	snprintf(m->text, sizeof(m->text), "%s", line);
	for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " ")) {
		for (char *at = word; *at; at++)
			*at = *at == '~' ? ' ' : *at;
		assert_true(argc < WORDS_MAX);
		argv[argc++] = word;
	}
	m->r = options_parse(run_groups, RUN_GROUPS_COUNT, argc, argv, true, &m->s, &m->command, &m->err);
	if (m->r == OPTIONS_OK && !m->s.rootfs)
		m->s.rootfs = "/srv/root";
	if (m->r == OPTIONS_OK)
		m->r = run_spec_make(&m->s, &m->command, &facts, &m->spec, &m->config, &m->files, &m->err);
}

static void make(struct made *m, const char *line)
{
	make_on(m, line, false, -1);
	if (m->r < 0)
		fail_msg("%s: %s", line, m->err.cause);
}

static void unmake(struct made *m)
{
	run_files_free(&m->files);
	spec_free(m->spec);
	text_list_free(&m->command);
	options_release(run_groups, RUN_GROUPS_COUNT, &m->s);
}

static const struct spec_mount *mount_at(const struct spec *spec, const char *destination)
{
	const struct spec_mount *found = NULL;

	for (size_t i = 0; i < spec->n_mounts; i++) {
		if (strcmp(spec->mounts[i].destination, destination) == 0) {
			assert_null(found);
			found = &spec->mounts[i];
		}
	}
	return found;
}

static bool has_text(const struct spec_texts *texts, const char *text)
{
	for (size_t i = 0; i < texts->n; i++)
		if (strcmp(texts->at[i], text) == 0)
			return true;
	return false;
}

static void plain(void **state)
{
	struct made m;
	struct spec *s;

	(void)state;
	make(&m, "sleep 60");
	s = m.spec;
	assert_int_equal(s->root.kind, SPEC_ROOT_OVERLAY_KEPT);
	assert_string_equal(s->root.layers.at[0], "/srv/root");
	assert_int_equal(s->process.args.n, 2);
	assert_string_equal(s->hostname, "0123456789ab");
	assert_true(has_text(&s->process.env, "HOSTNAME=0123456789ab"));
	assert_true(has_text(&s->process.env, "HOME=/"));
	assert_false(has_text(&s->process.env, "TERM=xterm"));
	assert_string_equal(s->linux_.cgroups_path, "/plimsoll/" ID);
	assert_int_equal(s->linux_.namespaces[SPEC_NS_NETWORK].how, SPEC_NS_NEW);
	assert_int_equal(s->linux_.namespaces[SPEC_NS_USER].how, SPEC_NS_HOST);
	assert_int_equal(s->linux_.limits.set, 0);
	assert_int_equal(s->process.capabilities.bounding, capability_defaults);
	assert_int_equal(s->process.capabilities.ambient, 0);
	assert_int_equal(m.config.stop_signal, SIGTERM);
	assert_int_equal(m.config.stop_timeout, 10);
	assert_int_equal(m.config.restart, RESTART_NO);
	assert_false(m.config.open_stdin || m.config.auto_remove || m.config.init);
	assert_int_equal(m.files.hosts.len + m.files.resolv_conf.len + m.files.hostname.len, 0);
	unmake(&m);
}

static void life(void **state)
{
	struct made m;

	(void)state;
	make(&m, "--rm -it --init --name web --stop-signal int --stop-timeout -1 -l a=1 --label-file labels "
		 "--log-opt max-size=1m --log-opt max-file=3 -e A=1 -e FROM_HOST --env-file env --entrypoint "
		 "sh -w /w "
		 "-u 5:6 --annotation org.x=y -c 512 -- -c true");
	assert_int_equal(m.spec->root.kind, SPEC_ROOT_OVERLAY_TMPFS);
	assert_true(m.config.auto_remove && m.config.open_stdin && m.config.init && m.spec->process.terminal);
	assert_int_equal(m.config.stop_signal, SIGINT);
	assert_int_equal(m.config.stop_timeout, -1);
	assert_int_equal(m.config.labels.n, 3);
	assert_int_equal(m.config.log_max_size, 1 << 20);
	assert_int_equal(m.config.log_max_files, 3);
	assert_true(has_text(&m.spec->process.env, "A=1")); /* over the file's */
	assert_true(has_text(&m.spec->process.env, "FROM_HOST=of the host"));
	assert_true(has_text(&m.spec->process.env, "TERM=xterm"));
	assert_int_equal(m.spec->process.args.n, 3);
	assert_string_equal(m.spec->process.args.at[0], "sh");
	assert_string_equal(m.spec->process.args.at[1], "-c");
	assert_string_equal(m.spec->process.cwd, "/w");
	assert_int_equal(m.spec->process.user.uid, 5);
	assert_int_equal(m.spec->process.user.gid, 6);
	assert_string_equal(m.spec->annotations.at[0].value, "y");
	unmake(&m);
	make(&m, "--restart on-failure:3 true");
	assert_int_equal(m.config.restart, RESTART_ON_FAILURE);
	assert_int_equal(m.config.restart_max, 3);
	unmake(&m);
}

static void limits(void **state)
{
	struct cgroup_limits *l;
	struct made m;

	(void)state;
	make(&m, "--cpus 0.5 -m 64m --memory-swap -1 --memory-reservation 32m --pids-limit 16 --cpu-idle "
		 "--cpuset-cpus 0-1 "
		 "--device-write-bps /dev/sda1:5mb --blkio-weight 100 --cgroup-conf memory.oom.group=1 "
		 "--cgroup-parent /a/ "
		 "--oom-score-adj -5 --ulimit nofile=10:20 --cpu-burst 1000 --memory-high 48m true");
	l = &m.spec->linux_.limits;
	assert_int_equal(l->value[LIMIT_CPU_QUOTA], 50000);
	assert_int_equal(l->value[LIMIT_CPU_PERIOD], 100000);
	assert_int_equal(l->value[LIMIT_MEMORY], 64 << 20);
	assert_int_equal(l->value[LIMIT_MEMORY_SWAP], -1);
	assert_int_equal(l->value[LIMIT_MEMORY_RESERVATION], 32 << 20);
	assert_int_equal(l->value[LIMIT_MEMORY_HIGH], 48 << 20);
	assert_int_equal(l->value[LIMIT_PIDS], 16);
	assert_int_equal(l->value[LIMIT_CPU_IDLE], 1);
	assert_int_equal(l->value[LIMIT_CPU_BURST], 1000);
	assert_int_equal(l->value[LIMIT_BLKIO_WEIGHT], 100);
	assert_int_equal(l->set, 1U << LIMIT_CPU_QUOTA | 1U << LIMIT_CPU_PERIOD | 1U << LIMIT_MEMORY |
					 1U << LIMIT_MEMORY_SWAP | 1U << LIMIT_MEMORY_RESERVATION |
					 1U << LIMIT_MEMORY_HIGH | 1U << LIMIT_PIDS | 1U << LIMIT_CPU_IDLE |
					 1U << LIMIT_CPU_BURST | 1U << LIMIT_BLKIO_WEIGHT);
	assert_string_equal(l->cpuset_cpus, "0-1");
	assert_int_equal(l->n_devices, 1);
	assert_int_equal(l->devices[0].minor, 0);
	assert_int_equal(l->n_files, 1);
	assert_string_equal(m.spec->linux_.cgroups_path, "/a/" ID);
	assert_int_equal(m.spec->process.oom_score_adj, -5);
	assert_int_equal(m.spec->process.rlimits[0].hard, 20);
	unmake(&m);
}

static void ipc(void **state)
{
	struct made m;

	(void)state;
	make(&m, "true");
	assert_false(m.config.ipc_shareable);
	unmake(&m);
	make(&m, "--ipc shareable --shm-size 1m true");
	assert_true(m.config.ipc_shareable);
	assert_int_equal(m.spec->linux_.namespaces[SPEC_NS_IPC].how, SPEC_NS_NEW);
	assert_string_equal(mount_at(m.spec, "/dev/shm")->type, "tmpfs");
	unmake(&m);
	make(&m, "--ipc container:shares true");
	assert_true(m.config.ipc_shareable);
	assert_string_equal(m.spec->linux_.namespaces[SPEC_NS_IPC].path, "/proc/4711/ns/ipc");
	assert_string_equal(mount_at(m.spec, "/dev/shm")->type, "bind");
	assert_string_equal(mount_at(m.spec, "/dev/shm")->source, "/proc/4711/root/dev/shm");
	unmake(&m);
}

static const char *sysctl(const struct spec *spec, const char *key)
{
	const struct spec_pairs *pairs = &spec->linux_.sysctl;

	for (size_t i = 0; i < pairs->n; i++)
		if (strcmp(pairs->at[i].key, key) == 0)
			return pairs->at[i].value;
	return "";
}

static void network_defaults(void **state)
{
	static const char port[] = "net.ipv4.ip_unprivileged_port_start";
	static const char ping[] = "net.ipv4.ping_group_range";
	struct made m;

	(void)state;
	make(&m, "true");
	assert_string_equal(sysctl(m.spec, port), "0");
	assert_string_equal(sysctl(m.spec, ping), "0 2147483647");
	unmake(&m);
	make(&m, "--sysctl net.ipv4.ip_unprivileged_port_start=1024 true");
	assert_string_equal(sysctl(m.spec, port), "1024");
	assert_int_equal(m.spec->linux_.sysctl.n, 2);
	unmake(&m);
	make(&m, "--uidmap 0:1000:10 true");
	assert_string_equal(sysctl(m.spec, port), "0");
	assert_int_equal(m.spec->linux_.sysctl.n, 1);
	unmake(&m);
	make_on(&m, "true", true, -1);
	assert_int_equal(m.r, 0);
	assert_string_equal(sysctl(m.spec, port), "0");
	assert_int_equal(m.spec->linux_.sysctl.n, 1);
	unmake(&m);
	make(&m, "--network host true");
	assert_int_equal(m.spec->linux_.sysctl.n, 0);
	unmake(&m);
	make(&m, "--network container:web true");
	assert_int_equal(m.spec->linux_.sysctl.n, 0);
	unmake(&m);
}

static void namespaces(void **state)
{
	struct spec_ns *ns;
	struct made m;

	(void)state;
	make(&m,
	     "--network host --pid container:web --uts host --cgroupns host --time private --time-offset 1h "
	     "--ipc host true");
	ns = m.spec->linux_.namespaces;
	assert_int_equal(ns[SPEC_NS_NETWORK].how, SPEC_NS_HOST);
	assert_int_equal(ns[SPEC_NS_PID].how, SPEC_NS_JOIN);
	assert_string_equal(ns[SPEC_NS_PID].path, "/proc/4711/ns/pid");
	assert_string_equal(ns[SPEC_NS_PID].container, "web");
	assert_int_equal(ns[SPEC_NS_UTS].how, SPEC_NS_HOST);
	assert_int_equal(ns[SPEC_NS_CGROUP].how, SPEC_NS_HOST);
	assert_int_equal(ns[SPEC_NS_TIME].how, SPEC_NS_NEW);
	assert_null(m.spec->hostname);
	assert_string_equal(mount_at(m.spec, "/dev/shm")->source, "/dev/shm");
	unmake(&m);
	make(&m, "--uidmap 0:1000:10 --ipc none true");
	ns = m.spec->linux_.namespaces;
	assert_int_equal(ns[SPEC_NS_USER].how, SPEC_NS_NEW);
	assert_int_equal(m.spec->linux_.gid_maps.at[0].host_id, 1000);
	assert_null(mount_at(m.spec, "/dev/shm"));
	unmake(&m);
	make_on(&m, "--network container:web true", true, -1);
	assert_int_equal(m.r, 0);
	assert_string_equal(m.spec->linux_.namespaces[SPEC_NS_USER].path, "/proc/4711/ns/user");
	assert_string_equal(m.spec->linux_.namespaces[SPEC_NS_USER].container, "web");
	unmake(&m);
}

static void mounts(void **state)
{
	const struct spec_mount *deep;
	struct made m;

	(void)state;
	make(&m, "-v /src:/a/b:ro --tmpfs /a --mount type=bind,src=/src,dst=/dev/shm --shm-size 1m "
		 "--read-only true");
	assert_true(m.spec->root.readonly);
	deep = mount_at(m.spec, "/a/b");
	assert_true(deep > mount_at(m.spec, "/a")); /* a folder before what is in it */
	assert_true(has_text(&deep->options, "rro"));
	assert_string_equal(mount_at(m.spec, "/dev/shm")->type, "bind"); /* in place of the default's */
	unmake(&m);
	make(&m, "--shm-size 1m true");
	assert_true(has_text(&mount_at(m.spec, "/dev/shm")->options, "size=1048576"));
	unmake(&m);
}

static void etc(void **state)
{
	struct made m;

	(void)state;
	make(&m, "--add-host db:192.0.2.1 --dns 192.0.2.9 --dns-search . --dns-option ndots:2 --dns-opt "
		 "rotate -h here true");
	assert_non_null(strstr(m.files.hosts.data, "127.0.0.1\tlocalhost\n"));
	assert_non_null(strstr(m.files.hosts.data, "192.0.2.1\tdb\n"));
	assert_string_equal(m.files.resolv_conf.data, "nameserver 192.0.2.9\noptions ndots:2 rotate\n");
	assert_string_equal(m.files.hostname.data, "here\n");
	assert_string_equal(m.spec->hostname, "here");
	assert_string_equal(mount_at(m.spec, "/etc/hosts")->source, "/store/containers/" ID "/hosts");
	unmake(&m);
	make(&m, "--network host --add-host db:192.0.2.1 --dns-search a --dns-search b true");
	assert_string_equal(m.files.hosts.data, "127.0.0.1 localhost\n192.0.2.7 host\n192.0.2.1\tdb\n");
	assert_string_equal(m.files.resolv_conf.data, "nameserver 192.0.2.53\nsearch a b\noptions rotate\n");
	unmake(&m);
}

static void privileged(void **state)
{
	struct cgroup_limits *l;
	struct made m;

	(void)state;
	make(&m, "--privileged --cap-drop NET_RAW true");
	l = &m.spec->linux_.limits;
	assert_int_equal(m.spec->linux_.seccomp, SPEC_SECCOMP_UNCONFINED);
	assert_int_equal(m.spec->linux_.masked_paths.n + m.spec->linux_.readonly_paths.n, 0);
	assert_int_equal(m.spec->process.capabilities.bounding,
			 capability_all() & ~(UINT64_C(1) << capability_find("NET_RAW")));
	assert_true(l->rules[l->n_rules - 1].allow);
	assert_int_equal(l->rules[l->n_rules - 1].type, 'a');
	assert_false(has_text(&mount_at(m.spec, "/sys")->options, "ro"));
	assert_false(has_text(&mount_at(m.spec, "/sys/fs/cgroup")->options, "ro"));
	unmake(&m);
	make(&m, "--cap-drop ALL --cap-add KILL --security-opt no-new-privileges --device /dev/fuse true");
	assert_int_equal(m.spec->process.capabilities.effective, UINT64_C(1) << capability_find("KILL"));
	assert_true(m.spec->process.no_new_privileges);
	assert_string_equal(m.spec->linux_.devices[m.spec->linux_.n_devices - 1].path, "/dev/fuse");
	unmake(&m);
}

/* Names are looked up in the container's own files. */
static void user_of_the_root(void **state)
{
	char folder[] = "/tmp/plimsoll-run-spec-XXXXXX";
	_cleanup_close_ int root = -1;
	_cleanup_close_ int passwd = -1;
	static const char line[] = "joe:x:1000:100::/home/joe:/bin/sh\n";
	struct made m;

	(void)state;
	assert_non_null(mkdtemp(folder));
	root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(root, "etc", 0755), 0);
	passwd = openat(root, "etc/passwd", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(write(passwd, line, strlen(line)), strlen(line));
	make_on(&m, "-u joe true", false, root);
	assert_int_equal(m.r, 0);
	assert_int_equal(m.spec->process.user.uid, 1000);
	assert_int_equal(m.spec->process.user.gid, 100);
	assert_true(has_text(&m.spec->process.env, "HOME=/home/joe"));
	unmake(&m);
	make_on(&m, "-u jane true", false, root);
	assert_true(m.r < 0);
	unmake(&m);
	unlinkat(root, "etc/passwd", 0);
	unlinkat(root, "etc", AT_REMOVEDIR);
	rmdir(folder);
}

static void cgroup_parents(void **state)
{
	static const struct {
		const char *line;
		bool systemd;
		const char *path;
		const char *slice;
	} rows[] = {
		{"true", false, "/plimsoll/" ID, NULL},
		{"--cgroup-parent x true", false, "/x/" ID, NULL},
		{"--cgroup-parent x.slice true", false, "/x.slice/" ID, NULL},
		{"--cgroup-parent /x.slice/a-b.slice/ true", false, "/x.slice/a-b.slice/" ID, NULL},
		{"--cgroup-parent / true", false, "/" ID, NULL},
		{"true", true, NULL, NULL},
		{"--cgroup-parent a-b.slice true", true, NULL, "a-b.slice"},
		{"--cgroup-parent /a-b.slice true", true, "/a-b.slice/" ID, NULL},
		{"--dry-run true", true, "/system.slice/plimsoll-" ID ".scope/container", NULL},
		{"--dry-run --cgroup-parent a-b.slice true", true,
		 "/a.slice/a-b.slice/plimsoll-" ID ".scope/container", "a-b.slice"},
	};
	struct made m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		on_systemd = rows[i].systemd;
		make(&m, rows[i].line);
		if (rows[i].path)
			assert_string_equal(m.spec->linux_.cgroups_path, rows[i].path);
		else
			assert_null(m.spec->linux_.cgroups_path);
		if (rows[i].slice)
			assert_string_equal(m.spec->linux_.slice, rows[i].slice);
		else
			assert_null(m.spec->linux_.slice);
		unmake(&m);
	}
	make_on(&m, "--cgroup-parent a--b.slice true", false, -1);
	assert_int_equal(m.r, -EINVAL);
	assert_non_null(strstr(m.err.cause, "a--b.slice"));
	unmake(&m);
	on_systemd = false;
}

static void pidfiles(void **state)
{
	struct made m;

	(void)state;
	make(&m, "true");
	assert_null(m.config.pidfile);
	unmake(&m);
	make(&m, "--pidfile /run/web.pid true");
	assert_string_equal(m.config.pidfile, "/run/web.pid");
	unmake(&m);
	make(&m, "--pidfile web.pid true");
	assert_string_equal(m.config.pidfile, "/home/me/web.pid");
	unmake(&m);
}

/* What can't be honoured, or contradicts itself, is an error that names the flag. */
static void refused(void **state)
{
	static const struct {
		const char *line;
		const char *word;
	} rows[] = {
		{"--rm", "no command"},
		{"--cpus 1 --cpu-quota 1000 true", "cpu-quota"},
		{"--cpus 5 true", "this host has 4"},
		{"--rm --restart always true", "--rm"},
		{"-d -a stdout true", "contradict"},
		{"-a stdfoo true", "stdfoo"},
		{"--network bridge true", "bridges"},
		{"--network container:gone true", "gone"},
		{"--uts host --hostname x true", "hostname"},
		{"--userns private true", "--uidmap"},
		{"--userns host --uidmap 0:1:1 true", "user namespace"},
		{"--time-offset 1h true", "--time private"},
		{"--ipc none --shm-size 1m true", "--shm-size"},
		{"--shm-size 0 true", "--shm-size"},
		{"--ipc container:shares --shm-size 1m true", "--shm-size"},
		{"--ipc container:web true", "keeps its ipc"},
		{"--tmpfs /a -v /src:/a true", "two mounts"},
		{"--log-driver none --log-opt max-size=1m true", "--log-opt"},
		{"--log-opt max-file=2 true", "max-size"},
		{"--log-driver syslog true", "syslog"},
		{"-w rel true", "absolute"},
		{"--sysctl vm.swappiness=1 true", "whole host"},
		{"--network host --sysctl net.core.somaxconn=1 true", "network"},
		{"--cap-add NET_ADMN true", "NET_ADMN"},
		{"--annotation plimsoll.root.kind=x true", "plimsoll"},
		{"--cgroup-parent /../x true", ".."},
		{"--detach-keys ctrl-1 true", "ctrl-1"},
		{"--name -x true", "-x"},
		{"--stop-timeout -2 true", "stop-timeout"},
		{"--dns-search a~b --dns 192.0.2.1 true", "space"},
		{"-m lots true", "--memory"},
		{"-u +1 true", "+1"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct made m;

		make_on(&m, rows[i].line, false, -1);
		if (m.r >= 0 || m.err.code != m.r)
			fail_msg("%s: taken, or no reason given (%d)", rows[i].line, m.r);
		if (!strstr(m.err.cause, rows[i].word) && !strstr(m.err.remedy, rows[i].word))
			fail_msg("%s: '%s' / '%s'", rows[i].line, m.err.cause, m.err.remedy);
		assert_null(m.spec);
		unmake(&m);
	}
}

static void streams(void **state)
{
	struct run_streams s;
	struct made m;

	(void)state;
	make(&m, "true");
	assert_int_equal(run_streams(&m.s, &s, &m.err), 0);
	assert_true(!s.in && s.out && s.err);
	unmake(&m);
	make(&m, "-a stdin -a stderr true");
	assert_int_equal(run_streams(&m.s, &s, &m.err), 0);
	assert_true(s.in && !s.out && s.err);
	assert_true(m.config.open_stdin);
	unmake(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipc),
		cmocka_unit_test(network_defaults),
		cmocka_unit_test(plain),
		cmocka_unit_test(life),
		cmocka_unit_test(limits),
		cmocka_unit_test(namespaces),
		cmocka_unit_test(mounts),
		cmocka_unit_test(etc),
		cmocka_unit_test(privileged),
		cmocka_unit_test(user_of_the_root),
		cmocka_unit_test(cgroup_parents),
		cmocka_unit_test(pidfiles),
		cmocka_unit_test(refused),
		cmocka_unit_test(streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
