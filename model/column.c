/* SPDX-License-Identifier: Apache-2.0 */
#include "model/column.h"

#include "base/clock.h"
#include "base/text.h"
#include "column_private.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define ABSENT "-"
#define SHORT_ID 12
#define FULL_ID 64

const char *entity_class_name(enum entity_class c)
{
	static const char *const names[ENTITY_CLASS__COUNT] = {
		[ENTITY_HOST] = "host",	    [ENTITY_CONTAINER] = "container", [ENTITY_SERVICE] = "service",
		[ENTITY_GROUP] = "group",   [ENTITY_SLICE] = "slice",	      [ENTITY_INNER] = "inner",
		[ENTITY_HELPER] = "helper",
	};

	return c < ENTITY_CLASS__COUNT ? names[c] : "";
}

static const struct entity *entity_of(const struct comparison *c, size_t index)
{
	return snapshot_entity(comparison_later(c), index);
}

static void put_cell(struct str *out, const char *text)
{
	text_printable(out, slice_of(*text ? text : ABSENT));
}

static void put_plain(struct str *out, const char *text)
{
	text_utf8(out, slice_of(text));
}

/* --- columns that are a text of the entity; the macro writes what they have in common --- */

static void nothing_need(const struct column *col, struct metric_set *set)
{
	(void)col;
	(void)set;
}

#define TEXT_COLUMN(shape, expression)                                                                \
	static const char *shape##_text(const struct entity *e)                                       \
	{                                                                                             \
		return (expression);                                                                  \
	}                                                                                             \
	static void shape##_cell(const struct column *col, const struct comparison *c, size_t index,  \
				 struct str *out)                                                     \
	{                                                                                             \
		(void)col;                                                                            \
		put_cell(out, shape##_text(entity_of(c, index)));                                     \
	}                                                                                             \
	static void shape##_plain(const struct column *col, const struct comparison *c, size_t index, \
				  struct str *out)                                                    \
	{                                                                                             \
		(void)col;                                                                            \
		put_plain(out, shape##_text(entity_of(c, index)));                                    \
	}

TEXT_COLUMN(image, e->identity->image)
TEXT_COLUMN(runtime, runtime_name(e->identity->runtime))
TEXT_COLUMN(class, entity_class_name(e->class))
TEXT_COLUMN(path, e->path)
TEXT_COLUMN(project, e->identity->compose_project)

#define name_need nothing_need
#define name_number NULL
#define image_need nothing_need
#define image_number NULL
#define runtime_need nothing_need
#define runtime_number NULL
#define class_need nothing_need
#define class_number NULL
#define path_need nothing_need
#define path_number NULL
#define project_need nothing_need
#define project_number NULL
#define id_need nothing_need
#define id_number NULL
#define pod_need nothing_need
#define pod_number NULL

static bool is_full_id(const char *id)
{
	return strlen(id) == FULL_ID && strspn(id, "0123456789abcdef") == FULL_ID;
}

/* A container whose metadata can't be read is called by the start of its id; a plain cgroup by its path. */
static void name_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	const struct entity *e = entity_of(c, index);

	(void)col;
	if (*e->identity->name)
		put_cell(out, e->identity->name);
	else if (is_full_id(e->identity->id))
		str_append(out, e->identity->id, SHORT_ID);
	else
		put_cell(out, e->path);
}

static void name_plain(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	const struct entity *e = entity_of(c, index);

	(void)col;
	put_plain(out, *e->identity->name ? e->identity->name : e->path);
}

/* A plain cgroup's id is its path, which is its name already. */
static void id_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	const struct entity *e = entity_of(c, index);

	(void)col;
	if (is_full_id(e->identity->id))
		str_append(out, e->identity->id, SHORT_ID);
	else
		put_cell(out, strcmp(e->identity->id, e->path) == 0 ? "" : e->identity->id);
}

static void id_plain(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	(void)col;
	put_plain(out, entity_of(c, index)->identity->id);
}

static void pod_plain(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	const struct identity *who = entity_of(c, index)->identity;

	(void)col;
	if (!*who->pod)
		return;
	put_plain(out, who->pod_namespace);
	if (*who->pod_namespace)
		str_char(out, '/');
	put_plain(out, who->pod);
}

static void pod_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	_cleanup_str_ struct str text = {0};

	pod_plain(col, c, index, &text);
	put_cell(out, text.len ? text.data : "");
	out->failed |= text.failed;
}

/* --- state --- */

static void state_need(const struct column *col, struct metric_set *set)
{
	(void)col;
	metric_set_add(set, METRIC_FROZEN);
	metric_set_add(set, METRIC_POPULATED);
	metric_set_add(set, METRIC_PROCESSES);
}

static const char *state_of(const struct comparison *c, size_t index)
{
	const struct snapshot *s = comparison_later(c);
	uint64_t value;

	if (entity_of(c, index)->ended)
		return "ended";
	if (snapshot_get(s, index, METRIC_FROZEN, &value) && value)
		return "paused";
	if (snapshot_get(s, index, METRIC_POPULATED, &value) ||
	    snapshot_get(s, index, METRIC_PROCESSES, &value))
		return value ? "running" : "empty";
	return "";
}

static void state_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	(void)col;
	put_cell(out, state_of(c, index));
}

static void state_plain(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	(void)col;
	put_plain(out, state_of(c, index));
}
#define state_number NULL

/* --- shapes that serve several columns --- */

static void rate_need(const struct column *col, struct metric_set *set)
{
	metric_column_need(col, set);
}

static void rate_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	metric_column_cell(col, c, index, out);
}

static bool rate_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	return metric_column_rate(c, index, col->metric, out);
}

#define RATE_DECIMALS 6

/* The plain cell of every column that is one computed number. */
static void put_number(struct str *out, bool there, double number)
{
	if (there)
		number_trimmed(out, number, RATE_DECIMALS);
}

static void rate_plain(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	double rate = 0;
	bool there = rate_number(col, c, index, &rate);

	put_number(out, there, rate);
}

/* --- CPU --- */

#define cpu_host_need metric_column_need

static bool cpu_host_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	uint32_t n = snapshot_host(comparison_later(c))->n_cpus;
	double rate;

	if (!n || !metric_column_rate(c, index, col->metric, &rate))
		return false;
	*out = rate / n;
	return true;
}

static bool throttled_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	double periods;
	double throttled;

	/* Where no period passed (no quota, or nothing ran) there is nothing to take a share of. */
	if (!comparison_rate(c, index, METRIC_CPU_PERIODS, &periods) || periods <= 0 ||
	    !comparison_rate(c, index, col->metric, &throttled))
		return false;
	*out = throttled < periods ? throttled / periods : 1;
	return true;
}

static void throttled_need(const struct column *col, struct metric_set *set)
{
	metric_column_need(col, set);
	metric_set_add(set, METRIC_CPU_PERIODS);
}

#define cpu_time_need metric_column_need
#define cpu_time_plain metric_column_plain

static bool cpu_time_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	uint64_t ns;

	if (!metric_column_value(c, index, col->metric, &ns))
		return false;
	*out = (double)ns;
	return true;
}

/* "1:23:45" or "3:45.67", as htop's TIME+ */
static void cpu_time_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	uint64_t ns;
	unsigned long long seconds;

	if (!metric_column_value(c, index, col->metric, &ns)) {
		str_add(out, ABSENT);
		return;
	}
	seconds = ns / NSEC_PER_SEC;
	if (seconds >= 3600)
		str_printf(out, "%llu:%02llu:%02llu", seconds / 3600, seconds / 60 % 60, seconds % 60);
	else
		str_printf(out, "%llu:%02llu.%02llu", seconds / 60, seconds % 60,
			   (unsigned long long)(ns % NSEC_PER_SEC / (10 * NSEC_PER_MSEC)));
}

/* --- memory --- */

static void mem_need(const struct column *col, struct metric_set *set)
{
	metric_column_need(col, set);
	metric_set_add(set, METRIC_MEMORY_LIMIT);
}
#define mem_percent_need mem_need

/* The limit, or the host's memory where there is none below it, as docker has it. */
static bool memory_limit(const struct comparison *c, size_t index, uint64_t *out)
{
	uint64_t host = snapshot_host(comparison_later(c))->memory_bytes;
	uint64_t limit = UNLIMITED;

	snapshot_get(comparison_later(c), index, METRIC_MEMORY_LIMIT, &limit);
	if (host && limit > host)
		limit = host;
	if (limit == UNLIMITED)
		return false;
	*out = limit;
	return true;
}

static bool mem_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	uint64_t used;

	if (!snapshot_get(comparison_later(c), index, col->metric, &used))
		return false;
	*out = (double)used;
	return true;
}

static void mem_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	double used;
	uint64_t limit;

	if (!mem_number(col, c, index, &used)) {
		str_add(out, ABSENT);
		return;
	}
	format_bytes(out, used);
	str_add(out, " / ");
	if (memory_limit(c, index, &limit))
		format_bytes(out, (double)limit);
	else
		str_add(out, ABSENT);
}

static void mem_plain(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	uint64_t used;
	uint64_t limit;

	if (!snapshot_get(comparison_later(c), index, col->metric, &used))
		return;
	str_u64(out, used);
	str_char(out, '/');
	if (memory_limit(c, index, &limit))
		str_u64(out, limit);
}

static bool mem_percent_number(const struct column *col, const struct comparison *c, size_t index,
			       double *out)
{
	double used;
	uint64_t limit;

	if (!mem_number(col, c, index, &used) || !memory_limit(c, index, &limit) || !limit)
		return false;
	*out = used / (double)limit;
	return true;
}

/* --- shares: one computed ratio --- */

#define SHARE_COLUMN(shape)                                                                           \
	static void shape##_cell(const struct column *col, const struct comparison *c, size_t index,  \
				 struct str *out)                                                     \
	{                                                                                             \
		double share;                                                                         \
                                                                                                      \
		if (shape##_number(col, c, index, &share))                                            \
			format_percent(out, share);                                                   \
		else                                                                                  \
			str_add(out, ABSENT);                                                         \
	}                                                                                             \
	static void shape##_plain(const struct column *col, const struct comparison *c, size_t index, \
				  struct str *out)                                                    \
	{                                                                                             \
		double share = 0;                                                                     \
		bool there = shape##_number(col, c, index, &share);                                   \
                                                                                                      \
		put_number(out, there, share);                                                        \
	}

SHARE_COLUMN(cpu_host)
SHARE_COLUMN(throttled)
SHARE_COLUMN(mem_percent)

/* --- two totals in one cell: network and block I/O --- */

static enum metric_id other_way(enum metric_id id)
{
	return id == METRIC_NET_RX_BYTES ? METRIC_NET_TX_BYTES : METRIC_IO_WRITE_BYTES;
}

static void net_need(const struct column *col, struct metric_set *set)
{
	metric_column_need(col, set);
	metric_set_add(set, other_way(col->metric));
}

/* How many of the two are there; what is absent is 0 in *sum only. */
static int two_totals(const struct column *col, const struct comparison *c, size_t index, bool there[2],
		      uint64_t value[2])
{
	value[0] = 0;
	value[1] = 0;
	there[0] = metric_column_value(c, index, col->metric, &value[0]);
	there[1] = metric_column_value(c, index, other_way(col->metric), &value[1]);
	return there[0] + there[1];
}

static bool net_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	bool there[2];
	uint64_t value[2];

	if (!two_totals(col, c, index, there, value))
		return false;
	*out = (double)value[0] + (double)value[1];
	return true;
}

static void net_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	bool there[2];
	uint64_t value[2];

	if (!two_totals(col, c, index, there, value)) {
		str_add(out, ABSENT);
		return;
	}
	for (int i = 0; i < 2; i++) {
		str_add(out, i ? " / " : "");
		if (there[i])
			format_bytes(out, (double)value[i]);
		else
			str_add(out, ABSENT);
	}
}

static void net_plain(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	bool there[2];
	uint64_t value[2];

	if (!two_totals(col, c, index, there, value))
		return;
	for (int i = 0; i < 2; i++) {
		str_add(out, i ? "/" : "");
		if (there[i])
			str_u64(out, value[i]);
	}
}

#define block_need net_need
#define block_number net_number
#define block_cell net_cell
#define block_plain net_plain

/* --- when it started, and how long ago --- */

#define uptime_need metric_column_need
#define uptime_cell metric_column_cell
#define uptime_number metric_column_number

static void uptime_plain(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	char digits[NUMBER_MAX];
	uint64_t ns;

	if (metric_column_age(c, index, col->metric, &ns))
		str_append(out, digits, number_base(digits, UNIT_NSEC, ns));
}

#define started_need metric_column_need
#define started_plain metric_column_plain

static bool started_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	uint64_t ns;

	if (!metric_column_value(c, index, col->metric, &ns))
		return false;
	*out = (double)ns;
	return true;
}

static void started_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	char text[32];
	struct tm at;
	uint64_t ns;
	time_t seconds;

	if (!metric_column_value(c, index, col->metric, &ns)) {
		str_add(out, ABSENT);
		return;
	}
	seconds = (time_t)(ns / NSEC_PER_SEC);
	if (gmtime_r(&seconds, &at) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &at))
		str_add(out, text);
	else
		str_add(out, ABSENT);
}

/* --- the table --- */

static const struct column composed[] = {
#define COLUMN(shape, row, name, head, names, side, text) \
	{.key = (name),                                   \
	 .header = (head),                                \
	 .aliases = (names),                              \
	 .align = ALIGN_##side,                           \
	 .help = (text),                                  \
	 .need = shape##_need,                            \
	 .cell = shape##_cell,                            \
	 .plain = shape##_plain,                          \
	 .number = shape##_number,                        \
	 .metric = METRIC_##row},
#include "model/columns.def"
};

size_t column_count(void)
{
	size_t n = ARRAY_SIZE(composed);

	for (size_t i = 0; i < METRIC__COUNT; i++)
		n += *metric_columns[i].key != '\0';
	return n;
}

const struct column *column_at(size_t index)
{
	if (index < ARRAY_SIZE(composed))
		return &composed[index];
	index -= ARRAY_SIZE(composed);
	for (size_t i = 0; i < METRIC__COUNT; i++)
		if (*metric_columns[i].key && index-- == 0)
			return &metric_columns[i];
	return NULL;
}

/* Whether text up to `end` is name, case and spaces aside. */
static bool same_name(const char *text, const char *end, const char *name)
{
	for (;;) {
		while (text < end && *text == ' ')
			text++;
		while (*name == ' ')
			name++;
		if (text == end || !*name)
			return text == end && !*name;
		if (tolower((unsigned char)*text++) != tolower((unsigned char)*name++))
			return false;
	}
}

static bool is_called(const struct column *col, const char *name)
{
	const char *at = col->aliases;

	if (same_name(col->key, col->key + strlen(col->key), name) ||
	    same_name(col->header, col->header + strlen(col->header), name))
		return true;
	while (*at) {
		const char *end = strchrnul(at, '|');

		if (same_name(at, end, name))
			return true;
		at = *end ? end + 1 : end;
	}
	return false;
}

const struct column *column_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(composed); i++)
		if (is_called(&composed[i], name))
			return &composed[i];
	for (size_t i = 0; i < METRIC__COUNT; i++)
		if (*metric_columns[i].key && is_called(&metric_columns[i], name))
			return &metric_columns[i];
	return NULL;
}
