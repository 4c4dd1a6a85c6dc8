/* SPDX-License-Identifier: Apache-2.0 */
#include "pick_cgroups.h"

#include "base/cleanup.h"
#include "exit_code.h"
#include "message.h"

#include <stdio.h>

int pick_each_cgroup(const struct text_list *paths, const struct host *host, pick_cgroup_act act, void *arg)
{
	int code = EXIT_OK;

	for (size_t i = 0; i < paths->n; i++) {
		struct error err = {0};

		if (act(paths->items[i], host, arg, &err) < 0) {
			message_error(&err);
			code = EXIT_FAILED;
		} else if (puts(paths->items[i]) < 0) {
			code = EXIT_FAILED;
		}
	}
	return fflush(stdout) == 0 ? code : EXIT_FAILED;
}

int pick_both(const char *verb, const struct text_list *names, unsigned flags, pick_act act,
	      const struct text_list *paths, pick_cgroup_act act_cgroup, void *arg)
{
	_cleanup_(host_close) struct host host = {0};
	int code = names->n || !paths->n ? pick_each(verb, names, flags, act, arg) : EXIT_OK;
	struct error err = {0};

	if (!paths->n)
		return code;
	if (host_open(&host, &err) < 0) {
		message_error(&err);
		return EXIT_FAILED;
	}
	return pick_each_cgroup(paths, &host, act_cgroup, arg) == EXIT_OK ? code : EXIT_FAILED;
}
