/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for the detach keys in what a user types. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define DETACH_KEYS_MAX 16
#define DETACH_KEYS_DEFAULT "ctrl-p,ctrl-q"

struct detach_keys {
	unsigned char keys[DETACH_KEYS_MAX];
	size_t n;    /* 0: none, everything passes */
	size_t held; /* how many of them were typed by now, and are held back */
};

/*
 * Input that was typed: `out` (room for n + DETACH_KEYS_MAX) gets what goes on to the container, which is all
 * but a beginning of the keys that may still become them. True once they were typed as a whole; what came
 * before them is in out, and what came behind them is lost.
 */
bool detach_keys_feed(struct detach_keys *d, const unsigned char *in, size_t n, unsigned char *out,
		      size_t *len);
