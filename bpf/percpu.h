/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a host with more CPUs keeps for each of them is not read by programs: files have it. */
#pragma once

#define PERCPU_MOST 1024
