/* SPDX-License-Identifier: Apache-2.0 */
#include "replay_time.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define NOON UINT64_C(1709208000) /* 2024-02-29T12:00:00Z */
#define LAST (NOON * NSEC_PER_SEC)
#define FIRST (LAST - 7200 * NSEC_PER_SEC)

static void set_zone(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
}

static void assert_time(const char *text, uint64_t wanted)
{
	struct error err = {0};
	uint64_t got = 0;

	if (replay_time_parse("at", text, FIRST, LAST, &got, &err) < 0)
		fail_msg("'%s': %s", text, err.cause);
	if (got != wanted)
		fail_msg("'%s': %llu, not %llu", text, (unsigned long long)got, (unsigned long long)wanted);
}

static void in_utc(void **state)
{
	static const struct {
		const char *text;
		uint64_t wanted;
	} list[] = {
		{"-5m", LAST - 300 * NSEC_PER_SEC},
		{"5m", LAST - 300 * NSEC_PER_SEC},
		{"-0s", LAST},
		{"-3000000h", 0},
		{"+30s", FIRST + 30 * NSEC_PER_SEC},
		{"+1h30m", FIRST + 5400 * NSEC_PER_SEC},
		{"12:00:00", LAST},
		{"12:00", LAST},
		{"11:59:59.5", LAST - 500 * NSEC_PER_MSEC},
		{"00:00:00", LAST - 12 * 3600 * NSEC_PER_SEC},
		{"12:00:01", LAST - (24 * 3600 - 1) * NSEC_PER_SEC}, /* yesterday's */
		{"2024-02-29T12:00:00Z", LAST},
		{"2024-02-29T13:00:00+01:00", LAST},
		{"2024-02-29T06:30:00.25-05:30", LAST + 250 * NSEC_PER_MSEC},
		{"2024-02-29T12:00Z", LAST},
		{"2024-02-29 12:00:00", LAST},
		{"2024-02-29 12:00", LAST},
		{"2024-02-29", LAST - 12 * 3600 * NSEC_PER_SEC},
		{"1709208000", LAST},
		{"1709208000.000000001", LAST + 1},
	};

	(void)state;
	set_zone("UTC0");
	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		assert_time(list[i].text, list[i].wanted);
}

/* What has no zone is the local clock's. */
static void in_a_zone(void **state)
{
	(void)state;
	set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	assert_time("13:00:00", LAST);
	assert_time("12:30", LAST - 1800 * NSEC_PER_SEC);
	assert_time("13:01", LAST - (24 * 60 - 1) * 60 * NSEC_PER_SEC);
	assert_time("2024-02-29T13:00:00", LAST);
	assert_time("2024-02-29T12:00:00Z", LAST);
	assert_time("2024-07-01T14:00", UINT64_C(1719835200) * NSEC_PER_SEC);
	set_zone("UTC0");
}

static void wrong(void **state)
{
	static const char *const list[] = {
		"",
		"x",
		"--5m",
		"- 5m",
		"+",
		"24:00:00",
		"12:60",
		"1:00:00",
		"12:00:60",
		"12:00:00.",
		"2024-02-30",
		"2023-02-29T12:00:00",
		"2024-02-29T",
		"2024-13-01T00:00Z",
		"2024-02-29T12:00:00X",
		"2024-2-29",
		"12:00:00.1234567891",
		"12:00:00+01:00",
		"2024-02-29T12:00:00+99:00",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		struct error err = {0};
		uint64_t got = 77;

		if (replay_time_parse("at", list[i], FIRST, LAST, &got, &err) != -EINVAL)
			fail_msg("'%s' was taken for %llu", list[i], (unsigned long long)got);
		assert_int_equal(got, 77);
		assert_non_null(strstr(err.cause, "--at"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_utc),
		cmocka_unit_test(in_a_zone),
		cmocka_unit_test(wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
