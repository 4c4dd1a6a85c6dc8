/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "container_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

/* Where the store is, absolute; NULL with errno 0 where nothing says it. */
static char *find_path(void)
{
	const char *root = getenv("PLIMSOLL_ROOT");
	const char *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");
	char *path = NULL;
	int n = -1;

	errno = 0;
	if (root && root[0] == '/') {
		n = asprintf(&path, "%s", root);
	} else if (root && root[0]) {
		_cleanup_free_ char *cwd = getcwd(NULL, 0);

		n = cwd ? asprintf(&path, "%s/%s", cwd, root) : -1;
	} else if (geteuid() == 0) {
		n = asprintf(&path, "/var/lib/plimsoll");
	} else if (data && data[0] == '/') {
		n = asprintf(&path, "%s/plimsoll", data);
	} else if (home && home[0] == '/') {
		n = asprintf(&path, "%s/.local/share/plimsoll", home);
	}
	return n < 0 ? NULL : path;
}

/* Parents of a user's store are the user's: 0755 as anybody makes them. */
static int make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int r;

		*slash = '\0';
		r = mkdir(path, 0755);
		*slash = '/';
		if (r < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int make_store(char *path)
{
	int r = make_parents(path);

	if (r < 0)
		return r;
	/* 0711: a container's user namespace must get through to its root, and nobody may list the ids */
	if (mkdir(path, 0711) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

static int make_folders(int fd)
{
	static const struct {
		const char *name;
		mode_t mode;
	} folders[] = {{CONTAINERS_FOLDER, 0711}, {NAMES_FOLDER, 0700}, {"seccomp", 0700}};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (mkdirat(fd, folders[i].name, folders[i].mode) < 0 && errno != EEXIST)
			return -errno;
	return 0;
}

/* The folders are made in this order, so the last one says that all are there: one system call in the usual
 * case. */
static int open_store(char *path)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		r = make_store(path);
		if (r < 0)
			return r;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return -errno;
	if (fstatat(fd, "seccomp", &st, AT_SYMLINK_NOFOLLOW) < 0) {
		r = make_folders(fd);
		if (r < 0)
			return r;
	}
	/* said here, once and plainly, rather than by whatever would fail first */
	if (faccessat(fd, CONTAINERS_FOLDER, W_OK | X_OK, AT_EACCESS) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static void read_boot(struct store *store)
{
	int fd = openat(store->procfs, "sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return;
	n = read(fd, store->boot, sizeof(store->boot) - 1);
	close(fd);
	store->boot[n > 0 ? n : 0] = '\0';
	store->boot[strcspn(store->boot, "\n")] = '\0';
}

int store_open(struct store *out, struct error *err)
{
	_cleanup_free_ char *path = find_path();
	struct store store = {.fd = -1, .memory_fd = -1, .procfs = -1};

	if (!path && errno)
		return error_errno(err, -errno, "", "cannot tell where containers are kept");
	if (!path)
		return error_set(err, -ENOENT, "set HOME, or PLIMSOLL_ROOT to a folder of yours",
				 "cannot tell where containers are kept: HOME is not set");
	store.fd = open_store(path);
	if (store.fd < 0)
		return error_errno(err, store.fd,
				   "set PLIMSOLL_ROOT to a folder that you may write to, or run as its owner",
				   "cannot keep containers in '%s'", path);
	store.procfs = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (store.procfs < 0) {
		int r = -errno;

		close(store.fd);
		return error_errno(err, r, "mount it: mount -t proc proc /proc", "cannot open /proc");
	}
	read_boot(&store);
	(void)store_memory_open(&store);
	store.path = TAKE_PTR(path);
	*out = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store || !store->path)
		return;
	close(store->fd);
	close(store->procfs);
	if (store->memory_fd >= 0)
		close(store->memory_fd);
	free(store->memory_path);
	free(store->path);
	*store = (struct store){.fd = -1, .memory_fd = -1, .procfs = -1};
}

/* Polled: flock(2) knows no time limit, and an alarm would be the whole process'. */
int flock_wait(int fd, int operation, int timeout_ms)
{
	int waited = 0;
	int nap = 1;

	while (flock(fd, operation | LOCK_NB) < 0) {
		struct timespec pause = {0};

		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return -errno;
		if (waited >= timeout_ms)
			return -EWOULDBLOCK;
		if (nap > timeout_ms - waited)
			nap = timeout_ms - waited;
		pause.tv_nsec = nap * 1000000L;
		nanosleep(&pause, NULL);
		waited += nap;
		nap = nap < 16 ? nap * 2 : 20;
	}
	return 0;
}

int store_lock(const struct store *store, const char *name, int operation, int timeout_ms, struct error *err)
{
	_cleanup_close_ int fd = -1;
	int r;

	fd = openat(store->fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno(err, -errno, "", "cannot open the lock '%s/%s'", store->path, name);
	r = flock_wait(fd, operation, timeout_ms);
	if (r == -EWOULDBLOCK)
		return error_set(err, -EBUSY, "see what that process does, and end it if it hangs",
				 "'%s/%s' is locked by process %d", store->path, name,
				 (int)flock_owner(store->procfs, fd));
	if (r < 0)
		return error_errno(err, r, "", "cannot lock '%s/%s'", store->path, name);
	return TAKE_FD(fd);
}

/* One line of proc_locks(5): "1: FLOCK  ADVISORY  WRITE 718 08:01:2103 0 EOF"; blocked ones have "->". */
static pid_t lock_line(struct slice line, const char *where)
{
	struct slice word;
	struct slice pid = {0};
	bool is_flock = false;

	for (int i = 0; next_word(&line, " ", &word); i++) {
		if (i == 1)
			is_flock = slice_is(word, "FLOCK");
		if (i == 4)
			pid = word;
		if (i == 5) {
			int64_t n;

			return is_flock && slice_is(word, where) && parse_i64(pid, &n) == 0 ? (pid_t)n : 0;
		}
	}
	return 0;
}

pid_t flock_owner(int procfs, int fd)
{
	_cleanup_free_ char *text = NULL;
	struct slice rest = {0};
	struct slice line;
	char where[64];
	struct stat st;

	if (fstat(fd, &st) < 0 || fs_read_file(procfs, "locks", 16U << 20, &text, &rest.len) < 0)
		return 0;
	snprintf(where, sizeof(where), "%02x:%02x:%llu", major(st.st_dev), minor(st.st_dev),
		 (unsigned long long)st.st_ino);
	rest.at = text;
	while (next_line(&rest, &line)) {
		pid_t pid = lock_line(line, where);

		if (pid)
			return pid;
	}
	return 0;
}

/*
 * No fsync here or anywhere on the way of a start: what is at stake is a crash of ours, and the page cache
 * survives that. After a power cut nothing of it runs any more; ext4 and btrfs write a file out by themselves
 * when it is renamed over another, and what is left empty all the same is read as "ended, nobody knows how".
 */
int file_write(int folder, const char *name, struct slice text)
{
	_cleanup_close_ int fd = -1;

	fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	return fs_write(fd, text.at, text.len);
}

int file_replace(int folder, const char *name, struct slice text)
{
	char temporary[64];
	int r;

	/* one fixed name: writers hold the lock, and what a crash leaves is overwritten by the next */
	snprintf(temporary, sizeof(temporary), ".%s", name);
	r = file_write(folder, temporary, text);
	if (r == 0 && renameat(folder, temporary, folder, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(folder, temporary, 0);
	return r;
}
