/* SPDX-License-Identifier: Apache-2.0 */
/* libexec/plimsoll/scope PID ID [SLICE]: see scope_helper.h. */
#include "base/parse.h"
#include "bus.h"
#include "leaf.h"
#include "life/scope_helper.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int start(const char *pid_text, const char *id, const char *slice, char *path, size_t cap,
		 struct error *err)
{
	const bool user = geteuid() != 0;
	char unit[256];
	char description[256];
	uint64_t pid;
	int r;

	if (parse_u64(slice_of(pid_text), &pid) < 0 || pid == 0 || pid > INT_MAX)
		return error_set(err, -EINVAL, "", "'%s' is no process", pid_text);
	if (snprintf(unit, sizeof(unit), "plimsoll-%s.scope", id) >= (int)sizeof(unit))
		return error_set(err, -ENAMETOOLONG, "", "the name '%s' is too long for a scope", id);
	snprintf(description, sizeof(description), "Plimsoll's container %s", id);
	if (!slice)
		slice = user ? "app.slice" : "system.slice";
	r = bus_start_scope(user, unit, slice, description, (pid_t)pid, err);
	return r < 0 ? r : leaf_enter((pid_t)pid, unit, path, cap, err);
}

int main(int argc, char **argv)
{
	char path[4096];
	struct error err;

	if (argc < 3 || argc > 4) {
		fputs("usage: scope PID ID [SLICE]\nplimsoll run calls it\n", stderr);
		return EXIT_FAILURE;
	}
	if (start(argv[1], argv[2], argv[3], path, sizeof(path), &err) < 0) {
		fprintf(stderr, "%s\n%s\n", err.cause, err.remedy);
		return EXIT_FAILURE;
	}
	return puts(path) >= 0 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
