/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_docker.h"

#include "base/str.h"
#include "scratch.h"

#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define WEB "1d81dfbb2fd83f58942c975bbebba9c1a09935eaf18cd86ebfc1dbfc01deec49"

static int parse(const char *text, struct meta *m)
{
	char driver[32];

	return meta_docker_parse(slice_of(text), m, driver);
}

/* A file that Docker 20.10 wrote. */
static void test_real(void **state)
{
	_cleanup_meta_ struct meta m = {0};
	_cleanup_free_ char *text = NULL;
	char driver[32];
	size_t len;

	(void)state;
	text = fixture_read("identity/host/var/lib/docker/containers/" WEB "/config.v2.json", &len);
	assert_int_equal(meta_docker_parse((struct slice){text, len}, &m, driver), 0);
	assert_string_equal(m.who.name, "shop-web");
	assert_string_equal(m.who.image, "registry.example/busy:1");
	assert_string_equal(m.who.compose_project, "shop");
	assert_string_equal(m.who.compose_service, "frontend");
	assert_int_equal(m.who.init_pid, 8235);
	assert_int_equal(m.who.started_at_ns, UINT64_C(1795454318562347196));
	assert_int_equal(m.who.restarts, 0);
	assert_int_equal(m.who.n_labels, 3);
	assert_string_equal(driver, "overlay2");
}

static void test_stopped(void **state)
{
	_cleanup_meta_ struct meta m = {0};

	(void)state;
	assert_int_equal(parse("{\"Name\":\"/a\",\"RestartCount\":7,\"State\":{\"Running\":false,\"Pid\":12,"
			       "\"StartedAt\":\"2026-11-23T17:18:38Z\"}}",
			       &m),
			 0);
	assert_int_equal(m.who.init_pid, 0);
	assert_int_equal(m.who.started_at_ns, 0);
	assert_int_equal(m.who.restarts, 7);
}

/* Each field for itself: one of a wrong type costs no other. */
static void test_wrong_types(void **state)
{
	_cleanup_meta_ struct meta m = {0};

	(void)state;
	assert_int_equal(
		parse("{\"Name\":7,\"Config\":{\"Image\":[\"x\"],\"Labels\":{\"good\":\"1\",\"bad\":2,"
		      "\"null\":null}},"
		      "\"State\":{\"Running\":true,\"Pid\":\"12\",\"StartedAt\":12},\"RestartCount\":-1}",
		      &m),
		0);
	assert_null(m.who.name);
	assert_null(m.who.image);
	assert_int_equal(m.who.n_labels, 1);
	assert_string_equal(m.labels[0].key, "good");
	assert_int_equal(m.who.init_pid, 0);
	assert_int_equal(m.who.restarts, 0);
}

static void test_containers_of_wrong_types(void **state)
{
	static const char *const texts[] = {"{}", "{\"Config\":[],\"State\":1}",
					    "{\"Config\":{\"Labels\":[1,2]}}", "[]", "\"text\""};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_meta_ struct meta m = {0};

		assert_int_equal(parse(texts[i], &m), 0);
		assert_null(m.who.name);
		assert_int_equal(m.who.n_labels, 0);
	}
}

static void test_broken(void **state)
{
	static const char *const texts[] = {"", "{", "{\"Name\":\"/a\"", "null", "nonsense"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_meta_ struct meta m = {0};

		assert_int_equal(parse(texts[i], &m), -EINVAL);
	}
}

static void test_too_deep(void **state)
{
	_cleanup_str_ struct str text = {0};
	_cleanup_meta_ struct meta m = {0};

	(void)state;
	str_add(&text, "{\"Name\":\"/a\",\"Config\":");
	for (unsigned i = 0; i < 10000; i++)
		str_char(&text, '[');
	assert_int_equal(parse(text.data, &m), -EINVAL);
}

static void test_too_many_values(void **state)
{
	_cleanup_str_ struct str text = {0};
	_cleanup_meta_ struct meta m = {0};

	(void)state;
	str_add(&text, "[0");
	for (unsigned i = 0; i <= META_TOKENS_MAX; i++)
		str_add(&text, ",0");
	str_char(&text, ']');
	assert_int_equal(parse(text.data, &m), -E2BIG);
}

/* The worst that fits the caps takes no more memory than is said beside them. */
static void test_memory(void **state)
{
	static const char *const values[] = {
		"0", "{}", "[]", "{\"a\":0}", "[0]", "\"\"", "\"0123456789abcdef0123456789abcdef\""};

	(void)state;
	for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
		unsigned n = META_TOKENS_MAX / (values[v][0] == '{' ? 17 : values[v][0] == '[' ? 9 : 1) - 20;
		_cleanup_json_ struct json_object *object = NULL;
		_cleanup_str_ struct str text = {0};
		size_t before;

		str_char(&text, '[');
		for (unsigned i = 0; i < n; i++)
			str_printf(&text, "%s%s", i ? "," : "", values[v]);
		str_char(&text, ']');
		before = mallinfo2().uordblks;
		assert_int_equal(meta_json((struct slice){text.data, text.len}, &object), 0);
		assert_true(mallinfo2().uordblks - before < (size_t)64 << 20);
	}
}

/* A label of 10 MB is left out; all the rest is there. */
static void test_huge_label(void **state)
{
	_cleanup_str_ struct str text = {0};
	_cleanup_meta_ struct meta m = {0};

	(void)state;
	str_add(&text,
		"{\"Name\":\"/big\",\"Config\":{\"Image\":\"i\",\"Labels\":{\"before\":\"1\",\"huge\":\"");
	for (unsigned i = 0; i < 10 << 20; i++)
		str_char(&text, i % 2 ? ',' : '{');
	str_add(&text, "\",\"fits\":\"");
	for (unsigned i = 0; i < META_LABEL_VALUE_MAX; i++)
		str_char(&text, 'v');
	str_add(&text, "\",\"after\":\"2\"}},\"RestartCount\":3}");
	assert_int_equal(parse(text.data, &m), 0);
	assert_string_equal(m.who.name, "big");
	assert_string_equal(m.who.image, "i");
	assert_int_equal(m.who.restarts, 3);
	assert_int_equal(m.who.n_labels, 3);
	for (size_t i = 0; i < m.who.n_labels; i++)
		assert_string_not_equal(m.labels[i].key, "huge");
}

static void test_many_labels(void **state)
{
	_cleanup_str_ struct str text = {0};
	_cleanup_meta_ struct meta m = {0};

	(void)state;
	str_add(&text, "{\"Config\":{\"Labels\":{\"a\":\"\"");
	for (unsigned i = 0; i < 2000; i++)
		str_printf(&text, ",\"k%u\":\"v\"", i);
	str_add(&text, "}}}");
	assert_int_equal(parse(text.data, &m), 0);
	assert_int_equal(m.who.n_labels, META_LABELS_MAX);
}

static void test_odd_bytes(void **state)
{
	_cleanup_meta_ struct meta m = {0};

	(void)state;
	assert_int_equal(
		parse("{\"Name\":\"/"
		      "a\\u0000b\",\"Config\":{\"Image\":\"\xff\xfe\",\"Labels\":{\"n\":\"\\n\\\"\"}}}",
		      &m),
		0);
	assert_string_equal(m.who.name, "a\xEF\xBF\xBD"
					"b");
	assert_string_equal(m.who.image, "\xff\xfe");
	assert_string_equal(m.labels[0].value, "\n\"");
}

/* What the kubelet told Docker, by dockershim or cri-dockerd. */
static void test_kubernetes(void **state)
{
	_cleanup_meta_ struct meta m = {0};
	_cleanup_meta_ struct meta pause = {0};

	(void)state;
	assert_int_equal(
		parse("{\"Name\":\"/"
		      "k8s_c_p_n_u_0\",\"Config\":{\"Labels\":{\"io.kubernetes.container.name\":\"c\","
		      "\"io.kubernetes.pod.name\":\"p\",\"io.kubernetes.pod.namespace\":\"n\","
		      "\"io.kubernetes.pod.uid\":\"u\",\"io.kubernetes.docker.type\":\"container\"}}}",
		      &m),
		0);
	assert_string_equal(m.who.name, "p/c");
	assert_string_equal(m.who.kube_container, "c");
	assert_string_equal(m.who.pod_namespace, "n");
	assert_string_equal(m.who.pod_uid, "u");
	assert_false(m.who.sandbox);
	assert_int_equal(
		parse("{\"Config\":{\"Labels\":{\"io.kubernetes.container.name\":\"POD\",\"io.kubernetes.pod."
		      "name\":\"p\","
		      "\"io.kubernetes.pod.namespace\":\"n\",\"io.kubernetes.docker.type\":\"podsandbox\"}}}",
		      &pause),
		0);
	assert_string_equal(pause.who.name, "p");
	assert_true(pause.who.sandbox);
}

static void test_driver_is_no_path(void **state)
{
	_cleanup_meta_ struct meta m = {0};
	char driver[32];

	(void)state;
	assert_int_equal(meta_docker_parse(slice_of("{\"Driver\":\"../../etc\"}"), &m, driver), 0);
	assert_string_equal(driver, "");
}

static void test_layer(void **state)
{
	_cleanup_close_ int fd = fixture_open("identity/host/var/lib/docker");
	char path[] = "/data/docker";
	const struct meta_folder folder = {.runtime = RUNTIME_DOCKER, .path = path, .fd = fd, .root_fd = -1};
	_cleanup_meta_ struct meta m = {0};
	struct meta_stamp stamp;

	(void)state;
	assert_int_equal(meta_docker_load(&folder, slice_of(WEB), &m, &stamp), 0);
	assert_string_equal(m.who.writable_layer,
			    "/data/docker/overlay2/"
			    "ff84a0c275563c0c8ea9163f7fa7b5317c664d530cded6ad202a32653a3d0793/diff");
	assert_int_equal(meta_docker_load(&folder, slice_of("none"), &m, &stamp), -ENOENT);
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} times[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"1970-01-01T00:00:01.5Z", UINT64_C(1500000000)},
		{"2000-02-29T12:00:00Z", UINT64_C(951825600000000000)},
		{"2026-11-23T17:18:38.878373159Z", UINT64_C(1795454318878373159)},
		{"2026-11-23T19:18:38.878373159+02:00", UINT64_C(1795454318878373159)},
		{"2026-11-23T12:18:38.8783731599999-05:00", UINT64_C(1795454318878373159)},
		{"0001-01-01T00:00:00Z", 0},
		{"9999-12-31T23:59:59Z", 0},
		{"2026-13-01T00:00:00Z", 0},
		{"2026-00-01T00:00:00Z", 0},
		{"2026-11-23T17:18:38", 0},
		{"2026-11-23", 0},
		{"", 0},
		{"2026-11-23T17:18:38.Zzz", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		assert_int_equal(meta_time(slice_of(times[i].text)), times[i].ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_containers_of_wrong_types),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_too_deep),
		cmocka_unit_test(test_too_many_values),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_huge_label),
		cmocka_unit_test(test_many_labels),
		cmocka_unit_test(test_odd_bytes),
		cmocka_unit_test(test_kubernetes),
		cmocka_unit_test(test_driver_is_no_path),
		cmocka_unit_test(test_layer),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
