/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/limits.h"

#include "limit_plan.h"

#include <errno.h>
#include <string.h>

const struct limit_row limit_rows[LIMIT__COUNT] = {
#define LIMIT(id, flag, group, key) [LIMIT_##id] = {flag, group, key},
#include "cgroup/limits.def"
#undef LIMIT
};

const char *const device_limit_flags[DEVICE_LIMIT__COUNT] = {
	[DEVICE_READ_BPS] = "device-read-bps",	 [DEVICE_WRITE_BPS] = "device-write-bps",
	[DEVICE_READ_IOPS] = "device-read-iops", [DEVICE_WRITE_IOPS] = "device-write-iops",
	[DEVICE_WEIGHT] = "blkio-weight-device",
};

const char *const device_limit_keys[DEVICE_LIMIT__COUNT] = {
	[DEVICE_READ_BPS] = "throttleReadBpsDevice",
	[DEVICE_WRITE_BPS] = "throttleWriteBpsDevice",
	[DEVICE_READ_IOPS] = "throttleReadIOPSDevice",
	[DEVICE_WRITE_IOPS] = "throttleWriteIOPSDevice",
	[DEVICE_WEIGHT] = "weightDevice",
};

enum controller limit_controller(enum limit which)
{
	switch (which) {
	case LIMIT_CPU_SHARES:
	case LIMIT_CPU_QUOTA:
	case LIMIT_CPU_PERIOD:
	case LIMIT_CPU_BURST:
	case LIMIT_CPU_IDLE:
	case LIMIT_CPU_RT_PERIOD:
	case LIMIT_CPU_RT_RUNTIME:
		return CONTROLLER_CPU;
	case LIMIT_MEMORY:
	case LIMIT_MEMORY_SWAP:
	case LIMIT_MEMORY_RESERVATION:
	case LIMIT_MEMORY_HIGH:
	case LIMIT_MEMORY_SWAPPINESS:
	case LIMIT_OOM_KILL_DISABLE:
	case LIMIT_KERNEL_MEMORY:
		return CONTROLLER_MEMORY;
	case LIMIT_PIDS:
		return CONTROLLER_PIDS;
	case LIMIT_BLKIO_WEIGHT:
		return CONTROLLER_IO;
	case LIMIT__COUNT:
		break;
	}
	return CONTROLLER__COUNT;
}

enum controller limit_file_controller(const char *file)
{
	const char *dot = strchr(file, '.');
	size_t len = dot ? (size_t)(dot - file) : 0;
	char name[32];
	enum controller c;

	if (len == 0 || len >= sizeof(name))
		return CONTROLLER__COUNT;
	memcpy(name, file, len);
	name[len] = '\0';
	c = controller_find(name);
	/* cpuacct's files alone are named so; "named" is no prefix of any file */
	return c == CONTROLLER_NAMED ? CONTROLLER__COUNT : c;
}

/* --- which hierarchies --- */

static uint32_t home_bit(const struct cgroup_layout *layout, enum controller c)
{
	return c < CONTROLLER__COUNT && layout->home[c] >= 0 ? UINT32_C(1) << layout->home[c] : 0;
}

uint32_t cgroup_limits_hierarchies(const struct cgroup_limits *limits, const struct cgroup_layout *layout)
{
	static const enum controller wanted[] = {CONTROLLER_CORE,   CONTROLLER_CPU, CONTROLLER_CPUACCT,
						 CONTROLLER_MEMORY, CONTROLLER_IO,  CONTROLLER_PIDS};
	uint32_t bits = 0;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		bits |= home_bit(layout, wanted[i]);
	if (layout->home[CONTROLLER_CORE] < 0)
		bits |= home_bit(layout, CONTROLLER_FREEZER) | home_bit(layout, CONTROLLER_DEVICES);
	for (enum limit i = 0; i < LIMIT__COUNT; i++)
		if (limit_is_set(limits, i))
			bits |= home_bit(layout, limit_controller(i));
	if (limits->cpuset_cpus || limits->cpuset_mems)
		bits |= home_bit(layout, CONTROLLER_CPUSET);
	if (limits->n_devices)
		bits |= home_bit(layout, CONTROLLER_IO);
	if (limits->n_pages)
		bits |= home_bit(layout, CONTROLLER_HUGETLB);
	for (size_t i = 0; i < limits->n_files; i++)
		bits |= home_bit(layout, limit_file_controller(limits->files[i].file));
	return bits;
}

/* --- merging --- */

static bool same_device(const void *a, const void *b)
{
	const struct device_limit *x = a;
	const struct device_limit *y = b;

	return x->kind == y->kind && x->major == y->major && x->minor == y->minor;
}

static bool same_page(const void *a, const void *b)
{
	return strcmp(((const struct page_limit *)a)->page_size, ((const struct page_limit *)b)->page_size) ==
	       0;
}

static bool same_file(const void *a, const void *b)
{
	return strcmp(((const struct file_limit *)a)->file, ((const struct file_limit *)b)->file) == 0;
}

struct list {
	const void *at;
	size_t n;
};

/* The elements of base that more has no successor for, then those of more. NULL where memory is short. */
static void *merge_lists(struct arena *arena, struct list base, struct list more, size_t size,
			 bool (*same)(const void *, const void *), size_t *n)
{
	char *out = arena_alloc(arena, (base.n + more.n) * size + 1);
	size_t kept = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < base.n; i++) {
		const char *old = (const char *)base.at + i * size;
		bool replaced = false;

		for (size_t j = 0; j < more.n && !replaced; j++)
			replaced = same(old, (const char *)more.at + j * size);
		if (!replaced)
			memcpy(out + kept++ * size, old, size);
	}
	if (more.n)
		memcpy(out + kept * size, more.at, more.n * size);
	*n = kept + more.n;
	return out;
}

static bool copy_text(struct arena *arena, const char **text)
{
	if (!*text)
		return true;
	*text = arena_text(arena, slice_of(*text));
	return *text != NULL;
}

static bool copy_texts(struct arena *arena, struct cgroup_limits *l)
{
	bool ok = copy_text(arena, &l->cpuset_cpus) && copy_text(arena, &l->cpuset_mems);

	for (size_t i = 0; ok && i < l->n_pages; i++)
		ok = copy_text(arena, &l->pages[i].page_size);
	for (size_t i = 0; ok && i < l->n_files; i++)
		ok = copy_text(arena, &l->files[i].file) && copy_text(arena, &l->files[i].value);
	return ok;
}

int cgroup_limits_merge(struct cgroup_limits *base, const struct cgroup_limits *more, struct arena *arena)
{
	struct cgroup_limits out = *base;

	for (enum limit i = 0; i < LIMIT__COUNT; i++)
		if (limit_is_set(more, i))
			limit_set(&out, i, more->value[i]);
	if (more->cpuset_cpus)
		out.cpuset_cpus = more->cpuset_cpus;
	if (more->cpuset_mems)
		out.cpuset_mems = more->cpuset_mems;
	out.devices = merge_lists(arena, (struct list){base->devices, base->n_devices},
				  (struct list){more->devices, more->n_devices}, sizeof(*out.devices),
				  same_device, &out.n_devices);
	out.pages = merge_lists(arena, (struct list){base->pages, base->n_pages},
				(struct list){more->pages, more->n_pages}, sizeof(*out.pages), same_page,
				&out.n_pages);
	out.files = merge_lists(arena, (struct list){base->files, base->n_files},
				(struct list){more->files, more->n_files}, sizeof(*out.files), same_file,
				&out.n_files);
	if (!out.devices || !out.pages || !out.files || !copy_texts(arena, &out))
		return -ENOMEM;
	*base = out;
	return 0;
}
