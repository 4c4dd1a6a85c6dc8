/* SPDX-License-Identifier: Apache-2.0 */
/* Where a figure is, and what a number in it counts: worked out by hand from the kernel's documents. */
#include "parity.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct cached_file {
	struct cached_file *next;
	char *path;
	char *text; /* NULL: it could not be read */
};

/* --- the host --- */

static char *read_text(const char *path)
{
	FILE *f = fopen(path, "re");
	size_t cap = 1 << 20;
	char *text = f ? malloc(cap + 1) : NULL;
	size_t len = 0;
	size_t got;

	while (text && len < cap && (got = fread(text + len, 1, cap - len, f)) > 0)
		len += got;
	if (text && ferror(f)) {
		free(text);
		text = NULL;
	}
	if (f)
		fclose(f);
	if (text)
		text[len] = '\0';
	return text;
}

/* "32 23 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu" */
static void add_mount(struct view *v, const char *line)
{
	const char *dash = strstr(line, " - cgroup");
	struct view_hierarchy *h = &v->hierarchies[v->n];
	char root[512];
	char options[128];

	if (!dash || v->n == sizeof(v->hierarchies) / sizeof(v->hierarchies[0]) ||
	    sscanf(line, "%*u %*u %*s %511s %511s", root, h->mount) != 2 || strcmp(root, "/") != 0)
		return;
	h->version = strncmp(dash, " - cgroup2 ", 11) == 0 ? 2 : 1;
	if (sscanf(dash, " - %*s %*s %126s", options) != 1)
		return;
	if (h->version == 2) {
		char path[600];
		char *text;

		snprintf(path, sizeof(path), "%s/cgroup.controllers", h->mount);
		text = read_text(path);
		snprintf(options, sizeof(options), "core %.100s", text ? text : "");
		free(text);
		for (char *c = options; *c; c++)
			if (*c == ' ' || *c == '\n')
				*c = ',';
	}
	snprintf(h->controllers, sizeof(h->controllers), ",%.120s,", options);
	v->n++;
}

bool view_open(struct view *v)
{
	char *text = read_text("/proc/self/mountinfo");
	char *state = NULL;

	*v = (struct view){.ticks = (uint64_t)sysconf(_SC_CLK_TCK),
			   .page_size = (uint64_t)sysconf(_SC_PAGESIZE)};
	for (char *line = text ? strtok_r(text, "\n", &state) : NULL; line;
	     line = strtok_r(NULL, "\n", &state))
		add_mount(v, line);
	free(text);
	return v->n > 0;
}

const struct view_hierarchy *view_find(const struct view *v, int version, const char *controller)
{
	char wanted[40];

	snprintf(wanted, sizeof(wanted), ",%s,", controller);
	for (size_t i = 0; i < v->n; i++)
		if (v->hierarchies[i].version == version && strstr(v->hierarchies[i].controllers, wanted))
			return &v->hierarchies[i];
	return NULL;
}

void subject_folder(const struct subject *s, const struct view_hierarchy *h, char *out, size_t size)
{
	snprintf(out, size, "%s%s", h->mount, s->is_root ? "" : s->path);
	if (access(out, F_OK) < 0)
		*out = '\0';
}

/* --- files, once each --- */

void look_begin(struct look *l, const struct view *v, const struct subject *s)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	*l = (struct look){.view = v, .subject = s};
	l->when_ns = (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
	l->pid = process_first(l);
}

void look_end(struct look *l)
{
	while (l->files) {
		struct cached_file *f = l->files;

		l->files = f->next;
		free(f->path);
		free(f->text);
		free(f);
	}
	process_free(l->processes);
	l->processes = NULL;
}

const char *look_text(struct look *l, const char *path)
{
	struct cached_file *f;

	for (f = l->files; f; f = f->next)
		if (strcmp(f->path, path) == 0)
			return f->text;
	f = calloc(1, sizeof(*f));
	if (!f)
		abort();
	f->path = strdup(path);
	f->text = read_text(path);
	f->next = l->files;
	l->files = f;
	return f->text;
}

/* --- what a number counts --- */

static bool ends_with(const char *text, const char *end)
{
	size_t a = strlen(text);
	size_t b = strlen(end);

	return a >= b && strcmp(text + a - b, end) == 0;
}

/* The formula that runc and crun have used since 2024: 2 → 1, 1024 → 100, 262144 → 10000. */
static uint64_t weight_of_shares(uint64_t shares)
{
	long double l = log2l((long double)shares);
	long double weight = powl(10.0L, l * l / 612.0L + 125.0L * l / 612.0L - 7.0L / 34.0L);
	long double nearest = roundl(weight);

	return (uint64_t)(fabsl(weight - nearest) < 1e-9L ? nearest : ceill(weight));
}

/* Its inverse, solved for the logarithm: the most shares with that weight. */
static uint64_t shares_of_weight(uint64_t weight)
{
	long double l =
		(sqrtl(125.0L * 125.0L + 4.0L * (612.0L * log10l((long double)weight) + 126.0L)) - 125.0L) /
		2.0L;
	uint64_t shares = weight ? (uint64_t)exp2l(l) + 2 : 0;

	while (shares > 2 && (shares > 262144 || weight_of_shares(shares) > weight))
		shares--;
	return shares;
}

/* "no limit" of v1: the largest number of whole pages */
static bool is_v1_limit(const char *file)
{
	return ends_with(file, "limit_in_bytes");
}

static uint64_t scaled(const struct view *v, enum metric_id id, int version, const char *file,
		       const char *key, uint64_t n)
{
	if (id == METRIC_CPU_SHARES && version == 2)
		return shares_of_weight(n);
	if (id == METRIC_CPU_WEIGHT && version == 1)
		return weight_of_shares(n);
	if (is_v1_limit(file) && n > UINT64_C(1) << 62)
		return UNLIMITED;
	if (ends_with(key, "_usec") || ends_with(key, " total"))
		return n * 1000;
	if (strcmp(file, "cpuacct.stat") == 0)
		return n * (1000000000U / v->ticks);
	if (strcmp(file, "memory.numa_stat") == 0 && version == 2)
		return n / v->page_size;
	return n;
}

static void understand(const struct view *v, enum metric_id id, int version, const char *file,
		       const char *key, struct figure *f)
{
	unsigned long long whole;
	unsigned hundredths;

	if (strcmp(f->text, "max") == 0 || strcmp(f->text, "-1") == 0)
		f->value = UNLIMITED;
	else if (strcmp(file, "freezer.state") == 0)
		f->value = strcmp(f->text, "FROZEN") == 0;
	else if (strcmp(file, "devices.list") == 0)
		f->value = strcmp(f->text, "a *:* rwm") != 0;
	else if (sscanf(f->text, "%llu.%2u", &whole, &hundredths) == 2)
		f->value = whole * 100 + hundredths;
	else
		f->value = scaled(v, id, version, file, key, strtoull(f->text, NULL, 10));
}

/* --- rows --- */

static void pick(enum dimension dimension, int version, const char *file, const char *key, const char *text,
		 struct figures *out)
{
	if (strncmp(file, "net/", 4) == 0 && strcmp(file, "net/dev") != 0)
		pick_sockets(text, key, out);
	else if (dimension == DIMENSION_INTERFACE)
		pick_interface(text, key, out);
	else if (dimension == DIMENSION_NODE)
		pick_nodes(text, key, out);
	else if (dimension == DIMENSION_MISC || (dimension == DIMENSION_DEVICE && version == 1 && !*key))
		pick_named(text, out);
	else if (dimension == DIMENSION_DEVICE && version == 1)
		pick_operation(text, key, out);
	else if (dimension == DIMENSION_DEVICE || dimension == DIMENSION_RDMA)
		pick_pairs(text, key, out);
	else if (ends_with(file, ".pressure"))
		pick_pressure(text, key, out);
	else if (ends_with(file, ".weight") && strcmp(file, "cpu.weight") != 0)
		pick_weight(text, out);
	else if (*key >= '0' && *key <= '9')
		pick_word(text, (unsigned)(*key - '0'), out);
	else if (*key)
		pick_flat(text, key, out);
	else
		pick_single(text, out);
}

static void read_one(struct look *l, enum metric_id id, int version, const char *path, const char *file,
		     const char *key, const char *instance, struct figures *out)
{
	const char *text = look_text(l, path);
	size_t first = out->n;

	if (!text) {
		out->absent = "no such file here";
		return;
	}
	pick(metrics[id].dimension, version, file, key, text, out);
	for (size_t i = first; i < out->n; i++) {
		understand(l->view, id, version, file, key, &out->at[i]);
		if (instance)
			snprintf(out->at[i].instance, sizeof(out->at[i].instance), "%s", instance);
	}
	if (out->n == first)
		out->absent = "its file does not have it";
}

/* "hugetlb.*.current": every file of the folder that fits */
static void read_sizes(struct look *l, enum metric_id id, int version, const char *folder,
		       const struct metric_place *place, struct figures *out)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	out->absent = "no such file here";
	while (dir && (entry = readdir(dir))) {
		char path[1600];
		char size[32];

		if (fnmatch(place->file, entry->d_name, 0) != 0 ||
		    sscanf(entry->d_name, "hugetlb.%31[^.]", size) != 1 ||
		    (strstr(entry->d_name, ".rsvd.") != NULL) != (strstr(place->file, ".rsvd.") != NULL))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		read_one(l, id, version, path, entry->d_name, place->key, size, out);
	}
	if (dir)
		closedir(dir);
}

static const char *name_of(enum controller c, int version)
{
	static const char *const names[CONTROLLER__COUNT][2] = {
		[CONTROLLER_CORE] = {"", "core"},	    [CONTROLLER_CPU] = {"cpu", "cpu"},
		[CONTROLLER_CPUACCT] = {"cpuacct", ""},	    [CONTROLLER_CPUSET] = {"cpuset", "cpuset"},
		[CONTROLLER_MEMORY] = {"memory", "memory"}, [CONTROLLER_IO] = {"blkio", "io"},
		[CONTROLLER_PIDS] = {"pids", "pids"},	    [CONTROLLER_HUGETLB] = {"hugetlb", "hugetlb"},
		[CONTROLLER_RDMA] = {"rdma", "rdma"},	    [CONTROLLER_MISC] = {"misc", "misc"},
		[CONTROLLER_FREEZER] = {"freezer", ""},	    [CONTROLLER_DEVICES] = {"devices", ""},
	};
	const char *name = names[c][version - 1];

	return name && *name ? name : "nowhere";
}

/* Whether the subject has the place's figure in a hierarchy of that version; out is filled then. */
static bool read_place(struct look *l, enum metric_id id, const struct metric_place *place, int version,
		       struct figures *out)
{
	const struct view_hierarchy *h;
	char folder[1200];
	char path[1400];

	if (place->kind != PLACE_CGROUP)
		return false;
	h = view_find(l->view, version, name_of(place->controller, version));
	if (!h)
		return false;
	subject_folder(l->subject, h, folder, sizeof(folder));
	if (!*folder)
		return false;
	snprintf(path, sizeof(path), "%s/%s", folder, place->file);
	if (strchr(place->file, '*'))
		read_sizes(l, id, version, folder, place, out);
	else
		read_one(l, id, version, path, place->file, place->key, NULL, out);
	return true;
}

/* A quota's figures mean nothing where there is none: the collector leaves them out, as cAdvisor does. */
static bool is_of_quota(struct look *l, enum metric_id id)
{
	struct figures quota = {0};
	bool none;

	if (id < METRIC_CPU_PERIODS || id > METRIC_CPU_BURST_TIME)
		return true;
	look_row(l, METRIC_CPU_QUOTA, &quota);
	none = quota.n == 1 && quota.at[0].value == UNLIMITED;
	figures_free(&quota);
	return !none;
}

static uint64_t one_value(struct look *l, enum metric_id id, bool *there)
{
	struct figures f = {0};
	uint64_t value;

	look_row(l, id, &f);
	value = f.n ? f.at[0].value : 0;
	*there = f.n > 0;
	figures_free(&f);
	return value;
}

static uint64_t cpus_in(struct look *l, bool *there)
{
	struct figures f = {0};
	uint64_t count = 0;

	look_row(l, METRIC_CPUSET_CPUS, &f);
	*there = f.n > 0;
	for (const char *at = f.n ? f.at[0].text : ""; *at; at += strspn(at, ",")) {
		unsigned from = 0;
		unsigned to = 0;

		if (sscanf(at, "%u-%u", &from, &to) == 1)
			to = from;
		count += to - from + 1;
		at += strcspn(at, ",");
	}
	figures_free(&f);
	return count;
}

static void read_derived(struct look *l, enum metric_id id, struct figures *out)
{
	bool a = false;
	bool b = false;
	uint64_t x = 0;
	uint64_t y = 0;

	out->absent = "what it is made from is absent";
	if (id == METRIC_MEMORY_WORKING_SET) {
		x = one_value(l, METRIC_MEMORY_USAGE, &a);
		y = one_value(l, METRIC_MEMORY_INACTIVE_FILE, &b);
		if (a && b)
			figures_number(out, "", x > y ? x - y : 0);
	} else if (id == METRIC_MEMORY_SWAP_LIMIT) {
		x = one_value(l, METRIC_MEMORY_LIMIT, &a);
		y = one_value(l, METRIC_MEMORY_SWAP_MAX, &b);
		if (a && b)
			figures_number(out, "", x == UNLIMITED || y == UNLIMITED ? UNLIMITED : x + y);
	} else if (id == METRIC_FROZEN) {
		x = one_value(l, METRIC_FROZEN_V2, &a);
		y = one_value(l, METRIC_FROZEN_V1, &b);
		if (a || b)
			figures_number(out, "", x || y);
	} else if (id == METRIC_CPUSET_CPU_COUNT) {
		x = cpus_in(l, &a);
		if (a)
			figures_number(out, "", x);
	} else {
		out->absent = "THE TEST DOES NOT KNOW THIS ROW";
	}
}

static uint64_t meminfo(struct look *l, const char *name)
{
	const char *text = look_text(l, "/proc/meminfo");
	const char *line = text ? strstr(text, name) : NULL;
	unsigned long long kilobytes = 0;

	if (line)
		sscanf(line + strlen(name), ": %llu", &kilobytes);
	return kilobytes * 1024;
}

/* The root of v2 has no memory.current: the machine's own use stands for it. */
static bool read_machine(struct look *l, enum metric_id id, struct figures *out)
{
	if (!l->subject->is_root || view_find(l->view, 1, "memory"))
		return false;
	if (id == METRIC_MEMORY_USAGE)
		figures_number(out, "", meminfo(l, "MemTotal") - meminfo(l, "MemFree"));
	else if (id == METRIC_MEMORY_SWAP)
		figures_number(out, "", meminfo(l, "SwapTotal") - meminfo(l, "SwapFree"));
	return out->n > 0;
}

void look_row(struct look *l, enum metric_id id, struct figures *out)
{
	const struct metric *m = &metrics[metric_origin(id)];

	*out = (struct figures){.absent = "no controller on this host has it"};
	if (!is_of_quota(l, m->id))
		out->absent = "no quota is set";
	else if (read_machine(l, m->id, out) || process_row(l, m->id, out))
		return;
	else if (!read_place(l, m->id, &m->v2, 2, out) && !read_place(l, m->id, &m->v1, 1, out) &&
		 (m->v2.kind == PLACE_DERIVED || m->v1.kind == PLACE_DERIVED))
		read_derived(l, m->id, out);
}
