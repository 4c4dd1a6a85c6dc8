/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "runtime/capability.h"
#include "runtime/spec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

/* A spec that passes: what each row below breaks. */
static struct spec *good(void)
{
	struct spec *s = spec_new();

	assert_non_null(s);
	assert_int_equal(spec_set_defaults(s, false), 0);
	assert_int_equal(spec_texts_add(s, &s->process.args, "/bin/true"), 0);
	s->root.path = "/srv/root";
	return s;
}

static const struct spec_mount *find_mount(const struct spec *s, const char *destination)
{
	for (size_t i = 0; i < s->n_mounts; i++)
		if (strcmp(s->mounts[i].destination, destination) == 0)
			return &s->mounts[i];
	fail_msg("nothing is mounted at %s", destination);
	return NULL;
}

static bool has(const struct spec_texts *texts, const char *text)
{
	for (size_t i = 0; i < texts->n; i++)
		if (strcmp(texts->at[i], text) == 0)
			return true;
	return false;
}

static void defaults_are_dockers(void **state)
{
	_cleanup_spec_ struct spec *s = good();
	struct error err = {0};

	(void)state;
	if (spec_check(s, &err) < 0)
		fail_msg("%s", err.cause);
	assert_int_equal(s->n_mounts, 7);
	assert_true(has(&find_mount(s, "/sys")->options, "ro"));
	assert_true(has(&find_mount(s, "/sys/fs/cgroup")->options, "ro"));
	assert_true(has(&find_mount(s, "/dev/pts")->options, "gid=5"));
	assert_true(has(&find_mount(s, "/dev/shm")->options, "size=67108864"));
	assert_true(has(&s->linux_.masked_paths, "/proc/kcore"));
	assert_true(has(&s->linux_.masked_paths, "/sys/devices/virtual/powercap"));
	assert_int_equal(s->linux_.masked_paths.n, 11);
	assert_true(has(&s->linux_.readonly_paths, "/proc/sysrq-trigger"));
	assert_int_equal(s->linux_.readonly_paths.n, 5);
	assert_int_equal(s->linux_.n_devices, 6);
	assert_false(s->linux_.limits.rules[0].allow);
	assert_int_equal(s->linux_.limits.rules[0].type, 'a');
	assert_true(s->process.capabilities.bounding == capability_defaults);
	assert_true(s->process.capabilities.ambient == 0 && s->process.capabilities.inheritable == 0);
	assert_int_equal(s->linux_.namespaces[SPEC_NS_USER].how, SPEC_NS_HOST);
	assert_int_equal(s->linux_.namespaces[SPEC_NS_TIME].how, SPEC_NS_HOST);
	assert_int_equal(s->linux_.namespaces[SPEC_NS_CGROUP].how, SPEC_NS_NEW);
	assert_int_equal(s->linux_.seccomp, SPEC_SECCOMP_DEFAULT);
	assert_int_equal(s->process.env.n, 1);
}

static void rootless_defaults(void **state)
{
	_cleanup_spec_ struct spec *s = spec_new();

	(void)state;
	assert_int_equal(spec_set_defaults(s, true), 0);
	assert_int_equal(s->linux_.namespaces[SPEC_NS_USER].how, SPEC_NS_NEW);
	assert_false(has(&find_mount(s, "/dev/pts")->options, "gid=5"));
	assert_int_equal(s->linux_.n_devices, 6);
}

static void arrays_grow_and_may_be_shared(void **state)
{
	_cleanup_spec_ struct spec *s = spec_new();
	struct spec_texts one = {0};
	struct spec_texts other;
	const char *fixed[] = {"x"};
	struct spec_texts foreign = {fixed, 1};

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(spec_texts_add(s, &one, spec_printf(s, "%d", i)), 0);
	/* both believe that the array is theirs */
	other = one;
	assert_int_equal(spec_texts_add(s, &one, "one"), 0);
	assert_int_equal(spec_texts_add(s, &other, "other"), 0);
	assert_string_equal(one.at[1000], "one");
	assert_string_equal(other.at[1000], "other");
	assert_string_equal(other.at[999], "999");
	/* an array with no room behind it, that isn't the arena's */
	assert_int_equal(spec_texts_add(s, &foreign, "y"), 0);
	assert_ptr_not_equal(foreign.at, fixed);
	assert_string_equal(foreign.at[0], "x");
	/* shortened by its owner */
	one.n = 3;
	assert_int_equal(spec_texts_add(s, &one, "three"), 0);
	assert_string_equal(one.at[3], "three");
	assert_string_equal(other.at[3], "3");
	assert_true(s->arena.used < 100000);
}

static void later_ones_replace(void **state)
{
	_cleanup_spec_ struct spec *s = spec_new();
	struct spec_pairs pairs = {0};

	(void)state;
	assert_int_equal(spec_env_set(s, "A=1"), 0);
	assert_int_equal(spec_env_set(s, "AB=2"), 0);
	assert_int_equal(spec_env_set(s, "A=3=4"), 0);
	assert_int_equal(s->process.env.n, 2);
	assert_string_equal(s->process.env.at[0], "A=3=4");
	assert_int_equal(spec_pairs_set(s, &pairs, "k", "1"), 0);
	assert_int_equal(spec_pairs_set(s, &pairs, "k", "2"), 0);
	assert_int_equal(pairs.n, 1);
	assert_string_equal(pairs.at[0].value, "2");
	assert_int_equal(spec_mount_add(s, "/dev", "tmpfs", "tmpfs", ""), 0);
	assert_int_equal(spec_mount_add(s, "/dev/pts", "devpts", "devpts", "ro,nosuid"), 0);
	assert_int_equal(spec_mount_add(s, "//dev/./", "bind", "/x", "rbind"), 0);
	assert_int_equal(spec_mount_add(s, "/dev.", "tmpfs", "tmpfs", NULL), 0);
	assert_int_equal(s->n_mounts, 3);
	assert_string_equal(s->mounts[0].source, "/x");
	assert_int_equal(s->mounts[1].options.n, 2);
	assert_int_equal(spec_mount_remove(s, "/dev/"), 0);
	assert_int_equal(spec_mount_remove(s, "/dev"), -ENOENT);
	assert_int_equal(s->n_mounts, 2);
	assert_int_equal(spec_rlimit_set(s, &(struct spec_rlimit){RLIMIT_CPU, 1, 2}), 0);
	assert_int_equal(spec_rlimit_set(s, &(struct spec_rlimit){RLIMIT_CPU, 3, 4}), 0);
	assert_int_equal(s->process.n_rlimits, 1);
	assert_int_equal(s->process.rlimits[0].soft, 3);
	for (uint64_t v = 1; v < 4; v++)
		assert_int_equal(
			spec_device_limit_add(s, &(struct device_limit){DEVICE_READ_BPS, 8, v == 3, v}), 0);
	assert_int_equal(s->linux_.limits.n_devices, 2);
	assert_int_equal(s->linux_.limits.devices[0].value, 2);
}

static void break_args(struct spec *s)
{
	s->process.args.n = 0;
}
static void break_cwd(struct spec *s)
{
	s->process.cwd = "tmp";
}
static void break_env(struct spec *s)
{
	spec_texts_add(s, &s->process.env, "=x");
}
static void break_caps(struct spec *s)
{
	s->process.capabilities.bounding |= UINT64_C(1) << 41;
}
static void break_ambient(struct spec *s)
{
	s->process.capabilities.ambient = 1;
}
static void break_effective(struct spec *s)
{
	s->process.capabilities.permitted = 0;
}
static void break_user(struct spec *s)
{
	s->process.user.gid = UINT32_MAX;
}
static void break_rlimit(struct spec *s)
{
	spec_rlimit_set(s, &(struct spec_rlimit){RLIMIT_CPU, 2, 1});
}
static void break_score(struct spec *s)
{
	s->process.has_oom_score_adj = true;
	s->process.oom_score_adj = 1001;
}
static void break_root(struct spec *s)
{
	s->root.path = "rootfs";
}
static void break_layers(struct spec *s)
{
	s->root.kind = SPEC_ROOT_OVERLAY_KEPT;
}
static void break_destination(struct spec *s)
{
	spec_mount_add(s, "data", "tmpfs", "tmpfs", "");
}
static void break_bind(struct spec *s)
{
	spec_mount_add(s, "/data", "bind", "data", "rbind");
}
static void mount_on_root(struct spec *s)
{
	spec_mount_add(s, "/./", "tmpfs", "tmpfs", "");
}
static void break_hostname(struct spec *s)
{
	s->hostname = "x";
	s->linux_.namespaces[SPEC_NS_UTS].how = SPEC_NS_HOST;
}
static void break_annotation(struct spec *s)
{
	spec_pairs_set(s, &s->annotations, "plimsoll.seccomp", "unconfined");
}
static void break_mount_namespace(struct spec *s)
{
	s->linux_.namespaces[SPEC_NS_MOUNT].how = SPEC_NS_HOST;
}
static void break_join(struct spec *s)
{
	s->linux_.namespaces[SPEC_NS_NETWORK] = (struct spec_ns){SPEC_NS_JOIN, "net"};
}
static void break_joined(struct spec *s)
{
	s->linux_.namespaces[SPEC_NS_UTS].container = "web";
}
static void break_slice(struct spec *s)
{
	s->linux_.slice = "a/b.slice";
}
static void no_slice(struct spec *s)
{
	s->linux_.slice = ".slice";
}
static void maps_without_namespace(struct spec *s)
{
	spec_id_map_add(s, &s->linux_.uid_maps, &(struct spec_id_map){0, 1, 1});
	spec_id_map_add(s, &s->linux_.gid_maps, &(struct spec_id_map){0, 1, 1});
}
static void overlapping_maps(struct spec *s)
{
	s->linux_.namespaces[SPEC_NS_USER].how = SPEC_NS_NEW;
	maps_without_namespace(s);
	spec_id_map_add(s, &s->linux_.uid_maps, &(struct spec_id_map){5, 0, 2});
}
static void endless_map(struct spec *s)
{
	spec_id_map_add(s, &s->linux_.uid_maps, &(struct spec_id_map){1, 0, UINT32_MAX});
}
static void break_device(struct spec *s)
{
	spec_device_add(s, &(struct spec_device){"/dev/x", 'c', 4096, 0, 0600, 0, 0});
}
static void break_rule(struct spec *s)
{
	spec_device_rule_add(s, &(struct device_rule){true, 'p', -1, -1, DEVICE_READ});
}
static void break_file(struct spec *s)
{
	static struct file_limit file = {"../cgroup.procs", "1"};

	s->linux_.limits.files = &file;
	s->linux_.limits.n_files = 1;
}
static void break_sysctl(struct spec *s)
{
	spec_pairs_set(s, &s->linux_.sysctl, "kernel.core_pattern", "|/x");
}
static void host_sysctl(struct spec *s)
{
	s->linux_.namespaces[SPEC_NS_NETWORK].how = SPEC_NS_HOST;
	spec_pairs_set(s, &s->linux_.sysctl, "net.ipv4.ip_forward", "1");
}
static void climbing_sysctl(struct spec *s)
{
	spec_pairs_set(s, &s->linux_.sysctl, "net./../../kernel/core_pattern", "|/x");
}
static void break_cgroup(struct spec *s)
{
	s->linux_.cgroups_path = "/plimsoll/../../x";
}
static void break_masked(struct spec *s)
{
	spec_texts_add(s, &s->linux_.masked_paths, "proc");
}
static void break_propagation(struct spec *s)
{
	s->linux_.rootfs_propagation = "public";
}
static void break_offset(struct spec *s)
{
	s->linux_.has_time_offset[1] = true;
}
static void break_profile(struct spec *s)
{
	s->linux_.seccomp = SPEC_SECCOMP_PROFILE;
}

static void wrong_ones_are_refused(void **state)
{
	static const struct {
		void (*wreck)(struct spec *s);
		const char *says;
	} rows[] = {
		{break_args, "process.args"},
		{break_cwd, "process.cwd"},
		{break_env, "process.env"},
		{break_caps, "number 41"},
		{break_ambient, "CAP_CHOWN"},
		{break_effective, "not permitted"},
		{break_user, "process.user"},
		{break_rlimit, "RLIMIT_CPU"},
		{break_score, "oomScoreAdj"},
		{break_root, "root.path"},
		{break_layers, "no layers"},
		{break_destination, "'data'"},
		{break_bind, "source"},
		{mount_on_root, "root itself"},
		{break_hostname, "hostname"},
		{break_annotation, "plimsoll.seccomp"},
		{break_mount_namespace, "mount namespace"},
		{break_join, "linux.namespaces"},
		{break_joined, "uts is to be joined to 'web'"},
		{break_slice, "a/b.slice"},
		{no_slice, "'.slice'"},
		{maps_without_namespace, "user namespace"},
		{overlapping_maps, "overlap"},
		{endless_map, "beyond the last id"},
		{break_device, "/dev/x"},
		{break_rule, "resources.devices[13]"},
		{break_file, "../cgroup.procs"},
		{break_sysctl, "whole host"},
		{host_sysctl, "whole host"},
		{climbing_sysctl, "no name"},
		{break_cgroup, "cgroupsPath"},
		{break_masked, "maskedPaths"},
		{break_propagation, "public"},
		{break_offset, "time namespace"},
		{break_profile, "seccomp"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_spec_ struct spec *s = good();
		struct error err = {0};

		rows[i].wreck(s);
		assert_int_equal(spec_check(s, &err), -EINVAL);
		if (!strstr(err.cause, rows[i].says))
			fail_msg("'%s' does not say '%s'", err.cause, rows[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_dockers),		 cmocka_unit_test(rootless_defaults),
		cmocka_unit_test(arrays_grow_and_may_be_shared), cmocka_unit_test(later_ones_replace),
		cmocka_unit_test(wrong_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
