/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks. Only cli and main loops call them; everything else takes `now` as a parameter. */
#pragma once

#include <stdint.h>

#define NSEC_PER_USEC UINT64_C(1000)
#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_SEC UINT64_C(1000000000)

/* CLOCK_MONOTONIC in nanoseconds: for intervals and rates. */
uint64_t clock_monotonic_ns(void);

/* CLOCK_REALTIME in nanoseconds since the epoch: for what people and Prometheus read. */
uint64_t clock_realtime_ns(void);

/* CPU time of this thread in nanoseconds. */
uint64_t clock_thread_cpu_ns(void);
