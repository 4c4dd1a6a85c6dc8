/* SPDX-License-Identifier: Apache-2.0 */
/* Conversions between the values of cgroup v1 and v2, as runc and crun do them. */
#pragma once

#include "base/slice.h"
#include "model/metric.h"

#include <stdint.h>

/* shares 2…262144 → weight 1…10000 by ⌈10^((L²+125L)/612 − 7/34)⌉, L = log2 shares (1024 → 100); 0 → 0
 * (unset). */
uint64_t convert_shares_to_weight(uint64_t shares);

/*
 * The inverse: the largest shares that give the weight, since that is where the rounding up loses nothing
 * (100 → 1024, 1 → 2, 10000 → 262144; the smallest that give 100 are 1012). runc's older linear formula is
 * *not* used. 0 → 0; weights beyond 10000 count as 10000.
 */
uint64_t convert_weight_to_shares(uint64_t weight);

/* blkio weight 10…1000 → io.weight 1…10000 (cut off), and back (rounded). What is outside is moved to the
 * end. 0 → 0. */
uint64_t convert_blkio_to_io_weight(uint64_t weight);
uint64_t convert_io_to_blkio_weight(uint64_t weight);

/*
 * The stored integer for a value's text (enum scale in model/metric.h). SCALE_AS_TEXT is the caller's.
 * ticks_per_second is sysconf(_SC_CLK_TCK). 0, -EINVAL or -ERANGE; *out only on success.
 */
int convert_value(struct slice text, enum scale scale, uint64_t ticks_per_second, uint64_t page_size,
		  uint64_t *out);
