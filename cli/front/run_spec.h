/* SPDX-License-Identifier: Apache-2.0 */
/* From flags to what is launched: pure, given what the host is. */
#pragma once

#include "run_options.h"
#include "runtime/container.h"
#include "runtime/host.h"
#include "runtime/spec.h"
#include "runtime/value.h"

/* A running container of ours, for container:NAME. */
struct run_target {
	pid_t pid; /* its first process */
	char called[CONTAINER_ID_LENGTH * 2 +
		    1]; /* its name where it was called by that, else its whole id */
	bool ipc_shareable;
};

struct run_facts {
	const struct host *host;
	const struct value_host *files;
	const char *id;
	const char *folder;	 /* the container's own, absolute */
	bool in_memory;		 /* where that is */
	const char *rootfs_path; /* --rootfs, absolute and without links */
	int rootfs;		 /* the same, opened: for its passwd and group */
	int (*find)(void *context, const char *name, struct run_target *out, struct error *err);
	void *context;
};

/* Files of /etc that flags ask for, bound into the container from its folder; empty where nobody asks. */
struct run_files {
	struct str hosts, resolv_conf, hostname;
};
void run_files_free(struct run_files *files);
#define _cleanup_run_files_ _cleanup_(run_files_free)

/*
 * Makes the spec and the config of what the settings and the operands ask for. Flags whose value can't be
 * honoured are errors; whether the host can do it all is plan_make's question. config's texts belong to the
 * spec or the settings; its name and created_ns are the caller's. -EINVAL, -EOPNOTSUPP, -ENOMEM with *err.
 */
int run_spec_make(const struct run_settings *s, const struct text_list *command,
		  const struct run_facts *facts, struct spec **out, struct container_config *config,
		  struct run_files *files, struct error *err);

/* Its parts, in this order. */
int run_namespaces(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
		   struct container_config *config, struct error *err);
int run_process(const struct run_settings *s, const struct text_list *command, const struct run_facts *facts,
		struct spec *spec, struct error *err);
int run_limits(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
	       struct error *err);
int run_etc(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
	    struct run_files *files, struct error *err);
int run_mounts(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
	       struct error *err);
int run_devices(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
		struct error *err);
int run_isolation(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
		  struct error *err);
int run_config(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
	       struct container_config *config, struct error *err);

/* What is attached in the foreground. */
struct run_streams {
	bool in, out, err;
};
int run_streams(const struct run_settings *s, struct run_streams *out, struct error *err);

/* It ends with this command and nothing is kept of it, so its folder may be in memory; not so with a log that
 * somebody says the size of. */
bool run_is_short_lived(const struct run_settings *s);

int run_no_memory(struct error *err);
int run_texts(struct spec *spec, const struct text_list *list, struct spec_texts *out);
