/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "runtime/container.h"

#include <stdio.h>
#include <string.h>

/* proc_pid_stat(5): the command in parentheses may hold anything, so fields are counted from the last ')'. */
#define STATE_FIELD 3
#define START_FIELD 22

static bool read_stat(int procfs, pid_t pid, char *state, uint64_t *start)
{
	_cleanup_close_ int fd = -1;
	char path[32];
	char text[1024];
	struct slice rest;
	struct slice word;
	const char *close;
	ssize_t n;

	if (pid <= 0)
		return false;
	snprintf(path, sizeof(path), "%d/stat", (int)pid);
	fd = fs_open(procfs, path);
	if (fd < 0)
		return false;
	n = fs_pread(fd, text, sizeof(text));
	if (n <= 0)
		return false;
	close = memrchr(text, ')', (size_t)n);
	if (!close)
		return false;
	rest = (struct slice){close + 1, (size_t)(text + n - (close + 1))};
	for (int field = STATE_FIELD; next_word(&rest, " \n", &word); field++) {
		if (field == STATE_FIELD)
			*state = word.at[0];
		if (field == START_FIELD)
			return parse_u64(word, start) == 0;
	}
	return false;
}

uint64_t process_start(int procfs, pid_t pid)
{
	uint64_t start = 0;
	char state;

	return read_stat(procfs, pid, &state, &start) ? start : 0;
}

bool process_lives(int procfs, pid_t pid, uint64_t start)
{
	uint64_t found = 0;
	char state = 'X';

	return start != 0 && read_stat(procfs, pid, &state, &found) && found == start && state != 'Z' &&
	       state != 'X';
}
