/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/text.h"
#include "collector/collector.h"
#include "command.h"
#include "exit_code.h"
#include "exporter/table.h"
#include "kernel_source.h"
#include "message.h"
#include "namespaces.h"
#include "output.h"
#include "sampler.h"
#include "selection.h"
#include "source_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>

struct settings {
	struct source_settings source;
	unsigned format;
	uint32_t kinds; /* 0 = all */
	bool all;
	struct text_list filters;
};

enum ns_format { AS_TABLE, AS_JSON };
static const char *const formats[] = {"table", "json", NULL};

static const struct option_spec rows[] = {
	{.name = "all",
	 .letter = 'a',
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, all),
	 .help = "show services, slices and what is inside containers too"},
	{.name = "filter",
	 .letter = 'f',
	 .type = OPTION_LIST,
	 .offset = offsetof(struct settings, filters),
	 .value = "FILTER",
	 .help = "show what matches KEY=VALUE or a word, as in plimsoll stats"},
	{.name = "format",
	 .type = OPTION_CHOICE,
	 .offset = offsetof(struct settings, format),
	 .value = "FORMAT",
	 .choices = formats,
	 .fallback = "table",
	 .help = "how to show it"},
	{.name = "kind",
	 .letter = 'k',
	 .type = OPTION_SET,
	 .offset = offsetof(struct settings, kinds),
	 .value = "KINDS",
	 .choices = namespace_kinds,
	 .help = "show these kinds only"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
	SOURCE_OPTIONS(struct settings, source),
};

/* A column of one kind; it finds its way back to the index by being the first member. */
struct kind_column {
	struct column column;
	const struct namespace_index *index;
	unsigned kind;
};

static const struct namespace_entry *entry_of(const struct column *col, const struct comparison *c,
					      size_t index)
{
	const struct kind_column *k = (const struct kind_column *)(const void *)col;

	return namespace_of(k->index, comparison_later(c), index, k->kind);
}

static void kind_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	const struct kind_column *k = (const struct kind_column *)(const void *)col;
	const struct namespace_entry *e = entry_of(col, c, index);

	if (!e) {
		str_char(out, '-');
		return;
	}
	if (namespace_is_hosts(k->index, e)) {
		str_add(out, "host");
		return;
	}
	str_u64(out, e->inode);
	if (e->mark)
		str_printf(out, " [%u]", e->mark);
}

static void kind_need(const struct column *col, struct metric_set *set)
{
	(void)col;
	namespace_need(set);
}

static bool is_asked(const struct settings *s, unsigned kind)
{
	return !s->kinds || s->kinds >> kind & 1;
}

static void put_users(struct str *out, const struct snapshot *s, const struct namespace_entry *e)
{
	for (size_t i = 0; i < e->n_users; i++) {
		str_add(out, i ? ", " : " ");
		message_safe(out, entity_title(snapshot_entity(s, e->users[i])));
	}
}

/* Below the table: who is behind a mark. */
static void put_legend(struct str *out, const struct settings *settings, const struct snapshot *s,
		       const struct namespace_index *index)
{
	unsigned marks = 0;

	for (size_t i = 0; i < index->n; i++)
		if (index->entries[i].mark > marks)
			marks = index->entries[i].mark;
	for (unsigned mark = 1; mark <= marks; mark++) {
		for (size_t i = 0; i < index->n; i++) {
			const struct namespace_entry *e = &index->entries[i];

			if (e->mark != mark || !is_asked(settings, e->kind))
				continue;
			str_printf(out, "%s[%u] %s %llu is shared by", out->len ? "" : "\n", mark,
				   namespace_kinds[e->kind], (unsigned long long)e->inode);
			put_users(out, s, e);
			str_char(out, '\n');
		}
	}
}

static int put_table(struct str *out, const struct settings *settings, const struct comparison *c,
		     const struct namespace_index *index, const size_t *indexes, size_t n)
{
	static const char *const headers[NAMESPACE_KINDS] = {"CGROUP", "IPC",  "MNT",  "NET",
							     "PID",    "TIME", "USER", "UTS"};
	struct kind_column kinds[NAMESPACE_KINDS] = {0};
	const struct column *columns[NAMESPACE_KINDS + 1] = {column_find("name")};
	struct table_options options = {.columns = columns, .n_columns = 1, .rows = indexes, .n_rows = n};
	_cleanup_str_ struct str legend = {0};

	for (unsigned k = 0; k < NAMESPACE_KINDS; k++) {
		if (!is_asked(settings, k))
			continue;
		kinds[k] = (struct kind_column){
			.column = {.key = namespace_kinds[k],
				   .header = headers[k],
				   .aliases = "",
				   .help = "",
				   .need = kind_need,
				   .cell = kind_cell,
				   .plain = kind_cell},
			.index = index,
			.kind = k,
		};
		columns[options.n_columns++] = &kinds[k].column;
	}
	table_text(out, c, &options);
	put_legend(&legend, settings, comparison_later(c), index);
	str_append(out, legend.data ? legend.data : "", legend.len);
	return out->failed || legend.failed ? -ENOMEM : 0;
}

static void put_kind_json(struct str *out, const struct snapshot *s, const struct namespace_index *index,
			  const struct namespace_entry *e, size_t self)
{
	bool first = true;

	if (!e) {
		str_add(out, "null");
		return;
	}
	str_printf(out, "{\"inode\":%llu,\"host\":%s,\"shared_with\":[", (unsigned long long)e->inode,
		   !index->host[e->kind]	  ? "null"
		   : namespace_is_hosts(index, e) ? "true"
						  : "false");
	for (size_t i = 0; i < e->n_users; i++) {
		if (e->users[i] == self)
			continue;
		str_add(out, first ? "" : ",");
		text_json(out, slice_of(entity_title(snapshot_entity(s, e->users[i]))));
		first = false;
	}
	str_add(out, "]}");
}

static int put_json(struct str *out, const struct settings *settings, const struct snapshot *s,
		    const struct namespace_index *index, const size_t *indexes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct entity *e = snapshot_entity(s, indexes[i]);
		bool first = true;

		str_add(out, "{\"name\":");
		text_json(out, slice_of(entity_title(e)));
		str_add(out, ",\"id\":");
		text_json(out, slice_of(e->identity->id));
		str_add(out, ",\"path\":");
		text_json(out, slice_of(e->path));
		str_add(out, ",\"namespaces\":{");
		for (unsigned k = 0; k < NAMESPACE_KINDS; k++) {
			if (!is_asked(settings, k))
				continue;
			str_printf(out, "%s\"%s\":", first ? "" : ",", namespace_kinds[k]);
			put_kind_json(out, s, index, namespace_of(index, s, indexes[i], k), indexes[i]);
			first = false;
		}
		str_add(out, "}}\n");
	}
	return out->failed ? -ENOMEM : 0;
}

static void notice_unreadable(const struct namespace_index *index, const struct collector_status *status)
{
	bool known = false;

	for (unsigned k = 0; k < NAMESPACE_KINDS; k++)
		known |= index->host[k] != 0;
	if (!known)
		fputs("the host's own namespaces can't be read: none is marked as the host's\n"
		      "  run it as root, or with CAP_SYS_PTRACE\n",
		      stderr);
	else if (status->ptrace_denied)
		fputs("namespaces of other users' processes can't be read: they are shown as -\n"
		      "  run it as root, or with CAP_SYS_PTRACE\n",
		      stderr);
}

static int put(struct str *out, const struct settings *settings, struct source *source,
	       const struct comparison *c, const size_t *indexes, size_t n)
{
	_cleanup_close_ int procfs = fs_open_dir(AT_FDCWD, settings->source.procfs);
	const struct snapshot *s = comparison_later(c);
	struct collector_status status;
	struct namespace_index index;
	int r = namespace_index_new(s, indexes, n, procfs, &index);

	if (r < 0)
		return r;
	collector_status(source, &status);
	notice_unreadable(&index, &status);
	if (settings->format == AS_TABLE)
		r = put_table(out, settings, c, &index, indexes, n);
	else
		r = put_json(out, settings, s, &index, indexes, n);
	namespace_index_free(&index);
	return r;
}

static int show(const struct settings *settings, struct source *source, const struct selection *selection,
		const struct metric_set *need, struct error *err)
{
	_cleanup_free_ size_t *indexes = NULL;
	_cleanup_str_ struct str text = {0};
	struct snapshot *snapshot;
	struct comparison *c;
	size_t n;
	int r = source_sample(source, need, &snapshot, err);

	if (r < 0)
		return r;
	c = comparison_new(NULL, snapshot);
	snapshot_unref(snapshot);
	if (!c)
		return error_errno(err, -ENOMEM, "", "cannot show namespaces");
	r = selection_rows(selection, c, &indexes, &n, err);
	if (r == 0) {
		r = put(&text, settings, source, c, indexes, n);
		if (r == 0)
			r = output_write(&text);
		if (r < 0)
			error_errno(err, r, "", "cannot show namespaces");
	}
	comparison_free(c);
	return r == -EPIPE ? 0 : r;
}

static int fail(const struct error *err, int code)
{
	message_error(err);
	return code;
}

static int run(void *opaque, const struct text_list *names)
{
	const struct settings *settings = opaque;
	struct collector_options options = source_settings_apply(&settings->source);
	_cleanup_source_ struct source *source = NULL;
	_cleanup_(filter_set_freep) struct filter_set *filters = NULL;
	struct selection selection = {.names = names, .all = settings->all, .sort = column_find("name")};
	struct metric_set need = {0};
	struct error err;

	if (filter_set_new(settings->filters.items, settings->filters.n, &filters, &err) < 0)
		return fail(&err, EXIT_USAGE);
	selection.filters = filters;
	selection_need(&selection, &need);
	namespace_need(&need);
	metric_set_close(&need);
	options.classes = selection_classes(&selection);
	/* one pass is not worth loading (some 50 ms) unless it is asked for */
	if (collector_open(&options, &source, &err) < 0 ||
	    kernel_source_use(&settings->source, source, 1U << KERNEL_PROCESSES, false, &err) < 0 ||
	    show(settings, source, &selection, &need, &err) < 0)
		return fail(&err, EXIT_FAILED);
	return EXIT_OK;
}

static const struct example examples[] = {
	{"plimsoll ns", "every container, all eight kinds"},
	{"plimsoll ns --kind net,pid web db", "do these two share a network or see each other's processes?"},
	{"plimsoll ns --format json | jq 'select(.namespaces.user.host)'",
	 "containers whose root is the host's root"},
};

const struct command command_ns = {
	.name = "ns",
	.operands = "[NAME...]",
	.description = "Shows the eight kinds of namespaces of each container by their inode numbers, as "
		       "lsns and ls -l /proc/PID/ns "
		       "do. 'host' is a namespace that PID 1 is in: there the container is not separated "
		       "from the host. A number in "
		       "brackets marks a namespace that several containers share; the lines below the table "
		       "say who.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};
