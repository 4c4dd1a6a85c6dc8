/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of docker run's flags, from text into the spec's terms: pure, strict, and with errors that name
 * the flag. What must be looked up on the host comes through struct value_host, so that a test makes its own.
 * Each function returns 0, -EINVAL (the text), -EOPNOTSUPP (known, and not to be had here), or what the host
 * said, with *err filled; outputs are written only on success. Texts are copied into the spec's arena.
 * Fuzzed: run_values.
 */
#pragma once

#include "base/error.h"
#include "base/slice.h"
#include "cgroup/limits.h"
#include "runtime/spec.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* How the host is looked at. Functions return 0 or -errno. */
struct value_host {
	void *context;
	const char *cwd;		/* what relative paths are relative to; NULL = refuse them */
	const char *const *environment; /* "KEY=VALUE", NULL behind the last: for --env KEY */
	int (*status)(void *context, const char *path, struct stat *out);
	/* The names in a folder, without "." and "..", in any order. */
	int (*children)(void *context, const char *folder, struct spec *spec, struct spec_texts *names);
	/* The disk that a block device is, or is a partition of: /sys/dev/block/MAJOR:MINOR. */
	int (*disk)(void *context, uint32_t *major, uint32_t *minor);
	/* A whole file, NUL-terminated, for the caller to free. */
	int (*read)(void *context, const char *path, char **text, size_t *len);
};

/* The real one. cwd and environment are borrowed. */
struct value_host value_host_real(const char *cwd, const char *const *environment);

/* Numbers. `flag` is the name for messages, without "--". */
int value_integer(const char *flag, const char *text, int64_t min, int64_t max, int64_t *out,
		  struct error *err);
/* Bytes: "512m", "1.5g"; with `unlimited`, -1 too. */
int value_bytes(const char *flag, const char *text, bool unlimited, int64_t *out, struct error *err);
/* --cpus "1.5" → microseconds in each VALUE_CPUS_PERIOD; 0 = no limit. More than the host has is an error. */
#define VALUE_CPUS_PERIOD 100000
int value_cpus(const char *text, unsigned host_cpus, int64_t *quota, struct error *err);
/* A signal's name, with or without SIG in any case, or its number. */
int value_signal(const char *text, int *out, struct error *err);
/* Its name without "SIG"; "" where it has none. */
const char *value_signal_name(int number);
/* --time-offset "[monotonic=|boottime=]DURATION", which may have a '-' in front; without a clock both. */
int value_time_offset(struct spec *spec, const char *text, struct error *err);
/* --log-opt max-size=SIZE, max-file=COUNT. */
int value_log_option(const char *text, uint64_t *max_size, uint32_t *max_files, struct error *err);

/* Mounts. A bind's source must exist: nothing is made behind the user's back. */
int value_volume(struct spec *spec, const struct value_host *host, const char *text, struct error *err);
int value_mount(struct spec *spec, const struct value_host *host, const char *text, struct error *err);
int value_tmpfs(struct spec *spec, const char *text, struct error *err);

/* Adds a bind of source at destination, after looking whether it is there. options: "rbind,rprivate,ro". */
int value_bind(struct spec *spec, const struct value_host *host, const char *flag, const char *source,
	       const char *destination, const char *options, struct error *err);

/* Devices. --device SRC[:DST[:rwm]]: the node and the rule; of a folder every node inside of it. */
int value_device(struct spec *spec, const struct value_host *host, const char *text, struct error *err);
/* Every device node below /dev, for --privileged; the rule "everything" is the caller's. */
int value_devices_all(struct spec *spec, const struct value_host *host, struct error *err);
int value_device_rule(const char *text, struct device_rule *out, struct error *err);
/* PATH:VALUE for --device-{read,write}-{bps,iops} and --blkio-weight-device: of a partition the whole disk.
 */
int value_device_limit(enum device_limit_kind kind, const struct value_host *host, const char *text,
		       struct device_limit *out, struct error *err);

/* Of the process. */
int value_ulimit(const char *text, struct spec_rlimit *out,
		 struct error *err); /* "nofile=1024:4096", -1 = no limit */
int value_sysctl(struct spec *spec, const char *text,
		 struct error *err); /* after the namespaces were chosen */
/* --uidmap, --gidmap as podman has it: CONTAINER:HOST[:SIZE]. */
int value_id_map(const char *flag, const char *text, struct spec_id_map *out, struct error *err);
int value_security(struct spec *spec, const struct value_host *host, const char *text, struct error *err);

/* Texts. */
/* "KEY=VALUE" as it stands, "KEY" with the host's value (and nothing where it has none), into env, replacing
 * KEY's. */
int value_env(struct spec *spec, struct spec_texts *env, const struct value_host *host, const char *text,
	      struct error *err);
/* A file of such lines: '#' begins a comment, spaces in front are cut off, a key has none inside. */
int value_env_file(struct spec *spec, struct spec_texts *env, const struct value_host *host, const char *path,
		   struct error *err);
/* "KEY=VALUE" or "KEY" (an empty value): labels, annotations. `flag` is for messages. */
int value_pair(struct spec *spec, struct spec_pairs *pairs, const char *flag, const char *text,
	       struct error *err);
int value_label_file(struct spec *spec, struct spec_pairs *pairs, const struct value_host *host,
		     const char *path, struct error *err);
/* --cgroup-conf KEY=VALUE. */
int value_cgroup_conf(struct spec *spec, const char *text, struct error *err);

/* How a namespace is had. */
enum value_mode_kind {
	VALUE_MODE_PRIVATE,
	VALUE_MODE_HOST,
	VALUE_MODE_NONE,
	VALUE_MODE_SHAREABLE,
	VALUE_MODE_CONTAINER,
};
struct value_mode {
	enum value_mode_kind kind;
	const char *container; /* its name, inside of the text that was read */
};
/* `allowed`: bits (1U << enum value_mode_kind). */
int value_mode(const char *flag, const char *text, uint32_t allowed, struct value_mode *out,
	       struct error *err);

/* Names of machines. --hostname, --domainname: at most 64 bytes, letters, digits, '-' and '.'. */
int value_hostname(const char *flag, const char *text, struct error *err);
/* --add-host NAME:ADDRESS (or '='; an IPv6 address may stand in brackets) as a line of hosts(5), appended. */
int value_add_host(const char *text, struct str *hosts, struct error *err);
int value_address(const char *flag, const char *text, struct error *err);
