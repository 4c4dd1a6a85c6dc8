/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void defaults(void **state)
{
	struct settings s;

	(void)state;
	settings_defaults(&s);
	assert_int_equal(s.interval_ns, NSEC_PER_SEC);
	assert_string_equal(s.sort, "cpu");
	assert_true(s.meters && s.mouse && s.processes);
	assert_false(s.reversed || s.all || s.follow);
}

static void assert_same(const struct settings *a, const struct settings *b)
{
	_cleanup_str_ struct str x = {0};
	_cleanup_str_ struct str y = {0};

	settings_format(a, &x);
	settings_format(b, &y);
	assert_string_equal(x.data, y.data);
}

static struct settings another(void)
{
	struct settings s;

	settings_defaults(&s);
	s.theme = THEME_COLOUR_BLIND;
	s.glyphs = GLYPHS_BLOCKS;
	s.interval_ns = 250 * NSEC_PER_MSEC;
	strcpy(s.sort, "psi"); /* one that only the screen has */
	s.reversed = true;
	s.grouping = GROUPING_RUNTIME;
	s.events = EVENTS_NONE;
	s.cpu_scale = CPU_AS_TIME;
	s.meters = false;
	s.follow = true;
	s.all = true;
	s.mouse = false;
	s.processes = false;
	strcpy(s.columns[0], "cpu,mem_used");
	strcpy(s.columns[4], "net_rx");
	return s;
}

static void there_and_back(void **state)
{
	struct settings s = another();
	struct settings again;
	_cleanup_str_ struct str text = {0};
	struct error err;

	(void)state;
	settings_format(&s, &text);
	settings_defaults(&again);
	assert_int_equal(settings_parse(&again, text.data, &err), 0);
	assert_same(&s, &again);
	assert_int_equal(again.theme, THEME_COLOUR_BLIND);
	assert_int_equal(again.interval_ns, 250 * NSEC_PER_MSEC);
	assert_string_equal(again.columns[4], "net_rx");
	assert_string_equal(again.columns[1], "");
	assert_true(again.follow && !again.mouse);
}

/* What is wrong is told, and the rest holds. */
static void mistakes(void **state)
{
	static const struct {
		const char *line;
		const char *cause;
	} cases[] = {
		{"theme = drak", "line 2: 'drak' is no value of 'theme'"},
		{"thme = dark", "line 2: there is no setting 'thme': did you mean 'theme'?"},
		{"zzzzzzzz = 1", "line 2: there is no setting 'zzzzzzzz'"},
		{"interval = 5", "line 2: '5' is no interval"},
		{"interval = 1ms", "line 2: '1ms' is no interval"},
		{"interval = 9999h", "line 2: '9999h' is no interval"},
		{"sort = colour", "line 2: 'colour' is no column to sort by"},
		{"mouse = maybe", "line 2: 'maybe' is no value of 'mouse'"},
		{"columns.nowhere = cpu", "line 2: there is no tab 'nowhere'"},
		{"columns.cpu = cpuu", "line 2: 'cpuu' is no column: did you mean 'cpu'?"},
		{"columns.cpu =", "line 2: no column is named"},
		{"just words", "line 2: 'just words' has no '='"},
		{"=", "line 2: there is no setting ''"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct settings s;
		struct error err;
		char text[256];

		settings_defaults(&s);
		snprintf(text, sizeof(text), "# top\n%s\r\n\n  follow=yes\nevents = all", cases[i].line);
		assert_int_equal(settings_parse(&s, text, &err), -EINVAL);
		assert_string_equal(err.cause, cases[i].cause);
		assert_true(s.follow);
		assert_int_equal(s.events, EVENTS_ALL);
		assert_int_equal(s.theme, THEME_DARK);
	}
}

static void too_many_columns(void **state)
{
	char text[1024] = "columns.cpu = ";
	struct settings s;
	struct error err;

	(void)state;
	settings_defaults(&s);
	for (size_t n = strlen(text); n < 900; n = strlen(text))
		snprintf(text + n, sizeof(text) - n, "throttled,");
	assert_int_equal(settings_parse(&s, text, &err), -EINVAL);
	assert_string_equal(s.columns[1], "");
}

static void files(void **state)
{
	static const char damaged[] = "theme = da\0rk\nmeters = no\n";
	char folder[] = "/tmp/plimsoll-settings-XXXXXX";
	char path[128];
	struct settings s = another();
	struct settings again;
	struct stat st;
	struct error err;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a/b/top.conf", folder);
	settings_defaults(&again);
	assert_int_equal(settings_read(&again, path, &err), 0); /* none yet */
	assert_int_equal(settings_write(&s, path, &err), 0);
	assert_int_equal(settings_write(&s, path, &err), 0); /* over it */
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(settings_read(&again, path, &err), 0);
	assert_same(&s, &again);
	/* What stands behind a damaged place holds. */
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_equal(write(fd, damaged, sizeof(damaged)), sizeof(damaged));
	close(fd);
	settings_defaults(&again);
	assert_int_equal(settings_read(&again, path, &err), -EINVAL);
	assert_non_null(strstr(err.cause, "line 1"));
	assert_false(again.meters);
	*strrchr(path, '/') = '\0';
	assert_int_equal(settings_write(&s, path, &err), -EISDIR);
	assert_true(settings_read(&again, path, &err) < 0);
	assert_true(*err.cause);
	for (const char *const *rest = (const char *const[]){"a/b/top.conf", "a/b", "a", ".", NULL}; *rest;
	     rest++) {
		snprintf(path, sizeof(path), "%s/%s", folder, **rest == '.' ? "" : *rest);
		(void)remove(path);
	}
	assert_int_equal(access(folder, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults), cmocka_unit_test(there_and_back),
		cmocka_unit_test(mistakes), cmocka_unit_test(too_many_columns),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
