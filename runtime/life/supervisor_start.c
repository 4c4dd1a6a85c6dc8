/* SPDX-License-Identifier: Apache-2.0 */
/* One start of a container: descriptors, plan, launch, and the state that says so. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "life_internal.h"
#include "pidfile.h"
#include "runtime/join.h"
#include "runtime/plan.h"
#include "runtime/scope.h"
#include "supervisor_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The container's ends of its pipes. */
struct ends {
	int fds[3];
};

static void ends_close(struct ends *ends)
{
	for (size_t i = 0; i < ARRAY_SIZE(ends->fds); i++)
		if (ends->fds[i] >= 0)
			close(ends->fds[i]);
}

bool supervisor_terminal_size(const struct foreground *f, struct winsize *size)
{
	if (!f)
		return false;
	return (f->in >= 0 && ioctl(f->in, TIOCGWINSZ, size) == 0) ||
	       (f->out >= 0 && ioctl(f->out, TIOCGWINSZ, size) == 0);
}

static uint32_t to_host(const struct spec_id_maps *maps, uint32_t id)
{
	for (size_t i = 0; i < maps->n; i++)
		if (id >= maps->at[i].container_id && id - maps->at[i].container_id < maps->at[i].size)
			return maps->at[i].host_id + (id - maps->at[i].container_id);
	return id;
}

/* So that the container's user can open /dev/stdout anew, as loggers do. Who may not give files away has the
 * same user inside and outside. */
static void give_to_user(const struct spec *spec, int fd)
{
	const struct spec_linux *l = &spec->linux_;
	uid_t uid = to_host(&l->uid_maps, spec->process.user.uid);

	if (uid != geteuid() && fchown(fd, uid, to_host(&l->gid_maps, spec->process.user.gid)) < 0)
		return;
}

/* A pipe whose `ours` end (0 reading, 1 writing) never blocks. */
static int make_pipe(const struct spec *spec, int ours, int *our_end, int *their_end)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	if (fcntl(ends[ours], F_SETFL, O_NONBLOCK | (ours ? O_WRONLY : O_RDONLY)) < 0) {
		int r = -errno;

		close(ends[0]);
		close(ends[1]);
		return r;
	}
	give_to_user(spec, ends[!ours]);
	*our_end = ends[ours];
	*their_end = ends[!ours];
	return 0;
}

static int open_null(int *fd)
{
	*fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

static int open_pipes(struct supervisor *sv, const struct spec *spec, struct ends *theirs)
{
	int r;

	for (int i = 0; i < 2; i++) {
		r = make_pipe(spec, 0, &sv->streams[i].fd, &theirs->fds[i + 1]);
		if (r < 0)
			return r;
		sv->streams[i].owned = true;
	}
	return sv->c->config.open_stdin ? make_pipe(spec, 1, &sv->input, &theirs->fds[0])
					: open_null(&theirs->fds[0]);
}

/* The given descriptors themselves: nothing stands between the program and its reader. */
static int use_directly(struct supervisor *sv, struct ends *theirs, struct launch_io *io)
{
	const struct foreground *f = sv->foreground;
	int given[3] = {sv->c->config.open_stdin ? f->in : -1, f->out, f->err};
	int *places[3] = {&io->in, &io->out, &io->err};

	for (int i = 0; i < 3; i++) {
		int r = given[i] >= 0 ? 0 : open_null(&theirs->fds[i]);

		if (r < 0)
			return r;
		*places[i] = given[i] >= 0 ? given[i] : theirs->fds[i];
	}
	sv->foreground_in = -1;
	return 0;
}

static int open_io(struct supervisor *sv, const struct spec *spec, struct ends *theirs, struct launch_io *io,
		   struct error *err)
{
	int r;

	*io = (struct launch_io){-1, -1, -1, {0}};
	if (sv->size)
		io->size = *sv->size;
	else
		(void)supervisor_terminal_size(sv->foreground, &io->size);
	if (spec->process.terminal)
		return 0;
	if (sv->foreground && sv->c->config.log_driver == LOG_NONE) {
		r = use_directly(sv, theirs, io);
	} else {
		r = open_pipes(sv, spec, theirs);
		io->in = theirs->fds[0];
		io->out = theirs->fds[1];
		io->err = theirs->fds[2];
	}
	return r < 0 ? error_errno(err, r, "raise the limit of open files (ulimit -n)",
				   "cannot make the container's input and output")
		     : 0;
}

/* A scope is asked for once: later starts of this supervisor are in it already. */
static int choose_cgroup(struct supervisor *sv, struct spec *spec, struct error *err)
{
	struct container_state *state = &sv->c->state;
	char path[sizeof(state->cgroup)];
	int r;

	if (spec->linux_.cgroups_path || !sv->host->layout)
		return 0;
	if (!sv->host->systemd) {
		r = host_cgroup_path(sv->host, sv->c->id, path, sizeof(path), err);
		spec->linux_.cgroups_path = r == 0 && *path ? spec_text(spec, path) : NULL;
		return r;
	}
	if (!sv->scope) {
		r = scope_start(sv->c->id, spec->linux_.slice, path, sizeof(path), err);
		if (r < 0)
			return r;
		memcpy(state->cgroup, path, sizeof(path));
		/* Before the launch: nothing else tells `rm` of this path after a crash. */
		r = container_write_state(sv->c, err);
		if (r < 0)
			return r;
		sv->scope = strdup(path);
	}
	spec->linux_.cgroups_path = spec_text(spec, sv->scope);
	return spec->linux_.cgroups_path ? 0 : error_set(err, -ENOMEM, NULL, "no memory");
}

static int write_running(struct supervisor *sv, struct error *err)
{
	const struct container *c = sv->c;
	struct container_state *s = &sv->c->state;
	const struct cgroup_group *group = sv->child.group;

	s->status = CONTAINER_RUNNING;
	s->pid = sv->child.pid;
	s->pid_start = process_start(c->store->procfs, s->pid);
	s->supervisor = getpid();
	s->supervisor_start = process_start(c->store->procfs, s->supervisor);
	s->started_ns = clock_realtime_ns();
	s->exit_known = false;
	s->oom_killed = false;
	s->error[0] = '\0';
	snprintf(s->cgroup, sizeof(s->cgroup), "%s", group && group->path ? group->path : "");
	return container_write_state(sv->c, err);
}

static void connect_streams(struct supervisor *sv)
{
	const struct foreground *f = sv->foreground;

	if (sv->child.console >= 0) {
		(void)fcntl(sv->child.console, F_SETFL, O_RDWR | O_NONBLOCK);
		sv->streams[0] = (struct stream){.fd = sv->child.console, .sink = -1};
		sv->input = sv->child.console;
	}
	for (size_t i = 0; i < ARRAY_SIZE(sv->streams); i++) {
		struct stat st;
		struct stream *s = &sv->streams[i];

		s->sink = !f || s->fd < 0 ? -1 : i == 0 ? f->out : f->err;
		s->sink_blocks = s->sink >= 0 && !(fstat(s->sink, &st) == 0 && S_ISREG(st.st_mode));
	}
}

/* Why it did not start, for `inspect`; the launch left nothing behind. */
static void write_failure(struct supervisor *sv, enum launch_failure failure, const struct error *err)
{
	struct container_state *s = &sv->c->state;

	if (s->status != CONTAINER_CREATED)
		s->status = CONTAINER_EXITED;
	s->pid = 0;
	s->supervisor = 0;
	s->exit_code = launch_exit_code(failure);
	s->exit_known = true;
	s->cgroup[0] = '\0';
	snprintf(s->error, sizeof(s->error), "%s", err ? err->cause : "");
	(void)container_write_state(sv->c, NULL);
}

/* What was launched, and can't be written down, must not live: nobody would know of it. */
static void undo_launch(struct supervisor *sv)
{
	supervisor_send_signal(sv, SIGKILL);
	life_reap(sv->child.pid, NULL);
	life_end_group(sv->child.group);
}

static int launch_it(struct supervisor *sv, const struct container *of, enum launch_failure *failure,
		     struct error *err)
{
	const struct plan_context context = {.id = sv->c->id, .folder = sv->c->path, .init = of->config.init};
	_cleanup_(ends_close) struct ends theirs = {{-1, -1, -1}};
	_cleanup_pidfile_ struct pidfile pidfile = PIDFILE_NONE;
	_cleanup_plan_ struct plan *plan = NULL;
	struct launch_io io;
	int r = join_resolve(of->spec, sv->c->store, sv->c->state.started_ns != 0, err);

	if (r == 0)
		r = pidfile_begin(&pidfile, of->config.pidfile, sv->c->id, err);
	if (r == 0)
		r = choose_cgroup(sv, of->spec, err);
	if (r < 0)
		return r;
	r = plan_make(of->spec, sv->host, &context, &plan, err);
	if (r < 0)
		return r;
	r = open_io(sv, of->spec, &theirs, &io, err);
	if (r < 0)
		return r;
	r = launch(plan, &io, &sv->child, failure, err);
	if (r < 0)
		return r;
	connect_streams(sv);
	/* first: who sees that it runs finds the pid there */
	r = pidfile_end(&pidfile, sv->child.pid, err);
	if (r == 0)
		r = write_running(sv, err);
	if (r < 0)
		undo_launch(sv);
	return r;
}

int supervisor_launch(struct supervisor *sv, const struct container *of, enum launch_failure *failure,
		      struct error *err)
{
	struct error own = {0};
	int r;

	*failure = LAUNCH_FAILED;
	sv->phase = PHASE_RUNS;
	r = launch_it(sv, of, failure, &own);
	if (r == 0) {
		sv->started_ns = clock_monotonic_ns();
		return 0;
	}
	write_failure(sv, *failure, &own);
	supervisor_close_run(sv);
	sv->result.exit_code = launch_exit_code(*failure);
	if (err)
		*err = own;
	return r;
}
