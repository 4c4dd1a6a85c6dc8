/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_lxc.h"

#include "scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_lxc(void **state)
{
	_cleanup_close_ int root = fixture_open("identity/host");
	_cleanup_close_ int fd = fixture_open("identity/host/var/lib/lxc");
	char path[] = "/var/lib/lxc";
	const struct meta_folder folder = {.runtime = RUNTIME_LXC, .path = path, .fd = fd, .root_fd = root};
	_cleanup_meta_ struct meta m = {0};
	struct meta_stamp stamp;
	struct meta_stamp again;

	(void)state;
	assert_int_equal(meta_lxc_load(&folder, slice_of("web"), &m, &stamp), 0);
	assert_string_equal(m.who.name, "web");
	assert_string_equal(m.who.writable_layer, "/var/lib/lxc/web/rootfs");
	assert_int_equal(m.who.n_labels, 2);
	assert_string_equal(m.labels[1].key, "lxc.uts.name");
	assert_string_equal(m.labels[1].value, "web.example");
	assert_int_equal(meta_lxc_stat(&folder, slice_of("web"), &again), 0);
	assert_true(meta_stamp_equal(&stamp, &again));
	assert_int_equal(meta_lxc_load(&folder, slice_of("none"), &m, &stamp), -ENOENT);
	assert_int_equal(meta_lxc_stat(&folder, slice_of("none"), &stamp), -ENOENT);
}

/* The instance's folder is an absolute link into a storage pool. */
static void test_incus(void **state)
{
	_cleanup_close_ int root = fixture_open("identity/host");
	_cleanup_close_ int fd = fixture_open("identity/host/var/lib/incus");
	char path[] = "/var/lib/incus";
	const struct meta_folder folder = {.runtime = RUNTIME_LXC, .path = path, .fd = fd, .root_fd = root};
	_cleanup_meta_ struct meta m = {0};
	struct meta_stamp stamp;
	struct meta_stamp again;

	(void)state;
	assert_int_equal(meta_lxc_load(&folder, slice_of("db"), &m, &stamp), 0);
	assert_string_equal(m.who.name, "db");
	assert_string_equal(m.who.image, "Debian bookworm amd64 (20261101_05:24)");
	assert_int_equal(meta_lxc_stat(&folder, slice_of("db"), &again), 0);
	assert_true(meta_stamp_equal(&stamp, &again));
}

static void test_old_and_odd_lines(void **state)
{
	_cleanup_meta_ struct meta m = {0};

	(void)state;
	meta_lxc_parse(slice_of("lxc.utsname=old\r\n=x\nlxc.arch\n  # lxc.arch = no\nlxc.rootfs = "
				"overlay:/lower:/upper\n"),
		       &m);
	assert_int_equal(m.who.n_labels, 1);
	assert_string_equal(m.labels[0].value, "old");
	assert_string_equal(m.who.writable_layer, "/upper");
	meta_free(&m);
	meta_lxc_parse(
		slice_of("lxc.rootfs.path = zfs:pool/web\nlxc.rootfs.path = \nlxc.rootfs.path=nbd:/dev/x"),
		&m);
	assert_null(m.who.writable_layer);
}

static void test_machine(void **state)
{
	_cleanup_close_ int fd = fixture_open("identity/host/run/systemd/machines");
	const struct meta_folder folder = {.runtime = RUNTIME_NSPAWN, .fd = fd, .root_fd = -1};
	_cleanup_meta_ struct meta m = {0};
	struct meta_stamp stamp;
	char machine[256];

	(void)state;
	assert_int_equal(meta_machine_load(&folder, slice_of("machine-deb\\x2d12.scope"), "anything", &m,
					   machine, &stamp),
			 0);
	assert_string_equal(machine, "deb-12");
	assert_string_equal(m.who.name, "deb-12");
	assert_int_equal(m.who.init_pid, 4711);
	assert_int_equal(m.who.started_at_ns, UINT64_C(1795454318000001000));
	assert_string_equal(m.who.writable_layer, "/var/lib/machines/deb-12");
	meta_free(&m);
	assert_int_equal(meta_machine_load(&folder, slice_of("other.scope"), "deb-12", &m, machine, &stamp),
			 0);
	assert_int_equal(meta_machine_load(&folder, slice_of("other.scope"), "none", &m, machine, &stamp),
			 -ENOENT);
	assert_int_equal(meta_machine_load(&folder, slice_of("other.scope"), "../../../etc/passwd", &m,
					   machine, &stamp),
			 -ENOENT);
}

static void test_machine_of_odd_lines(void **state)
{
	_cleanup_meta_ struct meta m = {0};

	(void)state;
	meta_machine_parse(
		slice_of("LEADER=x\nREALTIME=99999999999999999999\nROOT=relative\nNAME=\nNAME=\"quoted\""),
		&m);
	assert_int_equal(m.who.init_pid, 0);
	assert_int_equal(m.who.started_at_ns, 0);
	assert_null(m.who.writable_layer);
	assert_string_equal(m.who.name, "quoted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lxc),
		cmocka_unit_test(test_incus),
		cmocka_unit_test(test_old_and_odd_lines),
		cmocka_unit_test(test_machine),
		cmocka_unit_test(test_machine_of_odd_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
