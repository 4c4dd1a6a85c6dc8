/* SPDX-License-Identifier: Apache-2.0 */
#include "key.h"

#include "utf8.h"

struct command_info {
	uint32_t contexts;
	const char *label;
	const char *help;
};

struct binding {
	enum command command;
	uint32_t contexts;
	uint32_t code;
};

static const struct command_info commands[CMD__COUNT] = {
#define BINDING_COMMAND(id, contexts, label, help) [CMD_##id] = {contexts, label, help},
#define BINDING_KEY(id, contexts, code)
#include "binding.def"
};

static const struct binding bindings[] = {
#define BINDING_COMMAND(id, contexts, label, help)
#define BINDING_KEY(id, contexts, code) {CMD_##id, contexts, code},
#include "binding.def"
};

static const struct {
	uint32_t code;
	const char *name;
} names[] = {
	{KEYCODE_TAB, "Tab"},
	{KEYCODE_ENTER, "Enter"},
	{KEYCODE_ESCAPE, "Esc"},
	{' ', "Space"},
	{127, "Backspace"},
	{KEYCODE_UP, "Up"},
	{KEYCODE_DOWN, "Down"},
	{KEYCODE_LEFT, "Left"},
	{KEYCODE_RIGHT, "Right"},
	{KEYCODE_SHIFT_UP, "S-Up"},
	{KEYCODE_SHIFT_DOWN, "S-Down"},
	{KEYCODE_SHIFT_LEFT, "S-Left"},
	{KEYCODE_SHIFT_RIGHT, "S-Right"},
	{KEYCODE_PAGE_UP, "PgUp"},
	{KEYCODE_PAGE_DOWN, "PgDn"},
	{KEYCODE_HOME, "Home"},
	{KEYCODE_END, "End"},
	{KEYCODE_DELETE, "Del"},
	{KEYCODE_BACKSPACE, "Backspace"},
	{KEYCODE_SHIFT_TAB, "S-Tab"},
	{KEYCODE_MOUSE_PRESS, "Click"},
	{KEYCODE_MOUSE_DOUBLE, "Double-click"},
	{KEYCODE_WHEEL_UP, "Wheel-up"},
	{KEYCODE_WHEEL_DOWN, "Wheel-down"},
};

enum command binding_find(enum context context, uint32_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(bindings); i++)
		if (bindings[i].code == code && (bindings[i].contexts & context))
			return bindings[i].command;
	return CMD_NONE;
}

void binding_keys(enum command command, enum context context, struct str *out)
{
	bool first = true;

	for (size_t i = 0; i < ARRAY_SIZE(bindings); i++) {
		if (bindings[i].command != command || !(bindings[i].contexts & context))
			continue;
		if (!first)
			str_char(out, ' ');
		key_name(bindings[i].code, out);
		first = false;
	}
}

uint32_t binding_code(enum command command, enum context context, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(bindings); i++)
		if (bindings[i].command == command && (bindings[i].contexts & context) && n-- == 0)
			return bindings[i].code;
	return KEYCODE_NONE;
}

static const struct command_info *info_of(enum command command)
{
	static const struct command_info none = {0, "", ""};

	return command > CMD_NONE && command < CMD__COUNT ? &commands[command] : &none;
}

const char *binding_label(enum command command)
{
	return info_of(command)->label;
}

const char *binding_help(enum command command)
{
	return info_of(command)->help;
}

uint32_t binding_contexts(enum command command)
{
	return info_of(command)->contexts;
}

void key_name(uint32_t code, struct str *out)
{
	char bytes[4];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].code == code) {
			str_add(out, names[i].name);
			return;
		}
	if (code >= KEYCODE_F1 && code <= KEYCODE_F12)
		str_printf(out, "F%u", code - KEYCODE_F1 + 1);
	else if (code < 0x20)
		str_printf(out, "^%c", (char)(code + '@'));
	else if (code < KEYCODE_UP)
		str_append(out, bytes, utf8_encode(code, bytes));
}
