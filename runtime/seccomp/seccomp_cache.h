/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of compiled filters, and the helper that compiles. */
#pragma once

#include "base/error.h"
#include "base/str.h"
#include "runtime/seccomp.h"

/* Opens the folder, making it with mode 0700. The descriptor or -errno. */
int seccomp_cache_open(const char *folder, struct error *err);

/*
 * The filter of this key in the open folder. 0; -ENOENT where there is none that may be used: no file, not
 * this user's, writable for others, damaged, or for another key. Other errors are the host's (-ENOMEM,
 * -EMFILE, …).
 */
int seccomp_cache_get(int folder, const char *name, const struct str *key, struct seccomp_program *out);

/* Checks a file's text and takes the filter from it; owns `text` (malloc) from then on if it is good.
 * 0 or -EBADMSG. */
int seccomp_cache_take(void *text, size_t size, const struct str *key, struct seccomp_program *out);

/*
 * Puts the file into the folder by rename. Who finds another process doing the same leaves it to that one: 0.
 * A left-over of a process that was killed is taken over.
 */
int seccomp_cache_put(int folder, const char *name, const void *text, size_t size);

/* Runs the helper at `path` on the key. *text is the file, which the caller frees. -errno with its words. */
int seccomp_compile(const char *path, const struct str *key, void **text, size_t *size, struct error *err);

/* seccomp_program_get with this helper. */
int seccomp_program_get_by(const char *helper, const struct spec *spec, uint64_t bounding, const char *folder,
			   struct seccomp_program *out, struct error *err);
