/* SPDX-License-Identifier: Apache-2.0 */
/* What libraries say on standard error while the screen is open: kept in memory, never on the screen. */
#pragma once

#include "base/str.h"

struct spoken {
	int real;      /* standard error as it was; -1 = not captured */
	int file;      /* in memory, in its place */
	int64_t heard; /* bytes that spoken_news has handed out */
};

/* 0 or -errno; then nothing is captured. */
int spoken_open(struct spoken *s);

/* The first line said since the last call; false where there is none. */
bool spoken_news(struct spoken *s, struct str *out);

/* Standard error is what it was, and gets to hear what was said. Safe after a failed open. */
void spoken_close(struct spoken *s);
