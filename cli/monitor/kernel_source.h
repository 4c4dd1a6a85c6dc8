/* SPDX-License-Identifier: Apache-2.0 */
/* Has a collector take from BPF programs what they give, as --source says. */
#pragma once

#include "model/source.h"
#include "source_settings.h"

/*
 * `lives`: the command goes on for long enough that loading (some 50 ms) is worth it; else only --source bpf
 * loads. 0, with *why (code 0: nothing to say) where it was to be tried and files have it all; -errno with
 * *why where --source bpf can't be had.
 */
int kernel_source_use(const struct source_settings *s, struct source *source, bool lives, struct error *why);
