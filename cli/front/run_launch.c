/* SPDX-License-Identifier: Apache-2.0 */
#include "run_launch.h"

#include "base/fs.h"
#include "message.h"
#include "output.h"
#include "runtime/life.h"
#include "runtime/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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

static int write_file(int folder, const char *name, const struct str *text, struct error *err)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (text->len == 0)
		return 0;
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	r = fd < 0 ? -errno : fs_write(fd, text->data, text->len);
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
	int r = fd < 0 ? 0 : fs_write(fd, id, strlen(id));

	return r < 0 ? error_errno(err, r, "", "'--cidfile': cannot write '%s'", s->cidfile) : 0;
}

void run_undo(struct container *c, const struct host *host)
{
	struct error ignored;

	life_remove(c, host, true, &ignored);
}

static int in_background(struct container *c, const struct host *host, struct error *err)
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
	return 0;
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
	r = supervise(c, host, &foreground, -1, &ended, err);
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
	return s->detach ? in_background(c, host, err) : in_foreground(s, c, host, err);
}
