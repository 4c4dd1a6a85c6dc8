/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fake.h"
#include "model/filter.h"

#include "base/cleanup.h"

#include <errno.h>

#define MAX_FILTERS 4

/* The indexes that pass, as a bit each. */
static uint32_t passing(const char *const filters[MAX_FILTERS])
{
	struct comparison *c = fake_comparison();
	struct filter_set *f;
	struct error err;
	uint32_t bits = 0;
	size_t n = 0;

	while (n < MAX_FILTERS && filters[n])
		n++;
	assert_int_equal(filter_set_new(filters, n, &f, &err), 0);
	for (size_t i = 0; i < N_FAKES; i++)
		bits |= filter_set_match(f, c, i) ? 1U << i : 0;
	filter_set_free(f);
	comparison_free(c);
	return bits;
}

#define ALL ((1U << N_FAKES) - 1)
#define BIT(name) (1U << FAKE_##name)
#define CONTAINERS (BIT(WEB) | BIT(DB) | BIT(JOB))

static void each_key(void **state)
{
	static const struct {
		const char *filters[MAX_FILTERS];
		uint32_t expected;
	} cases[] = {
		{{NULL}, ALL},
		{{"name=web"}, BIT(WEB)},
		{{"name=b"}, BIT(WEB) | BIT(DB) | BIT(JOB)}, /* a part, as Docker has it */
		{{"name=db*"}, BIT(DB)},		     /* a pattern is for all of it */
		{{"name=*b"}, BIT(WEB) | BIT(JOB)},
		{{"name=db-?"}, BIT(DB)},
		{{"id=4f5"}, BIT(WEB) | BIT(DB) | BIT(INIT)},
		{{"id=5c"}, 0},
		{{"id=*2"}, BIT(DB)},
		{{"label=tier"}, BIT(WEB) | BIT(DB)},
		{{"label=tier=back"}, BIT(DB)},
		{{"label=tier=b*"}, BIT(DB)},
		{{"label=team=a=b"}, BIT(WEB)},
		{{"label=none"}, 0},
		{{"runtime=docker"}, BIT(WEB) | BIT(DB)},
		{{"runtime=*d*"}, BIT(WEB) | BIT(DB) | BIT(JOB) | BIT(SSH)},
		{{"image=nginx"}, BIT(WEB)}, /* any tag */
		{{"image=nginx:1.25"}, BIT(WEB)},
		{{"image=nginx:1"}, 0},
		{{"image=registry"}, 0}, /* ":5000/…" is a port, no tag */
		{{"image=quay.io/x/job"}, BIT(JOB)},
		{{"ancestor=nginx"}, BIT(WEB)},
		{{"pod=batch"}, BIT(JOB)},
		{{"pod=uid-7"}, BIT(JOB)},
		{{"project=shop"}, BIT(WEB) | BIT(DB)},
		{{"state=paused"}, BIT(DB)},
		{{"status=empty"}, BIT(JOB) | BIT(EMPTY)},
		{{"state=running", "class=container"}, BIT(WEB)},
		{{"class=service"}, BIT(SSH)},
		{{"class=inner"}, BIT(INIT)},
		{{"cgroup=/docker"}, BIT(DOCKER) | BIT(WEB) | BIT(INIT) | BIT(DB)},
		{{"cgroup=/*.slice/*"}, BIT(JOB) | BIT(SSH)},
		{{"web"}, BIT(WEB)},
		{{"nginx"}, BIT(WEB)},
		{{"machine"}, BIT(JOB)},
		{{"4f5d"}, BIT(DB)},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t bits = passing(cases[i].filters);

		if (bits != cases[i].expected)
			fail_msg("%s: %x, not %x", cases[i].filters[0], bits, cases[i].expected);
	}
}

static void combinations(void **state)
{
	static const struct {
		const char *filters[MAX_FILTERS];
		uint32_t expected;
	} cases[] = {
		{{"name=web", "name=job"}, BIT(WEB) | BIT(JOB)}, /* one key: alternatives */
		{{"name=web", "runtime=podman"}, 0},		 /* two keys: both */
		{{"label=tier", "label=team"}, BIT(WEB)},	 /* labels: all of them */
		{{"!name=web"}, ALL & ~BIT(WEB)},
		{{"!name=web", "!name=db", "class=container"}, BIT(JOB)},
		{{"!label=tier", "class=container"}, BIT(JOB)},
		{{"!web", "class=container"}, BIT(DB) | BIT(JOB)},
		{{"class=container", "class=service", "!state=empty"}, BIT(WEB) | BIT(DB) | BIT(SSH)},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(passing(cases[i].filters), cases[i].expected);
}

static void assert_refused(const char *text, const char *cause, const char *remedy)
{
	struct filter_set *f = NULL;
	struct error err = {0};

	assert_int_equal(filter_set_new(&text, 1, &f, &err), -EINVAL);
	assert_null(f);
	assert_string_equal(err.cause, cause);
	assert_string_equal(err.remedy, remedy);
}

static void mistakes(void **state)
{
	(void)state;
	assert_refused("", "the filter '' is incomplete",
		       "write KEY=VALUE, such as name=web, or a word to look for");
	assert_refused("!", "the filter '!' is incomplete",
		       "write KEY=VALUE, such as name=web, or a word to look for");
	assert_refused("=x", "the filter '=x' is incomplete",
		       "write KEY=VALUE, such as name=web, or a word to look for");
	assert_refused("name=", "the filter 'name=' is incomplete",
		       "write KEY=VALUE, such as name=web, or a word to look for");
	assert_refused("label==x", "the filter 'label==x' names no label",
		       "write label=KEY or label=KEY=VALUE");
	assert_refused("nmae=web", "'nmae' is no key of a filter: did you mean 'name'?", "");
	assert_refused("weight=1", "'weight' is no key of a filter",
		       "there are: name, id, label, runtime, image, pod, project, state, class, cgroup");
	assert_refused("state=runing", "'runing' is no state of a filter: did you mean 'running'?", "");
	assert_refused("class=x", "'x' is no class of a filter",
		       "there are: host, container, service, group, slice, inner, helper");
	assert_refused("runtime=zones", "'zones' is no runtime of a filter",
		       "there are: docker, containerd, cri-o, podman, lxc, nspawn, systemd, plimsoll");
}

static void what_they_need(void **state)
{
	const char *by_state = "state=paused";
	const char *by_name = "name=x";
	struct metric_set need = {0};
	struct metric_set none = {0};
	struct filter_set *f;

	(void)state;
	assert_int_equal(filter_set_new(&by_name, 1, &f, NULL), 0);
	filter_set_need(f, &need);
	assert_true(metric_set_equal(&need, &none));
	assert_false(filter_set_is_wide(f));
	filter_set_free(f);
	assert_int_equal(filter_set_new(&by_state, 1, &f, NULL), 0);
	filter_set_need(f, &need);
	assert_true(metric_set_has(&need, METRIC_FROZEN));
	assert_true(metric_set_has(&need, METRIC_PROCESSES));
	filter_set_free(f);
}

static void wide_ones(void **state)
{
	static const char *const wide[] = {"class=slice", "cgroup=/system.slice"};
	struct filter_set *f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wide); i++) {
		assert_int_equal(filter_set_new(&wide[i], 1, &f, NULL), 0);
		assert_true(filter_set_is_wide(f));
		filter_set_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key),	  cmocka_unit_test(combinations), cmocka_unit_test(mistakes),
		cmocka_unit_test(what_they_need), cmocka_unit_test(wide_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
