/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_podman.h"

#include "scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define UNO "0f69308c645b1be55a4a34f5fe96c1841405fceb42e7154edb8eabcccced53a0"
#define IN_POD "a6b93be7a4f3957800bb7f1ae6a908418aa06e3cc178f35b3cc43e63b92e14ce"
#define FLEETING "7e57ab1e7e57ab1e7e57ab1e7e57ab1e7e57ab1e7e57ab1e7e57ab1e7e57ab1e"
#define API "c7100000c7100000c7100000c7100000c7100000c7100000c7100000c7100000"
#define API_SANDBOX "c7105a4dc7105a4dc7105a4dc7105a4dc7105a4dc7105a4dc7105a4dc7105a4d"

struct storage {
	struct meta_folder folder;
	struct storage_cache cache;
	char path[32];
};

static void open_storage(struct storage *s, enum runtime runtime, int fd)
{
	memset(s, 0, sizeof(*s));
	snprintf(s->path, sizeof(s->path), "/srv/storage");
	s->folder = (struct meta_folder){
		.runtime = runtime, .path = s->path, .fd = fd, .root_fd = -1, .storage = &s->cache};
}

static void close_storage(struct storage *s)
{
	meta_storage_free(&s->cache.list);
	close(s->folder.fd);
}

/* Files that podman 4.3 wrote, with "uno" renamed since. */
static void test_real(void **state)
{
	_cleanup_meta_ struct meta m = {0};
	struct storage s;

	(void)state;
	open_storage(&s, RUNTIME_PODMAN, fixture_open("identity/host/var/lib/containers/storage"));
	meta_storage_refresh(&s.folder, 1);
	assert_int_equal(meta_storage_load(&s.folder, slice_of(UNO), &m), 0);
	assert_string_equal(m.who.name, "uno");
	assert_string_equal(m.who.image, "localhost/busy:2");
	assert_string_equal(m.who.compose_project, "cp");
	assert_int_equal(m.who.n_labels, 2);
	assert_int_equal(m.who.init_pid, 8565);
	assert_int_equal(m.who.started_at_ns, UINT64_C(1795454343476239276));
	assert_string_equal(
		m.who.writable_layer,
		"/srv/storage/overlay/937a3fe589197862e2ec9e8efae83716878944519c0f41299dda2c17ce43b3e2/diff");
	assert_null(m.who.pod);
	close_storage(&s);
}

static void test_pod(void **state)
{
	_cleanup_meta_ struct meta m = {0};
	struct storage s;

	(void)state;
	open_storage(&s, RUNTIME_PODMAN, fixture_open("identity/host/var/lib/containers/storage"));
	meta_storage_refresh(&s.folder, 1);
	assert_int_equal(meta_storage_load(&s.folder, slice_of(IN_POD), &m), 0);
	assert_string_equal(m.who.name, "inpod");
	assert_string_equal(m.who.pod, "shop");
	assert_string_equal(m.who.compose_project, "shop");
	close_storage(&s);
}

static void test_volatile_and_missing(void **state)
{
	_cleanup_meta_ struct meta m = {0};
	struct storage s;

	(void)state;
	open_storage(&s, RUNTIME_PODMAN, fixture_open("identity/host/var/lib/containers/storage"));
	meta_storage_refresh(&s.folder, 1);
	assert_int_equal(meta_storage_load(&s.folder, slice_of(FLEETING), &m), 0);
	assert_string_equal(m.who.name, "fleeting");
	assert_int_equal(m.who.init_pid, 0);
	assert_int_equal(meta_storage_load(&s.folder, slice_of("none"), &m), -ENOENT);
	close_storage(&s);
}

static void test_crio(void **state)
{
	_cleanup_meta_ struct meta m = {0};
	_cleanup_meta_ struct meta sandbox = {0};
	struct storage s;

	(void)state;
	open_storage(&s, RUNTIME_CRIO, fixture_open("identity/host/var/lib/crio-storage"));
	meta_storage_refresh(&s.folder, 1);
	assert_int_equal(meta_storage_load(&s.folder, slice_of(API), &m), 0);
	assert_string_equal(m.who.name, "api-0/api");
	assert_string_equal(m.who.pod_namespace, "prod");
	assert_string_equal(m.who.image, "quay.io/example/api:2");
	assert_false(m.who.sandbox);
	assert_int_equal(meta_storage_load(&s.folder, slice_of(API_SANDBOX), &sandbox), 0);
	assert_true(sandbox.who.sandbox);
	assert_string_equal(sandbox.who.name, "api-0");
	close_storage(&s);
}

/* One parse a change, however many containers ask. */
static void test_list_is_shared(void **state)
{
	static const char first[] = "[{\"id\":\"a\",\"names\":[\"one\"]},{\"id\":\"b\",\"names\":[\"two\"]}]";
	static const char second[] = "[{\"id\":\"a\",\"names\":[\"uno\"]}]";
	_cleanup_meta_ struct meta m = {0};
	struct scratch scratch;
	struct storage s;

	(void)state;
	scratch_make(&scratch);
	scratch_put(&scratch, "overlay-containers/containers.json", first);
	open_storage(&s, RUNTIME_PODMAN, dup(scratch.fd));
	for (uint64_t now = 1; now < 100; now++)
		meta_storage_refresh(&s.folder, now);
	assert_int_equal(s.cache.generation, 1);
	scratch_put(&scratch, "overlay-containers/containers.json", second);
	meta_storage_refresh(&s.folder, 99);
	assert_int_equal(s.cache.generation, 1);
	meta_storage_refresh(&s.folder, 100);
	assert_int_equal(s.cache.generation, 2);
	assert_int_equal(meta_storage_load(&s.folder, slice_of("a"), &m), 0);
	assert_string_equal(m.who.name, "uno");
	/* broken just now: the last good list stays */
	scratch_put(&scratch, "overlay-containers/containers.json", "[{\"id\":");
	meta_storage_refresh(&s.folder, 101);
	meta_free(&m);
	assert_int_equal(meta_storage_load(&s.folder, slice_of("a"), &m), 0);
	close_storage(&s);
	scratch_remove(&scratch);
}

static void test_odd_lists(void **state)
{
	static const char text[] =
		"[7,null,{},{\"id\":5},{\"id\":\"x\",\"names\":\"n\",\"layer\":{},\"metadata\":\"{\"},"
		"{\"id\":\"y\",\"names\":[],\"metadata\":\"{\\\"name\\\":\\\"why\\\",\\\"image-name\\\":3}\"}"
		","
		"{\"id\":\"z\",\"names\":[1,2]}]";
	struct storage_list list = {0};
	const struct storage_entry *e;

	(void)state;
	assert_int_equal(meta_storage_parse(slice_of(text), &list), 0);
	assert_int_equal(list.by_id.count, 3);
	e = map_get(&list.by_id, slice_of("x"));
	assert_non_null(e);
	assert_string_equal(e->name, "");
	assert_string_equal(e->image, "");
	e = map_get(&list.by_id, slice_of("y"));
	assert_non_null(e);
	assert_string_equal(e->name, "why");
	assert_string_equal(e->image, "");
	assert_int_equal(meta_storage_parse(slice_of("{}"), &list), -EINVAL);
	assert_int_equal(meta_storage_parse(slice_of("[{\"id\":"), &list), -EINVAL);
	meta_storage_free(&list);
}

static void test_database_texts(void **state)
{
	_cleanup_meta_ struct meta m = {0};
	char pod[65];

	(void)state;
	assert_int_equal(
		meta_podman_config_parse(
			slice_of("{\"name\":\"n\",\"pause\":true,\"pod\":\"../x\",\"labels\":{\"a\":\"b\"}}"),
			&m, pod),
		0);
	assert_true(m.who.sandbox);
	assert_string_equal(pod, "");
	assert_int_equal(
		meta_podman_state_parse(slice_of("{\"pid\":-4,\"startedTime\":7,\"restartCount\":2}"), &m),
		0);
	assert_int_equal(m.who.init_pid, 0);
	assert_int_equal(m.who.restarts, 2);
	assert_int_equal(meta_podman_state_parse(slice_of("{\"pid\":"), &m), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_pod),
		cmocka_unit_test(test_volatile_and_missing),
		cmocka_unit_test(test_crio),
		cmocka_unit_test(test_list_is_shared),
		cmocka_unit_test(test_odd_lists),
		cmocka_unit_test(test_database_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
