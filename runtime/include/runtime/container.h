/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers as they are kept on disk. There is no daemon: the folder of a container is all that is known of
 * it, every file in it is written by rename, and changes of state are made under its lock, so that any
 * process of ours may be killed at any time.
 *
 * Below the store:
 *
 * - containers/ID/config.json: what plimsoll was told besides the spec: name, labels, restart policy, …
 * - containers/ID/spec.json: the OCI spec
 * - containers/ID/state.json: what became of it; not there before the first change: CREATED
 * - containers/ID itself: flock(2) on the folder, held while it is made, while its state changes, and while
 * it is removed, to the end: the lock goes with the folder
 * - containers/ID/control: the supervisor's socket (control.h)
 * - containers/ID/log.json: its output (log.h), not there before the first; log.json.1 … once rotated
 * - containers/ID/upper, work, root: the writable layer and where it is mounted, in the container's own
 *   mount namespace
 * - memory: a symbolic link to the half that is kept in memory, with a containers/ like this one: for those
 *   that nobody asks for after the end of the command that started them (store_choose)
 * - containers/.new-ID: being made; renamed once it is complete
 * - containers/.gone-ID: being removed
 * - names/NAME: a symbolic link that holds the ID, in 48 characters that begin with its first 16 digits
 *   (container_private.h: a longer one is slow on ext4): a name is taken by making it
 * - seccomp/: compiled filters
 * - lock.new: flock(2), shared while a container is made, so that store_clean knows a leftover
 * - lock.names: flock(2), held while a name is taken away from what it led to
 */
#pragma once

#include "base/error.h"
#include "base/str.h"
#include "cgroup/hierarchy.h"
#include "runtime/spec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CONTAINER_ID_LENGTH 64

enum store_half { STORE_DISK, STORE_MEMORY };
#define STORE_HALVES 2

struct store {
	char *path; /* absolute */
	int fd;
	char *memory_path; /* NULL where there is none (yet) */
	int memory_fd;
	int procfs;    /* /proc, for who is alive */
	char boot[40]; /* /proc/sys/kernel/random/boot_id; "" where it can't be read */
};

/* Opens (and makes, mode 0711) $PLIMSOLL_ROOT, else /var/lib/plimsoll, for users other than root
 * $XDG_DATA_HOME/plimsoll or
 * ~/.local/share/plimsoll. An unwritable one is an error with the remedy. */
int store_open(struct store *out, struct error *err);
void store_close(struct store *store);

/* Where the folder of a container goes that nobody asks for after its command's end. In memory, which is made
 * where it is missing: $PLIMSOLL_RUN, else, unless PLIMSOLL_ROOT is set, /run/plimsoll, for users other than
 * root $XDG_RUNTIME_DIR/plimsoll; on disk where that is no tmpfs, can't be written, or is not ours. */
enum store_half store_choose(struct store *store);
const char *store_half_path(const struct store *store, enum store_half half);

enum restart_kind { RESTART_NO, RESTART_ON_FAILURE, RESTART_ALWAYS, RESTART_UNLESS_STOPPED };
enum log_driver { LOG_JSON_FILE, LOG_NONE };

/* What does not change while it lives, but by `update` (restart, and the spec's limits). Texts belong to
 * `spec`'s arena. */
struct container_config {
	const char *name;
	const char *image;   /* what it was made from, as the user said it: "/srv/rootfs" */
	uint64_t created_ns; /* CLOCK_REALTIME */
	struct spec_pairs labels;
	enum restart_kind restart;
	uint32_t restart_max; /* 0 = no bound */
	int stop_signal;
	int64_t stop_timeout; /* seconds; -1 = for ever */
	bool auto_remove;
	bool open_stdin; /* -i */
	bool init;
	bool ipc_shareable; /* another container may join its ipc namespace and /dev/shm */
	enum log_driver log_driver;
	uint64_t log_max_size; /* bytes; 0 = no rotation */
	uint32_t log_max_files;
	const char *detach_keys; /* as the user said it; NULL = ctrl-p,ctrl-q */
	const char *pidfile;	 /* absolute: written at each start; NULL = none */
	enum store_half half;	 /* for container_create: where its folder goes; in no file */
};

enum container_status {
	CONTAINER_CREATED,
	CONTAINER_RUNNING,
	CONTAINER_PAUSED,
	CONTAINER_RESTARTING,
	CONTAINER_EXITED
};

struct container_state {
	enum container_status status;
	pid_t pid;	    /* the first process, as the host counts; 0 = none */
	uint64_t pid_start; /* field 22 of /proc/PID/stat: a pid alone may be somebody else's by now */
	pid_t supervisor;
	uint64_t supervisor_start;
	char boot[40]; /* filled in by container_write_state: pids of another boot mean nothing */
	uint64_t started_ns, finished_ns; /* CLOCK_REALTIME; 0 = not */
	int exit_code;
	bool exit_known; /* false where the supervisor died before it could tell */
	bool oom_killed;
	bool stop_requested; /* a user stopped it: no restart */
	uint32_t restarts;
	char cgroup[512]; /* below each hierarchy's root; "" = none yet */
	char error[384];  /* why it could not be started */
};

struct container {
	const struct store *store; /* borrowed */
	enum store_half half;	   /* where its folder is */
	char id[CONTAINER_ID_LENGTH + 1];
	int folder;	   /* O_DIRECTORY; -1 in a brief list until container_lock or _refresh */
	char *path;	   /* absolute */
	struct spec *spec; /* owned */
	struct container_config config;
	struct container_state state; /* as last read */
	int lock;		      /* the held lock, an open file of its own on the folder, or -1 */
	bool broken; /* its files can't be read: only good for container_remove; state.error says why */
};

/* A fresh random id: 64 hexadecimal digits. */
int container_new_id(char id[CONTAINER_ID_LENGTH + 1], struct error *err);

/* Docker's rule for names: [a-zA-Z0-9][a-zA-Z0-9_.-]+, at most 128 bytes; -EINVAL otherwise. */
int container_check_name(const char *name, struct error *err);

/* A name that nobody has: "brisk-barge". */
int container_new_name(const struct store *store, char *name, size_t cap, struct error *err);

/*
 * Makes the folder of a new container with its config and spec (of which it takes ownership, also on
 * failure), status CREATED. A name that is taken is -EEXIST, said with whose it is; config->name NULL = a
 * fresh one. config is copied into the spec's arena. The folder is 0700, or 0710 for the group that is the
 * container's group 0, where a user namespace maps that to another. The caller frees it.
 */
int container_create(const struct store *store, const char *id, const struct container_config *config,
		     struct spec *spec, struct container **out, struct error *err);

/* By id, name, or a prefix of an id that only one has. -ENOENT, -EEXIST (ambiguous), or -EBADMSG where a file
 * of it is broken, which is said by name. The state is as the file has it: container_refresh corrects it. */
int container_open(const struct store *store, const char *name, struct container **out, struct error *err);

/* The same, but a broken one is opened too (c->broken), for `rm`. What could be read is filled in. */
int container_open_any(const struct store *store, const char *name, struct container **out,
		       struct error *err);

/* All of them, the newest first; those that are being made or removed at this moment are left out, a broken
 * one has an empty spec, `broken` set and its error in state.error. *list is the caller's:
 * container_list_free. */
int container_list(const struct store *store, struct container ***list, size_t *n, struct error *err);

/* The same for `ps`: spec.json is not read, of c->spec only process.args is filled in, and
 * no descriptor is kept. (container_list keeps one each: thousands need a raised RLIMIT_NOFILE.) */
int container_list_brief(const struct store *store, struct container ***list, size_t *n, struct error *err);
void container_list_free(struct container **list, size_t n);
void container_free(struct container *c);
static inline void container_freep(struct container **c)
{
	container_free(*c);
}
#define _cleanup_container_ _cleanup_(container_freep)

/* Takes the lock (waits at most timeout_ms; -EBUSY says who) and reads the state anew; -ENOENT where it was
 * removed meanwhile. container_unlock gives it back. A fork shares a held lock: it is given back for both by
 * whoever calls container_unlock first, or once both have ended; the child that shall not hold it closes
 * c->lock. Works on a broken one. */
int container_lock(struct container *c, int timeout_ms, struct error *err);
void container_unlock(struct container *c);

/* Reads state.json anew, and corrects it by who is alive: a first process that is gone with a supervisor that
 * is gone is EXITED with exit_known false; PAUSED is what the freezer says. Never writes. `layout` NULL = the
 * freezer is not looked at, PAUSED is what state.json says. */
int container_refresh(struct container *c, const struct cgroup_layout *layout, struct error *err);

/* The second half of it, for a state that was read just now (container_list). */
void container_correct(struct container *c, const struct cgroup_layout *layout);

/* Writes state.json by rename; the lock must be held. */
int container_write_state(struct container *c, struct error *err);

/* Writes spec.json and config.json anew (`update`); the lock must be held. */
int container_write_spec(struct container *c, struct error *err);

/* Whether the process with this pid and start time lives; a zombie does not. */
bool process_lives(int procfs, pid_t pid, uint64_t start);
/* Its start time (field 22 of stat), or 0. */
uint64_t process_start(int procfs, pid_t pid);

/* Removes the folder and the name: the last step of rm. The lock must be held; the container must not run
 * (its processes and cgroups are the caller's to end before). Works on a broken one. Nothing below it is
 * followed or crossed: a mount that this process sees in it is -EBUSY, and nothing has been removed. Where
 * some of it can't be removed the container is gone all the same, the error names the folder that is left,
 * and store_clean tries again. A writable layer that other users own (rootless) is removed inside of a user
 * namespace with the spec's id maps. */
int container_remove(struct container *c, struct error *err);

/* Removes what a crash left: folders half-made or half-removed that nobody holds the lock of, and names that
 * lead nowhere. The first error, after trying all. */
int store_clean(const struct store *store, struct error *err);

const char *container_status_name(
	enum container_status status);		  /* "created", "running", "paused", "restarting", "exited" */
const char *restart_name(enum restart_kind kind); /* "on-failure" */
int restart_parse(const char *text, enum restart_kind *kind, uint32_t *max,
		  struct error *err); /* "on-failure:3" */
