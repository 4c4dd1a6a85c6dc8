/* SPDX-License-Identifier: Apache-2.0 */
/* What the formats have in common: lines and words, and the formats of procfs. */
#pragma once

#include "cgroup/format.h"

static inline struct slice nothing(void)
{
	return (struct slice){"", 0};
}

/* The next line into c->line. False at the end of the text. */
static inline bool take_line(struct format_cursor *c)
{
	const char *newline;
	size_t len;

	if (c->rest.len == 0)
		return false;
	newline = memchr(c->rest.at, '\n', c->rest.len);
	len = newline ? (size_t)(newline - c->rest.at) : c->rest.len;
	c->line = (struct slice){c->rest.at, len};
	c->rest.at += len + (newline != NULL);
	c->rest.len -= len + (newline != NULL);
	return true;
}

/* The next word; words are separated by any number of spaces. False where there is none. */
static inline bool take_word(struct slice *line, struct slice *word)
{
	const char *end;
	size_t len;

	while (line->len && line->at[0] == ' ') {
		line->at++;
		line->len--;
	}
	if (line->len == 0)
		return false;
	end = memchr(line->at, ' ', line->len);
	len = end ? (size_t)(end - line->at) : line->len;
	*word = (struct slice){line->at, len};
	line->at += len;
	line->len -= len;
	return true;
}

/* Cuts "key=value" in two. False where there is no '='. */
static inline bool cut_pair(struct slice word, struct slice *key, struct slice *value)
{
	const char *equals = word.len ? memchr(word.at, '=', word.len) : NULL;

	if (!equals)
		return false;
	*key = (struct slice){word.at, (size_t)(equals - word.at)};
	*value = (struct slice){equals + 1, word.len - key->len - 1};
	return true;
}

/* format_proc.c */
bool next_net_dev(struct format_cursor *c, struct format_item *item);
bool next_tcp(struct format_cursor *c, struct format_item *item);
bool next_udp(struct format_cursor *c, struct format_item *item);
