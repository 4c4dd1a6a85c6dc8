/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "runtime/fake_value_host.h"

#include <signal.h>
#include <sys/resource.h>

/* A refusal says what and why, and has the code that it returns. */
static void refused(int r, int code, const struct error *err, const char *word)
{
	assert_int_equal(r, code);
	assert_int_equal(err->code, code);
	if (!strstr(err->cause, word) && !strstr(err->remedy, word))
		fail_msg("'%s' / '%s' has no '%s'", err->cause, err->remedy, word);
}

static void integers(void **state)
{
	struct error err;
	int64_t v = 7;

	(void)state;
	assert_int_equal(value_integer("pids-limit", "-1", -1, INT64_MAX, &v, &err), 0);
	assert_int_equal(v, -1);
	refused(value_integer("oom-score-adj", "1001", -1000, 1000, &v, &err), -EINVAL, &err,
		"from -1000 to 1000");
	refused(value_integer("oom-score-adj", "", -1000, 1000, &v, &err), -EINVAL, &err, "oom-score-adj");
	refused(value_integer("pids-limit", "1 ", 0, INT64_MAX, &v, &err), -EINVAL, &err, "pids-limit");
	refused(value_integer("pids-limit", "99999999999999999999", 0, INT64_MAX, &v, &err), -EINVAL, &err,
		"whole number");
	assert_int_equal(v, -1);
}

static void sizes(void **state)
{
	struct error err;
	int64_t v = 7;

	(void)state;
	assert_int_equal(value_bytes("memory", "64m", false, &v, &err), 0);
	assert_int_equal(v, 64 << 20);
	assert_int_equal(value_bytes("memory", "1.5G", false, &v, &err), 0);
	assert_int_equal(v, 3 << 29);
	assert_int_equal(value_bytes("memory", "4096", false, &v, &err), 0);
	assert_int_equal(v, 4096);
	assert_int_equal(value_bytes("memory-swap", "-1", true, &v, &err), 0);
	assert_int_equal(v, -1);
	refused(value_bytes("memory", "-1", false, &v, &err), -EINVAL, &err, "--memory");
	refused(value_bytes("memory", "-5m", true, &v, &err), -EINVAL, &err, "-1 for no limit");
	refused(value_bytes("memory", "64x", true, &v, &err), -EINVAL, &err, "64x");
	refused(value_bytes("memory", "16777216t", true, &v, &err), -EINVAL, &err, "size");
	assert_int_equal(v, -1);
}

static void cpus(void **state)
{
	struct error err;
	int64_t v = 7;

	(void)state;
	assert_int_equal(value_cpus("1.5", 2, &v, &err), 0);
	assert_int_equal(v, 150000);
	assert_int_equal(value_cpus("0.01", 2, &v, &err), 0);
	assert_int_equal(v, 1000);
	assert_int_equal(value_cpus("2", 2, &v, &err), 0);
	assert_int_equal(v, 200000);
	assert_int_equal(value_cpus("0", 2, &v, &err), 0);
	assert_int_equal(v, 0);
	refused(value_cpus("2.1", 2, &v, &err), -EINVAL, &err, "this host has 2 CPUs");
	refused(value_cpus("0.001", 2, &v, &err), -EINVAL, &err, "0.01");
	refused(value_cpus("-1", 2, &v, &err), -EINVAL, &err, "--cpus");
	refused(value_cpus("half", 2, &v, &err), -EINVAL, &err, "half");
	assert_int_equal(v, 0);
}

static void signals(void **state)
{
	struct error err;
	int v = 7;

	(void)state;
	assert_int_equal(value_signal("SIGTERM", &v, &err), 0);
	assert_int_equal(v, SIGTERM);
	assert_int_equal(value_signal("usr1", &v, &err), 0);
	assert_int_equal(v, SIGUSR1);
	assert_int_equal(value_signal("9", &v, &err), 0);
	assert_int_equal(v, SIGKILL);
	assert_int_equal(value_signal("SIGRTMIN+3", &v, &err), 0);
	assert_int_equal(v, 37);
	assert_int_equal(value_signal("RTMAX-1", &v, &err), 0);
	assert_int_equal(v, 63);
	refused(value_signal("SIGNAL", &v, &err), -EINVAL, &err, "SIGNAL");
	refused(value_signal("0", &v, &err), -EINVAL, &err, "from 1 to 64");
	refused(value_signal("65", &v, &err), -EINVAL, &err, "65");
	refused(value_signal("RTMIN+31", &v, &err), -EINVAL, &err, "RTMIN+31");
	refused(value_signal("", &v, &err), -EINVAL, &err, "signal");
	assert_int_equal(v, 63);
	assert_string_equal(value_signal_name(SIGWINCH), "WINCH");
	assert_string_equal(value_signal_name(40), "");
}

static void time_offsets(void **state)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	struct error err;

	(void)state;
	assert_int_equal(value_time_offset(spec, "24h", &err), 0);
	assert_int_equal(spec->linux_.time_offset[0], (int64_t)(24 * 3600 * NSEC_PER_SEC));
	assert_int_equal(value_time_offset(spec, "boottime=-90s", &err), 0);
	assert_int_equal(spec->linux_.time_offset[0], (int64_t)(24 * 3600 * NSEC_PER_SEC));
	assert_int_equal(spec->linux_.time_offset[1], -(int64_t)(90 * NSEC_PER_SEC));
	assert_true(spec->linux_.has_time_offset[0] && spec->linux_.has_time_offset[1]);
	refused(value_time_offset(spec, "realtime=1h", &err), -EINVAL, &err, "monotonic=");
	refused(value_time_offset(spec, "--1h", &err), -EINVAL, &err, "--time-offset");
}

static void log_options(void **state)
{
	struct error err;
	uint64_t size = 1;
	uint32_t files = 1;

	(void)state;
	assert_int_equal(value_log_option("max-size=10m", &size, &files, &err), 0);
	assert_int_equal(size, 10 << 20);
	assert_int_equal(value_log_option("max-file=3", &size, &files, &err), 0);
	assert_int_equal(files, 3);
	refused(value_log_option("max-size=10", &size, &files, &err), -EINVAL, &err, "1k");
	refused(value_log_option("max-file=0", &size, &files, &err), -EINVAL, &err, "1000");
	refused(value_log_option("compress=true", &size, &files, &err), -EOPNOTSUPP, &err, "compress");
	assert_int_equal(size, 10 << 20);
}

static void ulimits(void **state)
{
	struct spec_rlimit l;
	struct error err;

	(void)state;
	assert_int_equal(value_ulimit("nofile=1024:4096", &l, &err), 0);
	assert_int_equal(l.resource, RLIMIT_NOFILE);
	assert_int_equal(l.soft, 1024);
	assert_int_equal(l.hard, 4096);
	assert_int_equal(value_ulimit("core=0", &l, &err), 0);
	assert_int_equal(l.hard, 0);
	assert_int_equal(value_ulimit("memlock=-1", &l, &err), 0);
	assert_true(l.soft == RLIM_INFINITY && l.hard == RLIM_INFINITY);
	refused(value_ulimit("nofile=5:4", &l, &err), -EINVAL, &err, "soft limit above");
	refused(value_ulimit("files=5", &l, &err), -EINVAL, &err, "nofile");
	refused(value_ulimit("NOFILE=5", &l, &err), -EINVAL, &err, "NOFILE");
	refused(value_ulimit("nofile", &l, &err), -EINVAL, &err, "NAME=SOFT");
	refused(value_ulimit("nofile=1:2:3", &l, &err), -EINVAL, &err, "1:2:3");
}

static void sysctls(void **state)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	struct error err;

	(void)state;
	assert_int_equal(spec_set_defaults(spec, false), 0);
	assert_int_equal(value_sysctl(spec, "net.ipv4.ip_forward=1", &err), 0);
	assert_int_equal(value_sysctl(spec, "kernel.msgmax=65536", &err), 0);
	assert_int_equal(value_sysctl(spec, "kernel.sem=250 32000 32 128", &err), 0);
	assert_int_equal(spec->linux_.sysctl.n, 3);
	assert_string_equal(spec->linux_.sysctl.at[2].value, "250 32000 32 128");
	refused(value_sysctl(spec, "vm.swappiness=1", &err), -EOPNOTSUPP, &err, "whole host");
	refused(value_sysctl(spec, "net.ipv4.ip_forward", &err), -EINVAL, &err, "NAME=VALUE");
	spec->linux_.namespaces[SPEC_NS_NETWORK].how = SPEC_NS_HOST;
	refused(value_sysctl(spec, "net.core.somaxconn=1", &err), -EOPNOTSUPP, &err, "network");
}

static void id_maps(void **state)
{
	struct spec_id_map m;
	struct error err;

	(void)state;
	assert_int_equal(value_id_map("uidmap", "0:100000:65536", &m, &err), 0);
	assert_int_equal(m.host_id, 100000);
	assert_int_equal(m.size, 65536);
	assert_int_equal(value_id_map("uidmap", "1:2", &m, &err), 0);
	assert_int_equal(m.size, 1);
	static const char *const bad[] = {"",
					  "1",
					  ":",
					  "1:",
					  ":2",
					  "1:2:",
					  "1::2",
					  "1:2:0",
					  "1:2:3:4",
					  "-1:2:3",
					  "0:4294967295:1",
					  "4294967000:0:4096"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refused(value_id_map("gidmap", bad[i], &m, &err), -EINVAL, &err, "--gidmap");
}

static void security(void **state)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	struct error err;

	(void)state;
	assert_int_equal(spec_set_defaults(spec, false), 0);
	assert_int_equal(value_security(spec, &fake_host, "no-new-privileges", &err), 0);
	assert_true(spec->process.no_new_privileges);
	assert_int_equal(value_security(spec, &fake_host, "no-new-privileges:false", &err), 0);
	assert_false(spec->process.no_new_privileges);
	assert_int_equal(value_security(spec, &fake_host, "seccomp=profile.json", &err), 0);
	assert_int_equal(spec->linux_.seccomp, SPEC_SECCOMP_PROFILE);
	assert_int_equal(value_security(spec, &fake_host, "seccomp=unconfined", &err), 0);
	assert_int_equal(spec->linux_.seccomp, SPEC_SECCOMP_UNCONFINED);
	assert_int_equal(value_security(spec, &fake_host, "apparmor=unconfined", &err), 0);
	assert_int_equal(value_security(spec, &fake_host, "label=disable", &err), 0);
	refused(value_security(spec, &fake_host, "apparmor=mine", &err), -EOPNOTSUPP, &err, "AppArmor");
	refused(value_security(spec, &fake_host, "label=level:s0", &err), -EOPNOTSUPP, &err, "SELinux");
	refused(value_security(spec, &fake_host, "seccomp=no-profile", &err), -EINVAL, &err, "no profile");
	refused(value_security(spec, &fake_host, "seccomp=missing", &err), -ENOENT, &err, "missing");
	refused(value_security(spec, &fake_host, "nonsense", &err), -EINVAL, &err, "nonsense");
	assert_true(spec->linux_.masked_paths.n > 0);
	assert_int_equal(value_security(spec, &fake_host, "systempaths=unconfined", &err), 0);
	assert_int_equal(spec->linux_.masked_paths.n + spec->linux_.readonly_paths.n, 0);
}

static void env(void **state)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	struct spec_texts *e = &spec->process.env;
	struct error err;

	(void)state;
	assert_int_equal(value_env_file(spec, e, &fake_host, "env", &err), 0);
	assert_int_equal(e->n, 4);
	assert_string_equal(e->at[0], "A=1");
	assert_string_equal(e->at[1], "B=two words = 2");
	assert_string_equal(e->at[2], "FROM_HOST=of the host");
	assert_string_equal(e->at[3], "C=");
	assert_int_equal(value_env(spec, e, &fake_host, "A=2", &err), 0);
	assert_int_equal(value_env(spec, e, &fake_host, "EMPTY", &err), 0);
	assert_int_equal(value_env(spec, e, &fake_host, "FRO", &err), 0);
	assert_int_equal(e->n, 5);
	assert_string_equal(e->at[0], "A=2");
	assert_string_equal(e->at[4], "EMPTY=");
	refused(value_env(spec, e, &fake_host, "=x", &err), -EINVAL, &err, "no name");
	refused(value_env_file(spec, e, &fake_host, "env-space", &err), -EINVAL, &err, "line 2");
	refused(value_env_file(spec, e, &fake_host, "env-no-key", &err), -EINVAL, &err, "line 1");
	refused(value_env_file(spec, e, &fake_host, "missing", &err), -ENOENT, &err, "--env-file");
}

static void labels(void **state)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	struct spec_pairs p = {0};
	struct error err;

	(void)state;
	assert_int_equal(value_label_file(spec, &p, &fake_host, "labels", &err), 0);
	assert_int_equal(value_pair(spec, &p, "label", "tier=db=1", &err), 0);
	assert_int_equal(p.n, 2);
	assert_string_equal(p.at[0].value, "db=1");
	assert_string_equal(p.at[1].value, "");
	refused(value_pair(spec, &p, "label", "=x", &err), -EINVAL, &err, "--label");
	assert_int_equal(value_cgroup_conf(spec, "memory.oom.group=1", &err), 0);
	assert_string_equal(spec->linux_.limits.files[0].file, "memory.oom.group");
	refused(value_cgroup_conf(spec, "../memory.max=1", &err), -EINVAL, &err, "FILE=VALUE");
	refused(value_cgroup_conf(spec, "memory.max", &err), -EINVAL, &err, "FILE=VALUE");
	refused(value_cgroup_conf(spec, "a/b=1", &err), -EINVAL, &err, "a/b");
}

static void modes(void **state)
{
	const uint32_t all = 1U << VALUE_MODE_HOST | 1U << VALUE_MODE_PRIVATE | 1U << VALUE_MODE_CONTAINER;
	struct value_mode m;
	struct error err;

	(void)state;
	assert_int_equal(value_mode("pid", "host", all, &m, &err), 0);
	assert_int_equal(m.kind, VALUE_MODE_HOST);
	assert_int_equal(value_mode("pid", "container:web", all, &m, &err), 0);
	assert_string_equal(m.container, "web");
	refused(value_mode("pid", "container:", all, &m, &err), -EINVAL, &err, "container:NAME");
	refused(value_mode("pid", "none", all, &m, &err), -EINVAL, &err, "private, host");
	refused(value_mode("cgroupns", "container:web", 1U << VALUE_MODE_HOST, &m, &err), -EINVAL, &err,
		"it takes host");
}

static void names(void **state)
{
	_cleanup_str_ struct str hosts = {0};
	struct error err;

	(void)state;
	assert_int_equal(value_add_host("db:192.0.2.1", &hosts, &err), 0);
	assert_int_equal(value_add_host("six=[2001:db8::1]", &hosts, &err), 0);
	assert_int_equal(value_add_host("six:2001:db8::2", &hosts, &err), 0);
	assert_string_equal(hosts.data, "192.0.2.1\tdb\n2001:db8::1\tsix\n2001:db8::2\tsix\n");
	refused(value_add_host("db:host-gateway", &hosts, &err), -EOPNOTSUPP, &err, "bridges");
	refused(value_add_host("db:1.2.3", &hosts, &err), -EINVAL, &err, "1.2.3");
	refused(value_add_host("db", &hosts, &err), -EINVAL, &err, "address");
	refused(value_add_host("d b:192.0.2.1", &hosts, &err), -EINVAL, &err, "d b");
	assert_int_equal(value_hostname("hostname", "web-1.example.org", &err), 0);
	refused(value_hostname("hostname", "-x", &err), -EINVAL, &err, "--hostname");
	refused(value_hostname("hostname", "a b", &err), -EINVAL, &err, "letters");
	refused(value_hostname("hostname", "", &err), -EINVAL, &err, "letters");
	assert_int_equal(value_address("dns", "2001:db8::1", &err), 0);
	refused(value_address("dns", "resolver", &err), -EINVAL, &err, "--dns");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers), cmocka_unit_test(sizes),	    cmocka_unit_test(cpus),
		cmocka_unit_test(signals),  cmocka_unit_test(time_offsets), cmocka_unit_test(log_options),
		cmocka_unit_test(ulimits),  cmocka_unit_test(sysctls),	    cmocka_unit_test(id_maps),
		cmocka_unit_test(security), cmocka_unit_test(env),	    cmocka_unit_test(labels),
		cmocka_unit_test(modes),    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
