/* SPDX-License-Identifier: Apache-2.0 */
#include "attach_options.h"

#include "exit_code.h"
#include "message.h"
#include "runtime/control.h"

#include <errno.h>
#include <unistd.h>

struct foreground foreground_of(const struct container *c, bool input, bool pass_signals)
{
	bool typed = input && c->config.open_stdin;

	return (struct foreground){
		.in = typed ? STDIN_FILENO : -1,
		.out = STDOUT_FILENO,
		.err = STDERR_FILENO,
		.terminal = typed && c->spec->process.terminal && isatty(STDIN_FILENO),
		.pass_signals = pass_signals,
	};
}

int attach_code(const char *name, const struct supervised *ended)
{
	struct error err;

	if (ended->detached)
		return EXIT_OK;
	if (ended->oom_killed) {
		error_set(&err, 0, "give it more with --memory, or have it use less",
			  "'%s' ran out of memory: the kernel killed it", name);
		message_error(&err);
	}
	return ended->exit_code;
}

int attach_to(struct container *c, const char *name, const struct foreground *foreground,
	      const char *detach_keys)
{
	struct supervised ended = {0};
	struct error err = {0};

	if (control_attach(c, foreground, detach_keys, &ended, &err) < 0) {
		message_error(&err);
		return EXIT_FAILED;
	}
	return attach_code(name, &ended);
}
