/* SPDX-License-Identifier: Apache-2.0 */
#include "latency_part.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "latency.skel.h"
#include "latency_totals.h"
#include "object.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SLOTS_LEAST 512
#define SLOTS_MAX 16384
#define SHARDS_MAX 8
/* A cgroup that nothing has happened in for so long gives its slot back. */
#define IDLE_NS (60 * NSEC_PER_SEC)
/* A program that found a slot just before it was taken out of the index has added to it by then. */
#define GRACE_NS (10 * NSEC_PER_MSEC)

/* ---- loading */

/* What this kernel lacks of what the programs read, or NULL. */
static const char *lacking(const struct kernel_btf *btf, enum latency_kind kind)
{
	static const struct {
		enum latency_kind kind;
		const char *of;
		const char *member; /* NULL: `of` is a tracepoint */
	} wanted[] = {
		{LATENCY_RUN_QUEUE, "sched_switch", NULL},
		{LATENCY_RUN_QUEUE, "sched_info", "last_queued"},
		{LATENCY_RUN_QUEUE, "sched_entity", "cfs_rq"},
		{LATENCY_RUN_QUEUE, "cfs_rq", "rq"},
		{LATENCY_RUN_QUEUE, "rq", "clock"},
		{LATENCY_BLOCK, "block_rq_complete", NULL},
		{LATENCY_BLOCK, "bio", "bi_blkg"},
		{LATENCY_BLOCK, "request", "start_time_ns"},
		{LATENCY_NETWORK, "tcp_retransmit_skb", NULL},
		{LATENCY_NETWORK, "sock_cgroup_data", "cgroup"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		bool there = wanted[i].member ? kernel_btf_has_member(btf, wanted[i].of, wanted[i].member)
					      : kernel_btf_has_tracepoint(btf, wanted[i].of);

		if (wanted[i].kind == kind && !there)
			return wanted[i].of;
	}
	return NULL;
}

static uint32_t shards_for(long n_cpus)
{
	uint32_t shards = 1;

	while (shards < SHARDS_MAX && (long)shards < n_cpus)
		shards *= 2;
	return shards;
}

static void configure(struct latency_part *p, const struct latency_home *home)
{
	struct latency_bpf *b = p->skeleton;
	int v2 = p->kind == LATENCY_BLOCK ? home->io : home->v2;

	bpf_program__set_autoload(b->progs.latency_switch, p->kind == LATENCY_RUN_QUEUE);
	bpf_program__set_autoload(b->progs.latency_request, p->kind == LATENCY_BLOCK);
	bpf_program__set_autoload(b->progs.latency_retransmit, p->kind == LATENCY_NETWORK);
	bpf_program__set_autoload(b->progs.latency_in, p->kind == LATENCY_NETWORK);
	bpf_program__set_autoload(b->progs.latency_out, p->kind == LATENCY_NETWORK);
	b->rodata->shards = p->shards;
	b->rodata->rows_each = p->rows_each;
	b->rodata->exclusive = (long)p->shards >= sysconf(_SC_NPROCESSORS_CONF);
	/* without a v2 hierarchy in the layout no task is below its root */
	b->rodata->v2 = (uint32_t)(v2 >= 0 ? v2 : HIERARCHIES_MAX);
	b->rodata->has_v1 = home->tasks_v1 >= 0;
	b->rodata->v1 = (uint32_t)(home->tasks_v1 >= 0 ? home->tasks_v1 : 0);
	b->rodata->by_cpuacct = home->by_cpuacct;
}

static int size_tables(struct latency_part *p)
{
	struct latency_bpf *b = p->skeleton;
	int r = bpf_map__set_max_entries(b->maps.slots, p->n_slots);

	if (r == 0)
		r = bpf_map__set_max_entries(b->maps.spare, p->n_slots);
	if (r == 0)
		r = bpf_map__set_max_entries(b->maps.places, p->n_slots);
	if (r == 0)
		r = bpf_map__set_max_entries(b->maps.rows, p->n_slots * p->shards * p->rows_each);
	return r;
}

static int map_table(const struct bpf_map *map, size_t bytes, void **out)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	if (at == MAP_FAILED)
		return -errno;
	*out = at;
	return 0;
}

static int map_tables(struct latency_part *p)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t places = p->n_slots * sizeof(*p->places);
	size_t rows = (size_t)p->n_slots * p->shards * p->rows_each * sizeof(*p->rows);
	void *at = NULL;
	int r;

	p->place_bytes = (places + page - 1) / page * page;
	p->row_bytes = (rows + page - 1) / page * page;
	r = map_table(p->skeleton->maps.places, p->place_bytes, &at);
	if (r < 0)
		return r;
	p->places = at;
	r = map_table(p->skeleton->maps.rows, p->row_bytes, &at);
	if (r == 0)
		p->rows = at;
	return r;
}

static int give_back(const struct latency_part *p, uint32_t slot)
{
	return bpf_map_update_elem(bpf_map__fd(p->skeleton->maps.spare), NULL, &slot, 0);
}

/* The last one given back is the first one taken. */
static int give_all(const struct latency_part *p)
{
	int r = 0;

	for (uint32_t slot = p->n_slots; r == 0 && slot > 0; slot--)
		r = give_back(p, slot - 1);
	return r;
}

static int load(struct latency_part *p, const struct latency_home *home, const char *refuse,
		struct error *err)
{
	int r;

	p->skeleton = latency_bpf__open();
	if (!p->skeleton)
		return error_errno(err, -errno, "", "cannot open the BPF programs of latencies");
	configure(p, home);
	r = size_tables(p);
	if (r < 0)
		return error_errno(err, r, "", "cannot size the tables of latencies");
	r = object_load(p->skeleton->skeleton, refuse, err);
	if (r < 0)
		return r;
	r = map_tables(p);
	if (r == 0)
		r = give_all(p);
	return r < 0 ? error_errno(err, r, "", "cannot use the tables of latencies") : 0;
}

int latency_part_open(struct latency_part *p, enum latency_kind kind, const struct kernel_btf *btf,
		      const struct latency_home *home, size_t n_cgroups, const char *refuse,
		      struct error *err)
{
	const char *lacks = lacking(btf, kind);
	size_t slots = n_cgroups + n_cgroups / 4 + SLOTS_LEAST / 2;
	int r;

	*p = (struct latency_part){.kind = kind};
	if (lacks)
		return error_set(err, -EOPNOTSUPP, "", "this kernel has no '%s' to measure by", lacks);
	p->n_slots = (uint32_t)(slots < SLOTS_LEAST ? SLOTS_LEAST : slots > SLOTS_MAX ? SLOTS_MAX : slots);
	p->shards = shards_for(sysconf(_SC_NPROCESSORS_ONLN));
	p->rows_each = kind == LATENCY_BLOCK ? LATENCY_OPERATIONS : 1;
	p->n_figures = kind == LATENCY_NETWORK ? LATENCY_TRAFFIC : (size_t)p->rows_each * LATENCY_FIGURES;
	p->before = calloc(p->n_slots, p->n_figures * sizeof(*p->before));
	p->slots = calloc(p->n_slots, sizeof(*p->slots));
	p->totals = latency_totals_new(p->n_figures);
	r = p->before && p->slots && p->totals ? load(p, home, refuse, err)
					       : error_set(err, -ENOMEM, "", "out of memory");
	if (r < 0)
		latency_part_close(p);
	return r;
}

void latency_part_close(struct latency_part *p)
{
	latency_part_detach(p);
	if (p->places)
		munmap(p->places, p->place_bytes);
	if (p->rows)
		munmap(p->rows, p->row_bytes);
	latency_bpf__destroy(p->skeleton);
	latency_totals_free(p->totals);
	free(p->before);
	free(p->slots);
	*p = (struct latency_part){0};
}

/* ---- attaching */

static int attach_one(struct bpf_link **link, struct bpf_link *made)
{
	int r = made ? 0 : -errno;

	*link = made;
	return r;
}

static int attach_network(struct latency_part *p, int cgroup_fd, struct error *err)
{
	const struct latency_bpf *b = p->skeleton;
	int sent_again = attach_one(&p->links[0], bpf_program__attach(b->progs.latency_retransmit));
	int in = attach_one(&p->links[1], bpf_program__attach_cgroup(b->progs.latency_in, cgroup_fd));
	int out = in < 0 ? in
			 : attach_one(&p->links[2],
				      bpf_program__attach_cgroup(b->progs.latency_out, cgroup_fd));

	if (out < 0)
		return error_errno(err, out, out == -EPERM ? "run it with CAP_NET_ADMIN" : "",
				   "cannot count packets at the root of cgroup v2");
	if (sent_again < 0)
		return error_errno(err, sent_again, "", "cannot count what TCP sends again");
	return 0;
}

int latency_part_attach(struct latency_part *p, int cgroup_fd, struct error *err)
{
	const struct latency_bpf *b = p->skeleton;
	int r;

	if (p->kind == LATENCY_NETWORK)
		return attach_network(p, cgroup_fd, err);
	r = attach_one(&p->links[0], bpf_program__attach(p->kind == LATENCY_BLOCK ? b->progs.latency_request
										  : b->progs.latency_switch));
	if (r < 0)
		return error_errno(err, r, "", "cannot measure %s",
				   p->kind == LATENCY_BLOCK ? "block requests" : "waits on run queues");
	return 0;
}

bool latency_part_is_attached(const struct latency_part *p)
{
	return p->links[0] || p->links[1] || p->links[2];
}

bool latency_part_counts_packets(const struct latency_part *p)
{
	return p->links[1] && p->links[2];
}

void latency_part_detach(struct latency_part *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(p->links); i++) {
		bpf_link__destroy(p->links[i]);
		p->links[i] = NULL;
	}
}

/* ---- taking in */

static void read_histogram(const struct latency_histogram *h, uint64_t *figures)
{
	for (size_t i = 0; i < LATENCY_BUCKETS; i++)
		figures[i] += __atomic_load_n(&h->buckets[i], __ATOMIC_RELAXED);
	figures[LATENCY_BUCKETS] += __atomic_load_n(&h->sum_ns, __ATOMIC_RELAXED);
}

/* All shards of a slot together. */
static void read_slot(const struct latency_part *p, uint32_t slot, uint64_t *figures)
{
	const union latency_row *row = p->rows + (size_t)slot * p->shards * p->rows_each;

	memset(figures, 0, p->n_figures * sizeof(*figures));
	for (uint32_t shard = 0; shard < p->shards; shard++) {
		for (uint32_t i = 0; i < p->rows_each; i++, row++) {
			if (p->kind != LATENCY_NETWORK) {
				read_histogram(&row->histogram, figures + (size_t)i * LATENCY_FIGURES);
				continue;
			}
			for (size_t t = 0; t < LATENCY_TRAFFIC; t++)
				figures[t] += __atomic_load_n(&row->traffic[t], __ATOMIC_RELAXED);
		}
	}
}

/* Buckets are of 32 bits in the kernel. */
static uint64_t growth_of(const struct latency_part *p, size_t figure, uint64_t then, uint64_t now)
{
	if (p->kind != LATENCY_NETWORK && figure % LATENCY_FIGURES < LATENCY_BUCKETS)
		return (uint32_t)now - (uint32_t)then;
	return now - then;
}

static bool take_growth(struct latency_part *p, uint32_t slot)
{
	uint64_t figures[LATENCY_OPERATIONS * LATENCY_FIGURES];
	uint64_t *before = p->before + slot * p->n_figures;
	uint64_t ancestors[LATENCY_DEPTH];
	bool grown = false;

	read_slot(p, slot, figures);
	for (size_t i = 0; i < p->n_figures; i++) {
		uint64_t growth = growth_of(p, i, before[i], figures[i]);

		before[i] = figures[i];
		figures[i] = growth;
		grown |= growth != 0;
	}
	for (size_t i = 0; i < LATENCY_DEPTH; i++)
		ancestors[i] = p->places[slot].ancestors[i];
	/* short of memory for it, its figures start later */
	if (grown)
		(void)latency_totals_add(p->totals, p->slots[slot].key, ancestors, LATENCY_DEPTH, figures);
	return grown;
}

static void drain_slot(struct latency_part *p, uint32_t slot, bool crowded, uint64_t now_ns)
{
	struct latency_slot *known = &p->slots[slot];
	uint64_t key = __atomic_load_n(&p->places[slot].key, __ATOMIC_ACQUIRE);
	bool fresh = known->key != key;
	uint64_t still_ns;

	if (fresh)
		*known = (struct latency_slot){.key = key, .moved_ns = now_ns};
	if (!key)
		return;
	if (take_growth(p, slot) && !known->leaving)
		known->moved_ns = now_ns;
	still_ns = now_ns - known->moved_ns;
	if (known->leaving && still_ns >= GRACE_NS) {
		*known = (struct latency_slot){0};
		__atomic_store_n(&p->places[slot].key, 0, __ATOMIC_RELEASE);
		(void)give_back(p, slot);
	} else if (!known->leaving && !fresh && still_ns && (crowded || still_ns >= IDLE_NS) &&
		   bpf_map_delete_elem(bpf_map__fd(p->skeleton->maps.slots), &key) == 0) {
		known->leaving = true;
		known->moved_ns = now_ns;
		p->skeleton->data->turn++;
	}
}

void latency_part_drain(struct latency_part *p, uint64_t now_ns)
{
	uint32_t used = 0;

	for (uint32_t slot = 0; slot < p->n_slots; slot++)
		used += p->slots[slot].key != 0;
	for (uint32_t slot = 0; slot < p->n_slots; slot++)
		drain_slot(p, slot, used > p->n_slots / 4 * 3, now_ns);
	latency_totals_turn(p->totals);
}

size_t latency_part_memory(const struct latency_part *p)
{
	return p->place_bytes + p->row_bytes + (p->totals ? latency_totals_bytes(p->totals) : 0) +
	       p->n_slots * (p->n_figures * sizeof(*p->before) + sizeof(*p->slots));
}
