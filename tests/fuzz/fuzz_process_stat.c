/* SPDX-License-Identifier: Apache-2.0 */
/* A line of /proc/PID/stat: the name in it is the process's own choice. */
#include "check.h"
#include "process_table.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_same(const struct process *a, const struct process *b)
{
	return a->pid == b->pid && a->parent == b->parent && a->uid == b->uid && a->threads == b->threads &&
	       a->state == b->state && a->cpu_ns == b->cpu_ns && a->memory_bytes == b->memory_bytes &&
	       a->start_ticks == b->start_ticks && a->command == b->command;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct process_table units = {.procfs = -1, .ticks_per_second = 100, .page_size = 4096};
	const struct process before = {.pid = 1, .uid = 2, .cpu_ns = 3, .command = "x"};
	struct slice text = {(const char *)data, size};
	struct process p = before;
	struct process again = before;
	struct slice name = {0};
	struct slice other;
	const char *end;

	if (!process_parse_stat(text, &units, &p, &name)) {
		CHECK(!name.at && is_same(&p, &before));
		return 0;
	}
	/* between the first bracket and the last */
	end = name.at + name.len;
	CHECK(name.at > text.at && end < text.at + text.len);
	CHECK(name.at[-1] == '(' && *end == ')');
	CHECK(!memchr(text.at, '(', (size_t)(name.at - 1 - text.at)));
	CHECK(!memchr(end + 1, ')', text.len - (size_t)(end - text.at) - 1));
	CHECK(p.pid == 1 && p.uid == 2 && p.state != ' ' && p.state != '\n');
	CHECK(p.memory_bytes % 4096 == 0);
	again.cpu_ns = 99;
	CHECK(process_parse_stat(text, &units, &again, &other));
	CHECK(is_same(&p, &again));
	return 0;
}
