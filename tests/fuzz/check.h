/* SPDX-License-Identifier: Apache-2.0 */
/* What a fuzz target demands: unlike assert, it stays whatever the build type is. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)
