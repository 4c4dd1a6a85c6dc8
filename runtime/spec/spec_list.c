/* SPDX-License-Identifier: Apache-2.0 */
#include "base/parse.h"
#include "runtime/spec.h"

#include <errno.h>
#include <string.h>

int spec_texts_add(struct spec *spec, struct spec_texts *texts, const char *text)
{
	const char *copy = spec_text(spec, text);
	const char **slot = copy ? spec_push(spec, &texts->at, &texts->n, sizeof(*texts->at)) : NULL;

	if (!slot)
		return -ENOMEM;
	*slot = copy;
	return 0;
}

int spec_pairs_set(struct spec *spec, struct spec_pairs *pairs, const char *key, const char *value)
{
	const char *copy = spec_text(spec, value);
	struct spec_pair *pair;

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < pairs->n; i++) {
		if (strcmp(pairs->at[i].key, key) == 0) {
			pairs->at[i].value = copy;
			return 0;
		}
	}
	key = spec_text(spec, key);
	pair = key ? spec_push(spec, &pairs->at, &pairs->n, sizeof(*pair)) : NULL;
	if (!pair)
		return -ENOMEM;
	*pair = (struct spec_pair){key, copy};
	return 0;
}

static size_t key_length(const char *assignment)
{
	return strcspn(assignment, "=");
}

int spec_texts_set_env(struct spec *spec, struct spec_texts *env, const char *assignment)
{
	size_t len = key_length(assignment);

	for (size_t i = 0; i < env->n; i++) {
		const char *copy;

		if (key_length(env->at[i]) != len || memcmp(env->at[i], assignment, len) != 0)
			continue;
		copy = spec_text(spec, assignment);
		if (!copy)
			return -ENOMEM;
		env->at[i] = copy;
		return 0;
	}
	return spec_texts_add(spec, env, assignment);
}

int spec_env_set(struct spec *spec, const char *assignment)
{
	return spec_texts_set_env(spec, &spec->process.env, assignment);
}

/* The path behind its slashes and "." parts, which change nothing. */
static const char *skip_nothing(const char *path)
{
	for (;;) {
		bool dot = path[0] == '.' && (path[1] == '/' || path[1] == '\0');

		if (*path != '/' && !dot)
			return path;
		path++;
	}
}

/* "/dev/" and "//dev/." are "/dev". */
static bool same_place(const char *a, const char *b)
{
	for (;;) {
		size_t len;

		a = skip_nothing(a);
		b = skip_nothing(b);
		len = strcspn(a, "/");
		if (len != strcspn(b, "/") || memcmp(a, b, len) != 0)
			return false;
		if (len == 0)
			return true;
		a += len;
		b += len;
	}
}

static int split_options(struct spec *spec, struct spec_texts *out, const char *options)
{
	struct slice rest = slice_of(options ? options : "");
	struct slice word;

	while (next_word(&rest, ",", &word)) {
		const char *copy = arena_text(&spec->arena, word);
		const char **slot = copy ? spec_push(spec, &out->at, &out->n, sizeof(*out->at)) : NULL;

		if (!slot)
			return -ENOMEM;
		*slot = copy;
	}
	return 0;
}

static int make_mount(struct spec *spec, struct spec_mount *out, const char *destination, const char *type,
		      const char *source, const char *options)
{
	struct spec_mount made = {
		.destination = spec_text(spec, destination),
		.type = spec_text(spec, type),
		.source = spec_text(spec, source),
	};

	if (!made.destination || !made.type || !made.source ||
	    split_options(spec, &made.options, options) < 0)
		return -ENOMEM;
	*out = made;
	return 0;
}

struct spec_mount *spec_mount_push(struct spec *spec, const char *destination, const char *type,
				   const char *source, const char *options)
{
	struct spec_mount made;
	struct spec_mount *slot;

	if (make_mount(spec, &made, destination, type, source, options) < 0)
		return NULL;
	slot = spec_push(spec, &spec->mounts, &spec->n_mounts, sizeof(made));
	if (slot)
		*slot = made;
	return slot;
}

int spec_mount_add(struct spec *spec, const char *destination, const char *type, const char *source,
		   const char *options)
{
	/* in the old one's place: what is mounted below it comes later, and must stay visible */
	for (size_t i = 0; i < spec->n_mounts; i++)
		if (same_place(spec->mounts[i].destination, destination))
			return make_mount(spec, &spec->mounts[i], destination, type, source, options);
	return spec_mount_push(spec, destination, type, source, options) ? 0 : -ENOMEM;
}

int spec_mount_remove(struct spec *spec, const char *destination)
{
	size_t kept = 0;

	for (size_t i = 0; i < spec->n_mounts; i++)
		if (!same_place(spec->mounts[i].destination, destination))
			spec->mounts[kept++] = spec->mounts[i];
	if (kept == spec->n_mounts)
		return -ENOENT;
	spec->n_mounts = kept;
	return 0;
}

int spec_device_add(struct spec *spec, const struct spec_device *device)
{
	struct spec_linux *l = &spec->linux_;
	struct spec_device made = *device;
	struct spec_device *slot = NULL;

	made.path = spec_text(spec, device->path);
	if (!made.path)
		return -ENOMEM;
	for (size_t i = 0; i < l->n_devices && !slot; i++)
		if (same_place(l->devices[i].path, made.path))
			slot = &l->devices[i];
	if (!slot)
		slot = spec_push(spec, &l->devices, &l->n_devices, sizeof(made));
	if (!slot)
		return -ENOMEM;
	*slot = made;
	return 0;
}

int spec_device_rule_add(struct spec *spec, const struct device_rule *rule)
{
	struct cgroup_limits *l = &spec->linux_.limits;
	struct device_rule *slot = spec_push(spec, &l->rules, &l->n_rules, sizeof(*rule));

	if (!slot)
		return -ENOMEM;
	*slot = *rule;
	return 0;
}

int spec_device_limit_add(struct spec *spec, const struct device_limit *limit)
{
	struct cgroup_limits *l = &spec->linux_.limits;
	struct device_limit *slot = NULL;

	for (size_t i = 0; i < l->n_devices && !slot; i++) {
		struct device_limit *old = &l->devices[i];

		if (old->kind == limit->kind && old->major == limit->major && old->minor == limit->minor)
			slot = old;
	}
	if (!slot)
		slot = spec_push(spec, &l->devices, &l->n_devices, sizeof(*limit));
	if (!slot)
		return -ENOMEM;
	*slot = *limit;
	return 0;
}

int spec_rlimit_set(struct spec *spec, const struct spec_rlimit *limit)
{
	struct spec_process *p = &spec->process;
	struct spec_rlimit *slot = NULL;

	for (size_t i = 0; i < p->n_rlimits && !slot; i++)
		if (p->rlimits[i].resource == limit->resource)
			slot = &p->rlimits[i];
	if (!slot)
		slot = spec_push(spec, &p->rlimits, &p->n_rlimits, sizeof(*limit));
	if (!slot)
		return -ENOMEM;
	*slot = *limit;
	return 0;
}

int spec_id_map_add(struct spec *spec, struct spec_id_maps *maps, const struct spec_id_map *map)
{
	struct spec_id_map *slot = spec_push(spec, &maps->at, &maps->n, sizeof(*map));

	if (!slot)
		return -ENOMEM;
	*slot = *map;
	return 0;
}
