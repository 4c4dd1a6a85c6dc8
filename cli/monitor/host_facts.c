/* SPDX-License-Identifier: Apache-2.0 */
#include "host_facts.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/resource.h>

#define SMALL_FILE 65536

/* A file's only number; 0 where there is none. */
static uint64_t read_number(int dirfd, const char *path)
{
	_cleanup_free_ char *text = NULL;
	uint64_t value = 0;
	struct slice rest;
	struct slice word;

	if (fs_read_file(dirfd, path, SMALL_FILE, &text, NULL) < 0)
		return 0;
	rest = slice_of(text);
	if (next_word(&rest, " \n", &word))
		parse_u64(word, &value);
	return value;
}

static uint32_t read_controllers(int dirfd, const char *path)
{
	_cleanup_free_ char *text = NULL;
	uint32_t bits = 0;
	struct slice rest;
	struct slice word;

	if (fs_read_file(dirfd, path, SMALL_FILE, &text, NULL) < 0)
		return 0;
	rest = slice_of(text);
	while (next_word(&rest, " \n", &word)) {
		char name[32];

		snprintf(name, sizeof(name), "%.*s", (int)word.len, word.at);
		if (controller_find(name) < CONTROLLER__COUNT)
			bits |= 1U << controller_find(name);
	}
	return bits;
}

static uint64_t read_swap(int procfs)
{
	_cleanup_free_ char *text = NULL;
	struct slice rest;
	struct slice line;
	uint64_t kib = 0;

	if (fs_read_file(procfs, "meminfo", SMALL_FILE, &text, NULL) < 0)
		return 0;
	rest = slice_of(text);
	while (next_line(&rest, &line)) {
		struct slice word;

		if (next_word(&line, " ", &word) && slice_is(word, "SwapTotal:") &&
		    next_word(&line, " ", &word) && parse_u64(word, &kib) == 0)
			return kib * 1024;
	}
	return 0;
}

static bool has_file(int dirfd, const char *name)
{
	return faccessat(dirfd, name, F_OK, 0) == 0;
}

const struct hierarchy *host_facts_home(const struct host_facts *f, enum controller c)
{
	int8_t home = f->layout->home[c];

	return home < 0 ? NULL : &f->layout->hierarchies[home];
}

/* The v2 root has no memory files of its own; any child that the controller is enabled for tells. */
static void look_at_children(struct host_facts *f, int fd)
{
	_cleanup_close_ int again = fs_open_dir(fd, ".");
	_cleanup_closedir_ DIR *dir = again >= 0 ? fdopendir(again) : NULL;
	const struct dirent *entry;

	if (!dir)
		return;
	TAKE_FD(again);
	while ((entry = readdir(dir))) {
		_cleanup_close_ int child = -1;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		child = fs_open_dir(dirfd(dir), entry->d_name);
		if (child < 0 || !has_file(child, "memory.current"))
			continue;
		f->memory_peak = has_file(child, "memory.peak") ? KNOWN_YES : KNOWN_NO;
		f->swap_accounting = has_file(child, "memory.swap.current") ? KNOWN_YES : KNOWN_NO;
		return;
	}
}

static void look_at_memory(struct host_facts *f)
{
	const struct hierarchy *h = host_facts_home(f, CONTROLLER_MEMORY);

	if (!h)
		return;
	if (h->version == 2) {
		look_at_children(f, h->fd);
		return;
	}
	f->memory_peak = has_file(h->fd, "memory.max_usage_in_bytes") ? KNOWN_YES : KNOWN_NO;
	f->swap_accounting = has_file(h->fd, "memory.memsw.usage_in_bytes") ? KNOWN_YES : KNOWN_NO;
}

static void look_at_cgroups(struct host_facts *f, struct source *source)
{
	f->layout = collector_layout(source);
	collector_status(source, &f->status);
	collector_offers(f->layout, &f->offers);
	f->n_folders = collector_metadata_folders(source, f->folders, FOLDERS_MAX);
	look_at_memory(f);
	for (size_t i = 0; i < f->layout->n_hierarchies; i++) {
		const struct hierarchy *h = &f->layout->hierarchies[i];

		if (h->version != 2)
			continue;
		f->v2_available = read_controllers(h->fd, "cgroup.controllers");
		f->v2_enabled = read_controllers(h->fd, "cgroup.subtree_control");
	}
}

static bool has_capability(cap_t caps, cap_value_t which)
{
	cap_flag_value_t value = CAP_CLEAR;

	return caps && cap_get_flag(caps, which, CAP_EFFECTIVE, &value) == 0 && value == CAP_SET;
}

static void look_at_privileges(struct host_facts *f)
{
	cap_t caps = cap_get_proc();
	struct rlimit files;

	f->is_root = geteuid() == 0;
	f->may_read_all = has_capability(caps, CAP_DAC_READ_SEARCH) || has_capability(caps, CAP_DAC_OVERRIDE);
	f->may_ptrace = has_capability(caps, CAP_SYS_PTRACE);
	cap_free(caps);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		f->files_soft = files.rlim_cur;
		f->files_hard = files.rlim_max;
	}
}

static void read_kernel(struct host_facts *f, int procfs)
{
	_cleanup_free_ char *text = NULL;

	if (fs_read_file(procfs, "sys/kernel/osrelease", SMALL_FILE, &text, NULL) == 0)
		snprintf(f->kernel, sizeof(f->kernel), "%.*s", (int)strcspn(text, "\n"), text);
}

static void look_at_procfs(struct host_facts *f, const char *path)
{
	_cleanup_close_ int procfs = fs_open_dir(AT_FDCWD, path);
	_cleanup_close_ int first = -1;

	if (procfs < 0)
		return;
	first = fs_open(procfs, "1/stat");
	f->others_hidden = first < 0;
	read_kernel(f, procfs);
	f->psi = has_file(procfs, "pressure/cpu");
	f->swap_bytes = read_swap(procfs);
	f->inotify_watches = read_number(procfs, "sys/fs/inotify/max_user_watches");
}

/* Figures that the collector has from the kernel, in any hierarchy. */
static void look_at_kernel(struct host_facts *f, struct source *source)
{
	const struct kernel *kernel = collector_kernel(source);
	struct metric_set all = {0};

	for (size_t h = 0; kernel && h < f->layout->n_hierarchies; h++) {
		struct metric_set offered;

		kernel_offers(kernel, h, &offered);
		metric_set_unite(&all, &offered);
	}
	metric_set_foreach (id, &all)
		f->n_kernel++;
	f->kernel_there = kernel != NULL;
	if (kernel)
		kernel_status(kernel, &f->kernel_parts);
}

void host_facts_gather(struct host_facts *f, struct source *source, const struct error *why,
		       const struct cgroup_roots *roots)
{
	_cleanup_close_ int sysfs = fs_open_dir(AT_FDCWD, roots->sysfs);

	*f = (struct host_facts){0};
	if (source)
		look_at_cgroups(f, source);
	else
		f->cgroups_error = *why;
	look_at_privileges(f);
	look_at_procfs(f, roots->procfs);
	if (source)
		look_at_kernel(f, source);
	f->btf = sysfs >= 0 && has_file(sysfs, "kernel/btf/vmlinux");
}
