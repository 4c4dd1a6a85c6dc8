/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs.h"
#include "container/container_private.h"
#include "scratch_store.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/wait.h>

static const char some_id[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

static void test_rule(void **state)
{
	static const char *const good[] = {"ab", "A0", "0.-_", "x.y-z_1"};
	static const char *const bad[] = {"",	 "a",	 "-ab",	     ".ab",  "_ab", "a/b",
					  "a b", "a\nb", "\xc3\xa4", "../x", "a:b", "ab*"};
	char longest[NAME_MAX_LENGTH + 2];
	struct error err = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(container_check_name(good[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(container_check_name(bad[i], &err), -EINVAL);
	memset(longest, 'a', sizeof(longest));
	longest[NAME_MAX_LENGTH] = '\0';
	assert_int_equal(container_check_name(longest, NULL), 0);
	longest[NAME_MAX_LENGTH] = 'a';
	longest[NAME_MAX_LENGTH + 1] = '\0';
	assert_int_equal(container_check_name(longest, NULL), -EINVAL);
}

static void test_new_names(void **state)
{
	struct scratch *s = *state;
	char names[64][NAME_MAX_LENGTH + 1];
	size_t different = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		bool seen = false;

		assert_int_equal(container_new_name(&s->store, names[i], sizeof(names[i]), NULL), 0);
		assert_int_equal(container_check_name(names[i], NULL), 0);
		assert_non_null(strchr(names[i], '-'));
		for (size_t k = 0; k < i; k++)
			seen |= strcmp(names[i], names[k]) == 0;
		different += !seen;
	}
	/* of at least 64 × 64 words, 64 throws meet rarely twice, and 16 doubles never */
	assert_true(different > ARRAY_SIZE(names) - 16);
	assert_int_equal(container_new_name(&s->store, names[0], 4, NULL), -ENAMETOOLONG);
}

static void test_taken(void **state)
{
	struct scratch *s = *state;
	struct container *c = scratch_made(s, "mine");
	struct error err = {0};
	char id[13];

	assert_int_equal(scratch_create(s, "mine", NULL, &err), -EEXIST);
	snprintf(id, sizeof(id), "%.12s", c->id);
	assert_non_null(strstr(err.cause, id));
	assert_int_equal(scratch_count(s, "containers"), 1);
	assert_int_equal(container_lock(c, 0, NULL), 0);
	assert_int_equal(container_remove(c, NULL), 0);
	container_free(c);
	assert_int_equal(scratch_create(s, "mine", NULL, NULL), 0);
}

static void test_dangling_is_taken_over(void **state)
{
	struct scratch *s = *state;
	struct container *c;

	assert_int_equal(symlinkat(some_id, s->store.fd, "names/lost"), 0);
	assert_int_equal(container_open(&s->store, "lost", &c, NULL), -ENOENT);
	assert_int_equal(scratch_create(s, "lost", NULL, NULL), 0);
	assert_int_equal(container_open(&s->store, "lost", &c, NULL), 0);
	container_free(c);
	/* a link that is no id leads out of the store */
	assert_int_equal(symlinkat("../../etc", s->store.fd, "names/odd"), 0);
	assert_int_equal(container_open(&s->store, "odd", &c, NULL), -ENOENT);
	assert_int_equal(scratch_create(s, "odd", NULL, NULL), 0);
}

/* What the link holds is the id again, fits into an inode, and begins as the id does; a plain id is one too.
 */
static void test_link(void **state)
{
	struct scratch *s = *state;
	struct container *c = scratch_made(s, "brief");
	char path[] = "names/brief";
	char text[STORE_PATH_SIZE];
	char owner[STORE_PATH_SIZE];

	assert_int_equal(fs_read_link(s->store.fd, path, text, sizeof(text)), NAME_LINK_LENGTH);
	assert_true(NAME_LINK_LENGTH < 60);
	assert_memory_equal(text, c->id, 16);
	assert_int_equal(name_owner(&s->store, path, owner), 0);
	assert_string_equal(owner, c->id);
	for (size_t i = 0; i < 2; i++) {
		char id[CONTAINER_ID_LENGTH + 1];

		memset(id, i ? 'f' : '0', CONTAINER_ID_LENGTH);
		id[CONTAINER_ID_LENGTH] = '\0';
		name_link_text(id, text);
		assert_int_equal(symlinkat(i ? id : text, s->store.fd, i ? "names/f" : "names/0"), 0);
		assert_int_equal(name_owner(&s->store, i ? "names/f" : "names/0", owner), 0);
		assert_string_equal(owner, id);
	}
	/* as long as ours, and none: it stays what it is */
	memset(text, '=', NAME_LINK_LENGTH);
	assert_int_equal(symlinkat(text, s->store.fd, "names/none"), 0);
	assert_int_equal(name_owner(&s->store, "names/none", owner), 0);
	assert_string_equal(owner, text);
	assert_int_equal(name_owner(&s->store, "names/nobody", owner), -ENOENT);
	container_free(c);
}

/* A maker that lives keeps its name before its folder stands; one that was killed does not. */
static void test_half_made(void **state)
{
	struct scratch *s = *state;
	char path[STORE_PATH_SIZE];
	int lock;

	snprintf(path, sizeof(path), "containers/.new-%s", some_id);
	assert_int_equal(mkdirat(s->store.fd, path, 0700), 0);
	lock = openat(s->store.fd, path, O_RDONLY | O_DIRECTORY);
	assert_true(lock >= 0);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	assert_int_equal(symlinkat(some_id, s->store.fd, "names/slow"), 0);
	assert_int_equal(scratch_create(s, "slow", NULL, NULL), -EEXIST);
	close(lock);
	assert_int_equal(scratch_create(s, "slow", NULL, NULL), 0);
	assert_int_equal(scratch_count(s, "containers"), 2);
	assert_int_equal(store_clean(&s->store, NULL), 0);
	assert_int_equal(scratch_count(s, "containers"), 1);
	assert_int_equal(scratch_count(s, "names"), 1);
}

/* What is being made right now is nothing to clean, even before it has its lock. */
static void test_clean_spares_makers(void **state)
{
	struct scratch *s = *state;
	char path[STORE_PATH_SIZE];
	int making = store_lock(&s->store, "lock.new", LOCK_SH, 0, NULL);

	assert_true(making >= 0);
	snprintf(path, sizeof(path), "containers/.new-%s", some_id);
	assert_int_equal(mkdirat(s->store.fd, path, 0700), 0);
	assert_int_equal(store_clean(&s->store, NULL), 0);
	assert_int_equal(scratch_count(s, "containers"), 1);
	close(making);
	assert_int_equal(store_clean(&s->store, NULL), 0);
	assert_int_equal(scratch_count(s, "containers"), 0);
}

/* What somebody is removing at this moment is left to them. */
static void test_clean_spares_removers(void **state)
{
	struct scratch *s = *state;
	char path[STORE_PATH_SIZE];
	int folder;

	snprintf(path, sizeof(path), "containers/.gone-%s", some_id);
	assert_int_equal(mkdirat(s->store.fd, path, 0700), 0);
	folder = openat(s->store.fd, path, O_RDONLY | O_DIRECTORY);
	assert_true(folder >= 0);
	assert_int_equal(mkdirat(folder, "upper", 0700), 0);
	assert_int_equal(flock(folder, LOCK_EX), 0);
	assert_int_equal(store_clean(&s->store, NULL), 0);
	assert_int_equal(faccessat(folder, "upper", F_OK, 0), 0);
	close(folder);
	assert_int_equal(store_clean(&s->store, NULL), 0);
	assert_int_equal(scratch_count(s, "containers"), 0);
}

/* Many at once want one name, that a dead one has, time and again: just one gets it. */
static void test_one_wins(void **state)
{
	struct scratch *s = *state;

	for (int round = 0; round < 40; round++) {
		pid_t pids[6];
		int won = 0;
		int start[2];
		char name[32];
		char path[64];

		snprintf(name, sizeof(name), "prize-%d", round);
		snprintf(path, sizeof(path), "names/%s", name);
		if (round % 2)
			assert_int_equal(symlinkat(some_id, s->store.fd, path), 0);
		assert_int_equal(pipe(start), 0);
		for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
			pids[i] = fork();
			if (pids[i] == 0) {
				char go;
				int r;

				close(start[1]);
				(void)!read(start[0], &go, 1);
				r = scratch_create(s, name, NULL, NULL);
				_exit(r == 0 ? 0 : r == -EEXIST ? 1 : 2);
			}
		}
		close(start[0]);
		close(start[1]);
		for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
			int status;

			assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
			won += WEXITSTATUS(status) == 0;
		}
		assert_int_equal(won, 1);
		assert_int_equal(scratch_count(s, "containers"), (size_t)round + 1);
	}
}

static void test_ambiguous(void **state)
{
	struct scratch *s = *state;
	struct container *c;
	struct error err = {0};

	/* of 17 ids two begin with the same digit */
	for (int i = 0; i < 17; i++)
		assert_int_equal(scratch_create(s, NULL, NULL, NULL), 0);
	for (int digit = 0; digit < 16; digit++) {
		char prefix[2] = {"0123456789abcdef"[digit], '\0'};
		int r = container_open(&s->store, prefix, &c, &err);

		if (r == 0)
			container_free(c);
		if (r == -EEXIST)
			return;
	}
	fail_msg("no prefix was ambiguous");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_open, scratch_close)
		cmocka_unit_test(test_rule),
		TEST(test_new_names),
		TEST(test_taken),
		TEST(test_dangling_is_taken_over),
		TEST(test_link),
		TEST(test_half_made),
		TEST(test_clean_spares_makers),
		TEST(test_clean_spares_removers),
		TEST(test_one_wins),
		TEST(test_ambiguous),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
