/* SPDX-License-Identifier: Apache-2.0 */
#include "pidfile.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const char *path, int r, struct error *err)
{
	return error_errno(err, r, "name a file in a folder that is there and can be written",
			   "'--pidfile': cannot write '%s'", path);
}

/* The folder, opened; *name is the rest. */
static int open_folder(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *folder = NULL;

	*name = slash ? slash + 1 : path;
	if (!**name)
		return -EISDIR;
	if (!slash)
		return fs_open_dir(AT_FDCWD, ".");
	folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	return folder ? fs_open_dir(AT_FDCWD, folder) : -ENOMEM;
}

int pidfile_begin(struct pidfile *out, const char *path, const char *id, struct error *err)
{
	_cleanup_close_ int folder = -1;
	struct pidfile made = {.path = path};
	struct stat st;

	*out = PIDFILE_NONE;
	if (!path)
		return 0;
	folder = open_folder(path, &made.name);
	if (folder < 0)
		return failed(path, folder, err);
	if (fstatat(folder, made.name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
		return error_set(err, -EINVAL, "name a file that is not there yet, or a plain one",
				 "'--pidfile': '%s' is there, and no plain file that could be replaced",
				 path);
	snprintf(made.begun, sizeof(made.begun), ".plimsoll-%.12s.pid", id);
	/* a crash may have left one */
	(void)unlinkat(folder, made.begun, 0);
	made.fd = openat(folder, made.begun, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (made.fd < 0)
		return failed(path, -errno, err);
	made.folder = TAKE_FD(folder);
	*out = made;
	return 0;
}

int pidfile_end(struct pidfile *file, pid_t pid, struct error *err)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%d\n", (int)pid);
	int r;

	if (!file->path)
		return 0;
	r = fs_write(file->fd, text, (size_t)n);
	if (r == 0 && renameat(file->folder, file->begun, file->folder, file->name) < 0)
		r = -errno;
	if (r < 0)
		return failed(file->path, r, err);
	file->begun[0] = '\0';
	return 0;
}

void pidfile_close(struct pidfile *file)
{
	if (file->folder >= 0 && file->begun[0])
		(void)unlinkat(file->folder, file->begun, 0);
	if (file->fd >= 0)
		close(file->fd);
	if (file->folder >= 0)
		close(file->folder);
	*file = PIDFILE_NONE;
}
