/* SPDX-License-Identifier: Apache-2.0 */
/* Running libexec/plimsoll/seccomp: the key on its standard input, the file on its standard output. All three
 * are files in memory, so that nobody waits for anybody. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "seccomp_cache.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int make_file(const char *text, size_t size)
{
	_cleanup_close_ int fd = memfd_create("plimsoll-seccomp", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (size > 0) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			size -= (size_t)n;
		}
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : TAKE_FD(fd);
}

/* The wait status, or -errno. */
static int run(const char *path, const int fds[3])
{
	char name[] = "plimsoll-seccomp";
	char *argv[] = {name, NULL};
	posix_spawn_file_actions_t actions;
	int status = 0;
	pid_t pid = -1;
	int r = -posix_spawn_file_actions_init(&actions);

	if (r < 0)
		return r;
	for (int i = 0; i < 3 && r == 0; i++)
		r = -posix_spawn_file_actions_adddup2(&actions, fds[i], i);
	if (r == 0)
		r = -posix_spawn(&pid, path, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r < 0)
		return r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return status;
}

/* The helper's words: the cause, and on a line of its own the remedy. */
static int pass_error(int messages, int status, struct error *err)
{
	char text[sizeof(err->cause) + sizeof(err->remedy)];
	ssize_t n = fs_pread(messages, text, sizeof(text) - 1);
	char *remedy;

	if (n <= 0 || !WIFEXITED(status))
		return error_set(err, -EIO, "", "the program that compiles seccomp filters ended with %s %d",
				 WIFEXITED(status) ? "status" : "signal",
				 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	text[n] = '\0';
	remedy = strchr(text, '\n');
	if (remedy) {
		*remedy++ = '\0';
		remedy[strcspn(remedy, "\n")] = '\0';
	}
	return error_set(err, -EINVAL, remedy ? remedy : "", "%s", text);
}

int seccomp_compile(const char *path, const struct str *key, void **text, size_t *size, struct error *err)
{
	_cleanup_close_ int in = make_file(key->data, key->len);
	_cleanup_close_ int out = make_file(NULL, 0);
	_cleanup_close_ int messages = make_file(NULL, 0);
	_cleanup_free_ void *file = NULL;
	struct stat info;
	int status;

	if (in < 0 || out < 0 || messages < 0)
		return error_errno(err,
				   in < 0    ? in
				   : out < 0 ? out
					     : messages,
				   "", "cannot compile the seccomp filter");
	status = run(path, (const int[]){in, out, messages});
	if (status < 0)
		return error_errno(err, status, "", "cannot run '%s'", path);
	if (status != 0)
		return pass_error(messages, status, err);
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
