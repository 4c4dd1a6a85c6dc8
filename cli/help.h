/* SPDX-License-Identifier: Apache-2.0 */
/* A command's struct as text for a terminal, as a man page, and as bash completion. */
#pragma once

#include "base/str.h"
#include "command.h"

/* Lines of at most 80 columns. */
void help_text(struct str *out, const struct command *command);

/* roff with the man macros (groff_man(7), mandoc's man(7)). */
void help_man(struct str *out, const struct command *command);

/* The overview page, plimsoll(1). */
void help_man_front(struct str *out);

/* One completion function for `plimsoll` and all of its commands. */
void help_bash(struct str *out);

/* The parts that the three share. */

/* "--stream", "--no-stream", "--[no-]collector.cpu", with its value behind: "--interval DURATION". */
void help_option_name(struct str *out, const struct option_spec *row);

/* The help with what holds unless it is given: "table, json, csv or prom (default: table)". */
void help_option_text(struct str *out, const struct option_spec *row);
