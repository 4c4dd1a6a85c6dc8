/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect_view.h"

#include "base/cleanup.h"
#include "runtime/log.h"
#include "runtime/value.h"

#include <stdio.h>
#include <string.h>

/* Docker's word for a moment that was not yet. */
#define NEVER "0001-01-01T00:00:00Z"

static void moment(struct json_out *j, const char *key, uint64_t time_ns)
{
	char text[LOG_TIME_SIZE];

	if (time_ns)
		log_format_time(text, time_ns);
	json_out_text(j, key, time_ns ? text : NEVER);
}

static void texts(struct json_out *j, const char *key, const struct spec_texts *list, size_t from)
{
	json_out_open(j, key, '[');
	for (size_t i = from; i < list->n; i++)
		json_out_text(j, NULL, list->at[i]);
	json_out_close(j, '[');
}

static void state(struct json_out *j, const struct container *c)
{
	const struct container_state *s = &c->state;
	bool up = s->status == CONTAINER_RUNNING || s->status == CONTAINER_PAUSED;

	json_out_open(j, "State", '{');
	json_out_text(j, "Status", c->broken ? "broken" : container_status_name(s->status));
	json_out_bool(j, "Running", up);
	json_out_bool(j, "Paused", s->status == CONTAINER_PAUSED);
	json_out_bool(j, "Restarting", s->status == CONTAINER_RESTARTING);
	json_out_bool(j, "OOMKilled", s->oom_killed);
	json_out_i64(j, "Pid", up ? s->pid : 0);
	json_out_i64(j, "SupervisorPid", up ? s->supervisor : 0);
	if (s->status == CONTAINER_EXITED && !s->exit_known)
		json_out_null(j, "ExitCode");
	else
		json_out_i64(j, "ExitCode", s->exit_code);
	json_out_text(j, "Error", s->error);
	moment(j, "StartedAt", s->started_ns);
	moment(j, "FinishedAt", s->finished_ns);
	json_out_i64(j, "Supervisor", s->supervisor);
	json_out_close(j, '{');
}

static void config(struct json_out *j, const struct container *c)
{
	const struct spec_process *process = &c->spec->process;
	char text[64];

	json_out_open(j, "Config", '{');
	json_out_text(j, "Hostname", c->spec->hostname);
	json_out_text(j, "Domainname", c->spec->domainname);
	snprintf(text, sizeof(text), "%u:%u", process->user.uid, process->user.gid);
	json_out_text(j, "User", text);
	json_out_bool(j, "Tty", process->terminal);
	json_out_bool(j, "OpenStdin", c->config.open_stdin);
	texts(j, "Env", &process->env, 0);
	texts(j, "Cmd", &process->args, 0);
	json_out_text(j, "Image", c->config.image);
	json_out_text(j, "WorkingDir", process->cwd);
	json_out_open(j, "Labels", '{');
	for (size_t i = 0; i < c->config.labels.n; i++)
		json_out_text(j, c->config.labels.at[i].key, c->config.labels.at[i].value);
	json_out_close(j, '{');
	snprintf(text, sizeof(text), "SIG%s", value_signal_name(c->config.stop_signal));
	json_out_text(j, "StopSignal", text);
	json_out_i64(j, "StopTimeout", c->config.stop_timeout);
	json_out_close(j, '{');
}

static bool has_option(const struct spec_mount *m, const char *option)
{
	for (size_t i = 0; i < m->options.n; i++)
		if (strcmp(m->options.at[i], option) == 0)
			return true;
	return false;
}

static const char *propagation(const struct spec_mount *m)
{
	static const char *const words[] = {"rprivate", "private", "rslave", "slave", "rshared", "shared"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (has_option(m, words[i]))
			return words[i];
	return "";
}

static void mounts(struct json_out *j, const struct spec *spec)
{
	json_out_open(j, "Mounts", '[');
	for (size_t i = 0; i < spec->n_mounts; i++) {
		const struct spec_mount *m = &spec->mounts[i];

		if (!(m->type && strcmp(m->type, "bind") == 0) && !has_option(m, "bind") &&
		    !has_option(m, "rbind"))
			continue;
		json_out_open(j, NULL, '{');
		json_out_text(j, "Type", "bind");
		json_out_text(j, "Source", m->source);
		json_out_text(j, "Destination", m->destination);
		json_out_bool(j, "RW", !has_option(m, "ro"));
		json_out_text(j, "Propagation", propagation(m));
		json_out_close(j, '{');
	}
	json_out_close(j, '[');
}

/* Where a cgroup is as this process sees it; the mount may show only a part of the hierarchy. */
static const char *below_root(const char *path, const char *root)
{
	size_t len = strcmp(root, "/") == 0 ? 0 : strlen(root);

	return strncmp(path, root, len) == 0 && (path[len] == '/' || !path[len]) ? path + len : path;
}

static void cgroups(struct json_out *j, const struct container *c, const struct cgroup_layout *layout)
{
	json_out_open(j, "Cgroups", '{');
	for (size_t i = 0; layout && c->state.cgroup[0] && i < layout->n_hierarchies; i++) {
		const struct hierarchy *h = &layout->hierarchies[i];
		char path[4096];

		snprintf(path, sizeof(path), "%s%s", h->mount_point, below_root(c->state.cgroup, h->root));
		if (access(path, F_OK) == 0)
			json_out_text(j, h->version == 2 ? "unified" : h->options, path);
	}
	json_out_close(j, '{');
}

static void spec_of(struct json_out *j, const struct container *c)
{
	_cleanup_str_ struct str text = {0};

	spec_write_json(c->spec, &text);
	j->text->failed |= text.failed;
	json_out_raw(j, "Spec", (struct slice){text.data ? text.data : "null", text.data ? text.len : 4});
}

static void log_path(struct json_out *j, const struct container *c)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/log.json", c->path);
	json_out_text(j, "LogPath", c->config.log_driver == LOG_NONE ? "" : path);
}

void inspect_object(struct json_out *j, const struct container *c, const struct cgroup_layout *layout)
{
	const struct spec_texts *args = &c->spec->process.args;

	json_out_open(j, NULL, '{');
	json_out_text(j, "Id", c->id);
	moment(j, "Created", c->config.created_ns);
	json_out_text(j, "Path", args->n ? args->at[0] : "");
	texts(j, "Args", args, 1);
	state(j, c);
	json_out_text(j, "Image", c->config.image);
	log_path(j, c);
	json_out_text(j, "Name", c->config.name);
	json_out_i64(j, "RestartCount", c->state.restarts);
	inspect_host_config(j, c);
	mounts(j, c->spec);
	config(j, c);
	cgroups(j, c, layout);
	spec_of(j, c);
	json_out_close(j, '{');
}
