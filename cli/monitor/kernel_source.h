/* SPDX-License-Identifier: Apache-2.0 */
/* Has a collector take from BPF programs what they give, as --source says. */
#pragma once

#include "model/kernel.h"
#include "model/source.h"
#include "source_settings.h"

/* Figures of cgroups and processes: what every command that watches them asks for. */
#define KERNEL_SIDE_FIGURES (1U << KERNEL_FIGURES | 1U << KERNEL_PROCESSES)
#define KERNEL_SIDE_EVENTS (1U << KERNEL_EVENTS)

/*
 * `parts`: bits (1U << enum kernel_part) of what the command wants. `lives`: the command goes on for long
 * enough that loading (some 50 ms) is worth it; else only --source bpf loads. 0, with *why (code 0: nothing
 * to say) where it was to be tried and files have it all; -errno with *why where --source bpf can't be had.
 */
int kernel_source_use(const struct source_settings *s, struct source *source, uint32_t parts, bool lives,
		      struct error *why);
