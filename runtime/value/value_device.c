/* SPDX-License-Identifier: Apache-2.0 */
/* Devices: which nodes a container has, who may open them, how fast they are. */
#include "base/cleanup.h"
#include "base/parse.h"
#include "runtime/value.h"

#include "value_mount.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#define DEPTH_MAX 8
#define ALL_ACCESS (DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD)

/* "rwm" in any order, each once at most. 0 where it is none. */
static unsigned parse_access(struct slice text)
{
	unsigned access = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned bit = text.at[i] == 'r'   ? DEVICE_READ
			       : text.at[i] == 'w' ? DEVICE_WRITE
			       : text.at[i] == 'm' ? DEVICE_MKNOD
						   : 0;

		if (!bit || access & bit)
			return 0;
		access |= bit;
	}
	return access;
}

static int add_node(struct spec *spec, const char *path, const struct stat *st, unsigned access,
		    struct error *err)
{
	bool block = S_ISBLK(st->st_mode);
	struct spec_device device = {
		.path = path,
		.type = block ? 'b' : 'c',
		.major = major(st->st_rdev),
		.minor = minor(st->st_rdev),
		.mode = st->st_mode & 0777,
		.uid = st->st_uid,
		.gid = st->st_gid,
	};
	struct device_rule rule = {
		.allow = true,
		.type = device.type,
		.major = device.major,
		.minor = device.minor,
		.access = access,
	};

	if (spec_device_add(spec, &device) < 0 || (access && spec_device_rule_add(spec, &rule) < 0))
		return value_no_memory(err);
	return 0;
}

struct walk {
	struct spec *spec;
	const struct value_host *host;
	unsigned access; /* 0 = nodes without rules */
	bool whole;	 /* of /dev: what a container has of its own is left out */
	size_t found;
};

/* Folders and nodes of /dev that a container has its own of. */
static bool is_own(const char *name)
{
	static const char names[][12] = {"pts",	 "shm", "mqueue", "fd",		"console",
					 "ptmx", "tty", ".lxc",	  ".lxd-mounts"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static int walk(struct walk *w, const char *from, const char *to, unsigned depth, struct error *err)
{
	struct spec_texts names = {0};
	int r = w->host->children(w->host->context, from, w->spec, &names);

	if (r < 0)
		return error_errno(err, r, "", "cannot read the devices in '%s'", from);
	for (size_t i = 0; i < names.n; i++) {
		const char *source = spec_printf(w->spec, "%s/%s", from, names.at[i]);
		const char *target = spec_printf(w->spec, "%s/%s", to, names.at[i]);
		struct stat st;

		if (!source || !target)
			return value_no_memory(err);
		if ((w->whole && depth == 0 && is_own(names.at[i])) ||
		    w->host->status(w->host->context, source, &st) < 0)
			continue; /* gone since, or a link that leads nowhere */
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
			r = walk(w, source, target, depth + 1, err);
		} else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
			r = add_node(w->spec, target, &st, w->access, err);
			w->found++;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

int value_devices_all(struct spec *spec, const struct value_host *host, struct error *err)
{
	struct walk w = {.spec = spec, .host = host, .whole = true};

	return walk(&w, "/dev", "/dev", 0, err);
}

struct parts {
	const char *source;
	const char *target;
	unsigned access;
};

/* SRC, SRC:DST, SRC:rwm, SRC:DST:rwm. */
static int split(struct spec *spec, const char *text, struct parts *out, struct error *err)
{
	const char *first = strchr(text, ':');
	const char *second = first ? strchr(first + 1, ':') : NULL;
	struct slice source = {text, first ? (size_t)(first - text) : strlen(text)};
	struct slice target = source;

	out->access = ALL_ACCESS;
	if (second) {
		target = (struct slice){first + 1, (size_t)(second - first - 1)};
		out->access = parse_access(slice_of(second + 1));
	} else if (first && first[1] == '/') {
		target = slice_of(first + 1);
	} else if (first) {
		out->access = parse_access(slice_of(first + 1));
	}
	if (!out->access || source.len < 2 || source.at[0] != '/' || target.len < 2 || target.at[0] != '/')
		return error_set(err, -EINVAL,
				 "write /dev/NODE, /dev/NODE:/dev/NAME or /dev/NODE:/dev/NAME:rwm (r reads, "
				 "w writes, m "
				 "makes nodes)",
				 "'--device' cannot be '%s'", text);
	out->source = arena_text(&spec->arena, source);
	out->target = arena_text(&spec->arena, target);
	return out->source && out->target ? 0 : value_no_memory(err);
}

int value_device(struct spec *spec, const struct value_host *host, const char *text, struct error *err)
{
	struct parts parts = {0};
	struct walk w = {.spec = spec, .host = host};
	struct stat st;
	int r = split(spec, text, &parts, err);

	if (r < 0)
		return r;
	r = host->status(host->context, parts.source, &st);
	if (r < 0)
		return error_errno(err, r, "", "'--device': there is no '%s'", parts.source);
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		return add_node(spec, parts.target, &st, parts.access, err);
	if (!S_ISDIR(st.st_mode))
		return error_set(err, -EINVAL, "name a device node, or a folder of them",
				 "'--device': '%s' is neither", parts.source);
	w.access = parts.access;
	r = walk(&w, parts.source, parts.target, 0, err);
	if (r == 0 && w.found == 0)
		return error_set(err, -EINVAL, "name a device node, or a folder of them",
				 "'--device': the folder '%s' has no device", parts.source);
	return r;
}

static int parse_number(struct slice text, int64_t *out)
{
	uint64_t value;

	if (slice_is(text, "*"))
		return *out = -1, 0;
	if (parse_u64(text, &value) < 0 || value > UINT32_MAX)
		return -EINVAL;
	*out = (int64_t)value;
	return 0;
}

int value_device_rule(const char *text, struct device_rule *out, struct error *err)
{
	struct device_rule rule = {.allow = true, .type = text[0]};
	const char *colon = strchr(text, ':');
	const char *space = colon ? strchr(colon, ' ') : NULL;

	if ((text[0] == 'a' || text[0] == 'b' || text[0] == 'c') && text[1] == ' ' && space &&
	    colon > text + 2) {
		rule.access = parse_access(slice_of(space + 1));
		if (parse_number((struct slice){text + 2, (size_t)(colon - text - 2)}, &rule.major) == 0 &&
		    parse_number((struct slice){colon + 1, (size_t)(space - colon - 1)}, &rule.minor) == 0 &&
		    rule.access) {
			*out = rule;
			return 0;
		}
	}
	return error_set(err, -EINVAL, "write TYPE MAJOR:MINOR ACCESS, such as 'c 10:200 rwm' or 'b 8:* r'",
			 "'--device-cgroup-rule' cannot be '%s'", text);
}

static int limit_value(enum device_limit_kind kind, struct slice text, uint64_t *out)
{
	bool bytes = kind == DEVICE_READ_BPS || kind == DEVICE_WRITE_BPS;
	int r = bytes ? parse_size(text, out) : parse_u64(text, out);

	if (r == 0 && kind == DEVICE_WEIGHT && *out != 0 && (*out < 10 || *out > 1000))
		return -ERANGE;
	return r;
}

int value_device_limit(enum device_limit_kind kind, const struct value_host *host, const char *text,
		       struct device_limit *out, struct error *err)
{
	static const char *const values[] = {
		[DEVICE_READ_BPS] = "write PATH:BYTES, such as /dev/sda:5mb",
		[DEVICE_WRITE_BPS] = "write PATH:BYTES, such as /dev/sda:5mb",
		[DEVICE_READ_IOPS] = "write PATH:OPERATIONS, such as /dev/sda:100",
		[DEVICE_WRITE_IOPS] = "write PATH:OPERATIONS, such as /dev/sda:100",
		[DEVICE_WEIGHT] = "write PATH:WEIGHT with a weight from 10 to 1000",
	};
	const char *flag = device_limit_flags[kind];
	const char *colon = strrchr(text, ':');
	struct device_limit made = {.kind = kind};
	char path[4096];
	struct stat st;
	int r;

	if (!colon || text[0] != '/' || (size_t)(colon - text) >= sizeof(path) ||
	    limit_value(kind, slice_of(colon + 1), &made.value) < 0)
		return error_set(err, -EINVAL, values[kind], "'--%s' cannot be '%s'", flag, text);
	memcpy(path, text, (size_t)(colon - text));
	path[colon - text] = '\0';
	r = host->status(host->context, path, &st);
	if (r < 0)
		return error_errno(err, r, "", "'--%s': there is no '%s'", flag, path);
	if (!S_ISBLK(st.st_mode))
		return error_set(err, -EINVAL, "name a block device: 'lsblk --paths' lists them",
				 "'--%s': '%s' is no block device", flag, path);
	made.major = major(st.st_rdev);
	made.minor = minor(st.st_rdev);
	r = host->disk(host->context, &made.major, &made.minor);
	if (r < 0)
		return error_errno(err, r, "", "'--%s': cannot find the disk of '%s'", flag, path);
	*out = made;
	return 0;
}
