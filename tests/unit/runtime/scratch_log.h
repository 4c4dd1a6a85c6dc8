/* SPDX-License-Identifier: Apache-2.0 */
/* A log in a folder of the test's own. */
#pragma once

#include "base/cleanup.h"
#include "base/fs.h"
#include "runtime/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct scratch_log {
	char path[64];
	int fd;
};

static inline int scratch_log_open(void **state)
{
	struct scratch_log *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	snprintf(s->path, sizeof(s->path), "/tmp/plimsoll-log-XXXXXX");
	assert_non_null(mkdtemp(s->path));
	s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(s->fd >= 0);
	*state = s;
	return 0;
}

static inline int scratch_log_close(void **state)
{
	struct scratch_log *s = *state;
	_cleanup_closedir_ DIR *dir = opendir(s->path);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			assert_int_equal(unlinkat(s->fd, entry->d_name, 0), 0);
	assert_int_equal(rmdir(s->path), 0);
	close(s->fd);
	free(s);
	return 0;
}

static inline struct log_writer *scratch_writer(const struct scratch_log *s, uint64_t size, uint32_t files)
{
	struct log_writer *w;

	assert_int_equal(log_writer_open(s->fd, size, files, &w, NULL), 0);
	return w;
}

static inline struct log_reader *scratch_reader(const struct scratch_log *s, uint64_t since, uint64_t until,
						int64_t tail)
{
	struct log_query query = {.since_ns = since, .until_ns = until, .tail = tail};
	struct log_reader *r;

	assert_int_equal(log_reader_open(s->fd, &query, &r, NULL), 0);
	return r;
}

static inline void expect_entry(struct log_reader *r, const char *text)
{
	struct log_entry entry;

	assert_int_equal(log_read(r, &entry), 1);
	assert_int_equal(entry.len, strlen(text));
	assert_memory_equal(entry.text, text, entry.len);
}
