/* SPDX-License-Identifier: Apache-2.0 */
#include "exporter/render.h"

#include "base/fs.h"
#include "base/parse.h"
#include "parser.h"
#include "sample.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

DEFINE_CLEANUP(struct snapshot *, snapshot_unref)
DEFINE_CLEANUP(struct comparison *, comparison_free)
DEFINE_CLEANUP(struct renderer *, renderer_free)
#define _cleanup_snapshot_ _cleanup_(snapshot_unrefp)
#define _cleanup_comparison_ _cleanup_(comparison_freep)
#define _cleanup_renderer_ _cleanup_(renderer_freep)
#define _cleanup_parsed_ _cleanup_(parsed_free)

#define BASE_WEB "id=\"/docker/" SAMPLE_ID "\",image=\"nginx:1.25\",name=\"web\""

/* The rest of an exposition, read in pieces of `piece` bytes. The caller frees it. */
static char *read_all(struct renderer *r, size_t piece)
{
	_cleanup_str_ struct str out = {0};
	ssize_t n = 0;

	do {
		assert_true(str_reserve(&out, piece));
		n = renderer_read(r, out.data + out.len, piece);
		assert_in_range(n, 0, piece);
		out.len += (size_t)n;
	} while (n > 0);
	assert_int_equal(renderer_read(r, out.data + out.len, 1), 0);
	return str_steal(&out);
}

static char *render_shown(struct snapshot *s, const struct metric_set *shown, const struct render_options *o,
			  size_t piece)
{
	_cleanup_renderer_ struct renderer *r = renderer_new(s, shown, o);
	char *text;

	assert_non_null(r);
	text = read_all(r, piece);
	assert_non_null(text);
	return text;
}

static char *render(struct snapshot *s, const struct render_options *o)
{
	return render_shown(s, NULL, o, 64 * 1024);
}

static void parse(struct parsed *p, struct snapshot *s, const struct render_options *o)
{
	_cleanup_free_ char *text = render(s, o);

	parse_exposition(p, text, o->exposition);
	if (p->error[0])
		fail_msg("%s", p->error);
}

/* --- goldens: PLIMSOLL_UPDATE_GOLDEN=1 writes them anew --- */

static void check_golden(const char *name, const struct render_options *o)
{
	_cleanup_snapshot_ struct snapshot *s = sample_full();
	_cleanup_comparison_ struct comparison *c = comparison_new(NULL, s);
	struct render_options options = *o;
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *golden = NULL;
	char path[512];

	assert_non_null(c);
	options.comparison = c; /* "web" is frozen */
	text = render(s, &options);
	snprintf(path, sizeof(path), "%s/exporter/%s", GOLDEN, name);
	if (getenv("PLIMSOLL_UPDATE_GOLDEN")) {
		_cleanup_fclose_ FILE *f = fopen(path, "we");

		assert_non_null(f);
		assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
		return;
	}
	assert_int_equal(fs_read_file(AT_FDCWD, path, (size_t)1 << 20, &golden, NULL), 0);
	assert_string_equal(text, golden);
}

static void test_golden_text(void **state)
{
	const struct render_options options = {.exposition = EXPOSITION_TEXT, .lingering = true};

	(void)state;
	check_golden("metrics.prom", &options);
}

static void test_golden_openmetrics(void **state)
{
	const struct render_options options = {.exposition = EXPOSITION_OPENMETRICS, .lingering = true};

	(void)state;
	check_golden("metrics.openmetrics", &options);
}

/* --- every row of the table --- */

static size_t instances_of(enum dimension d)
{
	return d == DIMENSION_DEVICE || d == DIMENSION_OPERATION ? 2 : 1;
}

/* Samples of "web" whose name and constant labels are those of a row. */
static size_t count_row(const struct parsed *p, const struct metric *m)
{
	size_t found = 0;

	for (size_t i = 0; i < p->n; i++) {
		const char *series = p->samples[i].series;
		const char *brace = strchr(series, '{');
		bool has_all = strstr(series, BASE_WEB) || strstr(series, "name=\"web\"");
		struct slice rest = slice_of(m->labels);
		struct slice one;

		if (!brace || strlen(m->prometheus) != (size_t)(brace - series) ||
		    strncmp(series, m->prometheus, strlen(m->prometheus)) != 0)
			continue;
		while (next_word(&rest, ",", &one))
			has_all &= memmem(series, strlen(series), one.at, one.len) != NULL;
		found += has_all;
	}
	return found;
}

static void check_every_row(enum exposition e)
{
	const struct render_options options = {.exposition = e, .lingering = true};
	_cleanup_snapshot_ struct snapshot *s = sample_full();
	_cleanup_parsed_ struct parsed p = {0};

	parse(&p, s, &options);
	for (enum metric_id id = 0; id < METRIC__COUNT; id++) {
		const struct metric *m = &metrics[id];
		size_t expected = instances_of(m->dimension);

		if (!*m->prometheus)
			continue;
		if (count_row(&p, m) != expected)
			fail_msg("%s: %zu samples, not %zu", m->id_name, count_row(&p, m), expected);
	}
}

static void test_every_row_is_there(void **state)
{
	(void)state;
	check_every_row(EXPOSITION_TEXT);
	check_every_row(EXPOSITION_OPENMETRICS);
}

static void test_families_of_the_table_stand_together(void **state)
{
	(void)state;
	for (enum metric_id a = 0; a < METRIC__COUNT; a++) {
		for (enum metric_id b = a + 1; b < METRIC__COUNT; b++) {
			if (!*metrics[a].prometheus ||
			    strcmp(metrics[a].prometheus, metrics[b].prometheus) != 0)
				continue;
			/* A row between them that is not exported at all does no harm. */
			for (enum metric_id c = a + 1; c < b; c++)
				if (*metrics[c].prometheus &&
				    strcmp(metrics[c].prometheus, metrics[a].prometheus) != 0)
					fail_msg("%s is torn apart by %s", metrics[a].prometheus,
						 metrics[c].prometheus);
			assert_int_equal(metrics[a].kind == KIND_COUNTER, metrics[b].kind == KIND_COUNTER);
			assert_string_equal(metrics[a].help, metrics[b].help);
		}
	}
}

/* A cgroup's part of a family: what its lines begin with, the cgroup and the instance apart. */
static void check_lines(const char *text, const char *const *starts, size_t n)
{
	const char *at = strstr(text, starts[0]);

	assert_non_null(at);
	for (size_t i = 0; at && i < n; i++) {
		if (strncmp(at, starts[i], strlen(starts[i])) != 0)
			fail_msg("not %s but %.80s", starts[i], at);
		at = strchr(at, '\n');
		if (at)
			at++;
		else if (i + 1 < n)
			fail_msg("the text ends before %s", starts[i + 1]);
	}
}

static void test_a_histogram_stands_together(void **state)
{
	static const char *const lines[] = {
		"# TYPE container_blkio_latency_seconds histogram\n",
		"container_blkio_latency_seconds_bucket{id=\"/a\",operation=\"read\",le=\"1e-06\"} 0\n",
		"container_blkio_latency_seconds_bucket{id=\"/a\",operation=\"read\",le=\"67.108864\"} 3\n",
		"container_blkio_latency_seconds_bucket{id=\"/a\",operation=\"read\",le=\"+Inf\"} 4\n",
		"container_blkio_latency_seconds_sum{id=\"/a\",operation=\"read\"} 1.5\n",
		"container_blkio_latency_seconds_count{id=\"/a\",operation=\"read\"} 4\n",
		"container_blkio_latency_seconds_bucket{id=\"/b\",operation=\"read\",le=\"1e-06\"} 0\n",
	};
	const struct render_options options = {0};
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_free_ char *text = NULL;

	(void)state;
	for (const char *path = "/a"; path; path = strcmp(path, "/a") == 0 ? "/b" : NULL) {
		sample_add_plain(s, path);
		sample_series(s, DIMENSION_OPERATION, "read", "", METRIC_BLKIO_LATENCY_0, 0);
		sample_series(s, DIMENSION_OPERATION, "read", "", METRIC_BLKIO_LATENCY_26, 3);
		sample_series(s, DIMENSION_OPERATION, "read", "", METRIC_BLKIO_LATENCY_COUNT, 4);
		sample_series(s, DIMENSION_OPERATION, "read", "", METRIC_BLKIO_LATENCY_SUM, 1500000000);
	}
	snapshot_seal(s);
	text = render(s, &options);
	check_lines(text, lines, ARRAY_SIZE(lines));
	/* who has none of it has no line of it */
	assert_null(strstr(text, "container_cpu_runqueue_latency"));
}

/* --- values --- */

static const char *value_at(const struct parsed *p, const char *series)
{
	const char *value = parsed_value(p, series);

	if (!value)
		fail_msg("no %s", series);
	return value;
}

static void test_units_and_kinds(void **state)
{
	const struct render_options options = {0};
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_parsed_ struct parsed p = {0};
	size_t i = sample_add_plain(s, "/u");

	(void)state;
	snapshot_set(s, i, METRIC_CPU_USAGE, UINT64_MAX);
	snapshot_set(s, i, METRIC_CPU_USER, 1);
	snapshot_set(s, i, METRIC_CPU_SYSTEM, 3000000000);
	snapshot_set(s, i, METRIC_CPU_NICE, 0);
	snapshot_set(s, i, METRIC_CPU_QUOTA, UNLIMITED);
	snapshot_set(s, i, METRIC_CPU_PERIOD, 100000);
	snapshot_set(s, i, METRIC_MEMORY_USAGE, UINT64_MAX);
	snapshot_set(s, i, METRIC_MEMORY_LIMIT, UNLIMITED);
	snapshot_set(s, i, METRIC_MEMORY_HIGH, 0);
	snapshot_set(s, i, METRIC_PRESSURE_CPU_SOME_AVG10, 1230);
	snapshot_set(s, i, METRIC_PRESSURE_CPU_SOME_AVG60, 10000);
	snapshot_set(s, i, METRIC_START_TIME, UINT64_C(1700000000123456789));
	snapshot_set_text(s, i, METRIC_CPUSET_CPUS, "0-3", 3);
	snapshot_seal(s);
	parse(&p, s, &options);
	assert_string_equal(value_at(&p, "container_cpu_usage_seconds_total{cpu=\"total\",id=\"/u\"}"),
			    "18446744073.709551615");
	assert_string_equal(value_at(&p, "container_cpu_user_seconds_total{id=\"/u\"}"), "0.000000001");
	assert_string_equal(value_at(&p, "container_cpu_system_seconds_total{id=\"/u\"}"), "3");
	assert_string_equal(value_at(&p, "container_cpu_nice_seconds_total{id=\"/u\"}"), "0");
	assert_null(parsed_value(&p, "container_spec_cpu_quota{id=\"/u\"}"));
	assert_string_equal(value_at(&p, "container_spec_cpu_period{id=\"/u\"}"), "100000");
	assert_string_equal(value_at(&p, "container_memory_usage_bytes{id=\"/u\"}"), "18446744073709551615");
	assert_string_equal(value_at(&p, "container_spec_memory_limit_bytes{id=\"/u\"}"), "0");
	assert_string_equal(value_at(&p, "container_spec_memory_high_bytes{id=\"/u\"}"), "0");
	assert_string_equal(value_at(&p,
				     "container_pressure_avg_ratio{id=\"/u\",kind=\"some\",resource=\"cpu\","
				     "window=\"10s\"}"),
			    "0.123");
	assert_string_equal(value_at(&p,
				     "container_pressure_avg_ratio{id=\"/u\",kind=\"some\",resource=\"cpu\","
				     "window=\"60s\"}"),
			    "1");
	assert_string_equal(value_at(&p, "container_start_time_seconds{id=\"/u\"}"), "1700000000.123456789");
	assert_string_equal(value_at(&p, "container_spec_cpuset_cpus{id=\"/u\"}"), "4");
	assert_null(parsed_value(&p, "container_memory_swap{id=\"/u\"}"));
}

static void test_host(void **state)
{
	const struct render_options options = {0};
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_parsed_ struct parsed p = {0};
	_cleanup_free_ char *text = NULL;
	struct metric_set io = {0};

	(void)state;
	snapshot_seal(s);
	parse(&p, s, &options);
	assert_string_equal(value_at(&p, "machine_cpu_cores"), "4");
	assert_string_equal(value_at(&p, "machine_memory_bytes"), "8589934592");
	assert_string_equal(value_at(&p, "machine_swap_bytes"), "0");
	/* No entity, no family of one. */
	assert_int_equal(p.n, 3);
	metric_set_add_group(&io, GROUP_io);
	text = render_shown(s, &io, &options, 4096);
	assert_string_equal(text, "");
}

static void test_instances(void **state)
{
	const struct render_options options = {0};
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_parsed_ struct parsed p = {0};

	(void)state;
	sample_add_plain(s, "/u");
	sample_series(s, DIMENSION_DEVICE, "vda", "254:0", METRIC_IO_READ_BYTES, 1);
	sample_series(s, DIMENSION_DEVICE, "7:1", "7:1", METRIC_IO_READ_BYTES, 2);
	sample_series(s, DIMENSION_INTERFACE, "eth\"0", "", METRIC_NET_RX_BYTES, 3);
	sample_series(s, DIMENSION_INTERFACE, "\xFE", "", METRIC_NET_RX_BYTES, 4);
	sample_series(s, DIMENSION_INTERFACE, "\xFF", "", METRIC_NET_RX_BYTES, 5);
	sample_series(s, DIMENSION_NODE, "1", "", METRIC_NUMA_FILE, 6);
	sample_series(s, DIMENSION_PAGESIZE, "2MB", "", METRIC_HUGETLB_USAGE, 7);
	sample_series(s, DIMENSION_PAGESIZE, "2MB", "", METRIC_HUGETLB_LIMIT, UNLIMITED);
	sample_series(s, DIMENSION_RDMA, "mlx4_0", "", METRIC_RDMA_HANDLES, 8);
	sample_series(s, DIMENSION_MISC, "sev", "", METRIC_MISC_USAGE, 9);
	sample_series(s, DIMENSION_FILESYSTEM, "/dev/vda1", "", METRIC_FS_USAGE, 10);
	snapshot_seal(s);
	parse(&p, s, &options);
	assert_string_equal(value_at(&p, "container_fs_reads_bytes_total{device=\"/dev/vda\",id=\"/u\"}"),
			    "1");
	assert_string_equal(value_at(&p, "container_fs_reads_bytes_total{device=\"7:1\",id=\"/u\"}"), "2");
	assert_string_equal(value_at(&p, "container_blkio_device_usage_total{device=\"/dev/vda\",id=\"/u\","
					 "major=\"254\",minor=\"0\",operation=\"Read\"}"),
			    "1");
	assert_string_equal(
		value_at(&p, "container_network_receive_bytes_total{id=\"/u\",interface=\"eth\\\"0\"}"), "3");
	assert_string_equal(
		value_at(&p,
			 "container_network_receive_bytes_total{id=\"/u\",interface=\"\xEF\xBF\xBD~fe\"}"),
		"4");
	assert_string_equal(
		value_at(&p,
			 "container_network_receive_bytes_total{id=\"/u\",interface=\"\xEF\xBF\xBD~ff\"}"),
		"5");
	assert_string_equal(value_at(&p,
				     "container_memory_numa_pages{id=\"/u\",node=\"1\",scope=\"hierarchy\","
				     "type=\"file\"}"),
			    "6");
	assert_string_equal(value_at(&p, "container_hugetlb_usage_bytes{id=\"/u\",pagesize=\"2MB\"}"), "7");
	assert_null(parsed_value(&p, "container_hugetlb_limit_bytes{id=\"/u\",pagesize=\"2MB\"}"));
	assert_string_equal(value_at(&p, "container_rdma_handles{device=\"mlx4_0\",id=\"/u\"}"), "8");
	assert_string_equal(value_at(&p, "container_misc_usage{id=\"/u\",resource=\"sev\"}"), "9");
	assert_string_equal(value_at(&p, "container_fs_usage_bytes{device=\"/dev/vda1\",id=\"/u\"}"), "10");
}

/* --- who it is --- */

static void test_info_and_ended(void **state)
{
	const struct render_options options = {.lingering = true};
	const struct render_options living = {0};
	_cleanup_snapshot_ struct snapshot *s = sample_full();
	_cleanup_parsed_ struct parsed p = {0};
	_cleanup_parsed_ struct parsed alive = {0};

	(void)state;
	parse(&p, s, &options);
	assert_string_equal(value_at(&p,
				     "plimsoll_container_info{class=\"container\",compose_project=\"shop\","
				     "compose_service=\"web\",container_id=\"" SAMPLE_ID "\"," BASE_WEB
				     ",runtime=\"docker\"}"),
			    "1");
	assert_string_equal(value_at(&p, "plimsoll_container_info{class=\"group\",id=\"/work\"}"), "1");
	assert_string_equal(value_at(&p, "plimsoll_container_ended{id=\"/machine.slice/libpod-beef.scope\","
					 "image=\"alpine\",name=\"job\"}"),
			    "1");
	assert_null(parsed_value(&p, "plimsoll_container_ended{id=\"/work\"}"));
	assert_string_equal(value_at(&p,
				     "container_cpu_usage_seconds_total{cpu=\"total\",id=\"/machine.slice/"
				     "libpod-beef.scope\",image=\"alpine\",name=\"job\"}"),
			    "12");
	parse(&alive, s, &living);
	for (size_t i = 0; i < alive.n; i++)
		assert_null(strstr(alive.samples[i].series, "libpod-beef"));
	for (size_t i = 0; i < alive.n_families; i++)
		assert_string_not_equal(alive.families[i], "plimsoll_container_ended");
}

static void test_hostile_names(void **state)
{
	static const struct identity who = {
		.runtime = RUNTIME_DOCKER, .id = "x\xFF", .name = "a\"b\\c\nd\x1B[31m\xFF"};
	static const char *const paths[] = {"/\xFF",	   "/\xFE",   "/\xEF\xBF\xBD", "/\xEF\xBF\xBD~ff",
					    "/a\"b\\c\nd", "/\x1B[0m"};
	const struct render_options text = {0};
	const struct render_options open = {.exposition = EXPOSITION_OPENMETRICS};
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_parsed_ struct parsed p = {0};
	_cleanup_parsed_ struct parsed q = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		sample_fill(s, sample_add(s, paths[i], ENTITY_CONTAINER, &who, 0, false));
	snapshot_seal(s);
	parse(&p, s, &text);
	parse(&q, s, &open);
	assert_int_equal(p.n, q.n);
	assert_string_equal(
		value_at(&p, "container_memory_usage_bytes{id=\"/a\\\"b\\\\c\\nd\",name=\"a\\\"b\\\\c\\nd"
			     "\x1B[31m\xEF\xBF\xBD\"}"),
		value_at(&p, "container_memory_usage_bytes{id=\"/\xEF\xBF\xBD~ff\",name=\"a\\\"b\\\\c\\nd"
			     "\x1B[31m\xEF\xBF\xBD\"}"));
}

/* --- cAdvisor's names --- */

static void check_compat(enum exposition e)
{
	const struct render_options options = {.exposition = e, .compat_cadvisor = true};
	_cleanup_snapshot_ struct snapshot *s = sample_full();
	_cleanup_parsed_ struct parsed p = {0};

	parse(&p, s, &options);
	value_at(&p,
		 "cadvisor_version_info{cadvisorRevision=\"\",cadvisorVersion=\"plimsoll " PLIMSOLL_VERSION
		 "\",dockerVersion=\"\",kernelVersion=\"6.1.0-\\\"test\\\"\",osVersion=\"\"}");
	value_at(&p, "container_memory_failcnt{" BASE_WEB "}");
	value_at(&p, "container_hugetlb_failcnt{" BASE_WEB ",pagesize=\"2MB\"}");
	value_at(&p, "container_network_tcp_usage_total{" BASE_WEB ",tcp_state=\"listen\"}");
	value_at(&p, "container_network_tcp6_usage_total{" BASE_WEB ",tcp_state=\"listen\"}");
	value_at(&p, "container_network_udp_usage_total{" BASE_WEB ",udp_state=\"listen\"}");
	value_at(&p, "container_network_udp6_usage_total{" BASE_WEB ",udp_state=\"listen\"}");
	value_at(&p, "container_fs_inodes_total{device=\"/dev/vda1\"," BASE_WEB "}");
	for (size_t i = 0; i < p.n; i++)
		assert_null(strstr(p.samples[i].series, "failcnt_total"));
}

static void test_compat_cadvisor(void **state)
{
	(void)state;
	check_compat(EXPOSITION_TEXT);
	check_compat(EXPOSITION_OPENMETRICS);
}

/* --- what is asked for --- */

static void test_only_what_is_asked_for(void **state)
{
	static const char *const names[] = {"web"};
	const struct render_options options = {.names = names, .n_names = 1, .lingering = true};
	_cleanup_snapshot_ struct snapshot *s = sample_full();
	_cleanup_free_ char *text = NULL;
	_cleanup_parsed_ struct parsed p = {0};
	struct metric_set one = {0};

	(void)state;
	metric_set_add(&one, METRIC_MEMORY_WORKING_SET);
	text = render_shown(s, &one, &options, 4096);
	parse_exposition(&p, text, EXPOSITION_TEXT);
	assert_string_equal(p.error, "");
	/* machine_memory_bytes, machine_swap_bytes, the info, the working set, and nine of events */
	assert_int_equal(p.n, 4 + 9);
	value_at(&p, "container_memory_working_set_bytes{" BASE_WEB "}");
}

/* --- pieces --- */

static void test_any_piece_size(void **state)
{
	const struct render_options options = {.exposition = EXPOSITION_OPENMETRICS, .lingering = true};
	_cleanup_snapshot_ struct snapshot *s = sample_full();
	_cleanup_free_ char *whole = render(s, &options);

	(void)state;
	for (size_t piece = 1; piece < 600; piece += piece < 8 ? 1 : 13) {
		_cleanup_free_ char *text = render_shown(s, NULL, &options, piece);

		assert_string_equal(text, whole);
	}
}

/* Stops once at every byte. */
static void test_every_boundary(void **state)
{
	static const enum metric_id ids[] = {METRIC_CPU_USAGE, METRIC_MEMORY_PGFAULT_LOCAL,
					     METRIC_MEMORY_PGFAULT, METRIC_IO_READ_BYTES, METRIC_BLKIO_READ};
	const struct render_options options = {.exposition = EXPOSITION_OPENMETRICS, .lingering = true};
	_cleanup_snapshot_ struct snapshot *s = sample_new_at(0, ids, ARRAY_SIZE(ids));
	_cleanup_free_ char *whole = NULL;
	size_t len;

	(void)state;
	sample_fill(s, sample_add_web(s));
	sample_fill(s, sample_add_plain(s, "/work"));
	snapshot_seal(s);
	whole = render(s, &options);
	len = strlen(whole);
	assert_in_range(len, 2000, 20000);
	for (size_t at = 1; at < len; at++) {
		_cleanup_renderer_ struct renderer *r = renderer_new(s, NULL, &options);
		_cleanup_free_ char *start = malloc(at);
		_cleanup_free_ char *rest = NULL;

		assert_non_null(r);
		assert_non_null(start);
		assert_int_equal(renderer_read(r, start, at), at);
		assert_memory_equal(start, whole, at);
		rest = read_all(r, 64 * 1024);
		assert_string_equal(rest, whole + at);
	}
}

static void test_renderers_at_the_same_time(void **state)
{
	const struct render_options options = {.lingering = true};
	_cleanup_snapshot_ struct snapshot *s = sample_full();
	_cleanup_free_ char *whole = render(s, &options);
	_cleanup_renderer_ struct renderer *a = renderer_new(s, NULL, &options);
	_cleanup_renderer_ struct renderer *b = renderer_new(s, NULL, &options);
	_cleanup_free_ char *rest = NULL;
	char piece[100];

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	for (size_t at = 0; at < 5000; at += sizeof(piece)) {
		assert_int_equal(renderer_read(a, piece, sizeof(piece)), sizeof(piece));
		assert_memory_equal(piece, whole + at, sizeof(piece));
	}
	rest = read_all(b, 777);
	assert_string_equal(rest, whole);
}

/* The snapshot may be let go while it is being rendered. */
static void test_holds_its_snapshot(void **state)
{
	const struct render_options options = {0};
	struct snapshot *s = sample_full();
	_cleanup_renderer_ struct renderer *r = renderer_new(s, NULL, &options);
	_cleanup_free_ char *whole = render(s, &options);
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_non_null(r);
	snapshot_unref(s);
	text = read_all(r, 1000);
	assert_string_equal(text, whole);
}

/* --- what limits them --- */

#define LINE "container_limited_by{id=\"/x\",limiter=\"cpu.max\",limit_of=\"/\"} 1\n"

static struct snapshot *throttled_root(uint64_t monotonic_ns, uint64_t periods)
{
	static const enum metric_id ids[] = {METRIC_CPU_PERIODS,    METRIC_CPU_THROTTLED_PERIODS,
					     METRIC_MEMORY_FAILCNT, METRIC_MEMORY_USAGE,
					     METRIC_MEMORY_LIMIT,   METRIC_PRESSURE_CPU_SOME};
	struct snapshot *s = sample_new_at(monotonic_ns, ids, ARRAY_SIZE(ids));
	const struct entity *root;

	sample_add_plain(s, "/");
	snapshot_set(s, 0, METRIC_CPU_PERIODS, periods);
	snapshot_set(s, 0, METRIC_CPU_THROTTLED_PERIODS, periods);
	root = snapshot_entity(s, 0);
	assert_true(snapshot_add(s, &(struct entity){.path = "/x",
						     .identity = root->identity,
						     .id = 2,
						     .parent = 0,
						     .class = ENTITY_GROUP,
						     .monotonic_ns = root->monotonic_ns}) == 1);
	snapshot_set(s, 1, METRIC_PRESSURE_CPU_SOME, periods * 100000000);
	sample_add_plain(s, "/idle");
	snapshot_set(s, 2, METRIC_PRESSURE_CPU_SOME, 0);
	snapshot_seal(s);
	return s;
}

static void test_limited_by(void **state)
{
	_cleanup_snapshot_ struct snapshot *a = throttled_root(0, 0);
	_cleanup_snapshot_ struct snapshot *b = throttled_root(1000000000, 10);
	_cleanup_snapshot_ struct snapshot *part = throttled_root(1000000000, 10);
	_cleanup_comparison_ struct comparison *c = comparison_new(a, b);
	struct render_options options = {.comparison = c};
	struct metric_set few = {0};
	const char *const names[] = {"/x"};
	_cleanup_free_ char *whole = NULL;
	_cleanup_free_ char *less = NULL;
	_cleanup_free_ char *none = NULL;
	_cleanup_free_ char *of_part = NULL;

	(void)state;
	assert_non_null(c);
	whole = render(b, &options);
	assert_non_null(strstr(whole, "# TYPE container_limited_by gauge\n"
				      "container_limited_by{id=\"/\",limiter=\"cpu.max\"} 1\n" LINE));
	assert_null(strstr(whole, "container_limited_by{id=\"/idle\""));
	/* Not where the groups that it is made from are filtered out. */
	metric_set_add(&few, METRIC_MEMORY_USAGE);
	less = render_shown(b, &few, &options, 4096);
	assert_null(strstr(less, "container_limited_by"));
	/* A snapshot with a part of what was compared. */
	options.names = names;
	options.n_names = 1;
	of_part = render(part, &options);
	assert_non_null(strstr(of_part, LINE));
	assert_null(strstr(of_part, "container_limited_by{id=\"/\""));
	options.comparison = NULL;
	none = render(b, &options);
	assert_null(strstr(none, "container_limited_by"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_text),
		cmocka_unit_test(test_golden_openmetrics),
		cmocka_unit_test(test_a_histogram_stands_together),
		cmocka_unit_test(test_every_row_is_there),
		cmocka_unit_test(test_families_of_the_table_stand_together),
		cmocka_unit_test(test_units_and_kinds),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_instances),
		cmocka_unit_test(test_info_and_ended),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_compat_cadvisor),
		cmocka_unit_test(test_only_what_is_asked_for),
		cmocka_unit_test(test_any_piece_size),
		cmocka_unit_test(test_every_boundary),
		cmocka_unit_test(test_renderers_at_the_same_time),
		cmocka_unit_test(test_holds_its_snapshot),
		cmocka_unit_test(test_limited_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
