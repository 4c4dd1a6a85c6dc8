/* SPDX-License-Identifier: Apache-2.0 */
#include "demo_store.h"

#include "base/cleanup.h"
#include "base/parse.h"
#include "runtime/life.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "demo"

void demo_owner(const struct store *store, char owner[DEMO_OWNER_SIZE])
{
	snprintf(owner, DEMO_OWNER_SIZE, "%d:%llu", (int)getpid(),
		 (unsigned long long)process_start(store->procfs, getpid()));
}

static const char *label_of(const struct container *c)
{
	for (size_t i = 0; i < c->config.labels.n; i++)
		if (strcmp(c->config.labels.at[i].key, DEMO_LABEL) == 0)
			return c->config.labels.at[i].value;
	return NULL;
}

static bool owner_lives(const struct store *store, const char *owner)
{
	struct slice rest = slice_of(owner);
	struct slice word;
	uint64_t pid;
	uint64_t start;

	return next_word(&rest, ":", &word) && parse_u64(word, &pid) == 0 && next_word(&rest, ":", &word) &&
	       parse_u64(word, &start) == 0 && pid > 0 && pid <= INT32_MAX &&
	       process_lives(store->procfs, (pid_t)pid, start);
}

/* Whether it is to go: 1, 0, or -EBUSY where it belongs to a demo that runs. */
static int is_left(const struct store *store, const struct container *c, const char *owner, struct error *err)
{
	const char *label = label_of(c);

	if (!label)
		return 0;
	if (owner)
		return strcmp(label, owner) == 0;
	if (owner_lives(store, label))
		return error_set(err, -EBUSY, "end it first, or look on with 'plimsoll stats'",
				 "a demo runs already: its process is %.*s", (int)strcspn(label, ":"), label);
	return 1;
}

/* Ends and removes them. errs has room for one each. The first error. */
static int remove_left(struct container **left, size_t n, const struct host *host, struct error *errs,
		       struct error *err)
{
	life_remove_all(left, n, host, true, errs);
	for (size_t i = 0; i < n; i++) {
		/* --rm: its supervisor may have been quicker */
		if (errs[i].code < 0 && errs[i].code != -ENOENT) {
			if (err)
				*err = errs[i];
			return errs[i].code;
		}
	}
	return 0;
}

static int remove_those(const struct store *store, const struct host *host, const char *owner,
			struct container **list, size_t n, struct error *err)
{
	_cleanup_free_ struct container **left = calloc(n, sizeof(struct container *));
	_cleanup_free_ struct error *errs = calloc(n, sizeof(*errs));
	size_t n_left = 0;

	if (!left || !errs)
		return error_errno(err, -ENOMEM, "", "cannot clean up");
	for (size_t i = 0; i < n; i++) {
		int r = is_left(store, list[i], owner, err);

		if (r < 0)
			return r;
		if (r > 0)
			left[n_left++] = list[i];
	}
	return n_left ? remove_left(left, n_left, host, errs, err) : 0;
}

static int remove_containers(const struct store *store, const struct host *host, const char *owner,
			     struct error *err)
{
	struct container **list = NULL;
	size_t n = 0;
	int r = container_list(store, &list, &n, err);

	if (r < 0)
		return r;
	r = n ? remove_those(store, host, owner, list, n, err) : 0;
	container_list_free(list, n);
	return r;
}

static int remove_files(const struct store *store, struct error *err)
{
	int r = 0;
	char path[128];

	for (unsigned i = 0; i < DEMO__COUNT; i++) {
		const char *name = demo_name((enum demo_load)i);
		const char *file = demo_file((enum demo_load)i);

		snprintf(path, sizeof(path), FOLDER "/%s/%s", name, file ? file : "");
		if (file && unlinkat(store->fd, path, 0) < 0 && errno != ENOENT)
			r = -errno;
		snprintf(path, sizeof(path), FOLDER "/%s", name);
		if (unlinkat(store->fd, path, AT_REMOVEDIR) < 0 && errno != ENOENT)
			r = -errno;
	}
	if (unlinkat(store->fd, FOLDER, AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	return r < 0 ? error_errno(err, r, "remove it by hand", "cannot remove '%s/" FOLDER "'", store->path)
		     : 0;
}

int demo_clean(const struct store *store, const struct host *host, const char *owner, struct error *err)
{
	int r = remove_containers(store, host, owner, err);

	/* files that a container still writes are left to the next demo */
	return r < 0 ? r : remove_files(store, err);
}

int demo_folder(const struct store *store, enum demo_load load, char *path, size_t cap, struct error *err)
{
	char below[128];
	int n = snprintf(path, cap, "%s/" FOLDER "/%s", store->path, demo_name(load));

	if (n < 0 || (size_t)n >= cap)
		return error_errno(err, -ENAMETOOLONG, "", "cannot make a folder in '%s'", store->path);
	snprintf(below, sizeof(below), FOLDER "/%s", demo_name(load));
	if ((mkdirat(store->fd, FOLDER, 0700) < 0 && errno != EEXIST) ||
	    (mkdirat(store->fd, below, 0700) < 0 && errno != EEXIST))
		return error_errno(err, -errno, "", "cannot make '%s'", path);
	return 0;
}
