/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fake.h"
#include "namespaces.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

enum { KIND_NET = 3, KIND_PID = 4 };

/* A procfs with a network namespace of one process, made below a fresh folder. *inode: what it is called by.
 */
static int make_procfs(char *folder, const char *pid, const char *comm, uint64_t *inode)
{
	char path[256];
	struct stat st;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, pid);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/%s/ns", folder, pid);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/%s/ns/net", folder, pid);
	f = fopen(path, "we");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(stat(path, &st), 0);
	*inode = st.st_ino;
	snprintf(path, sizeof(path), "%s/%s/comm", folder, pid);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(comm, f);
	fclose(f);
	return fs_open_dir(AT_FDCWD, folder);
}

static void remove_procfs(const char *folder, const char *pid)
{
	static const char *const files[] = {"ns/net", "comm"};
	char path[256];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", folder, pid, files[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/%s/ns", folder, pid);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/%s", folder, pid);
	rmdir(path);
	assert_int_equal(rmdir(folder), 0);
}

static void check_index(const struct namespace_index *index, const struct snapshot *s)
{
	const struct namespace_entry *shared = namespace_of(index, s, FAKE_WEB, KIND_NET);
	const struct namespace_entry *own = namespace_of(index, s, FAKE_WEB, KIND_PID);
	const struct namespace_entry *hosts = namespace_of(index, s, FAKE_JOB, KIND_NET);

	assert_non_null(shared);
	assert_int_equal(shared->inode, 10);
	assert_int_equal(shared->n_users, 2); /* web and db-1; what is inside web does not count */
	assert_int_equal(shared->users[0], FAKE_WEB);
	assert_int_equal(shared->users[1], FAKE_DB);
	assert_int_equal(shared->mark, 1);
	assert_false(namespace_is_hosts(index, shared));
	assert_int_equal(own->n_users, 1);
	assert_int_equal(own->mark, 0);
	assert_true(namespace_is_hosts(index, hosts));
	assert_int_equal(hosts->mark, 0); /* shared, but said by "host" already */
	assert_null(namespace_of(index, s, FAKE_EMPTY, KIND_NET));
	assert_null(namespace_of(index, s, FAKE_WEB, 0)); /* a kind that was not read */
}

static void shared_and_hosts(void **state)
{
	const size_t rows[] = {FAKE_WEB, FAKE_DB, FAKE_JOB};
	char folder[] = "/tmp/plimsoll-test-XXXXXX";
	_cleanup_close_ int procfs = -1;
	struct namespace_index index;
	struct snapshot *s;
	uint64_t inode;

	(void)state;
	assert_non_null(mkdtemp(folder));
	procfs = make_procfs(folder, "1", "init\n", &inode);
	fake_host_net = inode;
	s = fake_snapshot(true);
	assert_int_equal(namespace_index_new(s, rows, ARRAY_SIZE(rows), procfs, &index), 0);
	assert_int_equal(index.host[KIND_NET], inode);
	assert_int_equal(index.host[KIND_PID], 0); /* that one is not there */
	check_index(&index, s);
	namespace_index_free(&index);
	snapshot_unref(s);
	remove_procfs(folder, "1");
}

/* PID 1's can't be read: a kernel thread tells, but only if it is one. */
static void kernel_thread_tells(void **state)
{
	static const struct {
		const char *comm;
		bool tells;
	} cases[] = {{"kthreadd\n", true}, {"sh\n", false}};
	struct snapshot *s = fake_snapshot(true);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char folder[] = "/tmp/plimsoll-test-XXXXXX";
		_cleanup_close_ int procfs = -1;
		struct namespace_index index;
		uint64_t inode;

		assert_non_null(mkdtemp(folder));
		procfs = make_procfs(folder, "2", cases[i].comm, &inode);
		assert_int_equal(namespace_index_new(s, NULL, 0, procfs, &index), 0);
		assert_int_equal(index.host[KIND_NET], cases[i].tells ? inode : 0);
		namespace_index_free(&index);
		remove_procfs(folder, "2");
	}
	snapshot_unref(s);
}

/* Inside cgroups count as users once they are asked for. */
static void asked_for(void **state)
{
	const size_t rows[] = {FAKE_INIT};
	struct snapshot *s = fake_snapshot(true);
	struct namespace_index index;

	(void)state;
	assert_int_equal(namespace_index_new(s, rows, ARRAY_SIZE(rows), -1, &index), 0);
	assert_int_equal(namespace_of(&index, s, FAKE_INIT, KIND_PID)->n_users, 2);
	assert_int_equal(namespace_of(&index, s, FAKE_INIT, KIND_PID)->mark, 2);
	assert_int_equal(namespace_of(&index, s, FAKE_INIT, KIND_NET)->mark, 1);
	assert_false(namespace_is_hosts(&index, namespace_of(&index, s, FAKE_JOB, KIND_NET)));
	namespace_index_free(&index);
	snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shared_and_hosts),
		cmocka_unit_test(kernel_thread_tells),
		cmocka_unit_test(asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
