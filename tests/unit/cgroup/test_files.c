/* SPDX-License-Identifier: Apache-2.0 */
/* Every place that metrics.def names, against files as kernels write them: the format, the key and the value
 * must fit. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/text.h"
#include "cgroup/convert.h"
#include "cgroup/format.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void formats_by_name(void **state)
{
	static const struct {
		const char *name;
		int version;
		enum file_format format;
	} cases[] = {
		{"memory.current", 2, FILE_SINGLE},
		{"memory.stat", 2, FILE_FLAT},
		{"memory.stat", 1, FILE_FLAT},
		{"memory.numa_stat", 2, FILE_NUMA_V2},
		{"memory.numa_stat", 1, FILE_NUMA_V1},
		{"hugetlb.2MB.numa_stat", 2, FILE_NUMA_V1},
		{"hugetlb.1GB.events", 2, FILE_FLAT},
		{"hugetlb.1GB.events.local", 2, FILE_FLAT},
		{"hugetlb.2MB.rsvd.current", 2, FILE_SINGLE},
		{"cpu.stat", 2, FILE_FLAT},
		{"cpu.max", 2, FILE_PAIR},
		{"cpu.max", 1, FILE_SINGLE},
		{"cpu.max.burst", 2, FILE_SINGLE},
		{"cpu.pressure", 2, FILE_PRESSURE},
		{"irq.pressure", 2, FILE_PRESSURE},
		{"cgroup.pressure", 2, FILE_SINGLE},
		{"pressure/io", 2, FILE_PRESSURE},
		{"memory.pressure_level", 1, FILE_SINGLE},
		{"cgroup.procs", 2, FILE_LINES},
		{"tasks", 1, FILE_LINES},
		{"io.stat", 2, FILE_NESTED},
		{"io.weight", 2, FILE_WEIGHT},
		{"blkio.bfq.weight", 1, FILE_WEIGHT},
		{"blkio.weight", 1, FILE_SINGLE},
		{"blkio.weight_device", 1, FILE_FLAT_NAMES},
		{"blkio.throttle.io_serviced_recursive", 1, FILE_BLKIO},
		{"blkio.io_queued", 1, FILE_BLKIO},
		{"blkio.throttle.read_bps_device", 1, FILE_FLAT_NAMES},
		{"misc.peak", 2, FILE_FLAT_NAMES},
		{"misc.events", 2, FILE_FLAT},
		{"dmem.current", 2, FILE_FLAT_NAMES},
		{"cpuset.effective_cpus", 1, FILE_TEXT},
		{"cpuset.cpus.effective", 2, FILE_TEXT},
		{"cpuset.memory_pressure", 1, FILE_SINGLE},
		{"freezer.state", 1, FILE_TEXT},
		{"devices.list", 1, FILE_TEXT},
		{"net/dev", 2, FILE_NET_DEV},
		{"net/tcp6", 1, FILE_TCP},
		{"net/udp", 2, FILE_UDP},
		{"a.file.of.tomorrow", 2, FILE_SINGLE},
		{"", 2, FILE_SINGLE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (file_format_of(cases[i].version, cases[i].name) != cases[i].format)
			fail_msg("%s of v%d is not %d", cases[i].name, cases[i].version,
				 (int)cases[i].format);
}

/* Which format gives items with no key is a promise to the table: there "" is the only value of a file. */
static bool gives_no_key(enum file_format format)
{
	return format == FILE_SINGLE || format == FILE_TEXT || format == FILE_FLAT_NAMES ||
	       format == FILE_LINES;
}

static bool gives_instances(enum file_format format)
{
	return format == FILE_FLAT_NAMES || format == FILE_NESTED || format == FILE_BLKIO ||
	       format == FILE_NUMA_V1 || format == FILE_NUMA_V2 || format == FILE_NET_DEV;
}

/* The name with the instance in place of its '*'; "net/dev" is the fixture net_dev. */
static void file_name(const struct metric_place *place, char *out, size_t cap)
{
	const char *star = strchr(place->file, '*');
	const char *slash = strchr(place->file, '/');

	if (star)
		snprintf(out, cap, "%.*s2MB%s", (int)(star - place->file), place->file, star + 1);
	else if (slash)
		snprintf(out, cap, "%.*s_%s", (int)(slash - place->file), place->file, slash + 1);
	else
		snprintf(out, cap, "%s", place->file);
}

static bool key_is_found(enum file_format format, struct slice text, const struct metric_place *place)
{
	struct format_cursor c;
	struct format_item item;
	bool found = false;

	format_begin(&c, format, text);
	while (format_next(&c, &item)) {
		uint64_t value;

		if (!slice_is(item.key, place->key))
			continue;
		found = true;
		if (place->scale == SCALE_AS_TEXT)
			continue;
		if (convert_value(item.value, place->scale, 100, 4096, &value) < 0)
			fail_msg("%s %s: '%.*s' is not understood", place->file, place->key,
				 (int)item.value.len, item.value.at);
	}
	return found;
}

/* Keys that only kernels after 6.12 or with other options have. */
static bool may_be_absent(const struct metric_place *place)
{
	static const char *const rare[] = {"pgscan_proactive", "pgsteal_proactive", "pgdemote_proactive",
					   "pgpgin",	       "pgpgout",	    "pswpin",
					   "pswpout"};

	for (size_t i = 0; i < ARRAY_SIZE(rare); i++)
		if (strcmp(place->key, rare[i]) == 0)
			return true;
	return false;
}

/* Whether the fixture of that place exists; then its key must. */
static bool check_place(const char *folder, int version, const struct metric *m,
			const struct metric_place *place)
{
	_cleanup_free_ char *text = NULL;
	enum file_format format = file_format_of(version, place->file);
	char name[128];
	char path[512];
	size_t len;

	if (gives_no_key(format) != (place->key[0] == '\0') && format != FILE_WEIGHT)
		fail_msg("%s: the format of %s does not give the key '%s'", m->id_name, place->file,
			 place->key);
	if (gives_instances(format) && m->dimension == DIMENSION_ONE)
		fail_msg("%s: %s has instances, the metric has none", m->id_name, place->file);
	file_name(place, name, sizeof(name));
	snprintf(path, sizeof(path), FIXTURES "/cgroup/files/%s/%s", folder, name);
	if (fs_read_file(AT_FDCWD, path, 1 << 20, &text, &len) < 0)
		return false;
	if (!key_is_found(format, (struct slice){text, len}, place) && !may_be_absent(place))
		fail_msg("%s: no '%s' in %s", m->id_name, place->key, path);
	return true;
}

static void every_place_of_the_table_is_read_right(void **state)
{
	unsigned v2 = 0;
	unsigned v1 = 0;
	unsigned pid = 0;

	(void)state;
	for (size_t i = 0; i < METRIC__COUNT; i++) {
		const struct metric *m = &metrics[i];

		if (m->v2.kind == PLACE_CGROUP)
			v2 += check_place("v2-6.12", 2, m, &m->v2);
		if (m->v1.kind == PLACE_CGROUP)
			v1 += check_place("v1", 1, m, &m->v1);
		if (m->v2.kind == PLACE_PID)
			pid += check_place("proc", 2, m, &m->v2);
	}
	/* guards the test itself: the fixtures were found */
	assert_true(v2 > 80);
	assert_true(v1 > 40);
	assert_true(pid > 20);
}

static unsigned count_items(int version, const char *folder, const char *name)
{
	_cleanup_free_ char *text = NULL;
	struct format_cursor c;
	struct format_item item;
	char path[512];
	unsigned n = 0;
	size_t len;

	snprintf(path, sizeof(path), FIXTURES "/cgroup/files/%s/%s", folder, name);
	assert_int_equal(fs_read_file(AT_FDCWD, path, 1 << 20, &text, &len), 0);
	format_begin(&c, file_format_of(version, name), (struct slice){text, len});
	while (format_next(&c, &item))
		n++;
	return n;
}

static void real_files_give_all_their_items(void **state)
{
	(void)state;
	assert_int_equal(count_items(2, "v2-6.1", "memory.stat"), 51);
	assert_int_equal(count_items(2, "v2-6.12", "memory.stat"), 65);
	assert_int_equal(count_items(1, "v1", "memory.stat"), 42);
	assert_int_equal(count_items(1, "v1", "memory.numa_stat"), 8);
	assert_int_equal(count_items(2, "v2-6.12", "io.stat"), 12);
	assert_int_equal(count_items(2, "v2-6.12", "cpu.pressure"), 8);
	assert_int_equal(count_items(1, "v1", "blkio.throttle.io_serviced_recursive"), 6);
	assert_int_equal(count_items(2, "v2-6.12", "hugetlb.2MB.numa_stat"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_by_name),
		cmocka_unit_test(every_place_of_the_table_is_read_right),
		cmocka_unit_test(real_files_give_all_their_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
