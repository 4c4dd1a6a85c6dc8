/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's and the OCI specification's profiles. A key that we don't know is an error: a filter with a part
 * left out would be weaker, or other, than its author meant.
 */
#include "arch.h"
#include "base/cleanup.h"
#include "base/parse.h"
#include "rules.h"

#include <errno.h>
#include <json-c/json.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ERRNO_LAST 4095
#define DEPTH_MAX 16

struct reading {
	const struct request *request;
	struct rules *rules;
	struct error *err;
	size_t index; /* of the entry in "syscalls" */
};

struct word {
	const char *name;
	uint32_t value;
};

static const struct word actions[] = {
	{"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
	{"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO},
	{"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
	{"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
	{"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
	{"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
	{"SCMP_ACT_TRACE", SECCOMP_RET_TRACE},
	{"SCMP_ACT_LOG", SECCOMP_RET_LOG},
};

static const struct word operators[] = {
	{"SCMP_CMP_EQ", OP_EQ},
	{"SCMP_CMP_NE", OP_NE},
	{"SCMP_CMP_LT", OP_LT},
	{"SCMP_CMP_LE", OP_LE},
	{"SCMP_CMP_GT", OP_GT},
	{"SCMP_CMP_GE", OP_GE},
	{"SCMP_CMP_MASKED_EQ", OP_MASKED_EQ},
};

static const struct word flags[] = {
	{"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
	{"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
	{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
};

static int refuse(const struct reading *in, const char *remedy, const char *what, const char *word)
{
	return error_set(in->err, -EINVAL, remedy, "the seccomp profile: %s '%s' (entry %zu of its syscalls)",
			 what, word, in->index);
}

static const struct word *find(const struct word *words, size_t n, json_object *text)
{
	for (size_t i = 0; i < n && json_object_is_type(text, json_type_string); i++)
		if (strcmp(json_object_get_string(text), words[i].name) == 0)
			return &words[i];
	return NULL;
}

static const char *shown(json_object *value)
{
	return value ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN) : "null";
}

/* Every key of `object` is one of `keys`, which are separated and enclosed by spaces. */
static int check_keys(const struct reading *in, json_object *object, const char *keys)
{
	if (!json_object_is_type(object, json_type_object))
		return refuse(in, "", "an object is wanted, not", shown(object));
	json_object_object_foreach(object, key, value)
	{
		char wanted[64];

		(void)value;
		snprintf(wanted, sizeof(wanted), " %s ", key);
		if (strlen(key) > sizeof(wanted) - 3 || strchr(key, ' ') || !strstr(keys, wanted))
			return refuse(in, "leave it out, or use a profile in Docker's or the OCI form",
				      "unknown key", key);
	}
	return 0;
}

/* A member that is an array or absent (or null): *n is 0 then. */
static int get_array(const struct reading *in, json_object *object, const char *key, json_object **array,
		     size_t *n)
{
	*array = NULL;
	*n = 0;
	if (!json_object_object_get_ex(object, key, array) || !*array)
		return 0;
	if (!json_object_is_type(*array, json_type_array))
		return refuse(in, "", "a list is wanted for", key);
	*n = json_object_array_length(*array);
	return 0;
}

static int get_number(const struct reading *in, json_object *object, const char *key, uint64_t max,
		      uint64_t *out)
{
	json_object *value = NULL;
	uint64_t number;

	if (!json_object_object_get_ex(object, key, &value) || !value)
		return 0;
	number = json_object_get_uint64(value);
	if (!json_object_is_type(value, json_type_int) || number > max ||
	    (json_object_get_int64(value) < 0 && number == 0))
		return refuse(in, "", "a whole number in its range is wanted for", key);
	*out = number;
	return 0;
}

/* An action with its errno: *out. */
static int get_action(const struct reading *in, json_object *object, const char *key, const char *errno_key,
		      uint32_t *out)
{
	json_object *text = NULL;
	uint64_t number = EPERM;
	const struct word *word;
	int r;

	json_object_object_get_ex(object, key, &text);
	word = find(actions, ARRAY_SIZE(actions), text);
	if (!word)
		return refuse(in,
			      "SCMP_ACT_NOTIFY is not supported; ALLOW, ERRNO, KILL, KILL_THREAD, "
			      "KILL_PROCESS, TRAP, "
			      "TRACE and LOG are",
			      "unknown action", shown(text));
	r = get_number(in, object, errno_key, ERRNO_LAST, &number);
	if (r < 0)
		return r;
	*out = word->value;
	if (word->value == SECCOMP_RET_ERRNO || word->value == SECCOMP_RET_TRACE)
		*out |= (uint32_t)number;
	return 0;
}

/* ---- conditions on the host: includes and excludes */

static int capability_bit(const struct reading *in, json_object *name, bool *held)
{
	static const char *const names[] = {"CHOWN",
					    "DAC_OVERRIDE",
					    "DAC_READ_SEARCH",
					    "FOWNER",
					    "FSETID",
					    "KILL",
					    "SETGID",
					    "SETUID",
					    "SETPCAP",
					    "LINUX_IMMUTABLE",
					    "NET_BIND_SERVICE",
					    "NET_BROADCAST",
					    "NET_ADMIN",
					    "NET_RAW",
					    "IPC_LOCK",
					    "IPC_OWNER",
					    "SYS_MODULE",
					    "SYS_RAWIO",
					    "SYS_CHROOT",
					    "SYS_PTRACE",
					    "SYS_PACCT",
					    "SYS_ADMIN",
					    "SYS_BOOT",
					    "SYS_NICE",
					    "SYS_RESOURCE",
					    "SYS_TIME",
					    "SYS_TTY_CONFIG",
					    "MKNOD",
					    "LEASE",
					    "AUDIT_WRITE",
					    "AUDIT_CONTROL",
					    "SETFCAP",
					    "MAC_OVERRIDE",
					    "MAC_ADMIN",
					    "SYSLOG",
					    "WAKE_ALARM",
					    "BLOCK_SUSPEND",
					    "AUDIT_READ",
					    "PERFMON",
					    "BPF",
					    "CHECKPOINT_RESTORE"};
	const char *text = json_object_is_type(name, json_type_string) ? json_object_get_string(name) : "";

	for (unsigned i = 0; i < ARRAY_SIZE(names) && strncasecmp(text, "CAP_", 4) == 0; i++) {
		if (strcasecmp(text + 4, names[i]) != 0)
			continue;
		*held = (in->request->capabilities >> i & 1) != 0;
		return 0;
	}
	return refuse(in, "capabilities(7) has them all, as CAP_SYS_ADMIN", "unknown capability",
		      shown(name));
}

static bool is_our_arch(const struct reading *in, json_object *name)
{
	return json_object_is_type(name, json_type_string) &&
	       strcmp(json_object_get_string(name), in->request->arch->condition) == 0;
}

/* How many of the lists' members hold: *caps of *n_caps, *arches. */
static int count_filter(const struct reading *in, json_object *filter, size_t *caps, size_t *n_caps,
			size_t *arches, size_t *n_arches)
{
	json_object *array = NULL;
	bool held = false;
	int r = get_array(in, filter, "caps", &array, n_caps);

	*caps = *arches = 0;
	for (size_t i = 0; r == 0 && i < *n_caps; i++) {
		r = capability_bit(in, json_object_array_get_idx(array, i), &held);
		*caps += r == 0 && held;
	}
	if (r == 0)
		r = get_array(in, filter, "arches", &array, n_arches);
	for (size_t i = 0; r == 0 && i < *n_arches; i++)
		*arches += is_our_arch(in, json_object_array_get_idx(array, i));
	return r;
}

/* -1 older, 1 at least "minKernel"; 0 where it isn't asked for. */
static int compare_kernel(const struct reading *in, json_object *filter, int *out)
{
	json_object *value = NULL;
	struct slice rest;
	struct slice words[2];
	uint64_t numbers[2];

	*out = 0;
	if (!json_object_object_get_ex(filter, "minKernel", &value) || !value)
		return 0;
	if (!json_object_is_type(value, json_type_string))
		return refuse(in, "", "a text is wanted for", "minKernel");
	const char *text = json_object_get_string(value);
	if (*text == '\0')
		return 0;
	rest = slice_of(text);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!next_word(&rest, ".", &words[i]) || parse_u64(words[i], &numbers[i]) < 0)
			return refuse(in, "write it as 4.8", "no kernel version:", text);
	if (rest.len > 0)
		return refuse(in, "write it as 4.8", "no kernel version:", text);
	*out = in->request->kernel_major > numbers[0] || (in->request->kernel_major == numbers[0] &&
							  in->request->kernel_minor >= numbers[1])
		       ? 1
		       : -1;
	return 0;
}

/* Docker's way: includes must hold with all their capabilities, excludes with none. */
static int applies(const struct reading *in, json_object *entry, bool *out)
{
	static const char *const keys[] = {"includes", "excludes"};

	*out = true;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		json_object *filter = NULL;
		size_t caps = 0, n_caps = 0, arches = 0, n_arches = 0;
		int kernel = 0;
		int r;

		if (!json_object_object_get_ex(entry, keys[i], &filter) || !filter)
			continue;
		r = check_keys(in, filter, " caps arches minKernel ");
		if (r == 0)
			r = count_filter(in, filter, &caps, &n_caps, &arches, &n_arches);
		if (r == 0)
			r = compare_kernel(in, filter, &kernel);
		if (r < 0)
			return r;
		if (i == 0)
			*out = *out && caps == n_caps && (n_arches == 0 || arches > 0) && kernel >= 0;
		else
			*out = *out && caps == 0 && arches == 0 && kernel <= 0;
	}
	return 0;
}

/* ---- rules */

static int get_condition(const struct reading *in, json_object *arg, struct condition *out)
{
	json_object *text = NULL;
	const struct word *word;
	uint64_t index = UINT64_MAX;
	uint64_t value = 0;
	uint64_t second = 0;
	int r = check_keys(in, arg, " index value valueTwo op ");

	r = r < 0 ? r : get_number(in, arg, "index", ARGS_MAX - 1, &index);
	r = r < 0 ? r : get_number(in, arg, "value", UINT64_MAX, &value);
	r = r < 0 ? r : get_number(in, arg, "valueTwo", UINT64_MAX, &second);
	if (r < 0)
		return r;
	if (index == UINT64_MAX)
		return refuse(in, "", "an argument has no", "index");
	json_object_object_get_ex(arg, "op", &text);
	word = find(operators, ARRAY_SIZE(operators), text);
	if (!word)
		return refuse(in, "", "unknown comparison", shown(text));
	*out = (struct condition){.index = (unsigned)index, .op = (enum op)word->value, .value = value};
	if (out->op == OP_MASKED_EQ) {
		out->mask = value;
		out->value = second;
	}
	return 0;
}

static int add_names(const struct reading *in, json_object *entry, const struct rule *rule)
{
	json_object *array = NULL;
	json_object *single = NULL;
	size_t n = 0;
	int r = get_array(in, entry, "names", &array, &n);

	json_object_object_get_ex(entry, "name", &single);
	if (r == 0 && n == 0 && !single)
		return refuse(in, "", "an entry has no", "names");
	for (size_t i = 0; r == 0 && i < n + (single ? 1 : 0); i++) {
		json_object *name = i < n ? json_object_array_get_idx(array, i) : single;

		if (!json_object_is_type(name, json_type_string))
			return refuse(in, "", "a system call's name is wanted, not", shown(name));
		r = rules_add(in->rules, slice_of(json_object_get_string(name)), rule);
	}
	return r;
}

/* Two conditions on one argument are alternatives, as in runc and Docker. */
static bool repeats(const struct rule *rule)
{
	for (unsigned i = 0; i < rule->n; i++)
		for (unsigned k = i + 1; k < rule->n; k++)
			if (rule->conditions[i].index == rule->conditions[k].index)
				return true;
	return false;
}

static int add_alternatives(const struct reading *in, json_object *entry, const struct rule *rule)
{
	int r = 0;

	for (unsigned i = 0; i < rule->n && r == 0; i++) {
		struct rule one = {.action = rule->action,
				   .idle = rule->idle,
				   .n = 1,
				   .conditions = {rule->conditions[i]}};

		r = add_names(in, entry, &one);
	}
	return r;
}

static int read_entry(const struct reading *in, json_object *entry)
{
	struct rule rule = {0};
	json_object *args;
	bool wanted = false;
	size_t n = 0;
	int r = check_keys(in, entry, " name names action errnoRet errno args comment includes excludes ");

	r = r < 0 ? r : get_action(in, entry, "action", "errnoRet", &rule.action);
	r = r < 0 ? r : get_array(in, entry, "args", &args, &n);
	if (r < 0)
		return r;
	if (n > ARGS_MAX)
		return refuse(in, "", "too many conditions for", "args");
	for (size_t i = 0; i < n && r == 0; i++)
		r = get_condition(in, json_object_array_get_idx(args, i), &rule.conditions[rule.n++]);
	r = r < 0 ? r : applies(in, entry, &wanted);
	if (r < 0)
		return r;
	rule.idle = !wanted;
	return repeats(&rule) ? add_alternatives(in, entry, &rule) : add_names(in, entry, &rule);
}

/* ---- the whole */

static int add_arch(const struct reading *in, json_object *name)
{
	const struct arch *arch = NULL;

	if (json_object_is_type(name, json_type_string))
		arch = arch_of_profile(slice_of(json_object_get_string(name)));
	/* Of other families of processors, whose programs can't run here. */
	if (!arch || arch == in->request->arch)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(arch->more); i++) {
		const char *more = in->request->arch->more[i];

		if (more && strcmp(more, arch->profile) == 0)
			return rules_add_arch(in->rules, arch);
	}
	return 0;
}

static int read_arch_map(const struct reading *in, json_object *map, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		json_object *row = json_object_array_get_idx(map, i);
		json_object *name = NULL;
		json_object *more = NULL;
		size_t n_more = 0;

		r = check_keys(in, row, " architecture subArchitectures ");
		if (r == 0)
			r = get_array(in, row, "subArchitectures", &more, &n_more);
		if (r < 0)
			return r;
		json_object_object_get_ex(row, "architecture", &name);
		if (!json_object_is_type(name, json_type_string) ||
		    arch_of_profile(slice_of(json_object_get_string(name))) != in->request->arch)
			continue;
		for (size_t k = 0; k < n_more && r == 0; k++)
			r = add_arch(in, json_object_array_get_idx(more, k));
	}
	return r;
}

static int read_arches(const struct reading *in, json_object *root)
{
	json_object *array = NULL;
	size_t n = 0;
	int r = get_array(in, root, "architectures", &array, &n);

	for (size_t i = 0; i < n && r == 0; i++)
		r = add_arch(in, json_object_array_get_idx(array, i));
	if (r == 0)
		r = get_array(in, root, "archMap", &array, &n);
	return r < 0 ? r : read_arch_map(in, array, n);
}

static int read_flags(const struct reading *in, json_object *root)
{
	json_object *array = NULL;
	size_t n = 0;
	int r = get_array(in, root, "flags", &array, &n);

	for (size_t i = 0; i < n && r == 0; i++) {
		json_object *name = json_object_array_get_idx(array, i);
		const struct word *word = find(flags, ARRAY_SIZE(flags), name);

		if (!word)
			return refuse(in, "TSYNC, LOG and SPEC_ALLOW are supported", "unknown flag",
				      shown(name));
		in->rules->flags |= word->value;
	}
	return r;
}

static int read_profile(struct reading *in, json_object *root)
{
	json_object *entries = NULL;
	size_t n = 0;
	int r = check_keys(
		in, root,
		" defaultAction defaultErrnoRet defaultErrno archMap architectures flags syscalls comment ");

	r = r < 0 ? r : get_action(in, root, "defaultAction", "defaultErrnoRet", &in->rules->otherwise);
	r = r < 0 ? r : read_arches(in, root);
	r = r < 0 ? r : read_flags(in, root);
	r = r < 0 ? r : get_array(in, root, "syscalls", &entries, &n);
	if (r < 0)
		return r;
	in->rules->unknown_is_missing = (in->rules->otherwise & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
	for (size_t i = 0; i < n && r == 0; i++) {
		in->index = i + 1;
		r = read_entry(in, json_object_array_get_idx(entries, i));
	}
	return r;
}

int profile_json(const struct request *request, struct rules *rules, struct error *err)
{
	struct reading in = {.request = request, .rules = rules, .err = err};
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	json_object *root;
	int r;

	if (!tokener)
		return error_errno(err, -ENOMEM, "", "cannot read the seccomp profile");
	root = json_tokener_parse_ex(tokener, request->profile.at, (int)request->profile.len);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		r = error_set(err, -EINVAL, "check it with a JSON tool, jq for one",
			      "the seccomp profile is no JSON: %s at byte %zu",
			      json_tokener_error_desc(json_tokener_get_error(tokener)),
			      json_tokener_get_parse_end(tokener));
	else
		r = read_profile(&in, root);
	if (r == -ENOMEM)
		error_errno(err, r, "", "cannot read the seccomp profile");
	json_object_put(root);
	json_tokener_free(tokener);
	return r;
}
