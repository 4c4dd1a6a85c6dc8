/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_cpus.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"

#include <fcntl.h>

uint32_t walk_cpus_end(const char *list)
{
	struct slice rest = slice_of(list);
	struct slice word;
	uint64_t highest = 0;
	bool any = false;

	while (next_word(&rest, "-,\n", &word)) {
		if (parse_u64(word, &highest) < 0 || highest >= UINT32_MAX)
			return 0;
		any = true;
	}
	return any ? (uint32_t)highest + 1 : 0;
}

uint32_t walk_cpus_read(int fd, uint32_t otherwise)
{
	char list[1024];
	ssize_t n = fd < 0 ? -1 : fs_pread(fd, list, sizeof(list) - 1);
	uint32_t end;

	if (n <= 0)
		return otherwise;
	list[n] = '\0';
	end = walk_cpus_end(list);
	return end ? end : otherwise;
}

uint32_t walk_cpus_set_bytes(void)
{
	_cleanup_close_ int fd = open("/sys/devices/system/cpu/possible", O_RDONLY | O_CLOEXEC);

	return (walk_cpus_read(fd, 0) + 63) / 64 * 8;
}
