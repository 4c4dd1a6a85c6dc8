/* SPDX-License-Identifier: Apache-2.0 */
#include "rotate.h"

#include "base/cleanup.h"
#include "base/parse.h"
#include "limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *rotated_name(const char *path, unsigned number)
{
	char *name;
	int n = number ? asprintf(&name, "%s.%u", path, number) : asprintf(&name, "%s", path);

	return n < 0 ? NULL : name;
}

static int move(const char *path, unsigned from, unsigned to, struct error *err)
{
	_cleanup_free_ char *old = rotated_name(path, from);
	_cleanup_free_ char *fresh = rotated_name(path, to);

	if (!old || !fresh)
		return error_errno(err, -ENOMEM, "", "cannot rotate '%s'", path);
	if (rename(old, fresh) < 0 && (errno != ENOENT || from == 0))
		return error_errno(err, -errno, "", "cannot rename '%s' to '%s'", old, fresh);
	return 0;
}

int rotate_files(const char *path, unsigned keep, struct error *err)
{
	int r = 0;

	for (unsigned i = keep; r == 0 && i > 0; i--)
		r = move(path, i - 1, i, err);
	return r;
}

static int compare_numbers(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a;
	unsigned y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

/* The number behind `name` and a dot; 0 where it is none of its files. */
static unsigned number_of(const char *entry, const char *name)
{
	size_t len = strlen(name);
	uint64_t number;

	if (strncmp(entry, name, len) != 0 || entry[len] != '.' || entry[len + 1] == '0' ||
	    parse_u64(slice_of(entry + len + 1), &number) < 0 || number > INT32_MAX)
		return 0;
	return (unsigned)number;
}

static int collect(DIR *dir, const char *name, unsigned **numbers, size_t *n)
{
	const struct dirent *entry;

	while ((entry = readdir(dir))) {
		unsigned number = number_of(entry->d_name, name);
		unsigned *more;

		if (!number)
			continue;
		more = reallocarray(*numbers, *n + 1, sizeof(**numbers));
		if (!more)
			return -ENOMEM;
		more[(*n)++] = number;
		*numbers = more;
	}
	return 0;
}

int rotated_files(const char *path, unsigned **numbers, size_t *n)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	_cleanup_free_ unsigned *found = NULL;
	_cleanup_closedir_ DIR *dir = folder ? opendir(folder) : NULL;
	size_t count = 0;
	int r;

	if (!folder)
		return -ENOMEM;
	if (!dir)
		return -errno;
	r = collect(dir, slash ? slash + 1 : path, &found, &count);
	if (r < 0)
		return r;
	if (count)
		qsort(found, count, sizeof(*found), compare_numbers);
	count = count < LIMIT_FILES ? count : LIMIT_FILES;
	for (size_t i = 0; i < count / 2; i++) {
		unsigned other = found[count - 1 - i];

		found[count - 1 - i] = found[i];
		found[i] = other;
	}
	*numbers = TAKE_PTR(found);
	*n = count;
	return 0;
}
