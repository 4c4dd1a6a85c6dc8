/* SPDX-License-Identifier: Apache-2.0 */
#include "events_decide.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	const char *tracepoint;
	const char *tells;
} programs[] = {
#define PROGRAM(name, tracepoint, tells) {#name, tracepoint, tells},
#include "events_programs.def"
};

static const char no_last[] = "the last CPU time of a removed cgroup can't be read";

void events_facts_ask(const struct kernel_btf *b, struct events_facts *out)
{
	/* what each CPU adds up by itself has a type of its own since 6.18 */
	const char *times = kernel_btf_has_member(b, "cgroup", "rstat_base_cpu") ? "cgroup_rstat_base_cpu"
										 : "cgroup_rstat_cpu";

	*out = (struct events_facts){
		.ring_buffer = kernel_btf_enum(b, "bpf_map_type", "BPF_MAP_TYPE_RINGBUF") >= 0,
		.loop = kernel_btf_enum(b, "bpf_func_id", "BPF_FUNC_loop") >= 0,
		.cpu_lookup = kernel_btf_enum(b, "bpf_func_id", "BPF_FUNC_map_lookup_percpu_elem") >= 0,
		.victim_is_task = kernel_btf_tracepoint_points(b, "mark_victim", 0),
		.exit_arguments = kernel_btf_tracepoint_arguments(b, "sched_process_exit"),
		.bstat_at = kernel_btf_offset(b, times, "bstat"),
		.last_bstat_at = kernel_btf_offset(b, times, "last_bstat"),
		.cpuusage_at = kernel_btf_offset(b, "cpuacct", "cpuusage"),
		.cpustat_at = kernel_btf_offset(b, "cpuacct", "cpustat"),
		.iostat_cpu = kernel_btf_has_member(b, "blkcg_gq", "iostat_cpu"),
	};
	for (size_t p = 0; p < EVENTS_PROGRAM__COUNT; p++)
		out->tracepoint[p] = kernel_btf_has_tracepoint(b, programs[p].tracepoint);
}

/* One of the two ways to know an OOM killer's victim. */
static bool is_other_way(const struct events_facts *f, size_t program)
{
	if (program == EVENTS_PROGRAM_mark_victim)
		return !f->victim_is_task;
	if (program == EVENTS_PROGRAM_mark_victim_pid || program == EVENTS_PROGRAM_signal_generate)
		return f->victim_is_task;
	return false;
}

static void say_missing(const char *before, const char *what, struct events_config *c)
{
	size_t len = strlen(c->missing);

	snprintf(c->missing + len, sizeof(c->missing) - len, "%s%s", before, what);
}

/* PID alone is nothing: both programs, or none. */
static void need_both(struct events_config *c)
{
	bool *pid = &c->program[EVENTS_PROGRAM_mark_victim_pid];
	bool *signal = &c->program[EVENTS_PROGRAM_signal_generate];

	*pid = *signal = *pid && *signal;
}

int events_decide(const struct events_facts *f, struct events_config *out, struct error *err)
{
	struct events_config c = {0};
	const char *said = "";
	bool any = false, by_cpu = f->loop && f->cpu_lookup;

	if (!f->ring_buffer)
		return error_set(err, -ENOTSUP, "use Linux 5.8 or later",
				 "this kernel has no BPF ring buffer");
	for (size_t p = 0; p < EVENTS_PROGRAM__COUNT; p++) {
		if (is_other_way(f, p))
			continue;
		c.program[p] = f->tracepoint[p];
		any |= c.program[p];
		if (!c.program[p] && strcmp(said, programs[p].tells) != 0) {
			say_missing(*said ? ", " : "this kernel has no tracepoint for ", programs[p].tells,
				    &c);
			said = programs[p].tells;
		}
	}
	if (!any)
		return error_set(err, -ENOTSUP, "",
				 "this kernel has no tracepoints of cgroups and processes");
	need_both(&c);
	c.exit_tells_last = f->exit_arguments >= 2;
	c.adds_cpu = by_cpu && f->bstat_at >= 0 && f->last_bstat_at >= 0;
	c.adds_cpuacct = by_cpu && f->cpuusage_at >= 0 && f->cpustat_at >= 0;
	c.adds_io = by_cpu && f->iostat_cpu;
	if (!c.adds_cpu)
		say_missing(*c.missing ? "; " : "", no_last, &c);
	*out = c;
	return 0;
}

bool events_decide_less(struct events_config *c)
{
	if (!c->adds_cpu && !c->adds_cpuacct && !c->adds_io)
		return false;
	if (c->adds_cpu)
		say_missing(*c->missing ? "; " : "", no_last, c);
	c->adds_cpu = c->adds_cpuacct = c->adds_io = false;
	return true;
}

const char *events_program_name(enum events_program program)
{
	return programs[program].name;
}
