/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_daemons.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "meta.h"
#include "meta_config.h"
#include "name.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_CAP 512
#define CMDLINE_MAX ((size_t)128 << 10)

struct daemon {
	uint64_t pid;
	struct slice cmdline;
	int root_fd; /* the root that it sees */
	bool foreign;
	bool has_owner;
	uint32_t owner;
};

/* --- who a process is --- */

static int process_file(int procfs, uint64_t pid, const char *file, size_t max, char **text, size_t *len)
{
	char path[64];

	snprintf(path, sizeof(path), "%llu/%s", (unsigned long long)pid, file);
	return fs_read_file(procfs, path, max, text, len);
}

/* Of a process whose root may not be looked at: does it run inside a container? */
static bool in_container(int procfs, uint64_t pid)
{
	_cleanup_free_ char *text = NULL;
	struct slice rest;
	struct slice line;
	size_t len;

	if (process_file(procfs, pid, "cgroup", CMDLINE_MAX, &text, &len) < 0)
		return true;
	rest = (struct slice){text, len};
	while (next_line(&rest, &line)) {
		const char *path = memchr(line.at, '/', line.len);
		struct cgroup_name name;

		if (!path)
			continue;
		cgroup_name_parse((struct slice){path, (size_t)(line.at + line.len - path)}, &name);
		if (name.container_depth)
			return true;
	}
	return false;
}

/* Whether the process sees the host's root; *root_fd gets another root. False: not to be believed. */
static bool find_its_root(const struct meta_folders *f, uint64_t pid, bool *foreign, int *root_fd)
{
	struct stat host;
	struct stat its;
	char path[64];

	snprintf(path, sizeof(path), "%llu/root", (unsigned long long)pid);
	if (fstat(f->rootfs, &host) < 0)
		return false;
	*foreign = false;
	if (fstatat(f->procfs, path, &its, 0) < 0)
		return (errno == EACCES || errno == EPERM) && !in_container(f->procfs, pid);
	if (its.st_dev == host.st_dev && its.st_ino == host.st_ino)
		return true;
	*root_fd = openat(f->procfs, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*foreign = *root_fd >= 0;
	return *foreign;
}

/* From "status": the owner of /proc/PID is root's for a process that can't be dumped, whoever runs it. */
static bool find_owner(const struct meta_folders *f, struct daemon *d)
{
	_cleanup_free_ char *text = NULL;
	uint32_t uid;
	size_t len;

	if (process_file(f->procfs, d->pid, "status", CMDLINE_MAX, &text, &len) < 0 ||
	    !status_uid((struct slice){text, len}, &uid))
		return false;
	d->has_owner = uid != 0;
	d->owner = uid;
	return true;
}

/* --- what it says --- */

static void add(struct meta_folders *f, const struct daemon *d, enum runtime runtime, const char *path,
		const char *data, const char *found_by)
{
	char shown[PATH_CAP + 32];
	struct folder_found found = {
		.runtime = runtime,
		.path = path,
		.inside = path,
		.data = data,
		.found_by = found_by,
		.foreign = d->foreign,
		.root_fd = d->root_fd,
		.pid = d->foreign ? d->pid : 0,
		.has_owner = d->has_owner,
		.owner = d->has_owner ? d->owner : 0,
	};

	if (f->options[runtime])
		return;
	if (d->foreign) {
		snprintf(shown, sizeof(shown), "/proc/%llu/root%s", (unsigned long long)d->pid, path);
		found.path = shown;
	}
	meta_folders_add(f, &found);
}

static bool flag_path(const struct daemon *d, const char *const *names, char *out, size_t cap)
{
	struct slice value;

	return command_flag(d->cmdline, names, &value) && take_path(value, out, cap);
}

static void ask_dockerd(struct meta_folders *f, const struct daemon *d)
{
	static const char *const root_flags[] = {"--data-root", "--graph", "-g", NULL};
	static const char *const config_flags[] = {"--config-file", NULL};
	_cleanup_free_ char *text = NULL;
	char path[PATH_CAP];
	size_t len;

	if (flag_path(d, root_flags, path, sizeof(path))) {
		add(f, d, RUNTIME_DOCKER, path, NULL, "command line");
		return;
	}
	if (!flag_path(d, config_flags, path, sizeof(path)))
		snprintf(path, sizeof(path), "/etc/docker/daemon.json");
	if (meta_read(d->root_fd, path, &text, &len, NULL) == 0 &&
	    daemon_json_root((struct slice){text, len}, path, sizeof(path)))
		add(f, d, RUNTIME_DOCKER, path, NULL, "daemon.json");
	else if (d->foreign)
		add(f, d, RUNTIME_DOCKER, "/var/lib/docker", NULL, "default");
}

/* A flag, else the configuration file's word, else the default. */
static void setting(const struct daemon *d, const char *const *flags, struct slice config,
		    const char *section, const char *key, const char *otherwise, char out[PATH_CAP])
{
	struct slice value;

	if (flag_path(d, flags, out, PATH_CAP))
		return;
	if (!toml_text(config, section, key, &value) || !take_path(value, out, PATH_CAP))
		snprintf(out, PATH_CAP, "%s", otherwise);
}

/* What there is of the configuration file; the caller frees *text. */
static struct slice read_toml(const struct daemon *d, const char *const *flags, const char *otherwise,
			      char **text)
{
	char path[PATH_CAP];
	size_t len;

	if (!flag_path(d, flags, path, sizeof(path)))
		snprintf(path, sizeof(path), "%s", otherwise);
	if (meta_read(d->root_fd, path, text, &len, NULL) < 0)
		return (struct slice){"", 0};
	return (struct slice){*text, len};
}

static void ask_containerd(struct meta_folders *f, const struct daemon *d)
{
	static const char *const state_flags[] = {"--state", NULL};
	static const char *const root_flags[] = {"--root", NULL};
	static const char *const config_flags[] = {"--config", "-c", NULL};
	_cleanup_free_ char *text = NULL;
	struct slice config = read_toml(d, config_flags, "/etc/containerd/config.toml", &text);
	char state[PATH_CAP];
	char data[PATH_CAP];

	setting(d, state_flags, config, "", "state", "/run/containerd", state);
	setting(d, root_flags, config, "", "root", "/var/lib/containerd", data);
	add(f, d, RUNTIME_CONTAINERD, state, data, "command line");
}

static void ask_crio(struct meta_folders *f, const struct daemon *d)
{
	static const char *const root_flags[] = {"--root", "-r", NULL};
	static const char *const config_flags[] = {"--config", "-c", NULL};
	_cleanup_free_ char *text = NULL;
	struct slice config = read_toml(d, config_flags, "/etc/crio/crio.conf", &text);
	char path[PATH_CAP];

	setting(d, root_flags, config, "crio", "root", "", path);
	if (path[0])
		add(f, d, RUNTIME_CRIO, path, NULL, "command line");
}

static void ask_podman(struct meta_folders *f, const struct daemon *d)
{
	static const char *const root_flags[] = {"--root", NULL};
	char path[PATH_CAP];

	if (flag_path(d, root_flags, path, sizeof(path)))
		add(f, d, RUNTIME_PODMAN, path, NULL, "command line");
}

static void ask_conmon(struct meta_folders *f, const struct daemon *d)
{
	char path[PATH_CAP];
	struct slice value;

	if (conmon_storage_root(d->cmdline, &value) && take_path(value, path, sizeof(path)))
		add(f, d, RUNTIME_PODMAN, path, NULL, "command line");
}

static const struct daemon_kind {
	const char *comm;
	void (*ask)(struct meta_folders *f, const struct daemon *d);
} daemon_kinds[] = {
	{"dockerd", ask_dockerd}, {"containerd", ask_containerd}, {"crio", ask_crio},
	{"podman", ask_podman},	  {"conmon", ask_conmon},
};

static const struct daemon_kind *find_kind(int procfs, uint64_t pid)
{
	_cleanup_free_ char *comm = NULL;
	size_t len;

	if (process_file(procfs, pid, "comm", 64, &comm, &len) < 0)
		return NULL;
	comm[strcspn(comm, "\n")] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(daemon_kinds); i++)
		if (strcmp(comm, daemon_kinds[i].comm) == 0)
			return &daemon_kinds[i];
	return NULL;
}

static void ask(struct meta_folders *f, uint64_t pid)
{
	const struct daemon_kind *kind = find_kind(f->procfs, pid);
	_cleanup_free_ char *cmdline = NULL;
	struct daemon d = {.pid = pid, .root_fd = f->rootfs};
	size_t len;

	if (!kind || !find_owner(f, &d) ||
	    process_file(f->procfs, pid, "cmdline", CMDLINE_MAX, &cmdline, &len) < 0)
		return;
	d.cmdline = (struct slice){cmdline, len};
	if (!find_its_root(f, pid, &d.foreign, &d.root_fd))
		return;
	kind->ask(f, &d);
	if (d.foreign)
		close(d.root_fd);
}

void meta_daemons_scan(struct meta_folders *f)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int fd = f->procfs >= 0 ? fs_open_dir(f->procfs, ".") : -EBADF;

	if (fd < 0)
		return;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return;
	}
	while ((entry = readdir(dir))) {
		uint64_t pid;

		if (parse_u64(slice_of(entry->d_name), &pid) == 0)
			ask(f, pid);
	}
}
