/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's terminal. It is made in the container's own devpts, and its other end comes from the kernel
 * by descriptor (TIOCGPTPEER): /dev/pts/N is never looked up by a name that the container could have changed.
 */
#include "launch_apply.h"
#include "mount.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define TTYAUX_MAJOR 5
#define PTMX_MINOR 2

static int open_ptmx(int root, struct error *err)
{
	struct open_how how = {.flags = O_RDWR | O_NOCTTY | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS};
	struct statfs fs;
	struct stat st;
	int fd = (int)syscall(SYS_openat2, root, "/dev/pts/ptmx", &how, sizeof(how));

	if (fd < 0)
		return error_errno(err, -errno, "mount a devpts at /dev/pts", "cannot open /dev/pts/ptmx");
	if (fstatfs(fd, &fs) == 0 && fs.f_type == DEVPTS_SUPER_MAGIC && fstat(fd, &st) == 0 &&
	    S_ISCHR(st.st_mode) && st.st_rdev == makedev(TTYAUX_MAJOR, PTMX_MINOR))
		return fd;
	close(fd);
	return error_set(err, -ENODEV, "mount a devpts at /dev/pts", "/dev/pts/ptmx is not a devpts' own");
}

int console_open(int root, const struct winsize *size, uint32_t uid, int *master, int *peer,
		 struct error *err)
{
	_cleanup_close_ int ptmx = open_ptmx(root, err);
	_cleanup_close_ int other = -1;
	int unlock = 0;

	if (ptmx < 0)
		return ptmx;
	if (ioctl(ptmx, TIOCSPTLCK, &unlock) < 0)
		return error_errno(err, -errno, "", "cannot unlock the terminal");
	other = ioctl(ptmx, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (other < 0)
		return error_errno(err, -errno, "", "cannot open the terminal's other end");
	if ((size->ws_row || size->ws_col) && ioctl(ptmx, TIOCSWINSZ, size) < 0)
		return error_errno(err, -errno, "", "cannot set the terminal's size");
	if (uid != 0 && fchown(other, uid, (gid_t)-1) < 0)
		return error_errno(err, -errno, "", "cannot give the terminal to user %u", uid);
	*master = TAKE_FD(ptmx);
	*peer = TAKE_FD(other);
	return 0;
}

int console_make(struct launching *l, int *peer, struct error *err)
{
	_cleanup_close_ int target = -1;
	_cleanup_close_ int tree = -1;
	int r = console_open(l->root, &l->io->size, l->plan->spec->process.user.uid, &l->console, peer, err);

	if (r < 0)
		return r;
	target = target_open(l->root, "/dev/console", RESOLVE_NO_SYMLINKS);
	if (target == -ENOENT)
		target = target_make(l->root, "/dev/console", false);
	if (target < 0)
		return error_errno(err, target, "", "cannot make /dev/console");
	tree = mount_clone(*peer, "", false);
	r = tree < 0 ? tree : mount_attach(tree, target);
	return r < 0 ? error_errno(err, r, "", "cannot bind the terminal at /dev/console") : 0;
}
