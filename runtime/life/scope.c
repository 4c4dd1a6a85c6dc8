/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/scope.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/program.h"
#include "scope_helper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The text of the file without its last newline. */
static int read_text(int fd, char *text, size_t cap)
{
	ssize_t n = fs_pread(fd, text, cap - 1);

	if (n < 0)
		return (int)n;
	text[n] = '\0';
	if (n > 0 && text[n - 1] == '\n')
		text[n - 1] = '\0';
	return 0;
}

int scope_start_by(const char *helper, const char *id, const char *slice, char *path, size_t cap,
		   struct error *err)
{
	char name[] = "plimsoll-scope";
	char pid[24];
	char id_text[256];
	char slice_text[256];
	char *argv[] = {name, pid, id_text, slice ? slice_text : NULL, NULL};
	_cleanup_close_ int out = -1;
	char found[4096];
	int r;

	if (strlen(id) >= sizeof(id_text) || (slice && strlen(slice) >= sizeof(slice_text)))
		return error_set(err, -ENAMETOOLONG, "", "the name '%s' is too long for a scope of systemd's",
				 strlen(id) >= sizeof(id_text) ? id : slice);
	snprintf(pid, sizeof(pid), "%d", getpid());
	snprintf(id_text, sizeof(id_text), "%s", id);
	snprintf(slice_text, sizeof(slice_text), "%s", slice ? slice : "");
	r = program_run(helper, argv, "asks systemd for a scope", (struct slice){0}, &out, err);
	if (r < 0)
		return r;
	r = read_text(out, found, sizeof(found));
	if (r < 0 || *found != '/')
		return error_set(err, r < 0 ? r : -EIO, "", "'%s' said no cgroup", helper);
	if (strlen(found) >= cap)
		return error_set(err, -ENAMETOOLONG, "", "the cgroup '%s' has too long a path", found);
	snprintf(path, cap, "%s", found);
	return 0;
}

int scope_start(const char *id, const char *slice, char *path, size_t cap, struct error *err)
{
	char helper[4096];
	int r = program_find("scope", helper, sizeof(helper), err);

	return r < 0 ? r : scope_start_by(helper, id, slice, path, cap, err);
}
