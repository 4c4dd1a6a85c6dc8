/* SPDX-License-Identifier: Apache-2.0 */
#include "model/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void empty(void **state)
{
	struct identity *who = identity_new(&(struct identity){0});

	(void)state;
	assert_non_null(who);
	assert_int_equal(who->references, 1);
	assert_string_equal(who->id, "");
	assert_string_equal(who->name, "");
	assert_string_equal(who->image, "");
	assert_string_equal(who->pod, "");
	assert_string_equal(who->pod_namespace, "");
	assert_string_equal(who->pod_uid, "");
	assert_string_equal(who->kube_container, "");
	assert_string_equal(who->compose_project, "");
	assert_string_equal(who->compose_service, "");
	assert_string_equal(who->writable_layer, "");
	assert_int_equal(who->n_labels, 0);
	assert_null(identity_label(who, "any"));
	identity_unref(who);
	identity_unref(NULL);
}

/* Nothing of the original is needed afterwards. */
static void deep_copy(void **state)
{
	char id[] = "id";
	char name[] = "a name";
	char key[] = "key";
	char value[] = "value";
	struct label labels[] = {{key, value}};
	struct identity from = {.id = id,
				.name = name,
				.image = "nginx:1.25",
				.pod = "pod",
				.pod_namespace = "ns",
				.pod_uid = "uid",
				.kube_container = "c",
				.compose_project = "p",
				.compose_service = "s",
				.writable_layer = "/layer",
				.runtime = RUNTIME_CRIO,
				.sandbox = true,
				.has_owner = true,
				.owner_uid = 1000,
				.init_pid = 7,
				.started_at_ns = 8,
				.restarts = 9,
				.references = 77,
				.n_labels = 1,
				.labels = labels};
	struct identity *who = identity_new(&from);

	(void)state;
	memset(id, 'x', 2);
	memset(name, 'x', 6);
	memset(key, 'x', 3);
	memset(value, 'x', 5);
	memset(labels, 0, sizeof(labels));
	assert_string_equal(who->id, "id");
	assert_string_equal(who->name, "a name");
	assert_string_equal(who->image, "nginx:1.25");
	assert_string_equal(who->pod, "pod");
	assert_string_equal(who->pod_namespace, "ns");
	assert_string_equal(who->pod_uid, "uid");
	assert_string_equal(who->kube_container, "c");
	assert_string_equal(who->compose_project, "p");
	assert_string_equal(who->compose_service, "s");
	assert_string_equal(who->writable_layer, "/layer");
	assert_int_equal(who->runtime, RUNTIME_CRIO);
	assert_true(who->sandbox && who->has_owner);
	assert_int_equal(who->owner_uid, 1000);
	assert_int_equal(who->init_pid, 7);
	assert_int_equal(who->started_at_ns, 8);
	assert_int_equal(who->restarts, 9);
	assert_int_equal(who->references, 1);
	assert_string_equal(identity_label(who, "key"), "value");
	identity_unref(who);
}

static void labels_are_sorted(void **state)
{
	static const struct label labels[] = {{"b", "1"}, {"a", "2"},	 {"", "nothing"},
					      {"b", "3"}, {"\xff", "4"}, {"a.b", "5"},
					      {"b", "6"}, {"a", "7"},	 {"c", ""}};
	struct identity *who = identity_new(&(struct identity){.labels = labels, .n_labels = 9});

	(void)state;
	assert_int_equal(who->n_labels, 6);
	for (size_t i = 1; i < who->n_labels; i++)
		assert_true(strcmp(who->labels[i - 1].key, who->labels[i].key) < 0);
	/* of two with one key the last one stays */
	assert_string_equal(identity_label(who, "b"), "6");
	assert_string_equal(identity_label(who, "a"), "7");
	assert_string_equal(identity_label(who, ""), "nothing");
	assert_string_equal(identity_label(who, "c"), "");
	assert_string_equal(identity_label(who, "\xff"), "4");
	assert_null(identity_label(who, "d"));
	identity_unref(who);
}

/* An image's author chooses them. */
static void many_labels(void **state)
{
	enum { COUNT = 200000 };
	struct label *labels = calloc(COUNT, sizeof(*labels));
	char(*keys)[16] = calloc(COUNT, sizeof(*keys));
	struct identity *who;

	(void)state;
	assert_non_null(labels);
	assert_non_null(keys);
	for (unsigned i = 0; i < COUNT; i++) {
		snprintf(keys[i], sizeof(keys[i]), "%06u", COUNT - 1 - i); /* the worst order */
		labels[i] = (struct label){keys[i], keys[i]};
	}
	who = identity_new(&(struct identity){.labels = labels, .n_labels = COUNT});
	assert_int_equal(who->n_labels, COUNT);
	assert_string_equal(identity_label(who, "000000"), "000000");
	assert_string_equal(identity_label(who, "199999"), "199999");
	identity_unref(who);
	free(labels);
	free(keys);
}

static void ten_megabytes(void **state)
{
	size_t size = (size_t)10 << 20;
	char *value = malloc(size + 1);
	struct label label = {"big", value};
	struct identity *who;

	(void)state;
	assert_non_null(value);
	memset(value, 'v', size);
	value[size] = '\0';
	who = identity_new(&(struct identity){.labels = &label, .n_labels = 1, .name = value});
	assert_int_equal(strlen(identity_label(who, "big")), size);
	assert_string_equal(who->name, value);
	identity_unref(who);
	free(value);
}

static void references(void **state)
{
	struct identity *who = identity_new(&(struct identity){.id = "x"});

	(void)state;
	assert_ptr_equal(identity_ref(who), who);
	assert_int_equal(who->references, 2);
	identity_unref(who);
	assert_string_equal(who->id, "x");
	identity_unref(who);
}

static void runtimes(void **state)
{
	(void)state;
	for (unsigned a = 0; a < RUNTIME__COUNT; a++) {
		assert_non_null(runtime_name(a));
		assert_int_equal(*runtime_name(a) == '\0', a == RUNTIME_NONE);
		for (unsigned b = 0; b < a; b++)
			assert_string_not_equal(runtime_name(a), runtime_name(b));
	}
	assert_string_equal(runtime_name(RUNTIME_CRIO), "cri-o");
	assert_string_equal(runtime_name(RUNTIME__COUNT), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty),
		cmocka_unit_test(deep_copy),
		cmocka_unit_test(labels_are_sorted),
		cmocka_unit_test(many_labels),
		cmocka_unit_test(ten_megabytes),
		cmocka_unit_test(references),
		cmocka_unit_test(runtimes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
