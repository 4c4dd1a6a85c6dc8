/* SPDX-License-Identifier: Apache-2.0 */
#include "base/program.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char *const steps[] = {"", "/..", "/../.."};

/* The folder of this very program, without the trailing slash. The length, or -errno. */
static ssize_t own_folder(char *buf, size_t cap)
{
	ssize_t n = fs_read_link(AT_FDCWD, "/proc/self/exe", buf, cap);

	while (n > 0 && buf[n - 1] != '/')
		n--;
	return n > 0 ? n - 1 : n;
}

int program_find(const char *name, char *path, size_t cap, struct error *err)
{
	char folder[4096];
	char candidate[sizeof(folder) + 64];
	ssize_t n = own_folder(folder, sizeof(folder));

	if (n < 0)
		return error_errno(err, (int)n, "mount /proc: plimsoll finds its programs by /proc/self/exe",
				   "cannot find out where plimsoll itself is");
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int len = snprintf(candidate, sizeof(candidate), "%.*s%s/" PROGRAM_FOLDER "/%s", (int)n,
				   folder, steps[i], name);

		if (len < 0 || (size_t)len >= sizeof(candidate))
			return error_set(err, -ENAMETOOLONG, "", "the path of the program '%s' is too long",
					 name);
		if (faccessat(AT_FDCWD, candidate, F_OK, 0) < 0)
			continue;
		if ((size_t)len >= cap)
			return error_set(err, -ENAMETOOLONG, "", "the path of the program '%s' is too long",
					 name);
		snprintf(path, cap, "%s", candidate);
		return 0;
	}
	return error_set(err, -ENOENT,
			 "install plimsoll as a whole: bin/plimsoll and " PROGRAM_FOLDER " belong together",
			 "the program '%s' is neither in '%.*s/" PROGRAM_FOLDER
			 "' nor in '%.*s/../" PROGRAM_FOLDER "'",
			 name, (int)n, folder, (int)n, folder);
}

int program_front(char *path, size_t cap, struct error *err)
{
	static const char *const places[] = {"/../../plimsoll", "/../../bin/plimsoll", "/plimsoll"};
	char folder[4096];
	ssize_t n = own_folder(folder, sizeof(folder));

	if (n < 0)
		return error_errno(err, (int)n, "mount /proc: plimsoll finds its programs by /proc/self/exe",
				   "cannot find out where plimsoll itself is");
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		int len = snprintf(path, cap, "%.*s%s", (int)n, folder, places[i]);

		if (len > 0 && (size_t)len < cap && faccessat(AT_FDCWD, path, X_OK, 0) == 0)
			return 0;
	}
	return error_set(err, -ENOENT,
			 "install plimsoll as a whole: bin/plimsoll and " PROGRAM_FOLDER " belong together",
			 "the program 'plimsoll' is neither in '%.*s/../..' nor in its bin folder", (int)n,
			 folder);
}
