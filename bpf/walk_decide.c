/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_decide.h"
#include "walk.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

#define EVENT_NONE INT16_MIN

static const struct {
	const char *enumerator;
	const char *of;
} items[] = {
#define ITEM(id, enumerator, ...) {enumerator, "node_stat_item"},
#define OWN(id, enumerator, ...) {enumerator, "memcg_stat_item"},
#include "walk_stat.def"
};

static const char *const events[] = {
#define EVENT(id, enumerator, ...) enumerator,
#include "walk_stat.def"
};

void walk_facts_ask(const struct kernel_btf *b, struct walk_facts *out)
{
	*out = (struct walk_facts){
		.btf = true,
		.cgroup_iterator = kernel_btf_has_struct(b, "bpf_iter__cgroup"),
		.flush_cgroup = kernel_btf_has_function(b, "cgroup_rstat_flush"),
		.flush_css = kernel_btf_has_function(b, "css_rstat_flush"),
		.flush_memory = kernel_btf_has_function(b, "bpf_mem_cgroup_flush_stats"),
		.nice = kernel_btf_has_member(b, "cgroup_base_stat", "ntime"),
		.pids_peak = kernel_btf_has_member(b, "pids_cgroup", "watermark"),
		.swap_peak = kernel_btf_has_function(b, "swap_peak_show") ||
			     kernel_btf_has_function(b, "swap_peak_read"),
		.soft_limit = kernel_btf_has_member(b, "mem_cgroup", "soft_limit"),
		.kmem = kernel_btf_has_member(b, "mem_cgroup", "kmem"),
		.local_events = kernel_btf_has_member(b, "memcg_vmstats", "events_local"),
		.can_cast = kernel_btf_has_function(b, "bpf_rdonly_cast"),
		.throttle = kernel_btf_has_member(b, "throtl_grp", "stat_bytes") &&
			    kernel_btf_has_member(b, "throtl_grp", "td") &&
			    kernel_btf_has_member(b, "request_queue", "td") &&
			    kernel_btf_has_member(b, "percpu_counter", "counters") &&
			    kernel_btf_enum(b, "bpf_func_id", "BPF_FUNC_map_lookup_percpu_elem") >= 0,
		.limits = kernel_btf_has_member(b, "throtl_grp", "bps") &&
			  kernel_btf_has_member(b, "throtl_grp", "iops") &&
			  kernel_btf_has_member(b, "throtl_grp", "td") &&
			  kernel_btf_has_member(b, "request_queue", "td"),
		.cpuset = kernel_btf_has_member(b, "cpuset", "effective_cpus") &&
			  kernel_btf_has_member(b, "cpuset", "effective_mems"),
		.states = kernel_btf_array_length(b, "memcg_vmstats", "state"),
		.events = kernel_btf_array_length(b, "memcg_vmstats", "events"),
		.nr_stat = kernel_btf_enum(b, "memcg_stat_item", "MEMCG_NR_STAT"),
	};
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		out->item[i] = kernel_btf_enum(b, items[i].of, items[i].enumerator);
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		out->event[i] = kernel_btf_enum(b, "vm_event_item", events[i]) >= 0;
}

/* Up to 6.1 the array has an element for each number there is; later only those that a list names, in its
 * order. */
static void decide_states(const struct walk_facts *f, struct walk_config *c)
{
	bool listed = f->states != f->nr_stat;
	int rank = 0;

	if (f->states <= 0 || f->states > WALK_STATES)
		return;
	for (size_t i = 0; i < WALK_ITEM__COUNT; i++) {
		c->state[i] = (int16_t)(f->item[i] < 0 ? -1 : listed ? rank : f->item[i]);
		rank += f->item[i] >= 0;
	}
	/* It has a number, and nobody counts it a cgroup. */
	if (!listed)
		c->state[WALK_ITEM_PGPROMOTE_SUCCESS] = -1;
	/* Another length: a list that we don't know. */
	c->states_known = !listed || rank == f->states;
}

/* Reclaim's counters, which stand before PGFAULT, moved to the nodes' items in 7.1. */
static bool is_event(const struct walk_facts *f, enum walk_event e)
{
	if (!f->event[e])
		return false;
	if (e < WALK_EVENT_PGFAULT)
		return f->item[WALK_ITEM_NODE_PGSCAN_KSWAPD] < 0;
	return e != WALK_EVENT_PGREFILL || f->item[WALK_ITEM_NODE_PGREFILL] < 0;
}

static void decide_events(const struct walk_facts *f, struct walk_config *c)
{
	int before = 0;
	int rank = 0;

	for (enum walk_event e = 0; e < WALK_EVENT__COUNT; e++) {
		c->event[e] = EVENT_NONE;
		before += e < WALK_EVENT_PGFAULT && is_event(f, e);
	}
	if (f->events <= 0 || f->events > WALK_EVENTS || !f->event[WALK_EVENT_PGFAULT])
		return;
	c->n_events = (uint32_t)f->events;
	for (enum walk_event e = 0; e < WALK_EVENT__COUNT; e++)
		if (is_event(f, e))
			c->event[e] = (int16_t)(rank++ - before);
	/* pgpgin and pgpgout with v1's memory controller, pswpin and pswpout since 6.13 */
	for (int pairs = 0; pairs <= 2; pairs++)
		if (rank + 2 * pairs <= f->events)
			c->pgfault_at[c->n_pgfault_at++] = (int16_t)(before + 2 * pairs);
}

static void decide_flush(const struct walk_facts *f, struct walk_config *c)
{
	if (f->flush_cgroup)
		c->flush = WALK_FLUSH_CGROUP;
	else if (f->flush_css && f->flush_memory)
		c->flush = WALK_FLUSH_CSS | WALK_FLUSH_MEMORY;
	else if (f->flush_css)
		c->flush = WALK_FLUSH_CSS | WALK_FLUSH_EACH;
}

static void find_fresh(struct walk_config *c)
{
	c->fresh_cpu = c->flush & (WALK_FLUSH_CGROUP | WALK_FLUSH_CSS);
	c->memory_by_file = !(c->flush & (WALK_FLUSH_CGROUP | WALK_FLUSH_EACH | WALK_FLUSH_MEMORY));
	c->fresh_memory = true;
	c->fresh_io = c->flush & (WALK_FLUSH_CGROUP | WALK_FLUSH_EACH);
}

int walk_decide(const struct walk_facts *facts, struct walk_config *out, struct error *err)
{
	struct walk_config c = {0};

	if (!facts->btf)
		return error_set(err, -ENOTSUP, "boot a kernel with CONFIG_DEBUG_INFO_BTF",
				 "this kernel was built without type information (BTF)");
	if (!facts->cgroup_iterator)
		return error_set(err, -ENOTSUP, "use Linux 6.1 or later",
				 "this kernel has no BPF iterator of cgroups");
	for (size_t i = 0; i < WALK_ITEM__COUNT; i++)
		c.state[i] = -1;
	decide_flush(facts, &c);
	find_fresh(&c);
	decide_states(facts, &c);
	decide_events(facts, &c);
	*out = c;
	return 0;
}

bool walk_decide_less(struct walk_config *config)
{
	uint32_t less = config->flush & WALK_FLUSH_EACH	    ? config->flush & ~(uint32_t)WALK_FLUSH_EACH
			: config->flush & WALK_FLUSH_MEMORY ? config->flush & ~(uint32_t)WALK_FLUSH_MEMORY
							    : 0;

	if (less == config->flush)
		return false;
	config->flush = less;
	find_fresh(config);
	return true;
}
