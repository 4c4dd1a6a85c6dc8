/* SPDX-License-Identifier: Apache-2.0 */
/* A packet on the control socket: the first byte says who sent it, the rest is the packet. */
#include "check.h"

#include "runtime/control.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct control_message m;
	struct control_header header;
	bool from_client;

	if (size == 0)
		return 0;
	from_client = data[0] & 1;
	data++;
	size--;
	if (control_parse(data, size, from_client, &m) < 0)
		return 0;
	CHECK(size >= sizeof(header) && m.len == size - sizeof(header) && m.len <= CONTROL_DATA_MAX);
	CHECK(m.data == data + sizeof(header));
	memcpy(&header, data, sizeof(header));
	CHECK(header.type == (uint32_t)m.type && header.value == m.value);
	/* Nobody may say what is the other side's to say. */
	CHECK(control_parse(data, size, !from_client, &m) < 0);
	if (!from_client)
		CHECK(m.type == CONTROL_OUTPUT || m.type == CONTROL_EXIT || m.type == CONTROL_DROPPED);
	return 0;
}
