/* SPDX-License-Identifier: Apache-2.0 */
#include "exec_spec.h"

#include "runtime/capability.h"
#include "runtime/user.h"

#include <errno.h>
#include <string.h>

static int no_memory(struct error *err)
{
	return error_errno(err, -ENOMEM, "", "cannot execute in the container");
}

static int set_variable(struct spec *spec, struct spec_texts *env, const char *key, const char *value,
			struct error *err)
{
	static const struct value_host nobody = {0};
	const char *assignment = spec_printf(spec, "%s=%s", key, value);

	return assignment ? value_env(spec, env, &nobody, assignment, err) : no_memory(err);
}

/* A copy of the container's own, so that the spec stays as it was. */
static int set_env(const struct exec_settings *s, const struct value_host *files, struct spec *spec,
		   const char *home, struct spec_process *p, struct error *err)
{
	const struct spec_texts own = p->env;
	int r = 0;

	p->env = (struct spec_texts){0};
	for (size_t i = 0; i < own.n; i++)
		if (spec_texts_add(spec, &p->env, own.at[i]) < 0)
			return no_memory(err);
	if (home)
		r = set_variable(spec, &p->env, "HOME", home, err);
	if (r == 0 && s->tty)
		r = set_variable(spec, &p->env, "TERM", "xterm", err);
	for (size_t i = 0; r == 0 && i < s->env_files.n; i++)
		r = value_env_file(spec, &p->env, files, s->env_files.items[i], err);
	for (size_t i = 0; r == 0 && i < s->env.n; i++)
		r = value_env(spec, &p->env, files, s->env.items[i], err);
	return r;
}

static int set_args(const struct text_list *command, struct spec *spec, struct spec_process *p,
		    struct error *err)
{
	p->args = (struct spec_texts){0};
	for (size_t i = 0; i < command->n; i++)
		if (spec_texts_add(spec, &p->args, command->items[i]) < 0)
			return no_memory(err);
	if (p->args.n == 0 || !*p->args.at[0])
		return error_set(err, -EINVAL, "write it behind the container: plimsoll exec NAME COMMAND",
				 "there is no command to run");
	return 0;
}

int exec_process(const struct exec_settings *s, const struct text_list *command,
		 const struct value_host *files, int rootfs, struct spec *spec, struct spec_process *out,
		 struct error *err)
{
	struct spec_process p = spec->process;
	const char *home = NULL;
	int r = set_args(command, spec, &p, err);

	if (r < 0)
		return r;
	p.terminal = s->tty;
	if (s->workdir && s->workdir[0] != '/')
		return error_set(err, -EINVAL, "write it from '/' on",
				 "'--workdir': '%s' is no absolute path", s->workdir);
	if (s->workdir) {
		p.cwd = spec_text(spec, s->workdir);
		if (!p.cwd)
			return no_memory(err);
	}
	if (s->user)
		r = user_resolve(rootfs, s->user, NULL, spec, &p.user, &home, err);
	if (r == 0)
		r = set_env(s, files, spec, home, &p, err);
	if (r < 0)
		return r;
	if (s->privileged) {
		uint64_t all = capability_all();

		p.capabilities =
			(struct spec_capabilities){.bounding = all, .effective = all, .permitted = all};
		p.no_new_privileges = false;
	}
	*out = p;
	return 0;
}
