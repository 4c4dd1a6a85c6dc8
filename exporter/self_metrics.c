/* SPDX-License-Identifier: Apache-2.0 */
#include "self_metrics.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/parse.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void seconds(struct str *out, uint64_t ns)
{
	str_printf(out, "%llu.%09llu", (unsigned long long)(ns / NSEC_PER_SEC),
		   (unsigned long long)(ns % NSEC_PER_SEC));
}

static void one(struct str *out, enum exposition e, const char *name, const char *type, const char *help,
		uint64_t value)
{
	exposition_family(out, e, name, type, help);
	str_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void one_duration(struct str *out, enum exposition e, const char *name, const char *type,
			 const char *help, uint64_t ns)
{
	exposition_family(out, e, name, type, help);
	str_printf(out, "%s ", name);
	seconds(out, ns);
	str_char(out, '\n');
}

/* --- process_*: as the client libraries of Prometheus name them --- */

static uint64_t open_descriptors(void)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct stat st;
	uint64_t n = 0;

	/* Since Linux 6.2 (f1f1f2569901) the folder's size is the count. A collector may hold thousands open.
	 */
	if (stat("/proc/self/fd", &st) == 0 && st.st_size > 0)
		return (uint64_t)st.st_size;
	dir = opendir("/proc/self/fd");
	while (dir && readdir(dir))
		n++;
	return n > 3 ? n - 3 : 0; /* ".", ".." and the folder's own */
}

/* Fields of /proc/self/stat (proc(5)) behind the command's closing parenthesis. False where one is missing.
 */
static bool own_stat(uint64_t *start_ticks, uint64_t *virtual_bytes, uint64_t *resident_pages)
{
	_cleanup_free_ char *text = NULL;
	struct slice rest;
	struct slice word;
	const char *at;
	unsigned field = 2;
	bool ok = true;

	if (fs_read_file(AT_FDCWD, "/proc/self/stat", 8192, &text, NULL) < 0 || !(at = strrchr(text, ')')))
		return false;
	rest = slice_of(at + 1);
	while (field < 24 && next_word(&rest, " \n", &word)) {
		field++;
		if (field == 22)
			ok &= parse_u64(word, start_ticks) == 0;
		else if (field == 23)
			ok &= parse_u64(word, virtual_bytes) == 0;
		else if (field == 24)
			ok &= parse_u64(word, resident_pages) == 0;
	}
	return ok && field == 24;
}

static uint64_t now_of(clockid_t clock)
{
	struct timespec t = {0};

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

static void write_process(struct str *out, enum exposition e)
{
	uint64_t ticks = 0;
	uint64_t bytes = 0;
	uint64_t pages = 0;
	struct rlimit files = {0};

	one_duration(out, e, "process_cpu_seconds_total", "counter",
		     "Total user and system CPU time spent in seconds.", now_of(CLOCK_PROCESS_CPUTIME_ID));
	one(out, e, "process_open_fds", "gauge", "Number of open file descriptors.", open_descriptors());
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		one(out, e, "process_max_fds", "gauge", "Maximum number of open file descriptors.",
		    files.rlim_cur);
	if (!own_stat(&ticks, &bytes, &pages))
		return;
	one(out, e, "process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", bytes);
	one(out, e, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
	    pages * (uint64_t)sysconf(_SC_PAGESIZE));
	one_duration(out, e, "process_start_time_seconds", "gauge",
		     "Start time of the process since unix epoch in seconds.",
		     clock_realtime_ns() - now_of(CLOCK_BOOTTIME) +
			     ticks * (NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK)));
}

/* --- the exporter itself --- */

static void write_build(struct str *out, enum exposition e)
{
	struct utsname host = {0};

	uname(&host);
	exposition_family(out, e, "plimsoll_build_info", "gauge",
			  "A metric with a constant '1' value, labelled by version.");
	str_add(out, "plimsoll_build_info{version=\"" PLIMSOLL_VERSION "\",compiler=\"");
	exposition_label_value(out, slice_of(__VERSION__));
	str_add(out, "\",arch=\"");
	exposition_label_value(out, slice_of(host.machine));
	str_add(out, "\"} 1\n");
}

static void write_scrapes(const struct self_metrics *m, struct str *out, enum exposition e)
{
	static const char *const codes[ANSWER__COUNT] = {"200", "400", "500", "503"};

	one(out, e, "promhttp_metric_handler_requests_in_flight", "gauge",
	    "Current number of scrapes being served.", m->scrapes_in_flight);
	exposition_family(out, e, "promhttp_metric_handler_requests_total", "counter",
			  "Total number of scrapes by HTTP status code.");
	for (size_t i = 0; i < ANSWER__COUNT; i++)
		str_printf(out, "promhttp_metric_handler_requests_total{code=\"%s\"} %llu\n", codes[i],
			   (unsigned long long)m->answers[i]);
}

static void write_collectors(const struct snapshot *s, struct str *out, enum exposition e)
{
	if (!s)
		return;
	exposition_family(out, e, "plimsoll_scrape_collector_duration_seconds", "gauge",
			  "How long a collector took in the collection that this scrape shows.");
	for (enum metric_group g = 0; g < GROUP__COUNT; g++) {
		const struct group_report *report = snapshot_report(s, g);

		if (!report->ran)
			continue;
		str_printf(out, "plimsoll_scrape_collector_duration_seconds{collector=\"%s\"} ",
			   metric_groups[g].name);
		seconds(out, report->spent_ns);
		str_char(out, '\n');
	}
	exposition_family(out, e, "plimsoll_scrape_collector_success", "gauge",
			  "Whether a collector could read all that should be there.");
	for (enum metric_group g = 0; g < GROUP__COUNT; g++) {
		const struct group_report *report = snapshot_report(s, g);

		if (report->ran)
			str_printf(out, "plimsoll_scrape_collector_success{collector=\"%s\"} %d\n",
				   metric_groups[g].name, !report->failed);
	}
}

static void write_server(const struct self_metrics *m, struct str *out, enum exposition e)
{
	static const char *const reasons[CUT__COUNT] = {"slow_request", "slow_reader", "idle", "crowded"};

	one(out, e, "plimsoll_collections_total", "counter",
	    "Collections made; scrapes close together share one.", m->collections);
	one(out, e, "plimsoll_collection_failures_total", "counter", "Collections that failed as a whole.",
	    m->collection_failures);
	one_duration(out, e, "plimsoll_collection_duration_seconds", "gauge",
		     "How long the last collection took.", m->collection_ns);
	one(out, e, "plimsoll_http_connections", "gauge", "Open connections.", m->connections);
	exposition_family(out, e, "plimsoll_http_connections_cut_total", "counter",
			  "Connections that the server ended, by reason.");
	for (size_t i = 0; i < CUT__COUNT; i++)
		str_printf(out, "plimsoll_http_connections_cut_total{reason=\"%s\"} %llu\n", reasons[i],
			   (unsigned long long)m->cut[i]);
	if (!m->has_web_config)
		return;
	one(out, e, "plimsoll_web_config_reloads_total", "counter",
	    "Times that a changed web-config file was taken.", m->reloads);
	one(out, e, "plimsoll_web_config_reload_success", "gauge",
	    "Whether the web-config file as it is now is in force.", !m->reload_failed);
}

void self_metrics_write(const struct self_metrics *m, const struct snapshot *snapshot, enum exposition e,
			struct str *out)
{
	write_build(out, e);
	write_collectors(snapshot, out, e);
	write_server(m, out, e);
	write_process(out, e);
	write_scrapes(m, out, e);
}
