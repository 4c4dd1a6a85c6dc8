/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "walk_cpus.h"
#include "walk_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ROWS 8

/* Tables as a pass leaves them. */
struct pass {
	struct walk_cgroup cgroups[ROWS];
	struct walk_base bases[ROWS];
	struct walk_pids pids[ROWS];
	struct walk_io io[ROWS];
	uint32_t n;
	uint32_t n_io;
};

static struct walk_columns columns(void)
{
	struct walk_columns c = {.own_io = true, .tables = 1U << WALK_BASE | 1U << WALK_PIDS | 1U << WALK_IO};

	c.each[c.n++] = (struct walk_column){
		METRIC_CPU_USER, WALK_BASE, WALK_AS_IT_IS, offsetof(struct walk_base, user_ns), 0, 1};
	c.each[c.n++] = (struct walk_column){
		METRIC_PIDS_CURRENT, WALK_PIDS, WALK_AS_IT_IS, offsetof(struct walk_pids, current), 0, 1};
	c.each[c.n++] = (struct walk_column){
		METRIC_IO_READ_BYTES, WALK_IO, WALK_AS_IT_IS, offsetof(struct walk_io, bytes), 0, 1};
	return c;
}

static void add(struct pass *p, uint64_t inode, uint32_t level, uint64_t user, uint64_t threads)
{
	p->cgroups[p->n] = (struct walk_cgroup){.id = inode,
						.level = level,
						.has = 1U << WALK_BASE | 1U << WALK_PIDS | 1U << WALK_IO,
						.first_io = p->n_io};
	p->bases[p->n] = (struct walk_base){.total_ns = user, .user_ns = user};
	p->pids[p->n] = (struct walk_pids){.current = threads};
	p->n++;
}

static void add_io(struct pass *p, uint32_t major, uint64_t bytes)
{
	p->io[p->n_io++] = (struct walk_io){.major = major, .bytes = {bytes}};
	p->cgroups[p->n - 1].n_io++;
}

static void take(struct walk_store *s, const struct pass *p)
{
	const void *tables[WALK_TABLES] = {
		[WALK_CGROUP] = p->cgroups, [WALK_BASE] = p->bases, [WALK_PIDS] = p->pids, [WALK_IO] = p->io};

	assert_int_equal(walk_store_take(s, tables, p->n, 4096), 0);
}

static struct snapshot *snapshot(void)
{
	struct metric_set need = {0};

	metric_set_add(&need, METRIC_CPU_USER);
	metric_set_add(&need, METRIC_PIDS_CURRENT);
	metric_set_add(&need, METRIC_IO_READ_BYTES);
	return snapshot_new(&need, &(struct host){0}, 1, 1, 4);
}

/* What the store says of a cgroup; false where it was not met. */
static bool ask(struct walk_store *s, uint64_t inode, enum metric_id id, uint64_t *value)
{
	struct identity *who = identity_new(&(struct identity){0});
	struct snapshot *out = snapshot();
	bool met;

	assert_int_equal(snapshot_add(out, &(struct entity){.path = "/a", .identity = who, .parent = -1}), 0);
	identity_unref(who);
	met = walk_store_fill(s, inode, NULL, out, 0);
	*value = UINT64_MAX;
	if (metrics[id].dimension == DIMENSION_ONE)
		(void)snapshot_get(out, 0, id, value);
	else
		(void)snapshot_sum(out, 0, id, value);
	snapshot_unref(out);
	return met;
}

static void walk_two_passes(struct walk_store *s, uint64_t user)
{
	const struct walk_columns c = columns();
	struct pass first = {0}, second = {0};

	add(&first, 10, 1, user, 1);
	add(&first, 11, 2, user + 1, 2);
	add(&second, 12, 1, user + 2, 3);
	walk_store_begin(s, &c);
	take(s, &first);
	take(s, &second);
	assert_int_equal(walk_store_end(s), 0);
}

static void passes_add_up(void **state)
{
	struct walk_store s = {0};
	uint64_t value;

	(void)state;
	walk_two_passes(&s, 100);
	for (uint64_t inode = 10; inode <= 12; inode++) {
		assert_true(ask(&s, inode, METRIC_PIDS_CURRENT, &value));
		assert_int_equal(value, inode - 9);
		assert_true(ask(&s, inode, METRIC_CPU_USER, &value));
		assert_int_equal(value, 90 + inode);
	}
	assert_false(ask(&s, 13, METRIC_PIDS_CURRENT, &value));
	walk_store_drop(&s);
	assert_false(ask(&s, 10, METRIC_PIDS_CURRENT, &value));
	walk_store_free(&s);
}

/* What was shown of a cgroup is known of it again, also where others came and went before it. */
static void cpu_times_never_go_back(void **state)
{
	const struct walk_columns c = columns();
	struct walk_store s = {0};
	struct pass p = {0};
	uint64_t value;

	(void)state;
	walk_two_passes(&s, 100);
	walk_two_passes(&s, 100);
	assert_true(ask(&s, 12, METRIC_CPU_USER, &value));
	assert_int_equal(value, 102);
	add(&p, 9, 1, 5, 1);
	add(&p, 12, 1, 50, 1);
	walk_store_begin(&s, &c);
	take(&s, &p);
	assert_int_equal(walk_store_end(&s), 0);
	assert_true(ask(&s, 12, METRIC_CPU_USER, &value));
	assert_int_equal(value, 102);
	assert_true(ask(&s, 9, METRIC_CPU_USER, &value));
	assert_int_equal(value, 5);
	assert_false(ask(&s, 10, METRIC_CPU_USER, &value));
	walk_store_free(&s);
}

static void io_is_summed_up_the_tree(void **state)
{
	const struct walk_columns c = columns();
	struct walk_store s = {0};
	struct pass p = {0};
	uint64_t value;

	(void)state;
	add(&p, 10, 1, 1, 1);
	add_io(&p, 8, 1);
	add_io(&p, 9, 2);
	add(&p, 11, 2, 1, 1);
	add_io(&p, 9, 10);
	add(&p, 12, 3, 1, 1);
	add_io(&p, 9, 100);
	add(&p, 13, 2, 1, 1);
	add(&p, 14, 1, 1, 1);
	add_io(&p, 9, 1000);
	walk_store_begin(&s, &c);
	take(&s, &p);
	assert_int_equal(walk_store_end(&s), 0);
	assert_true(ask(&s, 10, METRIC_IO_READ_BYTES, &value));
	assert_int_equal(value, 113);
	assert_true(ask(&s, 11, METRIC_IO_READ_BYTES, &value));
	assert_int_equal(value, 110);
	assert_true(ask(&s, 13, METRIC_IO_READ_BYTES, &value));
	assert_int_equal(value, 0);
	assert_true(ask(&s, 14, METRIC_IO_READ_BYTES, &value));
	assert_int_equal(value, 1000);
	/* what could not be told of one can't be told of those above */
	p.cgroups[2].has |= WALK_BY_FILES;
	walk_store_begin(&s, &c);
	take(&s, &p);
	assert_int_equal(walk_store_end(&s), 0);
	assert_false(ask(&s, 10, METRIC_IO_READ_BYTES, &value));
	assert_false(ask(&s, 12, METRIC_IO_READ_BYTES, &value));
	assert_true(ask(&s, 13, METRIC_IO_READ_BYTES, &value));
	walk_store_free(&s);
}

static struct walk_columns other_columns(bool own_io)
{
	struct walk_columns c = {.own_io = own_io, .tables = 1U << WALK_CPUSET | 1U << WALK_LIMIT};

	c.each[c.n++] = (struct walk_column){
		METRIC_CPUSET_CPUS, WALK_CPUSET, WALK_AS_SET, offsetof(struct walk_cpuset, cpus), 0, 1};
	c.each[c.n++] = (struct walk_column){
		METRIC_IO_RBPS_MAX, WALK_LIMIT, WALK_AS_LIMIT, offsetof(struct walk_limit, each[0]), 0, 1};
	c.each[c.n++] = (struct walk_column){
		METRIC_IO_WBPS_MAX, WALK_LIMIT, WALK_AS_LIMIT, offsetof(struct walk_limit, each[1]), 0, 1};
	return c;
}

/* Two passes of a cgroup each: both have a set of CPUs, and the second has limits. */
static void walk_settings(struct walk_store *s, bool own_io)
{
	const struct walk_columns c = other_columns(own_io);
	const struct walk_cpuset sets[] = {{.cpus.bits = {0x3}}, {.cpus.bits = {0xb}}};
	const struct walk_limit limits[] = {{8, 0, {1000, UINT64_MAX, UINT64_MAX, UINT64_MAX}},
					    {8, 16, {7, 8, UINT64_MAX, UINT64_MAX}}};
	const uint32_t has = 1U << WALK_CPUSET | 1U << WALK_LIMIT;
	const struct walk_cgroup first = {.id = 10, .level = 1, .has = has, .n_limits = 1};
	const struct walk_cgroup second = {.id = 11, .level = 1, .has = has, .n_limits = 1};
	const void *tables[WALK_TABLES] = {
		[WALK_CGROUP] = &first, [WALK_CPUSET] = &sets[0], [WALK_LIMIT] = &limits[0]};

	walk_store_begin(s, &c);
	assert_int_equal(walk_store_take(s, tables, 1, 4096), 0);
	tables[WALK_CGROUP] = &second;
	tables[WALK_CPUSET] = &sets[1];
	tables[WALK_LIMIT] = &limits[1];
	assert_int_equal(walk_store_take(s, tables, 1, 4096), 0);
	assert_int_equal(walk_store_end(s), 0);
}

static struct snapshot *settings_of(struct walk_store *s, uint64_t inode)
{
	const struct walk_columns c = other_columns(false);
	struct identity *who = identity_new(&(struct identity){0});
	struct metric_set need = {0};
	struct snapshot *out;

	for (size_t i = 0; i < c.n; i++)
		metric_set_add(&need, c.each[i].id);
	out = snapshot_new(&need, &(struct host){0}, 1, 1, 1);
	assert_int_equal(snapshot_add(out, &(struct entity){.path = "/a", .identity = who, .parent = -1}), 0);
	identity_unref(who);
	assert_true(walk_store_fill(s, inode, NULL, out, 0));
	return out;
}

static void is_setting(struct walk_store *s, uint64_t inode, const char *cpus, const char *device,
		       uint64_t rbps, uint64_t wbps)
{
	struct snapshot *out = settings_of(s, inode);
	const struct series *series;
	uint64_t value;

	assert_string_equal(snapshot_text(out, 0, METRIC_CPUSET_CPUS), cpus);
	assert_int_equal(snapshot_entity(out, 0)->n_series, 1);
	series = snapshot_series_at(out, 0, 0);
	assert_string_equal(series->instance, device);
	assert_true(series_get(series, METRIC_IO_RBPS_MAX, &value));
	assert_int_equal(value, rbps);
	assert_int_equal(series_get(series, METRIC_IO_WBPS_MAX, &value), wbps != 0);
	if (wbps)
		assert_int_equal(value, wbps);
	snapshot_unref(out);
}

/* v2's file says "max" of what a limited device is free to do; v1 has a file for each, that does not name it.
 */
static void settings_are_the_files(void **state)
{
	struct walk_store s = {0};

	(void)state;
	walk_settings(&s, false);
	is_setting(&s, 10, "0-1", "8:0", 1000, UNLIMITED);
	is_setting(&s, 11, "0-1,3", "8:16", 7, 8);
	walk_settings(&s, true);
	is_setting(&s, 10, "0-1", "8:0", 1000, 0);
	is_setting(&s, 11, "0-1,3", "8:16", 7, 8);
	walk_store_free(&s);
}

static void cpu_lists_end(void **state)
{
	(void)state;
	assert_int_equal(walk_cpus_end("0\n"), 1);
	assert_int_equal(walk_cpus_end("0-1,4-63\n"), 64);
	assert_int_equal(walk_cpus_end("0,2\n"), 3);
	assert_int_equal(walk_cpus_end(""), 0);
	assert_int_equal(walk_cpus_end("none\n"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_add_up),
		cmocka_unit_test(cpu_times_never_go_back),
		cmocka_unit_test(io_is_summed_up_the_tree),
		cmocka_unit_test(settings_are_the_files),
		cmocka_unit_test(cpu_lists_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
