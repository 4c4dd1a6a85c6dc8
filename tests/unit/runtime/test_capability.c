/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "runtime/capability.h"

#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BIT(name) (UINT64_C(1) << CAP_##name)

static void names_and_numbers(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= CAP_LAST_CAP; i++) {
		assert_non_null(capability_name(i));
		assert_int_equal(capability_find(capability_name(i)), i);
		assert_int_equal(capability_find(capability_name(i) + 4), i);
	}
	assert_null(capability_name(41));
	assert_null(capability_name(UINT32_MAX));
	assert_int_equal(capability_find("cap_net_admin"), CAP_NET_ADMIN);
	assert_int_equal(capability_find("Sys_Ptrace"), CAP_SYS_PTRACE);
	assert_int_equal(capability_find(""), -1);
	assert_int_equal(capability_find("CAP_"), -1);
	assert_int_equal(capability_find("CAP_CAP_KILL"), -1);
	assert_int_equal(capability_find("ALL"), -1);
	assert_string_equal(capability_name(CAP_CHECKPOINT_RESTORE), "CAP_CHECKPOINT_RESTORE");
}

static void dockers_defaults(void **state)
{
	(void)state;
	assert_int_equal(__builtin_popcountll(capability_defaults), 14);
	/* as docker run prints them: CapEff 00000000a80425fb */
	assert_true(capability_defaults == UINT64_C(0xa80425fb));
	assert_true((capability_all() & capability_defaults) == capability_defaults);
	assert_true(capability_all() >> 41 == 0);
}

static uint64_t adjust(const char *add, const char *drop)
{
	struct spec_texts more = {.at = (const char *[]){add}, .n = add != NULL};
	struct spec_texts less = {.at = (const char *[]){drop}, .n = drop != NULL};
	uint64_t set = capability_defaults;
	struct error err = {0};

	if (capability_adjust(&set, &more, &less, &err) < 0)
		fail_msg("%s", err.cause);
	return set;
}

static void adds_and_drops(void **state)
{
	(void)state;
	assert_true(adjust(NULL, NULL) == capability_defaults);
	assert_true(adjust("NET_ADMIN", NULL) == (capability_defaults | BIT(NET_ADMIN)));
	assert_true(adjust(NULL, "cap_kill") == (capability_defaults & ~BIT(KILL)));
	assert_true(adjust("kill", "kill") == capability_defaults);
	assert_true(adjust(NULL, "ALL") == 0);
	assert_true(adjust("CHOWN", "all") == BIT(CHOWN));
	assert_true(adjust("ALL", NULL) == capability_all());
	assert_true(adjust("all", "SYS_ADMIN") == (capability_all() & ~BIT(SYS_ADMIN)));
}

static void names_the_nearest(void **state)
{
	static const char *const rows[][2] = {
		{"NET_ADMN", "NET_ADMIN"},     {"cap_sysadmin", "SYS_ADMIN"},
		{"SYS_PTRACEE", "SYS_PTRACE"}, {"quite something else", "capabilities(7)"},
		{"", "capabilities(7)"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec_texts texts = {.at = (const char *[]){rows[i][0]}, .n = 1};
		struct error err = {0};
		uint64_t set = 5;

		assert_int_equal(capability_adjust(&set, &texts, NULL, &err), -EINVAL);
		assert_non_null(strstr(err.remedy, rows[i][1]));
		assert_int_equal(capability_adjust(&set, NULL, &texts, &err), -EINVAL);
		assert_int_equal(set, 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers),
		cmocka_unit_test(dockers_defaults),
		cmocka_unit_test(adds_and_drops),
		cmocka_unit_test(names_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
