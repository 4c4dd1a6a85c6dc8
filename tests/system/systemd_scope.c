/* SPDX-License-Identifier: Apache-2.0 */
/* systemd_scope HELPER ID: starts a scope with itself in it, says the container's cgroup, and waits for the
 * end of its standard input. */
#include "life/scope_helper.h"

#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char path[4096];
	char byte;
	struct error err;

	if (argc != 3)
		return 2;
	if (scope_start_by(argv[1], argv[2], NULL, path, sizeof(path), &err) < 0) {
		fprintf(stderr, "%s\n%s\n", err.cause, err.remedy);
		return 1;
	}
	if (puts(path) < 0 || fflush(stdout) != 0)
		return 1;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
