/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces of other containers: this process stands for their first ones. */
#include "runtime/join.h"
#include "scratch_store.h"

#include <errno.h>

/* The container `name` as the state says, with this process as its first where it has one. */
static struct container *be(const struct scratch *s, const char *name, enum container_status status)
{
	struct container *c = scratch_made(s, name);
	pid_t pid = status == CONTAINER_RUNNING ? getpid() : 0;

	assert_int_equal(container_lock(c, 0, NULL), 0);
	c->state.status = status;
	c->state.pid = pid;
	c->state.pid_start = pid ? process_start(s->store.procfs, pid) : 0;
	c->state.supervisor = getpid();
	c->state.supervisor_start = process_start(s->store.procfs, getpid());
	assert_int_equal(container_write_state(c, NULL), 0);
	container_unlock(c);
	return c;
}

static struct spec *joined(enum spec_namespace which, const char *container)
{
	struct spec *spec = spec_new();

	if (!spec || spec_set_defaults(spec, false) < 0 || join_process(spec, which, 7, container) < 0)
		abort();
	return spec;
}

static void assert_joins(const struct spec *spec, enum spec_namespace which, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", getpid(), file);
	assert_int_equal(spec->linux_.namespaces[which].how, SPEC_NS_JOIN);
	assert_string_equal(spec->linux_.namespaces[which].path, path);
}

static void by_name_and_by_id(void **state)
{
	const struct scratch *s = *state;
	_cleanup_container_ struct container *c = be(s, "web", CONTAINER_RUNNING);
	_cleanup_spec_ struct spec *spec = joined(SPEC_NS_NETWORK, "web");

	assert_int_equal(join_process(spec, SPEC_NS_PID, 7, c->id), 0);
	assert_int_equal(join_resolve(spec, &s->store, true, NULL), 0);
	assert_joins(spec, SPEC_NS_NETWORK, "net");
	assert_joins(spec, SPEC_NS_PID, "pid");
	assert_string_equal(spec->linux_.namespaces[SPEC_NS_NETWORK].container, "web");
	assert_false(join_must_wait(spec, &s->store));
}

static void set_shareable(struct container *c)
{
	assert_int_equal(container_lock(c, 0, NULL), 0);
	c->config.ipc_shareable = true;
	assert_int_equal(container_write_spec(c, NULL), 0);
	container_unlock(c);
}

static const struct spec_mount *mount_at(const struct spec *spec, const char *destination)
{
	for (size_t i = 0; i < spec->n_mounts; i++)
		if (strcmp(spec->mounts[i].destination, destination) == 0)
			return &spec->mounts[i];
	fail();
	return NULL;
}

static void shm_goes_with_ipc(void **state)
{
	const struct scratch *s = *state;
	_cleanup_container_ struct container *c = be(s, "web", CONTAINER_RUNNING);
	_cleanup_spec_ struct spec *spec = joined(SPEC_NS_IPC, "web");
	char wanted[64];
	struct error err;

	snprintf(wanted, sizeof(wanted), "/proc/%d/root/dev/shm", getpid());
	assert_int_equal(spec_mount_add(spec, "/dev/shm", "bind", join_shm(spec, 7), "rbind"), 0);
	assert_int_equal(spec_mount_add(spec, "/data", "bind", "/proc/77/root/dev/shm", "rbind"), 0);
	assert_int_equal(join_resolve(spec, &s->store, true, &err), -EACCES);
	assert_non_null(strstr(err.cause, "web"));
	assert_string_equal(mount_at(spec, "/dev/shm")->source, "/proc/7/root/dev/shm");
	set_shareable(c);
	assert_int_equal(join_resolve(spec, &s->store, true, NULL), 0);
	assert_joins(spec, SPEC_NS_IPC, "ipc");
	assert_string_equal(mount_at(spec, "/dev/shm")->source, wanted);
	assert_string_equal(mount_at(spec, "/data")->source, "/proc/77/root/dev/shm");
}

static void fails(const struct scratch *s, const char *name, int code, bool waits, const char *word)
{
	_cleanup_spec_ struct spec *spec = joined(SPEC_NS_NETWORK, name);
	struct error err = {0};

	assert_int_equal(join_resolve(spec, &s->store, true, &err), code);
	if (!strstr(err.cause, word) || !strstr(err.cause, name))
		fail_msg("%s", err.cause);
	assert_string_equal(spec->linux_.namespaces[SPEC_NS_NETWORK].path, "/proc/7/ns/net");
	assert_int_equal(join_must_wait(spec, &s->store), waits);
}

/* Only what its own supervisor is about to start is worth waiting for. */
static void one_that_does_not_run(void **state)
{
	const struct scratch *s = *state;
	struct container *ending = be(s, "ending", CONTAINER_RUNNING);

	container_free(scratch_made(s, "created"));
	container_free(be(s, "exited", CONTAINER_EXITED));
	container_free(be(s, "again", CONTAINER_RESTARTING));
	assert_int_equal(container_lock(ending, 0, NULL), 0);
	ending->state.pid_start++; /* its process has gone, and its supervisor lives */
	assert_int_equal(container_write_state(ending, NULL), 0);
	container_unlock(ending);
	container_free(ending);
	fails(s, "nobody", -ENOENT, false, "there is no container");
	fails(s, "created", -ESRCH, false, "it is created");
	fails(s, "exited", -ESRCH, false, "it is exited");
	fails(s, "again", -ESRCH, true, "it is restarting");
	fails(s, "ending", -ESRCH, true, "it is ending");
}

static void a_process_of_nobody(void **state)
{
	const struct scratch *s = *state;
	_cleanup_spec_ struct spec *spec = joined(SPEC_NS_NETWORK, NULL);
	struct error err;

	assert_int_equal(join_resolve(spec, &s->store, false, NULL), 0);
	assert_string_equal(spec->linux_.namespaces[SPEC_NS_NETWORK].path, "/proc/7/ns/net");
	assert_int_equal(join_resolve(spec, &s->store, true, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.cause, "network"));
	spec->linux_.namespaces[SPEC_NS_NETWORK].path = "/run/netns/blue";
	assert_int_equal(join_resolve(spec, &s->store, true, NULL), 0);
	assert_string_equal(spec->linux_.namespaces[SPEC_NS_NETWORK].path, "/run/netns/blue");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(by_name_and_by_id, scratch_open, scratch_close),
		cmocka_unit_test_setup_teardown(shm_goes_with_ipc, scratch_open, scratch_close),
		cmocka_unit_test_setup_teardown(one_that_does_not_run, scratch_open, scratch_close),
		cmocka_unit_test_setup_teardown(a_process_of_nobody, scratch_open, scratch_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
