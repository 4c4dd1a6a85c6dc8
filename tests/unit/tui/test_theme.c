/* SPDX-License-Identifier: Apache-2.0 */
#include "theme.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static bool same(struct style a, struct style b)
{
	return a.foreground == b.foreground && a.background == b.background && a.attributes == b.attributes;
}

static void tiers_by_what_the_terminal_has(void **state)
{
	(void)state;
	assert_int_equal(theme_tier(256, true), TIER_256);
	assert_int_equal(theme_tier(16777216, true), TIER_256);
	assert_int_equal(theme_tier(16, true), TIER_8);
	assert_int_equal(theme_tier(8, true), TIER_8);
	assert_int_equal(theme_tier(2, true), TIER_NONE);
	assert_int_equal(theme_tier(-1, true), TIER_NONE);
	assert_int_equal(theme_tier(256, false), TIER_NONE);
}

static void no_color_is_looked_at(void **state)
{
	(void)state;
	assert_true(theme_colour_wanted(NULL, NULL));
	assert_true(theme_colour_wanted("", "xterm"));
	assert_false(theme_colour_wanted("1", "xterm"));
	assert_false(theme_colour_wanted("0", "xterm"));
	assert_false(theme_colour_wanted(NULL, "dumb"));
}

static void numbers_fit_their_tier(void **state)
{
	(void)state;
	for (enum tui_theme theme = 0; theme < THEME__COUNT; theme++)
		for (enum role role = 0; role < ROLE__COUNT; role++)
			for (enum colour_tier tier = TIER_NONE; tier <= TIER_256; tier++) {
				struct style s = theme_style(theme, tier, role);
				int max = tier == TIER_256 ? 255 : tier == TIER_8 ? 7 : -1;

				if (theme == THEME_MONO)
					max = -1;
				assert_in_range(s.foreground + 1, 0, max + 1);
				assert_in_range(s.background + 1, 0, max + 1);
				/* Text on a background of ours has a colour of ours, too. */
				if (s.background != COLOUR_DEFAULT)
					assert_true(s.foreground != COLOUR_DEFAULT &&
						    s.foreground != s.background);
			}
}

static void what_must_stand_out_does_everywhere(void **state)
{
	static const enum role loud[] = {ROLE_SELECTED, ROLE_HEADER, ROLE_TAB_ACTIVE, ROLE_BAD,
					 ROLE_WARNING,	ROLE_TITLE,  ROLE_TAGGED,     ROLE_INPUT};

	(void)state;
	for (enum tui_theme theme = 0; theme < THEME__COUNT; theme++)
		for (enum colour_tier tier = TIER_NONE; tier <= TIER_256; tier++) {
			struct style text = theme_style(theme, tier, ROLE_TEXT);

			for (size_t i = 0; i < ARRAY_SIZE(loud); i++)
				assert_false(same(theme_style(theme, tier, loud[i]), text));
			assert_false(same(theme_style(theme, tier, ROLE_BAD),
					  theme_style(theme, tier, ROLE_WARNING)));
			assert_false(same(theme_style(theme, tier, ROLE_HEADER),
					  theme_style(theme, tier, ROLE_SORTED)));
		}
}

static void colour_blind_has_no_red_or_green(void **state)
{
	(void)state;
	for (enum role role = 0; role < ROLE__COUNT; role++) {
		struct style s = theme_style(THEME_COLOUR_BLIND, TIER_8, role);

		assert_true(s.foreground != 1 && s.foreground != 2);
		assert_true(s.background != 1 && s.background != 2);
	}
	assert_false(same(theme_style(THEME_COLOUR_BLIND, TIER_256, ROLE_GOOD),
			  theme_style(THEME_COLOUR_BLIND, TIER_256, ROLE_BAD)));
}

static void without_colour_all_themes_are_one(void **state)
{
	(void)state;
	for (enum role role = 0; role <= ROLE__COUNT; role++)
		for (enum tui_theme theme = 0; theme < THEME__COUNT; theme++)
			assert_true(same(theme_style(theme, TIER_NONE, role),
					 theme_style(THEME_MONO, TIER_256, role)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tiers_by_what_the_terminal_has),
		cmocka_unit_test(no_color_is_looked_at),
		cmocka_unit_test(numbers_fit_their_tier),
		cmocka_unit_test(what_must_stand_out_does_everywhere),
		cmocka_unit_test(colour_blind_has_no_red_or_green),
		cmocka_unit_test(without_colour_all_themes_are_one),
	};

	return cmocka_run_group_tests_name("tui.theme", tests, NULL, NULL);
}
