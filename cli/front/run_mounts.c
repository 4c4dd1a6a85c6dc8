/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted, which devices there are, and what is kept from the container. */
#include "run_spec.h"

#include <errno.h>
#include <string.h>

typedef int (*adder)(struct spec *spec, const struct value_host *host, const char *text, struct error *err);

static int add_each(const struct text_list *list, adder add, const struct run_facts *facts, struct spec *spec,
		    struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->n; i++)
		r = add(spec, facts->files, list->items[i], err);
	return r;
}

static int add_tmpfs(struct spec *spec, const struct value_host *host, const char *text, struct error *err)
{
	(void)host;
	return value_tmpfs(spec, text, err);
}

/* "/a/b/" is as deep as "/a/b". */
static unsigned depth(const char *path)
{
	unsigned n = 0;

	for (; *path; path++)
		n += path[0] == '/' && path[1] != '/' && path[1] != '\0';
	return n;
}

/* What a user mounts: a folder before what is in it, whatever the order of the flags, as Docker does. */
static void sort(struct spec_mount *mounts, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct spec_mount m = mounts[i];
		size_t at = i;

		for (; at > 0 && depth(mounts[at - 1].destination) > depth(m.destination); at--)
			mounts[at] = mounts[at - 1];
		mounts[at] = m;
	}
}

static bool same_path(const char *a, const char *b)
{
	size_t len_a = strlen(a);
	size_t len_b = strlen(b);

	while (len_a > 1 && a[len_a - 1] == '/')
		len_a--;
	while (len_b > 1 && b[len_b - 1] == '/')
		len_b--;
	return len_a == len_b && memcmp(a, b, len_a) == 0;
}

/* Two at one place hide each other; one at a default's place stands in for it. */
static int settle(struct spec *spec, size_t first, struct error *err)
{
	for (size_t i = first; i < spec->n_mounts; i++) {
		for (size_t k = i + 1; k < spec->n_mounts; k++)
			if (same_path(spec->mounts[i].destination, spec->mounts[k].destination))
				return error_set(err, -EINVAL, "leave one of them out",
						 "two mounts want '%s'", spec->mounts[i].destination);
	}
	for (size_t i = 0; i < first;) {
		bool taken = false;

		for (size_t k = first; !taken && k < spec->n_mounts; k++)
			taken = same_path(spec->mounts[i].destination, spec->mounts[k].destination);
		if (!taken) {
			i++;
			continue;
		}
		memmove(&spec->mounts[i], &spec->mounts[i + 1],
			(spec->n_mounts - i - 1) * sizeof(*spec->mounts));
		spec->n_mounts--;
		first--;
	}
	sort(spec->mounts + first, spec->n_mounts - first);
	return 0;
}

int run_mounts(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
	       struct error *err)
{
	size_t first = spec->n_mounts;
	int r = add_each(&s->volumes, value_volume, facts, spec, err);

	if (r == 0)
		r = add_each(&s->mounts, value_mount, facts, spec, err);
	if (r == 0)
		r = add_each(&s->tmpfs, add_tmpfs, facts, spec, err);
	return r == 0 ? settle(spec, first, err) : r;
}

int run_devices(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
		struct error *err)
{
	const struct device_rule everything = {true, 'a', -1, -1, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD};
	int r = 0;

	if (s->privileged) {
		r = value_devices_all(spec, facts->files, err);
		if (r == 0 && spec_device_rule_add(spec, &everything) < 0)
			return run_no_memory(err);
	}
	if (r == 0)
		r = add_each(&s->devices, value_device, facts, spec, err);
	for (size_t i = 0; r == 0 && i < s->device_rules.n; i++) {
		struct device_rule rule;

		r = value_device_rule(s->device_rules.items[i], &rule, err);
		if (r == 0 && spec_device_rule_add(spec, &rule) < 0)
			return run_no_memory(err);
	}
	return r;
}

static void open_up(struct spec *spec)
{
	spec->linux_.seccomp = SPEC_SECCOMP_UNCONFINED;
	spec->linux_.masked_paths.n = 0;
	spec->linux_.readonly_paths.n = 0;
	for (size_t i = 0; i < spec->n_mounts; i++) {
		struct spec_mount *m = &spec->mounts[i];
		size_t kept = 0;

		if (strcmp(m->type, "sysfs") != 0 && strcmp(m->type, "cgroup") != 0)
			continue;
		for (size_t k = 0; k < m->options.n; k++)
			if (strcmp(m->options.at[k], "ro") != 0)
				m->options.at[kept++] = m->options.at[k];
		m->options.n = kept;
	}
}

int run_isolation(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
		  struct error *err)
{
	int r;

	if (s->privileged)
		open_up(spec);
	r = add_each(&s->security, value_security, facts, spec, err);
	for (size_t i = 0; r == 0 && i < s->sysctls.n; i++)
		r = value_sysctl(spec, s->sysctls.items[i], err);
	return r;
}
