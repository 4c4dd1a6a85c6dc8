/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of each action for each runtime, with whatever ids and names are like. */
#include "base/cleanup.h"
#include "base/str.h"
#include "top_actions.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FRONT "/opt/a b/%i/plimsoll"

static const char *missing; /* a program that is not to be had; "*" = none is */

static bool has_tool(const char *program)
{
	assert_string_not_equal(program, "plimsoll");
	assert_null(strpbrk(program, " %/"));
	return !missing || (strcmp(missing, "*") != 0 && strcmp(missing, program) != 0);
}

static struct action_target target_of(enum runtime runtime)
{
	return (struct action_target){.class = ENTITY_CONTAINER,
				      .runtime = runtime,
				      .id = "ID",
				      .name = "NAME",
				      .path = "/the/path"};
}

/* The words, each in <>, or the error. */
static void line_of(struct str *out, const char *action, const struct action_target *target,
		    const char *argument)
{
	_cleanup_free_ char **argv = NULL;
	int r = top_command(action, target, argument, FRONT, has_tool, &argv);

	str_clear(out);
	if (r < 0) {
		assert_null(argv);
		str_printf(out, "%d", r);
		return;
	}
	assert_int_equal(r, 0);
	for (char **word = argv; *word; word++)
		str_printf(out, "%s<%s>", word == argv ? "" : " ", *word);
}

static void assert_line(const char *action, const struct action_target *target, const char *argument,
			const char *expected)
{
	_cleanup_str_ struct str line = {0};

	line_of(&line, action, target, argument);
	assert_string_equal(line.data, expected);
}

#define NONE "-2" /* -ENOENT */
#define OWN "<" FRONT "> "
#define OWN_PAUSE OWN "<pause> <--cgroup> </the/path>"
#define OWN_UNPAUSE OWN "<unpause> <--cgroup> </the/path>"
#define OWN_SIGNAL OWN "<kill> <--signal> <ARG> <--cgroup> </the/path>"
#define OWN_LIMITS OWN "<update> <--ARG> <--cgroup> </the/path>"

static const char *const keys[] = {"stop",   "start",  "restart", "pause", "unpause", "signal",
				   "remove", "limits", "logs",	  "exec",  "inspect"};
#define N_KEYS ARRAY_SIZE(keys)

#define LIKE_DOCKER(tool)                                                                                 \
	{                                                                                                 \
		"<" tool "> <stop> <--> <ID>", "<" tool "> <start> <--> <ID>",                            \
			"<" tool "> <restart> <--> <ID>", "<" tool "> <pause> <--> <ID>",                 \
			"<" tool "> <unpause> <--> <ID>", "<" tool "> <kill> <--signal> <ARG> <--> <ID>", \
			"<" tool "> <rm> <--force> <--> <ID>", OWN_LIMITS,                                \
			"<" tool "> <logs> <--follow> <--tail> <1000> <--> <ID>",                         \
			"<" tool "> <exec> <--interactive> <--tty> <--> <ID> <sh>",                       \
			"<" tool "> <inspect> <--> <ID>",                                                 \
	}
#define LIKE_CRICTL                                                                          \
	{                                                                                    \
		"<crictl> <stop> <--> <ID>", NONE, NONE, OWN_PAUSE, OWN_UNPAUSE, OWN_SIGNAL, \
			"<crictl> <rm> <--force> <--> <ID>", OWN_LIMITS,                     \
			"<crictl> <logs> <--follow> <--tail> <1000> <--> <ID>",              \
			"<crictl> <exec> <--interactive> <--tty> <--> <ID> <sh>",            \
			"<crictl> <inspect> <--> <ID>",                                      \
	}

static const struct {
	enum runtime runtime;
	const char *tools; /* what it takes, separated by spaces */
	const char *lines[N_KEYS];
} table[] = {
	{RUNTIME_NONE,
	 "",
	 {NONE, NONE, NONE, OWN_PAUSE, OWN_UNPAUSE, OWN_SIGNAL, NONE, OWN_LIMITS, NONE, NONE, NONE}},
	{RUNTIME_DOCKER, "docker", LIKE_DOCKER("docker")},
	{RUNTIME_PODMAN, "podman", LIKE_DOCKER("podman")},
	{RUNTIME_CONTAINERD, "crictl", LIKE_CRICTL},
	{RUNTIME_CRIO, "crictl", LIKE_CRICTL},
	{RUNTIME_LXC,
	 "lxc-stop lxc-start lxc-attach lxc-info",
	 {"<lxc-stop> <--name> <NAME>", "<lxc-start> <--name> <NAME>", NONE, OWN_PAUSE, OWN_UNPAUSE,
	  OWN_SIGNAL, NONE, OWN_LIMITS, NONE, "<lxc-attach> <--name> <NAME>", "<lxc-info> <--name> <NAME>"}},
	{RUNTIME_NSPAWN,
	 "machinectl journalctl",
	 {"<machinectl> <poweroff> <--> <NAME>", "<machinectl> <start> <--> <NAME>",
	  "<machinectl> <reboot> <--> <NAME>", OWN_PAUSE, OWN_UNPAUSE, OWN_SIGNAL, NONE, OWN_LIMITS,
	  "<journalctl> <--machine> <NAME> <--lines> <1000> <--follow> <--no-pager>",
	  "<machinectl> <shell> <--> <NAME>", "<machinectl> <show> <--> <NAME>"}},
	{RUNTIME_SYSTEMD,
	 "systemctl journalctl",
	 {"<systemctl> <stop> <--> <ID>", "<systemctl> <start> <--> <ID>", "<systemctl> <restart> <--> <ID>",
	  OWN_PAUSE, OWN_UNPAUSE, OWN_SIGNAL, NONE, OWN_LIMITS,
	  "<journalctl> <--unit> <ID> <--lines> <1000> <--follow> <--no-pager>", NONE,
	  "<systemctl> <show> <--> <ID>"}},
	{RUNTIME_PLIMSOLL,
	 "",
	 {OWN "<stop> <--> <ID>", OWN "<start> <--> <ID>", OWN "<restart> <--> <ID>", OWN "<pause> <--> <ID>",
	  OWN "<unpause> <--> <ID>", OWN "<kill> <--signal> <ARG> <--> <ID>", OWN "<rm> <--force> <--> <ID>",
	  OWN "<update> <--ARG> <--> <ID>", OWN "<logs> <--follow> <--tail> <1000> <--> <ID>",
	  OWN "<exec> <--interactive> <--tty> <--> <ID> <sh>", OWN "<inspect> <--> <ID>"}},
};

static void every_runtime_and_action(void **state)
{
	(void)state;
	missing = NULL;
	assert_int_equal(ARRAY_SIZE(table), RUNTIME__COUNT);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct action_target target = target_of(table[i].runtime);

		for (size_t k = 0; k < N_KEYS; k++)
			assert_line(keys[k], &target, "ARG", table[i].lines[k]);
		assert_line("launch", &target, "ARG", NONE);
		assert_line("", &target, "ARG", NONE);
	}
}

/* Whoever has no tool can still do what a cgroup allows, and no more. */
static void without_the_tools(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct action_target target = target_of(table[i].runtime);
		/* plimsoll is always there */
		const char *const *lines = table[table[i].runtime == RUNTIME_PLIMSOLL ? i : 0].lines;

		missing = "*";
		for (size_t k = 0; k < N_KEYS; k++)
			assert_line(keys[k], &target, "ARG", lines[k]);
	}
}

/* One missing tool takes away its own rows alone. */
static void without_one_tool(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct action_target target = target_of(table[i].runtime);
		struct slice rest = slice_of(table[i].tools);

		while (rest.len) {
			size_t len = strcspn(rest.at, " ");
			char word[32];
			char start[40];

			snprintf(word, sizeof(word), "%.*s", (int)len, rest.at);
			snprintf(start, sizeof(start), "<%s>", word);
			missing = word;
			for (size_t k = 0; k < N_KEYS; k++) {
				bool its = strncmp(table[i].lines[k], start, strlen(start)) == 0;

				assert_line(keys[k], &target, "ARG",
					    its ? table[0].lines[k] : table[i].lines[k]);
			}
			missing = NULL;
			len += rest.at[len] == ' ';
			rest = (struct slice){rest.at + len, rest.len - len};
		}
	}
}

/* One word each, whatever is in it, and never an option. */
static void odd_texts_stay_one_word(void **state)
{
	static const char *const odd[] = {"two words", "%n",   "100%",	      "%",
					  "--force",   "-",    "a\nb",	      "$(reboot) `x` ;|",
					  "'\"",       "\t",   "\xff\x1b]2J", "--name=x y",
					  "plimsoll",  "%a%i", "a=b"};

	(void)state;
	missing = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		struct action_target target = target_of(RUNTIME_DOCKER);
		_cleanup_str_ struct str expected = {0};

		target.id = odd[i];
		str_printf(&expected, "<docker> <kill> <--signal> <%s> <--> <%s>", odd[i], odd[i]);
		assert_line("signal", &target, odd[i], expected.data);

		target.runtime = RUNTIME_LXC;
		target.name = odd[i];
		str_clear(&expected);
		str_printf(&expected, "<lxc-stop> <--name> <%s>", odd[i]);
		assert_line("stop", &target, odd[i], expected.data);

		target.path = odd[i];
		str_clear(&expected);
		str_printf(&expected, "%s<update> <--%s> <--cgroup> <%s>", OWN, odd[i], odd[i]);
		assert_line("limits", &target, odd[i], expected.data);
	}
}

/* What stands for several, for this host, or for nobody, is not handed to a tool. */
static void names_that_mean_something_else(void **state)
{
	static const char *const not_one[] = {"", "*", "*.service", "a?c", "[ab]", ".host", "..", "."};
	struct action_target target;

	(void)state;
	missing = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(not_one); i++) {
		target = target_of(RUNTIME_SYSTEMD);
		target.id = not_one[i];
		assert_line("stop", &target, "", NONE);
		assert_line("logs", &target, "", NONE);
		assert_line("pause", &target, "", OWN_PAUSE);
		target = target_of(RUNTIME_NSPAWN);
		target.name = not_one[i];
		assert_line("stop", &target, "", NONE);
		assert_line("logs", &target, "", NONE);
	}
	target = target_of(RUNTIME_NSPAWN);
	target.name = "root@.host";
	assert_line("exec", &target, "", NONE);
	target = target_of(RUNTIME_SYSTEMD);
	target.id = "user@1000.service";
	assert_line("stop", &target, "", "<systemctl> <stop> <--> <user@1000.service>");
	target.id = "-.mount";
	assert_line("stop", &target, "", "<systemctl> <stop> <--> <-.mount>");
	/* only what a line has counts */
	target = target_of(RUNTIME_DOCKER);
	target.name = "";
	target.path = "*";
	assert_line("stop", &target, "", "<docker> <stop> <--> <ID>");
}

static void arguments(void **state)
{
	struct action_target target = target_of(RUNTIME_NONE);

	(void)state;
	missing = NULL;
	assert_line("signal", &target, "TERM", OWN "<kill> <--signal> <TERM> <--cgroup> </the/path>");
	assert_line("limits", &target, "memory=64m", OWN "<update> <--memory=64m> <--cgroup> </the/path>");
	assert_line("signal", &target, "", OWN "<kill> <--signal> <> <--cgroup> </the/path>");
	assert_line("signal", &target, NULL, OWN "<kill> <--signal> <> <--cgroup> </the/path>");
	assert_line("pause", &target, "unused", OWN_PAUSE);
}

/* Everything is in the block itself: nothing that the caller gave is pointed at. */
static void one_block(void **state)
{
	char id[4096];
	char argument[] = "HUP";
	struct action_target target = target_of(RUNTIME_DOCKER);
	_cleanup_free_ char **argv = NULL;

	(void)state;
	missing = NULL;
	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	target.id = id;
	assert_int_equal(top_command("signal", &target, argument, FRONT, has_tool, &argv), 0);
	id[0] = '\0';
	argument[0] = '\0';
	assert_int_equal(strlen(argv[5]), sizeof(id) - 1);
	assert_string_equal(argv[3], "HUP");
	assert_null(argv[6]);
	for (size_t i = 0; argv[i]; i++)
		assert_in_range((uintptr_t)argv[i], (uintptr_t)&argv[7],
				(uintptr_t)argv + 7 * sizeof(*argv) + 64 + sizeof(id));
}

/* --- the table that the dashboard gets --- */

struct scene {
	struct top_actions actions;
	char folder[64];
};

static int front_error;

/* The linker puts it in place of program_front: a test is not where programs look for each other. */
int __wrap_program_front(char *path, size_t cap, struct error *err);
int __wrap_program_front(char *path, size_t cap, struct error *err)
{
	if (front_error)
		return error_set(err, front_error, "", "there is none");
	snprintf(path, cap, "/the/plimsoll");
	return 0;
}

static void put_program(const struct scene *s, const char *name)
{
	_cleanup_free_ char *path = NULL;
	FILE *f;

	assert_true(asprintf(&path, "%s/%s", s->folder, name) > 0);
	f = fopen(path, "we");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(chmod(path, 0700), 0);
}

static int open_scene(void **state)
{
	static struct scene s;
	char bin[80];
	struct error err;

	s = (struct scene){.folder = "/tmp/plimsoll-unit-XXXXXX"};
	assert_non_null(mkdtemp(s.folder));
	front_error = 0;
	assert_int_equal(top_actions_init(&s.actions, &err), 0);
	snprintf(bin, sizeof(bin), "/nowhere:%s", s.folder);
	setenv("PATH", bin, 1);
	*state = &s;
	return 0;
}

static int close_scene(void **state)
{
	static const char *const names[] = {"docker", "podman"};
	struct scene *s = *state;
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", s->folder, names[i]);
		remove(path);
	}
	return rmdir(s->folder);
}

static const struct action *action_of(const struct scene *s, const char *key)
{
	for (size_t i = 0; i < s->actions.table.n; i++)
		if (strcmp(s->actions.table.items[i].key, key) == 0)
			return &s->actions.table.items[i];
	fail_msg("there is no action %s", key);
	return NULL;
}

static const char *refusal(struct scene *s, const char *key, const struct action_target *target)
{
	const struct action *action = action_of(s, key);
	const char *why = action->refusal(s->actions.table.context, action, target);

	return why ? why : "";
}

static void the_table_is_sound(void **state)
{
	const struct scene *s = *state;
	const struct action_table *t = &s->actions.table;

	for (size_t i = 0; i < t->n; i++) {
		const struct action *a = &t->items[i];

		assert_true(a->key && a->title && a->help && a->command);
		assert_true(a->letter && (a->no_target || a->refusal));
		/* what asks first changes something */
		assert_true(!a->confirm || a->changes);
		/* pairs that are never both possible share a letter */
		for (size_t k = 0; k < i; k++)
			if (t->items[k].letter == a->letter)
				assert_true(k + 1 == i && (a->letter == 's' || a->letter == 'p'));
	}
	for (size_t i = 0; i < N_KEYS; i++)
		action_of(s, keys[i]);
	assert_int_equal(t->n, N_KEYS + 1);
}

static void refusals(void **state)
{
	struct scene *s = *state;
	struct action_target t = target_of(RUNTIME_DOCKER);

	assert_string_equal(refusal(s, "stop", &t), "the tool of its runtime is not in PATH");
	assert_string_equal(refusal(s, "pause", &t), "");
	put_program(s, "docker");
	assert_string_equal(refusal(s, "stop", &t), "");
	assert_string_equal(refusal(s, "start", &t), "it is running");
	assert_string_equal(refusal(s, "unpause", &t), "it is not paused");
	t.frozen = true;
	assert_string_equal(refusal(s, "unpause", &t), "");
	assert_string_equal(refusal(s, "pause", &t), "it is paused already");
	t.ended = true;
	for (size_t i = 0; i < N_KEYS; i++) {
		const char *why = refusal(s, keys[i], &t);
		bool possible = strstr(" start remove logs inspect ", keys[i]) != NULL;

		assert_string_equal(why, possible ? "" : "it has ended");
	}
	t = target_of(RUNTIME_NONE);
	assert_string_equal(refusal(s, "stop", &t),
			    "a plain cgroup can only be paused, signalled and limited");
	assert_string_equal(refusal(s, "signal", &t), "");
	t = target_of(RUNTIME_SYSTEMD);
	assert_string_equal(refusal(s, "remove", &t), "its runtime has no command for that");
}

/* A folder of that name, or a file that can't be executed, is no tool. */
static void what_is_no_program(void **state)
{
	struct scene *s = *state;
	struct action_target t = target_of(RUNTIME_PODMAN);
	char path[128];

	snprintf(path, sizeof(path), "%s/podman", s->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_string_equal(refusal(s, "stop", &t), "the tool of its runtime is not in PATH");
	assert_int_equal(rmdir(path), 0);
	put_program(s, "podman");
	assert_string_equal(refusal(s, "stop", &t), "");
	assert_int_equal(chmod(path, 0600), 0);
	assert_string_equal(refusal(s, "stop", &t), "the tool of its runtime is not in PATH");
	unsetenv("PATH");
	assert_string_equal(refusal(s, "stop", &t), "the tool of its runtime is not in PATH");
	setenv("PATH", "", 1);
	assert_string_equal(refusal(s, "stop", &t), "the tool of its runtime is not in PATH");
}

static void commands(void **state)
{
	struct scene *s = *state;
	struct action_target t = target_of(RUNTIME_LXC);
	const struct action *action = action_of(s, "pause");
	_cleanup_free_ char **argv = NULL;
	char **none = NULL;
	struct error err = {0};

	assert_int_equal(action->command(s->actions.table.context, action, &t, "", &argv, &err), 0);
	assert_string_equal(argv[0], "/the/plimsoll");
	assert_string_equal(argv[3], "/the/path");
	action = action_of(s, "restart");
	assert_int_equal(action->command(s->actions.table.context, action, &t, "", &none, &err), -ENOENT);
	assert_string_equal(err.cause, "its runtime has no command for that");
	assert_null(none);
}

/* Words as in a shell, and the program's own path is none of them. */
static void launching(void **state)
{
	struct scene *s = *state;
	const struct action *action = action_of(s, "launch");
	_cleanup_free_ char **argv = NULL;
	struct error err = {0};

	snprintf(s->actions.front, sizeof(s->actions.front), "/a b/$x'plimsoll");
	assert_int_equal(action->command(s->actions.table.context, action, NULL,
					 "--name 'x y' / sh -c 'a; b'", &argv, &err),
			 0);
	assert_string_equal(argv[0], "/bin/sh");
	assert_string_equal(argv[1], "-c");
	assert_string_equal(argv[2], "exec \"$0\" run --detach --name 'x y' / sh -c 'a; b'");
	assert_string_equal(argv[3], "/a b/$x'plimsoll");
	assert_null(argv[4]);
}

static void without_a_front(void **state)
{
	struct top_actions a;
	struct error err = {0};

	(void)state;
	front_error = -ENOENT;
	assert_int_equal(top_actions_init(&a, &err), -ENOENT);
	assert_string_equal(err.cause, "there is none");
	front_error = 0;
}

#define ON_SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_runtime_and_action),
		cmocka_unit_test(without_the_tools),
		cmocka_unit_test(without_one_tool),
		cmocka_unit_test(odd_texts_stay_one_word),
		cmocka_unit_test(names_that_mean_something_else),
		cmocka_unit_test(arguments),
		cmocka_unit_test(one_block),
		ON_SCENE(the_table_is_sound),
		ON_SCENE(refusals),
		ON_SCENE(what_is_no_program),
		ON_SCENE(commands),
		ON_SCENE(launching),
		cmocka_unit_test(without_a_front),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
