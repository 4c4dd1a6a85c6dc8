/* SPDX-License-Identifier: Apache-2.0 */
#include "log_time.h"

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
#define NOW (NOON * NSEC_PER_SEC)

static void set_zone(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
}

static void assert_time(const char *text, uint64_t wanted)
{
	struct error err = {0};
	uint64_t got = 0;

	if (log_time_parse("since", text, NOW, &got, &err) < 0)
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
		{"10m", NOW - 600 * NSEC_PER_SEC},
		{"1h30m", NOW - 5400 * NSEC_PER_SEC},
		{"500ms", NOW - 500 * NSEC_PER_MSEC},
		{"3000000h", 1},
		{"0", 1},
		{"0s", NOW},
		{"1709208000", NOW},
		{"1709208000.000000001", NOW + 1},
		{"1709208000.25", NOW + 250 * NSEC_PER_MSEC},
		{"2024-02-29T12:00:00Z", NOW},
		{"2024-02-29T12:00:00.5Z", NOW + 500 * NSEC_PER_MSEC},
		{"2024-02-29T13:00:00+01:00", NOW},
		{"2024-02-29T06:30:00-05:30", NOW},
		{"2024-02-29T13:00+01:00", NOW},
		{"2024-02-29T12:00Z", NOW},
		{"2024-02-29T12:00:00", NOW},
		{"2024-02-29T12:00:00.000000007", NOW + 7},
		{"2024-02-29T12:00", NOW},
		{"2024-02-29T12", NOW},
		{"2024-02-29", NOW - 12 * 3600 * NSEC_PER_SEC},
		{"2024-02-29Z", NOW - 12 * 3600 * NSEC_PER_SEC},
		{"1970-01-01T00:00:00Z", 1},
	};

	(void)state;
	set_zone("UTC0");
	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		assert_time(list[i].text, list[i].wanted);
}

/* What has no zone is the user's own clock, in the summer too. */
static void in_a_zone(void **state)
{
	(void)state;
	set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	assert_time("2024-02-29T13:00:00", NOW);
	assert_time("2024-02-29T13:00:00.5", NOW + 500 * NSEC_PER_MSEC);
	assert_time("2024-02-29T12:00:00Z", NOW);
	assert_time("2024-07-01T14:00", UINT64_C(1719835200) * NSEC_PER_SEC);
	set_zone("UTC0");
}

static void wrong(void **state)
{
	static const char *const list[] = {
		"",
		"x",
		"10 m",
		"-10m",
		"2024-02-30",
		"2024-02-29 12:00",
		"2024-02-29T",
		"2024-02-29T12:00:00X",
		"2024-13-01T00:00:00Z",
		"2024-02-29T25:00:00Z",
		"2024-02-29T12.5",
		"1e9",
		"99999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		struct error err = {0};
		uint64_t got = 77;

		if (log_time_parse("until", list[i], NOW, &got, &err) != -EINVAL)
			fail_msg("'%s' was taken for %llu", list[i], (unsigned long long)got);
		assert_int_equal(got, 77);
		assert_non_null(strstr(err.cause, "--until"));
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
