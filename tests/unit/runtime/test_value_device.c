/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "runtime/fake_value_host.h"

#define RWM (DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD)

static void refused(int r, int code, const struct error *err, const char *word)
{
	assert_int_equal(r, code);
	assert_int_equal(err->code, code);
	if (!strstr(err->cause, word) && !strstr(err->remedy, word))
		fail_msg("'%s' / '%s' has no '%s'", err->cause, err->remedy, word);
}

static void one_device(void **state)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	const struct cgroup_limits *l = &spec->linux_.limits;
	struct error err;

	(void)state;
	assert_int_equal(value_device(spec, &fake_host, "/dev/fuse", &err), 0);
	assert_int_equal(spec->linux_.n_devices, 1);
	assert_string_equal(spec->linux_.devices[0].path, "/dev/fuse");
	assert_int_equal(spec->linux_.devices[0].major, 10);
	assert_int_equal(spec->linux_.devices[0].minor, 229);
	assert_int_equal(l->rules[0].access, RWM);
	assert_int_equal(value_device(spec, &fake_host, "/dev/sda:/dev/disk:r", &err), 0);
	assert_string_equal(spec->linux_.devices[1].path, "/dev/disk");
	assert_int_equal(spec->linux_.devices[1].type, 'b');
	assert_int_equal(l->rules[1].access, DEVICE_READ);
	assert_int_equal(value_device(spec, &fake_host, "/dev/null:rw", &err), 0);
	assert_string_equal(spec->linux_.devices[2].path, "/dev/null");
	assert_int_equal(l->rules[2].access, DEVICE_READ | DEVICE_WRITE);
	assert_int_equal(l->n_rules, 3);
}

static void broken_devices(void **state)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	static const char *const bad[] = {"",
					  ":",
					  "dev/null",
					  "/dev/null:",
					  "/dev/null:x",
					  "/dev/null:rr",
					  "/dev/null::r",
					  "/dev/null:/x:",
					  "/dev/null:/x:rwmr",
					  "/dev/null:x:rw",
					  "/dev/null:/x:rw:r"};
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refused(value_device(spec, &fake_host, bad[i], &err), -EINVAL, &err, "/dev/NODE");
	refused(value_device(spec, &fake_host, "/dev/nope", &err), -ENOENT, &err, "/dev/nope");
	refused(value_device(spec, &fake_host, "/src/file", &err), -EINVAL, &err, "neither");
	refused(value_device(spec, &fake_host, "/src", &err), -EINVAL, &err, "no device");
	assert_int_equal(spec->linux_.n_devices + spec->linux_.limits.n_rules, 0);
}

static void folder_of_devices(void **state)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	struct error err;

	(void)state;
	assert_int_equal(value_device(spec, &fake_host, "/dev/snd:/dev/sound:rw", &err), 0);
	assert_int_equal(spec->linux_.n_devices, 2);
	assert_string_equal(spec->linux_.devices[0].path, "/dev/sound/seq");
	assert_string_equal(spec->linux_.devices[1].path, "/dev/sound/by/pcm");
	assert_int_equal(spec->linux_.limits.rules[1].minor, 2);
}

/* Nodes alone; not those of which a container has its own. */
static void every_device(void **state)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	struct error err;

	(void)state;
	assert_int_equal(value_devices_all(spec, &fake_host, &err), 0);
	assert_int_equal(spec->linux_.n_devices, 6);
	assert_int_equal(spec->linux_.limits.n_rules, 0);
	for (size_t i = 0; i < spec->linux_.n_devices; i++) {
		assert_null(strstr(spec->linux_.devices[i].path, "pts"));
		assert_string_not_equal(spec->linux_.devices[i].path, "/dev/tty");
	}
}

static void rules(void **state)
{
	static const char *const bad[] = {
		"",	    "c",      "c 1:3",	"c 1:3 ",   "c 1:3 x",	"d 1:3 r",	    "c 1 r",
		"c  1:3 r", "c :3 r", "c 1: r", "c 1:3 rr", "c -1:3 r", "c 4294967296:3 r", "c 1:3 rwm "};
	struct device_rule rule;
	struct error err;

	(void)state;
	assert_int_equal(value_device_rule("c 1:3 mr", &rule, &err), 0);
	assert_true(rule.allow);
	assert_int_equal(rule.type, 'c');
	assert_int_equal(rule.minor, 3);
	assert_int_equal(rule.access, DEVICE_MKNOD | DEVICE_READ);
	assert_int_equal(value_device_rule("a *:* rwm", &rule, &err), 0);
	assert_int_equal(rule.major, -1);
	assert_int_equal(rule.minor, -1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refused(value_device_rule(bad[i], &rule, &err), -EINVAL, &err, "TYPE MAJOR:MINOR");
}

static void limits(void **state)
{
	struct device_limit l;
	struct error err;

	(void)state;
	assert_int_equal(value_device_limit(DEVICE_WRITE_BPS, &fake_host, "/dev/sda:5mb", &l, &err), 0);
	assert_int_equal(l.kind, DEVICE_WRITE_BPS);
	assert_int_equal(l.value, 5 << 20);
	assert_int_equal(value_device_limit(DEVICE_READ_IOPS, &fake_host, "/dev/sda1:100", &l, &err), 0);
	assert_int_equal(l.major, 8);
	assert_int_equal(l.minor, 0); /* of the partition the disk */
	assert_int_equal(value_device_limit(DEVICE_WEIGHT, &fake_host, "/dev/sda:500", &l, &err), 0);
	assert_int_equal(l.value, 500);
	refused(value_device_limit(DEVICE_WEIGHT, &fake_host, "/dev/sda:5", &l, &err), -EINVAL, &err,
		"10 to 1000");
	refused(value_device_limit(DEVICE_READ_IOPS, &fake_host, "/dev/sda:5m", &l, &err), -EINVAL, &err,
		"OPERATIONS");
	refused(value_device_limit(DEVICE_READ_BPS, &fake_host, "/dev/sda", &l, &err), -EINVAL, &err,
		"device-read-bps");
	refused(value_device_limit(DEVICE_READ_BPS, &fake_host, "/dev/null:1", &l, &err), -EINVAL, &err,
		"no block device");
	refused(value_device_limit(DEVICE_READ_BPS, &fake_host, "/dev/sdz:1", &l, &err), -ENOENT, &err,
		"/dev/sdz");
	assert_int_equal(l.value, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_device),
		cmocka_unit_test(broken_devices),
		cmocka_unit_test(folder_of_devices),
		cmocka_unit_test(every_device),
		cmocka_unit_test(rules),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
