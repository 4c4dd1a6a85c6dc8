/* SPDX-License-Identifier: Apache-2.0 */
#include "model/event.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MIB *UINT64_C(1048576)
#define EXITED(code) ((code) << 8)

static void assert_says(const struct event *e, const char *expected)
{
	_cleanup_str_ struct str text = {0};

	str_add(&text, ": "); /* it appends */
	event_describe(&text, e);
	assert_string_equal(text.data + 2, expected);
}

static void a_process(void **state)
{
	(void)state;
	assert_says(&(struct event){.kind = EVENT_EXEC, .pid = 7, .program = "/bin/sh", .status = -1},
		    "pid 7 /bin/sh");
	assert_says(&(struct event){.kind = EVENT_EXEC, .pid = 7, .status = -1}, "pid 7");
	assert_says(&(struct event){.kind = EVENT_EXIT, .pid = 7, .program = "sh", .status = EXITED(0)},
		    "pid 7 sh, exit 0");
	assert_says(&(struct event){.kind = EVENT_EXIT, .pid = 7, .program = "sh", .status = EXITED(255)},
		    "pid 7 sh, exit 255");
	assert_says(&(struct event){.kind = EVENT_EXIT, .pid = 7, .program = "sh", .status = SIGSEGV | 0x80},
		    "pid 7 sh, ended by signal 11 (SEGV)");
	assert_says(&(struct event){.kind = EVENT_EXIT, .status = SIGRTMIN + 1}, "ended by signal 35");
	assert_says(&(struct event){.kind = EVENT_EXIT, .status = STATUS_UNKNOWN}, "");
}

static void an_end(void **state)
{
	struct event e = {.kind = EVENT_END, .status = SIGKILL, .reason = ENDED_OOM, .detail = "after 2m"};

	(void)state;
	assert_says(&e, "ended by signal 9 (KILL), out of memory, after 2m");
	e.status = EXITED(3);
	e.reason = ENDED_FAILED;
	assert_says(&e, "exit 3, after 2m");
	e.status = STATUS_UNKNOWN;
	e.reason = ENDED_UNKNOWN;
	assert_says(&e, "after 2m");
	e.detail = NULL;
	assert_says(&e, "");
}

static void a_kill(void **state)
{
	struct event e = {.kind = EVENT_OOM_KILL,
			  .pid = 5121,
			  .program = "ruby",
			  .bytes = 158 MIB,
			  .path = "/docker/worker",
			  .status = STATUS_UNKNOWN};

	(void)state;
	assert_says(&e, "pid 5121 ruby, 158.0MiB resident");
	e.culprit = "/docker/worker";
	assert_says(&e, "pid 5121 ruby, 158.0MiB resident, its own limit");
	e.detail = "memory.max 160.0MiB";
	assert_says(&e, "pid 5121 ruby, 158.0MiB resident, its own limit, memory.max 160.0MiB");
	e.culprit = "/docker";
	e.detail = "";
	assert_says(&e, "pid 5121 ruby, 158.0MiB resident, limit of /docker");
	e.culprit = "/";
	assert_says(&e, "pid 5121 ruby, 158.0MiB resident, the host ran out");
	/* told from figures: nothing but the limit is known */
	assert_says(&(struct event){.kind = EVENT_OOM_KILL, .detail = "limit 160.0MiB", .culprit = ""},
		    "limit 160.0MiB");
}

static void kinds_by_name(void **state)
{
	(void)state;
	for (enum event_kind k = 0; k < EVENT__COUNT; k++) {
		_cleanup_str_ struct str key = {0};

		event_kind_key(&key, k);
		assert_int_equal(event_kind_find(event_kind_name(k)), k);
		assert_int_equal(event_kind_find(key.data), k);
		assert_int_equal(strspn(key.data, "abcdefghijklmnopqrstuvwxyz_"), key.len);
	}
	assert_int_equal(event_kind_find("oom-kill"), EVENT_OOM_KILL);
	assert_int_equal(event_kind_find("Fork-Storm"), EVENT_FORK_STORM);
	assert_int_equal(event_kind_find("oom_kill"), EVENT_OOM_KILL);
	assert_int_equal(event_kind_find("oom"), EVENT__COUNT);
	assert_int_equal(event_kind_find("oom-kills"), EVENT__COUNT);
	assert_int_equal(event_kind_find(""), EVENT__COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process),
		cmocka_unit_test(an_end),
		cmocka_unit_test(a_kill),
		cmocka_unit_test(kinds_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
