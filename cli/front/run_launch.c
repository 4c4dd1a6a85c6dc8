/* SPDX-License-Identifier: Apache-2.0 */
#include "run_launch.h"

#include "message.h"
#include "output.h"
#include "runtime/life.h"
#include "runtime/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int run_check_terminal(const struct run_settings *s, struct error *err)
{
	struct run_streams streams;
	int r = run_streams(s, &streams, err);

	if (r < 0 || s->detach || !s->tty || !streams.in || isatty(STDIN_FILENO))
		return r;
	return error_set(err, -ENOTTY, "leave -t out, or -i",
			 "'-it' needs a terminal, and standard input is none");
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_file(int folder, const char *name, const struct str *text, struct error *err)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (text->len == 0)
		return 0;
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	r = fd < 0 ? -errno : write_all(fd, text->data, text->len);
	if (r == 0 && fchmod(fd, 0644) < 0) /* whatever the umask: users of the container read it */
		r = -errno;
	return r < 0 ? error_errno(err, r, "", "cannot write '%s' into the container's folder", name) : 0;
}

int run_write_files(const struct container *c, const struct run_files *files, struct error *err)
{
	int r = write_file(c->folder, "hosts", &files->hosts, err);

	if (r == 0)
		r = write_file(c->folder, "resolv.conf", &files->resolv_conf, err);
	return r == 0 ? write_file(c->folder, "hostname", &files->hostname, err) : r;
}

int run_open_cidfile(const struct run_settings *s, int *fd, struct error *err)
{
	if (!s->cidfile)
		return 0;
	*fd = open(s->cidfile, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (*fd >= 0)
		return 0;
	return error_errno(err, -errno,
			   errno == EEXIST ? "remove it, or choose another: it may be another container's"
					   : "",
			   "'--cidfile': cannot make '%s'", s->cidfile);
}

int run_write_cidfile(const struct run_settings *s, int fd, const char *id, struct error *err)
{
	int r = fd < 0 ? 0 : write_all(fd, id, strlen(id));

	return r < 0 ? error_errno(err, r, "", "'--cidfile': cannot write '%s'", s->cidfile) : 0;
}

void run_undo(struct container *c, const struct host *host)
{
	struct error ignored;

	life_remove(c, host, true, &ignored);
}

static int write_pidfile(const char *path, struct container *c, const struct host *host, struct error *err)
{
	_cleanup_close_ int fd = -1;
	char text[32];
	int n;
	int r = container_refresh(c, host->layout, err);

	if (r < 0)
		return r;
	if (c->state.pid == 0)
		return 0; /* it has ended already */
	n = snprintf(text, sizeof(text), "%d\n", (int)c->state.pid);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	r = fd < 0 ? -errno : write_all(fd, text, (size_t)n);
	return r < 0 ? error_errno(err, r, "", "'--pidfile': cannot write '%s'", path) : 0;
}

static int in_background(const struct run_settings *s, struct container *c, const struct host *host,
			 struct error *err)
{
	enum launch_failure failure = LAUNCH_FAILED;
	_cleanup_str_ struct str id = {0};
	int r = supervise_in_background(c, host, &failure, err);

	if (r < 0) {
		if (c->config.auto_remove)
			run_undo(c, host);
		return launch_exit_code(failure);
	}
	str_printf(&id, "%s\n", c->id);
	if (output_write(&id) < 0)
		return error_set(err, -EIO, "", "'%s' runs, and its id can't be printed", c->config.name),
		       RUN_FAILED;
	if (s->pidfile && write_pidfile(s->pidfile, c, host, err) < 0)
		return RUN_FAILED;
	return 0;
}

/*
 * The foreground supervises and has no time: a grandchild waits for the container to run, writes the file,
 * and says itself what goes wrong. It is nobody's child afterwards. The descriptor to be given to
 * supervise(), or -1.
 */
static int watch_for_pid(const char *path, struct container *c, const struct host *host)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		enum launch_failure failure;
		struct error err = {0};

		if (fork() != 0)
			_exit(0);
		close(ends[1]);
		if (supervisor_ready_wait(ends[0], &failure, &err) == 0 &&
		    write_pidfile(path, c, host, &err) < 0)
			message_error(&err);
		_exit(0);
	}
	close(ends[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return ends[1];
}

static int out_of_memory(const struct container *c, struct error *err)
{
	const struct cgroup_limits *limits = &c->spec->linux_.limits;
	long long limit = (long long)limits->value[LIMIT_MEMORY];

	if (!limit_is_set(limits, LIMIT_MEMORY) || limit <= 0)
		return error_set(err, -ENOMEM, "give the host more, or limit what else runs there",
				 "'%s' ran out of memory: the kernel killed it, though it has no --memory "
				 "limit of its own",
				 c->config.name);
	return error_set(err, -ENOMEM, "give it more with --memory, or have it use less",
			 "'%s' ran out of memory: the kernel killed it at its limit of %lld bytes (%.1f MiB)",
			 c->config.name, limit, (double)limit / (1 << 20));
}

static int in_foreground(const struct run_settings *s, struct container *c, const struct host *host,
			 struct error *err)
{
	struct supervised ended = {.exit_code = RUN_FAILED};
	struct foreground foreground;
	struct run_streams streams;
	int ready = -1;
	int r = run_streams(s, &streams, err);

	if (r < 0)
		return r;
	foreground = (struct foreground){
		.in = streams.in ? STDIN_FILENO : -1,
		.out = streams.out ? STDOUT_FILENO : -1,
		.err = streams.err ? STDERR_FILENO : -1,
		.terminal = s->tty && streams.in && isatty(STDIN_FILENO),
		.pass_signals = s->sig_proxy,
	};
	if (s->pidfile)
		ready = watch_for_pid(s->pidfile, c, host);
	r = supervise(c, host, &foreground, ready, &ended, err);
	if (ready >= 0)
		close(ready);
	if (r < 0)
		return ended.exit_code ? ended.exit_code : RUN_FAILED;
	if (ended.detached)
		return 0;
	if (ended.oom_killed)
		out_of_memory(c, err);
	return ended.exit_code;
}

int run_launch(const struct run_settings *s, struct container *c, const struct host *host, struct error *err)
{
	return s->detach ? in_background(s, c, host, err) : in_foreground(s, c, host, err);
}
