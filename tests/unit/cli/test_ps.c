/* SPDX-License-Identifier: Apache-2.0 */
#include "golden.h"
#include "ps_filter.h"
#include "ps_view.h"

#include "base/clock.h"

#include <errno.h>
#include <string.h>

#define NOW (UINT64_C(1709208000) * NSEC_PER_SEC) /* 2024-02-29T12:00:00Z */
#define SECONDS(n) ((n)*NSEC_PER_SEC)

static struct container *container_new(const char *id, const char *name, const char *command)
{
	struct container *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->spec = spec_new();
	assert_non_null(c->spec);
	c->folder = c->lock = -1;
	snprintf(c->id, sizeof(c->id), "%s", id);
	c->config.name = name;
	c->config.image = "/srv/rootfs";
	c->config.created_ns = NOW - SECONDS(600);
	assert_int_equal(spec_texts_add(c->spec, &c->spec->process.args, "sh"), 0);
	assert_int_equal(spec_texts_add(c->spec, &c->spec->process.args, "-c"), 0);
	assert_int_equal(spec_texts_add(c->spec, &c->spec->process.args, command), 0);
	return c;
}

static void container_drop(struct container *c)
{
	spec_free(c->spec);
	free(c);
}

static void ages(void **state)
{
	static const struct {
		uint64_t seconds;
		const char *words;
	} list[] = {
		{0, "Less than a second"},
		{1, "1 second"},
		{59, "59 seconds"},
		{60, "About a minute"},
		{119, "About a minute"},
		{120, "2 minutes"},
		{3599, "59 minutes"},
		{3600, "About an hour"},
		{5399, "About an hour"},
		{5400, "2 hours"},
		{47 * 3600, "47 hours"},
		{48 * 3600, "2 days"},
		{13 * 86400, "13 days"},
		{14 * 86400, "2 weeks"},
		{59 * 86400, "8 weeks"},
		{60 * 86400, "2 months"},
		{700 * 86400, "23 months"},
		{731 * 86400, "2 years"},
		{UINT64_C(18446744073), "584 years"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		_cleanup_str_ struct str text = {0};

		ps_age(&text, SECONDS(list[i].seconds));
		assert_string_equal(text.data, list[i].words);
	}
}

static void assert_status(const struct container *c, const char *wanted)
{
	_cleanup_str_ struct str text = {0};

	ps_status(&text, c, NOW);
	assert_string_equal(text.data, wanted);
}

static void statuses(void **state)
{
	struct container *c = container_new("aa", "a", "x");

	(void)state;
	assert_status(c, "Created");
	c->state.status = CONTAINER_RUNNING;
	c->state.started_ns = NOW - SECONDS(180);
	assert_status(c, "Up 3 minutes");
	c->state.status = CONTAINER_PAUSED;
	assert_status(c, "Up 3 minutes (Paused)");
	/* the clock was set back */
	c->state.started_ns = NOW + SECONDS(5);
	assert_status(c, "Up Less than a second (Paused)");
	c->state.status = CONTAINER_EXITED;
	c->state.finished_ns = NOW - SECONDS(2);
	c->state.exit_code = 137;
	assert_status(c, "Exited (unknown) 2 seconds ago");
	c->state.exit_known = true;
	assert_status(c, "Exited (137) 2 seconds ago");
	c->state.oom_killed = true;
	assert_status(c, "Exited (137) 2 seconds ago, out of memory");
	c->state.finished_ns = 0;
	assert_status(c, "Exited (137), out of memory");
	c->state.oom_killed = false;
	c->state.status = CONTAINER_RESTARTING;
	c->state.finished_ns = NOW - SECONDS(1);
	assert_status(c, "Restarting (137) 1 second ago");
	c->broken = true;
	snprintf(c->state.error, sizeof(c->state.error), "spec.json is no JSON");
	assert_status(c, "Broken: spec.json is no JSON");
	container_drop(c);
}

static void commands(void **state)
{
	struct container *c = container_new("aa", "a", "écho ééééééééééééééééé");
	_cleanup_str_ struct str cut = {0};
	_cleanup_str_ struct str whole = {0};

	(void)state;
	ps_command(&cut, c, true);
	assert_string_equal(cut.data, "\"sh -c écho éééééééé…\"");
	ps_command(&whole, c, false);
	assert_string_equal(whole.data, "\"sh -c écho ééééééééééééééééé\"");
	container_drop(c);
}

struct shown {
	struct container *list[3];
};

static void shown_make(struct shown *s)
{
	static struct spec_pair labels[] = {{"tier", "db"}, {"empty", ""}};

	s->list[0] = container_new("1d81dfbb2fd83f58942c975bbebba9c1a09935eaf18cd86ebfc1dbfc01deec49", "web",
				   "while :; do :; done");
	s->list[1] = container_new("5ea11a5e00000000000000000000000000000000000000000000000000000001",
				   "brisk-barge", "x");
	s->list[2] = container_new("0e4dc70000000000000000000000000000000000000000000000000000000002",
				   "evil\033[31m\n", "\"quoted\"\t\xff");
	s->list[0]->state.status = CONTAINER_RUNNING;
	s->list[0]->state.started_ns = NOW - SECONDS(180);
	s->list[0]->state.pid = 4711;
	s->list[1]->state.status = CONTAINER_EXITED;
	s->list[1]->state.exit_known = true;
	s->list[1]->state.exit_code = 137;
	s->list[1]->state.oom_killed = true;
	s->list[1]->state.finished_ns = NOW - SECONDS(2);
	s->list[1]->config.labels = (struct spec_pairs){labels, ARRAY_SIZE(labels)};
	s->list[2]->config.image = NULL;
}

static void shown_drop(struct shown *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->list); i++)
		container_drop(s->list[i]);
}

static void views(void **state)
{
	_cleanup_str_ struct str table = {0};
	_cleanup_str_ struct str whole = {0};
	_cleanup_str_ struct str json = {0};
	_cleanup_str_ struct str none = {0};
	struct shown s;

	(void)state;
	shown_make(&s);
	ps_table(&table, s.list, 3, true, NOW);
	assert_golden("ps_table.txt", &table);
	ps_table(&whole, s.list, 3, false, NOW);
	assert_golden("ps_whole.txt", &whole);
	ps_json(&json, s.list, 3, true, NOW);
	assert_golden("ps.jsonl", &json);
	ps_table(&none, s.list, 0, true, NOW);
	assert_string_equal(none.data, "CONTAINER ID   IMAGE   COMMAND   CREATED   STATUS   NAMES\n");
	shown_drop(&s);
}

/* The containers of shown_make that the filters leave, as digits. */
static void assert_picked(const char *const *texts, size_t n, const char *wanted, bool wants_all)
{
	struct text_list list = {0};
	struct ps_filters *filters = NULL;
	struct error err = {0};
	struct shown s;
	char got[4] = "";
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(text_list_add(&list, texts[i]), 0);
	assert_int_equal(ps_filters_new(&list, &filters, &err), 0);
	shown_make(&s);
	for (unsigned i = 0; i < 3; i++)
		if (ps_filters_match(filters, s.list[i]))
			got[found++] = (char)('0' + i);
	assert_string_equal(got, wanted);
	assert_int_equal(ps_filters_want_all(filters), wants_all);
	shown_drop(&s);
	ps_filters_free(filters);
	text_list_free(&list);
}

#define ASSERT_PICKED(wanted, wants_all, ...)                                 \
	do {                                                                  \
		const char *const texts_[] = {__VA_ARGS__};                   \
		assert_picked(texts_, ARRAY_SIZE(texts_), wanted, wants_all); \
	} while (0)

static void filters(void **state)
{
	(void)state;
	assert_picked(NULL, 0, "012", false);
	ASSERT_PICKED("0", true, "status=running");
	ASSERT_PICKED("01", true, "status=running", "status=exited");
	ASSERT_PICKED("", true, "status=running", "exited=137");
	ASSERT_PICKED("1", true, "exited=137");
	ASSERT_PICKED("", true, "exited=-1");
	ASSERT_PICKED("1", false, "name=barge");
	ASSERT_PICKED("0", false, "name=^web$");
	ASSERT_PICKED("01", false, "name=^(web|brisk.*)$");
	ASSERT_PICKED("0", false, "id=1d81");
	ASSERT_PICKED("1", false, "label=tier");
	ASSERT_PICKED("1", false, "label=tier=db", "label=empty");
	ASSERT_PICKED("", false, "label=tier=db", "label=none");
	ASSERT_PICKED("", false, "label=tier=d");
	ASSERT_PICKED("01", false, "ancestor=/srv/rootfs");
}

static void wrong_filters(void **state)
{
	static const char *const list[][2] = {
		{"web", "'--filter' cannot be 'web'"},
		{"name=", "'--filter' cannot be 'name='"},
		{"status=up", "no container's status is 'up'"},
		{"exited=none", "no exit code is 'none'"},
		{"name=(", "'(' is no regular expression"},
		{"stauts=x", "there is no filter 'stauts': did you mean 'status'?"},
		{"volume=x", "there is no filter 'volume'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		struct text_list texts = {0};
		struct ps_filters *filters = NULL;
		struct error err = {0};

		assert_int_equal(text_list_add(&texts, "name=ok"), 0);
		assert_int_equal(text_list_add(&texts, list[i][0]), 0);
		assert_int_equal(ps_filters_new(&texts, &filters, &err), -EINVAL);
		assert_string_equal(err.cause, list[i][1]);
		assert_null(filters);
		text_list_free(&texts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ages),	 cmocka_unit_test(statuses), cmocka_unit_test(commands),
		cmocka_unit_test(views), cmocka_unit_test(filters),  cmocka_unit_test(wrong_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
