/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a launch share: the parent's half, and the child's copy of it behind the clone. */
#pragma once

#include "plan/plan_step.h"
#include "report.h"
#include "runtime/launch.h"
#include "runtime/seccomp.h"

#include <stddef.h>

/* Every descriptor is -1 where there is none. */
struct launching {
	const struct plan *plan;
	const struct launch_io *io;
	int parent_end, child_end; /* of the socket */
	int procfs;		   /* the host's, checked to be one */
	int init_program;
	int null;		     /* a detached mount of /dev/null, then where it was first attached */
	int empty;		     /* the same for an empty read-only tmpfs */
	int root;		     /* the new root's mount */
	int base;		     /* the folder that its writable layer is in */
	int own_pid_ns, own_time_ns; /* to come back to */
	int v2_procs;		     /* where there is no CLONE_INTO_CGROUP */
	int console;
	struct cgroup_group *group;
	struct seccomp_program seccomp;
	int tasks[HIERARCHIES_MAX];
	int n_tasks;
	int *slots;  /* plan->n_slots of them */
	int *layers; /* idmapped ones that the parent sent: the folder of the writable layer last */
	size_t n_layers;
	pid_t pid;
	int pidfd;
	int device_folder;	   /* the folder that the last device was made in, and its path */
	const char *device_parent; /* not terminated */
	size_t device_parent_len;
	uint64_t ignored; /* signals that may be ignored, as in struct report */
	bool waits;	  /* the child, for what its parent does beside it */
	size_t fault;	  /* the step before which to die; SIZE_MAX = none */
};

/* launch_parent.c: one of the parent's steps. fds (LAUNCH_FDS_MAX of them) are for the child, closed by the
 * caller. */
int launch_parent_step(struct launching *l, const struct step *step, int *fds, size_t *n_fds,
		       struct error *err);
#define LAUNCH_FDS_MAX 250

/* launch_clone.c: 0 in the child, its pid in the parent, or -errno. Sets *pidfd. */
pid_t launch_clone(struct launching *l, uint64_t flags, struct error *err);
/* The bare call: clone3, or clone where it or CLONE_INTO_CGROUP is missing (-ENOSYS with a cgroup >= 0). */
pid_t launch_clone_raw(uint64_t flags, int cgroup, int *pidfd);

/* launch.c, for exec.c too (without a plan). Hears the child out until its program runs; out of it comes what
 * launch() returns. */
int launch_start(struct launching *l, const struct plan *plan, const struct launch_io *io, struct error *err);
void launch_cloned(struct launching *l, pid_t pid); /* in the parent, at once */
int launch_converse(struct launching *l, const char *program, enum launch_failure *failure,
		    struct error *err);
int launch_finish(struct launching *l, int r, struct launched *out);

/* launch_fault.c: PLIMSOLL_FAULT=kill:STEP. */
size_t fault_read(void);
void fault_point(size_t fault, size_t step);

/* child.c: never returns. */
_Noreturn void child_run(struct launching *l);

/* What a process that joins shares with it: _Noreturn too. */
struct child_program {
	const struct spec_process *process;
	const struct seccomp_program *seccomp;
	const struct launch_io *io;
	bool user_ns, reap;
	uint64_t ignored;			 /* signals to be set to their default, as in struct report */
	int socket, init_program, console, peer; /* console: sent to the parent */
};
/* child_execute.c: a session, the standard descriptors, the user and his rights, then the program. Returns
 * only after a failure. */
int child_session(const struct child_program *program, struct error *err);
int child_execute(const struct child_program *program, enum launch_failure *failure, struct error *err);
_Noreturn void child_fail(int socket, enum launch_failure failure, const struct error *error);

/* child_paths.c, child_devices.c: one step each. */
int child_sysctl(struct launching *l, const struct spec_pair *sysctl, struct error *err);
int child_mask(struct launching *l, const char *path, struct error *err);
int child_readonly(struct launching *l, const char *path, struct error *err);
int child_cwd(struct launching *l, const char *path, struct error *err);
int child_device(struct launching *l, const struct step *step, struct error *err);
int child_device_links(struct launching *l, struct error *err);

/* child_namespaces.c */
/* Another child goes on in this one's place, in new namespaces and in those that were joined for children: it
 * alone comes back from here, as a child of our parent, who has been told. */
int child_clone(struct launching *l, uint64_t flags, struct error *err);
int child_loopback(struct error *err);
int child_oom_score(const struct launching *l, int value, struct error *err);
int time_offsets(int procfs, const struct spec_linux *spec, struct error *err);

/* root.c, root_host.c, root_idmap.c */
int root_make(struct launching *l, const struct step *step, struct error *err);
int root_pivot(struct launching *l, struct error *err);
int root_host_mounts(struct launching *l, struct error *err);
int root_idmap_layers(struct launching *l, int *fds, size_t *n_fds, struct error *err);
int root_folders(const struct plan *plan, struct error *err);
/* An overlay of folders (opened in the caller's own mount namespace, the lowest first) with base/upper and
 * base/work on top, not attached yet. */
struct root_overlay {
	const int *layers;
	size_t n;
	int base;
	bool user_xattr, is_volatile;
	uint64_t attributes; /* MOUNT_ATTR_* */
};
int root_overlay_make(const struct root_overlay *overlay, struct error *err);

/* idmap.c */
int idmap_write(struct launching *l, const struct step *step, struct error *err);
int idmap_write_own(struct launching *l, const struct step *step, struct error *err);

/* console.c: a pty in the container's devpts, its other end on /dev/console. *peer is the container's. */
int console_make(struct launching *l, int *peer, struct error *err);
/* The same for a process that joins: its own root is the container's. */
int console_open(int root, const struct winsize *size, uint32_t uid, int *master, int *peer,
		 struct error *err);

/* mount_cgroup.c */
int mount_cgroups(struct launching *l, const struct step_mount *m, struct error *err);
