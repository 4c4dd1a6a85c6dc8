/* SPDX-License-Identifier: Apache-2.0 */
/* The real host, as the flags' values ask for it. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "runtime/value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX ((size_t)4 << 20)

static int real_status(void *context, const char *path, struct stat *out)
{
	(void)context;
	return stat(path, out) < 0 ? -errno : 0;
}

static int real_children(void *context, const char *folder, struct spec *spec, struct spec_texts *names)
{
	_cleanup_closedir_ DIR *dir = opendir(folder);
	const struct dirent *entry;

	(void)context;
	if (!dir)
		return -errno;
	while ((errno = 0, entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (entry->d_type == DT_LNK)
			continue; /* /dev/fd, /dev/disk/by-id: other names of what is there already */
		if (spec_texts_add(spec, names, entry->d_name) < 0)
			return -ENOMEM;
	}
	return -errno;
}

/* A partition's folder lies inside of its disk's. */
static int real_disk(void *context, uint32_t *major_number, uint32_t *minor_number)
{
	_cleanup_free_ char *text = NULL;
	char path[96];
	struct slice rest;
	struct slice word;
	uint64_t numbers[2];
	size_t len;
	int r;

	(void)context;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", *major_number, *minor_number);
	if (access(path, F_OK) < 0)
		return 0;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", *major_number, *minor_number);
	r = fs_read_file(AT_FDCWD, path, 64, &text, &len);
	if (r < 0)
		return r;
	rest = (struct slice){text, len};
	for (size_t i = 0; i < 2; i++)
		if (!next_word(&rest, ":\n", &word) || parse_u64(word, &numbers[i]) < 0 ||
		    numbers[i] > UINT32_MAX)
			return -EINVAL;
	*major_number = (uint32_t)numbers[0];
	*minor_number = (uint32_t)numbers[1];
	return 0;
}

static int real_read(void *context, const char *path, char **text, size_t *len)
{
	(void)context;
	return fs_read_file(AT_FDCWD, path, FILE_MAX, text, len);
}

struct value_host value_host_real(const char *cwd, const char *const *environment)
{
	return (struct value_host){
		.cwd = cwd,
		.environment = environment,
		.status = real_status,
		.children = real_children,
		.disk = real_disk,
		.read = real_read,
	};
}
