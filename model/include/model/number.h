/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as text. For machines: exact decimals by integer arithmetic, a '.' whatever the locale. For people:
 * binary units as docker prints them.
 */
#pragma once

#include "base/str.h"
#include "model/metric.h"

#include <stddef.h>
#include <stdint.h>

/* Room for anything that number_fixed and number_base write. */
#define NUMBER_MAX 32

/*
 * value / 10^digits (digits ≤ 9) exactly, trailing zeros cut: 12500, 3 → "12.5". Returns the length; no NUL.
 */
size_t number_fixed(char *out, uint64_t value, unsigned digits);

/*
 * A stored value in its base unit: nanoseconds as seconds, basis points as a ratio, anything else as it
 * stands. UNLIMITED is a number like any other here: who calls knows the kind. Returns the length; no NUL.
 */
size_t number_base(char *out, enum metric_unit unit, uint64_t value);

/* Stored units in one base unit: 1e9 for UNIT_NSEC, 1e4 for UNIT_BASIS_POINTS, … */
double number_scale(enum metric_unit unit);

/*
 * Appends a value ≥ 0 rounded to `digits` decimals (≤ 9): all of them, or without trailing zeros. Not finite
 * or negative: 0.
 */
void number_rounded(struct str *out, double value, unsigned digits);
void number_trimmed(struct str *out, double value, unsigned digits);

/* "648B", "45.3MiB", "1.0GiB" */
void format_bytes(struct str *out, double bytes);

/* A ratio as "12.34%". */
void format_percent(struct str *out, double ratio);

/* A time of less than some minutes with two digits or three: "0.8us", "1.3ms", "250ms", "4.2s". */
void format_latency(struct str *out, double seconds);

/* The two largest units that count: "3d4h", "1m30s", "45s", "250ms". */
void format_duration(struct str *out, uint64_t ns);
