/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of a test's own, to build a host in. A failure of these is a failure of the test. */
#pragma once

#include <stddef.h>

struct scratch {
	char path[64];
	int fd;
};

void scratch_make(struct scratch *s);
void scratch_remove(struct scratch *s);

/* Writes a file below it by rename, as runtimes do, with the folders on its way. */
void scratch_put(struct scratch *s, const char *path, const char *text);
void scratch_put_bytes(struct scratch *s, const char *path, const char *bytes, size_t len);
void scratch_link(struct scratch *s, const char *path, const char *target);
void scratch_mkdir(struct scratch *s, const char *path);
void scratch_drop(struct scratch *s, const char *path);

/* A file of tests/fixtures/, which the caller frees. */
char *fixture_read(const char *path, size_t *len);

/* Opens a folder of tests/fixtures/. */
int fixture_open(const char *path);
