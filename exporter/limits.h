/* SPDX-License-Identifier: Apache-2.0 */
/* What a client may take: a token bucket for requests, and how long each phase of a connection may last. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Credit is counted in time: one request costs one interval, and at most `burst` of them are saved up. */
struct bucket {
	uint64_t interval_ns; /* 0: no limit */
	uint64_t capacity_ns;
	uint64_t credit_ns;
	uint64_t filled_ns;
};

void bucket_init(struct bucket *b, uint64_t interval_ns, uint64_t burst, uint64_t now_ns);

/* Takes one request's worth. False where there is none, with the time until there is in *wait_ns. */
bool bucket_take(struct bucket *b, uint64_t now_ns, uint64_t *wait_ns);

enum phase {
	PHASE_READING,	 /* from the connection, or a request's first byte, until its headers are complete */
	PHASE_ANSWERING, /* until the response is taken */
	PHASE_IDLE,	 /* kept alive between two requests */
	PHASE__COUNT
};

struct patience {
	uint64_t ns[PHASE__COUNT];
};

/* When a phase that began at since_ns is over. */
uint64_t patience_deadline(const struct patience *p, enum phase phase, uint64_t since_ns);

/* Whole seconds for Retry-After, at least 1. */
uint64_t retry_after_seconds(uint64_t wait_ns);
