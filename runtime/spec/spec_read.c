/* SPDX-License-Identifier: Apache-2.0 */
#include "spec_read.h"

#include "runtime/capability.h"
#include "spec_names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ID_MAX ((uint64_t)UINT32_MAX - 1)

static void check_version(const struct node *root)
{
	struct node n = node_in(root, "ociVersion");
	const char *version = node_text(&n);

	if (!version)
		node_fail(&n, "give config.json of the OCI runtime specification", "it is missing");
	else if (strncmp(version, "1.", 2) != 0)
		node_fail(&n, "version 1.2 and its like are read", "'%s' is not a known version", version);
}

static void visit_hook(const struct node *n, void *data)
{
	(void)data;
	if (node_count(n))
		node_fail(n, "take them out of config.json", "hooks are not supported");
}

static void refuse_sections(const struct node *root)
{
	static const char names[][12] = {"windows", "solaris", "vm", "zos"};
	struct node hooks = node_in(root, "hooks");

	node_each(&hooks, visit_hook, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct node n = node_in(root, names[i]);

		node_refuse(&n);
	}
}

static void read_user(const struct node *n, struct spec_user *out)
{
	struct node uid = node_in(n, "uid");
	struct node gid = node_in(n, "gid");
	struct node groups = node_in(n, "additionalGids");
	struct node umask = node_in(n, "umask");
	struct node name = node_in(n, "username");
	size_t count = node_count(&groups);

	out->uid = (uint32_t)node_u64(&uid, ID_MAX, 0);
	out->gid = (uint32_t)node_u64(&gid, ID_MAX, 0);
	for (size_t i = 0; i < count && n->reader->r == 0; i++) {
		struct node group = node_at(&groups, i);
		uint32_t *slot = spec_push(n->reader->spec, &out->groups, &out->n_groups, sizeof(*slot));

		if (slot)
			*slot = (uint32_t)node_u64(&group, ID_MAX, 0);
		else
			node_fail_memory(&group);
	}
	/* 0 asks for something too */
	if (umask.value)
		node_fail(&umask, "take it out of config.json", "umask is not supported");
	node_refuse(&name);
}

static uint64_t read_caps(const struct node *all, const char *key)
{
	struct node n = node_in(all, key);
	size_t count = node_count(&n);
	uint64_t set = 0;

	for (size_t i = 0; i < count && n.reader->r == 0; i++) {
		struct node element = node_at(&n, i);
		const char *name = node_text(&element);
		int number = name ? capability_find(name) : -1;

		if (number < 0)
			node_fail(&element, "capabilities(7) has their names", "there is no capability '%s'",
				  name ? name : "");
		else
			set |= UINT64_C(1) << number;
	}
	return set;
}

static void read_rlimits(const struct node *n, struct spec_process *out)
{
	size_t count = node_count(n);

	for (size_t i = 0; i < count && n->reader->r == 0; i++) {
		struct node element = node_at(n, i);
		struct node type = node_in(&element, "type");
		struct node soft = node_in(&element, "soft");
		struct node hard = node_in(&element, "hard");
		const char *name = node_text(&type);
		struct spec_rlimit limit = {
			.resource = name ? spec_rlimit_find(name) : -1,
			.soft = node_u64(&soft, UINT64_MAX, 0),
			.hard = node_u64(&hard, UINT64_MAX, 0),
		};
		struct spec_rlimit *slot;

		if (limit.resource < 0)
			node_fail(&type, "getrlimit(2) has their names", "there is no resource '%s'",
				  name ? name : "");
		if (!soft.value || !hard.value)
			node_fail(&element, "", "soft and hard belong to it");
		slot = spec_push(n->reader->spec, &out->rlimits, &out->n_rlimits, sizeof(*slot));
		if (slot)
			*slot = limit;
		else
			node_fail_memory(n);
	}
}

static void refuse_process(const struct node *n)
{
	static const char names[][20] = {"apparmorProfile", "selinuxLabel",    "ioPriority",
					 "scheduler",	    "execCPUAffinity", "commandLine"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct node member = node_in(n, names[i]);

		node_refuse(&member);
	}
}

static void read_process(const struct node *n, struct spec_process *out)
{
	struct node terminal = node_in(n, "terminal");
	struct node user = node_in(n, "user");
	struct node args = node_in(n, "args");
	struct node env = node_in(n, "env");
	struct node cwd = node_in(n, "cwd");
	struct node caps = node_in(n, "capabilities");
	struct node rlimits = node_in(n, "rlimits");
	struct node no_new = node_in(n, "noNewPrivileges");
	struct node score = node_in(n, "oomScoreAdj");

	out->terminal = node_bool(&terminal);
	read_user(&user, &out->user);
	node_texts(&args, &out->args);
	node_texts(&env, &out->env);
	out->cwd = node_text(&cwd);
	out->capabilities = (struct spec_capabilities){
		.bounding = read_caps(&caps, "bounding"),
		.effective = read_caps(&caps, "effective"),
		.permitted = read_caps(&caps, "permitted"),
		.inheritable = read_caps(&caps, "inheritable"),
		.ambient = read_caps(&caps, "ambient"),
	};
	read_rlimits(&rlimits, out);
	out->no_new_privileges = node_bool(&no_new);
	out->has_oom_score_adj = score.value != NULL;
	out->oom_score_adj = (int)node_int(&score, -1000, 1000, 0);
	refuse_process(n);
}

static bool is_bind(const struct spec_texts *options)
{
	for (size_t i = 0; i < options->n; i++)
		if (strcmp(options->at[i], "bind") == 0 || strcmp(options->at[i], "rbind") == 0)
			return true;
	return false;
}

static void read_mount(const struct node *n)
{
	struct node destination = node_in(n, "destination");
	struct node type = node_in(n, "type");
	struct node source = node_in(n, "source");
	struct node options = node_in(n, "options");
	struct node uids = node_in(n, "uidMappings");
	struct node gids = node_in(n, "gidMappings");
	struct spec *spec = n->reader->spec;
	struct spec_mount made = {
		.destination = node_text(&destination),
		.type = node_text(&type),
		.source = node_text(&source),
	};
	struct spec_mount *slot;

	node_texts(&options, &made.options);
	node_refuse(&uids);
	node_refuse(&gids);
	if (!made.destination)
		node_fail(n, "", "it has no destination");
	if (n->reader->r < 0)
		return;
	/* both may be left out: then the options tell, and the type's name does for a source */
	if (!made.type)
		made.type = spec_text(spec, is_bind(&made.options) ? "bind" : "none");
	if (!made.source)
		made.source = made.type;
	slot = spec_push(spec, &spec->mounts, &spec->n_mounts, sizeof(made));
	if (slot && made.type)
		*slot = made;
	else
		node_fail_memory(n);
}

void spec_read_id_maps(const struct node *n, struct spec_id_maps *out)
{
	size_t count = node_count(n);

	for (size_t i = 0; i < count && n->reader->r == 0; i++) {
		struct node element = node_at(n, i);
		struct node container = node_in(&element, "containerID");
		struct node host = node_in(&element, "hostID");
		struct node size = node_in(&element, "size");
		struct spec_id_map map = {
			.container_id = (uint32_t)node_u64(&container, UINT32_MAX, 0),
			.host_id = (uint32_t)node_u64(&host, UINT32_MAX, 0),
			.size = (uint32_t)node_u64(&size, UINT32_MAX, 0),
		};

		if (spec_id_map_add(n->reader->spec, out, &map) < 0)
			node_fail_memory(&element);
	}
}

static void visit_pair(const struct node *n, void *data)
{
	struct spec_pairs *out = data;
	struct spec *spec = n->reader->spec;
	struct spec_pair pair = {spec_text(spec, n->key), node_text(n)};
	struct spec_pair *slot;

	if (!pair.value)
		return;
	slot = pair.key ? spec_push(spec, &out->at, &out->n, sizeof(*slot)) : NULL;
	if (slot)
		*slot = pair;
	else
		node_fail_memory(n);
}

void spec_read_pairs(const struct node *n, struct spec_pairs *out)
{
	node_each(n, visit_pair, out);
}

static void visit_annotation(const struct node *n, void *data)
{
	if (!spec_is_ours(n->key))
		visit_pair(n, data);
}

static void read_layers(const struct node *n, struct spec_texts *out)
{
	struct json_object *list = NULL;
	const char *text = node_text(n);
	struct node inner;

	if (!text)
		return;
	if (node_parse(slice_of(text), &list, NULL) < 0)
		node_fail(n, "", "this is no list");
	inner = (struct node){.reader = n->reader, .value = list, .up = n, .key = ""};
	node_texts(&inner, out);
	json_object_put(list);
}

static void read_seccomp(const struct node *n, struct spec_linux *out)
{
	const char *word = node_text(n);

	if (!word)
		return;
	if (out->seccomp == SPEC_SECCOMP_PROFILE)
		node_fail(n, "take one of them out", "linux.seccomp has a profile too");
	else if (strcmp(word, "default") == 0)
		out->seccomp = SPEC_SECCOMP_DEFAULT;
	else if (strcmp(word, "unconfined") != 0)
		node_fail(n, "write default or unconfined", "'%s' is neither", word);
}

static void read_joined(const struct node *n, struct spec_ns *out)
{
	for (enum spec_namespace i = 0; i < SPEC_NS__COUNT; i++) {
		struct node container;
		char key[64];

		snprintf(key, sizeof(key), SPEC_JOIN "%s", spec_namespace_rows[i].name);
		container = node_in(n, key);
		out[i].container = node_text(&container);
		if (out[i].container && out[i].how != SPEC_NS_JOIN)
			node_fail(&container, "give it a path in linux.namespaces", "it is not joined");
	}
}

static void read_annotations(const struct node *n, struct spec *spec)
{
	struct node kind = node_in(n, SPEC_ROOT_KIND);
	struct node layers = node_in(n, SPEC_ROOT_LAYERS);
	struct node seccomp = node_in(n, SPEC_SECCOMP);
	struct node slice = node_in(n, SPEC_SLICE);
	const char *name = node_text(&kind);
	int number = name ? spec_root_kind_find(name) : SPEC_ROOT_PLAIN;

	if (number < 0)
		node_fail(&kind, "write plain, overlay or overlay-tmpfs", "'%s' is no kind of root", name);
	else
		spec->root.kind = (enum spec_root_kind)number;
	read_layers(&layers, &spec->root.layers);
	read_seccomp(&seccomp, &spec->linux_);
	spec->linux_.slice = node_text(&slice);
	read_joined(n, spec->linux_.namespaces);
	node_each(n, visit_annotation, &spec->annotations);
}

static void read_all(const struct node *n, struct spec *spec)
{
	struct node process = node_in(n, "process");
	struct node root = node_in(n, "root");
	struct node path = node_in(&root, "path");
	struct node readonly = node_in(&root, "readonly");
	struct node hostname = node_in(n, "hostname");
	struct node domainname = node_in(n, "domainname");
	struct node mounts = node_in(n, "mounts");
	struct node annotations = node_in(n, "annotations");
	struct node on_linux = node_in(n, "linux");
	size_t count = node_count(&mounts);

	check_version(n);
	refuse_sections(n);
	read_process(&process, &spec->process);
	spec->root.path = node_text(&path);
	spec->root.readonly = node_bool(&readonly);
	spec->hostname = node_text(&hostname);
	spec->domainname = node_text(&domainname);
	for (size_t i = 0; i < count && n->reader->r == 0; i++) {
		struct node mount = node_at(&mounts, i);

		read_mount(&mount);
	}
	spec_read_linux(&on_linux);
	read_annotations(&annotations, spec);
}

int spec_read_json(struct slice text, struct spec **out, struct error *err)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	struct spec_reader reader = {.spec = spec, .err = err};
	struct json_object *root = NULL;
	struct node n = {.reader = &reader};
	int r;

	if (!spec)
		return error_errno(err, -ENOMEM, "", "cannot read config.json");
	r = node_parse(text, &root, err);
	if (r < 0)
		return r;
	n.value = root;
	/* the specification's "no seccomp" is none */
	spec->linux_.seccomp = SPEC_SECCOMP_UNCONFINED;
	read_all(&n, spec);
	json_object_put(root);
	if (reader.r == 0)
		*out = TAKE_PTR(spec);
	return reader.r;
}
