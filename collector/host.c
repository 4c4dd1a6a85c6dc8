/* SPDX-License-Identifier: Apache-2.0 */
#include "collector_private.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)4 << 20)

static char *read_text(const struct collector *c, const char *path)
{
	char *text = NULL;

	return fs_read_file(c->procfs, path, TEXT_MAX, &text, NULL) < 0 ? NULL : text;
}

/* A one-line file without its newline; "" where it can't be read. Owned by the caller. */
static char *read_line(const struct collector *c, const char *path)
{
	char *text = read_text(c, path);

	if (!text)
		return strdup("");
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* "MemTotal:    24684084 kB" → bytes */
static bool meminfo_value(const char *text, const char *name, uint64_t *out)
{
	struct slice rest = slice_of(text);
	struct slice line;

	while (next_line(&rest, &line)) {
		struct slice word;
		uint64_t kilobytes;

		if (!next_word(&line, " :", &word) || !slice_is(word, name))
			continue;
		if (!next_word(&line, " :", &word) || parse_u64(word, &kilobytes) < 0)
			return false;
		*out = kilobytes * 1024;
		return true;
	}
	return false;
}

/* /proc/stat: "cpuN …" lines are the CPUs online, "btime" the boot (proc(5)). */
static void read_stat(struct host *host, const char *text)
{
	struct slice rest = slice_of(text);
	struct slice line;

	while (next_line(&rest, &line)) {
		struct slice word;
		uint64_t seconds;

		if (!next_word(&line, " ", &word))
			continue;
		if (word.len > 3 && memcmp(word.at, "cpu", 3) == 0)
			host->n_cpus++;
		if (slice_is(word, "btime") && next_word(&line, " ", &word) && parse_u64(word, &seconds) == 0)
			host->boot_ns = seconds * NSEC_PER_SEC;
	}
}

int host_read(struct collector *c, struct error *err)
{
	struct host *host = &c->host;
	char *meminfo = read_text(c, "meminfo");
	char *stat = read_text(c, "stat");

	host->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	host->hostname = read_line(c, "sys/kernel/hostname");
	host->kernel = read_line(c, "sys/kernel/osrelease");
	if (meminfo) {
		(void)meminfo_value(meminfo, "MemTotal", &host->memory_bytes);
		(void)meminfo_value(meminfo, "SwapTotal", &host->swap_bytes);
	}
	if (stat)
		read_stat(host, stat);
	free(meminfo);
	free(stat);
	if (!host->hostname || !host->kernel)
		return error_set(err, -ENOMEM, "", "out of memory");
	return 0;
}

void host_free(struct collector *c)
{
	free((void *)(uintptr_t)c->host.hostname);
	free((void *)(uintptr_t)c->host.kernel);
}

static bool lacks(const struct snapshot *s, size_t index, enum metric_id id)
{
	uint64_t known;

	return metric_set_has(snapshot_metrics(s), id) && !snapshot_get(s, index, id, &known);
}

static void set_used(struct snapshot *s, size_t index, enum metric_id id, const char *meminfo,
		     const char *all, const char *unused)
{
	uint64_t total;
	uint64_t left;

	if (lacks(s, index, id) && meminfo_value(meminfo, all, &total) &&
	    meminfo_value(meminfo, unused, &left) && total >= left)
		snapshot_set(s, index, id, total - left);
}

/* The root of v2 has no memory.current: the machine's own figures stand in (cAdvisor does so too). */
void host_fill_root(struct collector *c, struct snapshot *s, size_t index)
{
	char *meminfo;

	if (!lacks(s, index, METRIC_MEMORY_USAGE) && !lacks(s, index, METRIC_MEMORY_SWAP))
		return;
	meminfo = read_text(c, "meminfo");
	if (!meminfo)
		return;
	set_used(s, index, METRIC_MEMORY_USAGE, meminfo, "MemTotal", "MemFree");
	set_used(s, index, METRIC_MEMORY_SWAP, meminfo, "SwapTotal", "SwapFree");
	free(meminfo);
}
