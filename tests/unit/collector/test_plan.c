/* SPDX-License-Identifier: Apache-2.0 */
/* Planning is pure: layouts are made up here, and nothing is read. */
#include "plan.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add(struct cgroup_layout *l, int version, uint32_t controllers)
{
	struct hierarchy *h = &l->hierarchies[l->n_hierarchies];

	*h = (struct hierarchy){.version = version, .controllers = controllers, .fd = -1};
	for (unsigned c = 0; c < CONTROLLER__COUNT; c++)
		if (controllers >> c & 1)
			l->home[c] = (int8_t)l->n_hierarchies;
	l->n_hierarchies++;
}

static struct cgroup_layout empty_layout(void)
{
	struct cgroup_layout l = {.n_pagesizes = 2, .pagesizes = {"2MB", "1GB"}};

	memset(l.home, -1, sizeof(l.home));
	return l;
}

static struct cgroup_layout v2_layout(void)
{
	struct cgroup_layout l = empty_layout();

	add(&l, 2,
	    1U << CONTROLLER_CORE | 1U << CONTROLLER_CPU | 1U << CONTROLLER_MEMORY | 1U << CONTROLLER_IO |
		    1U << CONTROLLER_HUGETLB | 1U << CONTROLLER_PIDS);
	return l;
}

static struct cgroup_layout hybrid_layout(void)
{
	struct cgroup_layout l = empty_layout();

	add(&l, 2, 1U << CONTROLLER_CORE);
	add(&l, 1, 1U << CONTROLLER_CPU | 1U << CONTROLLER_CPUACCT);
	add(&l, 1, 1U << CONTROLLER_MEMORY);
	return l;
}

static struct metric_set everything(void)
{
	struct metric_set s = {0};

	for (unsigned g = 0; g < GROUP__COUNT; g++)
		metric_set_add_group(&s, g);
	return s;
}

static const struct plan_file *file_named(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->n_files; i++)
		if (strcmp(plan->files[i].name, name) == 0)
			return &plan->files[i];
	return NULL;
}

static bool has_key(const struct plan_file *f, enum metric_id id)
{
	for (size_t i = 0; f && i < f->n_keys; i++)
		if (f->keys[i].id == id)
			return true;
	return false;
}

static void places(void **state)
{
	struct cgroup_layout v2 = v2_layout();
	struct cgroup_layout hybrid = hybrid_layout();

	(void)state;
	assert_ptr_equal(plan_place(&v2, 1, METRIC_MEMORY_USAGE), &metrics[METRIC_MEMORY_USAGE].v2);
	assert_ptr_equal(plan_place(&hybrid, 4, METRIC_MEMORY_USAGE), &metrics[METRIC_MEMORY_USAGE].v1);
	/* not in that hierarchy */
	assert_null(plan_place(&hybrid, 3, METRIC_MEMORY_USAGE));
	/* v2 first, where the cgroup is in it */
	assert_ptr_equal(plan_place(&hybrid, 7, METRIC_CPU_USAGE), &metrics[METRIC_CPU_USAGE].v2);
	assert_ptr_equal(plan_place(&hybrid, 6, METRIC_CPU_USAGE), &metrics[METRIC_CPU_USAGE].v1);
	/* no such controller; rows of other kinds */
	assert_null(plan_place(&v2, 1, METRIC_RDMA_HANDLES));
	assert_null(plan_place(&v2, 1, METRIC_MEMORY_WORKING_SET));
	assert_null(plan_place(&v2, 1, METRIC_START_TIME));
	assert_null(plan_place(&v2, 1, METRIC_BLKIO_READ));
	assert_ptr_equal(plan_place(&v2, 0, METRIC_NET_RX_BYTES), &metrics[METRIC_NET_RX_BYTES].v2);
}

static void every_key_once(void **state)
{
	struct cgroup_layout layouts[] = {v2_layout(), hybrid_layout()};
	struct metric_set all = everything();

	(void)state;
	for (size_t l = 0; l < ARRAY_SIZE(layouts); l++) {
		uint32_t presence = (1U << layouts[l].n_hierarchies) - 1;
		struct planner p;
		const struct plan *plan;

		assert_int_equal(planner_open(&p, &layouts[l]), 0);
		plan = planner_get(&p, &all, presence);
		assert_non_null(plan);
		for (unsigned id = 0; id < METRIC__COUNT; id++) {
			const struct metric_place *place = plan_place(&layouts[l], presence, id);
			size_t wanted =
				place && place->kind == PLACE_CGROUP ? (strchr(place->file, '*') ? 2 : 1) : 0;
			size_t found = 0;

			for (size_t i = 0; i < plan->n_files; i++) {
				found += has_key(&plan->files[i], id);
				assert_true(plan->files[i].n_keys > 0);
				assert_true(plan->files[i].hierarchy < layouts[l].n_hierarchies);
			}
			if (found != wanted)
				fail_msg("%s is in %zu files, not %zu", metrics[id].id_name, found, wanted);
		}
		/* no file twice, and settings before what depends on them */
		for (size_t i = 0; i < plan->n_files; i++) {
			const struct plan_file *f = &plan->files[i];

			for (size_t k = i + 1; k < plan->n_files; k++)
				assert_false(plan->files[k].hierarchy == f->hierarchy &&
					     strcmp(plan->files[k].name, f->name) == 0);
			if (i)
				assert_true(plan->files[i - 1].group < f->group ||
					    (plan->files[i - 1].group == f->group &&
					     plan->files[i - 1].setting >= f->setting));
			assert_true(f->setting || f->slot != NO_SLOT);
		}
		planner_close(&p);
	}
}

static void what_nobody_needs(void **state)
{
	struct cgroup_layout l = v2_layout();
	struct metric_set need = {0};
	struct planner p;
	const struct plan *plan;

	(void)state;
	assert_int_equal(planner_open(&p, &l), 0);
	plan = planner_get(&p, &need, 1);
	assert_int_equal(plan->n_files, 0);
	assert_int_equal(plan->n_pid_files, 0);
	metric_set_add(&need, METRIC_MEMORY_ANON);
	metric_set_add(&need, METRIC_MEMORY_FILE);
	metric_set_add(&need, METRIC_NET_TX_BYTES);
	plan = planner_get(&p, &need, 1);
	assert_int_equal(plan->n_files, 1);
	assert_string_equal(plan->files[0].name, "memory.stat");
	assert_int_equal(plan->files[0].n_keys, 2);
	assert_int_equal(plan->n_pid_files, 1);
	assert_string_equal(plan->pid_files[0].name, "net/dev");
	planner_close(&p);
}

static void kinds_of_files(void **state)
{
	struct cgroup_layout v2 = v2_layout();
	struct cgroup_layout hybrid = hybrid_layout();
	struct metric_set all = everything();
	struct planner p;
	const struct plan *plan;

	(void)state;
	assert_int_equal(planner_open(&p, &v2), 0);
	plan = planner_get(&p, &all, 1);
	assert_true(file_named(plan, "cpu.max")->setting);
	assert_int_equal(file_named(plan, "cpu.max")->slot, planner_slot(&p, 0, "cpu.max"));
	/* one file of two controllers; usage counts without a quota, too */
	assert_true(has_key(file_named(plan, "cpu.stat"), METRIC_CPU_USAGE));
	assert_true(has_key(file_named(plan, "cpu.stat"), METRIC_CPU_PERIODS));
	assert_false(file_named(plan, "cpu.stat")->only_with_quota);
	assert_false(file_named(plan, "cpu.stat")->setting);
	/* one key of two rows */
	assert_true(has_key(file_named(plan, "cpu.weight"), METRIC_CPU_SHARES));
	assert_true(has_key(file_named(plan, "cpu.weight"), METRIC_CPU_WEIGHT));
	assert_string_equal(file_named(plan, "hugetlb.1GB.events")->instance, "1GB");
	assert_string_equal(file_named(plan, "hugetlb.2MB.current")->instance, "2MB");
	/* limits a page size or a device are settings as others are */
	assert_true(file_named(plan, "hugetlb.2MB.max")->setting);
	assert_true(file_named(plan, "io.max")->setting);
	assert_int_equal(file_named(plan, "io.max")->slot, NO_SLOT);
	assert_false(file_named(plan, "io.stat")->setting);
	assert_null(file_named(plan, "memory.memsw.limit_in_bytes"));
	planner_close(&p);

	assert_int_equal(planner_open(&p, &hybrid), 0);
	plan = planner_get(&p, &all, 7);
	assert_int_equal(file_named(plan, "cpu.stat")->hierarchy, 0); /* the first by name and group */
	for (size_t i = 0; i < plan->n_files; i++)
		if (strcmp(plan->files[i].name, "cpu.stat") == 0 && plan->files[i].hierarchy == 1)
			assert_true(plan->files[i].only_with_quota);
	assert_null(file_named(plan, "cpuacct.usage"));
	plan = planner_get(&p, &all, 6);
	assert_non_null(file_named(plan, "cpuacct.usage"));
	planner_close(&p);
}

static void plans_are_kept(void **state)
{
	struct cgroup_layout l = hybrid_layout();
	struct metric_set all = everything();
	struct metric_set other = {0};
	struct planner p;
	const struct plan *plan;

	(void)state;
	metric_set_add(&other, METRIC_CPU_USAGE);
	assert_int_equal(planner_open(&p, &l), 0);
	plan = planner_get(&p, &all, 7);
	assert_ptr_equal(planner_get(&p, &all, 7), plan);
	assert_ptr_not_equal(planner_get(&p, &all, 6), plan);
	assert_ptr_not_equal(planner_get(&p, &other, 7), plan);
	assert_ptr_equal(planner_get(&p, &all, 7), plan);
	/* ever different sets push out the oldest, and nothing grows */
	for (unsigned id = 0; id < METRIC__COUNT; id++) {
		struct metric_set one = {0};

		metric_set_add(&one, id);
		assert_non_null(planner_get(&p, &one, 7));
		assert_true(p.n_plans <= 64);
	}
	assert_non_null(planner_get(&p, &all, 7));
	planner_close(&p);
}

static void slots(void **state)
{
	struct cgroup_layout l = hybrid_layout();
	struct metric_set need = {0};
	struct slot_set wanted;
	struct planner p;
	uint64_t set = 0;

	(void)state;
	metric_set_add(&need, METRIC_MEMORY_USAGE);
	metric_set_add(&need, METRIC_MEMORY_LIMIT);
	assert_int_equal(planner_open(&p, &l), 0);
	assert_true(p.n_slots < NO_SLOT);
	for (size_t i = 0; i < p.n_slots; i++)
		assert_int_equal(planner_slot(&p, p.slots[i].hierarchy, p.slots[i].name), i);
	assert_int_equal(planner_slot(&p, 0, "memory.usage_in_bytes"), NO_SLOT);
	assert_int_not_equal(planner_slot(&p, 2, "memory.usage_in_bytes"), NO_SLOT);
	planner_slots(&p, planner_get(&p, &need, 7), &wanted);
	for (size_t i = 0; i < p.n_slots; i++)
		set += wanted.words[i / 64] >> (i % 64) & 1;
	/* cgroup.procs of each hierarchy, and the one file that is read at each sample */
	assert_int_equal(set, 4);
	planner_close(&p);
}

/* As many page sizes as a layout may hold: what has no slot left is opened for each reading. */
static void many_pagesizes(void **state)
{
	struct cgroup_layout l = v2_layout();
	struct metric_set all = everything();
	struct planner p;
	const struct plan *plan;

	(void)state;
	l.n_pagesizes = ARRAY_SIZE(l.pagesizes);
	for (size_t i = 0; i < l.n_pagesizes; i++)
		snprintf(l.pagesizes[i], sizeof(l.pagesizes[i]), "%uGB", (unsigned)(1U << i & 0xFF));
	assert_int_equal(planner_open(&p, &l), 0);
	plan = planner_get(&p, &all, 1);
	assert_non_null(file_named(plan, "hugetlb.128GB.rsvd.current"));
	assert_int_equal(file_named(plan, "hugetlb.128GB.rsvd.current")->slot,
			 planner_slot(&p, 0, "hugetlb.128GB.rsvd.current"));
	l.n_pagesizes = 0;
	planner_close(&p);
	assert_int_equal(planner_open(&p, &l), 0);
	plan = planner_get(&p, &all, 1);
	for (size_t i = 0; i < plan->n_files; i++)
		assert_null(plan->files[i].instance);
	planner_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(every_key_once),
		cmocka_unit_test(what_nobody_needs),
		cmocka_unit_test(kinds_of_files),
		cmocka_unit_test(plans_are_kept),
		cmocka_unit_test(slots),
		cmocka_unit_test(many_pagesizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
