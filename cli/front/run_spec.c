/* SPDX-License-Identifier: Apache-2.0 */
#include "run_spec.h"

#include "runtime/capability.h"
#include "runtime/user.h"

#include <errno.h>
#include <string.h>

int run_no_memory(struct error *err)
{
	return error_errno(err, -ENOMEM, "", "cannot make the container");
}

void run_files_free(struct run_files *files)
{
	str_free(&files->hosts);
	str_free(&files->resolv_conf);
	str_free(&files->hostname);
}

int run_texts(struct spec *spec, const struct text_list *list, struct spec_texts *out)
{
	for (size_t i = 0; i < list->n; i++)
		if (spec_texts_add(spec, out, list->items[i]) < 0)
			return -ENOMEM;
	return 0;
}

/* The folder stays as it is: changes go to a layer, in memory where nobody will want them. */
static int set_root(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
		    struct error *err)
{
	spec->root.kind = s->rm ? SPEC_ROOT_OVERLAY_TMPFS : SPEC_ROOT_OVERLAY_KEPT;
	spec->root.readonly = s->read_only;
	if (spec_texts_add(spec, &spec->root.layers, facts->rootfs_path) < 0)
		return run_no_memory(err);
	return 0;
}

static int set_args(const struct run_settings *s, const struct text_list *command, struct spec *spec,
		    struct error *err)
{
	struct spec_texts *args = &spec->process.args;

	if (s->entrypoint && spec_texts_add(spec, args, s->entrypoint) < 0)
		return run_no_memory(err);
	if (run_texts(spec, command, args) < 0)
		return run_no_memory(err);
	if (args->n == 0)
		return error_set(err, -EINVAL,
				 "write it behind the options: plimsoll run --rootfs / sleep 60",
				 "there is no command to run");
	if (!*args->at[0])
		return error_set(err, -EINVAL, "", "the command is an empty word");
	return 0;
}

/* A user's own HOME unless a flag has set one. */
static int set_home(struct spec *spec, const char *home)
{
	const struct spec_texts *env = &spec->process.env;
	const char *assignment;

	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->at[i], "HOME=", 5) == 0)
			return 0;
	assignment = spec_printf(spec, "HOME=%s", home ? home : "/");
	return assignment ? spec_env_set(spec, assignment) : -ENOMEM;
}

static int set_env(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
		   const char *home, struct error *err)
{
	struct spec_texts *env = &spec->process.env;
	int r = 0;

	if (spec->hostname) {
		const char *name = spec_printf(spec, "HOSTNAME=%s", spec->hostname);

		if (!name || spec_env_set(spec, name) < 0)
			return run_no_memory(err);
	}
	if (s->tty && spec_env_set(spec, "TERM=xterm") < 0)
		return run_no_memory(err);
	for (size_t i = 0; r == 0 && i < s->env_files.n; i++)
		r = value_env_file(spec, env, facts->files, s->env_files.items[i], err);
	for (size_t i = 0; r == 0 && i < s->env.n; i++)
		r = value_env(spec, env, facts->files, s->env.items[i], err);
	if (r == 0 && set_home(spec, home) < 0)
		return run_no_memory(err);
	return r;
}

static int set_capabilities(const struct run_settings *s, struct spec *spec, struct error *err)
{
	uint64_t set = s->privileged ? capability_all() : capability_defaults;
	struct spec_texts add = {0};
	struct spec_texts drop = {0};
	int r;

	if (run_texts(spec, &s->cap_add, &add) < 0 || run_texts(spec, &s->cap_drop, &drop) < 0)
		return run_no_memory(err);
	r = capability_adjust(&set, &add, &drop, err);
	if (r < 0)
		return r;
	spec->process.capabilities =
		(struct spec_capabilities){.bounding = set, .effective = set, .permitted = set};
	return 0;
}

static int set_rlimits(const struct run_settings *s, struct spec *spec, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->ulimits.n; i++) {
		struct spec_rlimit limit;

		r = value_ulimit(s->ulimits.items[i], &limit, err);
		if (r == 0 && spec_rlimit_set(spec, &limit) < 0)
			return run_no_memory(err);
	}
	return r;
}

static int set_oom_score(const struct run_settings *s, struct spec_process *p, struct error *err)
{
	int64_t score;
	int r;

	if (!s->oom_score_adj)
		return 0;
	r = value_integer("oom-score-adj", s->oom_score_adj, -1000, 1000, &score, err);
	if (r < 0)
		return r;
	p->has_oom_score_adj = true;
	p->oom_score_adj = (int)score;
	return 0;
}

int run_process(const struct run_settings *s, const struct text_list *command, const struct run_facts *facts,
		struct spec *spec, struct error *err)
{
	struct spec_process *p = &spec->process;
	struct spec_texts groups = {0};
	const char *home = NULL;
	int r = set_args(s, command, spec, err);

	if (r < 0)
		return r;
	p->terminal = s->tty;
	if (s->workdir && s->workdir[0] != '/')
		return error_set(err, -EINVAL, "write it from '/' on",
				 "'--workdir': '%s' is no absolute path", s->workdir);
	if (s->workdir)
		p->cwd = spec_text(spec, s->workdir);
	if (!p->cwd || run_texts(spec, &s->group_add, &groups) < 0)
		return run_no_memory(err);
	r = user_resolve(facts->rootfs, s->user ? s->user : "", &groups, spec, &p->user, &home, err);
	if (r == 0)
		r = set_env(s, facts, spec, home, err);
	if (r == 0)
		r = set_capabilities(s, spec, err);
	if (r == 0)
		r = set_rlimits(s, spec, err);
	return r == 0 ? set_oom_score(s, p, err) : r;
}

static int set_annotations(const struct run_settings *s, struct spec *spec, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->annotations.n; i++) {
		if (strncmp(s->annotations.items[i], "plimsoll.", 9) == 0)
			return error_set(
				err, -EINVAL, "choose another name",
				"'--annotation %s': names that begin with plimsoll. are plimsoll's own",
				s->annotations.items[i]);
		r = value_pair(spec, &spec->annotations, "annotation", s->annotations.items[i], err);
	}
	return r;
}

int run_spec_make(const struct run_settings *s, const struct text_list *command,
		  const struct run_facts *facts, struct spec **out, struct container_config *config,
		  struct run_files *files, struct error *err)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	struct container_config made = {0};
	int r;

	if (!spec || spec_set_defaults(spec, facts->host->rootless) < 0)
		return run_no_memory(err);
	r = set_root(s, facts, spec, err);
	if (r == 0)
		r = run_namespaces(s, facts, spec, &made, err);
	if (r == 0)
		r = run_process(s, command, facts, spec, err);
	if (r == 0)
		r = run_limits(s, facts, spec, err);
	if (r == 0)
		r = run_etc(s, facts, spec, files, err);
	if (r == 0)
		r = run_mounts(s, facts, spec, err);
	if (r == 0)
		r = run_devices(s, facts, spec, err);
	if (r == 0)
		r = run_isolation(s, facts, spec, err);
	if (r == 0)
		r = set_annotations(s, spec, err);
	if (r == 0)
		r = run_config(s, facts, spec, &made, err);
	if (r == 0)
		r = spec_check(spec, err);
	if (r < 0)
		return r;
	*config = made;
	*out = TAKE_PTR(spec);
	return 0;
}
