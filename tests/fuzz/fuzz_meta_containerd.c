/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_meta.h"
#include "meta_containerd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_meta_ struct meta m = {0};

	meta_oci_parse((struct slice){(const char *)data, size}, &m);
	make_identity(&m);
	return 0;
}
