/* SPDX-License-Identifier: Apache-2.0 */
/* Which sysctls a container may have for itself: Documentation/admin-guide/sysctl. */
#pragma once

#include "runtime/spec.h"

#include <stdbool.h>

/* For words to the user: what sysctl_owner knows. */
#define SYSCTL_OWN "net.*, fs.mqueue.*, kernel.domainname and System V's kernel.msg*, kernel.sem, kernel.shm*"

/*
 * The namespace that has this setting for itself; SPEC_NS__COUNT where none has, so that it would be changed
 * for the whole host. As sysctl(8) has it, the first separator of key ('.' or '/') is the one between its
 * parts. kernel.hostname is none of them: that is spec.hostname's.
 */
enum spec_namespace sysctl_owner(const char *key);

/* Whether it can be a name at all: plain characters, and nothing that leads out of /proc/sys/PART. */
bool sysctl_is_name(const char *key);
