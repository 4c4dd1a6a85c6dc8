/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of crashes use: an end by SIGKILL at any step. */
#include "launch_apply.h"

#include "base/parse.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t fault_read(void)
{
	const char *text = getenv("PLIMSOLL_FAULT");
	uint64_t step;

	if (!text || strncmp(text, "kill:", 5) != 0 || parse_u64(slice_of(text + 5), &step) < 0)
		return SIZE_MAX;
	return (size_t)step;
}

void fault_point(size_t fault, size_t step)
{
	if (fault != step)
		return;
	/* PID 1 of a namespace does not die of its own SIGKILL */
	(void)kill(getpid(), SIGKILL);
	_exit(128 + SIGKILL);
}
