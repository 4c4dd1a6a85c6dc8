/* SPDX-License-Identifier: Apache-2.0 */
#include "bpf_events.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 8

/* ---- cgroups */

int home_of(const struct cgroup_layout *layout, enum controller c)
{
	const int8_t *home = &layout->home[c];

	return *home;
}

void cgroup_path(const struct listener *l, int hierarchy, const char *name, char path[PATH_BYTES])
{
	snprintf(path, PATH_BYTES, "%s/" FOLDER "%s%s", l->layout->hierarchies[hierarchy].mount_point,
		 *name ? "/" : "", name);
}

int cgroup_make(const struct listener *l, int hierarchy, const char *name, uint64_t *inode)
{
	char path[PATH_BYTES];
	struct stat st;

	cgroup_path(l, hierarchy, name, path);
	if (mkdir(path, 0755) < 0 || stat(path, &st) < 0)
		return -errno;
	if (inode)
		*inode = st.st_ino;
	return 0;
}

int cgroup_remove(const struct listener *l, int hierarchy, const char *name)
{
	char path[PATH_BYTES];

	cgroup_path(l, hierarchy, name, path);
	return rmdir(path) < 0 ? -errno : 0;
}

int cgroup_write(const struct listener *l, int hierarchy, const char *name, const char *file,
		 const char *text)
{
	char path[PATH_BYTES + 64], folder[PATH_BYTES];
	_cleanup_close_ int fd = -1;

	cgroup_path(l, hierarchy, name, folder);
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -errno;
}

uint64_t cgroup_read(const struct listener *l, int hierarchy, const char *name, const char *file,
		     const char *key)
{
	char path[PATH_BYTES + 64], folder[PATH_BYTES], line[256];
	_cleanup_fclose_ FILE *f = NULL;
	size_t len = strlen(key);

	cgroup_path(l, hierarchy, name, folder);
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		const char *at = len ? strstr(line, key) : line;

		if (at)
			return strtoull(at + len, NULL, 10);
	}
	return NO_FIGURE;
}

void folder_make(const struct listener *l)
{
	static const char *const controllers[] = {"+cpu", "+memory", "+pids", "+io"};

	for (int h = 0; h < (int)l->layout->n_hierarchies; h++) {
		(void)cgroup_make(l, h, "", NULL);
		for (size_t i = 0; l->layout->hierarchies[h].version == 2 && i < ARRAY_SIZE(controllers); i++)
			(void)cgroup_write(l, h, "", "cgroup.subtree_control", controllers[i]);
	}
}

static void remove_below(const char *path)
{
	_cleanup_closedir_ DIR *d = opendir(path);
	const struct dirent *entry;

	while (d && (entry = readdir(d))) {
		char below[PATH_BYTES];

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if ((size_t)snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) < sizeof(below))
			remove_below(below);
	}
	(void)rmdir(path);
}

void folder_remove(const struct listener *l)
{
	char path[PATH_BYTES];

	for (int h = 0; h < (int)l->layout->n_hierarchies; h++) {
		cgroup_path(l, h, "", path);
		remove_below(path);
	}
}

/* ---- processes */

static pid_t clone_process(uint64_t flags)
{
	return (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
}

int work_start(const struct listener *l, int hierarchy, const char *name, int (*act)(void), struct work *w)
{
	char pid[16], byte;
	int go[2];

	if (pipe2(go, O_CLOEXEC) < 0)
		return -errno;
	w->pid = clone_process(act == wait_to_be_killed_inside ? CLONE_NEWPID : 0);
	if (w->pid == 0) {
		close(go[1]);
		if (act != wait_to_be_killed && act != wait_to_be_killed_inside && read(go[0], &byte, 1) != 1)
			_exit(99);
		_exit(act());
	}
	close(go[0]);
	w->go = go[1];
	snprintf(pid, sizeof(pid), "%d", w->pid);
	return w->pid < 0 ? -errno : cgroup_write(l, hierarchy, name, "cgroup.procs", pid);
}

int work_end(struct work *w)
{
	struct rusage used;
	int status;

	close(w->go);
	if (wait4(w->pid, &status, 0, &used) != w->pid)
		return -1;
	w->used_ns = (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * NSEC_PER_SEC +
		     (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000;
	return status;
}

int work_go(struct work *w)
{
	return write(w->go, "g", 1) == 1 ? work_end(w) : -1;
}

int wait_to_be_killed(void)
{
	for (;;)
		pause();
}

int wait_to_be_killed_inside(void)
{
	return wait_to_be_killed();
}

int run_false(void)
{
	execl("/bin/false", "false", (char *)NULL);
	return 98;
}

static void *run_thread(void *barrier)
{
	pthread_barrier_wait(barrier);
	syscall(SYS_exit, 5);
	return NULL;
}

/* The first thread goes before the others, and the process ends with the last of them. */
int end_with_threads(void)
{
	static pthread_barrier_t barrier;
	pthread_t thread;

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread, NULL, run_thread, &barrier) != 0)
			return 97;
	syscall(SYS_exit, 3);
	return 96;
}

/* As fast as can be: the child borrows its parent's memory. One who is too slow need not go on. */
int fork_often(void)
{
	uint64_t start = clock_monotonic_ns();

	for (int i = 0; i < FORKS && clock_monotonic_ns() - start <= FORKS_NS; i++) {
		pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */

		if (pid == 0)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			return 95;
	}
	return 0;
}

static uint64_t own_cpu_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * NSEC_PER_SEC + (uint64_t)used.tv_nsec;
}

int burn(void)
{
	uint64_t start = own_cpu_ns();

	while (own_cpu_ns() - start < BURN_NS)
		;
	return 0;
}

static int fill(size_t bytes)
{
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return 94;
	memset(memory, 1, bytes);
	return 0;
}

int fill_some(void)
{
	return fill(SOME_BYTES);
}

int fill_until_killed(void)
{
	return fill(16 * SOME_BYTES);
}

int write_device(void)
{
	_cleanup_close_ int fd = open(DEVICE, O_WRONLY | O_DIRECT | O_CLOEXEC);
	void *block = mmap(NULL, SOME_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (fd < 0 || block == MAP_FAILED)
		return 93;
	return write(fd, block, SOME_BYTES) == (ssize_t)SOME_BYTES ? 0 : 92;
}

int drop_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}};

	return (int)syscall(SYS_capset, &head, none);
}
