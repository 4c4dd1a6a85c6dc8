/* SPDX-License-Identifier: Apache-2.0 */
#include "key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define EACH_CONTEXT                                                                  \
	(const enum context[])                                                        \
	{                                                                             \
		CONTEXT_LIST, CONTEXT_ONE, CONTEXT_PAGER, CONTEXT_MENU, CONTEXT_INPUT \
	}
#define N_CONTEXTS 5

struct row {
	enum command command;
	uint32_t contexts;
	uint32_t code;
};

static const struct row rows[] = {
#define BINDING_COMMAND(id, contexts, label, help)
#define BINDING_KEY(id, contexts, code) {CMD_##id, contexts, code},
#include "binding.def"
};

static void no_key_is_bound_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t k = 0; k < i; k++)
			if (rows[i].code == rows[k].code && (rows[i].contexts & rows[k].contexts)) {
				_cleanup_str_ struct str name = {0};

				key_name(rows[i].code, &name);
				fail_msg("%s is bound to '%s' and to '%s'", name.data,
					 binding_help(rows[k].command), binding_help(rows[i].command));
			}
}

static void every_command_has_help_and_a_key(void **state)
{
	(void)state;
	for (enum command command = CMD_NONE + 1; command < CMD__COUNT; command++) {
		bool bound = false;

		assert_true(*binding_help(command));
		assert_true(binding_contexts(command));
		for (size_t i = 0; i < N_CONTEXTS; i++) {
			_cleanup_str_ struct str keys = {0};

			binding_keys(command, EACH_CONTEXT[i], &keys);
			bound = bound || keys.len;
			/* Where a command is said to hold, there is a key for it. */
			if (!keys.len && (binding_contexts(command) & EACH_CONTEXT[i]))
				fail_msg("no key for '%s' in context %zu", binding_help(command), i);
		}
		assert_true(bound);
	}
	assert_string_equal(binding_help(CMD_NONE), "");
	assert_string_equal(binding_label(CMD__COUNT), "");
	assert_int_equal(binding_contexts(CMD__COUNT), 0);
}

static void input_keeps_its_letters(void **state)
{
	(void)state;
	for (uint32_t code = ' '; code < 0x7F; code++)
		assert_int_equal(binding_find(CONTEXT_INPUT, code), CMD_NONE);
}

struct wanted {
	enum command command;
	enum context context;
	uint32_t codes[12];
};

#define F(n) (KEYCODE_F1 + (n)-1)

/* The map that users of the others have in their fingers. */
static const struct wanted map[] = {
	{CMD_UP, CONTEXT_LIST, {KEYCODE_UP, 'k', KEYCODE_WHEEL_UP}},
	{CMD_DOWN, CONTEXT_LIST, {KEYCODE_DOWN, 'j', KEYCODE_WHEEL_DOWN}},
	{CMD_PAGE_UP, CONTEXT_LIST, {KEYCODE_PAGE_UP}},
	{CMD_PAGE_DOWN, CONTEXT_LIST, {KEYCODE_PAGE_DOWN}},
	{CMD_FIRST, CONTEXT_LIST, {KEYCODE_HOME, 'g'}},
	{CMD_LAST, CONTEXT_LIST, {KEYCODE_END, 'G'}},
	{CMD_PAN_LEFT, CONTEXT_LIST, {KEYCODE_SHIFT_LEFT}},
	{CMD_PAN_RIGHT, CONTEXT_LIST, {KEYCODE_SHIFT_RIGHT}},
	{CMD_MENU, CONTEXT_LIST, {KEYCODE_ENTER, KEYCODE_MOUSE_DOUBLE}},
	{CMD_OPEN, CONTEXT_LIST, {'o', KEYCODE_RIGHT}},
	{CMD_LOGS, CONTEXT_LIST, {'l', KEYCODE_LEFT}},
	{CMD_INSPECT, CONTEXT_LIST, {'i'}},
	{CMD_BACK, CONTEXT_LIST, {KEYCODE_ESCAPE}},
	{CMD_BACK, CONTEXT_INPUT, {KEYCODE_ESCAPE}},
	{CMD_QUIT, CONTEXT_LIST, {'q', F(10), 3}},
	{CMD_QUIT, CONTEXT_INPUT, {3}},
	{CMD_SORT, CONTEXT_LIST, {'s', F(6)}},
	{CMD_SORT_LEFT, CONTEXT_LIST, {'<'}},
	{CMD_SORT_RIGHT, CONTEXT_LIST, {'>'}},
	{CMD_SORT_CPU, CONTEXT_LIST, {'P'}},
	{CMD_SORT_MEMORY, CONTEXT_LIST, {'M'}},
	{CMD_SORT_TIME, CONTEXT_LIST, {'T'}},
	{CMD_SORT_NAME, CONTEXT_LIST, {'N'}},
	{CMD_SORT_NTH, CONTEXT_LIST, {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9'}},
	{CMD_REVERSE, CONTEXT_LIST, {'r', 'I'}},
	{CMD_PICK, CONTEXT_LIST, {KEYCODE_MOUSE_PRESS}},
	{CMD_FILTER, CONTEXT_LIST, {'f', '/', '\\', F(4)}},
	{CMD_FIND_NEXT, CONTEXT_LIST, {F(3)}},
	{CMD_FIND_NEXT, CONTEXT_PAGER, {F(3), 'n'}},
	{CMD_FIND_PREVIOUS, CONTEXT_PAGER, {'N'}},
	{CMD_TREE, CONTEXT_LIST, {'t', F(5)}},
	{CMD_UNFOLD, CONTEXT_LIST, {'+'}},
	{CMD_FOLD, CONTEXT_LIST, {'-'}},
	{CMD_FOLD_ALL, CONTEXT_LIST, {'*'}},
	{CMD_ALL, CONTEXT_LIST, {'a'}},
	{CMD_COLUMNS, CONTEXT_LIST, {'c'}},
	{CMD_METERS, CONTEXT_LIST, {'H', '#'}},
	{CMD_TAB_NEXT, CONTEXT_LIST, {KEYCODE_TAB}},
	{CMD_TAB_PREVIOUS, CONTEXT_LIST, {KEYCODE_SHIFT_TAB}},
	{CMD_CPU_SCALE, CONTEXT_LIST, {'%'}},
	{CMD_FOLLOW, CONTEXT_LIST, {'F'}},
	{CMD_EVENTS, CONTEXT_LIST, {'v'}},
	{CMD_MOUSE, CONTEXT_LIST, {'m'}},
	{CMD_FREEZE, CONTEXT_LIST, {'Z'}},
	{CMD_STEP_BACK, CONTEXT_LIST, {'['}},
	{CMD_STEP_FORWARD, CONTEXT_LIST, {']'}},
	{CMD_MINUTE_BACK, CONTEXT_LIST, {'{'}},
	{CMD_MINUTE_FORWARD, CONTEXT_LIST, {'}'}},
	{CMD_GO_TO_TIME, CONTEXT_LIST, {'b'}},
	{CMD_TAG, CONTEXT_LIST, {' '}},
	{CMD_UNTAG_ALL, CONTEXT_LIST, {'U'}},
	{CMD_EXEC, CONTEXT_LIST, {'e'}},
	{CMD_LIMITS, CONTEXT_LIST, {F(7), 'L'}},
	{CMD_LAUNCH, CONTEXT_LIST, {F(8), 'n'}},
	{CMD_SIGNAL, CONTEXT_LIST, {F(9), 'x'}},
	{CMD_REMOVE, CONTEXT_LIST, {'R'}},
	{CMD_PAUSE, CONTEXT_LIST, {'p'}},
	{CMD_SAVE, CONTEXT_LIST, {'S'}},
	{CMD_SETUP, CONTEXT_LIST, {F(2), 'C'}},
	{CMD_HELP, CONTEXT_LIST, {'h', '?', F(1)}},
	{CMD_REDRAW, CONTEXT_LIST, {12}},
	{CMD_ACCEPT, CONTEXT_MENU, {KEYCODE_ENTER}},
};

static void the_map_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(map); i++)
		for (size_t k = 0; k < ARRAY_SIZE(map[i].codes) && map[i].codes[k]; k++) {
			_cleanup_str_ struct str name = {0};

			key_name(map[i].codes[k], &name);
			if (binding_find(map[i].context, map[i].codes[k]) != map[i].command)
				fail_msg("%s isn't '%s'", name.data, binding_help(map[i].command));
		}
}

static void assert_name(uint32_t code, const char *expected)
{
	_cleanup_str_ struct str name = {0};

	key_name(code, &name);
	assert_string_equal(name.data, expected);
}

static void keys_have_names(void **state)
{
	_cleanup_str_ struct str keys = {0};

	(void)state;
	assert_name(F(5), "F5");
	assert_name(F(12), "F12");
	assert_name(' ', "Space");
	assert_name(12, "^L");
	assert_name(KEYCODE_PAGE_UP, "PgUp");
	assert_name(KEYCODE_ENTER, "Enter");
	assert_name('a', "a");
	assert_name(0xE9, "é");
	assert_name(0x1F600, "😀");
	binding_keys(CMD_TREE, CONTEXT_LIST, &keys);
	assert_string_equal(keys.data, "F5 t");
	/* Each that is bound has one. */
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_str_ struct str name = {0};

		key_name(rows[i].code, &name);
		assert_true(name.len > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key_is_bound_twice),   cmocka_unit_test(every_command_has_help_and_a_key),
		cmocka_unit_test(input_keeps_its_letters), cmocka_unit_test(the_map_is_whole),
		cmocka_unit_test(keys_have_names),
	};

	return cmocka_run_group_tests_name("tui.key", tests, NULL, NULL);
}
