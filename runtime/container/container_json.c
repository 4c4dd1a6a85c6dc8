/* SPDX-License-Identifier: Apache-2.0 */
#include "container_json.h"

#include "base/text.h"
#include "container_private.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

static void write_text(struct str *out, const char *key, const char *value)
{
	str_printf(out, ",\n\t\"%s\": ", key);
	if (value)
		text_json(out, slice_of(value));
	else
		str_add(out, "null");
}

static void write_number(struct str *out, const char *key, int64_t value)
{
	str_printf(out, ",\n\t\"%s\": %lld", key, (long long)value);
}

static void write_u64(struct str *out, const char *key, uint64_t value)
{
	str_printf(out, ",\n\t\"%s\": %llu", key, (unsigned long long)value);
}

static void write_bool(struct str *out, const char *key, bool value)
{
	str_printf(out, ",\n\t\"%s\": %s", key, value ? "true" : "false");
}

static void write_labels(struct str *out, const struct spec_pairs *labels)
{
	str_add(out, ",\n\t\"labels\": {");
	for (size_t i = 0; i < labels->n; i++) {
		str_add(out, i ? ",\n\t\t" : "\n\t\t");
		text_json(out, slice_of(labels->at[i].key));
		str_add(out, ": ");
		text_json(out, slice_of(labels->at[i].value));
	}
	str_add(out, "}");
}

static void write_args(struct str *out, const struct spec_texts *args)
{
	str_add(out, ",\n\t\"args\": [");
	for (size_t i = 0; i < args->n; i++) {
		if (i)
			str_add(out, ", ");
		text_json(out, slice_of(args->at[i]));
	}
	str_add(out, "]");
}

void container_config_write(const struct container_config *config, const struct spec_texts *args,
			    struct str *out)
{
	str_add(out, "{\n\t\"version\": 1");
	write_text(out, "name", config->name);
	write_text(out, "image", config->image);
	write_u64(out, "created_ns", config->created_ns);
	write_labels(out, &config->labels);
	write_text(out, "restart", restart_name(config->restart));
	write_number(out, "restart_max", config->restart_max);
	write_number(out, "stop_signal", config->stop_signal);
	write_number(out, "stop_timeout", config->stop_timeout);
	write_bool(out, "auto_remove", config->auto_remove);
	write_bool(out, "open_stdin", config->open_stdin);
	write_bool(out, "init", config->init);
	write_bool(out, "ipc_shareable", config->ipc_shareable);
	write_text(out, "log_driver", config->log_driver == LOG_NONE ? "none" : "json-file");
	write_u64(out, "log_max_size", config->log_max_size);
	write_number(out, "log_max_files", config->log_max_files);
	write_text(out, "detach_keys", config->detach_keys);
	write_text(out, "pidfile", config->pidfile);
	write_args(out, args);
	str_add(out, "\n}\n");
}

void container_state_write(const struct container_state *state, struct str *out)
{
	str_add(out, "{\n\t\"version\": 1");
	write_text(out, "status", container_status_name(state->status));
	write_number(out, "pid", state->pid);
	write_u64(out, "pid_start", state->pid_start);
	write_number(out, "supervisor", state->supervisor);
	write_u64(out, "supervisor_start", state->supervisor_start);
	write_text(out, "boot", state->boot);
	write_u64(out, "started_ns", state->started_ns);
	write_u64(out, "finished_ns", state->finished_ns);
	write_number(out, "exit_code", state->exit_code);
	write_bool(out, "exit_known", state->exit_known);
	write_bool(out, "oom_killed", state->oom_killed);
	write_bool(out, "stop_requested", state->stop_requested);
	write_number(out, "restarts", state->restarts);
	write_text(out, "cgroup", state->cgroup);
	write_text(out, "error", state->error);
	str_add(out, "\n}\n");
}

/* What is being read: the first key that is wrong is remembered, so that readers need no checks between. */
struct reading {
	struct json_object *object;
	const char *wrong;
	bool no_memory;
};

static int is_wrong(struct reading *r, const char *key)
{
	if (!r->wrong)
		r->wrong = key;
	return -EINVAL;
}

static struct json_object *member(struct reading *r, const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	/* what is not there keeps its default: an older version of ours may have written the file */
	if (!json_object_object_get_ex(r->object, key, &value) || !value)
		return NULL;
	if (!json_object_is_type(value, type)) {
		is_wrong(r, key);
		return NULL;
	}
	return value;
}

/* The text, or NULL; one with a NUL in it would be another text for whoever uses it. */
static const char *plain_text(struct json_object *value)
{
	const char *text = json_object_get_string(value);

	return text && strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

static const char *borrow_text(struct reading *r, const char *key)
{
	struct json_object *value = member(r, key, json_type_string);
	const char *text = value ? plain_text(value) : NULL;

	if (value && !text)
		is_wrong(r, key);
	return text;
}

static void read_text(struct reading *r, const char *key, struct spec *spec, const char **out)
{
	const char *text = borrow_text(r, key);

	if (!text)
		return;
	*out = spec_text(spec, text);
	if (!*out)
		r->no_memory = true;
}

static void read_into(struct reading *r, const char *key, char *out, size_t cap)
{
	const char *text = borrow_text(r, key);

	if (!text)
		return;
	if (strlen(text) >= cap)
		is_wrong(r, key);
	else
		memcpy(out, text, strlen(text) + 1);
}

static int64_t read_number(struct reading *r, const char *key, int64_t low, int64_t high, int64_t missing)
{
	struct json_object *value = member(r, key, json_type_int);
	int64_t n = value ? json_object_get_int64(value) : missing;

	return n < low || n > high ? is_wrong(r, key) : n;
}

/* json-c gives 0 for what is below 0, so that is asked for first. */
static uint64_t read_u64(struct reading *r, const char *key)
{
	struct json_object *value = member(r, key, json_type_int);

	if (value && json_object_get_int64(value) < 0) {
		is_wrong(r, key);
		return 0;
	}
	return value ? json_object_get_uint64(value) : 0;
}

static bool read_bool(struct reading *r, const char *key)
{
	struct json_object *value = member(r, key, json_type_boolean);

	return value && json_object_get_boolean(value);
}

static void read_labels(struct reading *r, struct spec *spec, struct spec_pairs *out)
{
	struct json_object *labels = member(r, "labels", json_type_object);

	if (!labels)
		return;
	json_object_object_foreach(labels, key, value)
	{
		const char *text = json_object_is_type(value, json_type_string) ? plain_text(value) : NULL;

		if (!text)
			is_wrong(r, "labels");
		else if (spec_pairs_set(spec, out, key, text) < 0)
			r->no_memory = true;
	}
}

static void read_args(struct reading *r, struct spec *spec, struct spec_texts *out)
{
	struct json_object *args = member(r, "args", json_type_array);
	size_t n = args ? json_object_array_length(args) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *value = json_object_array_get_idx(args, i);
		const char *text = json_object_is_type(value, json_type_string) ? plain_text(value) : NULL;

		if (!text)
			is_wrong(r, "args");
		else if (spec_texts_add(spec, out, text) < 0)
			r->no_memory = true;
	}
}

static void read_restart(struct reading *r, struct container_config *out)
{
	const char *text = borrow_text(r, "restart");
	uint32_t max = 0;

	if (text && restart_parse(text, &out->restart, &max, NULL) < 0)
		is_wrong(r, "restart");
	out->restart_max = (uint32_t)read_number(r, "restart_max", 0, UINT32_MAX, 0);
}

static void read_log(struct reading *r, struct container_config *out)
{
	const char *driver = borrow_text(r, "log_driver");

	if (driver && strcmp(driver, "none") == 0)
		out->log_driver = LOG_NONE;
	else if (driver && strcmp(driver, "json-file") != 0)
		is_wrong(r, "log_driver");
	out->log_max_size = read_u64(r, "log_max_size");
	out->log_max_files = (uint32_t)read_number(r, "log_max_files", 0, UINT32_MAX, 1);
}

/* The text as one JSON object. json-c's message says what is wrong where. */
static int parse(struct slice text, struct json_object **out, struct error *err)
{
	struct json_tokener *tokener = json_tokener_new_ex(8);
	enum json_tokener_error code;
	struct json_object *object;
	size_t end;

	if (!tokener)
		return error_set(err, -ENOMEM, "", "no memory");
	if (text.len > INT_MAX) {
		json_tokener_free(tokener);
		return error_set(err, -EINVAL, "", "it is too big");
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
	object = json_tokener_parse_ex(tokener, text.at, (int)text.len);
	code = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	while (object && end < text.len && strchr(" \t\r\n", text.at[end]) && text.at[end])
		end++;
	if (object && json_object_is_type(object, json_type_object) && end == text.len) {
		*out = object;
		return 0;
	}
	json_object_put(object);
	if (code == json_tokener_success)
		return error_set(err, -EINVAL, "", "it is not one JSON object");
	return error_set(err, -EINVAL, "", "%s at byte %zu",
			 code == json_tokener_continue ? "it is cut off" : json_tokener_error_desc(code),
			 end);
}

static int finish(struct reading *r, struct error *err)
{
	json_object_put(r->object);
	if (r->no_memory)
		return error_set(err, -ENOMEM, "", "no memory");
	if (r->wrong)
		return error_set(err, -EINVAL, "", "the value of \"%s\" is not one that it can have",
				 r->wrong);
	return 0;
}

int container_config_read(struct slice text, struct spec *spec, struct container_config *out,
			  struct error *err)
{
	struct container_config config = {0};
	struct spec_texts args = {0};
	struct reading r = {0};
	int code = parse(text, &r.object, err);

	if (code < 0)
		return code;
	read_text(&r, "name", spec, &config.name);
	if (!config.name || container_check_name(config.name, NULL) < 0)
		is_wrong(&r, "name");
	read_text(&r, "image", spec, &config.image);
	config.created_ns = read_u64(&r, "created_ns");
	read_labels(&r, spec, &config.labels);
	read_restart(&r, &config);
	config.stop_signal = (int)read_number(&r, "stop_signal", 0, 64, 15);
	config.stop_timeout = read_number(&r, "stop_timeout", -1, INT64_MAX, 10);
	config.auto_remove = read_bool(&r, "auto_remove");
	config.open_stdin = read_bool(&r, "open_stdin");
	config.init = read_bool(&r, "init");
	config.ipc_shareable = read_bool(&r, "ipc_shareable");
	read_log(&r, &config);
	read_text(&r, "detach_keys", spec, &config.detach_keys);
	read_text(&r, "pidfile", spec, &config.pidfile);
	read_args(&r, spec, &args);
	code = finish(&r, err);
	if (code < 0)
		return code;
	*out = config;
	spec->process.args = args;
	return 0;
}

static void read_status(struct reading *r, struct container_state *out)
{
	const char *text = borrow_text(r, "status");

	for (int i = CONTAINER_CREATED; text && i <= CONTAINER_EXITED; i++) {
		if (strcmp(text, container_status_name((enum container_status)i)) == 0) {
			out->status = (enum container_status)i;
			return;
		}
	}
	is_wrong(r, "status");
}

/* It is removed, frozen and killed by this path: one that leaves its hierarchy must not be believed. */
static bool is_cgroup_path(const char *path)
{
	if (!path[0])
		return true;
	if (path[0] != '/' || !path[1])
		return false;
	for (const char *at = path; at; at = strchr(at, '/')) {
		size_t n = strcspn(++at, "/");

		if (n == 0 || (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.'))
			return false;
	}
	return true;
}

int container_state_read(struct slice text, struct container_state *out, struct error *err)
{
	struct container_state state = {0};
	struct reading r = {0};
	int code = parse(text, &r.object, err);

	if (code < 0)
		return code;
	read_status(&r, &state);
	state.pid = (pid_t)read_number(&r, "pid", 0, INT_MAX, 0);
	state.pid_start = read_u64(&r, "pid_start");
	state.supervisor = (pid_t)read_number(&r, "supervisor", 0, INT_MAX, 0);
	state.supervisor_start = read_u64(&r, "supervisor_start");
	read_into(&r, "boot", state.boot, sizeof(state.boot));
	state.started_ns = read_u64(&r, "started_ns");
	state.finished_ns = read_u64(&r, "finished_ns");
	state.exit_code = (int)read_number(&r, "exit_code", -1, 255, 0);
	state.exit_known = read_bool(&r, "exit_known");
	state.oom_killed = read_bool(&r, "oom_killed");
	state.stop_requested = read_bool(&r, "stop_requested");
	state.restarts = (uint32_t)read_number(&r, "restarts", 0, UINT32_MAX, 0);
	read_into(&r, "cgroup", state.cgroup, sizeof(state.cgroup));
	if (!is_cgroup_path(state.cgroup))
		is_wrong(&r, "cgroup");
	read_into(&r, "error", state.error, sizeof(state.error));
	code = finish(&r, err);
	if (code == 0)
		*out = state;
	return code;
}
