/* SPDX-License-Identifier: Apache-2.0 */
/* Plans as they print, for hosts of every kind, and what is refused. PLIMSOLL_WRITE_GOLDEN=1 writes the files
 * anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "plan/plan_step.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

static char texts[8][64];

static void add_hierarchy(struct cgroup_layout *layout, int version, const char *name, const char *options,
			  uint32_t controllers)
{
	size_t i = layout->n_hierarchies++;
	struct hierarchy *h = &layout->hierarchies[i];
	static char root[] = "/";
	static char words[8][32];

	snprintf(texts[i], sizeof(texts[i]), "/sys/fs/cgroup%s%s", *name ? "/" : "", name);
	snprintf(words[i], sizeof(words[i]), "%s", options);
	*h = (struct hierarchy){.version = version,
				.controllers = controllers | (version == 2 ? 1U << CONTROLLER_CORE : 0),
				.mount_point = texts[i],
				.root = root,
				.options = words[i],
				.fd = -1};
	for (int c = 0; c < CONTROLLER__COUNT; c++)
		if (h->controllers >> c & 1 && (layout->home[c] < 0 || version == 1))
			layout->home[c] = (int8_t)i;
}

static uint32_t bit(const char *name)
{
	return 1U << controller_find(name);
}

static struct cgroup_layout *layout_of(enum cgroup_mode mode)
{
	static struct cgroup_layout layout;

	memset(&layout, 0, sizeof(layout));
	layout.mode = mode;
	memset(layout.home, -1, sizeof(layout.home));
	if (mode == CGROUP_V2)
		add_hierarchy(&layout, 2, "", "",
			      bit("cpu") | bit("memory") | bit("pids") | bit("io") | bit("cpuset"));
	if (mode == CGROUP_HYBRID)
		add_hierarchy(&layout, 2, "unified", "", 0);
	if (mode == CGROUP_HYBRID || mode == CGROUP_V1) {
		add_hierarchy(&layout, 1, "cpu,cpuacct", "cpu,cpuacct", bit("cpu") | bit("cpuacct"));
		add_hierarchy(&layout, 1, "memory", "memory", bit("memory"));
		add_hierarchy(&layout, 1, "pids", "pids", bit("pids"));
		add_hierarchy(&layout, 1, "devices", "devices", bit("devices"));
		add_hierarchy(&layout, 1, "freezer", "freezer", bit("freezer"));
	}
	return &layout;
}

struct setting {
	struct host host;
	struct spec *spec;
	struct plan_context context;
};

static void set_up(struct setting *s, enum cgroup_mode mode, bool rootless)
{
	*s = (struct setting){.context = {.id = "c1", .folder = "/store/containers/c1"}};
	s->host = (struct host){.layout = mode == CGROUP_NONE ? NULL : layout_of(mode),
				.uid = rootless ? 1000 : 0,
				.gid = rootless ? 1000 : 0,
				.capabilities = rootless ? 0 : ~UINT64_C(0),
				.rootless = rootless,
				.time_namespace = true,
				.user_namespace = true,
				.cpus = 2,
				.memory = UINT64_C(8) << 30};
	s->spec = spec_new();
	assert_non_null(s->spec);
	assert_int_equal(spec_set_defaults(s->spec, rootless), 0);
	assert_int_equal(spec_texts_add(s->spec, &s->spec->process.args, "sh"), 0);
	s->spec->root.kind = SPEC_ROOT_OVERLAY_TMPFS;
	assert_int_equal(spec_texts_add(s->spec, &s->spec->root.layers, "/srv/base"), 0);
	s->spec->linux_.cgroups_path = "/plimsoll/c1";
	s->spec->linux_.seccomp = SPEC_SECCOMP_DEFAULT;
}

static void check_golden(const char *name, const char *text)
{
	char path[512];
	_cleanup_free_ char *wanted = NULL;

	snprintf(path, sizeof(path), GOLDEN "/runtime/%s", name);
	if (getenv("PLIMSOLL_WRITE_GOLDEN")) {
		_cleanup_fclose_ FILE *f = fopen(path, "w");

		assert_non_null(f);
		assert_true(fputs(text, f) >= 0);
		return;
	}
	assert_int_equal(fs_read_file(AT_FDCWD, path, 1 << 20, &wanted, NULL), 0);
	assert_string_equal(text, wanted);
}

static void check_plan(struct setting *s, const char *golden)
{
	struct error err = {0};
	struct plan *plan = NULL;
	struct str out = {0};

	if (plan_make(s->spec, &s->host, &s->context, &plan, &err) < 0)
		fail_msg("%s (%s)", err.cause, err.remedy);
	plan_print(plan, &out);
	assert_false(out.failed);
	check_golden(golden, out.data);
	str_free(&out);
	plan_free(plan);
	spec_free(s->spec);
}

static void limit(struct spec *spec)
{
	limit_set(&spec->linux_.limits, LIMIT_MEMORY, 64 << 20);
	limit_set(&spec->linux_.limits, LIMIT_PIDS, 100);
}

static void test_v2(void **state)
{
	struct setting s;
	struct spec_rlimit nofile = {.resource = 7, .soft = 1024, .hard = 4096};

	(void)state;
	set_up(&s, CGROUP_V2, false);
	limit(s.spec);
	s.spec->hostname = "box";
	s.spec->root.readonly = true;
	s.spec->process.terminal = true;
	s.context.init = true;
	assert_int_equal(spec_rlimit_set(s.spec, &nofile), 0);
	assert_int_equal(spec_pairs_set(s.spec, &s.spec->linux_.sysctl, "net.ipv4.ip_forward", "1"), 0);
	assert_int_equal(spec_mount_add(s.spec, "/data", "bind", "/srv/data", "rbind,rro,rslave"), 0);
	assert_int_equal(
		spec_mount_add(s.spec, "/cache", "tmpfs", "tmpfs", "size=1m,mode=700,tmpcopyup,noexec"), 0);
	check_plan(&s, "plan_v2.txt");
}

static void test_hybrid(void **state)
{
	struct setting s;

	(void)state;
	set_up(&s, CGROUP_HYBRID, false);
	limit(s.spec);
	s.spec->root.kind = SPEC_ROOT_OVERLAY_KEPT;
	s.spec->process.has_oom_score_adj = true;
	s.spec->process.oom_score_adj = 500;
	check_plan(&s, "plan_hybrid.txt");
}

static void test_v1(void **state)
{
	struct setting s;

	(void)state;
	set_up(&s, CGROUP_V1, false);
	limit(s.spec);
	s.spec->root.kind = SPEC_ROOT_PLAIN;
	s.spec->root.path = "/srv/plain";
	check_plan(&s, "plan_v1.txt");
}

static void test_rootless(void **state)
{
	struct setting s;

	(void)state;
	set_up(&s, CGROUP_V2, true);
	s.spec->linux_.namespaces[SPEC_NS_NETWORK].how = SPEC_NS_HOST;
	check_plan(&s, "plan_rootless.txt");
}

static void map_users(struct setting *s)
{
	struct spec_id_map map = {0, 100000, 65536};

	s->spec->linux_.namespaces[SPEC_NS_USER].how = SPEC_NS_NEW;
	assert_int_equal(spec_id_map_add(s->spec, &s->spec->linux_.uid_maps, &map), 0);
	assert_int_equal(spec_id_map_add(s->spec, &s->spec->linux_.gid_maps, &map), 0);
}

static void test_user_namespace(void **state)
{
	struct setting s;

	(void)state;
	set_up(&s, CGROUP_V2, false);
	map_users(&s);
	check_plan(&s, "plan_user_namespace.txt");
}

/* The host as an ordinary user's root, who has a range of ids. */
static void test_rootless_host(void **state)
{
	struct setting s;

	(void)state;
	set_up(&s, CGROUP_V2, true);
	s.spec->root.layers.n = 0;
	assert_int_equal(spec_texts_add(s.spec, &s.spec->root.layers, "/"), 0);
	s.host.uids.at[0].first = 200000;
	s.host.uids.at[0].count = 65536;
	s.host.gids.at[0].first = 300000;
	s.host.gids.at[0].count = 1000;
	s.host.uids.n = s.host.gids.n = 1;
	assert_int_equal(host_id_maps(&s.host, s.spec), 0);
	s.spec->process.user = (struct spec_user){.uid = 65536, .gid = 1000};
	check_plan(&s, "plan_rootless_host.txt");
}

static void test_host_root(void **state)
{
	struct setting s;

	(void)state;
	set_up(&s, CGROUP_V2, false);
	s.spec->root.layers.n = 0;
	assert_int_equal(spec_texts_add(s.spec, &s.spec->root.layers, "/"), 0);
	check_plan(&s, "plan_host_root.txt");
}

static void test_joined(void **state)
{
	struct setting s;

	(void)state;
	set_up(&s, CGROUP_V2, false);
	s.spec->linux_.namespaces[SPEC_NS_NETWORK] = (struct spec_ns){SPEC_NS_JOIN, "/proc/7/ns/net"};
	s.spec->linux_.namespaces[SPEC_NS_PID] = (struct spec_ns){SPEC_NS_JOIN, "/proc/7/ns/pid"};
	s.spec->linux_.namespaces[SPEC_NS_TIME].how = SPEC_NS_NEW;
	s.spec->linux_.has_time_offset[1] = true;
	s.spec->linux_.time_offset[1] = INT64_C(86400000000000);
	check_plan(&s, "plan_joined.txt");
}

/* Another container's user namespace is joined first, and what is new belongs to it. */
static void test_joined_rootless(void **state)
{
	struct setting s;

	(void)state;
	set_up(&s, CGROUP_V2, true);
	s.spec->linux_.namespaces[SPEC_NS_USER] = (struct spec_ns){SPEC_NS_JOIN, "/proc/7/ns/user"};
	s.spec->linux_.namespaces[SPEC_NS_IPC] = (struct spec_ns){SPEC_NS_JOIN, "/proc/7/ns/ipc"};
	s.spec->linux_.namespaces[SPEC_NS_PID] = (struct spec_ns){SPEC_NS_JOIN, "/proc/7/ns/pid"};
	s.spec->linux_.namespaces[SPEC_NS_TIME].how = SPEC_NS_NEW;
	check_plan(&s, "plan_joined_rootless.txt");
}

/* What belongs to another user namespace is joined before the own one is made, and shown as that one has it.
 */
static void test_joined_user_namespace(void **state)
{
	struct setting s;

	(void)state;
	set_up(&s, CGROUP_V2, false);
	map_users(&s);
	s.spec->linux_.namespaces[SPEC_NS_IPC] = (struct spec_ns){SPEC_NS_JOIN, "/proc/7/ns/ipc"};
	s.spec->linux_.namespaces[SPEC_NS_PID] = (struct spec_ns){SPEC_NS_JOIN, "/proc/7/ns/pid"};
	s.spec->linux_.namespaces[SPEC_NS_NETWORK] = (struct spec_ns){SPEC_NS_JOIN, "/run/netns/a"};
	check_plan(&s, "plan_joined_user_namespace.txt");
}

/* --- what is refused --- */

static void refused(struct setting *s, int code, const char *words)
{
	struct error err = {0};
	struct plan *plan = NULL;

	assert_int_equal(plan_make(s->spec, &s->host, &s->context, &plan, &err), code);
	assert_null(plan);
	if (!strstr(err.cause, words))
		fail_msg("'%s' is not in '%s'", words, err.cause);
	spec_free(s->spec);
}

static void test_host_refusals(void **state)
{
	struct setting s;

	(void)state;
	set_up(&s, CGROUP_NONE, false);
	limit(s.spec);
	refused(&s, -EOPNOTSUPP, "none are mounted");
	set_up(&s, CGROUP_V2, true);
	limit(s.spec);
	s.spec->linux_.cgroups_path = NULL;
	refused(&s, -EOPNOTSUPP, "delegated");
	set_up(&s, CGROUP_V2, true);
	s.spec->linux_.namespaces[SPEC_NS_USER].how = SPEC_NS_HOST;
	refused(&s, -EOPNOTSUPP, "user namespace of its own");
	set_up(&s, CGROUP_V2, true);
	s.host.user_namespace = false;
	s.host.user_namespace_reason = "switched off";
	refused(&s, -EOPNOTSUPP, "no user namespace");
	set_up(&s, CGROUP_V2, false);
	s.host.time_namespace = false;
	s.spec->linux_.namespaces[SPEC_NS_TIME].how = SPEC_NS_NEW;
	refused(&s, -EOPNOTSUPP, "time namespaces");
	set_up(&s, CGROUP_V2, false);
	map_users(&s);
	s.spec->root.layers.n = 0;
	assert_int_equal(spec_texts_add(s.spec, &s.spec->root.layers, "/"), 0);
	refused(&s, -EOPNOTSUPP, "root in a user namespace");
	/* of a namespace that has no process there is no mount to show */
	set_up(&s, CGROUP_V2, false);
	map_users(&s);
	s.spec->linux_.namespaces[SPEC_NS_PID] = (struct spec_ns){SPEC_NS_JOIN, "/run/pids"};
	refused(&s, -EOPNOTSUPP, "pid namespace '/run/pids'");
}

static void test_spec_refusals(void **state)
{
	static const char *const ids[] = {"", ".x", "a/b", "a b", "..", "a\n"};
	struct setting s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		set_up(&s, CGROUP_V2, false);
		s.context.id = ids[i];
		refused(&s, -EINVAL, "id");
	}
	set_up(&s, CGROUP_V2, false);
	s.spec->process.args.n = 0;
	refused(&s, -EINVAL, "no program");
	set_up(&s, CGROUP_V2, false);
	s.spec->linux_.namespaces[SPEC_NS_UTS].how = SPEC_NS_HOST;
	s.spec->hostname = "x";
	refused(&s, -EINVAL, "host name");
	set_up(&s, CGROUP_V2, false);
	s.spec->linux_.has_time_offset[0] = true;
	refused(&s, -EINVAL, "clock offsets");
	set_up(&s, CGROUP_V2, false);
	s.spec->linux_.namespaces[SPEC_NS_USER].how = SPEC_NS_NEW;
	refused(&s, -EINVAL, "which ids");
	set_up(&s, CGROUP_V2, false);
	s.spec->process.terminal = true;
	assert_true(spec_mount_remove(s.spec, "/dev/pts") >= 0);
	refused(&s, -EINVAL, "devpts");
}

static void test_sysctl_refusals(void **state)
{
	static const char *const keys[] = {"kernel.panic", "vm.swappiness", "net/../kernel/panic",
					   "fs.file-max", "kernel.shmmax/../panic"};
	struct setting s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		set_up(&s, CGROUP_V2, false);
		assert_int_equal(spec_pairs_set(s.spec, &s.spec->linux_.sysctl, keys[i], "1"), 0);
		refused(&s, -EINVAL, "sysctl");
	}
	set_up(&s, CGROUP_V2, false);
	s.spec->linux_.namespaces[SPEC_NS_NETWORK].how = SPEC_NS_HOST;
	assert_int_equal(spec_pairs_set(s.spec, &s.spec->linux_.sysctl, "net.ipv4.ip_forward", "1"), 0);
	refused(&s, -EINVAL, "shares its network namespace");
}

static void test_user_refusals(void **state)
{
	struct spec_id_map map = {0, 100000, 10};
	struct setting s;

	(void)state;
	set_up(&s, CGROUP_V2, false);
	s.spec->linux_.namespaces[SPEC_NS_USER].how = SPEC_NS_NEW;
	assert_int_equal(spec_id_map_add(s.spec, &s.spec->linux_.uid_maps, &map), 0);
	assert_int_equal(spec_id_map_add(s.spec, &s.spec->linux_.gid_maps, &map), 0);
	s.spec->process.user.uid = 10;
	refused(&s, -EINVAL, "doesn't exist");
	/* an ordinary user without a range is told what is missing */
	set_up(&s, CGROUP_V2, true);
	s.spec->process.user.uid = 1;
	strcpy(s.host.ids_missing, "there is no range");
	refused(&s, -EINVAL, "there is no range");
	set_up(&s, CGROUP_V2, false);
	s.spec->process.has_oom_score_adj = true;
	s.spec->process.oom_score_adj = 1001;
	refused(&s, -EINVAL, "out of range");
}

/* --- mount options --- */

static int parse(const char *const *words, const char *type, struct mount_options *out, struct arena *arena)
{
	const char *copy[16];
	struct spec_texts list = {copy, 0};
	struct error err = {0};

	while (words[list.n]) {
		copy[list.n] = words[list.n];
		list.n++;
	}
	return mount_options_parse(&list, type, arena, out, &err);
}

static void test_options(void **state)
{
	struct mount_options o;
	struct arena arena = {0};

	(void)state;
	assert_int_equal(parse((const char *const[]){"ro", "nosuid", "rw", NULL}, "tmpfs", &o, &arena), 0);
	assert_int_equal(o.set, MOUNT_ATTR_NOSUID);
	assert_int_equal(o.clear, MOUNT_ATTR_RDONLY);
	assert_int_equal(parse((const char *const[]){"noatime", NULL}, "bind", &o, &arena), 0);
	assert_true(o.bind && !o.recursive);
	assert_int_equal(o.set, MOUNT_ATTR_NOATIME);
	assert_int_equal(o.clear, MOUNT_ATTR__ATIME);
	assert_int_equal(parse((const char *const[]){"rbind", "rro", "rshared", NULL}, "none", &o, &arena),
			 0);
	assert_true(o.bind && o.recursive && o.propagation_below);
	assert_int_equal(o.set_below, MOUNT_ATTR_RDONLY);
	assert_int_equal(o.propagation, MS_SHARED);
	assert_int_equal(parse((const char *const[]){"size=1m", "newinstance", NULL}, "devpts", &o, &arena),
			 0);
	assert_int_equal(o.data.n, 2);
	assert_string_equal(o.data.at[1], "newinstance");
	assert_int_equal(parse((const char *const[]){"size=1m", NULL}, "bind", &o, &arena), -EINVAL);
	assert_int_equal(parse((const char *const[]){"size=1m", "bind", NULL}, "none", &o, &arena), -EINVAL);
	assert_int_equal(parse((const char *const[]){"a,b", NULL}, "tmpfs", &o, &arena), -EINVAL);
	assert_int_equal(parse((const char *const[]){"", NULL}, "tmpfs", &o, &arena), -EINVAL);
	assert_int_equal(parse((const char *const[]){"tmpcopyup", NULL}, "proc", &o, &arena), -EINVAL);
	assert_int_equal(parse((const char *const[]){"z", NULL}, "bind", &o, &arena), -EOPNOTSUPP);
	assert_int_equal(parse((const char *const[]){"Z", NULL}, "tmpfs", &o, &arena), -EOPNOTSUPP);
	arena_free(&arena);
}

/* The child asks for a parent's step by its number: those that it could ask for stand behind the clone. The
 * one that its parent does beside it stands there first, so that no answer comes before it. */
static void test_order(void **state)
{
	struct setting s;
	struct plan *plan = NULL;
	bool cloned = false;

	(void)state;
	set_up(&s, CGROUP_HYBRID, false);
	limit(s.spec);
	assert_int_equal(plan_make(s.spec, &s.host, &s.context, &plan, NULL), 0);
	for (size_t i = 0; i < plan->n; i++) {
		if (!cloned)
			assert_int_equal(plan->steps[i].side, SIDE_PARENT);
		if (plan->steps[i].kind == STEP_DEVICE_RULES)
			assert_int_equal(plan->steps[i - 1].kind, STEP_CLONE);
		cloned |= plan->steps[i].kind == STEP_CLONE;
	}
	assert_true(cloned);
	assert_int_equal(plan->steps[plan->n - 1].kind, STEP_EXECUTE);
	plan_free(plan);
	spec_free(s.spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v2),
		cmocka_unit_test(test_hybrid),
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_rootless),
		cmocka_unit_test(test_rootless_host),
		cmocka_unit_test(test_joined_rootless),
		cmocka_unit_test(test_joined_user_namespace),
		cmocka_unit_test(test_user_namespace),
		cmocka_unit_test(test_host_root),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_host_refusals),
		cmocka_unit_test(test_spec_refusals),
		cmocka_unit_test(test_sysctl_refusals),
		cmocka_unit_test(test_user_refusals),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
