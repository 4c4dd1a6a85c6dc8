/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_meta.h"
#include "meta_config.h"
#include "meta_docker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = {(const char *)data, size};
	_cleanup_meta_ struct meta m = {0};
	char driver[32];
	char root[64];

	if (meta_docker_parse(text, &m, driver) == 0 && strpbrk(driver, "/."))
		abort();
	make_identity(&m);
	if (daemon_json_root(text, root, sizeof(root)) && root[0] != '/')
		abort();
	return 0;
}
