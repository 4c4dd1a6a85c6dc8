/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_plimsoll.h"

#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BARGE "5ea11a5e0000000000000000000000000000000000000000000000000000cafe"

static char store_path[] = "/var/lib/plimsoll";

static struct meta_folder store_at(int fd)
{
	return (struct meta_folder){.runtime = RUNTIME_PLIMSOLL, .path = store_path, .fd = fd, .root_fd = -1};
}

static void test_store(void **state)
{
	_cleanup_close_ int fd = fixture_open("identity/host/var/lib/plimsoll");
	struct meta_folder folder = store_at(fd);
	_cleanup_meta_ struct meta m = {0};
	struct meta_stamp stamp;
	struct meta_stamp again;
	bool running = false;

	(void)state;
	assert_int_equal(meta_plimsoll_load(&folder, slice_of(BARGE), &m, &stamp, &running), 0);
	assert_string_equal(m.who.name, "brisk-barge");
	assert_string_equal(m.who.image, "/srv/rootfs");
	assert_string_equal(m.who.compose_project, "harbour");
	assert_int_equal(m.who.n_labels, 2);
	assert_int_equal(m.who.init_pid, 4711);
	assert_int_equal(m.who.started_at_ns, UINT64_C(1795454318562347196));
	assert_int_equal(m.who.restarts, 2);
	assert_string_equal(m.who.writable_layer, "/var/lib/plimsoll/containers/" BARGE "/upper");
	assert_true(running);
	assert_int_equal(meta_plimsoll_stat(&folder, slice_of(BARGE), &again), 0);
	assert_true(meta_stamp_equal(&stamp, &again));
}

/* Ids are parts of cgroup names: of anybody's making. */
static void test_ids(void **state)
{
	static const char *const bad[] = {
		"", ".", "..", "../containers/" BARGE, "/etc", "a/b", BARGE "0", ".gone-x", "unknown"};
	_cleanup_close_ int fd = fixture_open("identity/host/var/lib/plimsoll");
	struct meta_folder folder = store_at(fd);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_meta_ struct meta m = {0};
		struct meta_stamp stamp;
		bool running;

		assert_int_equal(meta_plimsoll_load(&folder, slice_of(bad[i]), &m, &stamp, &running),
				 -ENOENT);
		assert_int_equal(meta_plimsoll_stat(&folder, slice_of(bad[i]), &stamp), -ENOENT);
	}
}

/* One that is being started has no state yet; it is changed by its state's coming, and by a new name. */
static void test_changes(void **state)
{
	struct scratch s;
	struct meta_folder folder;
	struct meta_stamp before;
	struct meta_stamp after;
	bool running = true;

	(void)state;
	scratch_make(&s);
	folder = store_at(s.fd);
	scratch_put(&s, "containers/job/config.json", "{\"name\":\"job\"}");
	{
		_cleanup_meta_ struct meta m = {0};

		assert_int_equal(meta_plimsoll_load(&folder, slice_of("job"), &m, &before, &running), 0);
		assert_string_equal(m.who.name, "job");
		assert_int_equal(m.who.init_pid, 0);
		assert_null(m.who.writable_layer);
		assert_false(running);
	}
	scratch_put(&s, "containers/job/state.json", "{\"status\":\"paused\",\"pid\":7,\"started_ns\":9}");
	assert_int_equal(meta_plimsoll_stat(&folder, slice_of("job"), &after), 0);
	assert_false(meta_stamp_equal(&before, &after));
	{
		_cleanup_meta_ struct meta m = {0};

		assert_int_equal(meta_plimsoll_load(&folder, slice_of("job"), &m, &before, &running), 0);
		assert_int_equal(m.who.init_pid, 7);
		assert_int_equal(m.who.started_at_ns, 9);
		assert_true(running);
	}
	scratch_remove(&s);
}

static void test_stopped(void **state)
{
	_cleanup_meta_ struct meta m = {0};

	(void)state;
	assert_int_equal(
		meta_plimsoll_state_parse(
			slice_of("{\"status\":\"exited\",\"pid\":12,\"started_ns\":5,\"restarts\":7}"), &m),
		0);
	assert_int_equal(m.who.init_pid, 0);
	assert_int_equal(m.who.started_at_ns, 0);
	assert_int_equal(m.who.restarts, 7);
}

/* Each field for itself: one of a wrong type costs no other. */
static void test_broken(void **state)
{
	_cleanup_meta_ struct meta m = {0};

	(void)state;
	assert_int_equal(
		meta_plimsoll_config_parse(
			slice_of("{\"name\":7,\"image\":[\"x\"],\"labels\":{\"good\":\"1\",\"bad\":2}}"), &m),
		0);
	assert_null(m.who.name);
	assert_null(m.who.image);
	assert_int_equal(m.who.n_labels, 1);
	assert_int_equal(meta_plimsoll_state_parse(
				 slice_of("{\"status\":\"running\",\"pid\":\"1\",\"restarts\":-1}"), &m),
			 0);
	assert_int_equal(m.who.init_pid, 0);
	assert_int_equal(m.who.restarts, 0);
	assert_int_equal(meta_plimsoll_config_parse(slice_of("{\"name\":"), &m), -EINVAL);
	assert_int_equal(meta_plimsoll_state_parse(slice_of(""), &m), -EINVAL);
}

/* A config that is a link out of the store is not read. */
static void test_link(void **state)
{
	_cleanup_meta_ struct meta m = {0};
	struct meta_folder folder;
	struct meta_stamp stamp;
	struct scratch s;
	bool running;

	(void)state;
	scratch_make(&s);
	folder = store_at(s.fd);
	scratch_mkdir(&s, "containers/job");
	scratch_link(&s, "containers/job/config.json", "/etc/passwd");
	assert_true(meta_plimsoll_load(&folder, slice_of("job"), &m, &stamp, &running) < 0);
	assert_null(m.who.name);
	scratch_remove(&s);
}

/* The half in memory is where the store's link leads to in its root. */
static void test_memory(void **state)
{
	_cleanup_close_ int store = -1;
	_cleanup_meta_ struct meta m = {0};
	struct meta_folder folder;
	struct meta_stamp stamp;
	struct meta_stamp again;
	struct scratch s;
	bool running;

	(void)state;
	scratch_make(&s);
	scratch_put(&s, "store/containers/job/config.json", "{\"name\":\"job\"}");
	scratch_put(&s, "run/plimsoll/containers/brief/config.json", "{\"name\":\"brief\"}");
	scratch_put(&s, "run/plimsoll/containers/brief/state.json", "{\"status\":\"running\",\"pid\":7}");
	store = openat(s.fd, "store", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(store >= 0);
	folder = store_at(store);
	folder.root_fd = s.fd;
	assert_int_equal(meta_plimsoll_stat(&folder, slice_of("brief"), &stamp), -ENOENT);
	scratch_link(&s, "store/memory", "/run/plimsoll");
	assert_int_equal(meta_plimsoll_load(&folder, slice_of("brief"), &m, &stamp, &running), 0);
	assert_string_equal(m.who.name, "brief");
	assert_int_equal(m.who.init_pid, 7);
	assert_true(running);
	assert_int_equal(meta_plimsoll_stat(&folder, slice_of("brief"), &again), 0);
	assert_true(meta_stamp_equal(&stamp, &again));
	assert_int_equal(meta_plimsoll_stat(&folder, slice_of("job"), &again), 0);
	assert_int_equal(meta_plimsoll_stat(&folder, slice_of("gone"), &again), -ENOENT);
	scratch_remove(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_store),	cmocka_unit_test(test_ids),    cmocka_unit_test(test_changes),
		cmocka_unit_test(test_stopped), cmocka_unit_test(test_broken), cmocka_unit_test(test_link),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
