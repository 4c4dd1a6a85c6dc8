/* SPDX-License-Identifier: Apache-2.0 */
/* rdma limits: the specification has two numbers a device, the kernel a line in rdma.max (cgroup-v2.rst,
 * RDMA). */
#pragma once

#include "cgroup/limits.h"

#define SPEC_RDMA_FILE "rdma.max"

struct spec_rdma {
	struct slice device;
	bool has[2]; /* hca_handle, hca_object */
	uint64_t value[2];
};

/* Whether a file limit says what the specification's rdma can say; *out points into its value. */
bool spec_rdma_parse(const struct file_limit *limit, struct spec_rdma *out);
