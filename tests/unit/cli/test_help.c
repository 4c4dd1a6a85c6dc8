/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"
#include "golden.h"
#include "help.h"

#include "model/metric.h"

#include <string.h>

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t n = strcspn(text, "\n");

		longest = n > longest ? n : longest;
		text += n + (text[n] == '\n');
	}
	return longest;
}

static void help_of_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_command_rows; i++) {
		const struct command *command = command_find(command_rows[i].name);
		_cleanup_str_ struct str text = {0};
		char name[64];

		assert_non_null(command);
		help_text(&text, command);
		snprintf(name, sizeof(name), "help_%s.txt", command->name);
		assert_golden(name, &text);
	}
}

/* Options are laid out within 80 columns; only an example, which is there to be copied, may be wider. */
static void option_lines_fit(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_command_rows; i++) {
		_cleanup_str_ struct str text = {0};
		char *examples;

		help_text(&text, command_find(command_rows[i].name));
		examples = strstr(text.data, "\nexamples:");
		if (examples)
			*examples = '\0';
		assert_in_range(longest_line(text.data), 40, 80);
	}
}

static const char *lowercase = "abcdefghijklmnopqrstuvwxyz";

static void check_row(const struct option_spec *row)
{
	assert_true(strlen(row->help) > 3);
	assert_true(row->help[strlen(row->help) - 1] != '.');
	assert_non_null(strchr(lowercase, row->name[0]));
	if (row->type == OPTION_CHOICE || row->type == OPTION_SET)
		assert_non_null(row->choices);
	if (row->type != OPTION_FLAG && row->type != OPTION_SWITCH)
		assert_non_null(row->value);
}

/* No name or letter twice in a command, and every row says what it has to. */
static void tables_are_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_command_rows; i++) {
		const struct command *command = command_find(command_rows[i].name);
		const struct option_spec *seen[128];
		size_t n = 0;

		for (size_t g = 0; g < command->n_groups; g++) {
			for (size_t k = 0; k < command->groups[g].n_rows; k++) {
				const struct option_spec *row = &command->groups[g].rows[k];

				check_row(row);
				for (size_t j = 0; j < n; j++) {
					assert_string_not_equal(seen[j]->name, row->name);
					assert_true(!row->letter || seen[j]->letter != row->letter);
				}
				assert_true(n < sizeof(seen) / sizeof(seen[0]));
				seen[n++] = row;
			}
		}
	}
}

static void every_group_has_a_switch(void **state)
{
	const struct command *exporter = command_find("exporter");
	size_t found = 0;

	(void)state;
	for (size_t g = 0; g < exporter->n_groups; g++)
		for (size_t i = 0; i < exporter->groups[g].n_rows; i++)
			if (strncmp(exporter->groups[g].rows[i].name, "collector.", 10) == 0 &&
			    metric_group_find(exporter->groups[g].rows[i].name + 10) < GROUP__COUNT)
				found++;
	assert_int_equal(found, GROUP__COUNT);
}

static void man_page(void **state)
{
	_cleanup_str_ struct str text = {0};

	(void)state;
	help_man(&text, command_find("doctor"));
	assert_golden("man_doctor.1", &text);
}

static void front_lists_every_command(void **state)
{
	_cleanup_str_ struct str man = {0};
	_cleanup_str_ struct str bash = {0};

	(void)state;
	help_man_front(&man);
	help_bash(&bash);
	for (size_t i = 0; i < n_command_rows; i++) {
		char entry[64];

		snprintf(entry, sizeof(entry), "\\fBplimsoll %s\\fR\n", command_rows[i].name);
		assert_non_null(strstr(man.data, entry));
		snprintf(entry, sizeof(entry), "\t%s) words=\"--help --version", command_rows[i].name);
		assert_non_null(strstr(bash.data, entry));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_of_each),	    cmocka_unit_test(option_lines_fit),
		cmocka_unit_test(tables_are_sound), cmocka_unit_test(every_group_has_a_switch),
		cmocka_unit_test(man_page),	    cmocka_unit_test(front_lists_every_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
