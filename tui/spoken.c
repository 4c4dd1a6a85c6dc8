/* SPDX-License-Identifier: Apache-2.0 */
#include "spoken.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "fatal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* One that never stops talking fills no memory: it starts over beyond this. */
#define SPOKEN_MAX (64 << 10)

int spoken_open(struct spoken *s)
{
	_cleanup_close_ int real = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	_cleanup_close_ int file = memfd_create("stderr", MFD_CLOEXEC);

	*s = (struct spoken){.real = -1, .file = -1};
	if (real < 0 || file < 0)
		return -errno;
	/* Appending: it may be cut to nothing while somebody writes. */
	if (fcntl(file, F_SETFL, O_APPEND) < 0 || dup2(file, STDERR_FILENO) < 0)
		return -errno;
	s->real = TAKE_FD(real);
	s->file = TAKE_FD(file);
	fatal_set_stderr(s->real);
	return 0;
}

static int64_t size_of(const struct spoken *s)
{
	struct stat st;

	return s->file >= 0 && fstat(s->file, &st) == 0 ? st.st_size : 0;
}

bool spoken_news(struct spoken *s, struct str *out)
{
	int64_t size = size_of(s);
	char line[256];
	ssize_t n;

	if (size <= s->heard)
		return false;
	n = pread(s->file, line, sizeof(line), s->heard);
	s->heard = size;
	if (size > SPOKEN_MAX && ftruncate(s->file, 0) == 0)
		s->heard = 0;
	if (n <= 0)
		return false;
	for (ssize_t i = 0; i < n && line[i] != '\n'; i++)
		str_char(out, line[i]);
	return out->len > 0;
}

void spoken_close(struct spoken *s)
{
	_cleanup_close_ int file = s->file;
	_cleanup_close_ int real = s->real;
	_cleanup_free_ char *said = NULL;
	int64_t size = size_of(s);

	if (s->real < 0)
		return;
	fatal_set_stderr(-1);
	dup2(real, STDERR_FILENO);
	if (size > 0 && size <= 2 * SPOKEN_MAX && (said = malloc((size_t)size))) {
		ssize_t n = fs_pread(file, said, (size_t)size);

		if (n > 0)
			fs_write(real, said, (size_t)n);
	}
	*s = (struct spoken){.real = -1, .file = -1};
}
