/* SPDX-License-Identifier: Apache-2.0 */
#include "process_table.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/parse.h"
#include "cgroup/group.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMAND_MAX 1024
#define NAME_MAX_LEN 64 /* a kernel worker's, fs/proc/array.c; others have 15 bytes at most */

int process_table_open(const struct cgroup_layout *layout, const char *procfs, struct process_table *out,
		       struct error *err)
{
	int fd = fs_open_dir(AT_FDCWD, procfs);

	if (fd < 0)
		return error_errno(err, fd, "mount it: mount -t proc proc /proc", "cannot open '%s'", procfs);
	*out = (struct process_table){
		.layout = layout,
		.procfs = fd,
		.ticks_per_second = (uint64_t)sysconf(_SC_CLK_TCK),
		.page_size = (uint64_t)sysconf(_SC_PAGESIZE),
	};
	return 0;
}

void process_table_close(struct process_table *t)
{
	if (t->procfs >= 0)
		close(t->procfs);
	t->procfs = -1;
}

/* Fields are counted as in proc_pid_stat(5), from the state, which is the third. */
enum field {
	FIELD_STATE = 3,
	FIELD_PARENT = 4,
	FIELD_UTIME = 14,
	FIELD_STIME = 15,
	FIELD_THREADS = 20,
	FIELD_START = 22,
	FIELD_RSS = 24
};

/* The kernel writes what does not fit as a negative number. */
static uint64_t number(struct slice word)
{
	uint64_t value;

	return parse_u64(word, &value) == 0 ? value : 0;
}

static void take_field(unsigned field, struct slice word, const struct process_table *t, struct process *p)
{
	switch (field) {
	case FIELD_STATE:
		p->state = word.at[0];
		break;
	case FIELD_PARENT:
		p->parent = (int32_t)number(word);
		break;
	case FIELD_UTIME:
	case FIELD_STIME:
		p->cpu_ns += number(word) * (NSEC_PER_SEC / t->ticks_per_second);
		break;
	case FIELD_THREADS:
		p->threads = (uint32_t)number(word);
		break;
	case FIELD_START:
		p->start_ticks = number(word);
		break;
	case FIELD_RSS:
		p->memory_bytes = number(word) * t->page_size;
		break;
	default:
		break;
	}
}

bool process_parse_stat(struct slice text, const struct process_table *t, struct process *out,
			struct slice *name)
{
	const char *open = text.len ? memchr(text.at, '(', text.len) : NULL;
	const char *close = text.len ? memrchr(text.at, ')', text.len) : NULL; /* a name may hold anything */
	struct process p = *out;
	struct slice rest;
	struct slice word;
	unsigned field = FIELD_STATE;

	if (!open || !close || close < open)
		return false;
	rest = (struct slice){close + 1, text.len - (size_t)(close + 1 - text.at)};
	p.cpu_ns = 0;
	while (field <= FIELD_RSS && next_word(&rest, " \n", &word))
		take_field(field++, word, t, &p);
	if (field <= FIELD_RSS)
		return false;
	*name = (struct slice){open + 1, (size_t)(close - open - 1)};
	*out = p;
	return true;
}

/* Arguments are separated by NUL; a kernel thread and a zombie have none. */
static const char *command_of(int folder, struct slice name, struct arena *arena)
{
	char text[COMMAND_MAX];
	char brackets[NAME_MAX_LEN + 3];
	int fd = fs_open(folder, "cmdline");
	ssize_t n = fd < 0 ? 0 : fs_pread(fd, text, sizeof(text));

	if (fd >= 0)
		close(fd);
	while (n > 0 && !text[n - 1])
		n--;
	if (n <= 0) {
		snprintf(brackets, sizeof(brackets), "[%.*s]",
			 name.len < NAME_MAX_LEN ? (int)name.len : NAME_MAX_LEN, name.at);
		return arena_text(arena, slice_of(brackets));
	}
	for (ssize_t i = 0; i < n; i++)
		if (!text[i])
			text[i] = ' ';
	return arena_text(arena, (struct slice){text, (size_t)n});
}

static bool read_one(const struct process_table *t, pid_t pid, struct arena *arena, struct process *p)
{
	_cleanup_close_ int folder = -1;
	_cleanup_close_ int fd = -1;
	struct slice name;
	struct stat st;
	char text[1024];
	char path[16];
	ssize_t n;

	snprintf(path, sizeof(path), "%d", (int)pid);
	folder = fs_open_dir(t->procfs, path);
	fd = folder < 0 ? -1 : fs_open(folder, "stat");
	if (fd < 0 || fstat(folder, &st) < 0)
		return false;
	n = fs_pread(fd, text, sizeof(text));
	*p = (struct process){.pid = (int32_t)pid, .uid = st.st_uid};
	if (n <= 0 || !process_parse_stat((struct slice){text, (size_t)n}, t, p, &name))
		return false;
	p->command = command_of(folder, name, arena);
	return p->command != NULL;
}

static int find_pids(const struct process_table *t, const char *path, pid_t **pids, size_t *n,
		     struct error *err)
{
	struct cgroup_group *group;
	int r = cgroup_group_open(t->layout, path, &group, err);

	if (r < 0)
		return r;
	r = cgroup_group_pids(group, pids, n);
	cgroup_group_close(group);
	return r < 0 ? error_errno(err, r, "", "cannot list the processes of '%s'", path) : 0;
}

int process_table_read(void *context, const struct action_target *target, struct arena *arena,
		       struct process **out, size_t *n, struct error *err)
{
	const struct process_table *t = context;
	_cleanup_free_ pid_t *pids = NULL;
	struct process *list;
	size_t n_pids;
	size_t used = 0;
	int r = find_pids(t, target->path, &pids, &n_pids, err);

	if (r < 0)
		return r;
	list = arena_alloc(arena, (n_pids + 1) * sizeof(*list));
	if (!list)
		return error_errno(err, -ENOMEM, "", "cannot list the processes");
	for (size_t i = 0; i < n_pids; i++)
		used += read_one(t, pids[i], arena, &list[used]);
	*out = list;
	*n = used;
	return 0;
}
