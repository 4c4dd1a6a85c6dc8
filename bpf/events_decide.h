/* SPDX-License-Identifier: Apache-2.0 */
/* Which events a kernel can tell: facts from its BTF, and decisions that are pure functions of them. */
#pragma once

#include "kernel_btf.h"

#include <stddef.h>

enum events_program {
#define PROGRAM(name, ...) EVENTS_PROGRAM_##name,
#include "events_programs.def"
	EVENTS_PROGRAM__COUNT
};

struct events_facts {
	bool ring_buffer; /* since 5.8 */
	bool loop;	  /* bpf_loop: since 5.17 */
	bool cpu_lookup;  /* bpf_map_lookup_percpu_elem: since 5.19 */
	bool tracepoint[EVENTS_PROGRAM__COUNT];
	bool victim_is_task;	 /* mark_victim's first argument; up to 6.7 its PID */
	unsigned exit_arguments; /* of sched_process_exit; two since 6.16 */
	/* Where each CPU's figures are within what the pointer points to; -1 = not there. */
	int bstat_at, last_bstat_at; /* behind struct cgroup's rstat_base_cpu (since 6.18), or rstat_cpu */
	int cpuusage_at, cpustat_at; /* of struct cpuacct */
	bool iostat_cpu;	     /* struct blkcg_gq's */
};

struct events_config {
	bool program[EVENTS_PROGRAM__COUNT]; /* is to be loaded */
	bool exit_tells_last;
	/* Last figures that can be had up to date. */
	bool adds_cpu;
	bool adds_cpuacct;
	bool adds_io;
	char missing[192]; /* what is told by nobody, in plain words; "" = all there is */
};

void events_facts_ask(const struct kernel_btf *b, struct events_facts *out);

/* 0, or -ENOTSUP with what is missing: then there are no events. */
int events_decide(const struct events_facts *facts, struct events_config *out, struct error *err);

/* The same without what each CPU has for itself, which is the most that a verifier has to put up with. False
 * where it is left out already. */
bool events_decide_less(struct events_config *config);

/* The programs' names in events.bpf.c. */
const char *events_program_name(enum events_program program);
