/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a folder of the test's own. */
#pragma once

#include "base/cleanup.h"
#include "runtime/container.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct scratch {
	char path[64];
	struct store store;
};

static inline int scratch_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int scratch_open(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	snprintf(s->path, sizeof(s->path), "/tmp/plimsoll-test-XXXXXX");
	assert_non_null(mkdtemp(s->path));
	assert_int_equal(setenv("PLIMSOLL_ROOT", s->path, 1), 0);
	assert_int_equal(store_open(&s->store, NULL), 0);
	*state = s;
	return 0;
}

static inline int scratch_close(void **state)
{
	struct scratch *s = *state;

	store_close(&s->store);
	assert_int_equal(nftw(s->path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(s);
	return 0;
}

/* -errno or 0; *out may be NULL */
static inline int scratch_create(const struct scratch *s, const char *name, struct container **out,
				 struct error *err)
{
	struct container_config config = {
		.name = name, .image = "/srv", .created_ns = 7, .stop_signal = 15, .stop_timeout = 10};
	struct spec *spec = spec_new();
	struct container *c = NULL;
	char id[CONTAINER_ID_LENGTH + 1];
	int r;

	if (!spec || spec_set_defaults(spec, false) < 0 ||
	    spec_texts_add(spec, &spec->process.args, "/bin/true") < 0 || container_new_id(id, NULL) < 0)
		abort();
	spec->root.path = "/srv";
	r = container_create(&s->store, id, &config, spec, &c, err);
	if (r == 0 && out)
		*out = c;
	else
		container_free(c);
	return r;
}

/* One that is there for sure. */
static inline struct container *scratch_made(const struct scratch *s, const char *name)
{
	struct container *c = NULL;

	assert_int_equal(scratch_create(s, name, &c, NULL), 0);
	if (!c)
		abort(); /* for analyzers, which take it that an assertion goes on */
	return c;
}

/* Entries below the store's folder, besides "." and "..". */
static inline size_t scratch_count(const struct scratch *s, const char *folder)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	char path[128];
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/%s", s->path, folder);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	return n;
}
