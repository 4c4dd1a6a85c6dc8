/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about containers share with each other. */
#pragma once

#include "runtime/container.h"

#define CONTAINERS_FOLDER "containers"
#define NAMES_FOLDER "names"
#define MADE_PREFIX ".new-"
#define GONE_PREFIX ".gone-"
/* Room for "containers/.gone-ID" and its kin, and for "names/NAME". */
#define STORE_PATH_SIZE 192
#define NAME_MAX_LENGTH 128
/* Locks that are held for microseconds: who waits longer looks at a stopped process. */
#define SHORT_LOCK_MS 10000

bool container_is_id(const char *text);

/* store_memory.c: takes what the store's link leads to, or opens it for the caller. 0, the descriptor, or
 * -errno. */
int store_memory_open(struct store *store);
int store_memory_look(const struct store *store);
/* -1 where there is none. */
int store_half_fd(const struct store *store, enum store_half half);
/* Whether one of the halves has this path below it; *half (may be NULL) is which. */
bool store_holds(const struct store *store, const char *path, enum store_half *half);

/* flock(2) with a time limit (milliseconds; 0 = try once). -EWOULDBLOCK where somebody else has it. */
int flock_wait(int fd, int operation, int timeout_ms);

/* Opens (and makes) a lock file of the store and takes it: the descriptor or -errno. */
int store_lock(const struct store *store, const char *name, int operation, int timeout_ms, struct error *err);

/* Who has the flock on fd, for messages: the pid, or 0. */
pid_t flock_owner(int procfs, int fd);

/* Writes a file that nobody sees yet. */
int file_write(int folder, const char *name, struct slice text);
/* Writes name by way of ".name" and rename(2). */
int file_replace(int folder, const char *name, struct slice text);

/* Whether containers/ID is there, or its maker lives. */
bool container_exists(const struct store *store, const char *id);

/*
 * What a name's link holds: the id's first 16 digits as they are, then two characters for each three. All 64
 * digits would be more than the 59 bytes that ext4 keeps in an inode: such a link has a block of its own, and
 * making and removing it costs a tenth of a millisecond and more rather than a hundredth.
 */
#define NAME_LINK_LENGTH 48
void name_link_text(const char id[CONTAINER_ID_LENGTH + 1], char out[NAME_LINK_LENGTH + 1]);
/* Whose the name at path (below the store) is: an id, or what else the link holds. 0 or -errno of
 * readlink(2).
 */
int name_owner(const struct store *store, const char *path, char owner[STORE_PATH_SIZE]);

int name_take(const struct store *store, const char *name, const char *id, struct error *err);
/* Gives a name back if it leads to id. */
int name_release(const struct store *store, const char *name, const char *id);
/* Gives back all names that lead to id (id NULL: all that lead nowhere). */
int names_sweep(const struct store *store, const char *id);

/* Opens c->folder where it is not open. */
int container_open_folder(struct container *c, struct error *err);
/* The descriptor and the path of the half that it is in. */
static inline int container_half_fd(const struct container *c)
{
	return store_half_fd(c->store, c->half);
}
static inline const char *container_half_path(const struct container *c)
{
	return store_half_path(c->store, c->half);
}
/* Whether c->folder is still what stands at containers/ID. */
bool container_is_in_place(const struct container *c);
/* state.json into c->state. */
int container_read_state(struct container *c, struct error *err);

/* What a tree is emptied below. */
struct tree {
	int top;	  /* O_DIRECTORY */
	int procfs;	  /* /proc */
	const char *path; /* of top, for messages */
	unsigned moved;	  /* folders that were moved up, for their names */
};

/*
 * Removes everything in the folder `top`; follows no link and crosses no mount (-EBUSY). However deep the
 * tree, three descriptors are enough: a folder that is not empty is moved up to `top`, where its turn comes.
 * Goes on after a failure; the first is returned.
 */
int tree_empty(struct tree *tree, struct error *err);

/* The same inside of a user namespace with the user's ranges of ids (newuidmap(1)), for files of theirs. */
int tree_empty_mapped(struct tree *tree, struct error *err);
