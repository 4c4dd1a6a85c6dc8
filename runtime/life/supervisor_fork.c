/* SPDX-License-Identifier: Apache-2.0 */
/* A supervisor in the background. */
#include "base/cleanup.h"
#include "base/parse.h"
#include "supervisor_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Every descriptor of ours is closed on exec; those that are not came from whoever started us (a shell's
 * pipe, a lock of a script), and somebody may wait for their end. */
static void close_inherited(const struct store *store)
{
	int fd = openat(store->procfs, "self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		uint64_t number;
		int flags;

		if (parse_u64(slice_of(entry->d_name), &number) < 0 || number <= STDERR_FILENO ||
		    number > INT32_MAX)
			continue;
		flags = fcntl((int)number, F_GETFD);
		if (flags >= 0 && !(flags & FD_CLOEXEC))
			close((int)number);
	}
}

static int leave(const struct store *store)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -errno;
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (dup2(null, i) < 0)
			return -errno;
	if (null > STDERR_FILENO)
		close(null);
	if (setsid() < 0 || chdir("/") < 0)
		return -errno;
	close_inherited(store);
	return 0;
}

/* Without the other end, which stays with the client: its death must be seen. */
static int take_owner(struct supervisor *sv, const int *pair, uint32_t streams)
{
	close(pair[0]);
	(void)fcntl(pair[1], F_SETFL, O_RDWR | O_NONBLOCK);
	return supervisor_add_client(sv, pair[1], true, streams);
}

static _Noreturn void be_supervisor(struct supervisor *sv)
{
	enum launch_failure failure;
	struct error err = {0};
	int r = leave(sv->c->store);

	if (r < 0) {
		error_errno(&err, r, NULL, "the supervisor cannot go to the background");
		supervisor_ready_send(sv->ready, LAUNCH_FAILED, &err);
		_exit(1);
	}
	r = supervisor_run(sv, &failure, &err);
	/* Nothing of the program that this was forked from must happen twice: no atexit, no buffers. */
	_exit(r < 0 ? 1 : 0);
}

int supervisor_fork(struct container *c, const struct host *host, const int *pair, uint32_t streams,
		    const struct winsize *size, enum launch_failure *failure, struct error *err)
{
	_cleanup_close_ int reading = -1;
	struct supervisor sv;
	int ends[2];
	pid_t pid;
	int r;

	*failure = LAUNCH_FAILED;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		r = -errno;
		if (pair)
			close(pair[1]);
		return error_errno(err, r, NULL, "cannot make a pipe to the supervisor");
	}
	supervisor_init(&sv, c, host);
	sv.background = true;
	sv.ready = ends[1];
	sv.size = size;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		if (pair && take_owner(&sv, pair, streams) < 0)
			_exit(1);
		be_supervisor(&sv);
	}
	r = -errno;
	reading = ends[0];
	close(ends[1]);
	if (pair)
		close(pair[1]);
	if (pid < 0)
		return error_errno(err, r, NULL, "cannot start a supervisor");
	r = supervisor_ready_wait(reading, failure, err);
	/* A failed one is ending; a living one is reaped by whoever adopts it. */
	if (r < 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	return r;
}

int supervise_in_background(struct container *c, const struct host *host, enum launch_failure *failure,
			    struct error *err)
{
	enum launch_failure why;
	int r = supervisor_fork(c, host, NULL, 0, NULL, &why, err);

	if (failure)
		*failure = why;
	return r;
}
