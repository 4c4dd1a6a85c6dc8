/* SPDX-License-Identifier: Apache-2.0 */
#include "sd_notify.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int sd_notify_send(const char *socket_name, const char *state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = socket_name ? strlen(socket_name) : 0;
	_cleanup_close_ int fd = -1;
	socklen_t size;

	if (n == 0)
		return 0;
	if (*socket_name != '/' && *socket_name != '@')
		return -EAFNOSUPPORT;
	if (n >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, socket_name, n);
	if (*socket_name == '@')
		address.sun_path[0] = '\0';
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&address,
		   size) < 0)
		return -errno;
	return 0;
}

uint64_t sd_watchdog_ns(const char *usec, const char *pid, pid_t self)
{
	uint64_t value;
	uint64_t whose;

	if (!usec || parse_u64(slice_of(usec), &value) < 0)
		return 0;
	if (pid && (parse_u64(slice_of(pid), &whose) < 0 || whose != (uint64_t)self))
		return 0;
	return value > UINT64_MAX / NSEC_PER_USEC ? 0 : value * NSEC_PER_USEC;
}
