/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What plimsoll's exit codes mean. 125 and above belong to the commands that launch a workload, where
 * Docker's meaning holds (125 plimsoll failed, 126 not executable, 127 not found, 128+n killed by signal n);
 * every other command uses the three below, so that a workload's own 1 or 2 is never mistaken for ours.
 */
#pragma once

enum exit_code {
	EXIT_OK = 0,	 /* done, or ended by SIGINT, SIGTERM or a reader that went away */
	EXIT_FAILED = 1, /* it could not be done; doctor: something essential is missing */
	EXIT_USAGE = 2,	 /* the command line is wrong: nothing was done */
};
