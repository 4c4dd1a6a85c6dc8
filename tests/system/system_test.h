/* SPDX-License-Identifier: Apache-2.0 */
/* What system tests in C share: how they fail and are skipped, and what must be as it was before. */
#pragma once

#include "base/cleanup.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define SKIP 77

/* In a function that returns 0 where all is well. */
#define CHECK(condition)                                                                     \
	do {                                                                                 \
		if (!(condition)) {                                                          \
			fprintf(stderr, "%s:%d: not: %s\n", __FILE__, __LINE__, #condition); \
			return 1;                                                            \
		}                                                                            \
	} while (0)

/* The exit status of a test that can't run: where it must, that is a failure. */
static inline int skip(const char *why)
{
	fprintf(stderr, "skipped: %s\n", why);
	return getenv("PLIMSOLL_MUST_RUN") ? 1 : SKIP;
}

/* Descriptors of this process, and a few entries besides, the same number each time. */
static inline size_t count_fds(void)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (dir && readdir(dir))
		n++;
	return n;
}
