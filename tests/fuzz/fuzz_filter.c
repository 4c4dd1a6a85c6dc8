/* SPDX-License-Identifier: Apache-2.0 */
/* Filters, one a line, matched against a container whose every text is hostile. */
#include "base/cleanup.h"
#include "check.h"
#include "model/filter.h"

#include <stdlib.h>
#include <string.h>

#define FILTERS_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct comparison *make_host(void)
{
	static const struct label labels[] = {{"", ""}, {"tier", "a=b*?\xff"}};
	struct identity from = {
		.runtime = RUNTIME_DOCKER,
		.id = "4f5c",
		.name = "we*b?\n\033",
		.image = "registry:5000/nginx:1.25@sha256:00",
		.pod = "p",
		.n_labels = 2,
		.labels = labels,
	};
	struct host host = {.n_cpus = 1};
	struct metric_set need = {0};
	struct identity *who = identity_new(&from);
	struct entity e = {
		.path = "/docker/4f5c", .identity = who, .id = 1, .parent = -1, .class = ENTITY_CONTAINER};
	struct comparison *c;
	struct snapshot *s;

	metric_set_add(&need, METRIC_FROZEN);
	metric_set_add(&need, METRIC_PROCESSES);
	metric_set_close(&need);
	s = snapshot_new(&need, &host, 1, 1, 1);
	snapshot_set(s, (size_t)snapshot_add(s, &e), METRIC_PROCESSES, 1);
	snapshot_seal(s);
	identity_unref(who);
	c = comparison_new(NULL, s);
	snapshot_unref(s);
	return c;
}

/* A filter and its inversion never agree. */
static void check_inversion(const struct comparison *c, const char *text)
{
	_cleanup_(filter_set_freep) struct filter_set *plain = NULL;
	_cleanup_(filter_set_freep) struct filter_set *inverted = NULL;
	_cleanup_free_ char *with = malloc(strlen(text) + 2);

	with[0] = '!';
	memcpy(with + 1, text, strlen(text) + 1);
	if (*text == '!' || filter_set_new(&text, 1, &plain, NULL) < 0)
		return;
	CHECK(filter_set_new((const char *const[]){with}, 1, &inverted, NULL) == 0);
	CHECK(filter_set_match(plain, c, 0) != filter_set_match(inverted, c, 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct comparison *c;
	_cleanup_(filter_set_freep) struct filter_set *f = NULL;
	_cleanup_free_ char *text = strndup((const char *)data, size);
	const char *filters[FILTERS_MAX];
	struct metric_set need = {0};
	struct error err;
	char *rest = text;
	char *word;
	size_t n = 0;

	if (!c)
		c = make_host();
	while (n < FILTERS_MAX && (word = strsep(&rest, "\n")))
		filters[n++] = word;
	for (size_t i = 0; i < n; i++)
		check_inversion(c, filters[i]);
	if (filter_set_new(filters, n, &f, &err) < 0) {
		CHECK(err.code < 0 && *err.cause);
		return 0;
	}
	filter_set_need(f, &need);
	filter_set_match(f, c, 0);
	return 0;
}
