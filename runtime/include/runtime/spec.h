/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to launch: the OCI runtime specification's config.json, in its own terms
 * (opencontainers/runtime-spec), and the one type that the runtime eats. Whatever can write a spec can start
 * a container. Texts and arrays live in the spec's arena and are freed with it.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "cgroup/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct spec_texts {
	const char **at;
	size_t n;
};

struct spec_pair {
	const char *key;
	const char *value;
};

struct spec_pairs {
	struct spec_pair *at;
	size_t n;
};

enum spec_namespace {
	SPEC_NS_PID,
	SPEC_NS_NETWORK,
	SPEC_NS_MOUNT,
	SPEC_NS_IPC,
	SPEC_NS_UTS,
	SPEC_NS_USER,
	SPEC_NS_CGROUP,
	SPEC_NS_TIME,
	SPEC_NS__COUNT
};

/* The specification's word ("network"), the name below /proc/PID/ns ("net"), clone(2)'s flag. */
struct spec_namespace_row {
	const char *name;
	const char *file;
	uint64_t flag;
};
extern const struct spec_namespace_row spec_namespace_rows[SPEC_NS__COUNT];

enum spec_ns_how { SPEC_NS_HOST, SPEC_NS_NEW, SPEC_NS_JOIN };

struct spec_ns {
	enum spec_ns_how how;
	const char *path; /* JOIN: "/proc/PID/ns/net" */
	/* JOIN: the container of ours whose it is, by name or id (annotations "plimsoll.join.*"): the path is
	 * made anew at each start. NULL = by its path alone. */
	const char *container;
};

struct spec_user {
	uint32_t uid;
	uint32_t gid;
	uint32_t *groups; /* additionalGids */
	size_t n_groups;
};

/* Bits by CAP_* of linux/capability.h. */
struct spec_capabilities {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

struct spec_rlimit {
	int resource; /* RLIMIT_* */
	uint64_t soft;
	uint64_t hard; /* RLIM_INFINITY = no limit */
};

/* What runs; `exec` has one of its own. */
struct spec_process {
	bool terminal;
	struct spec_user user;
	struct spec_texts args; /* args[0] is looked up in env's PATH inside of the root */
	struct spec_texts env;	/* "KEY=VALUE" */
	const char *cwd;	/* made if missing, as Docker does */
	struct spec_capabilities capabilities;
	struct spec_rlimit *rlimits;
	size_t n_rlimits;
	bool no_new_privileges;
	bool has_oom_score_adj;
	int oom_score_adj;
};

/* The root file system: `path` itself, or layers of overlayfs with a writable one on top (our extension, kept
 * in annotations "plimsoll.root.*"; the specification leaves it to the caller). */
enum spec_root_kind {
	SPEC_ROOT_PLAIN,	 /* path, as it is */
	SPEC_ROOT_OVERLAY_KEPT,	 /* writes go to the container's folder, and stay until it is removed */
	SPEC_ROOT_OVERLAY_TMPFS, /* writes go to a tmpfs, and end with it (--rm) */
};

struct spec_root {
	enum spec_root_kind kind;
	const char *path; /* PLAIN */
	struct spec_texts
		layers; /* OVERLAY: absolute paths, the lowest first; "/" is the host, with its mounts */
	bool readonly;
};

struct spec_mount {
	const char *destination; /* absolute, inside the root */
	const char *type;	 /* "proc", "tmpfs", "bind", … */
	const char *source;
	struct spec_texts options; /* "rbind", "ro", "nosuid", "size=64m", …, as mount(8) and the
				      specification have them */
};

struct spec_device {
	const char *path; /* inside of the root */
	char type;	  /* 'c', 'b' or 'p' */
	uint32_t major, minor;
	mode_t mode; /* permission bits */
	uint32_t uid, gid;
};

struct spec_id_map {
	uint32_t container_id, host_id, size;
};

struct spec_id_maps {
	struct spec_id_map *at;
	size_t n;
};

enum spec_seccomp {
	SPEC_SECCOMP_DEFAULT, /* Docker's default profile: our own table */
	SPEC_SECCOMP_UNCONFINED,
	SPEC_SECCOMP_PROFILE, /* seccomp_profile holds one */
};

struct spec_linux {
	struct spec_ns namespaces[SPEC_NS__COUNT];
	struct spec_id_maps uid_maps, gid_maps;
	struct spec_device *devices;
	size_t n_devices;
	const char *cgroups_path; /* below each hierarchy's root: "/plimsoll/ID" */
	const char *slice;	  /* the one that systemd is asked for a scope in, where cgroups_path is NULL:
				     "x.slice" (annotation "plimsoll.slice"); NULL = its default */
	struct cgroup_limits limits;
	enum spec_seccomp seccomp;
	const char *seccomp_profile; /* JSON text, Docker's or the specification's form */
	struct spec_pairs sysctl;
	struct spec_texts masked_paths;
	struct spec_texts readonly_paths;
	const char *rootfs_propagation; /* NULL = private */
	bool has_time_offset[2];	/* monotonic, boottime */
	int64_t time_offset[2];		/* nanoseconds */
};

/* How much room there is behind an array that spec_push made. */
struct spec_room {
	const void *array;
	size_t used;
	size_t cap;
};

struct spec {
	struct arena arena;
	struct spec_room rooms[8]; /* of the arrays that grew last: spec.c's own */
	unsigned next_room;
	struct spec_process process;
	struct spec_root root;
	const char *hostname; /* NULL = its default */
	const char *domainname;
	struct spec_mount *mounts;
	size_t n_mounts;
	struct spec_pairs annotations; /* those that are not ours */
	struct spec_linux linux_;
};

/* An empty spec; NULL where memory is short. */
struct spec *spec_new(void);
void spec_free(struct spec *spec);
static inline void spec_freep(struct spec **spec)
{
	spec_free(*spec);
}
#define _cleanup_spec_ _cleanup_(spec_freep)

/*
 * Docker's defaults: new pid, network, mount, ipc, uts and cgroup namespaces (with `rootless` a user
 * namespace too), its 14 capabilities in bounding, effective and permitted, none inheritable or ambient;
 * proc, dev, devpts, mqueue, sysfs (ro), cgroup (ro), /dev/shm of 64 MiB; its masked and read-only paths; its
 * device nodes and rules; env PATH, HOSTNAME is the caller's; cwd "/", seccomp default. 0 or -ENOMEM.
 */
int spec_set_defaults(struct spec *spec, bool rootless);

/* A copy of text in the spec's arena; NULL where memory is short (and for NULL). */
const char *spec_text(struct spec *spec, const char *text);
const char *spec_printf(struct spec *spec, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends a copy. 0 or -ENOMEM. */
int spec_texts_add(struct spec *spec, struct spec_texts *texts, const char *text);
int spec_pairs_set(struct spec *spec, struct spec_pairs *pairs, const char *key,
		   const char *value); /* replaces */
int spec_mount_add(
	struct spec *spec, const char *destination, const char *type, const char *source,
	const char *options); /* options: "ro,nosuid"; a mount at the same destination is replaced */
int spec_mount_remove(struct spec *spec, const char *destination);
int spec_env_set(struct spec *spec, const char *assignment); /* "KEY=VALUE"; replaces KEY's */
/* The same for an environment of its own (exec). */
int spec_texts_set_env(struct spec *spec, struct spec_texts *env, const char *assignment);
int spec_device_add(struct spec *spec, const struct spec_device *device);
int spec_device_rule_add(struct spec *spec, const struct device_rule *rule);
int spec_device_limit_add(struct spec *spec, const struct device_limit *limit);
int spec_rlimit_set(struct spec *spec, const struct spec_rlimit *limit); /* replaces that of the resource */
int spec_id_map_add(struct spec *spec, struct spec_id_maps *maps, const struct spec_id_map *map);

/*
 * One more slot behind the n members of `size` bytes at *array (a pointer to the array's pointer:
 * `&spec->mounts`), zeroed; the array moves where it must, and *array and *n are updated. An array that
 * something else made, or that two owners share, is copied rather than written behind. NULL where memory is
 * short; nothing has changed then.
 */
void *spec_push(struct spec *spec, void *array, size_t *n, size_t size);

/* As spec_mount_add, behind all others whatever their destinations: mounts may lie on top of each other.
 * options may be NULL. NULL where memory is short. */
struct spec_mount *spec_mount_push(struct spec *spec, const char *destination, const char *type,
				   const char *source, const char *options);

/* What is wrong with it whatever the host (no args, a relative destination, an id of a capability that there
 * is not, …): 0, or -EINVAL with a message. */
int spec_check(const struct spec *spec, struct error *err);

/* As config.json, pretty enough to read. */
void spec_write_json(const struct spec *spec, struct str *out);

/*
 * Reads config.json: what the specification has and this runtime has not is an error that names it, unknown
 * keys are left alone as the specification asks. *out is the caller's. 0, -EINVAL with where and why,
 * -ENOMEM. (Fuzzed.)
 */
int spec_read_json(struct slice text, struct spec **out, struct error *err);
