/* SPDX-License-Identifier: Apache-2.0 */
/* What an event says, in plain words. */
#include "model/event.h"
#include "model/number.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static const struct {
	const char *name;
	enum event_severity severity;
} kinds[EVENT__COUNT] = {
	[EVENT_START] = {"START", SEVERITY_INFO},
	[EVENT_END] = {"END", SEVERITY_INFO},
	[EVENT_OOM_KILL] = {"OOM-KILL", SEVERITY_ERROR},
	[EVENT_MEMORY_MAX] = {"MEMORY-MAX", SEVERITY_WARNING},
	[EVENT_MEMORY_HIGH] = {"MEMORY-HIGH", SEVERITY_WARNING},
	[EVENT_THROTTLED] = {"THROTTLED", SEVERITY_WARNING},
	[EVENT_PIDS_MAX] = {"PIDS-MAX", SEVERITY_ERROR},
	[EVENT_FROZEN] = {"FROZEN", SEVERITY_INFO},
	[EVENT_THAWED] = {"THAWED", SEVERITY_INFO},
	[EVENT_LIMIT] = {"LIMIT", SEVERITY_INFO},
	[EVENT_EXEC] = {"EXEC", SEVERITY_INFO},
	[EVENT_EXIT] = {"EXIT", SEVERITY_INFO},
	[EVENT_FORK_STORM] = {"FORK-STORM", SEVERITY_WARNING},
};

const char *event_kind_name(enum event_kind kind)
{
	return kind < EVENT__COUNT ? kinds[kind].name : "";
}

enum event_severity event_severity(enum event_kind kind)
{
	return kind < EVENT__COUNT ? kinds[kind].severity : SEVERITY_INFO;
}

void event_kind_key(struct str *out, enum event_kind kind)
{
	for (const char *c = event_kind_name(kind); *c; c++)
		str_char(out, *c == '-' ? '_' : (char)tolower((unsigned char)*c));
}

static bool is_called(enum event_kind kind, const char *name)
{
	const char *known = kinds[kind].name;

	while (*name && toupper((unsigned char)(*name == '_' ? '-' : *name)) == *known) {
		name++;
		known++;
	}
	return !*name && !*known;
}

enum event_kind event_kind_find(const char *name)
{
	enum event_kind k = 0;

	while (k < EVENT__COUNT && !is_called(k, name))
		k++;
	return k;
}

static void separate(struct str *out, size_t start)
{
	if (out->len > start)
		str_add(out, ", ");
}

/* "exit 3", "killed by signal 9 (KILL)" */
static void put_status(struct str *out, int32_t status)
{
	const char *name;

	if (WIFEXITED(status)) {
		str_printf(out, "exit %d", WEXITSTATUS(status));
		return;
	}
	name = sigabbrev_np(WTERMSIG(status));
	str_printf(out, "ended by signal %d%s%s%s", WTERMSIG(status), name ? " (" : "", name ? name : "",
		   name ? ")" : "");
}

static void put_process(struct str *out, const struct event *e)
{
	if (e->pid <= 0)
		return;
	str_printf(out, "pid %d", e->pid);
	if (e->program && *e->program)
		str_printf(out, " %s", e->program);
}

static void put_victim(struct str *out, const struct event *e, size_t start)
{
	if (e->bytes) {
		separate(out, start);
		format_bytes(out, (double)e->bytes);
		str_add(out, " resident");
	}
	if (!e->culprit || !*e->culprit)
		return;
	separate(out, start);
	if (strcmp(e->culprit, "/") == 0)
		str_add(out, "the host ran out");
	else if (e->path && strcmp(e->culprit, e->path) == 0)
		str_add(out, "its own limit");
	else
		str_printf(out, "limit of %s", e->culprit);
}

void event_describe(struct str *out, const struct event *e)
{
	size_t start = out->len;

	put_process(out, e);
	if (e->kind == EVENT_OOM_KILL)
		put_victim(out, e, start);
	if ((e->kind == EVENT_EXIT || e->kind == EVENT_END) && e->status != STATUS_UNKNOWN) {
		separate(out, start);
		put_status(out, e->status);
	}
	if (e->kind == EVENT_END && e->reason == ENDED_OOM) {
		separate(out, start);
		str_add(out, "out of memory");
	}
	if (e->detail && *e->detail) {
		separate(out, start);
		str_add(out, e->detail);
	}
}
