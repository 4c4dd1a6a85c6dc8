/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP server over made-up containers, for tests over loopback: no root and no cgroups needed. It says
 * "listening ADDRESS…" on standard output and logs to standard error; SIGTERM ends it. With
 * FAKE_SERVER_MODE=attended the loop is this program's own, as it is the dashboard's in `plimsoll top
 * --listen`.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"
#include "exporter/server.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { MAX_LISTEN = 16 };

struct fake {
	struct source source;
	uint64_t containers;
	uint64_t delay_ms;
	const char *fail_file; /* collections fail while it exists */
	uint64_t samples;
};

static int add_container(struct snapshot *s, unsigned number, uint64_t tick)
{
	char id[65];
	char name[32];
	char path[96];
	struct identity who = {
		.runtime = RUNTIME_DOCKER, .id = id, .name = name, .image = "registry.example/app:1.0"};
	struct identity *identity;
	struct entity e = {
		.path = path, .id = number + 2, .parent = 0, .depth = 1, .class = ENTITY_CONTAINER};
	ptrdiff_t index;

	snprintf(id, sizeof(id), "%064x", number);
	snprintf(name, sizeof(name), "web-%u", number);
	snprintf(path, sizeof(path), "/docker/%s", id);
	identity = identity_new(&who);
	if (!identity)
		return -ENOMEM;
	e.identity = identity;
	index = snapshot_add(s, &e);
	identity_unref(identity);
	if (index < 0)
		return -ENOMEM;
	for (enum metric_id id_of = 0; id_of < METRIC__COUNT; id_of++)
		if (metrics[id_of].dimension == DIMENSION_ONE && metrics[id_of].kind != KIND_TEXT)
			snapshot_set(s, (size_t)index, id_of, tick * 1000003 + number * 977 + id_of);
	return 0;
}

static int add_root(struct snapshot *s)
{
	struct identity nobody = {0};
	struct identity *identity = identity_new(&nobody);
	struct entity e = {.path = "/", .id = 1, .parent = -1, .class = ENTITY_HOST, .identity = identity};
	ptrdiff_t index = identity ? snapshot_add(s, &e) : -ENOMEM;

	identity_unref(identity);
	return index < 0 ? -ENOMEM : 0;
}

static void report(struct snapshot *s, const struct metric_set *need)
{
	metric_set_foreach (id, need) {
		snapshot_set_report(s, metrics[id].group,
				    &(struct group_report){.ran = true, .spent_ns = 1500});
	}
}

static int fake_sample(struct source *source, const struct metric_set *need, struct snapshot **out,
		       struct error *err)
{
	struct fake *f = (struct fake *)source;
	const struct host host = {
		.hostname = "fake", .kernel = "6.1", .n_cpus = 2, .memory_bytes = 1 << 30, .page_size = 4096};
	struct metric_set closed = *need;
	struct snapshot *s;
	int r;

	usleep((useconds_t)(f->delay_ms * 1000));
	if (f->fail_file && access(f->fail_file, F_OK) == 0)
		return error_set(err, -EIO, "remove the file", "told to fail by '%s'", f->fail_file);
	metric_set_close(&closed);
	s = snapshot_new(&closed, &host, clock_monotonic_ns(), clock_realtime_ns(), f->containers + 1);
	if (!s)
		return error_errno(err, -ENOMEM, "", "cannot collect");
	f->samples++;
	r = add_root(s);
	for (unsigned i = 0; r == 0 && i < f->containers; i++)
		r = add_container(s, i, f->samples);
	if (r < 0) {
		snapshot_unref(s);
		return error_errno(err, r, "", "cannot collect");
	}
	report(s, need);
	snapshot_seal(s);
	*out = s;
	return 0;
}

static int fake_event_fd(struct source *source)
{
	(void)source;
	return -1;
}

static int fake_dispatch(struct source *source, struct error *err)
{
	(void)source;
	(void)err;
	return 0;
}

static void fake_close(struct source *source)
{
	(void)source;
}

static const struct source_ops fake_ops = {.name = "fake",
					   .sample = fake_sample,
					   .event_fd = fake_event_fd,
					   .dispatch = fake_dispatch,
					   .close = fake_close};

static void log_line(void *context, enum log_level level, const char *message, const char *fields)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};

	(void)context;
	fprintf(stderr, "level=%s msg=\"%s\" %s\n", levels[level], message, fields);
}

static int ready(void *context, const char *address, struct error *err)
{
	(void)context;
	(void)err;
	printf("listening %s\n", address);
	fflush(stdout);
	return 0;
}

struct arguments {
	struct fake fake;
	struct server_options server;
	const char *listen[MAX_LISTEN];
	bool check_only; /* open, and that is it: says whether the configuration is good */
};

static uint64_t number(const char *text)
{
	uint64_t value;

	if (parse_u64(slice_of(text), &value) == 0)
		return value;
	fprintf(stderr, "fake_server: '%s' is not a number\n", text);
	exit(2);
}

static void parse_arguments(int argc, char **argv, struct arguments *a)
{
	int option;

	while ((option = getopt(argc, argv, "l:c:p:n:d:f:r:m:h:w:i:Sqat")) != -1) {
		if (option == 'l' && a->server.n_listen < MAX_LISTEN)
			a->listen[a->server.n_listen++] = optarg;
		else if (option == 'c')
			a->server.config_file = optarg;
		else if (option == 'p')
			a->server.telemetry_path = optarg;
		else if (option == 'n')
			a->fake.containers = number(optarg);
		else if (option == 'd')
			a->fake.delay_ms = number(optarg);
		else if (option == 'f')
			a->fake.fail_file = optarg;
		else if (option == 'r')
			a->server.max_requests = (unsigned)number(optarg);
		else if (option == 'm')
			a->server.max_connections = (unsigned)number(optarg);
		else if (option == 'h')
			a->server.header_timeout_ns = number(optarg) * NSEC_PER_MSEC;
		else if (option == 'w')
			a->server.write_timeout_ns = number(optarg) * NSEC_PER_MSEC;
		else if (option == 'i')
			a->server.min_interval_ns = number(optarg) * NSEC_PER_MSEC;
		else if (option == 't')
			a->check_only = true;
		else if (option == 'S')
			a->server.systemd_socket = true;
		else if (option == 'q')
			a->server.exporter_metrics = false;
		else if (option == 'a')
			for (enum metric_group g = 0; g < GROUP__COUNT; g++)
				metric_set_add_group(&a->server.metrics, g);
		else
			exit(2);
	}
}

/* Nothing but the descriptor ever wakes it: what the server forgets to ask for does not happen. */
static int attend(struct server *server, int stop_fd, struct error *err)
{
	struct pollfd fds[] = {{.fd = stop_fd, .events = POLLIN}, {.events = POLLIN}};
	int r = server_attend_fd(server, err);

	if (r < 0)
		return r;
	fds[1].fd = r;
	signal(SIGPIPE, SIG_IGN);
	for (r = 0; r == 0;) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
			return error_errno(err, -errno, "", "cannot wait");
		if (fds[0].revents)
			break;
		r = server_attend(server, err);
	}
	return r;
}

static bool is_attended(void)
{
	const char *mode = getenv("FAKE_SERVER_MODE");

	return mode && strcmp(mode, "attended") == 0;
}

static int serve(struct arguments *a, int stop_fd, struct error *err)
{
	struct server *server;
	int r = server_open(&a->fake.source, &a->server, &server, err);

	if (r < 0)
		return r;
	if (!a->check_only)
		r = is_attended() ? attend(server, stop_fd, err) : server_run(server, stop_fd, err);
	server_close(server);
	return r;
}

int main(int argc, char **argv)
{
	struct arguments a = {.fake = {.source = {.ops = &fake_ops}, .containers = 3}};
	struct error err = {0};
	_cleanup_close_ int stop_fd = -1;
	sigset_t stop;

	a.server = (struct server_options){
		.log = log_line, .ready = ready, .exporter_metrics = true, .listen = a.listen};
	metric_set_defaults(&a.server.metrics);
	parse_arguments(argc, argv, &a);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	stop_fd = signalfd(-1, &stop, SFD_CLOEXEC);
	if (stop_fd < 0 || serve(&a, stop_fd, &err) < 0) {
		fprintf(stderr, "fake_server: %s\n%s\n", err.cause, err.remedy);
		return 1;
	}
	return 0;
}
