/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over every file of its corpus, where there is no libFuzzer: seeds are tests too. */
#include "base/cleanup.h"
#include "base/fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	_cleanup_closedir_ DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	const struct dirent *entry;
	unsigned n = 0;

	if (!dir) {
		fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
		return 2;
	}
	while ((entry = readdir(dir))) {
		_cleanup_free_ char *text = NULL;
		size_t len;

		if (entry->d_name[0] == '.')
			continue;
		if (fs_read_file(dirfd(dir), entry->d_name, (size_t)64 << 20, &text, &len) < 0)
			return 1;
		LLVMFuzzerTestOneInput((const uint8_t *)text, len);
		n++;
	}
	printf("%u inputs\n", n);
	return n == 0;
}
