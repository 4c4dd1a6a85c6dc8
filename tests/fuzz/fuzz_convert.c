/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte picks the scale, the next two ticks and page size, the rest is the value. */
#include "cgroup/convert.h"
#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint64_t untouched = UINT64_C(0x5A5A5A5A5A5A5A5A);
	uint64_t value = untouched;
	enum scale scale;
	struct slice text;
	int r;

	if (size < 3)
		return 0;
	scale = (enum scale)(data[0] % (SCALE_AS_TEXT + 1));
	text = (struct slice){(const char *)data + 3, size - 3};
	r = convert_value(text, scale, data[1], (uint64_t)data[2] << 12, &value);
	CHECK(r <= 0);
	if (r < 0)
		CHECK(value == untouched);
	if (r < 0 || scale != SCALE_NONE)
		return 0;
	CHECK(convert_shares_to_weight(value) <= 10000);
	CHECK(convert_weight_to_shares(value) <= 262144);
	CHECK(convert_blkio_to_io_weight(value) <= 10000);
	CHECK(convert_io_to_blkio_weight(value) <= 1000);
	if (value <= 10000)
		CHECK(convert_shares_to_weight(convert_weight_to_shares(value)) == value);
	return 0;
}
