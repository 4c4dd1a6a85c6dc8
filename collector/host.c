/* SPDX-License-Identifier: Apache-2.0 */
#include "collector_private.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/parse.h"
#include "cgroup/convert.h"
#include "cgroup/format.h"

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

/*
 * /proc/stat (proc(5)): "cpu " is user, nice, system, idle, iowait, irq, softirq, steal, all CPUs together;
 * what guests had is part of user and nice already. "cpuN" lines are the CPUs online, "btime" the boot.
 */
enum { STAT_IDLE = 3, STAT_IOWAIT = 4, STAT_COLUMNS = 8 };

static void read_cpu_time(struct host_meters *m, struct slice columns)
{
	const uint64_t tick_ns = NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK);
	struct slice word;
	uint64_t busy = 0;
	uint64_t total = 0;
	size_t n = 0;

	for (; n < STAT_COLUMNS && next_word(&columns, " ", &word); n++) {
		uint64_t ticks;

		if (parse_u64(word, &ticks) < 0 || ticks > UINT64_MAX / tick_ns / STAT_COLUMNS)
			return;
		total += ticks * tick_ns;
		busy += n == STAT_IDLE || n == STAT_IOWAIT ? 0 : ticks * tick_ns;
	}
	m->cpu_known = n > STAT_IDLE;
	m->cpu_busy_ns = busy;
	m->cpu_total_ns = total;
}

static void read_stat(struct host *host, const char *text)
{
	struct slice rest = slice_of(text);
	struct slice line;
	uint32_t n_cpus = 0;

	while (next_line(&rest, &line)) {
		struct slice word;
		uint64_t seconds;

		if (!next_word(&line, " ", &word))
			continue;
		if (slice_is(word, "cpu"))
			read_cpu_time(&host->meters, line);
		n_cpus += word.len > 3 && memcmp(word.at, "cpu", 3) == 0;
		if (slice_is(word, "btime") && next_word(&line, " ", &word) && parse_u64(word, &seconds) == 0)
			host->boot_ns = seconds * NSEC_PER_SEC;
	}
	if (n_cpus)
		host->n_cpus = n_cpus;
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
	host->meters = (struct host_meters){0};
	free(meminfo);
	free(stat);
	if (!host->hostname || !host->kernel)
		return error_set(err, -ENOMEM, "", "out of memory");
	return 0;
}

/* Memory may be plugged in, and swap switched on, while we look. */
static void read_meminfo(struct host *host, const char *text)
{
	struct host_meters *m = &host->meters;
	uint64_t unused;

	(void)meminfo_value(text, "MemTotal", &host->memory_bytes);
	m->memory_known = meminfo_value(text, "MemAvailable", &m->memory_available_bytes);
	if (!meminfo_value(text, "SwapTotal", &host->swap_bytes) ||
	    !meminfo_value(text, "SwapFree", &unused) || unused > host->swap_bytes)
		return;
	m->swap_known = true;
	m->swap_used_bytes = host->swap_bytes - unused;
}

/* "0.42 0.31 0.20 1/234 5678" (proc(5)) */
static void read_loadavg(struct host_meters *m, const char *text)
{
	struct slice rest = slice_of(text);
	struct slice word;

	m->load_known = next_word(&rest, " ", &word) && parse_fixed(word, 2, &m->load_centi) == 0;
}

void host_read_meters(struct collector *c)
{
	char *stat = read_text(c, "stat");
	char *meminfo = read_text(c, "meminfo");
	char *loadavg = read_text(c, "loadavg");

	c->host.meters = (struct host_meters){0};
	if (stat)
		read_stat(&c->host, stat);
	if (meminfo)
		read_meminfo(&c->host, meminfo);
	if (loadavg)
		read_loadavg(&c->host.meters, loadavg);
	free(stat);
	free(meminfo);
	free(loadavg);
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
static void fill_memory(struct collector *c, struct snapshot *s, size_t index)
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

static bool is_pressure(const struct metric *m)
{
	return m->v2.kind == PLACE_CGROUP && (m->group == GROUP_pressure || m->group == GROUP_pressure_avg);
}

static void set_pressure(const struct collector *c, struct snapshot *s, size_t index, const char *file,
			 const char *text)
{
	struct format_cursor cursor;
	struct format_item item = {0};

	format_begin(&cursor, FILE_PRESSURE, slice_of(text));
	while (format_next(&cursor, &item)) {
		metric_set_foreach (id, snapshot_metrics(s)) {
			const struct metric *m = &metrics[id];
			uint64_t value;

			if (is_pressure(m) && strcmp(m->v2.file, file) == 0 &&
			    slice_is(item.key, m->v2.key) && lacks(s, index, id) &&
			    convert_value(item.value, m->v2.scale, c->reader.ticks_per_second,
					  c->reader.page_size, &value) == 0)
				snapshot_set(s, index, id, value);
		}
	}
}

static bool lacks_pressure(const struct snapshot *s, size_t index, const char *file)
{
	metric_set_foreach (id, snapshot_metrics(s)) {
		if (is_pressure(&metrics[id]) && strcmp(metrics[id].v2.file, file) == 0 &&
		    lacks(s, index, id))
			return true;
	}
	return false;
}

/*
 * Without a v2 hierarchy the root has no pressure files, but procfs has the same figures
 * (Documentation/accounting/psi.rst).
 */
static void fill_pressure(struct collector *c, struct snapshot *s, size_t index)
{
	static const struct {
		const char *cgroup;
		const char *procfs;
	} files[] = {
		{"cpu.pressure", "pressure/cpu"},
		{"memory.pressure", "pressure/memory"},
		{"io.pressure", "pressure/io"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char *text = lacks_pressure(s, index, files[i].cgroup) ? read_text(c, files[i].procfs) : NULL;

		if (text)
			set_pressure(c, s, index, files[i].cgroup, text);
		free(text);
	}
}

/* The root cgroup is the machine: what it has no files for may stand in procfs. */
void host_fill_root(struct collector *c, struct snapshot *s, size_t index)
{
	fill_memory(c, s, index);
	fill_pressure(c, s, index);
}
