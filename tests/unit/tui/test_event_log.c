/* SPDX-License-Identifier: Apache-2.0 */
#include "event_log.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void add(struct event_log *log, enum event_kind kind, uint64_t entity, uint64_t second, uint64_t count)
{
	char detail[32];

	snprintf(detail, sizeof(detail), "at %llu", (unsigned long long)second);
	event_log_add(log, &(struct event){.kind = kind,
					   .entity = entity,
					   .realtime_ns = second * NSEC_PER_SEC,
					   .count = count,
					   .name = "web",
					   .path = "/x",
					   .detail = detail});
}

#define NOW UINT64_MAX

static size_t count_at(const struct event_log *log, uint64_t realtime_ns)
{
	size_t at = 0;
	size_t n = 0;

	while (event_log_next(log, realtime_ns, &at))
		n++;
	return n;
}

static const struct event *line_at(const struct event_log *log, uint64_t realtime_ns, size_t n)
{
	const struct event *e = NULL;
	size_t at = 0;

	for (size_t i = 0; i <= n; i++)
		e = event_log_next(log, realtime_ns, &at);
	return e;
}

static void newest_first(void **state)
{
	struct event_log *log = event_log_new(10);

	(void)state;
	assert_int_equal(count_at(log, NOW), 0);
	assert_null(line_at(log, NOW, 0));
	add(log, EVENT_START, 1, 1, 1);
	add(log, EVENT_END, 1, 2, 1);
	assert_int_equal(count_at(log, NOW), 2);
	assert_int_equal(line_at(log, NOW, 0)->kind, EVENT_END);
	assert_string_equal(line_at(log, NOW, 0)->detail, "at 2");
	assert_string_equal(line_at(log, NOW, 1)->name, "web");
	assert_null(line_at(log, NOW, 2));
	event_log_free(log);
	event_log_free(NULL);
}

static void alike_ones_are_one_line(void **state)
{
	struct event_log *log = event_log_new(10);

	(void)state;
	add(log, EVENT_MEMORY_MAX, 1, 1, 38);
	add(log, EVENT_OOM_KILL, 2, 1, 1);
	add(log, EVENT_MEMORY_MAX, 1, 2, 4); /* another one stands in between */
	assert_int_equal(count_at(log, NOW), 2);
	assert_int_equal(line_at(log, NOW, 0)->count, 42);
	assert_string_equal(line_at(log, NOW, 0)->detail, "at 2");
	add(log, EVENT_MEMORY_MAX, 2, 3, 1); /* another's */
	assert_int_equal(count_at(log, NOW), 3);
	add(log, EVENT_MEMORY_MAX, 1, 600, 1); /* long after */
	assert_int_equal(count_at(log, NOW), 4);
	assert_int_equal(line_at(log, NOW, 0)->count, 1);
	event_log_free(log);
}

static void starts_and_limits_are_not_joined_across_others(void **state)
{
	struct event_log *log = event_log_new(10);

	(void)state;
	add(log, EVENT_FROZEN, 1, 1, 1);
	add(log, EVENT_THAWED, 1, 1, 1);
	add(log, EVENT_FROZEN, 1, 2, 1);
	assert_int_equal(count_at(log, NOW), 3);
	add(log, EVENT_LIMIT, 1, 3, 1); /* from 1 to 2, */
	add(log, EVENT_LIMIT, 1, 3, 1); /* and from 2 to 3: both count */
	assert_int_equal(count_at(log, NOW), 5);
	event_log_free(log);
}

static void the_oldest_go(void **state)
{
	struct event_log *log = event_log_new(3);

	(void)state;
	for (uint64_t i = 0; i < 10000; i++)
		add(log, i % 2 ? EVENT_START : EVENT_END, i, i, 1);
	assert_int_equal(count_at(log, NOW), 3);
	assert_int_equal(line_at(log, NOW, 0)->entity, 9999);
	assert_int_equal(line_at(log, NOW, 2)->entity, 9997);
	event_log_free(log);
}

static void counts_since_a_time(void **state)
{
	struct event_log *log = event_log_new(10);

	(void)state;
	add(log, EVENT_OOM_KILL, 1, 10, 2);
	add(log, EVENT_OOM_KILL, 1, 20, 3); /* the same line */
	add(log, EVENT_END, 1, 20, 1);
	assert_int_equal(event_log_between(log, EVENT_OOM_KILL, 0, NOW), 5);
	assert_int_equal(event_log_between(log, EVENT_OOM_KILL, 15 * NSEC_PER_SEC, NOW), 3);
	assert_int_equal(event_log_between(log, EVENT_OOM_KILL, 21 * NSEC_PER_SEC, NOW), 0);
	assert_int_equal(event_log_between(log, EVENT_END, 20 * NSEC_PER_SEC, NOW), 1);
	event_log_free(log);
}

/* Stepping back shows what was told then, and stepping forward again what is told now. */
static void as_it_was_then(void **state)
{
	struct event_log *log = event_log_new(10);

	(void)state;
	add(log, EVENT_MEMORY_MAX, 1, 10, 38);
	add(log, EVENT_OOM_KILL, 1, 12, 1);
	add(log, EVENT_MEMORY_MAX, 1, 20, 4);
	for (int twice = 0; twice < 2; twice++) {
		assert_int_equal(count_at(log, 9 * NSEC_PER_SEC), 0);
		assert_int_equal(count_at(log, 10 * NSEC_PER_SEC), 1);
		assert_int_equal(count_at(log, 19 * NSEC_PER_SEC), 2);
		assert_int_equal(line_at(log, 19 * NSEC_PER_SEC, 0)->kind, EVENT_OOM_KILL);
		assert_int_equal(line_at(log, 19 * NSEC_PER_SEC, 1)->count, 38);
		assert_string_equal(line_at(log, 19 * NSEC_PER_SEC, 1)->detail, "at 10");
		assert_int_equal(count_at(log, 20 * NSEC_PER_SEC), 2);
		assert_int_equal(line_at(log, 20 * NSEC_PER_SEC, 0)->count, 42);
		assert_int_equal(line_at(log, 20 * NSEC_PER_SEC, 1)->kind, EVENT_OOM_KILL);
	}
	assert_int_equal(event_log_between(log, EVENT_MEMORY_MAX, 0, 19 * NSEC_PER_SEC), 38);
	assert_int_equal(event_log_between(log, EVENT_MEMORY_MAX, 0, 20 * NSEC_PER_SEC), 42);
	event_log_free(log);
}

static void add_process(struct event_log *log, enum event_kind kind, const char *program, int32_t status,
			uint64_t second)
{
	char copy[32];

	snprintf(copy, sizeof(copy), "%s", program); /* gone once it is told */
	event_log_add(log, &(struct event){.kind = kind,
					   .entity = 1,
					   .realtime_ns = second * NSEC_PER_SEC,
					   .count = 1,
					   .pid = (int32_t)second,
					   .status = status,
					   .program = copy});
}

/* Others in between don't matter, another program or another end does. */
static void processes_are_joined_where_alike(void **state)
{
	struct event_log *log = event_log_new(100);

	(void)state;
	for (uint64_t i = 0; i < 5; i++) {
		add_process(log, EVENT_EXEC, "/bin/true", STATUS_UNKNOWN, 2 * i);
		add_process(log, EVENT_EXIT, "true", 0, 2 * i + 1);
	}
	assert_int_equal(count_at(log, NOW), 2);
	assert_int_equal(line_at(log, NOW, 0)->count, 5);
	assert_int_equal(line_at(log, NOW, 1)->count, 5);
	assert_string_equal(line_at(log, NOW, 1)->program, "/bin/true");
	add_process(log, EVENT_EXIT, "true", 256, 10);
	add_process(log, EVENT_EXEC, "/bin/false", STATUS_UNKNOWN, 10);
	assert_int_equal(count_at(log, NOW), 4);
	assert_true(event_is_process(line_at(log, NOW, 0)));
	assert_int_equal(event_log_between(log, EVENT_EXEC, 0, NOW), 0); /* no count is kept */
	event_log_free(log);
}

/* However many they are, what else happened stays, and its counts. */
static void processes_have_a_quarter(void **state)
{
	struct event_log *log = event_log_new(100);
	size_t at = 0;
	size_t n = 0;
	const struct event *e;

	(void)state;
	add(log, EVENT_OOM_KILL, 1, 1, 2);
	for (int i = 0; i < 10000; i++) {
		char program[32];

		snprintf(program, sizeof(program), "/bin/%d", i % 5000);
		add_process(log, i % 2 ? EVENT_EXIT : EVENT_EXEC, program, i, 1);
	}
	while ((e = event_log_next(log, NOW, &at)))
		n += event_is_process(e);
	assert_int_equal(n, 25);
	assert_int_equal(count_at(log, NOW), 26);
	assert_int_equal(line_at(log, NOW, 25)->kind, EVENT_OOM_KILL);
	assert_int_equal(event_log_between(log, EVENT_OOM_KILL, 0, NOW), 2);
	/* and what else happens pushes out the oldest, as ever */
	for (uint64_t i = 0; i < 200; i++)
		add(log, i % 2 ? EVENT_START : EVENT_END, i, 2, 1);
	assert_int_equal(count_at(log, NOW), 100);
	assert_false(event_is_process(line_at(log, NOW, 99)));
	add_process(log, EVENT_EXEC, "/bin/sh", STATUS_UNKNOWN, 3);
	assert_string_equal(line_at(log, NOW, 0)->program, "/bin/sh");
	event_log_free(log);
}

static void a_small_log_has_room_for_one(void **state)
{
	struct event_log *log = event_log_new(1);

	(void)state;
	add(log, EVENT_END, 1, 1, 1);
	add_process(log, EVENT_EXEC, "/bin/sh", STATUS_UNKNOWN, 1);
	add_process(log, EVENT_EXEC, "/bin/ls", STATUS_UNKNOWN, 1);
	assert_int_equal(count_at(log, NOW), 1);
	assert_string_equal(line_at(log, NOW, 0)->program, "/bin/ls");
	event_log_free(log);
}

static void texts_may_be_missing(void **state)
{
	struct event_log *log = event_log_new(0);

	(void)state;
	event_log_add(log, &(struct event){.kind = EVENT_START});
	assert_string_equal(line_at(log, NOW, 0)->name, "");
	assert_string_equal(line_at(log, NOW, 0)->detail, "");
	assert_string_equal(line_at(log, NOW, 0)->program, "");
	assert_string_equal(line_at(log, NOW, 0)->culprit, "");
	event_log_add(log, &(struct event){.kind = EVENT_EXEC});
	event_log_add(log, &(struct event){.kind = EVENT_EXEC});
	assert_int_equal(count_at(log, NOW), 1);
	event_log_free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newest_first),
		cmocka_unit_test(alike_ones_are_one_line),
		cmocka_unit_test(starts_and_limits_are_not_joined_across_others),
		cmocka_unit_test(the_oldest_go),
		cmocka_unit_test(counts_since_a_time),
		cmocka_unit_test(as_it_was_then),
		cmocka_unit_test(processes_are_joined_where_alike),
		cmocka_unit_test(processes_have_a_quarter),
		cmocka_unit_test(a_small_log_has_room_for_one),
		cmocka_unit_test(texts_may_be_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
