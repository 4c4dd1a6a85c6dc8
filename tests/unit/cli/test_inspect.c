/* SPDX-License-Identifier: Apache-2.0 */
#include "golden.h"
#include "inspect_view.h"

#include "base/clock.h"

#include <signal.h>
#include <string.h>

static struct spec *spec_make(void)
{
	struct spec *spec = spec_new();
	struct device_limit disk = {DEVICE_WRITE_BPS, 8, 0, 5 << 20};
	static struct file_limit files[] = {{"memory.oom.group", "1"}};

	assert_non_null(spec);
	assert_int_equal(spec_texts_add(spec, &spec->process.args, "sh"), 0);
	assert_int_equal(spec_texts_add(spec, &spec->process.args, "a \"quoted\" word\n"), 0);
	assert_int_equal(spec_env_set(spec, "PATH=/bin"), 0);
	assert_int_equal(spec_mount_add(spec, "/data", "bind", "/srv/data", "rbind,ro,rslave"), 0);
	assert_int_equal(spec_mount_add(spec, "/proc", "proc", "proc", "nosuid"), 0);
	assert_int_equal(spec_device_limit_add(spec, &disk), 0);
	limit_set(&spec->linux_.limits, LIMIT_MEMORY, 64 << 20);
	limit_set(&spec->linux_.limits, LIMIT_CPU_QUOTA, 50000);
	limit_set(&spec->linux_.limits, LIMIT_PIDS, -1);
	spec->linux_.limits.files = files;
	spec->linux_.limits.n_files = 1;
	spec->process.cwd = "/";
	return spec;
}

/* All but the spec, which is the runtime room's own. */
static void object(void **state)
{
	static struct spec_pair labels[] = {{"tier", "db"}};
	static char path[] = "/var/lib/plimsoll/containers/aa";
	_cleanup_spec_ struct spec *spec = spec_make();
	struct container c = {.id = "aa", .path = path, .spec = spec, .folder = -1, .lock = -1};
	_cleanup_str_ struct str text = {0};
	struct json_out j = {.text = &text};
	char *from;

	(void)state;
	c.config = (struct container_config){
		.name = "web",
		.image = "/srv/rootfs",
		.created_ns = UINT64_C(1709208000) * NSEC_PER_SEC + 1,
		.labels = {labels, 1},
		.restart = RESTART_ON_FAILURE,
		.restart_max = 3,
		.stop_signal = SIGQUIT,
		.stop_timeout = 10,
		.log_max_size = 1000,
		.log_max_files = 2,
	};
	c.state.status = CONTAINER_EXITED;
	c.state.pid = 12;
	c.state.started_ns = UINT64_C(1709208001) * NSEC_PER_SEC;
	json_out_open(&j, NULL, '[');
	inspect_object(&j, &c, NULL);
	json_out_close(&j, '[');
	str_char(&text, '\n');
	from = strstr(text.data, "\"Spec\": {");
	assert_non_null(from);
	assert_non_null(strstr(from, "\"ociVersion\""));
	snprintf(from, 10, "\"Spec\": {");
	text.len = strlen(text.data);
	str_char(&text, '\n');
	assert_golden("inspect.txt", &text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(object)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
