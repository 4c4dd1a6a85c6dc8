/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_kube.h"

#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ID "f00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeed"
#define POD_UID "0b5e55ed-0000-4000-8000-00000000cafe"
#define POD_UID_ "0b5e55ed_0000_4000_8000_00000000cafe"

static void test_container_log(void **state)
{
	static const char *const others[] = {
		"",
		"pod_ns_ctr-" ID,
		"pod_ns-" ID ".log",
		"pod_ns_ctr_more-" ID ".log",
		"pod_ns_-" ID ".log",
		ID ".log",
		"pod_ns_ctr" ID ".log",
		"pod_ns_ctr-0.log",
	};
	_cleanup_meta_ struct meta m = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(meta_kube_container_log(slice_of(others[i]), slice_of(ID), &m));
	assert_null(m.who.pod);
	assert_true(meta_kube_container_log(slice_of("pod-1_ns_my-ctr-" ID ".log"), slice_of(ID), &m));
	assert_string_equal(m.who.pod, "pod-1");
	assert_string_equal(m.who.pod_namespace, "ns");
	assert_string_equal(m.who.kube_container, "my-ctr");
}

static void test_folders(void **state)
{
	_cleanup_close_ int root = fixture_open("identity/host");
	_cleanup_meta_ struct meta container = {0};
	_cleanup_meta_ struct meta sandbox = {0};
	_cleanup_meta_ struct meta other = {0};

	(void)state;
	meta_kube_load(root, slice_of(ID), slice_of(POD_UID_), &container);
	assert_string_equal(container.who.pod, "coredns-abc");
	assert_string_equal(container.who.pod_namespace, "kube-system");
	assert_string_equal(container.who.kube_container, "coredns");
	meta_kube_load(root, slice_of("another"), slice_of(POD_UID), &sandbox);
	assert_string_equal(sandbox.who.pod, "coredns-abc");
	assert_null(sandbox.who.kube_container);
	meta_kube_load(root, slice_of("another"), slice_of("0b5e55ed"), &other);
	assert_null(other.who.pod);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_container_log),
					   cmocka_unit_test(test_folders)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
