/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_containerd.h"

#include "scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NGINX "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"
#define SANDBOX "5a4db0c55a4db0c55a4db0c55a4db0c55a4db0c55a4db0c55a4db0c55a4db0c5"
#define NERDCTL "0e4dc7000e4dc7000e4dc7000e4dc7000e4dc7000e4dc7000e4dc7000e4dc700"
#define IN_MOBY "1d81dfbb2fd83f58942c975bbebba9c1a09935eaf18cd86ebfc1dbfc01deec49"

struct fixture {
	int root;
	struct meta_folder folder;
	char data[32];
};

static void open_host(struct fixture *h)
{
	h->root = fixture_open("identity/host");
	snprintf(h->data, sizeof(h->data), "/var/lib/containerd");
	h->folder = (struct meta_folder){.runtime = RUNTIME_CONTAINERD, .root_fd = h->root, .data = h->data};
	h->folder.fd = fixture_open("identity/host/run/containerd");
}

static void close_host(struct fixture *h)
{
	close(h->folder.fd);
	close(h->root);
}

static int load(struct fixture *h, const char *space, const char *id, struct meta *m, char found[80])
{
	struct meta_stamp stamp;

	return meta_containerd_load(&h->folder, slice_of(space), slice_of(id), m, found, &stamp);
}

static void test_cri(void **state)
{
	_cleanup_meta_ struct meta m = {0};
	struct fixture h;
	char found[80];

	(void)state;
	open_host(&h);
	assert_int_equal(load(&h, "", NGINX, &m, found), 0);
	assert_string_equal(found, "k8s.io");
	assert_string_equal(m.who.name, "web-7d9f8c6b5-x2x4z/nginx");
	assert_string_equal(m.who.image, "docker.io/library/nginx:1.25");
	assert_string_equal(m.who.pod, "web-7d9f8c6b5-x2x4z");
	assert_string_equal(m.who.pod_namespace, "shop");
	assert_string_equal(m.who.pod_uid, "8d1c6d6e-2c0f-4a5e-9d43-0f8a3b1c2d4e");
	assert_string_equal(m.who.kube_container, "nginx");
	assert_false(m.who.sandbox);
	assert_int_equal(m.who.n_labels, 0);
	close_host(&h);
}

static void test_sandbox(void **state)
{
	_cleanup_meta_ struct meta m = {0};
	struct fixture h;
	char found[80];

	(void)state;
	open_host(&h);
	assert_int_equal(load(&h, "k8s.io", SANDBOX, &m, found), 0);
	assert_true(m.who.sandbox);
	assert_string_equal(m.who.name, "web-7d9f8c6b5-x2x4z");
	assert_null(m.who.kube_container);
	close_host(&h);
}

static void test_nerdctl(void **state)
{
	_cleanup_meta_ struct meta m = {0};
	struct fixture h;
	char found[80];

	(void)state;
	open_host(&h);
	/* a namespace that hasn't it is no reason not to look into the others */
	assert_int_equal(load(&h, "batch", NERDCTL, &m, found), 0);
	assert_string_equal(found, "default");
	assert_string_equal(m.who.name, "tidy");
	assert_string_equal(m.who.compose_project, "stack");
	assert_string_equal(m.who.compose_service, "db");
	close_host(&h);
}

/* A bundle and a database that containerd 1.6 wrote for a container of ctr. */
static void test_ctr(void **state)
{
	_cleanup_meta_ struct meta m = {0};
	struct fixture h;
	char found[80];
	bool labelled = false;

	(void)state;
	open_host(&h);
	assert_int_equal(load(&h, "ordinary-namespace-1", "db0000", &m, found), 0);
	assert_string_equal(m.who.name, "foo");
	assert_int_equal(m.who.init_pid, 16152);
	for (size_t i = 0; i < m.who.n_labels; i++)
		labelled = labelled ||
			   (strcmp(m.labels[i].key, "app") == 0 && strcmp(m.labels[i].value, "shop") == 0);
	assert_true(labelled);
	close_host(&h);
}

static void test_not_there(void **state)
{
	_cleanup_meta_ struct meta m = {0};
	struct fixture h;
	char found[80];

	(void)state;
	open_host(&h);
	assert_int_equal(load(&h, "", "nothing", &m, found), -ENOENT);
	/* Docker's namespace is Docker's */
	assert_int_equal(load(&h, "moby", IN_MOBY, &m, found), -ENOENT);
	assert_int_equal(load(&h, "", "../../../../../etc", &m, found), -ENOENT);
	close_host(&h);
}

static void test_crio_annotations(void **state)
{
	static const char text[] = "{\"annotations\":{\"io.kubernetes.cri-o.Labels\":\"{\\\"app\\\":"
				   "\\\"api\\\"}\",\"io.kubernetes.cri-o.ContainerType\":"
				   "\"sandbox\",\"io.kubernetes.cri-o.Volumes\":\"[]\",\"io.kubernetes.pod."
				   "name\":\"p\",\"mine\":\"yes\",\"no\":5}}";
	_cleanup_meta_ struct meta m = {0};

	(void)state;
	assert_int_equal(meta_oci_parse(slice_of(text), &m), 0);
	assert_true(m.who.sandbox);
	assert_string_equal(m.who.pod, "p");
	assert_int_equal(m.who.n_labels, 3);
	assert_string_equal(m.labels[0].key, "app");
}

static void test_broken(void **state)
{
	static const char *const harmless[] = {"{}", "{\"annotations\":[]}", "{\"annotations\":null}", "[]"};
	_cleanup_meta_ struct meta m = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		assert_int_equal(meta_oci_parse(slice_of(harmless[i]), &m), 0);
	assert_int_equal(meta_oci_parse(slice_of("{\"annotations\":{"), &m), -EINVAL);
	assert_int_equal(m.who.n_labels, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cri),	  cmocka_unit_test(test_sandbox),
		cmocka_unit_test(test_nerdctl),	  cmocka_unit_test(test_ctr),
		cmocka_unit_test(test_not_there), cmocka_unit_test(test_crio_annotations),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
