/* SPDX-License-Identifier: Apache-2.0 */
#include "list_column.h"

#include <math.h>
#include <string.h>

/* --- columns that only the screen has --- */

static void need_all(const char *const *keys, struct metric_set *set)
{
	for (; *keys; keys++) {
		const struct column *column = column_find(*keys);

		column->need(column, set);
	}
}

static bool number_of(const char *key, const struct comparison *c, size_t index, double *out)
{
	const struct column *column = column_find(key);

	return column->number(column, c, index, out);
}

static const char *const psi_keys[] = {"psi_cpu", "psi_mem", "psi_io", NULL};
static const char *const io_keys[] = {"io_read", "io_write", NULL};
static const char *const net_keys[] = {"net_rx", "net_tx", NULL};

static void psi_need(const struct column *col, struct metric_set *set)
{
	(void)col;
	need_all(psi_keys, set);
}

/* Sorted by the worst of the three. */
static bool psi_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	bool there = false;
	double value;

	(void)col;
	for (size_t i = 0; psi_keys[i]; i++) {
		if (!number_of(psi_keys[i], c, index, &value))
			continue;
		*out = there && *out > value ? *out : value;
		there = true;
	}
	return there;
}

static bool sum_of(const char *const *keys, const struct comparison *c, size_t index, double *out)
{
	bool there = false;
	double sum = 0;
	double value;

	for (; *keys; keys++) {
		if (!number_of(*keys, c, index, &value))
			continue;
		sum += value;
		there = true;
	}
	if (there)
		*out = sum;
	return there;
}

static void io_need(const struct column *col, struct metric_set *set)
{
	(void)col;
	need_all(io_keys, set);
}

static bool io_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	(void)col;
	return sum_of(io_keys, c, index, out);
}

static void net_need(const struct column *col, struct metric_set *set)
{
	(void)col;
	need_all(net_keys, set);
}

static bool net_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	(void)col;
	return sum_of(net_keys, c, index, out);
}

static void cpu_need(const struct column *col, struct metric_set *set)
{
	(void)col;
	metric_set_add(set, METRIC_CPU_USAGE);
}

static bool cpu_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	(void)col;
	return number_of("cpu", c, index, out);
}

static void bar_need(const struct column *col, struct metric_set *set)
{
	(void)col;
	need_all((const char *const[]){"mem_percent", NULL}, set);
}

static bool bar_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	(void)col;
	return number_of("mem_percent", c, index, out);
}

/* As text: the number, for whoever asks for it. */
static void number_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	double value;

	if (col->number(col, c, index, &value))
		number_trimmed(out, value, 3);
}

/* --- who shares a namespace with whom --- */

static const enum metric_id namespaces[] = {METRIC_NS_NET, METRIC_NS_PID, METRIC_NS_IPC, METRIC_NS_MNT,
					    METRIC_NS_UTS};

static void shares_need(const struct column *col, struct metric_set *set)
{
	(void)col;
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++)
		metric_set_add(set, namespaces[i]);
}

/* The first other container or service whose namespace this is too: what is inside of a container doesn't
 * count. */
static ptrdiff_t sharer(const struct snapshot *s, size_t index, enum metric_id id)
{
	uint64_t inode;
	uint64_t other;

	if (!snapshot_get(s, index, id, &inode))
		return -1;
	for (size_t i = 0; i < snapshot_count(s); i++) {
		const struct entity *e = snapshot_entity(s, i);
		bool counts = e->class == ENTITY_HOST || e->class == ENTITY_CONTAINER;

		if (i != index && counts && !e->ended && snapshot_get(s, i, id, &other) && other == inode)
			return (ptrdiff_t)i;
	}
	return -1;
}

/* "net: db, ipc: host" */
static void shares_plain(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	static const char *const names[] = {"net", "pid", "ipc", "mnt", "uts"};
	const struct snapshot *s = comparison_later(c);

	(void)col;
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		ptrdiff_t with = sharer(s, index, namespaces[i]);
		const struct entity *e = with < 0 ? NULL : snapshot_entity(s, (size_t)with);

		if (e)
			str_printf(out, "%s%s: %s", out->len ? ", " : "", names[i],
				   e->class == ENTITY_HOST ? "host"
				   : *e->identity->name	   ? e->identity->name
							   : e->path);
	}
}

#define OWN(name, head, row, text, needs, numbers, cells)                                        \
	{                                                                                        \
		.key = (name), .header = (head), .aliases = "", .help = (text), .need = (needs), \
		.cell = (cells), .plain = (cells), .number = (numbers), .align = ALIGN_RIGHT,    \
		.metric = METRIC_##row                                                           \
	}

enum {
	OWN_SPARK,
	OWN_SPARK_IO,
	OWN_SPARK_NET,
	OWN_SPARK_PSI,
	OWN_BAR,
	OWN_PSI,
	OWN_IO,
	OWN_SHARES,
	OWN__COUNT
};

static const struct column own[OWN__COUNT] = {
	[OWN_SPARK] =
		OWN("spark", "60s", CPU_USAGE, "CPU in the last minute.", cpu_need, cpu_number, number_cell),
	[OWN_SPARK_IO] = OWN("spark_io", "IO 60s", IO_READ_BYTES,
			     "Bytes read and written in the last minute.", io_need, io_number, number_cell),
	[OWN_SPARK_NET] = OWN("spark_net", "NET 60s", NET_RX_BYTES, "Bytes received in the last minute.",
			      net_need, net_number, number_cell),
	[OWN_SPARK_PSI] = OWN("spark_psi", "CPU 60s", PRESSURE_CPU_SOME, "CPU pressure in the last minute.",
			      psi_need, psi_number, number_cell),
	[OWN_BAR] =
		OWN("mem_bar", "MEM%", MEMORY_WORKING_SET,
		    "Memory as a bar against its limit, or the host's.", bar_need, bar_number, number_cell),
	[OWN_PSI] = OWN("psi", "PSI c  m io", PRESSURE_CPU_SOME,
			"Shares of time in which a task waited for CPU, memory and I/O.", psi_need,
			psi_number, number_cell),
	[OWN_IO] = OWN("io_rate", "IO/s", IO_READ_BYTES, "Bytes read and written a second.", io_need,
		       io_number, number_cell),
	[OWN_SHARES] = OWN("shares", "SHARES WITH", NS_NET, "Who shares its namespaces.", shares_need, NULL,
			   shares_plain),
};

/* --- how each is shown --- */

struct look {
	const char *key;
	const char *header;
	int width;
	enum list_shape shape;
	enum figure figure;
};

static const struct look looks[] = {
	{"cpu", "CPU%", 6, SHAPE_CPU, 0},
	{"cpu_limit_percent", "LIM%", 4, SHAPE_ALARM, 0},
	{"spark", "60s", 10, SHAPE_SPARK, FIGURE_CPU},
	{"spark_io", "IO 60s", 10, SHAPE_SPARK, FIGURE_IO_READ},
	{"spark_net", "NET 60s", 10, SHAPE_SPARK, FIGURE_NET_RX},
	{"spark_psi", "CPU 60s", 10, SHAPE_SPARK, FIGURE_PSI_CPU},
	{"throttled", "THR%", 4, SHAPE_ALARM, 0},
	{"mem_used", "MEM", 5, SHAPE_BYTES, 0},
	{"mem_limit", "LIMIT", 5, SHAPE_LIMIT, 0},
	{"mem_percent", "MEM%", 5, SHAPE_PERCENT, 0},
	{"mem_bar", "MEM%", 8, SHAPE_BAR, 0},
	{"psi", "PSI c  m io", 11, SHAPE_PSI, 0},
	{"psi_cpu", "PSI CPU", 7, SHAPE_ALARM, 0},
	{"psi_mem", "PSI MEM", 7, SHAPE_ALARM, 0},
	{"psi_io", "PSI IO", 7, SHAPE_ALARM, 0},
	{"net_rx", "RX/s", 5, SHAPE_BYTES, 0},
	{"net_tx", "TX/s", 5, SHAPE_BYTES, 0},
	{"io_read", "READ/s", 6, SHAPE_BYTES, 0},
	{"io_write", "WRITE/s", 7, SHAPE_BYTES, 0},
	{"io_rate", "IO/s", 5, SHAPE_BYTES, 0},
	{"pids", "PIDS", 5, SHAPE_COUNT, 0},
	{"limited_by", "LIMITED BY", 14, SHAPE_VERDICT, 0},
	{"shares", "SHARES WITH", 16, SHAPE_CELL, 0},
	{"cpu_host", "%HOST", 6, SHAPE_PERCENT, 0},
	{"cpu_time", "TIME+", 9, SHAPE_CELL, 0},
	{"cpu_limit", "CPUS MAX", 8, SHAPE_CELL, 0},
	{"mem", "MEM USAGE / LIMIT", 20, SHAPE_CELL, 0},
	{"net", "NET I/O", 20, SHAPE_CELL, 0},
	{"block", "BLOCK I/O", 20, SHAPE_CELL, 0},
	{"uptime", "UPTIME", 7, SHAPE_CELL, 0},
	{"started", "STARTED", 19, SHAPE_CELL, 0},
	{"id", "ID", 12, SHAPE_CELL, 0},
	{"image", "IMAGE", 20, SHAPE_CELL, 0},
	{"runtime", "RUNTIME", 10, SHAPE_CELL, 0},
	{"class", "CLASS", 9, SHAPE_CELL, 0},
	{"state", "STATE", 7, SHAPE_CELL, 0},
	{"path", "CGROUP", 30, SHAPE_CELL, 0},
	{"pod", "POD", 20, SHAPE_CELL, 0},
	{"project", "PROJECT", 14, SHAPE_CELL, 0},
};

static int at_least(int width, const char *header)
{
	int n = (int)strlen(header);

	return n > width ? n : width;
}

/* A column of one row of the metric table: by its format. */
static void look_by_metric(struct list_column *out)
{
	const struct metric *m = &metrics[out->column->metric];
	bool limit = m->kind == KIND_LIMIT || m->kind == KIND_CEILING;

	switch (m->format) {
	case FORMAT_BYTES:
	case FORMAT_RATE_BYTES:
		out->shape = limit ? SHAPE_LIMIT : SHAPE_BYTES;
		out->width = at_least(5, out->header);
		return;
	case FORMAT_RATE_PERCENT:
	case FORMAT_PERCENT:
		out->shape = SHAPE_PERCENT;
		out->width = at_least(6, out->header);
		return;
	case FORMAT_RATE_COUNT:
	case FORMAT_NUMBER:
		out->shape = m->unit == UNIT_INODE ? SHAPE_CELL : limit ? SHAPE_LIMIT : SHAPE_COUNT;
		out->width = at_least(m->unit == UNIT_INODE ? 11 : 5, out->header);
		return;
	case FORMAT_SINCE:
	case FORMAT_TEXT:
		break;
	}
	out->shape = SHAPE_CELL;
	out->width = at_least(10, out->header);
}

static void look_at(const struct column *column, struct list_column *out)
{
	*out = (struct list_column){.column = column, .header = column->header};
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++) {
		if (strcmp(looks[i].key, column->key) != 0)
			continue;
		out->header = looks[i].header;
		out->width = looks[i].width;
		out->shape = looks[i].shape;
		out->figure = looks[i].figure;
		return;
	}
	look_by_metric(out);
}

bool list_column_find(const char *name, struct list_column *out)
{
	const struct column *column;

	for (size_t i = 0; i < OWN__COUNT; i++) {
		if (strcmp(own[i].key, name) != 0)
			continue;
		look_at(&own[i], out);
		return true;
	}
	column = column_find(name);
	if (column)
		look_at(column, out);
	return column != NULL;
}

bool list_column_at(size_t n, struct list_column *out)
{
	const struct column *column = n < OWN__COUNT			? &own[n]
				      : n - OWN__COUNT < column_count() ? column_at(n - OWN__COUNT)
									: NULL;

	if (column)
		look_at(column, out);
	return column != NULL;
}

const struct column *list_column_sorts(const struct list_column *col, enum cpu_scale scale)
{
	static const char *const by_scale[CPU_SCALE__COUNT] = {
		[CPU_OF_CORE] = "cpu",
		[CPU_OF_LIMIT] = "cpu_limit_percent",
		[CPU_OF_HOST] = "cpu",
		[CPU_AS_TIME] = "cpu_time",
	};

	return col->shape == SHAPE_CPU ? column_find(by_scale[scale]) : col->column;
}

const char *list_column_header(const struct list_column *col, enum cpu_scale scale)
{
	static const char *const by_scale[CPU_SCALE__COUNT] = {
		[CPU_OF_CORE] = "CPU%",
		[CPU_OF_LIMIT] = "CPU/L%",
		[CPU_OF_HOST] = "CPU/H%",
		[CPU_AS_TIME] = "TIME",
	};

	return col->shape == SHAPE_CPU ? by_scale[scale] : col->header;
}

/* CPU shows any of its scales without a sample in between. */
void list_column_need(const struct list_column *col, struct metric_set *need)
{
	col->column->need(col->column, need);
	if (col->shape == SHAPE_CPU)
		need_all((const char *const[]){"cpu_limit_percent", "cpu_time", NULL}, need);
}
