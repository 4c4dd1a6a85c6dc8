/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/program.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* A file in memory with the text, at its start. */
static int make_file(struct slice text)
{
	_cleanup_close_ int fd = memfd_create("plimsoll", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : fs_write(fd, text.at, text.len);

	if (r < 0)
		return r;
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : TAKE_FD(fd);
}

/* The wait status, or -errno. */
static int run(const char *path, char *const *argv, const int fds[3])
{
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

static int pass_error(int messages, const char *what, int status, struct error *err)
{
	char text[sizeof(err->cause) + sizeof(err->remedy)];
	ssize_t n = fs_pread(messages, text, sizeof(text) - 1);
	char *remedy;

	if (n <= 0 || !WIFEXITED(status))
		return error_set(err, -EIO, "", "the program that %s ended with %s %d", what,
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

int program_run(const char *path, char *const *argv, const char *what, struct slice in, int *out,
		struct error *err)
{
	_cleanup_close_ int input = make_file(in);
	_cleanup_close_ int output = make_file((struct slice){0});
	_cleanup_close_ int messages = make_file((struct slice){0});
	int status;

	if (input < 0 || output < 0 || messages < 0)
		return error_errno(err,
				   input < 0	? input
				   : output < 0 ? output
						: messages,
				   "", "cannot run the program that %s", what);
	status = run(path, argv, (const int[]){input, output, messages});
	if (status < 0)
		return error_errno(err, status, "", "cannot run '%s'", path);
	if (status != 0)
		return pass_error(messages, what, status, err);
	*out = TAKE_FD(output);
	return 0;
}
