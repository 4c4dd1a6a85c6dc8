/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/slice.h"
#include "base/str.h"
#include "top_actions.h"

#include "base/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RUNTIME_ANY RUNTIME__COUNT
#define WORDS_MAX 32

struct tool {
	enum runtime runtime;
	const char *action;
	const char *line;
};

static const struct tool tools[] = {
#define TOOL(runtime, action, line) {RUNTIME_##runtime, #action, line},
#include "top_tools.def"
};

static bool is_ours(struct slice word)
{
	return slice_is(word, "plimsoll");
}

static bool is_there(const struct tool *tool, bool (*has_tool)(const char *program))
{
	_cleanup_free_ char *program = NULL;
	struct slice rest = {tool->line, strlen(tool->line)};
	struct slice word;

	if (!next_word(&rest, " ", &word))
		return false;
	if (is_ours(word))
		return true;
	program = strndup(word.at, word.len);
	return program && has_tool(program);
}

/* systemd's tools take "*.service" for many units, and ".host" for this very host. */
static bool is_one(const char *text)
{
	return *text && *text != '.' && !strpbrk(text, "*?[");
}

/* Whether what the line is filled with means this target and nothing else. */
static bool is_clear(const struct tool *tool, const struct action_target *target)
{
	if (strstr(tool->line, "%i") && !is_one(target->id))
		return false;
	/* "user@machine" */
	return !strstr(tool->line, "%n") || (is_one(target->name) && !strchr(target->name, '@'));
}

static const struct tool *find(const char *action, const struct action_target *target,
			       bool (*has_tool)(const char *))
{
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++)
		if ((tools[i].runtime == target->runtime || tools[i].runtime == RUNTIME_ANY) &&
		    strcmp(tools[i].action, action) == 0 && is_clear(&tools[i], target) &&
		    is_there(&tools[i], has_tool))
			return &tools[i];
	return NULL;
}

/* A word of a line, with what its placeholder stands for. */
static void put_word(struct str *out, struct slice word, const struct action_target *target,
		     const char *argument)
{
	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] != '%' || i + 1 == word.len) {
			str_char(out, word.at[i]);
			continue;
		}
		switch (word.at[++i]) {
		case 'i':
			str_add(out, target->id);
			break;
		case 'n':
			str_add(out, target->name);
			break;
		case 'c':
			str_add(out, target->path);
			break;
		case 'a':
			str_add(out, argument ? argument : "");
			break;
		default:
			str_append(out, &word.at[i - 1], 2);
		}
	}
	str_char(out, '\0');
}

/* The words, each ended by NUL, in one text; their count. */
static size_t put_words(struct str *out, const char *line, const struct action_target *target,
			const char *argument, const char *front)
{
	struct slice rest = {line, strlen(line)};
	struct slice word;
	size_t n = 0;

	while (n < WORDS_MAX && next_word(&rest, " ", &word)) {
		if (n++ == 0 && is_ours(word))
			str_append(out, front, strlen(front) + 1);
		else
			put_word(out, word, target, argument);
	}
	return n;
}

/* Pointers and texts in one block, so that free() is enough. */
static char **as_block(const struct str *words, size_t n)
{
	char **argv = words->failed || !words->data ? NULL : malloc((n + 1) * sizeof(*argv) + words->len);
	char *text;

	if (!argv)
		return NULL;
	text = (char *)(argv + n + 1);
	memcpy(text, words->data, words->len);
	for (size_t i = 0; i < n; i++) {
		argv[i] = text;
		text += strlen(text) + 1;
	}
	argv[n] = NULL;
	return argv;
}

int top_command(const char *action, const struct action_target *target, const char *argument,
		const char *front, bool (*has_tool)(const char *program), char ***argv)
{
	const struct tool *tool = find(action, target, has_tool);
	_cleanup_str_ struct str words = {0};
	char **block;
	size_t n;

	if (!tool)
		return -ENOENT;
	n = put_words(&words, tool->line, target, argument, front);
	block = as_block(&words, n);
	if (!block)
		return -ENOMEM;
	*argv = block;
	return 0;
}
