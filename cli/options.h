/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines by tables. A command's options are rows; a row says where in the command's settings its value
 * goes, what it is unless given, and how to explain it. The parser, the help text, the man page and the shell
 * completion all read the same rows.
 *
 * Understood: --name value, --name=value, -n value, -nvalue, -ab, --flag, --no-flag, --flag=yes|no, and "--",
 * behind which nothing is an option. Options may stand behind operands. A name must be whole.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_FLAG,	 /* bool */
	OPTION_SWITCH,	 /* bool, explained as --[no-]name: it is as usual to turn it off as on */
	OPTION_TEXT,	 /* const char * */
	OPTION_LIST,	 /* struct text_list; each time it is given adds an item */
	OPTION_CHOICE,	 /* unsigned: the index in `choices` */
	OPTION_SET,	 /* uint32_t: a bit for each of `choices`, given as a,b,c */
	OPTION_NUMBER,	 /* uint64_t */
	OPTION_DURATION, /* uint64_t, nanoseconds */
	OPTION_SIZE,	 /* uint64_t, bytes */
	OPTION_REFUSED,	 /* no field: known elsewhere, not to be had here; help says why */
};

/* Texts of the command line; only the array is owned. */
struct text_list {
	const char **items;
	size_t n;
};

struct option_spec {
	const char *name; /* without "--" */
	char letter;	  /* 'a' for -a; 0 = none */
	enum option_type type;
	size_t offset;		    /* of its field in the settings of its group */
	const char *value;	    /* what help calls the value: "COLUMN" */
	const char *const *choices; /* ends with NULL */
	uint64_t min;
	uint64_t max; /* 0 = no upper bound */
	const char
		*fallback; /* what holds unless it is given, as it would be given; NULL = empty, zero, off */
	const char *help;  /* no full stop at the end */
};

/* Rows that belong together: a heading in the help, and a struct inside the command's settings. */
struct option_group {
	const char *heading;
	const struct option_spec *rows;
	size_t n_rows;
	size_t offset; /* of the group's struct in the settings */
};

enum options_outcome { OPTIONS_OK, OPTIONS_HELP, OPTIONS_VERSION };

/*
 * Fills *settings (zeroed by the caller) and *operands from argv, which must outlive both. Every command has
 * --help, -h and --version besides. With operands_end_options the first operand ends the options, and "--" is
 * not needed. OPTIONS_*, or -EINVAL (-ENOMEM) with a message that names the option,
 * what was given and what is allowed. options_release frees what the settings own, also after an error.
 */
int options_parse(const struct option_group *groups, size_t n_groups, int argc, char **argv,
		  bool operands_end_options, void *settings, struct text_list *operands, struct error *err);
void options_release(const struct option_group *groups, size_t n_groups, void *settings);

/* Appends to a list. 0 or -ENOMEM. */
int text_list_add(struct text_list *list, const char *text);
void text_list_free(struct text_list *list);
