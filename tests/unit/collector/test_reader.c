/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of metrics.def, read through a whole collector from files that were made from the table itself.
 */
#include "fake_host.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "cgroup/convert.h"
#include "cgroup/format.h"
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* One cgroup's figures; `salt` makes those of two cgroups, or of two samples, differ. */
struct figures {
	unsigned salt;
	bool unlimited; /* settings that may say "no limit" say so */
	bool backwards; /* keys stand in the other order */
	bool padded;	/* lines that the table does not know stand between them */
};

/* --- a file's text from the rows that are in it --- */

static const struct metric_place *place_of(enum metric_id id, int version)
{
	return version == 2 ? &metrics[id].v2 : &metrics[id].v1;
}

static bool same_spot(const struct metric_place *a, const struct metric_place *b)
{
	return a->kind == PLACE_CGROUP && b->kind == PLACE_CGROUP && a->controller == b->controller &&
	       strcmp(a->file, b->file) == 0 && strcmp(a->key, b->key) == 0;
}

/* What stands in the file: the same for all rows of one key. */
static uint64_t raw_value(enum metric_id id, int version, const struct figures *f, unsigned instance)
{
	enum metric_id first = 0;

	while (!same_spot(place_of(first, version), place_of(id, version)))
		first++;
	return 101 + first * 7 + instance * 3001 + f->salt * 4001;
}

static bool may_be_unlimited(enum scale scale)
{
	return scale == SCALE_MAX || scale == SCALE_MINUS_ONE || scale == SCALE_V1_MAX;
}

static void write_value(struct str *out, enum metric_id id, int version, const struct figures *f,
			unsigned instance)
{
	uint64_t raw = raw_value(id, version, f, instance);
	enum scale scale = place_of(id, version)->scale;

	if (f->unlimited && may_be_unlimited(scale))
		str_add(out, scale == SCALE_MAX		? "max"
			     : scale == SCALE_MINUS_ONE ? "-1"
							: "9223372036854771712");
	else if (scale == SCALE_CENTI)
		str_printf(out, "%llu.%02llu", (unsigned long long)raw / 100, (unsigned long long)raw % 100);
	else if (scale == SCALE_BYTES_AS_PAGES)
		str_u64(out, raw * (uint64_t)sysconf(_SC_PAGESIZE));
	else if (scale == SCALE_FREEZER_STATE)
		str_add(out, f->salt % 2 ? "FROZEN" : "THAWED");
	else if (scale == SCALE_DEVICES_LIST)
		str_add(out, f->salt % 2 ? "c 1:3 rwm\nc 1:5 rwm" : "a *:* rwm");
	else if (scale == SCALE_AS_TEXT)
		str_printf(out, "0-3,%llu", (unsigned long long)raw);
	else
		str_u64(out, raw);
}

/* What a snapshot is to say, by arithmetic of our own. */
static uint64_t expected_value(enum metric_id id, int version, const struct figures *f, unsigned instance)
{
	uint64_t raw = raw_value(id, version, f, instance);
	enum scale scale = place_of(id, version)->scale;

	if (f->unlimited && may_be_unlimited(scale))
		return UNLIMITED;
	switch ((int)scale) {
	case SCALE_USEC:
		return raw * 1000;
	case SCALE_TICKS:
		return raw * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
	case SCALE_WEIGHT_AS_SHARES:
		return convert_weight_to_shares(raw);
	case SCALE_SHARES_AS_WEIGHT:
		return convert_shares_to_weight(raw);
	case SCALE_FREEZER_STATE:
	case SCALE_DEVICES_LIST:
		return f->salt % 2;
	default:
		return raw;
	}
}

/* The rows that one file holds, the first of each key. */
static size_t rows_of(const struct metric_place *file, int version, enum metric_id *rows)
{
	size_t n = 0;

	for (unsigned id = 0; id < METRIC__COUNT; id++) {
		const struct metric_place *p = place_of(id, version);
		bool known = p->kind != PLACE_CGROUP || p->controller != file->controller ||
			     strcmp(p->file, file->file) != 0;

		for (size_t i = 0; i < n; i++)
			known |= same_spot(place_of(rows[i], version), p);
		if (!known)
			rows[n++] = id;
	}
	return n;
}

/* On v2, cpu.stat is CORE's and CPU's at once. */
static size_t rows_of_named(const char *name, int version, enum metric_id *rows)
{
	size_t n = 0;

	for (unsigned id = 0; id < METRIC__COUNT; id++) {
		const struct metric_place *p = place_of(id, version);
		bool first = p->kind == PLACE_CGROUP && strcmp(p->file, name) == 0;

		for (size_t i = 0; i < n && first; i++)
			first = strcmp(place_of(rows[i], version)->key, p->key) != 0;
		if (first)
			rows[n++] = id;
	}
	return n;
}

static void write_pressure(struct str *out, const enum metric_id *rows, size_t n, int version,
			   const struct figures *f)
{
	static const char *const lines[] = {"some", "full"};

	for (size_t l = 0; l < 2; l++) {
		str_add(out, lines[l]);
		for (size_t i = 0; i < n; i++) {
			const char *key = place_of(rows[i], version)->key;

			if (strncmp(key, lines[l], 4) != 0)
				continue;
			str_printf(out, " %s=", key + 5);
			write_value(out, rows[i], version, f, 0);
		}
		str_char(out, '\n');
	}
}

/* Two instances of each: devices 254:0 and 8:0, nodes 0 and 1, resources "0" and "1". */
static void write_instances(struct str *out, enum file_format format, const enum metric_id *rows, size_t n,
			    int version, const struct figures *f)
{
	static const char *const devices[] = {"254:0", "8:0"};

	for (unsigned at = 0; at < 2; at++) {
		if (format == FILE_NESTED)
			str_add(out, metrics[rows[0]].dimension == DIMENSION_DEVICE ? devices[at]
				     : at					    ? "mlx5_1"
										    : "mlx5_0");
		for (size_t i = 0; i < n; i++) {
			const char *key = place_of(rows[i], version)->key;

			if (format == FILE_NESTED)
				str_printf(out, " %s=", key);
			else if (format == FILE_BLKIO)
				str_printf(out, "%s %s ", devices[at], key);
			else if (metrics[rows[0]].dimension == DIMENSION_DEVICE)
				str_printf(out, "%s ", devices[at]);
			else
				str_printf(out, "res_%u ", at);
			write_value(out, rows[i], version, f, at);
			if (format != FILE_NESTED)
				str_char(out, '\n');
		}
		if (format == FILE_NESTED)
			str_char(out, '\n');
	}
	if (format == FILE_BLKIO)
		str_add(out, "Total 99999\n");
}

static void write_numa(struct str *out, const enum metric_id *rows, size_t n, int version,
		       const struct figures *f)
{
	for (size_t i = 0; i < n; i++) {
		const char *key = place_of(rows[i], version)->key;

		str_printf(out, version == 2 ? "%s" : "%s=77", key);
		for (unsigned node = 0; node < 2; node++) {
			str_printf(out, " N%u=", node);
			write_value(out, rows[i], version, f, node);
		}
		str_char(out, '\n');
	}
}

static void write_flat(struct str *out, const enum metric_id *rows, size_t n, int version,
		       const struct figures *f, unsigned instance)
{
	for (size_t i = 0; i < n; i++) {
		enum metric_id id = rows[f->backwards ? n - 1 - i : i];

		if (f->padded)
			str_printf(out, "a_key_of_tomorrow_%zu 5\n", i);
		str_printf(out, "%s ", place_of(id, version)->key);
		write_value(out, id, version, f, instance);
		str_char(out, '\n');
	}
}

static void write_pair(struct str *out, const enum metric_id *rows, size_t n, int version,
		       const struct figures *f)
{
	for (int key = '0'; key < '0' + (int)n; key++)
		for (size_t i = 0; i < n; i++)
			if (place_of(rows[i], version)->key[0] == key) {
				str_add(out, key > '0' ? " " : "");
				write_value(out, rows[i], version, f, 0);
			}
	str_char(out, '\n');
}

static void write_text(struct str *out, const char *name, int version, const struct figures *f,
		       unsigned instance)
{
	enum metric_id rows[METRIC__COUNT];
	size_t n = rows_of_named(name, version, rows);
	enum file_format format = file_format_of(version, name);

	switch ((int)format) {
	case FILE_SINGLE:
	case FILE_TEXT:
		write_value(out, rows[0], version, f, instance);
		str_char(out, '\n');
		break;
	case FILE_FLAT:
		write_flat(out, rows, n, version, f, instance);
		break;
	case FILE_PRESSURE:
		write_pressure(out, rows, n, version, f);
		break;
	case FILE_PAIR:
		write_pair(out, rows, n, version, f);
		break;
	case FILE_WEIGHT:
		str_add(out, version == 2 ? "default " : "");
		write_value(out, rows[0], version, f, 0);
		str_add(out, "\n254:0 999\n");
		break;
	case FILE_NUMA_V1:
	case FILE_NUMA_V2:
		write_numa(out, rows, n, version, f);
		break;
	case FILE_NESTED:
	case FILE_BLKIO:
	case FILE_FLAT_NAMES:
		write_instances(out, format, rows, n, version, f);
		break;
	default:
		fail_msg("no writer for the format of %s", name);
	}
}

static const char *const sizes[] = {"2MB", "1GB"};

static void write_file(const struct fake *host, const char *cgroup, enum metric_id id, int version,
		       const struct figures *f)
{
	const struct metric_place *p = place_of(id, version);
	const char *star = strchr(p->file, '*');
	const char *hierarchy = version == 2 ? host->hierarchies[0] : controller_v1_name(p->controller);

	for (unsigned i = 0; i < (star ? 2U : 1U); i++) {
		_cleanup_str_ struct str text = {0};
		char name[96];

		snprintf(name, sizeof(name), "%.*s%s%s", star ? (int)(star - p->file) : 96, p->file,
			 star ? sizes[i] : "", star ? star + 1 : "");
		write_text(&text, p->file, version, f, i);
		fake_cgroup_write(host, hierarchy, cgroup, name, text.data);
	}
}

/* Everything that the table knows of one version. */
static void write_all(const struct fake *host, const char *cgroup, int version, const struct figures *f)
{
	for (unsigned id = 0; id < METRIC__COUNT; id++) {
		enum metric_id rows[METRIC__COUNT];
		const struct metric_place *p = place_of(id, version);

		if (p->kind == PLACE_CGROUP && rows_of(p, version, rows) && rows[0] == id)
			write_file(host, cgroup, id, version, f);
	}
}

/* --- what is to be in the snapshot --- */

static const char *const instances[DIMENSION__COUNT][2] = {
	[DIMENSION_DEVICE] = {"vda", "sda"},   [DIMENSION_NODE] = {"0", "1"},
	[DIMENSION_PAGESIZE] = {"2MB", "1GB"}, [DIMENSION_RDMA] = {"mlx5_0", "mlx5_1"},
	[DIMENSION_MISC] = {"res_0", "res_1"},
};

static void check_series(const struct snapshot *s, const char *cgroup, enum metric_id id, int version,
			 const struct figures *f)
{
	enum metric_id origin = metric_origin(id);

	for (unsigned i = 0; i < 2; i++) {
		uint64_t got = fake_series(s, cgroup, id, instances[metrics[id].dimension][i]);

		if (got != expected_value(origin, version, f, i))
			fail_msg("%s %s of %s: %llu, not %llu", cgroup, metrics[id].id_name,
				 instances[metrics[id].dimension][i], (unsigned long long)got,
				 (unsigned long long)expected_value(origin, version, f, i));
	}
}

static bool needs_quota(enum metric_id id)
{
	return id == METRIC_CPU_PERIODS || id == METRIC_CPU_THROTTLED_PERIODS ||
	       id == METRIC_CPU_THROTTLED_TIME || id == METRIC_CPU_BURST_PERIODS ||
	       id == METRIC_CPU_BURST_TIME;
}

static void check_row(const struct snapshot *s, const char *cgroup, enum metric_id id, int version,
		      const struct figures *f)
{
	enum metric_id origin = metric_origin(id);
	size_t index = (size_t)fake_find(s, cgroup);
	char text[64];

	if (metrics[id].dimension != DIMENSION_ONE) {
		check_series(s, cgroup, id, version, f);
	} else if (f->unlimited && needs_quota(id)) {
		assert_false(fake_has(s, cgroup, id));
	} else if (metrics[id].kind == KIND_TEXT) {
		snprintf(text, sizeof(text), "0-3,%llu",
			 (unsigned long long)raw_value(origin, version, f, 0));
		assert_string_equal(snapshot_text(s, index, id), text);
	} else if (fake_value(s, cgroup, id) != expected_value(origin, version, f, 0)) {
		fail_msg("%s %s: %llu, not %llu", cgroup, metrics[id].id_name,
			 (unsigned long long)fake_value(s, cgroup, id),
			 (unsigned long long)expected_value(origin, version, f, 0));
	}
}

static bool is_core(enum metric_id id)
{
	return metrics[id].v2.kind == PLACE_CGROUP && metrics[id].v2.controller == CONTROLLER_CORE;
}

/* How many rows were checked. */
static unsigned check_all(enum fake_kind kind, const struct snapshot *s, const char *cgroup, int version,
			  const struct figures *f)
{
	unsigned n = 0;

	for (unsigned id = 0; id < METRIC__COUNT; id++) {
		/* The first place that a cgroup has wins: on a hybrid host the core files of v2. */
		if (place_of(metric_origin(id), version)->kind != PLACE_CGROUP ||
		    (kind == FAKE_HYBRID && is_core(metric_origin(id))))
			continue;
		check_row(s, cgroup, id, version, f);
		n++;
	}
	return n;
}

static void every_row(enum fake_kind kind, int version, unsigned at_least)
{
	/* /a and /b have files of other orders and lengths, as the root's are. */
	struct figures a = {.salt = 1};
	struct figures b = {.salt = 2, .backwards = true, .padded = true};
	struct figures c = {.salt = 0, .unlimited = true};
	struct fake f;
	struct source *s;

	fake_make(&f, kind);
	fake_cgroup(&f, NULL, "/a");
	fake_cgroup(&f, NULL, "/b");
	fake_cgroup(&f, NULL, "/c");
	write_all(&f, "/a", version, &a);
	write_all(&f, "/b", version, &b);
	write_all(&f, "/c", version, &c);
	s = fake_open(&f);
	for (unsigned round = 0; round < 4; round++) {
		struct snapshot *snap = fake_sample(s, NULL);

		assert_true(check_all(kind, snap, "/a", version, &a) >= at_least);
		check_all(kind, snap, "/b", version, &b);
		check_all(kind, snap, "/c", version, &c);
		snapshot_unref(snap);
		if (round == 1) {
			a.salt = 4;
			write_all(&f, "/a", version, &a);
		}
		if (round == 2) {
			c.unlimited = false;
			write_all(&f, "/c", version, &c);
		}
	}
	source_close(s);
	fake_remove(&f);
}

static void every_row_v2(void **state)
{
	(void)state;
	every_row(FAKE_V2, 2, 150);
}

static void every_row_v1(void **state)
{
	(void)state;
	every_row(FAKE_V1, 1, 70);
}

static void every_row_v1_of_hybrid(void **state)
{
	(void)state;
	every_row(FAKE_HYBRID, 1, 67);
}

/* --- rows below /proc/PID --- */

static void every_row_of_a_process(void **state)
{
	static const char *const states[] = {"established", "synsent",	"synrecv", "finwait1",
					     "finwait2",    "timewait", "close",   "closewait",
					     "lastack",	    "listen",	"closing"};
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_cgroup(&f, NULL, "/a");
	fake_cgroup_write(&f, "", "/a", "cgroup.procs", "70\n");
	fake_process(&f, 70, 0, "");
	fake_net_dev(&f, 70, "eth0", 1000);
	for (unsigned v6 = 0; v6 < 2; v6++) {
		_cleanup_str_ struct str tcp = {0};

		str_add(&tcp, "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   "
			      "uid  timeout inode\n");
		/* state n has n sockets, of v6 one more */
		for (unsigned st = 1; st <= 11; st++)
			for (unsigned i = 0; i < st + v6; i++)
				str_printf(&tcp,
					   "%4u: 0100007F:1F90 00000000:0000 %02X 00000000:00000000 "
					   "00:00000000 00000000     0        0 1 1\n",
					   i, st);
		fake_write(&f, v6 ? "proc/70/net/tcp6" : "proc/70/net/tcp", tcp.data);
		fake_write(&f, v6 ? "proc/70/net/udp6" : "proc/70/net/udp",
			   "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   "
			   "uid  timeout inode ref pointer drops\n"
			   "  1: 00000000:0044 00000000:0000 07 00000010:00000020 00:00000000 00000000     0 "
			   "       0 5 2 0000000000000000 3\n"
			   "  2: 00000000:0045 00000000:0000 07 00000001:00000002 00:00000000 00000000     0 "
			   "       0 6 2 0000000000000000 4\n");
	}
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(fake_series(snap, "/a", METRIC_NET_RX_BYTES + i, "eth0"), 1001 + i);
		assert_int_equal(fake_series(snap, "/a", METRIC_NET_TX_BYTES + i, "eth0"), 1005 + i);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(states); i++) {
		assert_string_equal(metrics[METRIC_TCP_ESTABLISHED + i].v2.key, states[i]);
		assert_int_equal(fake_value(snap, "/a", METRIC_TCP_ESTABLISHED + i), i + 1);
		assert_int_equal(fake_value(snap, "/a", METRIC_TCP6_ESTABLISHED + i), i + 2);
	}
	assert_int_equal(fake_value(snap, "/a", METRIC_UDP_LISTEN), 2);
	assert_int_equal(fake_value(snap, "/a", METRIC_UDP_DROPPED), 7);
	assert_int_equal(fake_value(snap, "/a", METRIC_UDP_RXQUEUED), 0x22);
	assert_int_equal(fake_value(snap, "/a", METRIC_UDP6_TXQUEUED), 0x11);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* --- files that are odd --- */

static void odd_files(void **state)
{
	static const char nul[] = "anon 5\nfile \0 6\n";
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_cgroup(&f, NULL, "/a");
	fake_cgroup_write(&f, "", "/a", "memory.current", "12345"); /* no newline */
	fake_cgroup_write(&f, "", "/a", "memory.peak", "");
	fake_cgroup_write(&f, "", "/a", "memory.swap.current", "lots\n");
	fake_cgroup_write(&f, "", "/a", "pids.current", "-5\n");
	fake_cgroup_write(&f, "", "/a", "pids.peak", "18446744073709551616\n");
	fake_cgroup_write(&f, "", "/a", "memory.events", "low 1\nhigh\nmax x\noom  7\noom_kill 9");
	fake_cgroup_write(&f, "", "/a", "cpu.max", "\n");
	fake_cgroup_write(&f, "", "/a", "io.stat",
			  "254:0\n254:0 rbytes=\nrbytes=5\n8:0 rbytes=4 wbytes=x rios=6\n");
	fake_cgroup_write(&f, "", "/a", "cpuset.cpus.effective", "");
	fake_write_bytes(&f, "sys/fs/cgroup/a/memory.stat", nul, sizeof(nul) - 1);
	fake_mkdir(&f, "sys/fs/cgroup/a/cpu.stat"); /* a folder where a file should be */
	s = fake_open(&f);
	for (unsigned round = 0; round < 2; round++) {
		snap = fake_sample(s, NULL);
		assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_USAGE), 12345);
		assert_false(fake_has(snap, "/a", METRIC_MEMORY_PEAK));
		assert_false(fake_has(snap, "/a", METRIC_MEMORY_SWAP));
		assert_false(fake_has(snap, "/a", METRIC_PIDS_CURRENT));
		assert_false(fake_has(snap, "/a", METRIC_PIDS_PEAK));
		assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_EVENTS_LOW), 1);
		assert_false(fake_has(snap, "/a", METRIC_MEMORY_EVENTS_HIGH));
		assert_false(fake_has(snap, "/a", METRIC_MEMORY_FAILCNT));
		assert_int_equal(fake_value(snap, "/a", METRIC_OOM_KILLS), 9);
		assert_false(fake_has(snap, "/a", METRIC_CPU_QUOTA));
		assert_int_equal(fake_series(snap, "/a", METRIC_IO_READ_BYTES, "sda"), 4);
		assert_int_equal(fake_series(snap, "/a", METRIC_IO_READS, "sda"), 6);
		assert_false(fake_has_series(snap, "/a", METRIC_IO_WRITE_BYTES, "sda"));
		assert_false(fake_has_series(snap, "/a", METRIC_IO_READ_BYTES, "vda"));
		assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_ANON), 5);
		assert_false(fake_has(snap, "/a", METRIC_MEMORY_FILE));
		assert_false(fake_has(snap, "/a", METRIC_CPU_USAGE));
		assert_string_equal(snapshot_text(snap, (size_t)fake_find(snap, "/a"), METRIC_CPUSET_CPUS),
				    "");
		assert_int_equal(fake_value(snap, "/a", METRIC_CPUSET_CPU_COUNT), 0);
		assert_true(snapshot_report(snap, GROUP_cpu)->failed);
		assert_true(snapshot_report(snap, GROUP_memory)->ran);
		assert_false(snapshot_report(snap, GROUP_memory)->failed);
		snapshot_unref(snap);
	}
	source_close(s);
	fake_remove(&f);
}

static void a_megabyte(void **state)
{
	_cleanup_str_ struct str text = {0};
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	str_add(&text, "anon 1\n");
	while (text.len < 1024 * 1024)
		str_printf(&text, "key_%zu %zu\n", text.len, text.len);
	str_add(&text, "file 2\n");
	fake_make(&f, FAKE_V2);
	fake_cgroup(&f, NULL, "/a");
	fake_write_bytes(&f, "sys/fs/cgroup/a/memory.stat", text.data, text.len);
	s = fake_open(&f);
	for (unsigned round = 0; round < 2; round++) {
		snap = fake_sample(s, NULL);
		assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_ANON), 1);
		assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_FILE), 2);
		snapshot_unref(snap);
	}
	source_close(s);
	fake_remove(&f);
}

/* Every length around the ends of pages and of the buffer: nothing is lost or read twice. */
static void lengths(void **state)
{
	static const size_t interesting[] = {0,	    1,	   3583,  3584,	 3585,	4095,  4096,  4097,
					     28671, 28672, 28673, 32767, 32768, 32769, 65536, 70000};
	static char data[70001];
	struct fake f;
	struct read_buffer b = {0};

	(void)state;
	fake_make(&f, FAKE_V2);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)('a' + i % 23);
	for (size_t i = 0; i < ARRAY_SIZE(interesting); i++) {
		_cleanup_close_ int fd = -1;
		struct slice text;

		fake_write_bytes(&f, "file", data, interesting[i]);
		fd = openat(f.fd, "file", O_RDONLY | O_CLOEXEC);
		assert_int_equal(read_whole(&b, fd, &text), 0);
		assert_int_equal(text.len, interesting[i]);
		assert_memory_equal(text.at, data, interesting[i] ? interesting[i] : 0);
	}
	read_buffer_free(&b);
	assert_null(b.data);
	fake_remove(&f);
}

static void unreadable_text(void **state)
{
	struct read_buffer b = {0};
	struct slice text;
	_cleanup_close_ int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(read_whole(&b, -1, &text), -EBADF);
	assert_int_equal(read_whole(&b, folder, &text), -EISDIR);
	read_buffer_free(&b);
}

/* --- when a file is read --- */

static void appears_with_the_controller(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_cgroup_write(&f, "", "/", "cgroup.subtree_control", "cpu\n");
	fake_cgroup(&f, NULL, "/a");
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_false(fake_has(snap, "/a", METRIC_MEMORY_USAGE));
	assert_false(fake_has(snap, "/a", METRIC_MEMORY_LIMIT));
	assert_false(snapshot_report(snap, GROUP_memory)->failed);
	snapshot_unref(snap);

	/* The files alone make no event on cgroupfs; nobody looks until the kernel is told to have them. */
	fake_cgroup_write(&f, "", "/a", "memory.current", "77\n");
	fake_cgroup_write(&f, "", "/a", "memory.max", "1000\n");
	fake_cgroup_write(&f, "", "/", "cgroup.subtree_control", "cpu memory\n");
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_USAGE), 77);
	assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_LIMIT), 1000);
	snapshot_unref(snap);

	/* And away with it. */
	fake_unlink(&f, "sys/fs/cgroup/a/memory.max");
	fake_cgroup_write(&f, "", "/", "cgroup.subtree_control", "cpu\n");
	snap = fake_sample(s, NULL);
	assert_false(fake_has(snap, "/a", METRIC_MEMORY_LIMIT));
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* A setting is read when it is written to, and not before: renaming a file over it makes no such event. */
static void settings_by_events(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_cgroup(&f, NULL, "/a");
	fake_cgroup_write(&f, "", "/a", "memory.max", "1000\n");
	fake_cgroup_write(&f, "", "/a", "cpuset.cpus.effective", "0-3\n");
	s = fake_open(&f);
	for (unsigned round = 0; round < 3; round++) {
		snap = fake_sample(s, NULL);
		assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_LIMIT), 1000);
		assert_int_equal(fake_value(snap, "/a", METRIC_CPUSET_CPU_COUNT), 4);
		snapshot_unref(snap);
	}
	fake_write(&f, "new", "2000\n");
	assert_int_equal(renameat(f.fd, "new", f.fd, "sys/fs/cgroup/a/memory.max"), 0);
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_LIMIT), 1000);
	snapshot_unref(snap);

	/* Moving processes about is no reason either. */
	fake_cgroup_write(&f, "", "/a", "cgroup.procs", "5\n");
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_LIMIT), 1000);
	assert_int_equal(fake_value(snap, "/a", METRIC_PROCESSES), 1);
	snapshot_unref(snap);

	fake_cgroup_write(&f, "", "/a", "memory.max", "3000\n");
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_LIMIT), 3000);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* Those of devices too; one that is taken away is gone, and a device that is only limited has no traffic. */
static void settings_of_devices(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;
	uint64_t sum;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_cgroup(&f, NULL, "/a");
	fake_cgroup_write(&f, "", "/a", "io.stat", "");
	fake_cgroup_write(&f, "", "/a", "io.max", "254:0 rbps=max wbps=1048576 riops=max wiops=120\n");
	s = fake_open(&f);
	for (unsigned round = 0; round < 3; round++) {
		snap = fake_sample(s, NULL);
		assert_int_equal(fake_series(snap, "/a", METRIC_IO_WBPS_MAX, "vda"), 1048576);
		assert_int_equal(fake_series(snap, "/a", METRIC_IO_WIOPS_MAX, "vda"), 120);
		assert_true(fake_series(snap, "/a", METRIC_IO_RBPS_MAX, "vda") == UNLIMITED);
		assert_false(fake_has_series(snap, "/a", METRIC_IO_WRITE_BYTES, "vda"));
		assert_true(snapshot_sum(snap, (size_t)fake_find(snap, "/a"), METRIC_IO_WRITE_BYTES, &sum));
		assert_int_equal(sum, 0);
		snapshot_unref(snap);
	}
	fake_write(&f, "new", "254:0 rbps=1 wbps=1 riops=1 wiops=1\n");
	assert_int_equal(renameat(f.fd, "new", f.fd, "sys/fs/cgroup/a/io.max"), 0);
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_series(snap, "/a", METRIC_IO_WBPS_MAX, "vda"), 1048576);
	snapshot_unref(snap);

	fake_cgroup_write(&f, "", "/a", "io.max", "8:0 rbps=5 wbps=max riops=max wiops=max\n");
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_series(snap, "/a", METRIC_IO_RBPS_MAX, "sda"), 5);
	assert_false(fake_has_series(snap, "/a", METRIC_IO_WBPS_MAX, "vda"));
	snapshot_unref(snap);

	fake_cgroup_write(&f, "", "/a", "io.max", "");
	snap = fake_sample(s, NULL);
	assert_false(fake_has_series(snap, "/a", METRIC_IO_RBPS_MAX, "sda"));
	assert_false(snapshot_sum(snap, (size_t)fake_find(snap, "/a"), METRIC_IO_RBPS_MAX, &sum));
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* As many lines, in the same order as far as they are the same: what was learned of one does not hide the
 * other's. */
static void other_keys(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_cgroup(&f, NULL, "/a");
	fake_cgroup(&f, NULL, "/b");
	fake_cgroup_write(&f, "", "/a", "memory.stat", "anon 1\nunknown 2\nfile 3\n");
	fake_cgroup_write(&f, "", "/b", "memory.stat", "anon 4\nkernel 5\nfile 6\n");
	s = fake_open(&f);
	for (unsigned round = 0; round < 3; round++) {
		snap = fake_sample(s, NULL);
		assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_FILE), 3);
		assert_false(fake_has(snap, "/a", METRIC_MEMORY_KERNEL));
		assert_int_equal(fake_value(snap, "/b", METRIC_MEMORY_ANON), 4);
		assert_int_equal(fake_value(snap, "/b", METRIC_MEMORY_KERNEL), 5);
		assert_int_equal(fake_value(snap, "/b", METRIC_MEMORY_FILE), 6);
		snapshot_unref(snap);
	}
	source_close(s);
	fake_remove(&f);
}

/* What is effective below and beside follows a write above it, with no event of its own. */
static void cpusets_are_inherited(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_cgroup(&f, NULL, "/a/b/c");
	fake_cgroup_write(&f, "", "/a/b/c", "cpuset.cpus.effective", "0-3\n");
	fake_cgroup_write(&f, "", "/a", "cpuset.cpus", "0-3\n");
	s = fake_open(&f);
	snapshot_unref(fake_sample(s, NULL));
	fake_write(&f, "new", "0-1\n");
	assert_int_equal(renameat(f.fd, "new", f.fd, "sys/fs/cgroup/a/b/c/cpuset.cpus.effective"), 0);
	fake_cgroup_write(&f, "", "/a", "cpuset.cpus", "0-1\n");
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, "/a/b/c", METRIC_CPUSET_CPU_COUNT), 2);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* A sink that asks for another set gets what it asks for, whatever was read before. */
static void other_needs(void **state)
{
	struct metric_set limits = {0};
	struct metric_set usage = {0};
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	metric_set_add(&limits, METRIC_MEMORY_LIMIT);
	metric_set_add(&usage, METRIC_MEMORY_USAGE);
	fake_make(&f, FAKE_V2);
	fake_cgroup(&f, NULL, "/a");
	fake_cgroup_write(&f, "", "/a", "memory.max", "1000\n");
	fake_cgroup_write(&f, "", "/a", "memory.current", "10\n");
	s = fake_open(&f);
	for (unsigned round = 0; round < 3; round++) {
		snap = fake_sample(s, &usage);
		assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_USAGE), 10);
		assert_false(fake_has(snap, "/a", METRIC_MEMORY_LIMIT));
		assert_false(snapshot_report(snap, GROUP_cpu)->ran);
		assert_false(snapshot_report(snap, GROUP_pids)->ran);
		snapshot_unref(snap);
		snap = fake_sample(s, &limits);
		assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_LIMIT), 1000);
		assert_false(fake_has(snap, "/a", METRIC_MEMORY_USAGE));
		snapshot_unref(snap);
	}
	source_close(s);
	fake_remove(&f);
}

/* v2 has it for the host's root no more than v1 has quota rows without a quota. */
static void throttling_only_with_a_quota(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_HYBRID);
	fake_cgroup(&f, NULL, "/a");
	fake_cgroup_write(&f, "cpu", "/a", "cpu.cfs_quota_us", "-1\n");
	fake_cgroup_write(&f, "cpu", "/a", "cpu.stat", "nr_periods 3\nnr_throttled 2\nthrottled_time 1\n");
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, "/a", METRIC_CPU_QUOTA), UNLIMITED);
	assert_false(fake_has(snap, "/a", METRIC_CPU_THROTTLED_PERIODS));
	snapshot_unref(snap);
	fake_cgroup_write(&f, "cpu", "/a", "cpu.cfs_quota_us", "50000\n");
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, "/a", METRIC_CPU_QUOTA), 50000);
	assert_int_equal(fake_value(snap, "/a", METRIC_CPU_THROTTLED_PERIODS), 2);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_v2),
		cmocka_unit_test(every_row_v1),
		cmocka_unit_test(every_row_v1_of_hybrid),
		cmocka_unit_test(every_row_of_a_process),
		cmocka_unit_test(odd_files),
		cmocka_unit_test(a_megabyte),
		cmocka_unit_test(lengths),
		cmocka_unit_test(unreadable_text),
		cmocka_unit_test(appears_with_the_controller),
		cmocka_unit_test(settings_by_events),
		cmocka_unit_test(settings_of_devices),
		cmocka_unit_test(other_keys),
		cmocka_unit_test(cpusets_are_inherited),
		cmocka_unit_test(other_needs),
		cmocka_unit_test(throttling_only_with_a_quota),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
