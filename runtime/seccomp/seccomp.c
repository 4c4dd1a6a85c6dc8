/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/seccomp.h"

#include "base/cleanup.h"
#include "base/program.h"
#include "seccomp_cache.h"
#include "seccomp_key.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* seccomp(2): no such call before 3.17 or without CONFIG_SECCOMP, EOPNOTSUPP without the action. */
static bool kernel_has_filters(void)
{
	const unsigned action = SECCOMP_RET_ERRNO;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static int compile(const char *helper, const struct str *key, int folder, const char *name,
		   struct seccomp_program *out, struct error *err)
{
	_cleanup_free_ void *text = NULL;
	char path[4096];
	size_t size = 0;
	int r;

	if (!helper) {
		r = program_find("seccomp", path, sizeof(path), err);
		if (r < 0)
			return r;
		helper = path;
	}
	r = seccomp_compile(helper, key, &text, &size, err);
	if (r < 0)
		return r;
	/* A full or read-only disk costs the next start its 7 ms and this one nothing. */
	seccomp_cache_put(folder, name, text, size);
	r = seccomp_cache_take(text, size, key, out);
	if (r < 0)
		return error_set(err, r,
				 "install plimsoll as a whole: its programs are of different versions",
				 "'%s' wrote no seccomp filter", helper);
	TAKE_PTR(text);
	return 0;
}

int seccomp_program_get_by(const char *helper, const struct spec *spec, uint64_t bounding, const char *folder,
			   struct seccomp_program *out, struct error *err)
{
	_cleanup_str_ struct str key = {0};
	_cleanup_close_ int cache = -1;
	char name[SECCOMP_NAME_SIZE];
	int r;

	if (spec->linux_.seccomp == SPEC_SECCOMP_UNCONFINED) {
		*out = (struct seccomp_program){0};
		return 0;
	}
	if (!kernel_has_filters())
		return error_set(
			err, -EOPNOTSUPP,
			"use --security-opt seccomp=unconfined, or a kernel with CONFIG_SECCOMP_FILTER",
			"this kernel has no seccomp filters");
	r = seccomp_key(&key, spec, bounding, err);
	if (r < 0)
		return r;
	seccomp_key_name(&key, name);
	cache = seccomp_cache_open(folder, err);
	if (cache < 0)
		return cache;
	r = seccomp_cache_get(cache, name, &key, out);
	if (r == -ENOENT)
		return compile(helper, &key, cache, name, out, err);
	if (r < 0)
		return error_errno(err, r, "", "cannot read the seccomp filter '%s/%s'", folder, name);
	return 0;
}

int seccomp_program_get(const struct spec *spec, const struct spec_capabilities *capabilities,
			const char *folder, struct seccomp_program *out, struct error *err)
{
	return seccomp_program_get_by(NULL, spec, capabilities->bounding, folder, out, err);
}

void seccomp_program_free(struct seccomp_program *program)
{
	free(program->memory);
	*program = (struct seccomp_program){0};
}
