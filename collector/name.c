/* SPDX-License-Identifier: Apache-2.0 */
#include "name.h"

#include "base/cleanup.h"
#include "base/parse.h"

#include <ctype.h>

/*
 * How runtimes call their cgroups: one row a naming scheme, and the first row that fits a component decides.
 *
 * name, and every component of parent:
 *   *   any text, or none             %x  a container id of 64 hexadecimal digits
 *   %s  any text: a name              %b  an id of BuildKit: 25 digits and small letters
 *   %u  a pod's UID, '-' or '_'       %i  an id of plimsoll
 * parent: the components before it ("/docker" only at the top, "docker/buildkit" two of them); NULL = any. An
 * id may stand in it.
 *
 * A CONTAINER row holds inside another container too: the innermost container is who the cgroup is. What no
 * row calls a container is INNER there.
 *
 * A bare id of 64 digits below an unknown parent (any --cgroup-parent, containerd's /NAMESPACE/ID, a pod's
 * folder) is a container of RUNTIME_NONE: the path can't tell whose. identity_store then takes the runtime
 * that has metadata of that id (docker, containerd, podman, in this order), and until there is any,
 * containerd, which is the one that needs no folder of its own name.
 */
struct scheme {
	const char *parent;
	const char *name;
	enum entity_class class;
	enum runtime runtime;
};

static const struct scheme schemes[] = {
	/* what runtimes and systemd keep next to the things that people mean */
	{NULL, "libpod-conmon-*", ENTITY_HELPER, RUNTIME_PODMAN},
	{NULL, "crio-conmon-*", ENTITY_HELPER, RUNTIME_CRIO},
	{NULL, "*-conmon-*", ENTITY_HELPER, RUNTIME_NONE},
	{NULL, "conmon", ENTITY_HELPER, RUNTIME_PODMAN},
	{"*.service", "runtime", ENTITY_HELPER,
	 RUNTIME_PODMAN},				     /* --cgroups=split: podman itself and conmon */
	{NULL, "%x.service", ENTITY_HELPER, RUNTIME_PODMAN}, /* a health check */
	{NULL, "%x-*.service", ENTITY_HELPER, RUNTIME_PODMAN},
	{NULL, "lxc.monitor*", ENTITY_HELPER, RUNTIME_LXC},
	{NULL, "lxc.pivot*", ENTITY_HELPER, RUNTIME_LXC},
	{NULL, "*.mount", ENTITY_HELPER, RUNTIME_SYSTEMD},
	{NULL, "*.swap", ENTITY_HELPER, RUNTIME_SYSTEMD},
	{NULL, "*.socket", ENTITY_HELPER, RUNTIME_SYSTEMD},
	{NULL, "system-systemd*", ENTITY_HELPER, RUNTIME_SYSTEMD},

	/* docker: systemd's driver, then cgroupfs; image builds by the BuildKit within */
	{NULL, "docker-%x.scope", ENTITY_CONTAINER, RUNTIME_DOCKER},
	{NULL, "docker-%b.scope", ENTITY_CONTAINER, RUNTIME_DOCKER},
	{"docker", "%x", ENTITY_CONTAINER, RUNTIME_DOCKER},
	{"docker/buildkit", "%b", ENTITY_CONTAINER, RUNTIME_DOCKER},
	{NULL, "*:docker:%x", ENTITY_CONTAINER,
	 RUNTIME_DOCKER}, /* systemd's notation taken for a path by cgroupfs */
	{NULL, "docker", ENTITY_SLICE, RUNTIME_DOCKER},
	{"docker", "buildkit", ENTITY_SLICE, RUNTIME_DOCKER},

	/* containerd: CRI, nerdctl, BuildKit, ctr */
	{NULL, "cri-containerd-%x.scope", ENTITY_CONTAINER, RUNTIME_CONTAINERD},
	{NULL, "*-pod%u.slice:cri-containerd:%x", ENTITY_CONTAINER, RUNTIME_CONTAINERD},
	{NULL, "*:cri-containerd:%x", ENTITY_CONTAINER, RUNTIME_CONTAINERD},
	{NULL, "nerdctl-%x.scope", ENTITY_CONTAINER, RUNTIME_CONTAINERD},
	{NULL, "*:nerdctl:%x", ENTITY_CONTAINER, RUNTIME_CONTAINERD},
	{"buildkit", "%b", ENTITY_CONTAINER, RUNTIME_CONTAINERD},
	{NULL, "buildkit", ENTITY_SLICE, RUNTIME_CONTAINERD},
	{"/default", "%x", ENTITY_CONTAINER, RUNTIME_NONE},
	{"/default", "%s", ENTITY_CONTAINER, RUNTIME_CONTAINERD},

	/* Kubernetes' branches; also below kubelet.slice, where a node is itself a container */
	{NULL, "*kubepods*-pod%u.slice", ENTITY_SLICE, RUNTIME_NONE},
	{"kubepods", "pod%u", ENTITY_SLICE, RUNTIME_NONE},
	{"kubepods/besteffort", "pod%u", ENTITY_SLICE, RUNTIME_NONE},
	{"kubepods/burstable", "pod%u", ENTITY_SLICE, RUNTIME_NONE},
	{"kubepods", "besteffort", ENTITY_SLICE, RUNTIME_NONE},
	{"kubepods", "burstable", ENTITY_SLICE, RUNTIME_NONE},
	{NULL, "kubepods", ENTITY_SLICE, RUNTIME_NONE},
	{NULL, "*kubepods*.slice", ENTITY_SLICE, RUNTIME_NONE},

	/* cri-o: with cgroupfs, and a sandbox with either driver, has no .scope */
	{NULL, "crio-%x.scope", ENTITY_CONTAINER, RUNTIME_CRIO},
	{NULL, "crio-%x", ENTITY_CONTAINER, RUNTIME_CRIO},
	{NULL, "*:crio:%x", ENTITY_CONTAINER, RUNTIME_CRIO},

	/* podman: systemd, cgroupfs, --cgroups=split (quadlet); pods */
	{NULL, "libpod-%x.scope", ENTITY_CONTAINER, RUNTIME_PODMAN},
	{NULL, "libpod-payload-%x", ENTITY_CONTAINER, RUNTIME_PODMAN},
	{NULL, "libpod-%x", ENTITY_CONTAINER, RUNTIME_PODMAN},
	{NULL, "*:libpod:%x", ENTITY_CONTAINER, RUNTIME_PODMAN},
	{NULL, "*libpod_pod_%x.slice", ENTITY_SLICE, RUNTIME_PODMAN},
	{"libpod_parent", "%x", ENTITY_SLICE, RUNTIME_PODMAN},
	{NULL, "libpod_parent", ENTITY_SLICE, RUNTIME_PODMAN},

	/* lxc 4 and later, its earlier layouts, incus and lxd */
	{NULL, "lxc.payload.%s", ENTITY_CONTAINER, RUNTIME_LXC},
	{"lxc.payload", "%s", ENTITY_CONTAINER, RUNTIME_LXC},
	{"lxc", "%s", ENTITY_CONTAINER, RUNTIME_LXC},
	{NULL, "lxc.payload", ENTITY_SLICE, RUNTIME_LXC},
	{NULL, "lxc", ENTITY_SLICE, RUNTIME_LXC},

	/* nspawn; libvirt registers virtual machines in the same way */
	{NULL, "systemd-nspawn@%s.service", ENTITY_CONTAINER, RUNTIME_NSPAWN},
	{NULL, "machine-qemu*.scope", ENTITY_SERVICE, RUNTIME_SYSTEMD},
	{NULL, "machine-%s.scope", ENTITY_CONTAINER, RUNTIME_NSPAWN},

	/* our own */
	{"plimsoll-%i.scope", "container", ENTITY_CONTAINER, RUNTIME_PLIMSOLL},
	{"plimsoll-%i.scope", "supervisor", ENTITY_HELPER, RUNTIME_PLIMSOLL},
	{NULL, "plimsoll-*.scope", ENTITY_SLICE, RUNTIME_PLIMSOLL}, /* delegated: holds those two */
	{"plimsoll", "%i", ENTITY_CONTAINER, RUNTIME_PLIMSOLL},
	{NULL, "plimsoll", ENTITY_SLICE, RUNTIME_PLIMSOLL},

	/* systemd's units */
	{NULL, "*.service", ENTITY_SERVICE, RUNTIME_SYSTEMD},
	{NULL, "*.scope", ENTITY_SERVICE, RUNTIME_SYSTEMD},
	{NULL, "*.slice", ENTITY_SLICE, RUNTIME_SYSTEMD},

	{NULL, "%x", ENTITY_CONTAINER, RUNTIME_NONE},
};

struct captures {
	struct slice id;
	struct slice pod_uid;
};

/* --- one component against one pattern --- */

static bool match(const char *pattern, struct slice text, struct captures *found);

static struct slice skip(struct slice s, size_t n)
{
	return (struct slice){s.at + n, s.len - n};
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool fits(char kind, char c, bool first)
{
	switch (kind) {
	case 'x':
		return is_hex(c);
	case 'b':
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
	case 'u':
		return is_hex(c) || c == '-' || c == '_';
	case 'i':
		return isalnum((unsigned char)c) || c == '_' || c == '+' || c == '-' || (c == '.' && !first);
	default:
		return true;
	}
}

/* A pod's UID has 36 characters; a static pod's is a hash of 32. */
static bool length_allowed(char kind, size_t len)
{
	switch (kind) {
	case 'x':
		return len == 64;
	case 'b':
		return len == 25;
	case 'u':
		return len == 32 || len == 36;
	default:
		return len > 0;
	}
}

static bool match_capture(char kind, const char *rest, struct slice text, struct captures *found)
{
	size_t longest = 0;

	while (longest < text.len && fits(kind, text.at[longest], longest == 0))
		longest++;
	for (size_t len = longest; len > 0; len--) {
		if (!length_allowed(kind, len) || !match(rest, skip(text, len), found))
			continue;
		if (kind == 'u')
			found->pod_uid = (struct slice){text.at, len};
		else
			found->id = (struct slice){text.at, len};
		return true;
	}
	return false;
}

static bool match_any(const char *rest, struct slice text, struct captures *found)
{
	if (!*rest)
		return true;
	for (size_t n = 0; n <= text.len; n++)
		if (match(rest, skip(text, n), found))
			return true;
	return false;
}

static bool match(const char *pattern, struct slice text, struct captures *found)
{
	for (; *pattern; pattern++) {
		if (*pattern == '*')
			return match_any(pattern + 1, text, found);
		if (*pattern == '%')
			return match_capture(pattern[1], pattern + 2, text, found);
		if (text.len == 0 || text.at[0] != *pattern)
			return false;
		text = skip(text, 1);
	}
	return text.len == 0;
}

/* --- a component in its place --- */

struct place {
	struct slice name;
	struct slice parent;	  /* "" at the top */
	struct slice grandparent; /* "" where there is none */
	size_t depth;		  /* 1 for a child of the root */
};

static bool match_parent(const char *pattern, const struct place *at, struct captures *found)
{
	struct slice both;

	if (!pattern)
		return true;
	if (pattern[0] == '/')
		return at->depth == 2 && match(pattern + 1, at->parent, found);
	if (!strchr(pattern, '/'))
		return at->depth >= 2 && match(pattern, at->parent, found);
	if (at->depth < 3)
		return false;
	/* parent and grandparent stand side by side in the path */
	both.at = at->grandparent.at;
	both.len = (size_t)(at->parent.at + at->parent.len - both.at);
	return match(pattern, both, found);
}

static const struct scheme *find_scheme(const struct place *at, struct captures *found)
{
	static const struct captures nothing = {{"", 0}, {"", 0}};

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		*found = nothing;
		if (match(schemes[i].name, at->name, found) && match_parent(schemes[i].parent, at, found))
			return &schemes[i];
	}
	*found = nothing;
	return NULL;
}

/* /user.slice/user-1000.slice */
static void note_owner(const struct place *at, struct cgroup_name *out)
{
	struct captures found = {0};
	uint64_t uid;

	if (at->depth != 2 || !slice_is(at->parent, "user.slice") ||
	    !match("user-%s.slice", at->name, &found))
		return;
	if (parse_u64(found.id, &uid) < 0 || uid >= UINT32_MAX)
		return;
	out->has_owner = true;
	out->owner_uid = (uint32_t)uid;
}

/* In a path, whose last component decides last. */
static void note(const struct place *at, const struct scheme *scheme, const struct captures *found,
		 struct cgroup_name *out)
{
	if (found->pod_uid.len)
		out->pod_uid = found->pod_uid;
	if (scheme && scheme->class == ENTITY_CONTAINER) {
		bool says_space =
			at->depth == 2 && (scheme->runtime == RUNTIME_NONE ||
					   (scheme->runtime == RUNTIME_CONTAINERD && scheme->parent));

		out->class = ENTITY_CONTAINER;
		out->runtime = scheme->runtime;
		out->id = found->id;
		out->space = says_space ? at->parent : (struct slice){"", 0};
		out->container_depth = at->depth;
	} else if (out->container_depth) {
		out->class = ENTITY_INNER;
	} else if (!scheme) {
		/* what is below a helper belongs to it */
		if (out->class == ENTITY_HELPER)
			return;
		out->class = ENTITY_GROUP;
		out->runtime = RUNTIME_NONE;
		out->id = (struct slice){"", 0};
	} else {
		out->class = out->class == ENTITY_HELPER ? ENTITY_HELPER : scheme->class;
		out->runtime = scheme->runtime;
		out->id = scheme->runtime == RUNTIME_SYSTEMD ? at->name : found->id;
	}
}

void cgroup_name_parse(struct slice path, struct cgroup_name *out)
{
	static const struct slice none = {"", 0};
	struct place at = {none, none, none, 0};
	struct slice component;

	*out = (struct cgroup_name){.class = ENTITY_HOST, .id = none, .space = none, .pod_uid = none};
	while (next_word(&path, "/", &component)) {
		struct captures found;
		const struct scheme *scheme;

		at = (struct place){component, at.name, at.parent, at.depth + 1};
		scheme = find_scheme(&at, &found);
		note_owner(&at, out);
		note(&at, scheme, &found, out);
	}
}
