/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the readers of runtimes' metadata share: an identity that is being filled in, and hardened JSON. All
 * that they read is somebody else's: a field of a wrong type, or too large, is left out, and the rest is
 * kept.
 */
#pragma once

#include "base/arena.h"
#include "base/cleanup.h"
#include "model/identity.h"

#include <json-c/json.h>
#include <sys/stat.h>

/*
 * Caps. A file beyond FILE_MAX or TOKENS_MAX is not parsed at all; a name beyond TEXT_MAX, and a label whose
 * key or value is beyond its cap, is left out. A hostile file costs json-c at most 64 MB beyond its size:
 * TOKENS_MAX counts 16 for an object, 8 for an array, 1 for another value.
 */
#define META_FILE_MAX ((size_t)32 << 20)
#define META_TOKENS_MAX 500000U
#define META_DEPTH_MAX 32
#define META_TEXT_MAX 1024U
#define META_LABEL_KEY_MAX 1024U
#define META_LABEL_VALUE_MAX 4096U
#define META_LABELS_MAX 256U

/* An identity under construction. Zero-initialise it; meta_free releases it. */
struct meta {
	struct identity who; /* strings live in the arena; NULL = not known */
	struct label *labels;
	size_t cap_labels;
	struct arena arena;
	bool failed; /* memory was short */
};

void meta_free(struct meta *m);
#define _cleanup_meta_ _cleanup_(meta_free)

/* Sets *field (of m->who) unless it is set already, or text is empty or beyond META_TEXT_MAX. A NUL becomes
 * U+FFFD. */
void meta_text(struct meta *m, const char **field, struct slice text);

/* As meta_text, from a terminated string that is ours; an earlier value goes. */
void meta_set(struct meta *m, const char **field, const char *text);

/* Adds a label, within the caps. */
void meta_label(struct meta *m, struct slice key, struct slice value);

/* Takes what a well-known label or annotation says (Kubernetes', CRI's, cri-o's, nerdctl's). False: it is
 * none of those. */
bool meta_known_key(struct meta *m, const char *key, struct slice value);

/* Every string member of object as a label and by meta_known_key; object may be NULL or of another type. */
void meta_labels(struct meta *m, struct json_object *object);

/* Last: what follows from the labels and the other fields (compose, the name of a Kubernetes container). */
void meta_finish(struct meta *m);

/* --- JSON --- */
static inline void json_freep(struct json_object **object)
{
	json_object_put(*object);
}
#define _cleanup_json_ _cleanup_(json_freep)

/* Parses text; the caller puts *out. 0, -EINVAL (not JSON, or too deep), -E2BIG (beyond the caps) or -ENOMEM.
 */
int meta_json(struct slice text, struct json_object **out);

/* A member of an object; NULL where it is absent, or object is NULL or no object. */
struct json_object *json_member(struct json_object *object, const char *key);

/* A string member; {"", 0} where it is absent or of another type. It may hold NULs and broken UTF-8. */
struct slice json_text(struct json_object *object, const char *key);

/* An integer member ≥ 0; 0 where it is absent, of another type, or out of range. */
uint64_t json_u64(struct json_object *object, const char *key, uint64_t max);

/* RFC 3339 in nanoseconds since the epoch; 0 where it is malformed, before 1970 (Go's zero time) or after
 * 2262. */
uint64_t meta_time(struct slice text);

/* --- files --- */
/* Tells whether a file was changed or replaced. */
struct meta_stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified;
	struct timespec changed;
};
bool meta_stamp_equal(const struct meta_stamp *a, const struct meta_stamp *b);

/* 0 or -errno; of a link it is the link's. */
int meta_stat(int dirfd, const char *path, struct meta_stamp *out);

/* As meta_stat, of an absolute path inside rootfs whose folders may be links. */
int meta_stat_in_root(int rootfs, const char *path, struct meta_stamp *out);

/*
 * Reads path below dirfd, of which symbolic links can't lead out (RESOLVE_IN_ROOT); *text is terminated and
 * the caller frees it. stamp may be NULL. 0, -EFBIG beyond META_FILE_MAX, -EINVAL where it is no regular
 * file, or -errno.
 */
int meta_read(int dirfd, const char *path, char **text, size_t *len, struct meta_stamp *stamp);
