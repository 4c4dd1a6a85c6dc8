/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/text.h"
#include "collector/collector.h"
#include "command.h"
#include "exit_code.h"
#include "host_report.h"
#include "kernel_source.h"
#include "message.h"
#include "output.h"
#include "source_settings.h"

#include <errno.h>
#include <stddef.h>

struct settings {
	struct source_settings source;
	unsigned format;
};

#define EVERY_PART ((1U << KERNEL_PART__COUNT) - 1)

enum doctor_format { AS_TEXT, AS_JSON };
static const char *const formats[] = {"text", "json", NULL};

static const struct option_spec rows[] = {
	{.name = "format",
	 .type = OPTION_CHOICE,
	 .offset = offsetof(struct settings, format),
	 .value = "FORMAT",
	 .choices = formats,
	 .fallback = "text",
	 .help = "how to show it"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
	SOURCE_OPTIONS(struct settings, source),
};

/* Never colour alone: a sign and a word say the same. */
static const struct {
	const char *sign;
	const char *colour;
} levels[] = {
	[FINDING_OK] = {"+", "\033[32m"},
	[FINDING_NOTE] = {".", "\033[2m"},
	[FINDING_LACKS] = {"!", "\033[33m"},
	[FINDING_MISSING] = {"X", "\033[31m"},
};

static void put_detail(struct str *out, const char *what, const char *text)
{
	if (!*text)
		return;
	str_printf(out, "              %s: ", what);
	message_safe(out, text);
	str_char(out, '\n');
}

static void put_finding(struct str *out, const struct finding *f, bool colour)
{
	str_printf(out, "  %s%s %-8s%s  ", colour ? levels[f->level].colour : "", levels[f->level].sign,
		   finding_level_word(f->level), colour ? "\033[0m" : "");
	message_safe(out, f->what);
	str_char(out, '\n');
	put_detail(out, "costs", f->cost);
	put_detail(out, "to get it", f->remedy);
}

static size_t count_level(const struct host_report *r, enum finding_level level)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->findings[i].level == level;
	return n;
}

static void put_text(struct str *out, const struct host_report *r, bool colour)
{
	for (unsigned topic = 0; topic < TOPIC__COUNT; topic++) {
		bool any = false;

		for (size_t i = 0; i < r->n; i++) {
			if (r->findings[i].topic != topic)
				continue;
			if (!any)
				str_printf(out, "%s%s\n", out->len ? "\n" : "",
					   finding_topic_word((enum finding_topic)topic));
			any = true;
			put_finding(out, &r->findings[i], colour);
		}
	}
	if (count_level(r, FINDING_MISSING))
		str_add(out, "\nSomething essential is missing.\n");
	else if (count_level(r, FINDING_LACKS))
		str_printf(out, "\nNothing essential is missing; %zu could be better.\n",
			   count_level(r, FINDING_LACKS));
	else
		str_add(out, "\nNothing is missing.\n");
}

static void put_json_text(struct str *out, const char *key, const char *text)
{
	str_printf(out, ",\"%s\":", key);
	if (*text)
		text_json(out, slice_of(text));
	else
		str_add(out, "null");
}

static void put_not_offered(struct str *out, const struct host_facts *f)
{
	bool first = true;

	for (unsigned id = 0; f->layout && id < METRIC__COUNT; id++) {
		if (metric_set_has(&f->offers, (enum metric_id)id) || !*metrics[id].json)
			continue;
		str_printf(out, "%s\"%s\"", first ? "" : ",", metrics[id].json);
		first = false;
	}
}

static void put_json(struct str *out, const struct host_report *r, const struct host_facts *f)
{
	str_printf(out, "{\"ok\":%s,\"cgroup_mode\":\"%s\",\"kernel\":",
		   count_level(r, FINDING_MISSING) ? "false" : "true",
		   cgroup_mode_name(f->layout ? f->layout->mode : CGROUP_NONE));
	text_json(out, slice_of(f->kernel));
	str_add(out, ",\"findings\":[");
	for (size_t i = 0; i < r->n; i++) {
		const struct finding *one = &r->findings[i];

		str_printf(out, "%s{\"topic\":\"%s\",\"level\":\"%s\"", i ? "," : "",
			   finding_topic_word(one->topic), finding_level_word(one->level));
		put_json_text(out, "what", one->what);
		put_json_text(out, "cost", one->cost);
		put_json_text(out, "remedy", one->remedy);
		str_char(out, '}');
	}
	str_add(out, "],\"metrics_not_offered\":[");
	put_not_offered(out, f);
	str_add(out, "]}\n");
}

/* One sample, so that figures about descriptors and denied reads are those of real work. */
static void try_out(struct source *source)
{
	struct metric_set need = {0};
	struct snapshot *snapshot;

	metric_set_defaults(&need);
	metric_set_add_group(&need, GROUP_namespace);
	metric_set_close(&need);
	if (source_sample(source, &need, &snapshot, NULL) == 0)
		snapshot_unref(snapshot);
}

static int run(void *opaque, const struct text_list *operands)
{
	const struct settings *settings = opaque;
	struct collector_options options = source_settings_apply(&settings->source);
	_cleanup_source_ struct source *source = NULL;
	_cleanup_str_ struct str text = {0};
	struct host_report report;
	struct host_facts facts;
	struct error why = {0};
	struct error err;
	bool healthy;

	if (operands->n) {
		error_set(&err, -EINVAL, "it takes options only", "'%s' is one word too many",
			  operands->items[0]);
		message_error(&err);
		return EXIT_USAGE;
	}
	if (collector_open(&options, &source, &err) == 0) {
		(void)kernel_source_use(&settings->source, source, EVERY_PART, true, &why);
		try_out(source);
	}
	host_facts_gather(&facts, source, &err, &options.roots);
	facts.kernel_why = why;
	host_report_judge(&report, &facts);
	healthy = count_level(&report, FINDING_MISSING) == 0;
	if (settings->format == AS_TEXT)
		put_text(&text, &report, output_has_colour());
	else
		put_json(&text, &report, &facts);
	host_report_free(&report);
	return output_write(&text) < 0 || !healthy ? EXIT_FAILED : EXIT_OK;
}

static const struct example examples[] = {
	{"plimsoll doctor", "what is there, what is missing, what that costs, and how to get it"},
	{"plimsoll doctor --format json | jq '.findings[] | select(.level == \"lacks\")'", "for scripts"},
};

const struct command command_doctor = {
	.name = "doctor",
	.operands = "",
	.description = "Looks at the cgroup hierarchies, controllers, kernel interfaces, privileges, limits "
		       "and runtimes' metadata that "
		       "plimsoll's figures come from. Nothing on the host is changed.\n\n"
		       "The exit code is 0 if nothing essential is missing, and 1 otherwise. A '!' costs "
		       "some figures only.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};
