/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_meta.h"
#include "meta_podman.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = {(const char *)data, size};
	struct storage_list list = {0};
	_cleanup_meta_ struct meta m = {0};
	char pod[65];

	meta_storage_parse(text, &list);
	meta_storage_free(&list);
	if (meta_podman_config_parse(text, &m, pod) == 0 && pod[0] && strlen(pod) != 64)
		abort();
	meta_podman_state_parse(text, &m);
	make_identity(&m);
	return 0;
}
