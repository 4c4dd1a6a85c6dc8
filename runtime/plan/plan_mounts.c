/* SPDX-License-Identifier: Apache-2.0 */
/* mount(8)'s and the specification's words in the kernel's terms, and the steps that they come to. */
#include "plan_step.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

/* What a word does. */
enum effect {
	SET,	   /* sets attributes */
	CLEAR,	   /* clears them */
	SET_BELOW, /* both also for what is mounted below */
	CLEAR_BELOW,
	PROPAGATION, /* of the mount */
	PROPAGATION_BELOW,
	BIND,
	BIND_BELOW,
	COPY_UP,
	NOTHING
};

/* No pointers: no relocations. */
static const struct {
	char word[16];
	uint8_t effect;
	uint32_t bits;
} words[] = {
	{"ro", SET, MOUNT_ATTR_RDONLY},
	{"rw", CLEAR, MOUNT_ATTR_RDONLY},
	{"nosuid", SET, MOUNT_ATTR_NOSUID},
	{"suid", CLEAR, MOUNT_ATTR_NOSUID},
	{"nodev", SET, MOUNT_ATTR_NODEV},
	{"dev", CLEAR, MOUNT_ATTR_NODEV},
	{"noexec", SET, MOUNT_ATTR_NOEXEC},
	{"exec", CLEAR, MOUNT_ATTR_NOEXEC},
	{"nodiratime", SET, MOUNT_ATTR_NODIRATIME},
	{"diratime", CLEAR, MOUNT_ATTR_NODIRATIME},
	{"noatime", SET, MOUNT_ATTR_NOATIME},
	{"atime", CLEAR, MOUNT_ATTR_NOATIME},
	{"strictatime", SET, MOUNT_ATTR_STRICTATIME},
	{"nostrictatime", CLEAR, MOUNT_ATTR_STRICTATIME},
	{"relatime", CLEAR, MOUNT_ATTR__ATIME},
	{"norelatime", CLEAR, MOUNT_ATTR__ATIME},
	{"nosymfollow", SET, MOUNT_ATTR_NOSYMFOLLOW},
	{"symfollow", CLEAR, MOUNT_ATTR_NOSYMFOLLOW},
	{"rro", SET_BELOW, MOUNT_ATTR_RDONLY},
	{"rrw", CLEAR_BELOW, MOUNT_ATTR_RDONLY},
	{"rnosuid", SET_BELOW, MOUNT_ATTR_NOSUID},
	{"rsuid", CLEAR_BELOW, MOUNT_ATTR_NOSUID},
	{"rnodev", SET_BELOW, MOUNT_ATTR_NODEV},
	{"rdev", CLEAR_BELOW, MOUNT_ATTR_NODEV},
	{"rnoexec", SET_BELOW, MOUNT_ATTR_NOEXEC},
	{"rexec", CLEAR_BELOW, MOUNT_ATTR_NOEXEC},
	{"rnodiratime", SET_BELOW, MOUNT_ATTR_NODIRATIME},
	{"rdiratime", CLEAR_BELOW, MOUNT_ATTR_NODIRATIME},
	{"rnoatime", SET_BELOW, MOUNT_ATTR_NOATIME},
	{"ratime", CLEAR_BELOW, MOUNT_ATTR_NOATIME},
	{"rstrictatime", SET_BELOW, MOUNT_ATTR_STRICTATIME},
	{"rnostrictatime", CLEAR_BELOW, MOUNT_ATTR_STRICTATIME},
	{"rrelatime", CLEAR_BELOW, MOUNT_ATTR__ATIME},
	{"rnorelatime", CLEAR_BELOW, MOUNT_ATTR__ATIME},
	{"rnosymfollow", SET_BELOW, MOUNT_ATTR_NOSYMFOLLOW},
	{"rsymfollow", CLEAR_BELOW, MOUNT_ATTR_NOSYMFOLLOW},
	{"private", PROPAGATION, MS_PRIVATE},
	{"slave", PROPAGATION, MS_SLAVE},
	{"shared", PROPAGATION, MS_SHARED},
	{"unbindable", PROPAGATION, MS_UNBINDABLE},
	{"rprivate", PROPAGATION_BELOW, MS_PRIVATE},
	{"rslave", PROPAGATION_BELOW, MS_SLAVE},
	{"rshared", PROPAGATION_BELOW, MS_SHARED},
	{"runbindable", PROPAGATION_BELOW, MS_UNBINDABLE},
	{"bind", BIND, 0},
	{"rbind", BIND_BELOW, 0},
	{"tmpcopyup", COPY_UP, 0},
	{"defaults", NOTHING, 0},
	{"async", NOTHING, 0},
	{"loud", NOTHING, 0},
	{"silent", NOTHING, 0},
};

/* The access time is one value of four, not four bits. */
static void change(uint64_t *set, uint64_t *clear, uint64_t on, uint64_t off)
{
	if ((on | off) & MOUNT_ATTR__ATIME) {
		*set &= ~(uint64_t)MOUNT_ATTR__ATIME;
		*clear |= MOUNT_ATTR__ATIME;
	}
	*set = (*set | on) & ~off;
	*clear = (*clear | off) & ~(on & ~(uint64_t)MOUNT_ATTR__ATIME);
}

static void apply_word(size_t i, struct mount_options *o)
{
	uint64_t bits = words[i].bits;

	switch ((enum effect)words[i].effect) {
	case SET:
		change(&o->set, &o->clear, bits, 0);
		break;
	case CLEAR:
		change(&o->set, &o->clear, 0, bits);
		break;
	case SET_BELOW:
		change(&o->set_below, &o->clear_below, bits, 0);
		break;
	case CLEAR_BELOW:
		change(&o->set_below, &o->clear_below, 0, bits);
		break;
	case PROPAGATION:
	case PROPAGATION_BELOW:
		o->propagation = bits;
		o->propagation_below = words[i].effect == PROPAGATION_BELOW;
		break;
	case BIND:
	case BIND_BELOW:
		o->bind = true;
		o->recursive = words[i].effect == BIND_BELOW;
		break;
	case COPY_UP:
		o->copy_up = true;
		break;
	case NOTHING:
		break;
	}
}

static int add_data(struct mount_options *o, const char *word, const char *type, struct error *err)
{
	if (!*word || strchr(word, ','))
		return error_set(err, -EINVAL, "", "'%s' is no mount option", word);
	if (strcmp(word, "z") == 0 || strcmp(word, "Z") == 0) /* docker's words */
		return error_set(err, -EOPNOTSUPP, "leave it out; chcon(1) labels files on SELinux hosts",
				 "the mount option '%s' is not available: plimsoll sets no SELinux labels",
				 word);
	if (o->bind || strcmp(type, "bind") == 0)
		return error_set(err, -EINVAL,
				 "bind mounts know ro, rw, nosuid, nodev, noexec, rprivate and the like",
				 "'%s' is no option of a bind mount", word);
	o->data.at[o->data.n++] = word;
	return 0;
}

int mount_options_parse(const struct spec_texts *list, const char *type, struct arena *arena,
			struct mount_options *out, struct error *err)
{
	struct mount_options o = {0};

	o.bind = strcmp(type, "bind") == 0 || strcmp(type, "rbind") == 0;
	o.recursive = strcmp(type, "rbind") == 0;
	for (size_t i = 0; i < list->n; i++) { /* first, since they say what the others mean */
		o.bind |= strcmp(list->at[i], "bind") == 0 || strcmp(list->at[i], "rbind") == 0;
		o.recursive |= strcmp(list->at[i], "rbind") == 0;
	}
	o.data.at = arena_alloc(arena, (list->n + 1) * sizeof(*o.data.at));
	if (!o.data.at)
		return error_errno(err, -ENOMEM, "", "cannot plan a mount");
	for (size_t i = 0; i < list->n; i++) {
		bool recursive = o.recursive;
		bool found = false;
		int r = 0;

		for (size_t w = 0; !found && w < sizeof(words) / sizeof(words[0]); w++) {
			found = strcmp(list->at[i], words[w].word) == 0;
			if (found)
				apply_word(w, &o);
		}
		o.recursive |= recursive;
		if (!found)
			r = add_data(&o, list->at[i], type, err);
		if (r < 0)
			return r;
	}
	if (o.copy_up && strcmp(type, "tmpfs") != 0)
		return error_set(err, -EINVAL, "", "tmpcopyup is an option of tmpfs, not of '%s'", type);
	*out = o;
	return 0;
}

const struct spec_mount *plan_find_mount(const struct spec *spec, const char *destination)
{
	for (size_t i = spec->n_mounts; i-- > 0;)
		if (strcmp(spec->mounts[i].destination, destination) == 0)
			return &spec->mounts[i];
	return NULL;
}

/* A file system that shows a namespace: it, and where it is mounted. No pointers: no relocations. */
static const struct shown {
	char type[8], path[12];
	enum spec_namespace ns;
} shown[] = {
	{"sysfs", "/sys", SPEC_NS_NETWORK},
	{"mqueue", "/dev/mqueue", SPEC_NS_IPC},
	{"proc", "/proc", SPEC_NS_PID},
};

/*
 * Such a one can be mounted by the namespace's owner alone: a container in a user namespace that uses the
 * host's, or another's, gets the mount of that one instead. NULL where it may mount its own.
 */
static const struct shown *must_bind(const struct plan *plan, const struct spec_mount *m)
{
	const struct spec_ns *ns = plan->spec->linux_.namespaces;

	for (size_t i = 0; plan->user_ns && i < sizeof(shown) / sizeof(shown[0]); i++) {
		enum spec_ns_how how = ns[shown[i].ns].how;

		if (strcmp(m->type, shown[i].type) != 0)
			continue;
		return how == SPEC_NS_HOST || (how == SPEC_NS_JOIN && ns[SPEC_NS_USER].how != SPEC_NS_JOIN)
			       ? &shown[i]
			       : NULL;
	}
	return NULL;
}

/* "/proc/7/ns/pid" is that of a process, whose mounts are below "/proc/7/root". */
static int source_of(struct plan *plan, const struct shown *s, const char **out, struct error *err)
{
	const struct spec_ns *ns = &plan->spec->linux_.namespaces[s->ns];
	const char *rest = ns->how == SPEC_NS_JOIN ? strstr(ns->path, "/ns/") : NULL;
	size_t len = rest ? (size_t)(rest - ns->path) : 0;
	size_t cap = len + sizeof("/root") + sizeof(s->path);
	char *text;

	*out = s->path;
	/* of a namespace without a process there is no mount: the host's devices are no secret, its processes
	 * are */
	if (ns->how == SPEC_NS_HOST || (!rest && s->ns == SPEC_NS_NETWORK))
		return 0;
	if (!rest)
		return error_set(
			err, -EOPNOTSUPP, "name it as /proc/PID/ns/…, or leave the user namespace out",
			"a user namespace can show the %s namespace '%s' only as a process of it sees it",
			spec_namespace_rows[s->ns].name, ns->path);
	text = arena_alloc(&plan->arena, cap);
	if (!text)
		return error_errno(err, -ENOMEM, "", "cannot plan a mount");
	snprintf(text, cap, "%.*s/root%s", (int)len, ns->path, s->path);
	*out = text;
	return 0;
}

static int fill_mount(struct plan *plan, const struct spec_mount *m, struct step_mount *out,
		      struct error *err)
{
	const struct shown *bound;
	int r;

	if (!m->type || !m->destination)
		return error_set(err, -EINVAL, "", "a mount without a type or a destination");
	bound = must_bind(plan, m);
	r = mount_options_parse(&m->options, m->type, &plan->arena, &out->options, err);
	if (r == 0 && out->options.bind && !m->source && !bound)
		r = error_set(err, -EINVAL, "", "nothing to bind is named");
	if (r < 0)
		return error_set(err, r, err ? err->remedy : "", "the mount at %s: %s", m->destination,
				 err ? err->cause : "");
	out->destination = m->destination;
	out->type = m->type;
	out->source = m->source;
	out->slot = -1;
	if (bound) {
		bool foreign = plan->spec->linux_.namespaces[bound->ns].how == SPEC_NS_JOIN;

		r = source_of(plan, bound, &out->source, err);
		if (r < 0)
			return r;
		out->options.bind = true;
		/* what another container has masked there is masked again */
		out->options.recursive = !foreign || out->source == bound->path;
		/* a right that the host's mount doesn't have may not be given back below */
		out->options.set_below |= out->options.set & MOUNT_ATTR_RDONLY;
		out->options.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		out->options.clear = 0;
		out->optional = bound->ns == SPEC_NS_IPC;
		out->options.data.n = 0;
	}
	out->no_symlinks = strcmp(m->type, "proc") == 0 || strcmp(m->type, "sysfs") == 0;
	return 0;
}

static struct step *add_source(struct plan *plan, enum step_side side, const char *path, bool recursive)
{
	struct step *step = plan_add(plan, STEP_SOURCE_OPEN, side);

	if (!step)
		return NULL;
	step->source.path = path;
	step->source.recursive = recursive;
	step->source.any_type = true;
	step->source.slot = plan->n_slots++;
	return step;
}

int plan_sources(struct plan *plan, enum step_side side, struct error *err)
{
	const struct spec *spec = plan->spec;
	const struct spec_linux *l = &spec->linux_;
	struct step *step;

	if (l->masked_paths.n && !plan_add(plan, STEP_NULL_OPEN, side))
		return -ENOMEM;
	if (spec->root.kind == SPEC_ROOT_PLAIN) {
		step = add_source(plan, side, spec->root.path, true);
		if (!step)
			return -ENOMEM;
		step->source.any_type = false;
	}
	for (size_t i = 0; i < spec->n_mounts; i++) {
		struct step_mount mount = {0};
		int r = fill_mount(plan, &spec->mounts[i], &mount, err);

		if (r < 0)
			return r;
		if (!mount.options.bind)
			continue;
		step = add_source(plan, side, mount.source, mount.options.recursive);
		if (!step)
			return -ENOMEM;
		step->source.optional = mount.optional;
	}
	for (size_t i = 0; plan->user_ns && i < l->n_devices; i++)
		if (!add_source(plan, side, l->devices[i].path, false))
			return -ENOMEM;
	return 0;
}

/* The n-th bind mount's source is the n-th that was opened, behind a plain root's. */
static int slot_of(const struct plan *plan, const char *source, size_t nth)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->steps[i];

		if (step->kind != STEP_SOURCE_OPEN || step->source.path == plan->spec->root.path)
			continue;
		if (nth-- == 0)
			return source && strcmp(step->source.path, source) == 0 ? step->source.slot : -1;
	}
	return -1;
}

int plan_mounts(struct plan *plan, struct error *err)
{
	size_t n_binds = 0;

	for (size_t i = 0; i < plan->spec->n_mounts; i++) {
		const struct spec_mount *m = &plan->spec->mounts[i];
		bool cgroup = strcmp(m->type, "cgroup") == 0 || strcmp(m->type, "cgroup2") == 0;
		struct step_mount mount = {0};
		struct step *step;
		int r = fill_mount(plan, m, &mount, err);

		if (r < 0)
			return r;
		if (mount.options.bind)
			mount.slot = slot_of(plan, mount.source, n_binds++);
		step = plan_add(plan, cgroup ? STEP_CGROUP_MOUNT : STEP_MOUNT, SIDE_CHILD);
		if (!step)
			return -ENOMEM;
		step->mount = mount;
	}
	return 0;
}
