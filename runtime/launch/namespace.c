/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec.h"

#include <sched.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

const struct spec_namespace_row spec_namespace_rows[SPEC_NS__COUNT] = {
	[SPEC_NS_PID] = {"pid", "pid", CLONE_NEWPID},
	[SPEC_NS_NETWORK] = {"network", "net", CLONE_NEWNET},
	[SPEC_NS_MOUNT] = {"mount", "mnt", CLONE_NEWNS},
	[SPEC_NS_IPC] = {"ipc", "ipc", CLONE_NEWIPC},
	[SPEC_NS_UTS] = {"uts", "uts", CLONE_NEWUTS},
	[SPEC_NS_USER] = {"user", "user", CLONE_NEWUSER},
	[SPEC_NS_CGROUP] = {"cgroup", "cgroup", CLONE_NEWCGROUP},
	[SPEC_NS_TIME] = {"time", "time", CLONE_NEWTIME},
};
