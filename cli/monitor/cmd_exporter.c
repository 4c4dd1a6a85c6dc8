/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "collector/collector.h"
#include "command.h"
#include "exit_code.h"
#include "exporter/server.h"
#include "host_report.h"
#include "kernel_source.h"
#include "log.h"
#include "message.h"
#include "privileges.h"
#include "sampler.h"
#include "sd_notify.h"
#include "source_settings.h"
#include "watchdog.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

struct settings {
	struct source_settings source;
	struct text_list listen;
	bool systemd_socket;
	const char *config_file;
	const char *telemetry_path;
	uint64_t max_requests;
	uint64_t max_connections;
	bool no_exporter_metrics;
	uint64_t min_interval_ns;
	uint64_t linger_ns;
	struct text_list labels;
	uint32_t classes; /* 0 = the collector's own choice */
	unsigned compat;
	unsigned log_level;
	unsigned log_format;
	const char *user;
	bool groups[GROUP__COUNT];
};

enum compat { COMPAT_NONE, COMPAT_CADVISOR };
static const char *const compats[] = {"none", "cadvisor", NULL};
static const char *const log_formats[] = {"logfmt", "json", NULL};
static const char *const classes[] = {"host",  "container", "service", "group",
				      "slice", "inner",	    "helper",  NULL};

#define AT(field) .offset = offsetof(struct settings, field)

static const struct option_spec web_rows[] = {
	{.name = "web.listen-address",
	 .type = OPTION_LIST,
	 AT(listen),
	 .value = "ADDRESS",
	 .fallback = "127.0.0.1:9753",
	 .help = "where to listen: 127.0.0.1:9753, :9753 for every address, [::1]:9753, or unix:/path"},
	{.name = "web.systemd-socket",
	 .type = OPTION_FLAG,
	 AT(systemd_socket),
	 .help = "listen on the sockets that systemd hands over (socket activation) instead"},
	{.name = "web.config.file",
	 .type = OPTION_TEXT,
	 AT(config_file),
	 .value = "FILE",
	 .help = "YAML file with TLS, client certificates, passwords and rate limits, as Prometheus' "
		 "exporter-toolkit has it; "
		 "read again when it changes"},
	{.name = "web.telemetry-path",
	 .type = OPTION_TEXT,
	 AT(telemetry_path),
	 .value = "PATH",
	 .fallback = "/metrics",
	 .help = "path of the metrics"},
	{.name = "web.max-requests",
	 .type = OPTION_NUMBER,
	 AT(max_requests),
	 .value = "N",
	 .fallback = "40",
	 .min = 1,
	 .max = 10000,
	 .help = "scrapes at once; more are refused with 503"},
	{.name = "web.max-connections",
	 .type = OPTION_NUMBER,
	 AT(max_connections),
	 .value = "N",
	 .fallback = "512",
	 .min = 1,
	 .max = 100000,
	 .help = "connections at once"},
	{.name = "web.disable-exporter-metrics",
	 .type = OPTION_FLAG,
	 AT(no_exporter_metrics),
	 .help = "leave out metrics about the exporter itself (promhttp_*, process_*, plimsoll_*)"},
};

static const struct option_spec collector_rows[] = {
	{.name = "collector.min-interval",
	 .type = OPTION_DURATION,
	 AT(min_interval_ns),
	 .value = "DURATION",
	 .fallback = "500ms",
	 .max = 3600 * NSEC_PER_SEC,
	 .help = "scrapes closer together share one collection"},
	{.name = "collector.linger",
	 .type = OPTION_DURATION,
	 AT(linger_ns),
	 .value = "DURATION",
	 .fallback = "60s",
	 .max = 24 * 3600 * NSEC_PER_SEC,
	 .help = "how long the last values of a container that ended are served; 0: not at all"},
	{.name = "collector.container-labels",
	 .type = OPTION_LIST,
	 AT(labels),
	 .value = "GLOB",
	 .help = "labels of containers that become container_label_*, such as com.example.*"},
	{.name = "collector.classes",
	 .type = OPTION_SET,
	 AT(classes),
	 .value = "CLASSES",
	 .choices = classes,
	 .fallback = "host,container,service,group,slice",
	 .help = "cgroups to serve"},
	{.name = "compat",
	 .type = OPTION_CHOICE,
	 AT(compat),
	 .value = "WHAT",
	 .choices = compats,
	 .fallback = "none",
	 .help = "serve cAdvisor's names that promtool finds fault with, too"},
};

/* --[no-]collector.GROUP, one for each group of the metric table. */
static const struct option_spec group_rows[] = {
#define GROUP(id, on_by_default, text)               \
	{.name = "collector." #id,                   \
	 .type = OPTION_SWITCH,                      \
	 AT(groups[GROUP_##id]),                     \
	 .fallback = (on_by_default) ? "on" : "off", \
	 .help = text},
#include "model/metrics.def"
};

static const struct option_spec process_rows[] = {
	{.name = "log.level",
	 .type = OPTION_CHOICE,
	 AT(log_level),
	 .value = "LEVEL",
	 .choices = log_level_words,
	 .fallback = "info",
	 .help = "what to log"},
	{.name = "log.format",
	 .type = OPTION_CHOICE,
	 AT(log_format),
	 .value = "FORMAT",
	 .choices = log_formats,
	 .fallback = "logfmt",
	 .help = "how to log it, on standard error"},
	{.name = "user",
	 .type = OPTION_TEXT,
	 AT(user),
	 .value = "USER",
	 .help = "become this user once everything is open; only the capabilities that reading takes are "
		 "kept in any case, and with --collector.latency CAP_NET_ADMIN"},
};

static const struct option_group option_groups[] = {
	{"web", web_rows, ARRAY_SIZE(web_rows), 0},
	{"collection", collector_rows, ARRAY_SIZE(collector_rows), 0},
	{"groups of metrics", group_rows, ARRAY_SIZE(group_rows), 0},
	{"process", process_rows, ARRAY_SIZE(process_rows), 0},
	SOURCE_OPTIONS(struct settings, source),
};

struct exporter {
	const struct settings *settings;
	struct log log;
	struct user user;
	struct source *source;
	struct watchdog watchdog;
	const char *notify_socket;
	struct metric_set metrics;
};

static void log_gaps(struct exporter *e)
{
	struct collector_options options = source_settings_apply(&e->settings->source);
	struct host_report report;
	struct host_facts facts;

	host_facts_gather(&facts, e->source, NULL, &options.roots);
	host_report_judge(&report, &facts);
	for (size_t i = 0; i < report.n; i++) {
		const struct finding *f = &report.findings[i];
		_cleanup_str_ struct str fields = {0};

		if (!finding_concerns(f, &e->metrics))
			continue;
		log_field(&fields, "cost", f->cost);
		if (*f->remedy)
			log_field(&fields, "remedy", f->remedy);
		log_say(&e->log, LOG_LEVEL_WARN, f->what, fields.data);
	}
	host_report_free(&report);
}

/* Every listener is open: nothing beyond this needs root. */
static int ready(void *context, const char *address, struct error *err)
{
	struct exporter *e = context;
	_cleanup_str_ struct str fields = {0};
	int r = privileges_shed(&e->user, kernel_side_latency(&e->metrics) != 0, err);

	(void)address; /* the server says where it listens */
	if (r < 0)
		return r;
	log_gaps(e);
	log_field(&fields, "path", e->settings->telemetry_path);
	log_field(&fields, "version", PLIMSOLL_VERSION);
	log_say(&e->log, LOG_LEVEL_INFO, "serving", fields.data);
	r = sd_notify_send(e->notify_socket, "READY=1");
	if (r < 0)
		return error_errno(err, r,
				   "unset NOTIFY_SOCKET, or see to it that its socket can be written to",
				   "cannot tell the service manager that plimsoll is ready");
	return 0;
}

static struct server_options server_options(struct exporter *e)
{
	const struct settings *s = e->settings;

	return (struct server_options){
		.listen = s->listen.items,
		.n_listen = s->listen.n,
		.systemd_socket = s->systemd_socket,
		.config_file = s->config_file,
		.telemetry_path = s->telemetry_path,
		.max_requests = (unsigned)s->max_requests,
		.max_connections = (unsigned)s->max_connections,
		/* 0 would mean the default. */
		.min_interval_ns = s->min_interval_ns ? s->min_interval_ns : 1,
		.exporter_metrics = !s->no_exporter_metrics,
		.render = {.compat_cadvisor = s->compat == COMPAT_CADVISOR,
			   .labels = s->labels.items,
			   .n_labels = s->labels.n,
			   .lingering = s->linger_ns > 0},
		.metrics = e->metrics,
		.log = log_say,
		.log_context = &e->log,
		.ready = ready,
		.ready_context = e,
	};
}

static int serve(struct exporter *e, struct error *err)
{
	struct server_options options = server_options(e);
	_cleanup_close_ int stop = stop_signals_open(err);
	struct server *server = NULL;
	int r;

	if (stop < 0)
		return stop;
	r = server_open(&e->watchdog.source, &options, &server, err);
	if (r < 0)
		return r;
	r = server_run(server, stop, err);
	sd_notify_send(e->notify_socket, "STOPPING=1");
	if (r >= 0)
		log_say(&e->log, LOG_LEVEL_INFO, "stopping", "");
	server_close(server);
	return r;
}

static int check(const struct settings *s, struct exporter *e, struct error *err)
{
	if (*s->telemetry_path != '/' || !s->telemetry_path[1])
		return error_set(err, -EINVAL, "give a path such as /metrics",
				 "'--web.telemetry-path' cannot be '%s'", s->telemetry_path);
	for (unsigned g = 0; g < GROUP__COUNT; g++)
		if (s->groups[g])
			metric_set_add_group(&e->metrics, (enum metric_group)g);
	e->log = (struct log){(enum log_format)s->log_format, (enum log_level)s->log_level};
	return s->user ? privileges_find_user(s->user, &e->user, err) : 0;
}

/* Once it runs as a service its last words belong where its other words are. */
static int fail(const struct exporter *e, const struct error *err)
{
	_cleanup_str_ struct str fields = {0};
	struct log log = e->log;

	if (*err->remedy)
		log_field(&fields, "remedy", err->remedy);
	log_say(&log, LOG_LEVEL_ERROR, err->cause, fields.data);
	return EXIT_FAILED;
}

/* Said once: the same figures for more CPU time. */
static void say_files(const struct exporter *e, const struct error *why)
{
	_cleanup_str_ struct str fields = {0};
	struct log log = e->log;

	if (!why->code)
		return;
	log_field(&fields, "cause", why->cause);
	if (*why->remedy)
		log_field(&fields, "remedy", why->remedy);
	log_say(&log, LOG_LEVEL_INFO, "figures come from files", fields.data);
}

static int run(void *opaque, const struct text_list *operands)
{
	const struct settings *settings = opaque;
	struct exporter e = {.settings = settings, .notify_socket = getenv("NOTIFY_SOCKET")};
	struct collector_options options = source_settings_apply(&settings->source);
	_cleanup_source_ struct source *source = NULL;
	struct error err;

	if (operands->n) {
		error_set(&err, -EINVAL, "it takes options only", "'%s' is one word too many",
			  operands->items[0]);
		message_error(&err);
		return EXIT_USAGE;
	}
	if (check(settings, &e, &err) < 0) {
		message_error(&err);
		return EXIT_USAGE;
	}
	options.classes = settings->classes;
	options.linger_ns = settings->linger_ns;
	if (collector_open(&options, &source, &err) < 0)
		return fail(&e, &err);
	if (kernel_source_use(&settings->source, source,
			      KERNEL_SIDE_FIGURES | KERNEL_SIDE_EVENTS | kernel_side_latency(&e.metrics),
			      true, &err) < 0)
		return fail(&e, &err);
	say_files(&e, &err);
	e.source = source;
	watchdog_init(&e.watchdog, source, e.notify_socket,
		      sd_watchdog_ns(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"), getpid()));
	return serve(&e, &err) < 0 ? fail(&e, &err) : EXIT_OK;
}

static const struct example examples[] = {
	{"plimsoll exporter", "serve http://127.0.0.1:9753/metrics"},
	{"plimsoll exporter --web.listen-address :9753 --web.config.file web.yml --user nobody",
	 "for a Prometheus elsewhere, with TLS and passwords"},
	{"plimsoll exporter --collector.memory_stat --no-collector.cpuset", "more of one, less of the other"},
	{"plimsoll exporter --compat cadvisor --web.listen-address :8080", "in the place of cAdvisor"},
};

const struct command command_exporter = {
	.name = "exporter",
	.operands = "",
	.description = "Serves the statistics of every container in Prometheus' text format and in "
		       "OpenMetrics, under the names that "
		       "cAdvisor uses. Nothing is collected unless somebody scrapes. 'docs/metrics.md' lists "
		       "the metrics.\n\n"
		       "A scrape may ask for some groups (?collect[]=cpu), leave some out "
		       "(?exclude[]=network), or name containers "
		       "(?name[]=web*).",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};
