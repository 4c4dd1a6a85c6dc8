/* SPDX-License-Identifier: Apache-2.0 */
/* The init program, carried inside of this one and handed out as a sealed file in memory. */
#include "base/cleanup.h"
#include "runtime/init.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/* Linux 6.3 (commit 105ff5339f49); earlier headers don't have it. */
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* INIT_PROGRAM_FILE is the built runtime/init. */
__asm__(".section .rodata.init_program, \"a\"\n"
	".balign 16\n"
	".global init_program_start\n"
	".global init_program_end\n"
	"init_program_start:\n"
	".incbin \"" INIT_PROGRAM_FILE "\"\n"
	"init_program_end:\n"
	".previous\n");

extern const char init_program_start[] __attribute__((visibility("hidden")));
extern const char init_program_end[] __attribute__((visibility("hidden")));

static int create(void)
{
	int fd = memfd_create("plimsoll-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("plimsoll-init", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : fd;
}

static int fill(int fd)
{
	const char *at = init_program_start;

	while (at < init_program_end) {
		ssize_t n = write(fd, at, (size_t)(init_program_end - at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		at += n;
	}
	return fcntl(fd, F_ADD_SEALS, SEALS) < 0 ? -errno : 0;
}

int init_program_open(struct error *err)
{
	_cleanup_close_ int fd = create();
	int r;

	if (fd == -EACCES)
		return error_errno(err, fd,
				   "set vm.memfd_noexec to 0 or 1 (sysctl -w vm.memfd_noexec=1): 2 forbids "
				   "programs in memory, and a container is started by one",
				   "cannot make the program that starts the container");
	if (fd < 0)
		return error_errno(err, fd, "", "cannot make the program that starts the container");
	r = fill(fd);
	if (r < 0)
		return error_errno(err, r, r == -ENOMEM ? "free some memory" : "",
				   "cannot fill the program that starts the container");
	return TAKE_FD(fd);
}
