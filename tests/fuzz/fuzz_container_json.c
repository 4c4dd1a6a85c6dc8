/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "container/container_json.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What can be read is written in a form that reads back, and is written the same again. */
static void check_config(struct slice text)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	_cleanup_spec_ struct spec *again = spec_new();
	_cleanup_str_ struct str first = {0};
	_cleanup_str_ struct str second = {0};
	struct container_config config;
	struct error err = {0};

	CHECK(spec && again);
	if (container_config_read(text, spec, &config, &err) < 0) {
		CHECK(err.code < 0 && err.cause[0]);
		return;
	}
	CHECK(container_check_name(config.name, NULL) == 0);
	container_config_write(&config, &spec->process.args, &first);
	CHECK(container_config_read((struct slice){first.data, first.len}, again, &config, NULL) == 0);
	container_config_write(&config, &again->process.args, &second);
	CHECK(!strstr(config.name, "/"));
	CHECK(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
}

static void check_state(struct slice text)
{
	_cleanup_str_ struct str first = {0};
	_cleanup_str_ struct str second = {0};
	struct container_state state;
	struct error err = {0};

	if (container_state_read(text, &state, &err) < 0) {
		CHECK(err.code < 0 && err.cause[0]);
		return;
	}
	CHECK(state.pid >= 0 && state.supervisor >= 0);
	CHECK(!strstr(state.cgroup, "/../") && (!state.cgroup[0] || state.cgroup[0] == '/'));
	container_state_write(&state, &first);
	/* a text with broken bytes grows by U+FFFD, and may be too long then */
	if (container_state_read((struct slice){first.data, first.len}, &state, NULL) < 0)
		return;
	container_state_write(&state, &second);
	CHECK(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = {(const char *)data, size};

	check_config(text);
	check_state(text);
	return 0;
}
