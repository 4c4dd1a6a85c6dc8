/* SPDX-License-Identifier: Apache-2.0 */
/* A container's output onto this process' own: stdout to stdout, stderr to stderr. */
#pragma once

#include "runtime/container.h"
#include "runtime/log.h"

struct log_show {
	struct log_query query;
	bool follow;
	bool timestamps;
};

/* Writes what there is; with follow until the container has ended or query.until_ns has passed. 0, -EPIPE
 * where nobody reads any more, or -errno with *err. */
int log_show(struct container *c, const struct log_show *how, struct error *err);
