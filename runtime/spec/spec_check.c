/* SPDX-License-Identifier: Apache-2.0 */
#include "spec_check.h"

#include "runtime/capability.h"
#include "spec_names.h"

#include <errno.h>
#include <string.h>

int spec_check_absolute(const char *path, const char *what, struct error *err)
{
	if (!path || path[0] != '/')
		return error_set(err, -EINVAL, "write it from '/' on", "%s is no absolute path: '%s'", what,
				 path ? path : "");
	return 0;
}

int spec_check_name(const char *name, size_t max, const char *what, struct error *err)
{
	if (!name)
		return 0;
	if (!*name || strlen(name) > max)
		return error_set(err, -EINVAL, "", "%s must have 1 to %zu characters: '%s'", what, max, name);
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || *name == 0x7F)
			return error_set(err, -EINVAL, "", "%s has a control character", what);
	return 0;
}

static int check_capabilities(const struct spec_capabilities *c, struct error *err)
{
	uint64_t all = c->bounding | c->effective | c->permitted | c->inheritable | c->ambient;

	for (unsigned i = 0; i < 64; i++)
		if (all >> i & 1 && !capability_name(i))
			return error_set(err, -EINVAL, "", "there is no capability of number %u", i);
	if (c->effective & ~c->permitted)
		return error_set(err, -EINVAL, "add it to process.capabilities.permitted",
				 "process.capabilities: %s is effective and not permitted",
				 capability_name((unsigned)__builtin_ctzll(c->effective & ~c->permitted)));
	if (c->ambient & ~(c->permitted & c->inheritable))
		return error_set(err, -EINVAL, "add it to both, or take it from process.capabilities.ambient",
				 "process.capabilities: %s is ambient, and not permitted and inheritable",
				 capability_name((unsigned)__builtin_ctzll(
					 c->ambient & ~(c->permitted & c->inheritable))));
	return 0;
}

static int check_user(const struct spec_user *u, struct error *err)
{
	bool bad = u->uid == UINT32_MAX || u->gid == UINT32_MAX;

	for (size_t i = 0; i < u->n_groups; i++)
		bad = bad || u->groups[i] == UINT32_MAX;
	if (bad)
		return error_set(err, -EINVAL, "numbers go from 0 to 4294967294",
				 "process.user: 4294967295 is nobody's number");
	return 0;
}

static int check_rlimits(const struct spec_process *p, struct error *err)
{
	for (size_t i = 0; i < p->n_rlimits; i++) {
		const struct spec_rlimit *l = &p->rlimits[i];
		const char *name = spec_rlimit_name(l->resource);

		if (!name)
			return error_set(err, -EINVAL, "", "process.rlimits: there is no resource %d",
					 l->resource);
		if (l->soft > l->hard)
			return error_set(err, -EINVAL, "raise the hard limit, or lower the soft one",
					 "process.rlimits: %s has a soft limit above the hard one", name);
		for (size_t j = 0; j < i; j++)
			if (p->rlimits[j].resource == l->resource)
				return error_set(err, -EINVAL, "take one of them away",
						 "process.rlimits: %s stands there twice", name);
	}
	return 0;
}

static int check_process(const struct spec_process *p, struct error *err)
{
	int r;

	if (p->args.n == 0 || !p->args.at[0][0])
		return error_set(err, -EINVAL, "name a program", "process.args: there is nothing to run");
	for (size_t i = 0; i < p->env.n; i++)
		if (p->env.at[i][0] == '=' || !strchr(p->env.at[i], '='))
			return error_set(err, -EINVAL, "write KEY=VALUE", "process.env: '%s' sets nothing",
					 p->env.at[i]);
	if (p->has_oom_score_adj && (p->oom_score_adj < -1000 || p->oom_score_adj > 1000))
		return error_set(err, -EINVAL, "it goes from -1000 to 1000", "process.oomScoreAdj is %d",
				 p->oom_score_adj);
	r = spec_check_absolute(p->cwd, "process.cwd", err);
	if (r == 0)
		r = check_user(&p->user, err);
	if (r == 0)
		r = check_capabilities(&p->capabilities, err);
	return r < 0 ? r : check_rlimits(p, err);
}

static int check_root(const struct spec_root *root, struct error *err)
{
	if (!spec_root_kind_name((int)root->kind))
		return error_set(err, -EINVAL, "", "there is no root file system of kind %d",
				 (int)root->kind);
	if (root->kind == SPEC_ROOT_PLAIN)
		return root->layers.n ? error_set(err, -EINVAL, "", "a plain root has no layers")
				      : spec_check_absolute(root->path, "root.path", err);
	if (root->layers.n == 0)
		return error_set(err, -EINVAL, "", "an overlay has no layers");
	for (size_t i = 0; i < root->layers.n; i++) {
		int r = spec_check_absolute(root->layers.at[i], "a layer of the root", err);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool has_option(const struct spec_mount *m, const char *option)
{
	for (size_t i = 0; i < m->options.n; i++)
		if (strcmp(m->options.at[i], option) == 0)
			return true;
	return false;
}

static int check_mount(const struct spec_mount *m, struct error *err)
{
	bool bind =
		has_option(m, "bind") || has_option(m, "rbind") || (m->type && strcmp(m->type, "bind") == 0);
	int r = spec_check_absolute(m->destination, "mounts: a destination", err);

	if (r < 0)
		return r;
	if (m->destination[strspn(m->destination, "/.")] == '\0' && !strstr(m->destination, "..."))
		return error_set(err, -EINVAL, "use the root for that", "mounts: '%s' is the root itself",
				 m->destination);
	if (!m->type || !*m->type)
		return error_set(err, -EINVAL, "", "mounts: '%s' has no type", m->destination);
	return bind ? spec_check_absolute(m->source, "mounts: a bind's source", err) : 0;
}

static int check_names(const struct spec *spec, struct error *err)
{
	static const char remedy[] = "give it a uts namespace of its own";
	bool own = spec->linux_.namespaces[SPEC_NS_UTS].how == SPEC_NS_NEW;
	int r = spec_check_name(spec->hostname, 64, "hostname", err);

	if (r == 0)
		r = spec_check_name(spec->domainname, 64, "domainname", err);
	if (r == 0 && (spec->hostname || spec->domainname) && !own)
		return error_set(err, -EINVAL, remedy, "%s would be changed for others too",
				 spec->hostname ? "hostname" : "domainname");
	return r;
}

static int check_annotations(const struct spec_pairs *pairs, struct error *err)
{
	for (size_t i = 0; i < pairs->n; i++) {
		if (!*pairs->at[i].key)
			return error_set(err, -EINVAL, "", "annotations: one has no name");
		if (spec_is_ours(pairs->at[i].key))
			return error_set(err, -EINVAL, "choose another name",
					 "annotations: '%s' is the runtime's own", pairs->at[i].key);
	}
	return 0;
}

int spec_check(const struct spec *spec, struct error *err)
{
	int r = check_process(&spec->process, err);

	if (r == 0)
		r = check_root(&spec->root, err);
	for (size_t i = 0; r == 0 && i < spec->n_mounts; i++)
		r = check_mount(&spec->mounts[i], err);
	if (r == 0)
		r = check_names(spec, err);
	if (r == 0)
		r = check_annotations(&spec->annotations, err);
	return r < 0 ? r : spec_check_linux(spec, err);
}
