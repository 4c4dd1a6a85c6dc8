/* SPDX-License-Identifier: Apache-2.0 */
/* Containers whose folder is in memory, beside others: one store, whichever half a folder is in. */
#include "scratch_store.h"

#include "container/container_private.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#define MEMORY "/dev/shm/plimsoll-test-XXXXXX"

static char memory[sizeof(MEMORY)];

static int open_both(void **state)
{
	strcpy(memory, MEMORY);
	if (!mkdtemp(memory))
		memory[0] = '\0';
	assert_int_equal(setenv("PLIMSOLL_RUN", memory, 1), 0);
	return scratch_open(state);
}

static int close_both(void **state)
{
	unsetenv("PLIMSOLL_RUN");
	if (memory[0])
		(void)nftw(memory, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return scratch_close(state);
}

static void need_memory(void)
{
	struct statfs fs;

	if (!memory[0] || statfs(memory, &fs) < 0 || fs.f_type != TMPFS_MAGIC)
		skip();
}

static struct container *make_in(const struct scratch *s, enum store_half half, const char *name,
				 int expected)
{
	struct container_config config = {
		.name = name, .image = "/srv", .stop_signal = 15, .stop_timeout = 10, .half = half};
	struct spec *spec = spec_new();
	struct container *c = NULL;
	char id[CONTAINER_ID_LENGTH + 1];

	assert_non_null(spec);
	assert_int_equal(spec_set_defaults(spec, false), 0);
	assert_int_equal(spec_texts_add(spec, &spec->process.args, "/bin/true"), 0);
	assert_int_equal(container_new_id(id, NULL), 0);
	spec->root.path = "/srv";
	assert_int_equal(container_create(&s->store, id, &config, spec, &c, NULL), expected);
	return c;
}

static void remove_it(struct container *c)
{
	assert_int_equal(container_lock(c, 0, NULL), 0);
	assert_int_equal(container_remove(c, NULL), 0);
	container_free(c);
}

static size_t count(const struct scratch *s)
{
	struct container **list = NULL;
	size_t n = 0;

	assert_int_equal(container_list_brief(&s->store, &list, &n, NULL), 0);
	container_list_free(list, n);
	return n;
}

static bool has_link(const struct scratch *s)
{
	return faccessat(s->store.fd, "memory", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_disk_without_memory(void **state)
{
	struct scratch *s = *state;

	/* a store of the user's choice stays in one place; then places that can't be had */
	unsetenv("PLIMSOLL_RUN");
	assert_int_equal(store_choose(&s->store), STORE_DISK);
	setenv("PLIMSOLL_RUN", "/proc/plimsoll", 1);
	assert_int_equal(store_choose(&s->store), STORE_DISK);
	setenv("PLIMSOLL_RUN", "/nothing/here", 1);
	assert_int_equal(store_choose(&s->store), STORE_DISK);
	assert_false(has_link(s));
}

/* What others may write to is not ours. */
static void test_open_to_others(void **state)
{
	struct scratch *s = *state;

	need_memory();
	assert_int_equal(chmod(memory, 0777), 0);
	assert_int_equal(store_choose(&s->store), STORE_DISK);
	assert_false(has_link(s));
	assert_int_equal(chmod(memory, 0711), 0);
	assert_int_equal(store_choose(&s->store), STORE_MEMORY);
	assert_true(has_link(s));
}

static void test_both_halves(void **state)
{
	struct scratch *s = *state;
	struct container *kept;
	struct container *brief;
	struct container *found = NULL;
	struct store other;
	char prefix[13];

	need_memory();
	assert_int_equal(store_choose(&s->store), STORE_MEMORY);
	kept = make_in(s, STORE_DISK, "kept", 0);
	brief = make_in(s, STORE_MEMORY, "brief", 0);
	assert_int_equal(strncmp(brief->path, memory, strlen(memory)), 0);
	assert_int_equal(scratch_count(s, "containers"), 1);
	assert_int_equal(count(s), 2);
	/* whoever opens the store finds both */
	unsetenv("PLIMSOLL_RUN");
	assert_int_equal(store_open(&other, NULL), 0);
	assert_int_equal(container_open(&other, "brief", &found, NULL), 0);
	assert_string_equal(found->id, brief->id);
	assert_string_equal(found->path, brief->path);
	assert_int_equal(container_lock(found, 0, NULL), 0);
	found->state.exit_code = 7;
	assert_int_equal(container_write_state(found, NULL), 0);
	container_free(found);
	assert_int_equal(container_refresh(brief, NULL, NULL), 0);
	assert_int_equal(brief->state.exit_code, 7);
	snprintf(prefix, sizeof(prefix), "%.12s", brief->id);
	assert_int_equal(container_open(&other, prefix, &found, NULL), 0);
	container_free(found);
	store_close(&other);
	remove_it(brief);
	assert_int_equal(count(s), 1);
	remove_it(kept);
	assert_int_equal(scratch_count(s, "names"), 0);
}

static void test_names_across_halves(void **state)
{
	struct scratch *s = *state;
	struct container *first;
	struct store early = {.fd = -1};

	need_memory();
	assert_int_equal(store_open(&early, NULL), 0);
	assert_int_equal(early.memory_fd, -1);
	assert_int_equal(store_choose(&s->store), STORE_MEMORY);
	first = make_in(s, STORE_MEMORY, "one", 0);
	assert_null(make_in(s, STORE_DISK, "one", -EEXIST));
	/* also for who opened the store before there was memory */
	assert_true(container_exists(&early, first->id));
	store_close(&early);
	remove_it(first);
	first = make_in(s, STORE_DISK, "one", 0);
	assert_null(make_in(s, STORE_MEMORY, "one", -EEXIST));
	remove_it(first);
}

static void test_leftovers(void **state)
{
	struct scratch *s = *state;
	struct container *c;
	char path[STORE_PATH_SIZE];

	need_memory();
	assert_int_equal(store_choose(&s->store), STORE_MEMORY);
	c = make_in(s, STORE_MEMORY, "job", 0);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "containers/%s%s", i ? ".gone-" : ".new-", c->id);
		assert_int_equal(mkdirat(s->store.memory_fd, path, 0700), 0);
	}
	assert_int_equal(store_clean(&s->store, NULL), 0);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "containers/%s%s", i ? ".gone-" : ".new-", c->id);
		assert_int_equal(faccessat(s->store.memory_fd, path, F_OK, 0), -1);
	}
	assert_int_equal(count(s), 1);
	remove_it(c);
}

/* After a boot nothing is left in memory: its names are free, and it is made anew. */
static void test_boot(void **state)
{
	struct scratch *s = *state;

	need_memory();
	assert_int_equal(store_choose(&s->store), STORE_MEMORY);
	container_free(make_in(s, STORE_MEMORY, "job", 0));
	store_close(&s->store);
	assert_int_equal(nftw(memory, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	assert_int_equal(store_open(&s->store, NULL), 0);
	assert_int_equal(count(s), 0);
	container_free(make_in(s, STORE_DISK, "job", 0));
	assert_int_equal(store_choose(&s->store), STORE_MEMORY);
	container_free(make_in(s, STORE_MEMORY, "other", 0));
	assert_int_equal(count(s), 2);
}

/* A link that leads elsewhere stays while something is there. */
static void test_moved(void **state)
{
	struct scratch *s = *state;

	need_memory();
	assert_int_equal(symlinkat("/proc", s->store.fd, "memory"), 0);
	assert_int_equal(store_choose(&s->store), STORE_DISK);
	assert_int_equal(unlinkat(s->store.fd, "memory", 0), 0);
	assert_int_equal(symlinkat("/nothing/here", s->store.fd, "memory"), 0);
	assert_int_equal(store_choose(&s->store), STORE_MEMORY);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, open_both, close_both)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_disk_without_memory),
		STORE_TEST(test_open_to_others),
		STORE_TEST(test_both_halves),
		STORE_TEST(test_names_across_halves),
		STORE_TEST(test_leftovers),
		STORE_TEST(test_boot),
		STORE_TEST(test_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
