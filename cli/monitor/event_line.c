/* SPDX-License-Identifier: Apache-2.0 */
#include "event_line.h"

#include "base/clock.h"
#include "base/text.h"
#include "message.h"
#include "model/column.h"
#include "model/number.h"
#include "selection.h"

#include <sys/wait.h>
#include <time.h>

#define KIND_COLUMNS 11 /* "MEMORY-HIGH" */
#define NAME_COLUMNS 20

static const char *title(const struct event *e, const struct entity *owner)
{
	const char *name = owner ? entity_title(owner) : e->name;

	return name && *name ? name : e->path ? e->path : "";
}

/* ---- for people */

static void put_time(struct str *out, uint64_t realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / NSEC_PER_SEC);
	char clock[16] = "--:--:--";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		(void)strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	str_printf(out, "%s.%03u", clock, (unsigned)(realtime_ns % NSEC_PER_SEC / NSEC_PER_MSEC));
}

static size_t count_characters(struct slice text)
{
	size_t n = 0;

	while (text.len) {
		uint32_t c;
		size_t len = text_decode(text, &c);

		text.at += len;
		text.len -= len;
		n++;
	}
	return n;
}

static void put_padded(struct str *out, const char *text, size_t columns)
{
	size_t start = out->len;
	size_t n;

	message_safe(out, text);
	n = out->data ? count_characters((struct slice){out->data + start, out->len - start}) : columns;
	for (; n < columns; n++)
		str_char(out, ' ');
}

static void trim(struct str *out)
{
	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
}

void event_line_text(struct str *out, const struct event *e, const struct entity *owner)
{
	_cleanup_str_ struct str what = {0};

	event_describe(&what, e);
	put_time(out, e->realtime_ns);
	str_char(out, ' ');
	put_padded(out, event_kind_name(e->kind), KIND_COLUMNS);
	str_char(out, ' ');
	put_padded(out, title(e, owner), NAME_COLUMNS);
	str_add(out, "  ");
	if (e->count > 1)
		str_printf(out, "%llux ", (unsigned long long)e->count);
	message_safe(out, what.data ? what.data : "");
	trim(out);
	str_char(out, '\n');
	out->failed |= what.failed;
}

/* ---- for programs */

static void put_text(struct str *out, const char *key, const char *text)
{
	str_printf(out, ",\"%s\":", key);
	if (text && *text)
		text_json(out, slice_of(text));
	else
		str_add(out, "null");
}

static void put_number(struct str *out, const char *key, bool known, uint64_t value)
{
	str_printf(out, ",\"%s\":", key);
	if (known)
		str_u64(out, value);
	else
		str_add(out, "null");
}

static void put_who(struct str *out, const struct event *e, const struct entity *owner)
{
	const struct identity *who = owner ? owner->identity : NULL;

	put_text(out, "name", title(e, owner));
	put_text(out, "id", who ? who->id : NULL);
	put_text(out, "path", e->path);
	put_text(out, "class", owner ? entity_class_name(owner->class) : NULL);
	put_text(out, "runtime", who ? runtime_name(who->runtime) : NULL);
	put_text(out, "image", who ? who->image : NULL);
}

static void put_status(struct str *out, const struct event *e)
{
	bool known = (e->kind == EVENT_EXIT || e->kind == EVENT_END) && e->status != STATUS_UNKNOWN;
	bool exited = known && WIFEXITED(e->status);
	bool signalled = known && WIFSIGNALED(e->status);

	put_number(out, "exit_code", exited, exited ? (uint64_t)WEXITSTATUS(e->status) : 0);
	put_number(out, "signal", signalled, signalled ? (uint64_t)WTERMSIG(e->status) : 0);
}

void event_line_json(struct str *out, const struct event *e, const struct entity *owner)
{
	char time[NUMBER_MAX];

	str_add(out, "{\"time_seconds\":");
	str_append(out, time, number_base(time, UNIT_NSEC, e->realtime_ns));
	str_add(out, ",\"event\":\"");
	event_kind_key(out, e->kind);
	str_char(out, '"');
	put_who(out, e, owner);
	put_number(out, "count", true, e->count);
	put_number(out, "pid", e->pid > 0, (uint64_t)e->pid);
	put_text(out, "program", e->program);
	put_status(out, e);
	put_text(out, "reason", e->kind == EVENT_END ? ended_reason_name(e->reason) : NULL);
	put_number(out, "resident_bytes", e->kind == EVENT_OOM_KILL && e->bytes, e->bytes);
	put_text(out, "limit_of", e->culprit);
	put_text(out, "detail", e->detail);
	str_add(out, "}\n");
}
