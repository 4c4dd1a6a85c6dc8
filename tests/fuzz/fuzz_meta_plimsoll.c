/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_meta.h"
#include "meta_plimsoll.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = {(const char *)data, size};
	_cleanup_meta_ struct meta m = {0};

	meta_plimsoll_config_parse(text, &m);
	meta_plimsoll_state_parse(text, &m);
	make_identity(&m);
	return 0;
}
