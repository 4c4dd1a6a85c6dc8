/* SPDX-License-Identifier: Apache-2.0 */
/* Prints docs/metrics.md from model/metrics.def. */
#include "model/ended.h"
#include "model/metric.h"

#include <stdio.h>
#include <string.h>

static const char *const dimension_labels[DIMENSION__COUNT] = {
	[DIMENSION_ONE] = "",	       [DIMENSION_DEVICE] = "device",	  [DIMENSION_INTERFACE] = "interface",
	[DIMENSION_NODE] = "node",     [DIMENSION_PAGESIZE] = "pagesize", [DIMENSION_RDMA] = "rdma",
	[DIMENSION_MISC] = "resource", [DIMENSION_FILESYSTEM] = "device", [DIMENSION_OPERATION] = "operation",
};

static const char *unit_name(enum metric_unit unit)
{
	static const char *const names[] = {
		[UNIT_NSEC] = "seconds",
		[UNIT_USEC] = "microseconds",
		[UNIT_BYTES] = "bytes",
		[UNIT_PAGES] = "pages",
		[UNIT_COUNT] = "",
		[UNIT_BASIS_POINTS] = "ratio",
		[UNIT_EPOCH_NSEC] = "seconds since 1970",
		[UNIT_FLAG] = "0 or 1",
		[UNIT_INODE] = "inode number",
	};

	return names[unit];
}

static const char *kind_name(enum metric_kind kind)
{
	static const char *const names[] = {
		[KIND_COUNTER] = "counter",
		[KIND_GAUGE] = "gauge",
		[KIND_LIMIT] = "gauge, 0 = no limit",
		[KIND_CEILING] = "gauge, absent = no limit",
		[KIND_TEXT] = "text",
		[KIND_HISTOGRAM] = "histogram",
	};

	return names[kind];
}

static void print_file(const char *file, const char *key)
{
	printf("`%s`", file);
	if (*key)
		printf(" %s", key);
}

/* Where a figure is read, in one cell. */
static void print_place(const struct metric_place *place)
{
	switch (place->kind) {
	case PLACE_NOWHERE:
		fputs("-", stdout);
		break;
	case PLACE_CGROUP:
		print_file(place->file, place->key);
		break;
	case PLACE_PID:
		fputs("/proc/PID/", stdout);
		print_file(place->file, place->key);
		break;
	case PLACE_CODE:
		fputs("collected by code", stdout);
		break;
	case PLACE_DERIVED:
		fputs("computed from others", stdout);
		break;
	case PLACE_SAME_AS:
		printf("as %s", *metrics[place->same_as].json ? metrics[place->same_as].json
							      : metrics[place->same_as].prometheus);
		break;
	}
}

static void print_labels(const struct metric *m)
{
	const char *dimension = dimension_labels[m->dimension];

	if (*m->labels)
		printf("{%s%s%s}", dimension, *dimension ? "," : "", m->labels);
	else if (*dimension)
		printf("{%s}", dimension);
}

static void print_row(const struct metric *m)
{
	fputs("| ", stdout);
	if (*m->prometheus) {
		printf("`%s", m->prometheus);
		print_labels(m);
		putchar('`');
	}
	printf(" | %s%s%s | ", *m->json ? "`" : "", m->json, *m->json ? "`" : "");
	printf("%s%s%s | %s | ", kind_name(m->kind), *unit_name(m->unit) && m->kind != KIND_TEXT ? "; " : "",
	       m->kind == KIND_TEXT ? "" : unit_name(m->unit), m->help);
	print_place(&m->v2);
	fputs(" | ", stdout);
	print_place(&m->v1);
	puts(" |");
}

/* A histogram's first bucket stands for all of them. */
static bool is_another_bucket(unsigned id)
{
	return metrics[id].kind == KIND_HISTOGRAM && id > 0 && *metrics[id].labels &&
	       strcmp(metrics[id - 1].prometheus, metrics[id].prometheus) == 0;
}

static void print_group(enum metric_group group)
{
	const struct metric_group_info *info = &metric_groups[group];

	printf("\n## %s\n\n%s. %s: `--%scollector.%s` turns it %s.\n\n", info->name, info->help,
	       info->on_by_default ? "On by default" : "Off by default", info->on_by_default ? "no-" : "",
	       info->name, info->on_by_default ? "off" : "on");
	puts("| Prometheus | JSON, column | kind | what it is | cgroup v2 | cgroup v1 |\n"
	     "|---|---|---|---|---|---|");
	for (unsigned id = 0; id < METRIC__COUNT; id++)
		if (metrics[id].group == group && !is_another_bucket(id))
			print_row(&metrics[id]);
}

/* What the exporter computes from several rows and two collections. */
static void print_verdicts(void)
{
	puts("\n## What limits a container\n"
	     "\n"
	     "`container_limited_by{limiter=\"cpu.max\"} 1` stands for each cgroup that something limits, "
	     "between "
	     "this collection and the latest earlier one that is at least a second and at most five minutes "
	     "older; "
	     "the first scrape has none. There is at most one series a cgroup. `stats` has it as the column "
	     "`limited_by` and as a JSON object of that name.\n"
	     "\n"
	     "| limiter | what it says |\n"
	     "|---|---|\n"
	     "| `frozen` | It is paused. |\n"
	     "| `oom` | Processes in it were killed for want of memory. |\n"
	     "| `memory.max` | Its use is at the memory limit and hits it, and pays for that: it stalls on "
	     "memory, or "
	     "without PSI reads pages again. Page cache that merely fills the limit is none. |\n"
	     "| `memory.high` | The same for memory.high (cgroup v2). |\n"
	     "| `cpu.max` | Its CPU quota ran out in a twentieth of the periods or more. |\n"
	     "| `pids.max` | Forks were refused. |\n"
	     "| `io.max` | It reads or writes as much as its limit for `device` allows. |\n"
	     "| `cpu contention` | It waits for a CPU a fifth of the time or more, below its own limit. |\n"
	     "| `memory contention` | It stalls on memory a tenth of the time or more, below its own limit. "
	     "|\n"
	     "| `io contention` | It waits for I/O a fifth of the time or more, below its own limit. |\n"
	     "\n"
	     "The first of these that holds is the one shown. Where the limit is that of an ancestor (a "
	     "slice, a "
	     "pod), the label `limit_of` has its path.");
}

/* What the exporter's source hears and sums up. */
static void print_heard(void)
{
	puts("\n## Events, and what has ended\n"
	     "\n"
	     "Counters since the exporter started. The first two are there where the kernel tells of events "
	     "(`plimsoll doctor` says); then no container is too short to be counted.\n"
	     "\n"
	     "| Prometheus | what it is |\n"
	     "|---|---|\n"
	     "| `plimsoll_events_total{event=\"oom_kill\"}` | Events that the kernel told of, by kind: "
	     "`start`, "
	     "`end`, `oom_kill`, `frozen`, `thawed`, `exec`, `exit`, `fork_storm`. |\n"
	     "| `plimsoll_events_dropped_total` | Events that were lost because the kernel's buffer was "
	     "full. |\n"
	     "| `plimsoll_ended_containers_total{reason=\"done\"}` | What has ended, by how: `done`, "
	     "`failed`, "
	     "`signal`, `oom`, or `unknown`. |\n"
	     "| `plimsoll_ended_lifetime_seconds_total` | How long it was there, summed up. |");
	for (enum ended_figure f = 0; f < ENDED_FIGURE__COUNT; f++)
		printf("| `%s` | %s |\n", ended_figure_name(f), ended_figure_help(f));
	printf("\n"
	       "Those of what has ended have the labels `class`, `name` and `image`. Of each class %d pairs "
	       "of "
	       "name and image "
	       "are kept apart; the ones beyond, and plain cgroups, which are called by their path, have a "
	       "series in common "
	       "without these two.\n",
	       ENDED_NAMES_MAX);
}

int main(void)
{
	puts("<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
	     "# Metrics\n"
	     "\n"
	     "This page is made from `model/metrics.def` by `docs/gen_metrics.c`; change those.\n"
	     "\n"
	     "Every series has the labels `id` (the cgroup's path), `name` and `image` besides those shown. "
	     "A value that a "
	     "host or a cgroup does not have is left out: it is never shown as 0. In JSON and as a column a "
	     "metric goes by "
	     "its key; `plimsoll stats --columns help` lists the composed columns too.");
	for (unsigned g = 0; g < GROUP__COUNT; g++)
		print_group((enum metric_group)g);
	print_verdicts();
	print_heard();
	return fflush(stdout) == 0 ? 0 : 1;
}
