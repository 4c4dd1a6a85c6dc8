/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "runtime/capability.h"
#include "runtime/spec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static struct spec *must_read(const char *text)
{
	struct spec *spec = NULL;
	struct error err = {0};

	if (spec_read_json(slice_of(text), &spec, &err) < 0)
		fail_msg("%s: %s", err.cause, text);
	return spec;
}

static void assert_refused(const char *text, const char *because)
{
	struct spec *spec = NULL;
	struct error err = {0};

	assert_int_equal(spec_read_json(slice_of(text), &spec, &err), -EINVAL);
	assert_null(spec);
	assert_int_equal(err.code, -EINVAL);
	if (!strstr(err.cause, because))
		fail_msg("'%s' does not say '%s'", err.cause, because);
}

static char *write_text(const struct spec *spec)
{
	struct str out = {0};
	char *text;

	spec_write_json(spec, &out);
	text = str_steal(&out);
	assert_non_null(text);
	return text;
}

static void assert_round_trip(const struct spec *spec)
{
	_cleanup_free_ char *first = write_text(spec);
	_cleanup_spec_ struct spec *again = must_read(first);
	_cleanup_free_ char *second = write_text(again);

	assert_string_equal(first, second);
}

static void fill_process(struct spec *s)
{
	struct spec_process *p = &s->process;

	p->terminal = true;
	p->user = (struct spec_user){.uid = 1000, .gid = 4294967294U};
	for (uint32_t i = 0; i < 6; i++) {
		uint32_t *gid = spec_push(s, &p->user.groups, &p->user.n_groups, sizeof(*gid));

		assert_non_null(gid);
		*gid = i * 7;
	}
	assert_int_equal(spec_texts_add(s, &p->args, "/bin/sh"), 0);
	assert_int_equal(spec_texts_add(s, &p->args, "-c"), 0);
	assert_int_equal(spec_texts_add(s, &p->args, "echo \"a\\b\"\n\t\x01\x7f \xc3\xbc \xff"), 0);
	assert_int_equal(spec_texts_add(s, &p->args, ""), 0);
	assert_int_equal(spec_env_set(s, "A=b=c"), 0);
	p->capabilities.ambient = p->capabilities.inheritable = UINT64_C(1) << 13;
	assert_int_equal(spec_rlimit_set(s, &(struct spec_rlimit){RLIMIT_NOFILE, 1024, 4096}), 0);
	assert_int_equal(spec_rlimit_set(s, &(struct spec_rlimit){RLIMIT_CORE, 0, RLIM_INFINITY}), 0);
	p->no_new_privileges = true;
	p->has_oom_score_adj = true;
	p->oom_score_adj = -7;
}

static void fill_limits(struct spec *s)
{
	struct cgroup_limits *l = &s->linux_.limits;
	struct file_limit *file;
	struct page_limit *page;

	for (enum limit i = 0; i < LIMIT__COUNT; i++)
		limit_set(l, i, i == LIMIT_OOM_KILL_DISABLE ? 1 : 1000 + (int64_t)i);
	limit_set(l, LIMIT_PIDS, -1);
	limit_set(l, LIMIT_MEMORY_HIGH, -1);
	limit_set(l, LIMIT_MEMORY, INT64_MAX);
	l->cpuset_cpus = "0-3,7";
	l->cpuset_mems = "0";
	for (enum device_limit_kind kind = 0; kind < DEVICE_LIMIT__COUNT; kind++)
		for (uint32_t minor = 0; minor < 2; minor++)
			assert_int_equal(spec_device_limit_add(s, &(struct device_limit){kind, 8, minor,
											 UINT64_MAX - minor}),
					 0);
	page = spec_push(s, &l->pages, &l->n_pages, sizeof(*page));
	assert_non_null(page);
	*page = (struct page_limit){"2MB", 1U << 30};
	for (size_t i = 0; i < 4; i++) {
		static const struct file_limit files[] = {
			{"rdma.max", "mlx5_0 hca_handle=2 hca_object=2000"},
			{"rdma.max", "mlx5_1 hca_object=0"},
			{"memory.oom.group", "1"},
			{"io.latency", "8:0 target=100"},
		};

		file = spec_push(s, &l->files, &l->n_files, sizeof(*file));
		assert_non_null(file);
		*file = files[i];
	}
}

static void fill_linux(struct spec *s)
{
	struct spec_linux *l = &s->linux_;

	l->namespaces[SPEC_NS_NETWORK] = (struct spec_ns){SPEC_NS_JOIN, "/proc/7/ns/net", "web"};
	l->namespaces[SPEC_NS_USER].how = SPEC_NS_NEW;
	l->namespaces[SPEC_NS_TIME].how = SPEC_NS_NEW;
	assert_int_equal(spec_id_map_add(s, &l->uid_maps, &(struct spec_id_map){0, 1000, 1}), 0);
	assert_int_equal(spec_id_map_add(s, &l->uid_maps, &(struct spec_id_map){1, 100000, 65536}), 0);
	assert_int_equal(spec_id_map_add(s, &l->gid_maps, &(struct spec_id_map){0, 1000, 1}), 0);
	assert_int_equal(spec_device_add(s, &(struct spec_device){"/dev/x", 'b', 8, 1, 01640, 3, 4}), 0);
	l->cgroups_path = "/plimsoll/x";
	l->slice = "batch-night.slice";
	assert_int_equal(spec_pairs_set(s, &l->sysctl, "kernel.msgmax", "65536"), 0);
	l->rootfs_propagation = "rslave";
	l->has_time_offset[0] = l->has_time_offset[1] = true;
	l->time_offset[0] = -1;
	l->time_offset[1] = INT64_MAX;
	fill_limits(s);
}

static struct spec *full(void)
{
	struct spec *s = spec_new();

	assert_non_null(s);
	assert_int_equal(spec_set_defaults(s, false), 0);
	fill_process(s);
	fill_linux(s);
	s->root.kind = SPEC_ROOT_OVERLAY_TMPFS;
	s->root.readonly = true;
	assert_int_equal(spec_texts_add(s, &s->root.layers, "/"), 0);
	assert_int_equal(spec_texts_add(s, &s->root.layers, "/with \"quotes\", and:commas\\"), 0);
	s->hostname = "box";
	s->domainname = "example";
	assert_int_equal(spec_mount_add(s, "/data", "bind", "/srv/d\xe4ta", "rbind,ro"), 0);
	assert_int_equal(spec_pairs_set(s, &s->annotations, "org.example", "\xe2\x82\xac"), 0);
	return s;
}

static void assert_same_device_limit(const struct device_limit *a, const struct device_limit *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->major, b->major);
	assert_int_equal(a->minor, b->minor);
	assert_true(a->value == b->value);
}

static void assert_same_rule(const struct device_rule *a, const struct device_rule *b)
{
	assert_int_equal(a->allow, b->allow);
	assert_int_equal(a->type, b->type);
	assert_true(a->major == b->major && a->minor == b->minor);
	assert_int_equal(a->access, b->access);
}

static void full_spec_comes_back(void **state)
{
	_cleanup_spec_ struct spec *spec = full();
	_cleanup_free_ char *text = write_text(spec);
	_cleanup_spec_ struct spec *s = must_read(text);
	const struct cgroup_limits *l = &s->linux_.limits;
	struct error err = {0};

	(void)state;
	if (spec_check(spec, &err) < 0 || spec_check(s, &err) < 0)
		fail_msg("%s", err.cause);
	assert_round_trip(spec);
	assert_true(s->process.terminal);
	assert_int_equal(s->process.user.gid, 4294967294U);
	assert_int_equal(s->process.user.n_groups, 6);
	assert_int_equal(s->process.user.groups[5], 35);
	assert_int_equal(s->process.args.n, 4);
	assert_string_equal(s->process.args.at[2], spec->process.args.at[2]);
	assert_memory_equal(&s->process.capabilities, &spec->process.capabilities,
			    sizeof(s->process.capabilities));
	assert_int_equal(s->process.n_rlimits, 2);
	assert_true(s->process.rlimits[1].hard == RLIM_INFINITY);
	assert_int_equal(s->process.oom_score_adj, -7);
	assert_int_equal(s->root.kind, SPEC_ROOT_OVERLAY_TMPFS);
	assert_string_equal(s->root.layers.at[1], spec->root.layers.at[1]);
	assert_int_equal(s->n_mounts, spec->n_mounts);
	assert_string_equal(s->mounts[s->n_mounts - 1].source, "/srv/d\xe4ta");
	assert_int_equal(s->annotations.n, 1);
	assert_string_equal(s->linux_.slice, "batch-night.slice");
	assert_string_equal(s->linux_.namespaces[SPEC_NS_NETWORK].container, "web");
	assert_null(s->linux_.namespaces[SPEC_NS_IPC].container);
	assert_int_equal(l->set, (1U << LIMIT__COUNT) - 1);
	assert_memory_equal(l->value, spec->linux_.limits.value, sizeof(l->value));
	assert_int_equal(l->n_devices, 2 * DEVICE_LIMIT__COUNT);
	for (size_t i = 0; i < l->n_devices; i++)
		assert_same_device_limit(&l->devices[i], &spec->linux_.limits.devices[i]);
	assert_int_equal(l->n_files, 4);
	for (size_t i = 0; i < l->n_files; i++)
		assert_string_equal(l->files[i].value, spec->linux_.limits.files[i].value);
	assert_int_equal(l->n_rules, spec->linux_.limits.n_rules);
	for (size_t i = 0; i < l->n_rules; i++)
		assert_same_rule(&l->rules[i], &spec->linux_.limits.rules[i]);
	assert_memory_equal(s->linux_.time_offset, spec->linux_.time_offset, sizeof(s->linux_.time_offset));
	assert_int_equal(s->linux_.seccomp, SPEC_SECCOMP_DEFAULT);
}

static void every_kind_of_seccomp(void **state)
{
	_cleanup_spec_ struct spec *s = full();
	_cleanup_spec_ struct spec *read = NULL;
	_cleanup_free_ char *text = NULL;

	(void)state;
	s->linux_.seccomp = SPEC_SECCOMP_UNCONFINED;
	assert_round_trip(s);
	s->linux_.seccomp = SPEC_SECCOMP_PROFILE;
	s->linux_.seccomp_profile = "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"x\":[1,2.50,\"/\"]}";
	assert_round_trip(s);
	text = write_text(s);
	read = must_read(text);
	assert_int_equal(read->linux_.seccomp, SPEC_SECCOMP_PROFILE);
	assert_string_equal(read->linux_.seccomp_profile, s->linux_.seccomp_profile);
}

static void broken_profile_is_never_unconfined(void **state)
{
	_cleanup_spec_ struct spec *s = full();
	_cleanup_free_ char *text = NULL;

	(void)state;
	s->linux_.seccomp = SPEC_SECCOMP_PROFILE;
	s->linux_.seccomp_profile = "{\"defaultAction\":";
	text = write_text(s);
	assert_refused(text, "linux.seccomp: this is no object");
}

#define HEAD "{\"ociVersion\":\"1.2.0\","

static void reads_what_others_write(void **state)
{
	_cleanup_spec_ struct spec *s = must_read(
		HEAD
		"\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\",\"consoleSize\":{\"height\":1,\"width\":2},"
		"\"apparmorProfile\":\"\",\"unknown\":[1]},\"hooks\":{\"prestart\":[]},"
		"\"mounts\":[{\"destination\":\"/a\",\"source\":\"/b\",\"options\":[\"rbind\"]},"
		"{\"destination\":\"/t\",\"type\":\"tmpfs\"}],"
		"\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"network\",\"path\":\"/n\"}],"
		"\"devices\":[{\"path\":\"/dev/"
		"y\",\"type\":\"u\",\"major\":1,\"minor\":2,\"fileMode\":8630}],"
		"\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}],"
		"\"memory\":{\"limit\":null,\"useHierarchy\":true,\"disableOOMKiller\":true},"
		"\"unified\":{\"memory.high\":\"1048576\",\"memory.min\":\"max\"}}},\"vm\":{}}");
	const struct cgroup_limits *l = &s->linux_.limits;

	(void)state;
	assert_string_equal(s->mounts[0].type, "bind");
	assert_string_equal(s->mounts[1].source, "tmpfs");
	assert_int_equal(s->linux_.seccomp, SPEC_SECCOMP_UNCONFINED);
	assert_int_equal(s->linux_.namespaces[SPEC_NS_PID].how, SPEC_NS_HOST);
	assert_int_equal(s->linux_.namespaces[SPEC_NS_NETWORK].how, SPEC_NS_JOIN);
	assert_int_equal(s->linux_.devices[0].type, 'c');
	assert_int_equal(s->linux_.devices[0].mode, 0666);
	assert_int_equal(l->rules[0].type, 'a');
	assert_int_equal(l->rules[0].major, -1);
	assert_int_equal(l->set, 1U << LIMIT_MEMORY_HIGH | 1U << LIMIT_OOM_KILL_DISABLE);
	assert_int_equal(l->value[LIMIT_MEMORY_HIGH], 1048576);
	assert_int_equal(l->n_files, 1);
	assert_string_equal(l->files[0].value, "max");
	assert_round_trip(s);
}

static void refuses_what_it_does_not_have(void **state)
{
	static const char *const rows[][2] = {
		{"\"hooks\":{\"poststop\":[{\"path\":\"/x\"}]}", "hooks are not supported"},
		{"\"process\":{\"apparmorProfile\":\"x\"}", "process.apparmorProfile"},
		{"\"process\":{\"selinuxLabel\":\"x\"}", "process.selinuxLabel"},
		{"\"process\":{\"user\":{\"umask\":0}}", "process.user.umask"},
		{"\"process\":{\"scheduler\":{\"policy\":\"SCHED_IDLE\"}}", "process.scheduler"},
		{"\"linux\":{\"mountLabel\":\"x\"}", "linux.mountLabel"},
		{"\"linux\":{\"intelRdt\":{\"closID\":\"x\"}}", "linux.intelRdt"},
		{"\"linux\":{\"personality\":{\"domain\":\"LINUX32\"}}", "linux.personality"},
		{"\"linux\":{\"resources\":{\"network\":{\"classID\":1}}}", "linux.resources.network"},
		{"\"linux\":{\"resources\":{\"memory\":{\"kernelTCP\":1}}}", "memory.kernelTCP"},
		{"\"linux\":{\"resources\":{\"memory\":{\"useHierarchy\":false}}}", "useHierarchy"},
		{"\"mounts\":[{\"destination\":\"/\",\"uidMappings\":[{}]}]", "mounts[0].uidMappings"},
		{"\"windows\":{\"x\":1}", "windows"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[256];

		snprintf(text, sizeof(text), HEAD "%s}", rows[i][0]);
		assert_refused(text, rows[i][1]);
	}
}

static void refuses_what_is_wrong(void **state)
{
	static const char *const rows[][2] = {
		{"\"process\":{\"user\":{\"uid\":-1}}", "process.user.uid: this is not from 0"},
		{"\"process\":{\"user\":{\"uid\":4294967295}}", "process.user.uid"},
		{"\"process\":{\"user\":{\"uid\":\"0\"}}", "process.user.uid: this is no whole number"},
		{"\"process\":{\"user\":{\"uid\":1e3}}", "whole number"},
		{"\"process\":{\"args\":[\"a\",null]}", "process.args[1]"},
		{"\"process\":{\"args\":[\"a\\u0000b\"]}", "NUL"},
		{"\"process\":{\"args\":\"a\"}", "process.args: this is no list"},
		{"\"process\":{\"capabilities\":{\"bounding\":[\"CAP_NONE\"]}}", "'CAP_NONE'"},
		{"\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_X\",\"hard\":1,\"soft\":1}]}", "'RLIMIT_X'"},
		{"\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"hard\":1}]}", "soft and hard"},
		{"\"process\":{\"oomScoreAdj\":1001}", "-1000 to 1000"},
		{"\"linux\":{\"namespaces\":[{\"type\":\"x\"}]}", "no namespace 'x'"},
		{"\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]}", "twice"},
		{"\"linux\":{\"devices\":[{\"path\":\"/d\",\"type\":\"c\",\"major\":1}]}", "major and minor"},
		{"\"linux\":{\"resources\":{\"devices\":[{\"allow\":true}]}}", "access: it is missing"},
		{"\"linux\":{\"resources\":{\"pids\":{\"limit\":9223372036854775808}}}", "pids.limit"},
		{"\"linux\":{\"resources\":{\"pids\":{\"limit\":99999999999999999999}}}", ""},
		{"\"linux\":{\"resources\":{\"rdma\":{\"a b\":{\"hcaHandles\":1}}}}", "no name"},
		{"\"linux\":{\"timeOffsets\":{\"boottime\":{\"secs\":9223372037}}}", "boottime"},
		{"\"linux\":{\"seccomp\":\"x\"}", "linux.seccomp"},
		{"\"linux\":{\"seccomp\":{}},\"annotations\":{\"plimsoll.seccomp\":\"unconfined\"}", "too"},
		{"\"annotations\":{\"plimsoll.root.kind\":\"x\"}", "'x' is no kind"},
		{"\"annotations\":{\"plimsoll.root.layers\":\"[1]\"}", "no text"},
		{"\"annotations\":{\"plimsoll.root.layers\":\"/\"}", "no list"},
		{"\"annotations\":{\"x\":1}", "annotations.x: this is no text"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[256];

		snprintf(text, sizeof(text), HEAD "%s}", rows[i][0]);
		assert_refused(text, rows[i][1]);
	}
	assert_refused("", "no JSON");
	assert_refused("[]", "no object");
	assert_refused("null", "");
	assert_refused("{", "ends too early");
	assert_refused(HEAD "\"root\":{}} x", "no JSON");
	assert_refused("{\"ociVersion\":\"1.0.0\",}", "no JSON");
	assert_refused("{}", "ociVersion: it is missing");
	assert_refused("{\"ociVersion\":\"2.0.0\"}", "'2.0.0'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_spec_comes_back),
		cmocka_unit_test(every_kind_of_seccomp),
		cmocka_unit_test(broken_profile_is_never_unconfined),
		cmocka_unit_test(reads_what_others_write),
		cmocka_unit_test(refuses_what_it_does_not_have),
		cmocka_unit_test(refuses_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
