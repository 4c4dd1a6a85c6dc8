/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/scope.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/program.h"
#include "scope_helper.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* The wait status, or -errno. Standard output and standard error become the files. */
static int run(const char *path, char *const *argv, int out, int messages)
{
	posix_spawn_file_actions_t actions;
	int status = 0;
	pid_t pid = -1;
	int r = -posix_spawn_file_actions_init(&actions);

	if (r < 0)
		return r;
	r = -posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (r == 0)
		r = -posix_spawn_file_actions_adddup2(&actions, messages, STDERR_FILENO);
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

static int pass_error(int messages, int status, struct error *err)
{
	char text[sizeof(err->cause) + sizeof(err->remedy)];
	char *remedy;

	if (read_text(messages, text, sizeof(text)) < 0 || *text == '\0')
		return error_set(err, -EIO, "", "the program that asks systemd for a scope ended with %s %d",
				 WIFEXITED(status) ? "status" : "signal",
				 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	remedy = strchr(text, '\n');
	if (remedy)
		*remedy++ = '\0';
	return error_set(err, -EIO, remedy ? remedy : "", "%s", text);
}

int scope_start_by(const char *helper, const char *id, const char *slice, char *path, size_t cap,
		   struct error *err)
{
	char name[] = "plimsoll-scope";
	char pid[24];
	char id_text[256];
	char slice_text[256];
	char *argv[] = {name, pid, id_text, slice ? slice_text : NULL, NULL};
	_cleanup_close_ int out = memfd_create(name, MFD_CLOEXEC);
	_cleanup_close_ int messages = memfd_create(name, MFD_CLOEXEC);
	char found[4096];
	int status;
	int r;

	if (out < 0 || messages < 0)
		return error_errno(err, -errno, "", "cannot ask systemd for a scope");
	if (strlen(id) >= sizeof(id_text) || (slice && strlen(slice) >= sizeof(slice_text)))
		return error_set(err, -ENAMETOOLONG, "", "the name '%s' is too long for a scope of systemd's",
				 id);
	snprintf(pid, sizeof(pid), "%d", getpid());
	snprintf(id_text, sizeof(id_text), "%s", id);
	snprintf(slice_text, sizeof(slice_text), "%s", slice ? slice : "");
	status = run(helper, argv, out, messages);
	if (status < 0)
		return error_errno(err, status, "", "cannot run '%s'", helper);
	if (status != 0)
		return pass_error(messages, status, err);
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
