/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of a source at a steady pace, until a signal asks to end. */
#pragma once

#include "model/derive.h"
#include "model/source.h"

struct sampler;

/*
 * Blocks SIGINT, SIGTERM and SIGHUP for good, and takes the first sample of the source, so that the next one
 * has rates. The source is the sampler's from now on, after an error too. 0 or -errno with *err.
 */
int sampler_open_source(struct source *source, const struct metric_set *need, struct sampler **out,
			struct error *err);
void sampler_close(struct sampler *s);
static inline void sampler_closep(struct sampler **s)
{
	sampler_close(*s);
}
#define _cleanup_sampler_ _cleanup_(sampler_closep)

struct source *sampler_source(struct sampler *s);

/* The last sample; not a reference. */
struct snapshot *sampler_last(const struct sampler *s);

enum { SAMPLER_ENDED = 1 };

/*
 * Waits until `interval_ns` after the last sample was due and takes the next one; meanwhile the source
 * follows what comes and goes. *out compares it with the last one; the caller frees it. 0, SAMPLER_ENDED
 * after a signal or at the end of a recording, or -errno.
 */
int sampler_next(struct sampler *s, uint64_t interval_ns, struct comparison **out, struct error *err);

/* A signalfd of SIGINT, SIGTERM and SIGHUP, which are blocked from now on, or -errno. */
int stop_signals_open(struct error *err);
