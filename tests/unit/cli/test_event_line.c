/* SPDX-License-Identifier: Apache-2.0 */
#include "event_line.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define MIB *UINT64_C(1048576)
#define EXITED(code) ((code) << 8)
#define AT UINT64_C(1700000000123456789)

static struct identity worker = {
	.runtime = RUNTIME_DOCKER, .id = "4f5c", .name = "worker", .image = "ruby:3"};
static const struct entity owner = {
	.path = "/docker/4f5c", .id = 7, .class = ENTITY_CONTAINER, .identity = &worker};

static void assert_text(const struct event *e, const struct entity *of, const char *expected)
{
	_cleanup_str_ struct str line = {0};

	event_line_text(&line, e, of);
	assert_string_equal(line.data, expected);
}

static void assert_json(const struct event *e, const struct entity *of, const char *expected)
{
	_cleanup_str_ struct str line = {0};

	event_line_json(&line, e, of);
	assert_string_equal(line.data, expected);
}

static struct event kill_of_ruby(void)
{
	return (struct event){.kind = EVENT_OOM_KILL,
			      .realtime_ns = AT,
			      .entity = 7,
			      .name = "worker",
			      .path = "/docker/4f5c",
			      .count = 1,
			      .pid = 5121,
			      .program = "ruby",
			      .bytes = 158 MIB,
			      .culprit = "/docker/4f5c",
			      .status = STATUS_UNKNOWN,
			      .detail = ""};
}

static void for_people(void **state)
{
	struct event e = kill_of_ruby();
	struct event frozen = {.kind = EVENT_FROZEN, .realtime_ns = AT, .path = "/a", .count = 1};
	struct event hits = {.kind = EVENT_MEMORY_HIGH,
			     .realtime_ns = AT,
			     .name = "a name of more than twenty",
			     .count = 38,
			     .detail = "limit 1.0MiB"};

	(void)state;
	assert_text(
		&e, &owner,
		"22:13:20.123 OOM-KILL    worker                pid 5121 ruby, 158.0MiB resident, its own "
		"limit\n");
	assert_text(&frozen, NULL, "22:13:20.123 FROZEN      /a\n");
	assert_text(&hits, NULL, "22:13:20.123 MEMORY-HIGH a name of more than twenty  38x limit 1.0MiB\n");
}

/* One line, and nothing that a terminal would obey. */
static void hostile_texts(void **state)
{
	struct event e = {.kind = EVENT_EXEC,
			  .realtime_ns = AT,
			  .name = "a\nb\033[2J",
			  .path = "/\xff",
			  .count = 1,
			  .pid = 1,
			  .program = "/bin/\r\x9b\xc2\x9b\xe2\x80\xae\"\\",
			  .status = STATUS_UNKNOWN};

	(void)state;
	assert_text(&e, NULL,
		    "22:13:20.123 EXEC        a\xef\xbf\xbd"
		    "b\xef\xbf\xbd[2J               pid 1 "
		    "/bin/\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\\\n");
	assert_json(
		&e, NULL,
		"{\"time_seconds\":1700000000.123456789,\"event\":\"exec\",\"name\":\"a\\nb\\u001b[2J\","
		"\"id\":null,\"path\":\"/\xef\xbf\xbd\",\"class\":null,\"runtime\":null,\"image\":null,"
		"\"count\":1,\"pid\":1,\"program\":\"/bin/\\u000d\xef\xbf\xbd\\u009b\xe2\x80\xae\\\"\\\\\","
		"\"exit_code\":null,\"signal\":null,\"reason\":null,\"resident_bytes\":null,"
		"\"limit_of\":null,\"detail\":null}\n");
}

static void for_programs(void **state)
{
	struct event e = kill_of_ruby();
	struct event end = {.kind = EVENT_END,
			    .realtime_ns = AT,
			    .name = "worker",
			    .path = "/docker/4f5c",
			    .count = 1,
			    .status = EXITED(3),
			    .reason = ENDED_FAILED,
			    .detail = "after 2m"};

	(void)state;
	assert_json(
		&e, &owner,
		"{\"time_seconds\":1700000000.123456789,\"event\":\"oom_kill\",\"name\":\"worker\","
		"\"id\":\"4f5c\",\"path\":\"/docker/4f5c\",\"class\":\"container\",\"runtime\":\"docker\","
		"\"image\":\"ruby:3\",\"count\":1,\"pid\":5121,\"program\":\"ruby\",\"exit_code\":null,"
		"\"signal\":null,\"reason\":null,\"resident_bytes\":165675008,"
		"\"limit_of\":\"/docker/4f5c\",\"detail\":null}\n");
	assert_json(
		&end, NULL,
		"{\"time_seconds\":1700000000.123456789,\"event\":\"end\",\"name\":\"worker\",\"id\":null,"
		"\"path\":\"/docker/4f5c\",\"class\":null,\"runtime\":null,\"image\":null,\"count\":1,"
		"\"pid\":null,\"program\":null,\"exit_code\":3,\"signal\":null,\"reason\":\"failed\","
		"\"resident_bytes\":null,\"limit_of\":null,\"detail\":\"after 2m\"}\n");
	end.status = SIGKILL;
	end.reason = ENDED_OOM;
	end.detail = "";
	assert_json(
		&end, NULL,
		"{\"time_seconds\":1700000000.123456789,\"event\":\"end\",\"name\":\"worker\",\"id\":null,"
		"\"path\":\"/docker/4f5c\",\"class\":null,\"runtime\":null,\"image\":null,\"count\":1,"
		"\"pid\":null,\"program\":null,\"exit_code\":null,\"signal\":9,\"reason\":\"oom\","
		"\"resident_bytes\":null,\"limit_of\":null,\"detail\":null}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(for_people),
		cmocka_unit_test(hostile_texts),
		cmocka_unit_test(for_programs),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
