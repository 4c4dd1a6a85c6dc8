/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that no single file has: processes and their tasks, namespaces, networks, layers, lifetimes. */
#include "parity.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct process_figures {
	uint64_t processes;
	uint64_t run, wait, switches;
	uint64_t running, sleeping, stopped, uninterruptible, zombie;
	uint64_t descriptors, sockets;
};

void process_free(struct process_figures *p)
{
	free(p);
}

static unsigned long pid_name(const struct dirent *entry)
{
	char *end;
	unsigned long pid = strtoul(entry->d_name, &end, 10);

	return *end == '\0' ? pid : 0;
}

static void count_state(char state, struct process_figures *p)
{
	p->running += state == 'R';
	p->sleeping += state == 'S' || state == 'I';
	p->stopped += state == 'T' || state == 't';
	p->uninterruptible += state == 'D';
	p->zombie += state == 'Z' || state == 'X';
}

static void count_task(const char *folder, struct process_figures *p)
{
	char path[600];
	unsigned long long run;
	unsigned long long wait;
	unsigned long long switches;
	char line[512] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/schedstat", folder);
	f = fopen(path, "re");
	if (f && fscanf(f, "%llu %llu %llu", &run, &wait, &switches) == 3) {
		p->run += run;
		p->wait += wait;
		p->switches += switches;
	}
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "%s/stat", folder);
	f = fopen(path, "re");
	if (f && fgets(line, sizeof(line), f) && strrchr(line, ')'))
		count_state(strrchr(line, ')')[2], p);
	if (f)
		fclose(f);
}

static void count_process(unsigned long pid, struct process_figures *p)
{
	const struct dirent *entry;
	char path[400];
	DIR *dir;

	p->processes++;
	snprintf(path, sizeof(path), "/proc/%lu/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (!pid_name(entry))
			continue;
		snprintf(path, sizeof(path), "/proc/%lu/task/%s", pid, entry->d_name);
		count_task(path, p);
	}
	if (dir)
		closedir(dir);
	snprintf(path, sizeof(path), "/proc/%lu/fd", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		char target[16] = "";

		if (*entry->d_name == '.')
			continue;
		p->descriptors++;
		if (readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1) > 0)
			p->sockets += strncmp(target, "socket:", 7) == 0;
	}
	if (dir)
		closedir(dir);
}

/* Processes of a folder and those below; counts them into p where there is one, and returns the first. */
static unsigned long walk(const char *folder, struct process_figures *p)
{
	char path[1400];
	const struct dirent *entry;
	unsigned long first = 0;
	unsigned long pid;
	FILE *f;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	f = fopen(path, "re");
	while (f && fscanf(f, "%lu", &pid) == 1) {
		first = first ? first : pid;
		if (p)
			count_process(pid, p);
	}
	if (f)
		fclose(f);
	dir = opendir(folder);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || *entry->d_name == '.')
			continue;
		snprintf(path, sizeof(path), "%.1000s/%.255s", folder, entry->d_name);
		pid = walk(path, p);
		first = first ? first : pid;
	}
	if (dir)
		closedir(dir);
	return first;
}

/* In the v2 hierarchy, or where that has none of them (or is not there) in one of v1. */
static unsigned long walk_subject(const struct look *l, struct process_figures *p, bool *known)
{
	unsigned long first = 0;

	*known = false;
	for (int version = 2; version >= 1 && !first; version--) {
		for (size_t i = 0; i < l->view->n && !first; i++) {
			char folder[1200] = "";

			if (l->view->hierarchies[i].version == version)
				subject_folder(l->subject, &l->view->hierarchies[i], folder, sizeof(folder));
			if (!*folder)
				continue;
			*known = true;
			first = walk(folder, p);
		}
	}
	return first;
}

uint32_t process_first(struct look *l)
{
	char path[64];
	bool known;

	if (l->subject->is_root)
		return 1;
	snprintf(path, sizeof(path), "/proc/%u/stat", l->subject->init_pid);
	if (l->subject->init_pid && access(path, F_OK) == 0)
		return l->subject->init_pid;
	return (uint32_t)walk_subject(l, NULL, &known);
}

static const struct process_figures *processes_of(struct look *l)
{
	if (l->processes)
		return l->processes;
	l->processes = calloc(1, sizeof(*l->processes));
	if (!l->processes)
		abort();
	(void)walk_subject(l, l->processes, &l->processes_known);
	return l->processes;
}

/* --- rows --- */

static uint64_t namespace_inode(uint32_t pid, const char *kind)
{
	char path[64];
	char target[64] = "";
	unsigned long long inode = 0;

	snprintf(path, sizeof(path), "/proc/%u/ns/%s", pid, kind);
	if (readlink(path, target, sizeof(target) - 1) > 0 && strchr(target, '['))
		inode = strtoull(strchr(target, '[') + 1, NULL, 10);
	return inode;
}

/* The host's namespaces are PID 1's; a kernel thread is in the same, and may be looked at where PID 1 may
 * not. */
static uint64_t namespace_of(const struct look *l, const char *kind)
{
	uint64_t inode = namespace_inode(l->pid, kind);

	return inode || !l->subject->is_root ? inode : namespace_inode(2, kind);
}

static bool has_host_network(const struct look *l)
{
	uint64_t host = namespace_inode(1, "net") ? namespace_inode(1, "net") : namespace_inode(2, "net");

	return namespace_inode(l->pid, "net") == host;
}

static bool sum_row(struct look *l, enum metric_id id, struct figures *out)
{
	const struct process_figures *p = processes_of(l);
	const struct {
		enum metric_id id;
		uint64_t value;
	} rows[] = {
		{METRIC_PROCESSES, p->processes},   {METRIC_SCHED_RUN, p->run},
		{METRIC_SCHED_RUNQUEUE, p->wait},   {METRIC_SCHED_PERIODS, p->switches},
		{METRIC_TASKS_RUNNING, p->running}, {METRIC_TASKS_SLEEPING, p->sleeping},
		{METRIC_TASKS_STOPPED, p->stopped}, {METRIC_TASKS_UNINTERRUPTIBLE, p->uninterruptible},
		{METRIC_TASKS_ZOMBIE, p->zombie},   {METRIC_FILE_DESCRIPTORS, p->descriptors},
		{METRIC_SOCKETS, p->sockets},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].id != id)
			continue;
		if (l->processes_known)
			figures_number(out, "", rows[i].value);
		return true;
	}
	return false;
}

static bool namespace_row(struct look *l, enum metric_id id, struct figures *out)
{
	/* in the table's order */
	static const char *const kinds[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};

	if (id < METRIC_NS_CGROUP || id > METRIC_NS_UTS)
		return false;
	out->absent = "no process";
	if (l->pid && namespace_of(l, kinds[id - METRIC_NS_CGROUP]))
		figures_number(out, "", namespace_of(l, kinds[id - METRIC_NS_CGROUP]));
	return true;
}

/* The network is shown by whoever has one of its own, and by the root. */
static bool network_row(struct look *l, enum metric_id id, struct figures *out)
{
	const struct metric_place *place = &metrics[id].v2;
	const char *text;
	char path[64];

	if (place->kind != PLACE_PID)
		return false;
	out->absent = "it has no network of its own";
	if (!l->pid || (!l->subject->is_root && has_host_network(l)))
		return true;
	snprintf(path, sizeof(path), "/proc/%u/%s", l->pid, place->file);
	text = look_text(l, path);
	out->absent = "no such file here";
	if (text && strcmp(place->file, "net/dev") == 0)
		pick_interface(text, place->key, out);
	else if (text)
		pick_sockets(text, place->key, out);
	for (size_t i = 0; i < out->n; i++)
		out->at[i].value = strtoull(out->at[i].text, NULL, 10);
	return true;
}

static uint64_t layer_blocks;
static dev_t layer_device;

static int add_blocks(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)path;
	(void)kind;
	if (ftw->level > 0 && st->st_dev == layer_device)
		layer_blocks += (uint64_t)st->st_blocks / (S_ISDIR(st->st_mode) ? 1 : (uint64_t)st->st_nlink);
	return 0;
}

static bool layer_row(struct look *l, enum metric_id id, struct figures *out)
{
	const char *layer = l->subject->layer;
	struct statvfs fs;
	struct stat st;
	char device[32];

	if (metrics[id].group != GROUP_fs)
		return false;
	out->absent = "it has no writable layer";
	if (!l->subject->is_container || !*layer || stat(layer, &st) < 0 || statvfs(layer, &fs) < 0)
		return true;
	snprintf(device, sizeof(device), "%u:%u", major(st.st_dev), minor(st.st_dev));
	layer_blocks = 0;
	layer_device = st.st_dev;
	if (id == METRIC_FS_USAGE && nftw(layer, add_blocks, 16, FTW_PHYS) == 0)
		figures_number(out, device, layer_blocks * 512);
	else if (id == METRIC_FS_LIMIT)
		figures_number(out, device, (uint64_t)fs.f_blocks * fs.f_frsize);
	else if (id == METRIC_FS_INODES)
		figures_number(out, device, fs.f_files);
	else if (id == METRIC_FS_INODES_FREE)
		figures_number(out, device, fs.f_ffree);
	return true;
}

static unsigned guards_of(const char *folder)
{
	union bpf_attr attr;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned count;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	count = fd >= 0 && syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) == 0 ? attr.query.prog_cnt
										      : 0;
	if (fd >= 0)
		close(fd);
	return count;
}

/* Where v1's devices controller does not say it: a BPF program on the cgroup or above. */
static bool guard_row(struct look *l, enum metric_id id, struct figures *out)
{
	const struct view_hierarchy *v1 = view_find(l->view, 1, "devices");
	const struct view_hierarchy *v2 = view_find(l->view, 2, "core");
	char folder[1200] = "";
	unsigned guards = 0;

	if (id != METRIC_DEVICES_RESTRICTED)
		return false;
	if (v1)
		subject_folder(l->subject, v1, folder, sizeof(folder));
	if (*folder || !v2)
		return false;
	subject_folder(l->subject, v2, folder, sizeof(folder));
	if (!*folder)
		return false;
	while (strlen(folder) >= strlen(v2->mount)) {
		guards += guards_of(folder);
		*strrchr(folder, '/') = '\0';
	}
	figures_number(out, "", guards > 0);
	return true;
}

bool process_row(struct look *l, enum metric_id id, struct figures *out)
{
	if (id == METRIC_LAST_SEEN || id == METRIC_START_TIME) {
		figures_number(out, "", l->when_ns);
		return true;
	}
	return sum_row(l, id, out) || namespace_row(l, id, out) || network_row(l, id, out) ||
	       layer_row(l, id, out) || guard_row(l, id, out);
}
