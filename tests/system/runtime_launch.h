/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the launch test share. */
#pragma once

#include "runtime/host.h"
#include "runtime/launch.h"
#include "runtime/plan.h"
#include "runtime/spec.h"

#include <stddef.h>
#include <sys/types.h>

#define WORK "/tmp/plimsoll-launch-test"
#define FOLDER WORK "/containers/test"
#define CGROUP_PARENT "/plimsoll-launch"
#define CGROUP CGROUP_PARENT "/test"

struct test {
	struct host host;
	unsigned mounts; /* before any test */
	size_t fds;	 /* the same */
	int input;	 /* the containers' standard input; -1 = none */
};

extern struct test t;

__attribute__((format(printf, 1, 2), noreturn)) void fail(const char *format, ...);

/* A path below the test's own tmpfs (four are kept); a folder with busybox in it; a file. */
const char *in_work(const char *below);
void make_root(const char *name);
void make_file(const char *path, const char *text, mode_t mode);

/* Docker's defaults with `sh -c script` on an overlay of a root. */
struct spec *new_spec(const char *root, const char *script);

/* Launches and waits; frees the spec. The exit code, or that of the failure with its error. */
int run(struct spec *s, char *out, size_t cap, struct error *err);
/* The same, with what it must end with, and say, or must not say. */
void expect(struct spec *s, int code, const char *wanted);
void expect_not(struct spec *s, const char *unwanted);

/* Launches only; *output is what it writes. finish() waits and removes its cgroups. */
int start(struct spec *s, struct launched *l, int *output, enum launch_failure *failure, struct error *err);
int finish(struct launched *l);
void read_all(int fd, char *out, size_t cap);

unsigned count_mounts(void);
/* No cgroup, mount, descriptor or child of ours. */
void nothing_left(const char *what);

void test_basics(void);
void test_isolation(void);
void test_roots(void);
void test_attacks(void);
void test_exec(void);
void test_faults(void);
void test_propagation(void);
void test_failing_parent(void);
