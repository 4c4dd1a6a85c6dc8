/* SPDX-License-Identifier: Apache-2.0 */
#include "event_pick.h"
#include "model/fake.h"

#include "base/cleanup.h"

#include <errno.h>

/* Entities of fake.h have their index plus 1 for an id. */
#define ID(index) ((index) + 1)
#define NOBODY 4711
#define EVERY ((1U << EVENT__COUNT) - 1)

static int parse(const char *a, const char *b, uint32_t *kinds, struct error *err)
{
	const char *items[] = {a, b};
	struct text_list words = {.items = items, .n = (size_t)((a != NULL) + (b != NULL))};

	return event_kinds_parse(&words, kinds, err);
}

static void kinds(void **state)
{
	struct error err;
	uint32_t bits;

	(void)state;
	assert_int_equal(parse(NULL, NULL, &bits, &err), 0);
	assert_int_equal(bits, EVERY);
	assert_int_equal(parse("oom-kill", "Exec", &bits, &err), 0);
	assert_int_equal(bits, 1U << EVENT_OOM_KILL | 1U << EVENT_EXEC);
	assert_int_equal(parse("start,END", "fork_storm", &bits, &err), 0);
	assert_int_equal(bits, 1U << EVENT_START | 1U << EVENT_END | 1U << EVENT_FORK_STORM);
}

static void unknown_kinds(void **state)
{
	static const char *const words[] = {"oom", "start,nonsense", ",", "\033[2Jstart"};
	struct error err;
	uint32_t bits;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		bits = 7;
		assert_int_equal(parse(words[i], NULL, &bits, &err), -EINVAL);
		assert_int_equal(bits, 7);
		for (enum event_kind k = 0; k < EVENT__COUNT; k++)
			assert_non_null(strstr(err.remedy, event_kind_name(k)));
	}
	assert_int_equal(parse("exce", NULL, &bits, &err), -EINVAL);
	assert_non_null(strstr(err.cause, "did you mean 'EXEC'?"));
}

static void whose_it_is(void **state)
{
	struct comparison *c = fake_comparison();
	const struct entity *web = snapshot_entity(comparison_later(c), FAKE_WEB);

	(void)state;
	assert_ptr_equal(event_owner(c, &(struct event){.entity = ID(FAKE_WEB)}), web);
	assert_ptr_equal(event_owner(c, &(struct event){.entity = ID(FAKE_INIT)}), web); /* inside of it */
	assert_ptr_equal(event_owner(c, &(struct event){.entity = ID(FAKE_DOCKER)}),
			 snapshot_entity(comparison_later(c), FAKE_DOCKER));
	assert_null(event_owner(c, &(struct event){.entity = NOBODY}));
	comparison_free(c);
}

static bool is_picked(const struct event_pick *p, enum event_kind kind, uint64_t entity)
{
	struct comparison *c = fake_comparison();
	struct event e = {.kind = kind, .entity = entity};
	bool picked = event_is_picked(p, c, &e, event_owner(c, &e));

	comparison_free(c);
	return picked;
}

/* Processes of the host at large are left out; what else happens to any cgroup is not. */
static void processes_of_containers(void **state)
{
	struct event_pick p = {.kinds = EVERY};

	(void)state;
	assert_true(is_picked(&p, EVENT_EXEC, ID(FAKE_WEB)));
	assert_true(is_picked(&p, EVENT_EXEC, ID(FAKE_INIT)));
	assert_true(is_picked(&p, EVENT_EXIT, ID(FAKE_SSH)));
	assert_true(is_picked(&p, EVENT_EXIT, NOBODY));
	assert_false(is_picked(&p, EVENT_EXEC, ID(FAKE_HOST)));
	assert_false(is_picked(&p, EVENT_EXIT, ID(FAKE_BUILD)));
	assert_true(is_picked(&p, EVENT_OOM_KILL, ID(FAKE_BUILD)));
	assert_true(is_picked(&p, EVENT_FORK_STORM, ID(FAKE_HOST)));
	p.all = true;
	assert_true(is_picked(&p, EVENT_EXEC, ID(FAKE_HOST)));
	p.kinds = 1U << EVENT_EXIT;
	assert_false(is_picked(&p, EVENT_EXEC, ID(FAKE_WEB)));
	assert_true(is_picked(&p, EVENT_EXIT, ID(FAKE_WEB)));
}

static void filters(void **state)
{
	const char *const texts[] = {"name=web"};
	struct event_pick p = {.kinds = EVERY};
	struct filter_set *f;
	struct error err;

	(void)state;
	assert_int_equal(filter_set_new(texts, 1, &f, &err), 0);
	p.filters = f;
	assert_true(is_picked(&p, EVENT_EXEC, ID(FAKE_WEB)));
	assert_true(is_picked(&p, EVENT_OOM_KILL, ID(FAKE_INIT)));
	assert_false(is_picked(&p, EVENT_OOM_KILL, ID(FAKE_DB)));
	assert_false(is_picked(&p, EVENT_START, NOBODY));
	filter_set_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),       cmocka_unit_test(unknown_kinds),
		cmocka_unit_test(whose_it_is), cmocka_unit_test(processes_of_containers),
		cmocka_unit_test(filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
