/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroups that are odd: a hostile name, limits that change, one that is frozen. */
#include "churn.h"

#include "base/cleanup.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static ptrdiff_t find(const struct snapshot *s, const char *name)
{
	for (size_t i = 0; i < snapshot_count(s); i++) {
		const char *own = own_name(snapshot_entity(s, i));

		if (own && !snapshot_entity(s, i)->ended && strcmp(own, name) == 0)
			return (ptrdiff_t)i;
	}
	return -1;
}

static void expect(const struct metric_set *need, const char *name, enum metric_id id, uint64_t expected)
{
	struct snapshot *s = sample(need);
	ptrdiff_t index = find(s, name);
	uint64_t value = 0;

	if (index < 0)
		fail("'%s' is not there", name);
	if (!snapshot_get(s, (size_t)index, id, &value))
		fail("'%s' has no %s", name, metrics[id].id_name);
	if (value != expected)
		fail("%s of '%s' is %llu, not %llu", metrics[id].id_name, name, (unsigned long long)value,
		     (unsigned long long)expected);
	snapshot_unref(s);
}

void hostile_names(const struct metric_set *need)
{
	/* the kernel takes no newline (kernel/cgroup/cgroup.c, cgroup_mkdir) */
	static const char *const names[] = {"we\"ird\\", "\x1b[31m\a", "\xff\xfe broken \xc3", " %s%n",
					    "\xe2\x80\xa8 separator"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!make_cgroup(names[i]))
			fail("cannot make a cgroup of an odd name: %s", strerror(errno));
		expect(need, names[i], METRIC_PROCESSES, 0);
		if (!remove_cgroup(names[i]))
			fail("cannot remove it: %s", strerror(errno));
	}
}

/* A setting is written and to be seen by the very next sample. False where the host has no such file. */
static bool changes(const struct metric_set *need, size_t hierarchy, const char *file, enum metric_id id,
		    const char *first, uint64_t first_value, const char *second, uint64_t second_value)
{
	char was[64];

	if (!read_file(hierarchy, "odd", file, was, sizeof(was)))
		return false;
	for (unsigned round = 0; round < 3; round++) {
		if (!write_file(hierarchy, "odd", file, first))
			fail("cannot write %s: %s", file, strerror(errno));
		expect(need, "odd", id, first_value);
		if (!write_file(hierarchy, "odd", file, second))
			fail("cannot write %s: %s", file, strerror(errno));
		expect(need, "odd", id, second_value);
		expect(need, "odd", id, second_value); /* copied */
	}
	return true;
}

static size_t home(enum controller c)
{
	return t.layout->home[c] < 0 ? 0 : (size_t)t.layout->home[c];
}

static bool v2(enum controller c)
{
	return t.layout->hierarchies[home(c)].version == 2;
}

void live_limits(const struct metric_set *need)
{
	unsigned n = 0;

	if (!make_cgroup("odd"))
		fail("cannot make a cgroup: %s", strerror(errno));
	n += changes(need, home(CONTROLLER_PIDS), "pids.max", METRIC_PIDS_MAX, "77", 77, "max", UNLIMITED);
	n += changes(need, home(CONTROLLER_MEMORY),
		     v2(CONTROLLER_MEMORY) ? "memory.max" : "memory.limit_in_bytes", METRIC_MEMORY_LIMIT,
		     "67108864", 67108864, v2(CONTROLLER_MEMORY) ? "max" : "-1", UNLIMITED);
	n += v2(CONTROLLER_CPU) ? changes(need, home(CONTROLLER_CPU), "cpu.max", METRIC_CPU_QUOTA,
					  "20000 100000", 20000, "max 100000", UNLIMITED)
				: changes(need, home(CONTROLLER_CPU), "cpu.cfs_quota_us", METRIC_CPU_QUOTA,
					  "20000", 20000, "-1", UNLIMITED);
	printf("%u kinds of limits were seen to change\n", n);
	if (!remove_cgroup("odd"))
		fail("cannot remove it: %s", strerror(errno));
}

void thaw(void)
{
	if (t.layout->home[CONTROLLER_FREEZER] >= 0)
		write_file(home(CONTROLLER_FREEZER), "odd", "freezer.state", "THAWED");
	else
		write_file(home(CONTROLLER_CORE), "odd", "cgroup.freeze", "0");
}

void frozen(const struct metric_set *need)
{
	bool v1 = t.layout->home[CONTROLLER_FREEZER] >= 0;
	size_t h = v1 ? home(CONTROLLER_FREEZER) : home(CONTROLLER_CORE);
	const char *file = v1 ? "freezer.state" : "cgroup.freeze";

	if (!make_cgroup("odd"))
		fail("cannot make a cgroup: %s", strerror(errno));
	t.frozen = fork();
	if (t.frozen == 0) {
		for (size_t each = 0; each < t.layout->n_hierarchies; each++)
			write_file(each, "odd", "cgroup.procs", "0");
		for (;;)
			pause();
	}
	for (unsigned i = 0; i < 5000; i++) {
		char text[64];

		if (read_file(h, "odd", "cgroup.procs", text, sizeof(text)) && *text)
			break;
		usleep(1000);
	}
	expect(need, "odd", METRIC_FROZEN, 0);
	if (!write_file(h, "odd", file, v1 ? "FROZEN" : "1"))
		fail("cannot freeze: %s", strerror(errno));
	/* it takes the kernel a moment */
	for (unsigned i = 0; i < 5000; i++) {
		char text[128];

		if (read_file(h, "odd", v1 ? "freezer.state" : "cgroup.events", text, sizeof(text)) &&
		    strstr(text, v1 ? "FROZEN" : "frozen 1"))
			break;
		usleep(1000);
	}
	expect(need, "odd", METRIC_FROZEN, 1);
	expect(need, "odd", METRIC_PROCESSES, 1);
	thaw();
	kill(t.frozen, SIGKILL);
	waitpid(t.frozen, NULL, 0);
	t.frozen = 0;
	if (!remove_cgroup("odd"))
		fail("cannot remove it: %s", strerror(errno));
}
