/* SPDX-License-Identifier: Apache-2.0 */
/* --mount type=…,source=…,target=…: fields by commas, quoted as in CSV where they hold one. */
#include "value_mount.h"

#include "base/parse.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

enum recursion { RECURSION_ENABLED, RECURSION_DISABLED, RECURSION_WRITABLE, RECURSION_READONLY };

struct wish {
	const char *type;
	const char *source;
	const char *target;
	bool readonly;
	enum recursion recursion;
	const char *propagation;
	struct str tmpfs; /* options as --tmpfs has them */
	bool has_bind_option;
};

static int refuse(int code, const char *remedy, const char *field, struct error *err)
{
	return error_set(err, code, remedy, "'--mount': '%s' %s", field,
			 code == -EOPNOTSUPP ? "is not available" : "is not understood");
}

/* The next field into the arena; *out is NULL at the end. */
static int next_field(struct spec *spec, const char **rest, const char **out, struct error *err)
{
	_cleanup_str_ struct str field = {0};
	const char *at = *rest;
	bool quoted;

	*out = NULL;
	if (!at)
		return 0;
	quoted = *at == '"';
	for (at += quoted; *at && (quoted || *at != ','); at++) {
		if (quoted && *at == '"' && at[1] != '"')
			break;
		at += quoted && *at == '"';
		str_char(&field, *at);
	}
	if (quoted && *at++ != '"')
		return error_set(err, -EINVAL, "", "'--mount': a quotation mark is not closed");
	if (*at && *at != ',')
		return error_set(err, -EINVAL, "separate fields by commas",
				 "'--mount': '%s' is behind a quotation mark", at);
	*rest = *at ? at + 1 : NULL;
	if (!field.failed)
		*out = spec_text(spec, field.data ? field.data : "");
	return *out ? 0 : value_no_memory(err);
}

static bool key_is(const char *field, const char *key)
{
	size_t len = strcspn(field, "=");

	return strlen(key) == len && memcmp(field, key, len) == 0;
}

/* "readonly", "readonly=true". */
static int take_bool(const char *field, const char *value, bool *out, struct error *err)
{
	*out = true;
	if (value && parse_bool(slice_of(value), out) < 0)
		return refuse(-EINVAL, "it takes true or false", field, err);
	return 0;
}

static int take_recursive(struct wish *w, const char *field, const char *value, struct error *err)
{
	static const char words[][12] = {"enabled", "disabled", "writable", "readonly"};

	w->has_bind_option = true;
	for (size_t i = 0; value && i < ARRAY_SIZE(words); i++) {
		if (strcmp(value, words[i]) == 0) {
			w->recursion = (enum recursion)i;
			return 0;
		}
	}
	return refuse(-EINVAL, "it takes enabled, disabled, writable or readonly", field, err);
}

static int take_bind(struct wish *w, const char *field, const char *value, struct error *err)
{
	bool off;
	int r;

	if (key_is(field, "bind-recursive"))
		return take_recursive(w, field, value, err);
	if (key_is(field, "bind-nonrecursive")) {
		r = take_bool(field, value, &off, err);
		if (r == 0 && off)
			w->recursion = RECURSION_DISABLED;
		w->has_bind_option = true;
		return r;
	}
	if (!value || !value_is_propagation(slice_of(value)))
		return refuse(-EINVAL, "it takes private, rprivate, shared, rshared, slave or rslave", field,
			      err);
	w->propagation = value;
	w->has_bind_option = true;
	return 0;
}

static int take_tmpfs(struct wish *w, const char *field, const char *value, struct error *err)
{
	const char *key = key_is(field, "tmpfs-size")	? ",size="
			  : key_is(field, "tmpfs-mode") ? ",mode="
							: NULL;

	if (!value || !*value || strchr(value, ','))
		return refuse(-EINVAL, "it takes tmpfs-size=SIZE and tmpfs-mode=OCTAL", field, err);
	if (key)
		str_printf(&w->tmpfs, "%s%s", key, value);
	else
		return refuse(-EINVAL, "it takes tmpfs-size=SIZE and tmpfs-mode=OCTAL", field, err);
	return 0;
}

static int take_field(struct wish *w, const char *field, struct error *err)
{
	const char *equals = strchr(field, '=');
	const char *value = equals ? equals + 1 : NULL;

	if (key_is(field, "readonly") || key_is(field, "ro"))
		return take_bool(field, value, &w->readonly, err);
	if (strncmp(field, "volume-", 7) == 0 || strncmp(field, "image-", 6) == 0)
		return refuse(-EOPNOTSUPP, "volumes and images come in a later version", field, err);
	if (key_is(field, "consistency") || key_is(field, "bind-create-src"))
		return refuse(-EOPNOTSUPP,
			      "it does nothing on Linux, or makes folders on the host: leave it out", field,
			      err);
	if (key_is(field, "bind-propagation") || key_is(field, "bind-recursive") ||
	    key_is(field, "bind-nonrecursive"))
		return take_bind(w, field, value, err);
	if (strncmp(field, "tmpfs-", 6) == 0)
		return take_tmpfs(w, field, value, err);
	if (value && *value) {
		if (key_is(field, "type"))
			return w->type = value, 0;
		if (key_is(field, "source") || key_is(field, "src"))
			return w->source = value, 0;
		if (key_is(field, "target") || key_is(field, "destination") || key_is(field, "dst"))
			return w->target = value, 0;
	}
	return refuse(-EINVAL,
		      "fields are type=bind or tmpfs, source=, target=, readonly, bind-… and tmpfs-…", field,
		      err);
}

static int add_bind(struct spec *spec, const struct value_host *host, const struct wish *w, struct error *err)
{
	const char *propagation = w->propagation ? w->propagation : "rprivate";
	bool shallow = w->recursion == RECURSION_DISABLED;
	const char *options;

	if (!w->source)
		return error_set(err, -EINVAL, "add source=/PATH", "'--mount type=bind' has no source");
	if (w->tmpfs.len)
		return error_set(err, -EINVAL, "leave it out", "'--mount type=bind' takes no tmpfs- option");
	if (w->recursion >= RECURSION_WRITABLE && !w->readonly)
		return error_set(err, -EINVAL, "add readonly",
				 "'--mount': this bind-recursive needs readonly");
	if (w->recursion == RECURSION_READONLY && strcmp(propagation, "rprivate") != 0)
		return error_set(err, -EINVAL, "add bind-propagation=rprivate",
				 "'--mount': bind-recursive=readonly needs rprivate");
	options = spec_printf(spec, "%s,%s%s", shallow ? "bind" : "rbind", propagation,
			      !w->readonly				      ? ""
			      : shallow || w->recursion == RECURSION_WRITABLE ? ",ro"
									      : ",rro");
	if (!options)
		return value_no_memory(err);
	return value_bind(spec, host, "mount", w->source, w->target, options, err);
}

static int add_tmpfs(struct spec *spec, const struct wish *w, struct error *err)
{
	_cleanup_str_ struct str options = {0};
	const char *wanted = w->tmpfs.data ? w->tmpfs.data : "";
	int r = value_check_destination("mount", w->target, err);

	if (r < 0)
		return r;
	if (w->source || w->has_bind_option)
		return error_set(err, -EINVAL, "leave it out",
				 "'--mount type=tmpfs' takes no source and no bind- option");
	r = value_tmpfs_options("mount", slice_of(wanted), &options, err);
	if (r < 0)
		return r;
	if (w->readonly)
		str_add(&options, ",ro");
	if (options.failed || !spec_mount_push(spec, w->target, "tmpfs", "tmpfs", options.data))
		return value_no_memory(err);
	return 0;
}

static int add(struct spec *spec, const struct value_host *host, const struct wish *w, struct error *err)
{
	if (!w->type || strcmp(w->type, "volume") == 0)
		return error_set(err, -EOPNOTSUPP, "write type=bind or type=tmpfs",
				 "'--mount'%s asks for a volume: they come in a later version",
				 w->type ? "" : " without a type");
	if (!w->target)
		return error_set(err, -EINVAL, "add target=/PATH", "'--mount' has no target");
	if (strcmp(w->type, "bind") == 0)
		return add_bind(spec, host, w, err);
	if (strcmp(w->type, "tmpfs") == 0)
		return add_tmpfs(spec, w, err);
	return error_set(err, -EOPNOTSUPP, "write type=bind or type=tmpfs", "'--mount' has no type '%s'",
			 w->type);
}

int value_mount(struct spec *spec, const struct value_host *host, const char *text, struct error *err)
{
	struct wish wish = {0};
	const char *field = NULL;
	int r;

	do {
		r = next_field(spec, &text, &field, err);
		if (r == 0 && field)
			r = take_field(&wish, field, err);
	} while (r == 0 && field);
	if (r == 0)
		r = wish.tmpfs.failed ? value_no_memory(err) : add(spec, host, &wish, err);
	str_free(&wish.tmpfs);
	return r;
}
