/* SPDX-License-Identifier: Apache-2.0 */
/* Limits and rights of the process, ids, sysctls. */
#include "base/cleanup.h"
#include "base/parse.h"
#include "runtime/value.h"
#include "spec/spec_names.h"
#include "spec/sysctl.h"

#include "value_mount.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static int limit_number(struct slice text, uint64_t *out)
{
	if (slice_is(text, "-1") || slice_is(text, "unlimited"))
		return *out = RLIM_INFINITY, 0;
	return parse_u64(text, out);
}

static int find_resource(struct slice name)
{
	char full[32] = "RLIMIT_";
	size_t n = strlen(full);

	if (name.len == 0 || name.len >= sizeof(full) - n)
		return -1;
	for (size_t i = 0; i < name.len; i++) {
		if (!islower((unsigned char)name.at[i]))
			return -1;
		full[n + i] = (char)toupper((unsigned char)name.at[i]);
	}
	return spec_rlimit_find(full);
}

int value_ulimit(const char *text, struct spec_rlimit *out, struct error *err)
{
	size_t len = strcspn(text, "=");
	struct slice soft = slice_of(text[len] ? text + len + 1 : "");
	const char *colon = strchr(soft.at, ':');
	struct spec_rlimit made = {.resource = find_resource((struct slice){text, len})};
	struct slice hard;

	if (colon)
		soft.len = (size_t)(colon - soft.at);
	hard = colon ? slice_of(colon + 1) : soft;
	if (made.resource < 0)
		return error_set(err, -EINVAL,
				 "they are core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, "
				 "nproc, rss, "
				 "rtprio, rttime, sigpending and stack",
				 "'--ulimit' knows no '%.*s'", (int)len, text);
	if (limit_number(soft, &made.soft) < 0 || limit_number(hard, &made.hard) < 0)
		return error_set(err, -EINVAL, "write NAME=SOFT or NAME=SOFT:HARD, -1 for no limit",
				 "'--ulimit' cannot be '%s'", text);
	if (made.soft > made.hard)
		return error_set(err, -EINVAL, "raise the hard limit, or lower the soft one",
				 "'--ulimit %s' has a soft limit above the hard one", text);
	*out = made;
	return 0;
}

int value_sysctl(struct spec *spec, const char *text, struct error *err)
{
	size_t len = strcspn(text, "=");
	const char *key = arena_text(&spec->arena, (struct slice){text, len});
	enum spec_namespace owner;

	if (!key)
		return value_no_memory(err);
	if (len == 0 || !text[len] || strchr(key, ' '))
		return error_set(err, -EINVAL, "write NAME=VALUE, such as net.ipv4.ip_forward=1",
				 "'--sysctl' cannot be '%s'", text);
	owner = sysctl_owner(key);
	if (owner == SPEC_NS__COUNT)
		return error_set(err, -EOPNOTSUPP, "only " SYSCTL_OWN " belong to a container",
				 "'--sysctl %s' would change the whole host", key);
	if (spec->linux_.namespaces[owner].how == SPEC_NS_HOST)
		return error_set(err, -EOPNOTSUPP,
				 "set it on the host, or give the container a namespace of its own",
				 "'--sysctl %s' would change the whole host: the container has the host's %s "
				 "namespace",
				 key, spec_namespace_rows[owner].name);
	if (spec_pairs_set(spec, &spec->linux_.sysctl, key, text + len + 1) < 0)
		return value_no_memory(err);
	return 0;
}

static int map_number(struct slice *rest, uint32_t *out)
{
	struct slice word;
	uint64_t value;

	if (!next_word(rest, ":", &word) || parse_u64(word, &value) < 0 || value >= UINT32_MAX)
		return -EINVAL;
	*out = (uint32_t)value;
	return 0;
}

int value_id_map(const char *flag, const char *text, struct spec_id_map *out, struct error *err)
{
	struct slice rest = slice_of(text);
	struct spec_id_map map = {.size = 1};
	bool good = strchr(text, ':') != NULL && !strstr(text, "::") && text[0] != ':';

	good = good && map_number(&rest, &map.container_id) == 0 && map_number(&rest, &map.host_id) == 0;
	if (good && rest.len)
		good = map_number(&rest, &map.size) == 0;
	if (!good || rest.len || map.size == 0 || text[strlen(text) - 1] == ':' ||
	    (uint64_t)map.container_id + map.size > UINT32_MAX ||
	    (uint64_t)map.host_id + map.size > UINT32_MAX)
		return error_set(err, -EINVAL, "write CONTAINER:HOST:COUNT, such as 0:100000:65536",
				 "'--%s' cannot be '%s'", flag, text);
	*out = map;
	return 0;
}

static int set_seccomp(struct spec *spec, const struct value_host *host, const char *value, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r;

	if (strcmp(value, "unconfined") == 0 || strcmp(value, "builtin") == 0) {
		spec->linux_.seccomp = value[0] == 'u' ? SPEC_SECCOMP_UNCONFINED : SPEC_SECCOMP_DEFAULT;
		return 0;
	}
	r = host->read(host->context, value, &text, &len);
	if (r < 0)
		return error_errno(err, r, "it takes unconfined, builtin, or a file with a profile",
				   "'--security-opt seccomp': cannot read '%s'", value);
	if (strlen(text) != len || text[strspn(text, " \t\r\n")] != '{')
		return error_set(err, -EINVAL, "it takes a profile in JSON, as Docker has them",
				 "'--security-opt seccomp': '%s' is no profile", value);
	spec->linux_.seccomp_profile = spec_text(spec, text);
	spec->linux_.seccomp = SPEC_SECCOMP_PROFILE;
	return spec->linux_.seccomp_profile ? 0 : value_no_memory(err);
}

int value_security(struct spec *spec, const struct value_host *host, const char *text, struct error *err)
{
	size_t len = strcspn(text, "=:");
	const char *value = text[len] ? text + len + 1 : "";
	struct slice key = {text, len};
	bool on = true;

	if (slice_is(key, "no-new-privileges")) {
		if (text[len] && parse_bool(slice_of(value), &on) < 0)
			return error_set(err, -EINVAL, "it takes true or false",
					 "'--security-opt' cannot be '%s'", text);
		spec->process.no_new_privileges = on;
		return 0;
	}
	if (slice_is(key, "seccomp") && *value)
		return set_seccomp(spec, host, value, err);
	if (slice_is(key, "systempaths") && strcmp(value, "unconfined") == 0) {
		spec->linux_.masked_paths.n = 0;
		spec->linux_.readonly_paths.n = 0;
		return 0;
	}
	/* What turns off a thing that plimsoll doesn't do is true already. */
	if ((slice_is(key, "apparmor") && strcmp(value, "unconfined") == 0) ||
	    (slice_is(key, "label") && strcmp(value, "disable") == 0))
		return 0;
	if (slice_is(key, "apparmor") || slice_is(key, "label"))
		return error_set(err, -EOPNOTSUPP,
				 slice_is(key, "label") ? "label=disable says that you know"
							: "apparmor=unconfined says that you know",
				 "'--security-opt %s' is not available: plimsoll applies no %s", text,
				 slice_is(key, "label") ? "SELinux labels" : "AppArmor profiles");
	return error_set(err, -EINVAL,
			 "it takes no-new-privileges, seccomp=unconfined or a file, systempaths=unconfined",
			 "'--security-opt' cannot be '%s'", text);
}
