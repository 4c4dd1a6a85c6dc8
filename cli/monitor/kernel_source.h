/* SPDX-License-Identifier: Apache-2.0 */
/* Has a collector take from BPF programs what they give, as --source says. */
#pragma once

#include "model/kernel.h"
#include "model/source.h"
#include "sampler.h"
#include "source_settings.h"

/* Figures of cgroups and processes: what every command that watches them asks for. */
#define KERNEL_SIDE_FIGURES (1U << KERNEL_FIGURES | 1U << KERNEL_PROCESSES)
#define KERNEL_SIDE_EVENTS (1U << KERNEL_EVENTS)
/* Figures of the group `latency`: loaded at once, before privileges are shed, or when they are first asked
 * for; attached whenever they are. */
#define KERNEL_SIDE_LATENCY (1U << KERNEL_LATENCY)
#define KERNEL_SIDE_LATENCY_LATER (1U << 31)

/* KERNEL_SIDE_LATENCY where the group is in the set, else 0. */
uint32_t kernel_side_latency(const struct metric_set *need);

/*
 * `parts`: bits of what the command wants. `lives`: the command goes on for long enough that loading (some 50
 * ms) is worth it; else only --source bpf loads, and what no file has. 0, with *why (code 0: nothing to say)
 * where it was to be tried and files have it all; -errno with *why where --source bpf can't be had.
 */
int kernel_source_use(const struct source_settings *s, struct source *source, uint32_t parts, bool lives,
		      struct error *why);

/* Opens a collector, has it use that for what `need` is, and takes its first sample (sampler.h). 0 or -errno
 * with *err. */
int kernel_source_sampler(const struct source_settings *s, const struct collector_options *options,
			  const struct metric_set *need, uint32_t parts, bool lives, struct sampler **out,
			  struct error *err);
