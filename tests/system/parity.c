/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parity [--source files|bpf] [--between CMD] [--born-after SECONDS] [--nonzero ROW,…] [--rounds N] CGROUP…
 *
 * Compares every row of the metric table with the kernel's own files, read before and after each sample: what
 * only grows must lie between, what moves within the bounds of several readings, and what stands still must
 * be the same. What the kernel does not have must be absent. CMD runs between two passes (it changes settings
 * behind the collector's back). Prints a line a row; 1 where anything differs.
 */
#include "parity.h"

#include "bpf/kernel_side.h"
#include "collector/collector.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOKS 2		   /* readings on either side of a sample */
#define OWN_DESCRIPTORS 16 /* at most, that this program has open at one moment and not at another */
#define ROUNDS_LEAST 3
#define SPLIT_SLACK_NS 20000000U

struct cell {	   /* one row of one subject */
	bool good; /* in this pass */
	bool present;
	bool nonzero;
	bool still; /* compared while the kernel's figure stood still: exact */
	const char *absent;
	char trouble[200];
};

struct run {
	struct view view;
	struct source *source;
	struct metric_set need;
	struct subject *subjects;
	size_t n_subjects;
	struct cell *cells; /* by subject, then row */
	uint64_t born_after_ns;
	unsigned rounds;
	bool bpf;
	const char *between;
	const char *nonzero;
	uint64_t n_compared;
	uint64_t n_mismatches;
};

struct side {
	struct look looks[LOOKS];
	struct figures figures[LOOKS][METRIC__COUNT];
};

static struct cell *cell_of(struct run *r, size_t subject, enum metric_id id)
{
	return &r->cells[subject * METRIC__COUNT + id];
}

static void take_side(struct run *r, const struct subject *s, struct side *side)
{
	for (size_t i = 0; i < LOOKS; i++) {
		look_begin(&side->looks[i], &r->view, s);
		for (enum metric_id id = 0; id < METRIC__COUNT; id++)
			look_row(&side->looks[i], id, &side->figures[i][id]);
	}
}

static void drop_side(struct side *side)
{
	for (size_t i = 0; i < LOOKS; i++) {
		look_end(&side->looks[i]);
		for (enum metric_id id = 0; id < METRIC__COUNT; id++)
			figures_free(&side->figures[i][id]);
	}
}

/* What the readings allow one instance of a row to be. */
struct bounds {
	uint64_t low;
	uint64_t high;
	const char *text;
	bool there; /* in every reading */
	bool monotonic;
};

static bool only_grows(enum metric_id id)
{
	/* the tasks of `sched` come and go, and take their time along */
	return metrics[id].kind == KIND_COUNTER && metrics[id].group != GROUP_sched;
}

static struct bounds bounds_of(const struct side *before, const struct side *after, enum metric_id id,
			       const char *instance)
{
	struct bounds b = {
		.low = UINT64_MAX, .there = true, .monotonic = only_grows(id) || id == METRIC_LAST_SEEN};
	const struct figure *nearest[2] = {0};

	for (size_t i = 0; i < 2 * LOOKS; i++) {
		const struct side *side = i < LOOKS ? before : after;
		const struct figure *f = figures_find(&side->figures[i % LOOKS][id], instance);

		if (!f) {
			b.there = false;
			continue;
		}
		b.low = f->value < b.low ? f->value : b.low;
		b.high = f->value > b.high ? f->value : b.high;
		b.text = f->text;
		if (i == LOOKS - 1 || i == LOOKS)
			nearest[i == LOOKS] = f;
	}
	if (b.monotonic && nearest[0] && nearest[1] && nearest[0]->value <= nearest[1]->value) {
		b.low = nearest[0]->value;
		b.high = nearest[1]->value;
	}
	return b;
}

static bool __attribute__((format(printf, 2, 3))) trouble(struct cell *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->trouble, sizeof(c->trouble), format, args);
	va_end(args);
	return false;
}

static bool within(struct run *r, const struct subject *s, enum metric_id id, struct bounds b, uint64_t value,
		   struct cell *c)
{
	if (id == METRIC_START_TIME)
		b.low = s->is_root ? 1 : r->born_after_ns;
	if (id == METRIC_FILE_DESCRIPTORS && s->is_root) {
		b.low -= OWN_DESCRIPTORS;
		b.high += OWN_DESCRIPTORS;
	}
	if (r->bpf && (id == METRIC_CPU_USER || id == METRIC_CPU_SYSTEM)) {
		/* Parts of an exact total by samples, and never less than what its reader was shown before:
		 * the file and a walk have each a past of their own. */
		uint64_t slack = SPLIT_SLACK_NS + b.high / 10;

		b.low -= b.low < slack ? b.low : slack;
		b.high += slack;
	}
	if (value < b.low || value > b.high)
		return trouble(c, "%llu is not in %llu…%llu", (unsigned long long)value,
			       (unsigned long long)b.low, (unsigned long long)b.high);
	c->nonzero |= value != 0;
	c->still |= b.low == b.high;
	return true;
}

/* --- rows with one value a cgroup --- */

static bool compare_text(const char *text, const struct bounds *b, struct cell *c)
{
	if (strcmp(text, b->text) != 0)
		return trouble(c, "\"%s\" is not \"%s\"", text, b->text);
	c->still = true;
	c->nonzero |= *text != '\0';
	return true;
}

static bool compare_one(struct run *r, const struct snapshot *snap, size_t index, const struct subject *s,
			enum metric_id id, const struct side *before, const struct side *after,
			struct cell *c)
{
	struct bounds b = bounds_of(before, after, id, "");
	const char *text = metrics[id].kind == KIND_TEXT ? snapshot_text(snap, index, id) : NULL;
	uint64_t value = 0;
	bool has = text || (metrics[id].kind != KIND_TEXT && snapshot_get(snap, index, id, &value));

	c->present = has;
	if (!has && !b.text)
		c->absent = before->figures[0][id].absent;
	if (!has && b.there)
		return trouble(c, "missing: the kernel says %s", b.text);
	if (has && !b.text)
		return trouble(c, "made up: the kernel says nothing, not %llu", (unsigned long long)value);
	if (!has || !b.there)
		return has == b.there;
	return text ? compare_text(text, &b, c) : within(r, s, id, b, value, c);
}

/* --- rows with a dimension --- */

static bool by_number(enum dimension d)
{
	return d == DIMENSION_DEVICE || d == DIMENSION_FILESYSTEM;
}

static bool is_device_name(const char *number, const char *name)
{
	char link[128];
	char target[512] = "";
	const char *expected = number;

	snprintf(link, sizeof(link), "/sys/dev/block/%s", number);
	if (readlink(link, target, sizeof(target) - 1) > 0)
		expected = strrchr(target, '/') + 1;
	return strcmp(expected, name) == 0;
}

static bool compare_instance(struct run *r, const struct subject *s, enum metric_id id,
			     const struct series *series, const struct side *before, const struct side *after,
			     struct cell *c)
{
	const char *instance = by_number(series->dimension) ? series->detail : series->instance;
	struct bounds b = bounds_of(before, after, id, instance);
	uint64_t value;

	if (!series_get(series, id, &value))
		return !b.text || trouble(c, "%s is missing: the kernel says %s", instance, b.text);
	c->present = true;
	if (!b.text)
		return trouble(c, "%s is made up", instance);
	if (by_number(series->dimension) && !is_device_name(series->detail, series->instance))
		return trouble(c, "device %s is called %s", series->detail, series->instance);
	return within(r, s, id, b, value, c);
}

static bool has_instance(const struct snapshot *snap, size_t index, enum metric_id id, const char *instance)
{
	const struct entity *e = snapshot_entity(snap, index);
	uint64_t value;

	for (size_t i = 0; i < e->n_series; i++) {
		const struct series *series = snapshot_series_at(snap, index, i);
		const char *name = by_number(series->dimension) ? series->detail : series->instance;

		if (series->dimension == metrics[id].dimension && strcmp(name, instance) == 0)
			return series_get(series, id, &value);
	}
	return false;
}

static bool compare_instances(struct run *r, const struct snapshot *snap, size_t index,
			      const struct subject *s, enum metric_id id, const struct side *before,
			      const struct side *after, struct cell *c)
{
	const struct entity *e = snapshot_entity(snap, index);
	const struct figures *seen = &before->figures[LOOKS - 1][id];

	c->present = false;
	for (size_t i = 0; i < e->n_series; i++) {
		const struct series *series = snapshot_series_at(snap, index, i);

		if (series->dimension == metrics[id].dimension &&
		    !compare_instance(r, s, id, series, before, after, c))
			return false;
	}
	for (size_t i = 0; i < seen->n; i++)
		if (!has_instance(snap, index, id, seen->at[i].instance))
			return trouble(c, "%s is missing: the kernel says %s", seen->at[i].instance,
				       seen->at[i].text);
	if (!c->present)
		c->absent = seen->absent ? seen->absent : "no instance of it here";
	return true;
}

/* --- rounds --- */

static ptrdiff_t find(const struct snapshot *snap, const char *path)
{
	for (size_t i = 0; i < snapshot_count(snap); i++)
		if (strcmp(snapshot_entity(snap, i)->path, path) == 0 && !snapshot_entity(snap, i)->ended)
			return (ptrdiff_t)i;
	return -1;
}

static void compare_row(struct run *r, const struct snapshot *snap, size_t n, enum metric_id id,
			const struct side *before, const struct side *after)
{
	const struct subject *s = &r->subjects[n];
	struct cell *c = cell_of(r, n, id);
	ptrdiff_t index = find(snap, s->path);
	bool was_good = c->good;
	bool good;

	if (index < 0) {
		trouble(c, "the cgroup is not in the sample");
		c->good = false;
		return;
	}
	if (metrics[id].dimension == DIMENSION_ONE)
		good = compare_one(r, snap, (size_t)index, s, id, before, after, c);
	else
		good = compare_instances(r, snap, (size_t)index, s, id, before, after, c);
	r->n_compared += c->present;
	/* What only grows has no second chance; what moves may have been read at a bad moment. */
	if (!good && was_good && only_grows(id)) {
		r->n_mismatches++;
		printf("MISMATCH %s %s: %s (after an agreement)\n", s->path, metrics[id].id_name, c->trouble);
	}
	c->good = was_good || good;
}

static int round_of(struct run *r)
{
	struct side *before = calloc(r->n_subjects, sizeof(*before));
	struct side *after = calloc(r->n_subjects, sizeof(*after));
	struct snapshot *snap = NULL;
	struct error err = {0};
	int status = -1;

	if (!before || !after)
		abort();
	for (size_t i = 0; i < r->n_subjects; i++)
		take_side(r, &r->subjects[i], &before[i]);
	status = source_sample(r->source, &r->need, &snap, &err);
	for (size_t i = r->n_subjects; i-- > 0;)
		take_side(r, &r->subjects[i], &after[i]);
	if (status < 0)
		fprintf(stderr, "parity: %s\n", err.cause);
	for (size_t i = 0; status == 0 && i < r->n_subjects; i++)
		for (enum metric_id id = 0; id < METRIC__COUNT; id++)
			compare_row(r, snap, i, id, &before[i], &after[i]);
	for (size_t i = 0; i < r->n_subjects; i++) {
		drop_side(&before[i]);
		drop_side(&after[i]);
	}
	free(before);
	free(after);
	snapshot_unref(snap);
	return status;
}

static size_t count_open(struct run *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_subjects * METRIC__COUNT; i++)
		n += !r->cells[i].good;
	return n;
}

static int pass(struct run *r, const char *name)
{
	const struct timespec pause = {0, 50000000};
	unsigned round = 0;

	for (size_t i = 0; i < r->n_subjects * METRIC__COUNT; i++)
		r->cells[i].good = false;
	do {
		if (round_of(r) < 0)
			return -1;
		nanosleep(&pause, NULL);
	} while (++round < ROUNDS_LEAST || (count_open(r) && round < r->rounds));
	for (size_t i = 0; i < r->n_subjects * METRIC__COUNT; i++) {
		const struct cell *c = &r->cells[i];

		if (c->good)
			continue;
		r->n_mismatches++;
		printf("MISMATCH %s %s: %s\n", r->subjects[i / METRIC__COUNT].path,
		       metrics[i % METRIC__COUNT].id_name, c->trouble);
	}
	printf("%s: %u rounds\n", name, round);
	return 0;
}

/* --- the report --- */

static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = list; at && *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ','))
		if (strncmp(at, name, len) == 0 && (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
}

struct totals {
	unsigned rows, compared, nonzero, absent;
};

static void report_row(struct run *r, enum metric_id id, struct totals *t)
{
	unsigned present = 0;
	unsigned nonzero = 0;
	unsigned still = 0;
	const char *absent = NULL;

	for (size_t i = 0; i < r->n_subjects; i++) {
		const struct cell *c = cell_of(r, i, id);

		present += c->present;
		nonzero += c->nonzero;
		still += c->still;
		absent = c->absent ? c->absent : absent;
	}
	t->rows++;
	t->compared += present > 0;
	t->nonzero += nonzero > 0;
	t->absent += present == 0;
	if (present)
		printf("%-32s %3u cgroups, %3u exact, %3u not zero\n", metrics[id].id_name, present, still,
		       nonzero);
	else
		printf("%-32s absent: %s\n", metrics[id].id_name, absent ? absent : "");
	if (!nonzero && is_listed(r->nonzero, metrics[id].id_name)) {
		r->n_mismatches++;
		printf("MISMATCH %s: zero or absent, though the scene makes it grow\n", metrics[id].id_name);
	}
	if (!metric_set_has(&r->need, id) && present) {
		r->n_mismatches++;
		printf("MISMATCH %s: this host was said not to offer it\n", metrics[id].id_name);
	}
}

static int report(struct run *r)
{
	struct totals t = {0};

	for (enum metric_id id = 0; id < METRIC__COUNT; id++)
		report_row(r, id, &t);
	printf("parity: %u rows of the table, %u compared on %zu cgroups (%u of them not zero somewhere), %u "
	       "absent; "
	       "%llu comparisons, %llu mismatches\n",
	       t.rows, t.compared, r->n_subjects, t.nonzero, t.absent, (unsigned long long)r->n_compared,
	       (unsigned long long)r->n_mismatches);
	return r->n_mismatches > 0;
}

/* --- the beginning --- */

static bool know(struct subject *s, const struct snapshot *snap)
{
	ptrdiff_t index = find(snap, s->path);
	const struct entity *e;

	if (index < 0) {
		fprintf(stderr, "parity: the collector does not see '%s'\n", s->path);
		return false;
	}
	e = snapshot_entity(snap, (size_t)index);
	s->is_root = e->class == ENTITY_HOST;
	s->is_container = e->class == ENTITY_CONTAINER;
	s->init_pid = e->identity->init_pid;
	snprintf(s->layer, sizeof(s->layer), "%s", e->identity->writable_layer);
	return true;
}

/* From the kernel what it gives, and what it gives said. */
static int use_kernel(struct run *r, struct error *err)
{
	const struct cgroup_layout *layout = collector_layout(r->source);
	const struct bpf_options options = {.layout = layout,
					    .parts = 1U << KERNEL_FIGURES | 1U << KERNEL_PROCESSES};
	struct kernel *kernel = NULL;
	size_t n = 0;

	if (!r->bpf)
		return 0;
	if (bpf_kernel_open(&options, &kernel, err) < 0)
		return err->code;
	for (size_t h = 0; h < layout->n_hierarchies; h++) {
		struct metric_set offered;

		kernel_offers(kernel, h, &offered);
		metric_set_foreach (id, &offered)
			n++;
	}
	printf("parity: %zu rows are given by BPF programs\n", n);
	collector_use_kernel(r->source, kernel);
	return 0;
}

static int meet(struct run *r)
{
	const struct collector_options options = {.roots = {"/proc", "/sys", "/"}, .classes = UINT32_MAX};
	struct snapshot *snap = NULL;
	struct error err = {0};
	int status = 0;

	if (!view_open(&r->view) || collector_open(&options, &r->source, &err) < 0 ||
	    use_kernel(r, &err) < 0) {
		fprintf(stderr, "parity: %s; %s\n", err.cause, err.remedy);
		return -1;
	}
	collector_offers(collector_layout(r->source), &r->need);
	if (source_sample(r->source, &r->need, &snap, &err) < 0)
		return -1;
	for (size_t i = 0; i < r->n_subjects; i++)
		if (!know(&r->subjects[i], snap))
			status = -1;
	snapshot_unref(snap);
	return status;
}

static bool take_option(struct run *r, const char *name, const char *value)
{
	if (strcmp(name, "--between") == 0)
		r->between = value;
	else if (strcmp(name, "--nonzero") == 0)
		r->nonzero = value;
	else if (strcmp(name, "--rounds") == 0)
		r->rounds = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(name, "--source") == 0)
		r->bpf = strcmp(value, "bpf") == 0;
	else if (strcmp(name, "--born-after") == 0)
		r->born_after_ns = strtoull(value, NULL, 10) * 1000000000U;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	struct run r = {.rounds = 200};
	int at = 1;
	int status;

	for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
		if (!take_option(&r, argv[at], argv[at + 1])) {
			fprintf(stderr, "parity: unknown option %s\n", argv[at]);
			return 2;
		}
	}
	r.n_subjects = (size_t)(argc - at);
	r.subjects = calloc(r.n_subjects + 1, sizeof(*r.subjects));
	r.cells = calloc((r.n_subjects + 1) * METRIC__COUNT, sizeof(*r.cells));
	if (!r.n_subjects || !r.subjects || !r.cells)
		return 2;
	for (size_t i = 0; i < r.n_subjects; i++)
		r.subjects[i].path = argv[at + (int)i];
	status = meet(&r) < 0 || pass(&r, "first pass") < 0 ? 1 : 0;
	if (status == 0 && r.between) {
		if (system(r.between) != 0) { /* NOLINT(cert-env33-c): the test's own command */
			fprintf(stderr, "parity: '%s' failed\n", r.between);
			status = 1;
		} else if (pass(&r, "second pass") < 0) {
			status = 1;
		}
	}
	status |= status ? 0 : report(&r);
	source_close(r.source);
	free(r.subjects);
	free(r.cells);
	return status;
}
