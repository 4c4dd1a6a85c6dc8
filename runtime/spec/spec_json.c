/* SPDX-License-Identifier: Apache-2.0 */
/* The spec as config.json: what the whole of it has; spec_json_linux.c has its part for Linux. */
#include "spec_json.h"
#include "runtime/capability.h"
#include "runtime/spec.h"
#include "spec_names.h"

#include <stdio.h>

static void write_caps(struct json_writer *w, const char *key, uint64_t set)
{
	jsonw_open(w, key, '[');
	for (unsigned i = 0; i < 64; i++)
		if (set >> i & 1 && capability_name(i))
			jsonw_text(w, NULL, capability_name(i));
	jsonw_close(w, ']');
}

static void write_user(struct json_writer *w, const struct spec_user *u)
{
	jsonw_open(w, "user", '{');
	jsonw_u64(w, "uid", u->uid);
	jsonw_u64(w, "gid", u->gid);
	if (u->n_groups) {
		jsonw_open(w, "additionalGids", '[');
		for (size_t i = 0; i < u->n_groups; i++)
			jsonw_u64(w, NULL, u->groups[i]);
		jsonw_close(w, ']');
	}
	jsonw_close(w, '}');
}

static void write_rlimits(struct json_writer *w, const struct spec_process *p)
{
	if (!p->n_rlimits)
		return;
	jsonw_open(w, "rlimits", '[');
	for (size_t i = 0; i < p->n_rlimits; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "type", spec_rlimit_name(p->rlimits[i].resource));
		jsonw_u64(w, "hard", p->rlimits[i].hard);
		jsonw_u64(w, "soft", p->rlimits[i].soft);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void write_process(struct json_writer *w, const struct spec_process *p)
{
	jsonw_open(w, "process", '{');
	jsonw_bool(w, "terminal", p->terminal);
	write_user(w, &p->user);
	jsonw_texts(w, "args", &p->args);
	jsonw_texts(w, "env", &p->env);
	jsonw_text(w, "cwd", p->cwd);
	jsonw_open(w, "capabilities", '{');
	write_caps(w, "bounding", p->capabilities.bounding);
	write_caps(w, "effective", p->capabilities.effective);
	write_caps(w, "permitted", p->capabilities.permitted);
	write_caps(w, "inheritable", p->capabilities.inheritable);
	write_caps(w, "ambient", p->capabilities.ambient);
	jsonw_close(w, '}');
	write_rlimits(w, p);
	jsonw_bool(w, "noNewPrivileges", p->no_new_privileges);
	if (p->has_oom_score_adj)
		jsonw_i64(w, "oomScoreAdj", p->oom_score_adj);
	jsonw_close(w, '}');
}

static void write_root(struct json_writer *w, const struct spec_root *root)
{
	jsonw_open(w, "root", '{');
	jsonw_text(w, "path", root->path);
	jsonw_bool(w, "readonly", root->readonly);
	jsonw_close(w, '}');
}

static void write_mounts(struct json_writer *w, const struct spec *spec)
{
	jsonw_open(w, "mounts", '[');
	for (size_t i = 0; i < spec->n_mounts; i++) {
		const struct spec_mount *m = &spec->mounts[i];

		jsonw_open(w, NULL, '{');
		jsonw_text(w, "destination", m->destination);
		jsonw_text(w, "type", m->type);
		jsonw_text(w, "source", m->source);
		if (m->options.n)
			jsonw_texts(w, "options", &m->options);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

/* A list in a text: annotations hold nothing else. */
static void write_layers(struct json_writer *w, const struct spec_texts *layers)
{
	_cleanup_str_ struct str text = {0};

	str_char(&text, '[');
	for (size_t i = 0; i < layers->n; i++) {
		if (i)
			str_char(&text, ',');
		jsonw_quote(&text, layers->at[i]);
	}
	str_char(&text, ']');
	if (text.failed)
		w->out->failed = true;
	else
		jsonw_text(w, SPEC_ROOT_LAYERS, text.data);
}

static void write_joined(struct json_writer *w, const struct spec_ns *ns)
{
	for (enum spec_namespace i = 0; i < SPEC_NS__COUNT; i++) {
		char key[64];

		if (!ns[i].container)
			continue;
		snprintf(key, sizeof(key), SPEC_JOIN "%s", spec_namespace_rows[i].name);
		jsonw_text(w, key, ns[i].container);
	}
}

static void write_annotations(struct json_writer *w, const struct spec *spec)
{
	jsonw_open(w, "annotations", '{');
	for (size_t i = 0; i < spec->annotations.n; i++)
		jsonw_text(w, spec->annotations.at[i].key, spec->annotations.at[i].value);
	if (spec->root.kind != SPEC_ROOT_PLAIN)
		jsonw_text(w, SPEC_ROOT_KIND, spec_root_kind_name((int)spec->root.kind));
	if (spec->root.layers.n)
		write_layers(w, &spec->root.layers);
	if (spec->linux_.seccomp != SPEC_SECCOMP_PROFILE)
		jsonw_text(w, SPEC_SECCOMP,
			   spec->linux_.seccomp == SPEC_SECCOMP_DEFAULT ? "default" : "unconfined");
	jsonw_text(w, SPEC_SLICE, spec->linux_.slice);
	write_joined(w, spec->linux_.namespaces);
	jsonw_close(w, '}');
}

void spec_write_json(const struct spec *spec, struct str *out)
{
	struct json_writer w = {.out = out};

	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "ociVersion", "1.2.0");
	write_process(&w, &spec->process);
	write_root(&w, &spec->root);
	jsonw_text(&w, "hostname", spec->hostname);
	jsonw_text(&w, "domainname", spec->domainname);
	write_mounts(&w, spec);
	write_annotations(&w, spec);
	spec_write_linux(&w, spec);
	jsonw_close(&w, '}');
	str_char(out, '\n');
}
