/* SPDX-License-Identifier: Apache-2.0 */
/* Block I/O, huge pages, and files written as they stand: Documentation/admin-guide/cgroup-v2.rst ("IO",
 * "HugeTLB"), cgroup-v1/blkio-controller.rst, block/bfq-iosched.rst, cgroup-v1/hugetlb.rst. */
#include "base/cleanup.h"
#include "base/str.h"
#include "cgroup/convert.h"
#include "limit_plan.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* BFQ's file takes the weight as it is, the other one of v2 has a wider range. */
static int plan_weight(struct limit_planner *p, int version)
{
	uint64_t weight = (uint64_t)p->more->value[LIMIT_BLKIO_WEIGHT];
	const char *flag = "--blkio-weight";
	int r = limit_put(p, CONTROLLER_IO, flag, version == 2 ? "io.bfq.weight" : "blkio.weight", "%" PRIu64,
			  weight);

	if (r < 0)
		return r;
	limit_last(p)->missing = LIMIT_MISSING_NEXT;
	if (version == 2)
		return limit_put(p, CONTROLLER_IO, flag, "io.weight", "%" PRIu64,
				 convert_blkio_to_io_weight(weight));
	return limit_put(p, CONTROLLER_IO, flag, "blkio.bfq.weight", "%" PRIu64, weight);
}

static int put_device_weight(struct limit_planner *p, const struct device_limit *d, const char *file,
			     uint64_t weight, const char *none)
{
	const char *flag = "--blkio-weight-device";

	if (weight == 0)
		return limit_put(p, CONTROLLER_IO, flag, file, "%" PRIu32 ":%" PRIu32 " %s", d->major,
				 d->minor, none);
	return limit_put(p, CONTROLLER_IO, flag, file, "%" PRIu32 ":%" PRIu32 " %" PRIu64, d->major, d->minor,
			 weight);
}

static int plan_device_weight(struct limit_planner *p, const struct device_limit *d, int version)
{
	int r = version == 2 ? put_device_weight(p, d, "io.bfq.weight", d->value, "default")
			     : put_device_weight(p, d, "blkio.weight_device", d->value, "0");

	if (r < 0)
		return r;
	limit_last(p)->missing = LIMIT_MISSING_NEXT;
	if (version == 2)
		return put_device_weight(p, d, "io.weight", convert_blkio_to_io_weight(d->value), "default");
	return put_device_weight(p, d, "blkio.bfq.weight_device", d->value, "default");
}

static bool same_device(const struct device_limit *a, const struct device_limit *b)
{
	return a->major == b->major && a->minor == b->minor;
}

/* The last limit of this kind on d's device: what was said later counts. */
static const struct device_limit *find_kind(const struct limit_planner *p, const struct device_limit *d,
					    enum device_limit_kind kind)
{
	const struct device_limit *found = NULL;

	for (size_t i = 0; i < p->more->n_devices; i++)
		if (p->more->devices[i].kind == kind && same_device(&p->more->devices[i], d))
			found = &p->more->devices[i];
	return found;
}

/* All of a device's limits in one line, so that none of them holds without the others. */
static int plan_io_max(struct limit_planner *p, const struct device_limit *d)
{
	static const char *const keys[] = {[DEVICE_READ_BPS] = "rbps",
					   [DEVICE_WRITE_BPS] = "wbps",
					   [DEVICE_READ_IOPS] = "riops",
					   [DEVICE_WRITE_IOPS] = "wiops"};
	_cleanup_str_ struct str flags = {0};
	_cleanup_str_ struct str line = {0};
	const char *flag;

	str_printf(&line, "%" PRIu32 ":%" PRIu32, d->major, d->minor);
	for (enum device_limit_kind kind = 0; kind < DEVICE_WEIGHT; kind++) {
		const struct device_limit *limit = find_kind(p, d, kind);

		if (!limit)
			continue;
		str_printf(&flags, "%s--%s", flags.len ? ", " : "", device_limit_flags[kind]);
		if (limit->value)
			str_printf(&line, " %s=%" PRIu64, keys[kind], limit->value);
		else
			str_printf(&line, " %s=max", keys[kind]);
	}
	if (flags.failed || line.failed)
		return error_errno(p->err, -ENOMEM, "", "cannot plan the limits");
	flag = arena_text(p->arena, (struct slice){flags.data, flags.len});
	if (!flag)
		return error_errno(p->err, -ENOMEM, "", "cannot plan the limits");
	return limit_put(p, CONTROLLER_IO, flag, "io.max", "%s", line.data);
}

static int plan_throttle_v1(struct limit_planner *p, const struct device_limit *d)
{
	static const char *const files[] = {
		[DEVICE_READ_BPS] = "blkio.throttle.read_bps_device",
		[DEVICE_WRITE_BPS] = "blkio.throttle.write_bps_device",
		[DEVICE_READ_IOPS] = "blkio.throttle.read_iops_device",
		[DEVICE_WRITE_IOPS] = "blkio.throttle.write_iops_device",
	};
	static const char *const flags[] = {
		[DEVICE_READ_BPS] = "--device-read-bps",
		[DEVICE_WRITE_BPS] = "--device-write-bps",
		[DEVICE_READ_IOPS] = "--device-read-iops",
		[DEVICE_WRITE_IOPS] = "--device-write-iops",
	};

	return limit_put(p, CONTROLLER_IO, flags[d->kind], files[d->kind], "%" PRIu32 ":%" PRIu32 " %" PRIu64,
			 d->major, d->minor, d->value);
}

/* Was a throttle of the same device planned before this one? */
static bool is_planned(const struct limit_planner *p, const struct device_limit *d)
{
	for (const struct device_limit *before = p->more->devices; before < d; before++)
		if (before->kind != DEVICE_WEIGHT && same_device(before, d))
			return true;
	return false;
}

static int plan_device(struct limit_planner *p, const struct device_limit *d, int version)
{
	if (d->kind == DEVICE_WEIGHT || version == 1) {
		/* what a later one replaces is not written */
		if (find_kind(p, d, d->kind) != d)
			return 0;
		return d->kind == DEVICE_WEIGHT ? plan_device_weight(p, d, version) : plan_throttle_v1(p, d);
	}
	return is_planned(p, d) ? 0 : plan_io_max(p, d);
}

int limit_plan_io(struct limit_planner *p)
{
	bool weight = limit_is_set(p->more, LIMIT_BLKIO_WEIGHT);
	char flag[64] = "--blkio-weight";
	int version;
	int r = 0;

	if (!weight && p->more->n_devices == 0)
		return 0;
	if (!weight)
		snprintf(flag, sizeof(flag), "--%s", device_limit_flags[p->more->devices[0].kind]);
	version = limit_home(p, CONTROLLER_IO, flag);
	if (version < 0)
		return version;
	if (weight)
		r = plan_weight(p, version);
	for (size_t i = 0; r == 0 && i < p->more->n_devices; i++)
		r = plan_device(p, &p->more->devices[i], version);
	return r;
}

/* --- huge pages --- */

static int check_page_size(struct limit_planner *p, const char *size)
{
	_cleanup_str_ struct str there = {0};

	for (size_t i = 0; i < p->layout->n_pagesizes; i++) {
		if (strcmp(p->layout->pagesizes[i], size) == 0)
			return 0;
		str_printf(&there, "%s%s", i ? ", " : "", p->layout->pagesizes[i]);
	}
	return error_set(p->err, -EOPNOTSUPP, "choose one of those, or leave the limit out",
			 "a limit of huge pages of %s can't be kept: this host has %s", size,
			 there.data ? there.data : "none");
}

static int plan_pages(struct limit_planner *p, const struct page_limit *page)
{
	static const char flag[] = "hugepageLimits";
	static const char *const names[2][2] = {{"limit_in_bytes", "rsvd.limit_in_bytes"},
						{"max", "rsvd.max"}};
	int version = limit_home(p, CONTROLLER_HUGETLB, flag);
	int r = version < 0 ? version : check_page_size(p, page->page_size);

	for (int i = 0; r == 0 && i < 2; i++) {
		char file[64];

		snprintf(file, sizeof(file), "hugetlb.%s.%s", page->page_size, names[version - 1][i]);
		r = limit_put(p, CONTROLLER_HUGETLB, flag, file, "%" PRIu64, page->bytes);
	}
	/* reservations are limited since 5.7 */
	if (r == 0)
		limit_last(p)->missing = LIMIT_MISSING_SKIPS;
	return r;
}

/* --- files as they stand --- */

#define CONF_FLAG "--cgroup-conf"

static int check_file_name(struct limit_planner *p, const char *file, enum controller *c)
{
	*c = limit_file_controller(file);
	if (strchr(file, '/'))
		return error_set(p->err, -EINVAL, "give the name of a file of the container's cgroup",
				 CONF_FLAG " '%s': the name must not hold a '/'", file);
	if (*c == CONTROLLER__COUNT)
		return error_set(p->err, -EINVAL, "write it like memory.oom.group=1",
				 CONF_FLAG " '%s': the name begins with no controller's name", file);
	if (strcmp(file, "cgroup.procs") == 0 || strcmp(file, "cgroup.threads") == 0)
		return error_set(p->err, -EINVAL, "use 'plimsoll exec' to start something in a container",
				 CONF_FLAG " '%s': that moves processes and sets nothing", file);
	return 0;
}

static int plan_file(struct limit_planner *p, const struct file_limit *f)
{
	enum controller c;
	const char *spelling;
	char flag[128];
	size_t prefix;
	int version;
	int r = check_file_name(p, f->file, &c);

	if (r < 0)
		return r;
	snprintf(flag, sizeof(flag), CONF_FLAG " %s", f->file);
	version = limit_home(p, c, flag);
	if (version < 0)
		return version;
	spelling = version == 2 ? controller_name(c) : controller_v1_name(c);
	prefix = strlen(spelling);
	if (strncmp(f->file, spelling, prefix) != 0 || f->file[prefix] != '.')
		return error_set(p->err, -EOPNOTSUPP, "use the file of the version that this host has",
				 "%s: on this host that is cgroup v%d's controller %s, whose files begin "
				 "with '%s.'",
				 flag, version, spelling, spelling);
	r = limit_put(p, c, CONF_FLAG, f->file, "%s", "");
	if (r == 0) {
		limit_last(p)->value = arena_text(p->arena, slice_of(f->value));
		if (!limit_last(p)->value)
			r = error_errno(p->err, -ENOMEM, "", "cannot plan the limits");
	}
	return r;
}

int limit_plan_files(struct limit_planner *p)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->more->n_pages; i++)
		r = plan_pages(p, &p->more->pages[i]);
	for (size_t i = 0; r == 0 && i < p->more->n_files; i++)
		r = plan_file(p, &p->more->files[i]);
	return r;
}
