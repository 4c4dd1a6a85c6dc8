/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include <signal.h>
#include <spawn.h>
#include <unistd.h>

static int set_attributes(posix_spawnattr_t *attr, bool own_session)
{
	sigset_t all, none;
	int r;

	sigfillset(&all);
	sigemptyset(&none);
	r = posix_spawnattr_setsigmask(attr, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attr, &all);
	if (r == 0)
		r = posix_spawnattr_setflags(attr, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
							   (own_session ? POSIX_SPAWN_SETSID : 0)));
	return r;
}

static int set_files(posix_spawn_file_actions_t *actions, const int files[3])
{
	int r = 0;

	for (int standard = STDIN_FILENO; r == 0 && standard <= STDERR_FILENO; standard++)
		r = posix_spawn_file_actions_adddup2(actions, files[standard], standard);
	return r ? r : posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
}

static int spawn_with(pid_t *pid, char *const *argv, const int files[3], const posix_spawnattr_t *attr)
{
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return r;
	r = set_files(&actions, files);
	if (r == 0)
		r = posix_spawnp(pid, argv[0], &actions, attr, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

int program_start(pid_t *pid, char *const *argv, const int files[3], bool own_session)
{
	posix_spawnattr_t attr;
	int r = posix_spawnattr_init(&attr);

	if (r)
		return -r;
	r = set_attributes(&attr, own_session);
	if (r == 0)
		r = spawn_with(pid, argv, files, &attr);
	posix_spawnattr_destroy(&attr);
	return -r;
}
