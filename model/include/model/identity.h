/* SPDX-License-Identifier: Apache-2.0 */
/* Who a cgroup is, as far as its path and the metadata on disk tell. Immutable and counted by reference. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum runtime {
	RUNTIME_NONE, /* a plain cgroup */
	RUNTIME_DOCKER,
	RUNTIME_CONTAINERD,
	RUNTIME_CRIO,
	RUNTIME_PODMAN,
	RUNTIME_LXC,
	RUNTIME_NSPAWN,
	RUNTIME_SYSTEMD,
	RUNTIME_PLIMSOLL,
	RUNTIME__COUNT
};

struct label {
	const char *key;
	const char *value;
};

/* Strings are never NULL; "" means unknown or not applicable. */
struct identity {
	unsigned references;
	enum runtime runtime;
	const char *id;	   /* the runtime's full id (64 hex digits), a unit's name, or the cgroup's path */
	const char *name;  /* what a person calls it */
	const char *image; /* as the user wrote it, such as "nginx:1.25" */
	const char *pod;
	const char *pod_namespace;
	const char *pod_uid;
	const char *kube_container;  /* the container's name within its pod */
	const char *compose_project; /* label com.docker.compose.project, or podman's pod name */
	const char *compose_service;
	const char *writable_layer; /* folder of the overlay's upper directory on the host */
	bool sandbox;		    /* a pod's pause container: it owns the pod's network namespace */
	bool has_owner;		    /* rootless: belongs to the user below */
	uint32_t owner_uid;
	uint32_t init_pid;	/* as the runtime wrote it down; 0 = unknown */
	uint64_t started_at_ns; /* since the epoch; 0 = unknown */
	uint32_t restarts;
	size_t n_labels;
	const struct label *labels; /* sorted by key */
};

/* "docker", "containerd", "cri-o", "podman", "lxc", "nspawn", "systemd", "plimsoll", "". */
const char *runtime_name(enum runtime r);

/*
 * A deep, compact copy in one allocation with references = 1 (labels get sorted, duplicates keep the last);
 * NULL strings become "". NULL where memory is short.
 */
struct identity *identity_new(const struct identity *from);
struct identity *identity_ref(struct identity *who);
void identity_unref(struct identity *who);

/* The value of a label, or NULL. */
const char *identity_label(const struct identity *who, const char *key);
