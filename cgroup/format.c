/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/format.h"

#include "base/str.h"
#include "format_lines.h"

void format_begin(struct format_cursor *c, enum file_format format, struct slice text)
{
	/* counts and scratch are set by the formats that use them: this is called for every file of every
	 * sample */
	c->format = format;
	c->column = 0;
	c->rest = text;
	c->line = nothing();
	c->word = nothing();
}

static bool give(struct format_item *item, struct slice instance, struct slice key, struct slice value)
{
	item->instance = instance;
	item->key = key;
	item->value = value;
	return true;
}

static bool next_single(struct format_cursor *c, struct format_item *item)
{
	if (c->column++ || !take_line(c) || c->line.len == 0)
		return false;
	return give(item, nothing(), nothing(), c->line);
}

static bool next_text(struct format_cursor *c, struct format_item *item)
{
	if (c->column)
		return false;
	c->column = 1;
	take_line(c);
	return give(item, nothing(), nothing(), c->line);
}

static bool next_flat_name(struct format_cursor *c, struct format_item *item)
{
	if (!format_next_flat(c, item))
		return false;
	item->instance = item->key;
	item->key = nothing();
	return true;
}

static bool next_of_pair(struct format_cursor *c, struct format_item *item)
{
	struct slice value;
	size_t len;

	if (c->column == 0)
		take_line(c);
	if (!take_word(&c->line, &value)) {
		c->rest = nothing();
		return false;
	}
	len = format_u64(c->scratch, c->column++);
	return give(item, nothing(), (struct slice){c->scratch, len}, value);
}

/* A device that the kernel hides (one path of an NVMe multipath): several lines may be called so, so none is
 * shown. */
static bool is_unknown(struct slice device)
{
	return slice_is(device, "(unknown)");
}

/*
 * The last word before the first pair is the instance: some kernels' io.stat writes the number of a device
 * without figures and does not end the line ("7:7 7:6 rbytes=1 …"). A lone word between pairs is a heading of
 * a scheduler's own figures ("[RT] dispatched=1"), which come last.
 */
static bool next_nested(struct format_cursor *c, struct format_item *item)
{
	struct slice word;

	for (;;) {
		if (!take_word(&c->line, &word)) {
			if (!take_line(c))
				return false;
			c->word = nothing();
			c->column = 0;
		} else if (!cut_pair(word, &item->key, &item->value)) {
			if (c->column == 0)
				c->word = is_unknown(word) ? nothing() : word;
			else
				c->line = nothing();
		} else {
			c->column = 1;
			item->instance = c->word;
			if (c->word.len && item->key.len)
				return true;
		}
	}
}

/* "some" and "avg10" stand apart in the text, so the key is put together: "some " stays for the whole line.
 */
static bool next_pressure(struct format_cursor *c, struct format_item *item)
{
	struct slice key;
	struct slice word;
	size_t before;

	for (;;) {
		if (!take_word(&c->line, &word)) {
			if (!take_line(c))
				return false;
			c->word = nothing();
		} else if (!cut_pair(word, &key, &item->value)) {
			c->word = word;
			if (word.len < sizeof(c->scratch)) {
				memcpy(c->scratch, word.at, word.len);
				c->scratch[word.len] = ' ';
			}
		} else {
			before = c->word.len + 1;
			if (c->word.len == 0 || key.len == 0 || before >= sizeof(c->scratch) ||
			    key.len > sizeof(c->scratch) - before)
				continue;
			memcpy(c->scratch + before, key.at, key.len);
			return give(item, nothing(), (struct slice){c->scratch, before + key.len},
				    item->value);
		}
	}
}

static bool next_blkio(struct format_cursor *c, struct format_item *item)
{
	while (take_line(c))
		if (take_word(&c->line, &item->instance) && take_word(&c->line, &item->key) &&
		    take_word(&c->line, &item->value) && !is_unknown(item->instance))
			return true;
	return false;
}

static bool next_weight(struct format_cursor *c, struct format_item *item)
{
	struct slice name;
	struct slice value;

	if (c->column) {
		c->column = 0;
		return give(item, nothing(), nothing(), c->word);
	}
	while (take_line(c)) {
		if (!take_word(&c->line, &name))
			continue;
		if (!take_word(&c->line, &value))
			value = name;
		else if (!slice_is(name, "default"))
			return give(item, name, slice_of("weight"), value);
		if (slice_is(value, "default"))
			continue;
		c->column = 1;
		c->word = value;
		return give(item, nothing(), slice_of("default"), value);
	}
	return false;
}

/* "N0" → "0" */
static bool is_node(struct slice name, struct slice *node)
{
	if (name.len < 2 || name.at[0] != 'N')
		return false;
	*node = (struct slice){name.at + 1, name.len - 1};
	for (size_t i = 0; i < node->len; i++)
		if (node->at[i] < '0' || node->at[i] > '9')
			return false;
	return true;
}

/* Both versions: any other word, with or without a sum, says what the nodes behind it count. */
static bool next_numa(struct format_cursor *c, struct format_item *item)
{
	struct slice word;

	for (;;) {
		struct slice key;

		if (!take_word(&c->line, &word)) {
			if (!take_line(c))
				return false;
			c->word = nothing();
		} else if (!cut_pair(word, &key, &item->value)) {
			c->word = word;
		} else if (!is_node(key, &item->instance)) {
			c->word = key;
		} else if (c->word.len) {
			item->key = c->word;
			return true;
		}
	}
}

static bool next_of_lines(struct format_cursor *c, struct format_item *item)
{
	while (take_line(c))
		if (c->line.len)
			return give(item, nothing(), nothing(), c->line);
	return false;
}

bool format_next_other(struct format_cursor *c, struct format_item *item)
{
	switch (c->format) {
	case FILE_SINGLE:
		return next_single(c, item);
	case FILE_TEXT:
		return next_text(c, item);
	case FILE_FLAT:
		return format_next_flat(c, item);
	case FILE_FLAT_NAMES:
		return next_flat_name(c, item);
	case FILE_PAIR:
		return next_of_pair(c, item);
	case FILE_NESTED:
		return next_nested(c, item);
	case FILE_PRESSURE:
		return next_pressure(c, item);
	case FILE_BLKIO:
		return next_blkio(c, item);
	case FILE_WEIGHT:
		return next_weight(c, item);
	case FILE_NUMA_V2:
	case FILE_NUMA_V1:
		return next_numa(c, item);
	case FILE_NET_DEV:
		return next_net_dev(c, item);
	case FILE_TCP:
		return next_tcp(c, item);
	case FILE_UDP:
		return next_udp(c, item);
	case FILE_LINES:
		return next_of_lines(c, item);
	}
	return false;
}
