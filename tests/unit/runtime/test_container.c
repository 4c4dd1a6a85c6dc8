/* SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"
#include "scratch_store.h"

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* What test_round_trip wrote, read by a process that knows the name alone. */
static void check_read_again(const struct scratch *s, const char *id)
{
	struct container *again = NULL;

	assert_int_equal(container_open(&s->store, "brisk-barge", &again, NULL), 0);
	assert_string_equal(again->id, id);
	assert_string_equal(again->config.name, "brisk-barge");
	assert_string_equal(again->config.image, "/srv/\"root\"\n");
	assert_int_equal(again->config.labels.n, 1);
	assert_string_equal(again->config.labels.at[0].key, "a.b");
	assert_string_equal(again->config.labels.at[0].value, "x\ty");
	assert_int_equal(again->config.restart, RESTART_ON_FAILURE);
	assert_int_equal(again->config.restart_max, 3);
	assert_int_equal(again->config.stop_signal, 2);
	assert_int_equal(again->config.stop_timeout, -1);
	assert_true(again->config.auto_remove);
	assert_false(again->config.init);
	assert_true(again->config.ipc_shareable);
	assert_true(again->config.log_max_size == UINT64_C(10000000000));
	assert_int_equal(again->config.log_max_files, 5);
	assert_string_equal(again->config.detach_keys, "ctrl-a");
	assert_string_equal(again->config.pidfile, "/run/\xc3\xbc.pid");
	assert_int_equal(again->spec->process.args.n, 2);
	assert_string_equal(again->spec->process.args.at[1], "9");
	assert_int_equal(again->state.exit_code, 137);
	assert_true(again->state.exit_known && again->state.oom_killed);
	assert_true(again->state.started_ns == UINT64_C(1700000000000000001));
	assert_string_equal(again->state.boot, s->store.boot);
	container_free(again);
}

static void test_round_trip(void **state)
{
	struct scratch *s = *state;
	struct container_config config = {
		.name = "brisk-barge", .image = "/srv/\"root\"\n", .created_ns = 42};
	struct spec *spec = spec_new();
	struct container *c;
	struct container *again;
	char id[CONTAINER_ID_LENGTH + 1];

	assert_int_equal(spec_set_defaults(spec, false), 0);
	spec->root.path = "/srv";
	assert_int_equal(spec_texts_add(spec, &spec->process.args, "sleep"), 0);
	assert_int_equal(spec_texts_add(spec, &spec->process.args, "9"), 0);
	assert_int_equal(spec_pairs_set(spec, &config.labels, "a.b", "x\ty"), 0);
	config.restart = RESTART_ON_FAILURE;
	config.restart_max = 3;
	config.stop_signal = 2;
	config.stop_timeout = -1;
	config.auto_remove = true;
	config.ipc_shareable = true;
	config.log_max_size = UINT64_C(10000000000);
	config.log_max_files = 5;
	config.detach_keys = "ctrl-a";
	config.pidfile = "/run/\xc3\xbc.pid";
	assert_int_equal(container_new_id(id, NULL), 0);
	assert_int_equal(container_create(&s->store, id, &config, spec, &c, NULL), 0);
	assert_int_equal(c->lock, -1);
	assert_int_equal(container_lock(c, 0, NULL), 0);
	assert_int_equal(c->state.status, CONTAINER_CREATED);
	c->state.status = CONTAINER_EXITED;
	c->state.exit_code = 137;
	c->state.exit_known = true;
	c->state.oom_killed = true;
	c->state.started_ns = UINT64_C(1700000000000000001);
	snprintf(c->state.cgroup, sizeof(c->state.cgroup), "/plimsoll/%s", id);
	assert_int_equal(container_write_state(c, NULL), 0);
	container_unlock(c);

	check_read_again(s, id);
	id[12] = '\0';
	assert_int_equal(container_open(&s->store, id, &again, NULL), 0);
	container_free(again);
	assert_int_equal(container_lock(c, 0, NULL), 0);
	assert_int_equal(container_remove(c, NULL), 0);
	container_free(c);
	assert_int_equal(container_open(&s->store, "brisk-barge", &again, NULL), -ENOENT);
	assert_int_equal(scratch_count(s, "containers"), 0);
	assert_int_equal(scratch_count(s, "names"), 0);
}

static void test_broken_can_be_removed(void **state)
{
	static const struct {
		const char *file;
		const char *text;
	} damages[] = {{"config.json", "{"},
		       {"config.json", "{\"name\":\"../x\"}"},
		       {"config.json", ""},
		       {"spec.json", "[]"},
		       {"spec.json", "\xff\xfe"},
		       {"state.json", "{\"status\":\"flying\"}"},
		       {"state.json", "{\"status\":\"running\",\"cgroup\":\"/../..\"}"},
		       {"state.json", "{\"status\":\"running\",\"pid\":-1}"},
		       {"state.json", "{\"status\":\"running\",\"boot\":\"a\\u0000b\"}"}};
	struct scratch *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		struct container **list;
		struct container *c = scratch_made(s, "poor");
		struct error err = {0};
		size_t n;

		write_file(c->path, damages[i].file, damages[i].text);
		container_free(c);
		assert_int_equal(container_open(&s->store, "poor", &c, &err), -EBADMSG);
		assert_non_null(strstr(err.cause, damages[i].file));
		assert_int_equal(container_list(&s->store, &list, &n, NULL), 0);
		assert_int_equal(n, 1);
		assert_true(list[0]->broken);
		assert_non_null(strstr(list[0]->state.error, damages[i].file));
		container_list_free(list, n);
		assert_int_equal(container_open_any(&s->store, "poor", &c, NULL), 0);
		assert_int_equal(container_lock(c, 0, NULL), 0);
		assert_int_equal(container_remove(c, &err), 0);
		container_free(c);
		assert_int_equal(scratch_count(s, "containers") + scratch_count(s, "names"), 0);
	}
}

static void test_empty_state_is_an_ended_one(void **state)
{
	struct scratch *s = *state;
	struct container *c = scratch_made(s, "dark");

	write_file(c->path, "state.json", "");
	assert_int_equal(container_refresh(c, NULL, NULL), 0);
	assert_int_equal(c->state.status, CONTAINER_EXITED);
	assert_false(c->state.exit_known);
	container_free(c);
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static struct container *running(struct scratch *s, pid_t pid)
{
	struct container *c = scratch_made(s, NULL);

	assert_int_equal(container_lock(c, 0, NULL), 0);
	c->state.status = CONTAINER_RUNNING;
	c->state.pid = pid;
	c->state.pid_start = process_start(s->store.procfs, pid);
	assert_true(c->state.pid_start > 0);
	assert_int_equal(container_write_state(c, NULL), 0);
	container_unlock(c);
	return c;
}

static void test_who_is_alive(void **state)
{
	struct scratch *s = *state;
	pid_t pid = sleeper();
	struct container *c = running(s, pid);

	assert_int_equal(container_refresh(c, NULL, NULL), 0);
	assert_int_equal(c->state.status, CONTAINER_RUNNING);
	/* a zombie does not live, though it has its pid still */
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &(siginfo_t){0}, WEXITED | WNOWAIT), 0);
	assert_int_equal(container_refresh(c, NULL, NULL), 0);
	assert_int_equal(c->state.status, CONTAINER_EXITED);
	assert_int_equal(c->state.pid, 0);
	assert_false(c->state.exit_known);
	end(pid);
	container_free(c);
}

static void test_pid_of_another(void **state)
{
	struct scratch *s = *state;
	pid_t pid = sleeper();
	struct container *c = running(s, pid);

	assert_int_equal(container_lock(c, 0, NULL), 0);
	c->state.pid_start--;
	assert_int_equal(container_write_state(c, NULL), 0);
	container_unlock(c);
	assert_int_equal(container_refresh(c, NULL, NULL), 0);
	assert_int_equal(c->state.status, CONTAINER_EXITED);
	end(pid);
	container_free(c);
}

static void test_another_boot(void **state)
{
	struct scratch *s = *state;
	pid_t pid = sleeper();
	struct container *c = running(s, pid);

	snprintf(s->store.boot, sizeof(s->store.boot), "00000000-0000-0000-0000-000000000000");
	assert_int_equal(container_refresh(c, NULL, NULL), 0);
	assert_int_equal(c->state.status, CONTAINER_EXITED);
	end(pid);
	container_free(c);
}

static void test_lock(void **state)
{
	struct scratch *s = *state;
	struct container *a = scratch_made(s, "held");
	struct container *b;
	struct container twin;
	struct error err = {0};
	char folder[128];
	char pid[32];

	/* no file is made for it */
	snprintf(folder, sizeof(folder), "containers/%s", a->id);
	assert_int_equal(scratch_count(s, folder), 2);
	assert_int_equal(container_open(&s->store, "held", &b, NULL), 0);
	assert_int_equal(container_write_state(a, NULL), -ENOLCK);
	assert_int_equal(container_remove(a, NULL), -ENOLCK);
	assert_int_equal(container_lock(a, 0, NULL), 0);
	/* whoever shares the folder's descriptor, as a fork does, has no part in the lock */
	twin = *a;
	twin.lock = -1;
	assert_int_equal(container_lock(&twin, 0, NULL), -EBUSY);
	assert_int_equal(container_lock(b, 30, &err), -EBUSY);
	snprintf(pid, sizeof(pid), "process %d ", (int)getpid());
	assert_non_null(strstr(err.cause, "held"));
	assert_non_null(strstr(err.cause, pid));
	container_unlock(a);
	assert_int_equal(container_lock(b, 0, NULL), 0);
	assert_int_equal(container_remove(b, NULL), 0);
	assert_int_equal(container_lock(a, 0, NULL), -ENOENT);
	container_free(a);
	container_free(b);
}

static void test_tree(void **state)
{
	struct scratch *s = *state;
	struct container *c = scratch_made(s, "deep");
	char outside[128];
	struct stat st;
	int fd;

	snprintf(outside, sizeof(outside), "%s/outside", s->path);
	assert_int_equal(mkdir(outside, 0700), 0);
	write_file(outside, "kept", "x");
	assert_int_equal(symlinkat(outside, c->folder, "upper"), 0);
	fd = openat(c->folder, ".", O_RDONLY | O_DIRECTORY);
	/* far beyond PATH_MAX, with files and links beside each step */
	for (int i = 0; i < 3000; i++) {
		int next;

		assert_int_equal(mkdirat(fd, "d", 0700), 0);
		if (i % 100 == 0)
			assert_int_equal(symlinkat(outside, fd, "link"), 0);
		if (i % 100 == 50)
			assert_int_equal(mknodat(fd, "fifo", S_IFIFO | 0, 0), 0);
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY);
		assert_true(next >= 0);
		if (i == 1500)
			assert_int_equal(fchmod(fd, 0), 0);
		close(fd);
		fd = next;
	}
	assert_int_equal(mkdirat(fd, "~0", 0), 0);
	close(fd);
	for (int i = 0; i < 2000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "f%d", i);
		write_file(c->path, name, "");
	}
	/* few descriptors are enough */
	assert_int_equal(container_lock(c, 0, NULL), 0);
	assert_int_equal(container_remove(c, NULL), 0);
	container_free(c);
	assert_int_equal(scratch_count(s, "containers"), 0);
	snprintf(outside + strlen(outside), sizeof(outside) - strlen(outside), "/kept");
	assert_int_equal(stat(outside, &st), 0);
}

/* A child makes and removes as fast as it can, and is killed whenever. */
static void churn(const struct scratch *s, const char *name)
{
	for (;;) {
		struct container *c;

		if (scratch_create(s, name, &c, NULL) != 0)
			_exit(2);
		if (container_lock(c, 1000, NULL) < 0)
			_exit(3);
		c->state.status = CONTAINER_EXITED;
		if (container_write_state(c, NULL) < 0)
			_exit(4);
		if (mkdirat(c->folder, "upper", 0700) < 0 || container_remove(c, NULL) < 0)
			_exit(5);
		container_free(c);
	}
}

static void test_killed_anywhere(void **state)
{
	struct scratch *s = *state;
	unsigned seed = 1;

	for (int round = 0; round < 200; round++) {
		struct timespec nap = {.tv_nsec = 200000 + rand_r(&seed) % 1500000};
		struct container **list;
		size_t n;
		int status;
		pid_t pid = fork();

		if (pid == 0)
			churn(s, "same");
		nanosleep(&nap, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		/* whatever is there is whole, and can be removed; the name is free then without cleaning */
		assert_int_equal(container_list(&s->store, &list, &n, NULL), 0);
		assert_true(n <= 1);
		for (size_t i = 0; i < n; i++) {
			assert_false(list[i]->broken);
			assert_int_equal(container_lock(list[i], 0, NULL), 0);
			assert_int_equal(container_remove(list[i], NULL), 0);
		}
		container_list_free(list, n);
		/* every other time the next round meets what is left */
		if (round % 2 == 0)
			continue;
		assert_int_equal(store_clean(&s->store, NULL), 0);
		assert_int_equal(scratch_count(s, "containers"), 0);
		assert_int_equal(scratch_count(s, "names"), 0);
	}
}

/* Cleaning beside makers and removers takes nothing from them. */
static void test_clean_beside_life(void **state)
{
	struct scratch *s = *state;
	pid_t pids[2];

	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			churn(s, i ? "one" : "two");
	}
	for (int round = 0; round < 300; round++)
		assert_int_equal(store_clean(&s->store, NULL), 0);
	for (int i = 0; i < 2; i++) {
		int status;

		kill(pids[i], SIGKILL);
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFSIGNALED(status));
	}
}

/* With ever fewer descriptors a container is made as a whole or not at all. */
static void test_no_descriptors(void **state)
{
	struct scratch *s = *state;
	bool failed = false;
	bool made = false;

	for (int room = 0; room < 12; room++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			int first = open("/dev/null", O_RDONLY);
			struct rlimit limit = {(rlim_t)(first + room), (rlim_t)(first + room)};

			close(first);
			if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
				_exit(9);
			_exit(scratch_create(s, "few", NULL, NULL) == 0 ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		if (WEXITSTATUS(status) == 0) {
			made = true;
			break;
		}
		failed = true;
		assert_int_equal(scratch_count(s, "containers") + scratch_count(s, "names"), 0);
	}
	assert_true(failed && made);
}

static void test_speed(void **state)
{
	struct scratch *s = *state;
	struct container **list;
	struct timespec t[4];
	size_t n;

	clock_gettime(CLOCK_MONOTONIC, &t[0]);
	for (int i = 0; i < 500; i++)
		assert_int_equal(scratch_create(s, NULL, NULL, NULL), 0);
	clock_gettime(CLOCK_MONOTONIC, &t[1]);
	assert_int_equal(container_list_brief(&s->store, &list, &n, NULL), 0);
	assert_int_equal(n, 500);
	assert_string_equal(list[0]->spec->process.args.at[0], "/bin/true");
	clock_gettime(CLOCK_MONOTONIC, &t[2]);
	container_list_free(list, n);
	print_message(
		"create %.1f us, list %.1f us each\n",
		((double)(t[1].tv_sec - t[0].tv_sec) * 1e9 + (double)(t[1].tv_nsec - t[0].tv_nsec)) / 500e3,
		((double)(t[2].tv_sec - t[1].tv_sec) * 1e9 + (double)(t[2].tv_nsec - t[1].tv_nsec)) / 500e3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_open, scratch_close)
		TEST(test_round_trip),
		TEST(test_broken_can_be_removed),
		TEST(test_empty_state_is_an_ended_one),
		TEST(test_who_is_alive),
		TEST(test_pid_of_another),
		TEST(test_another_boot),
		TEST(test_lock),
		TEST(test_tree),
		TEST(test_killed_anywhere),
		TEST(test_clean_beside_life),
		TEST(test_no_descriptors),
		TEST(test_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
