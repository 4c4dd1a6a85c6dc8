/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "kernels.h"
#include "walk.h"
#include "walk_learn.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct walk_config decide(enum test_kernel k)
{
	struct walk_facts facts = kernel_facts_of(k);
	struct walk_config c;

	assert_int_equal(walk_decide(&facts, &c, NULL), 0);
	return c;
}

static void each_kernel_has_its_flush(void **state)
{
	static const struct {
		uint32_t flush;
		bool io;
	} rows[] = {
		[KERNEL_6_1] = {WALK_FLUSH_CGROUP, true},
		[KERNEL_6_12] = {WALK_FLUSH_CGROUP, true},
		[KERNEL_6_18] = {WALK_FLUSH_CSS | WALK_FLUSH_EACH, true},
		[KERNEL_7_2] = {WALK_FLUSH_CSS | WALK_FLUSH_MEMORY, false},
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(rows); k++) {
		struct walk_config c = decide((enum test_kernel)k);

		assert_int_equal(c.flush, rows[k].flush);
		assert_true(c.fresh_cpu);
		assert_true(c.fresh_memory);
		assert_false(c.memory_by_file);
		assert_int_equal(c.fresh_io, rows[k].io);
	}
}

static void what_a_verifier_refuses_is_left_out(void **state)
{
	struct walk_config c = decide(KERNEL_6_18);

	(void)state;
	assert_true(walk_decide_less(&c));
	assert_int_equal(c.flush, WALK_FLUSH_CSS);
	assert_true(c.fresh_cpu);
	assert_true(c.fresh_memory && c.memory_by_file);
	assert_false(c.fresh_io);
	assert_true(walk_decide_less(&c));
	assert_int_equal(c.flush, 0);
	assert_false(c.fresh_cpu);
	assert_false(walk_decide_less(&c));
}

static void without_btf_or_iterator_there_is_no_walk(void **state)
{
	struct walk_facts facts = {0};
	struct walk_config c;
	struct error err = {0};

	(void)state;
	assert_int_equal(walk_decide(&facts, &c, &err), -ENOTSUP);
	assert_non_null(strstr(err.cause, "BTF"));
	assert_true(*err.remedy);
	facts = kernel_facts_of(KERNEL_6_1);
	facts.cgroup_iterator = false;
	assert_int_equal(walk_decide(&facts, &c, &err), -ENOTSUP);
	assert_non_null(strstr(err.remedy, "6.1"));
}

/* Without any function that flushes, what needs none is still given, and what a file's reading flushes. */
static void without_a_flush_only_what_is_always_fresh(void **state)
{
	struct walk_facts facts = kernel_facts_of(KERNEL_6_18);
	struct walk_config c;

	(void)state;
	facts.flush_css = false;
	assert_int_equal(walk_decide(&facts, &c, NULL), 0);
	assert_int_equal(c.flush, 0);
	assert_false(c.fresh_cpu || c.fresh_io);
	assert_true(c.memory_by_file);
}

static void items_by_number_or_by_rank(void **state)
{
	struct walk_config old = decide(KERNEL_6_1);
	struct walk_config listed = decide(KERNEL_6_18);
	struct walk_facts facts = kernel_facts_of(KERNEL_6_1);

	(void)state;
	assert_true(old.states_known && listed.states_known);
	assert_int_equal(old.state[WALK_ITEM_SWAP], facts.item[WALK_ITEM_SWAP]);
	assert_int_equal(listed.state[WALK_ITEM_ANON], 14);
	assert_int_equal(listed.state[WALK_ITEM_NODE_VMALLOC], -1);
	/* the last of 40 */
	assert_int_equal(listed.state[WALK_ITEM_ZSWAPPED], 39);
	assert_int_equal(decide(KERNEL_7_2).state[WALK_ITEM_ZSWAPPED], 53);
	assert_int_equal(decide(KERNEL_6_12).state[WALK_ITEM_ZSWAPPED], 37);
}

static void a_list_of_another_length_is_not_trusted(void **state)
{
	struct walk_facts facts = kernel_facts_of(KERNEL_6_18);
	struct walk_config c;

	(void)state;
	facts.states++;
	assert_int_equal(walk_decide(&facts, &c, NULL), 0);
	assert_false(c.states_known);
	/* an array larger than our rows, or none, is not read at all */
	facts.states = WALK_STATES + 1;
	facts.events = WALK_EVENTS + 1;
	assert_int_equal(walk_decide(&facts, &c, NULL), 0);
	assert_int_equal(c.n_events + c.n_pgfault_at, 0);
	facts.states = facts.events = -1;
	assert_int_equal(walk_decide(&facts, &c, NULL), 0);
	assert_int_equal(c.n_events + c.n_pgfault_at, 0);
}

static bool is_candidate(const struct walk_config *c, int at)
{
	for (size_t i = 0; i < c->n_pgfault_at; i++)
		if (c->pgfault_at[i] == at)
			return true;
	return false;
}

/* Where the four kernels have it: facts that were read off running ones. */
static void page_faults_are_among_the_candidates(void **state)
{
	struct walk_config c = decide(KERNEL_6_1);

	(void)state;
	assert_true(is_candidate(&c, 6));
	c = decide(KERNEL_6_12);
	assert_true(is_candidate(&c, 6));
	c = decide(KERNEL_6_18);
	assert_true(is_candidate(&c, 12));
	assert_int_equal(c.event[WALK_EVENT_PGSCAN_KSWAPD], -8);
	assert_int_equal(c.event[WALK_EVENT_PGLAZYFREED], 6);
	c = decide(KERNEL_7_2);
	assert_true(is_candidate(&c, 2));
	assert_int_equal(c.event[WALK_EVENT_PGSCAN_KSWAPD], INT16_MIN);
	for (size_t i = 0; i < c.n_pgfault_at; i++)
		assert_in_range(c.pgfault_at[i] + c.event[WALK_EVENT_PGLAZYFREED], 0, c.n_events - 1);
}

static void one_cgroup_tells_where_they_are(void **state)
{
	struct walk_config c = decide(KERNEL_6_18);
	struct walk_events row = {0};

	(void)state;
	row.each[12] = 5000;
	row.each[13] = 7;
	assert_int_equal(walk_learn_match(&c, &row, 5000, 7), 12);
	assert_int_equal(walk_learn_match(&c, &row, 5001, 7), -1);
	assert_int_equal(walk_learn_match(&c, &row, 5000, 8), -1);
	/* nothing happened there */
	assert_int_equal(walk_learn_match(&c, &row, 0, 0), -1);
	/* two places would do */
	row.each[10] = 5000;
	row.each[11] = 7;
	assert_int_equal(walk_learn_match(&c, &row, 5000, 7), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kernel_has_its_flush),
		cmocka_unit_test(what_a_verifier_refuses_is_left_out),
		cmocka_unit_test(without_btf_or_iterator_there_is_no_walk),
		cmocka_unit_test(without_a_flush_only_what_is_always_fresh),
		cmocka_unit_test(items_by_number_or_by_rank),
		cmocka_unit_test(a_list_of_another_length_is_not_trusted),
		cmocka_unit_test(page_faults_are_among_the_candidates),
		cmocka_unit_test(one_cgroup_tells_where_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
