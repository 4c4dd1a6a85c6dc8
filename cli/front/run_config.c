/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a container besides its spec: labels, how it ends, its log. */
#include "run_spec.h"

#include "runtime/control.h"
#include "runtime/detach_keys.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define STOP_TIMEOUT 10
/* Of a log that is in memory: what its reader wants is the end of it. */
#define MEMORY_LOG_SIZE ((uint64_t)8 << 20)
#define MEMORY_LOG_FILES 2

static int set_labels(const struct run_settings *s, struct spec *spec, struct spec_pairs *labels,
		      const struct value_host *files, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->label_files.n; i++)
		r = value_label_file(spec, labels, files, s->label_files.items[i], err);
	for (size_t i = 0; r == 0 && i < s->labels.n; i++)
		r = value_pair(spec, labels, "label", s->labels.items[i], err);
	return r;
}

bool run_is_short_lived(const struct run_settings *s)
{
	return s->rm && !s->detach && s->log_options.n == 0;
}

static int set_log(const struct run_settings *s, bool in_memory, struct container_config *config,
		   struct error *err)
{
	bool sized = false;
	bool counted = false;
	int r = 0;

	config->log_driver = (enum log_driver)s->log_driver;
	config->log_max_files = 1;
	if (in_memory && config->log_driver == LOG_JSON_FILE) {
		config->log_max_size = MEMORY_LOG_SIZE;
		config->log_max_files = MEMORY_LOG_FILES;
	}
	for (size_t i = 0; r == 0 && i < s->log_options.n; i++) {
		r = value_log_option(s->log_options.items[i], &config->log_max_size, &config->log_max_files,
				     err);
		sized |= strncmp(s->log_options.items[i], "max-size", 8) == 0;
		counted |= strncmp(s->log_options.items[i], "max-file", 8) == 0;
	}
	if (r < 0)
		return r;
	if (config->log_driver == LOG_NONE && s->log_options.n)
		return error_set(err, -EINVAL, "leave one of them out",
				 "'--log-driver none' keeps nothing for --log-opt");
	if (counted && !sized)
		return error_set(err, -EINVAL, "add --log-opt max-size=10m",
				 "'--log-opt max-file' does nothing without max-size");
	return 0;
}

static int set_end(const struct run_settings *s, struct container_config *config, struct error *err)
{
	int r = 0;

	config->stop_signal = SIGTERM;
	config->stop_timeout = STOP_TIMEOUT;
	if (s->stop_signal)
		r = value_signal(s->stop_signal, &config->stop_signal, err);
	if (r == 0 && s->stop_timeout)
		r = value_integer("stop-timeout", s->stop_timeout, -1, INT32_MAX, &config->stop_timeout, err);
	if (r == 0 && s->restart)
		r = restart_parse(s->restart, &config->restart, &config->restart_max, err);
	if (r == 0 && s->rm && config->restart != RESTART_NO)
		return error_set(err, -EINVAL, "leave one of them out",
				 "'--rm' removes the container that '--restart %s' would start again",
				 s->restart);
	return r;
}

static int check_keys(const struct run_settings *s, struct error *err)
{
	unsigned char keys[DETACH_KEYS_MAX];
	int r = s->detach_keys ? detach_keys_parse(s->detach_keys, keys, sizeof(keys), err) : 0;

	return r < 0 ? r : 0;
}

int run_streams(const struct run_settings *s, struct run_streams *out, struct error *err)
{
	struct run_streams made = {s->interactive, true, true};

	if (s->attach.n && s->detach)
		return error_set(err, -EINVAL, "leave one of them out",
				 "'--attach' and '--detach' contradict each other");
	if (s->attach.n)
		made = (struct run_streams){0};
	for (size_t i = 0; i < s->attach.n; i++) {
		const char *stream = s->attach.items[i];

		made.in |= strcmp(stream, "stdin") == 0;
		made.out |= strcmp(stream, "stdout") == 0;
		made.err |= strcmp(stream, "stderr") == 0;
		if (strcmp(stream, "stdin") != 0 && strcmp(stream, "stdout") != 0 &&
		    strcmp(stream, "stderr") != 0)
			return error_set(err, -EINVAL, "it takes stdin, stdout or stderr",
					 "'--attach' cannot be '%s'", stream);
	}
	*out = made;
	return 0;
}

/* The supervisor writes it, wherever that runs. */
static int set_pidfile(const struct run_settings *s, const struct value_host *host, struct spec *spec,
		       struct container_config *config, struct error *err)
{
	if (!s->pidfile)
		return 0;
	if (s->pidfile[0] == '/')
		config->pidfile = spec_text(spec, s->pidfile);
	else if (host->cwd && s->pidfile[0])
		config->pidfile = spec_printf(spec, "%s/%s", host->cwd, s->pidfile);
	else
		return error_set(err, -EINVAL, "write it from '/' on", "'--pidfile' cannot be '%s'",
				 s->pidfile);
	return config->pidfile ? 0 : run_no_memory(err);
}

int run_config(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
	       struct container_config *config, struct error *err)
{
	struct container_config made = {
		.auto_remove = s->rm,
		.init = s->init,
		.ipc_shareable = config->ipc_shareable, /* run_namespaces has decided */
		.image = spec_text(spec, s->rootfs),
		.detach_keys = spec_text(spec, s->detach_keys),
	};
	struct run_streams streams = {0};
	int r = set_pidfile(s, facts->files, spec, &made, err);

	if (r < 0)
		return r;
	if (!made.image || !made.detach_keys != !s->detach_keys)
		return run_no_memory(err);
	r = run_streams(s, &streams, err);
	if (r == 0)
		r = check_keys(s, err);
	if (r == 0 && s->name)
		r = container_check_name(s->name, err);
	if (r == 0)
		r = set_labels(s, spec, &made.labels, facts->files, err);
	if (r == 0)
		r = set_end(s, &made, err);
	if (r == 0)
		r = set_log(s, facts->in_memory, &made, err);
	if (r < 0)
		return r;
	made.open_stdin = s->interactive || (s->attach.n && streams.in);
	*config = made;
	return 0;
}
