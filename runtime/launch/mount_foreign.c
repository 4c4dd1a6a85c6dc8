/* SPDX-License-Identifier: Apache-2.0 */
/* A mount of another mount namespace: only who is in that can copy it, so a short-lived child goes there. */
#include "mount.h"

#include "base/cleanup.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char proc[] = "/proc/";
static const char in_root[] = "/root/";

/* The length of "/proc/PID", or 0; *rest is what follows "/root/". */
static size_t split(const char *path, const char **rest)
{
	size_t len = strlen(proc);
	size_t digits;

	if (strncmp(path, proc, len) != 0)
		return 0;
	digits = strspn(path + len, "0123456789");
	len += digits;
	if (digits == 0 || strncmp(path + len, in_root, strlen(in_root)) != 0)
		return 0;
	*rest = path + len + strlen(in_root);
	return **rest ? len : 0;
}

bool mount_is_foreign(const char *path)
{
	const char *rest;

	return split(path, &rest) > 0;
}

static int open_of(const char *path, size_t len, const char *name, int flags)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%.*s/%s", (int)len, path, name);
	int fd;

	if (n < 0 || (size_t)n >= sizeof(text))
		return -ENAMETOOLONG;
	fd = open(text, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* In the child. What lies there is the other container's: no link of it may lead out of its root. */
static int clone_there(const char *path, bool recursive)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	const char *rest = "";
	size_t len = split(path, &rest);
	_cleanup_close_ int ns = open_of(path, len, "ns/mnt", O_RDONLY);
	_cleanup_close_ int root = open_of(path, len, "root", O_PATH | O_DIRECTORY);
	_cleanup_close_ int found = -1;

	if (ns < 0 || root < 0)
		return ns < 0 ? ns : root;
	if (setns(ns, CLONE_NEWNS) < 0)
		return -errno;
	found = (int)syscall(SYS_openat2, root, rest, &how, sizeof(how));
	return found < 0 ? -errno : mount_clone(found, "", recursive);
}

static _Noreturn void go_there(int socket, const char *path, bool recursive)
{
	int fd = clone_there(path, recursive);
	struct report report = {.type = REPORT_DONE, .value = fd < 0 ? (uint32_t)-fd : 0};

	_exit(report_send(socket, &report, &fd, fd < 0 ? 0 : 1) < 0);
}

static int receive(int socket)
{
	struct report report;
	size_t n = 0;
	int fd = -1;
	int r = report_receive(socket, &report, &fd, 1, &n);

	if (r < 0)
		return r;
	if (r == 1 && n == 1)
		return fd;
	return r == 1 && report.value ? -(int)report.value : -ECHILD;
}

static int clone_foreign(const char *path, bool recursive)
{
	int ends[2];
	pid_t pid;
	int r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		go_there(ends[1], path, recursive);
	r = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (r == 0)
		r = receive(ends[0]);
	close(ends[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

int mount_clone_source(const char *path, bool recursive)
{
	return mount_is_foreign(path) ? clone_foreign(path, recursive)
				      : mount_clone(AT_FDCWD, path, recursive);
}
