/* SPDX-License-Identifier: Apache-2.0 */
/* Running libexec/plimsoll/seccomp: the key on its standard input, the file on its standard output. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/program.h"
#include "seccomp_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

int seccomp_compile(const char *path, const struct str *key, void **text, size_t *size, struct error *err)
{
	char name[] = "plimsoll-seccomp";
	char *argv[] = {name, NULL};
	_cleanup_free_ void *file = NULL;
	_cleanup_close_ int out = -1;
	struct stat info;
	int r = program_run(path, argv, "compiles seccomp filters", (struct slice){key->data, key->len}, &out,
			    err);

	if (r < 0)
		return r;
	if (fstat(out, &info) < 0)
		return error_errno(err, -errno, "", "cannot compile the seccomp filter");
	file = malloc((size_t)info.st_size + 1);
	if (!file)
		return error_errno(err, -ENOMEM, "", "cannot compile the seccomp filter");
	if (fs_pread(out, file, (size_t)info.st_size) != info.st_size)
		return error_set(err, -EIO, "", "cannot read the compiled seccomp filter");
	*size = (size_t)info.st_size;
	*text = TAKE_PTR(file);
	return 0;
}
