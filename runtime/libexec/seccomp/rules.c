/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include "arch.h"
#include "base/cleanup.h"
#include "base/parse.h"
#include "seccomp/seccomp_file.h"

#include <errno.h>
#include <stdlib.h>

int rules_add(struct rules *rules, struct slice name, const struct rule *rule)
{
	const char *copy;

	if (rules->n == rules->cap) {
		size_t cap = rules->cap ? rules->cap * 2 : 512;
		struct rule *at = reallocarray(rules->at, cap, sizeof(*at));

		if (!at)
			return -ENOMEM;
		rules->at = at;
		rules->cap = cap;
	}
	copy = arena_text(&rules->arena, name);
	if (!copy)
		return -ENOMEM;
	rules->at[rules->n] = *rule;
	rules->at[rules->n++].name = copy;
	return 0;
}

int rules_add_arch(struct rules *rules, const struct arch *arch)
{
	for (size_t i = 0; i < rules->n_more; i++)
		if (rules->more[i] == arch)
			return 0;
	if (rules->n_more == ARRAY_SIZE(rules->more))
		return -ENOSPC;
	rules->more[rules->n_more++] = arch;
	return 0;
}

void rules_free(struct rules *rules)
{
	arena_free(&rules->arena);
	free(rules->at);
	*rules = (struct rules){0};
}

/* The line's value behind `name` and a space. */
static bool read_line(struct slice *rest, const char *name, struct slice *value)
{
	size_t len = strlen(name);
	struct slice line;

	if (!next_line(rest, &line) || line.len <= len || memcmp(line.at, name, len) != 0 ||
	    line.at[len] != ' ')
		return false;
	*value = (struct slice){line.at + len + 1, line.len - len - 1};
	return true;
}

static bool read_hex(struct slice text, uint64_t *out)
{
	uint64_t value = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *digits = "0123456789abcdef";
		const char *digit = text.at[i] ? strchr(digits, text.at[i]) : NULL;

		if (!digit)
			return false;
		value = value << 4 | (uint64_t)(digit - digits);
	}
	*out = value;
	return text.len == 16;
}

static bool read_kernel(struct slice text, struct request *request)
{
	struct slice major;
	struct slice minor;
	uint64_t numbers[2] = {0, 0};

	if (!next_word(&text, ".", &major) || parse_u64(major, &numbers[0]) < 0)
		return false;
	if (next_word(&text, ".", &minor) && parse_u64(minor, &numbers[1]) < 0)
		return false;
	if (numbers[0] > 1000 || numbers[1] > 100000)
		return false;
	request->kernel_major = (unsigned)numbers[0];
	request->kernel_minor = (unsigned)numbers[1];
	return true;
}

int request_read(struct request *request, struct slice key, struct error *err)
{
	struct slice rest = key;
	struct slice first;
	struct slice arch;
	struct slice kernel;
	struct slice capabilities;
	struct slice profile;

	*request = (struct request){.key = key};
	if (!next_line(&rest, &first) || !slice_is(first, SECCOMP_KEY_FIRST SECCOMP_REVISION))
		return error_set(err, -EINVAL,
				 "install plimsoll as a whole: its programs are of different versions",
				 "the request for a seccomp filter is not one of this version");
	if (!read_line(&rest, "arch", &arch) || !read_line(&rest, "kernel", &kernel) ||
	    !read_kernel(kernel, request) || !read_line(&rest, "capabilities", &capabilities) ||
	    !read_hex(capabilities, &request->capabilities) || !read_line(&rest, "profile", &profile))
		return error_set(err, -EINVAL, "", "the request for a seccomp filter is broken");
	request->arch = arch_of_machine(arch);
	if (!request->arch)
		return error_set(err, -EINVAL, "use --security-opt seccomp=unconfined",
				 "there are no seccomp filters for the architecture '%.*s' here",
				 (int)arch.len, arch.at);
	request->has_profile = slice_is(profile, "json");
	request->profile = rest;
	if (!request->has_profile && !slice_is(profile, "default"))
		return error_set(err, -EINVAL, "", "the request for a seccomp filter is broken");
	return 0;
}
