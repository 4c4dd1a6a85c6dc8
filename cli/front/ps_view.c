/* SPDX-License-Identifier: Apache-2.0 */
#include "ps_view.h"

#include "base/clock.h"
#include "base/text.h"
#include "runtime/log.h"

#include <stdlib.h>
#include <string.h>

#define SHORT_ID 12
#define SHORT_COMMAND 20
#define N_COLUMNS 6
#define GAP 3

static const char *const headers[N_COLUMNS] = {"CONTAINER ID", "IMAGE",	 "COMMAND",
					       "CREATED",      "STATUS", "NAMES"};

/* --- words --- */

void ps_age(struct str *out, uint64_t age_ns)
{
	uint64_t seconds = age_ns / NSEC_PER_SEC;
	uint64_t hours = (seconds + 1800) / 3600;

	if (seconds < 1)
		str_add(out, "Less than a second");
	else if (seconds == 1)
		str_add(out, "1 second");
	else if (seconds < 60)
		str_printf(out, "%llu seconds", (unsigned long long)seconds);
	else if (seconds < 120)
		str_add(out, "About a minute");
	else if (seconds < 3600)
		str_printf(out, "%llu minutes", (unsigned long long)(seconds / 60));
	else if (hours == 1)
		str_add(out, "About an hour");
	else if (hours < 48)
		str_printf(out, "%llu hours", (unsigned long long)hours);
	else if (hours < 24 * 7 * 2)
		str_printf(out, "%llu days", (unsigned long long)(hours / 24));
	else if (hours < 24 * 30 * 2)
		str_printf(out, "%llu weeks", (unsigned long long)(hours / 24 / 7));
	else if (hours < 24 * 365 * 2)
		str_printf(out, "%llu months", (unsigned long long)(hours / 24 / 30));
	else
		str_printf(out, "%llu years", (unsigned long long)(hours / 24 / 365));
}

/* A clock that was set back makes nothing negative. */
static void age_since(struct str *out, uint64_t then_ns, uint64_t now_ns)
{
	ps_age(out, now_ns > then_ns ? now_ns - then_ns : 0);
}

static void ended_status(struct str *out, const struct container *c, uint64_t now_ns)
{
	const struct container_state *s = &c->state;

	str_add(out, s->status == CONTAINER_RESTARTING ? "Restarting (" : "Exited (");
	if (s->exit_known)
		str_printf(out, "%d)", s->exit_code);
	else
		str_add(out, "unknown)");
	if (s->finished_ns) {
		str_char(out, ' ');
		age_since(out, s->finished_ns, now_ns);
		str_add(out, " ago");
	}
	if (s->oom_killed)
		str_add(out, ", out of memory");
}

void ps_status(struct str *out, const struct container *c, uint64_t now_ns)
{
	if (c->broken) {
		str_add(out, "Broken: ");
		str_add(out, c->state.error);
		return;
	}
	switch (c->state.status) {
	case CONTAINER_CREATED:
		str_add(out, "Created");
		return;
	case CONTAINER_RUNNING:
	case CONTAINER_PAUSED:
		str_add(out, "Up ");
		age_since(out, c->state.started_ns, now_ns);
		if (c->state.status == CONTAINER_PAUSED)
			str_add(out, " (Paused)");
		return;
	case CONTAINER_RESTARTING:
	case CONTAINER_EXITED:
		ended_status(out, c, now_ns);
	}
}

struct slice ps_id(const struct container *c, bool cut)
{
	struct slice id = slice_of(c->id);

	if (cut && id.len > SHORT_ID)
		id.len = SHORT_ID;
	return id;
}

/* The bytes of the first n characters. */
static size_t first_characters(struct slice text, size_t n)
{
	size_t at = 0;
	uint32_t ignored;

	for (; n > 0 && at < text.len; n--)
		at += text_decode((struct slice){text.at + at, text.len - at}, &ignored);
	return at;
}

static size_t count_characters(struct slice text)
{
	size_t n = 0;
	uint32_t ignored;

	for (size_t at = 0; at < text.len; n++)
		at += text_decode((struct slice){text.at + at, text.len - at}, &ignored);
	return n;
}

void ps_command(struct str *out, const struct container *c, bool cut)
{
	_cleanup_str_ struct str words = {0};
	struct slice text;

	for (size_t i = 0; c->spec && i < c->spec->process.args.n; i++) {
		if (i)
			str_char(&words, ' ');
		str_add(&words, c->spec->process.args.at[i]);
	}
	text = (struct slice){words.data ? words.data : "", words.len};
	out->failed |= words.failed;
	str_char(out, '"');
	if (cut && count_characters(text) > SHORT_COMMAND) {
		str_append(out, text.at, first_characters(text, SHORT_COMMAND - 1));
		str_add(out, "…");
	} else {
		str_append(out, text.at, text.len);
	}
	str_char(out, '"');
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* --- the table --- */

struct cells {
	struct str at[N_COLUMNS];
};

static void fill_row(struct cells *row, const struct container *c, bool cut, uint64_t now_ns)
{
	struct str raw[N_COLUMNS] = {0};
	struct slice id = ps_id(c, cut);

	str_append(&raw[0], id.at, id.len);
	str_add(&raw[1], or_empty(c->config.image));
	ps_command(&raw[2], c, cut);
	if (c->config.created_ns) {
		age_since(&raw[3], c->config.created_ns, now_ns);
		str_add(&raw[3], " ago");
	}
	ps_status(&raw[4], c, now_ns);
	str_add(&raw[5], or_empty(c->config.name));
	for (size_t i = 0; i < N_COLUMNS; i++) {
		text_printable(&row->at[i], (struct slice){or_empty(raw[i].data), raw[i].len});
		row->at[i].failed |= raw[i].failed;
		str_free(&raw[i]);
	}
}

static void put_rows(struct str *out, const struct cells *rows, size_t n)
{
	size_t width[N_COLUMNS] = {0};

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < N_COLUMNS; k++) {
			size_t w = count_characters(
				(struct slice){or_empty(rows[i].at[k].data), rows[i].at[k].len});

			width[k] = w > width[k] ? w : width[k];
		}
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < N_COLUMNS; k++) {
			struct slice text = {or_empty(rows[i].at[k].data), rows[i].at[k].len};
			size_t w = count_characters(text);

			out->failed |= rows[i].at[k].failed;
			str_append(out, text.at, text.len);
			if (k + 1 < N_COLUMNS)
				str_printf(out, "%*s", (int)(width[k] - w + GAP), "");
		}
		str_char(out, '\n');
	}
}

void ps_table(struct str *out, struct container *const *list, size_t n, bool cut, uint64_t now_ns)
{
	struct cells *rows = calloc(n + 1, sizeof(*rows));

	if (!rows) {
		out->failed = true;
		return;
	}
	for (size_t k = 0; k < N_COLUMNS; k++)
		str_add(&rows[0].at[k], headers[k]);
	for (size_t i = 0; i < n; i++)
		fill_row(&rows[i + 1], list[i], cut, now_ns);
	put_rows(out, rows, n + 1);
	for (size_t i = 0; i <= n; i++)
		for (size_t k = 0; k < N_COLUMNS; k++)
			str_free(&rows[i].at[k]);
	free(rows);
}

/* --- json --- */

static void member(struct str *out, const char *key, const struct str *value)
{
	str_printf(out, "\"%s\":", key);
	text_json(out, (struct slice){or_empty(value->data), value->len});
	str_char(out, ',');
	out->failed |= value->failed;
}

static void member_text(struct str *out, const char *key, const char *value)
{
	str_printf(out, "\"%s\":", key);
	text_json(out, slice_of(or_empty(value)));
	str_char(out, ',');
}

static void member_labels(struct str *out, const struct spec_pairs *labels)
{
	_cleanup_str_ struct str text = {0};

	for (size_t i = 0; i < labels->n; i++)
		str_printf(&text, "%s%s=%s", i ? "," : "", labels->at[i].key, or_empty(labels->at[i].value));
	member(out, "Labels", &text);
}

static void put_object(struct str *out, const struct container *c, bool cut, uint64_t now_ns)
{
	_cleanup_str_ struct str command = {0};
	_cleanup_str_ struct str status = {0};
	_cleanup_str_ struct str age = {0};
	struct slice id = ps_id(c, cut);
	char created[LOG_TIME_SIZE];

	ps_command(&command, c, cut);
	ps_status(&status, c, now_ns);
	age_since(&age, c->config.created_ns, now_ns);
	str_add(&age, " ago");
	log_format_time(created, c->config.created_ns);
	str_char(out, '{');
	member(out, "Command", &command);
	member_text(out, "CreatedAt", created);
	str_printf(out, "\"ExitCode\":");
	if (c->state.status == CONTAINER_EXITED && c->state.exit_known)
		str_printf(out, "%d,", c->state.exit_code);
	else
		str_add(out, "null,");
	str_printf(out, "\"ID\":\"%.*s\",", (int)id.len, id.at);
	member_text(out, "Image", c->config.image);
	member_labels(out, &c->config.labels);
	member_text(out, "Names", c->config.name);
	str_printf(out, "\"OOMKilled\":%s,", c->state.oom_killed ? "true" : "false");
	str_printf(out, "\"Pid\":%d,", (int)c->state.pid);
	member(out, "RunningFor", &age);
	member_text(out, "State", c->broken ? "broken" : container_status_name(c->state.status));
	member(out, "Status", &status);
	out->len--; /* the last comma */
	str_add(out, "}\n");
}

void ps_json(struct str *out, struct container *const *list, size_t n, bool cut, uint64_t now_ns)
{
	for (size_t i = 0; i < n && !out->failed; i++)
		put_object(out, list[i], cut, now_ns);
}
