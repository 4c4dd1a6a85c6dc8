/* SPDX-License-Identifier: Apache-2.0 */
/* org.freedesktop.systemd1(5): Manager.StartTransientUnit, and the signal JobRemoved. */
#include "bus.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>

#define DESTINATION "org.freedesktop.systemd1"
#define OBJECT "/org/freedesktop/systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"
#define WAIT_SECONDS 25

struct wait {
	char *job;    /* the object path that StartTransientUnit gave */
	char *result; /* "done", "failed", …; NULL until it is over */
	char *early;  /* a job that ended before we knew our own's name: its path, and how */
	char *early_result;
};

static void replace(char **text, const char *by)
{
	free(*text);
	*text = strdup(by);
}

/* The signal may come before the answer that names our job. */
static int on_job_removed(sd_bus_message *message, void *data, sd_bus_error *error)
{
	struct wait *wait = data;
	const char *path;
	const char *unit;
	const char *result;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) < 0)
		return 0;
	if (!wait->job) {
		replace(&wait->early, path);
		replace(&wait->early_result, result);
	} else if (strcmp(path, wait->job) == 0) {
		replace(&wait->result, result);
	}
	return 0;
}

static int make_call(sd_bus *bus, sd_bus_message **call, const char *unit, const char *slice,
		     const char *description, pid_t pid)
{
	int r = sd_bus_message_new_method_call(bus, call, DESTINATION, OBJECT, MANAGER, "StartTransientUnit");

	r = r < 0 ? r : sd_bus_message_append(*call, "ss", unit, "fail");
	r = r < 0 ? r : sd_bus_message_open_container(*call, 'a', "(sv)");
	r = r < 0 ? r : sd_bus_message_append(*call, "(sv)", "Description", "s", description);
	r = r < 0 ? r : sd_bus_message_append(*call, "(sv)", "Slice", "s", slice);
	r = r < 0 ? r : sd_bus_message_append(*call, "(sv)", "Delegate", "b", 1);
	r = r < 0 ? r : sd_bus_message_append(*call, "(sv)", "PIDs", "au", 1, (uint32_t)pid);
	/* A scope that failed goes away by itself, too. */
	r = r < 0 ? r : sd_bus_message_append(*call, "(sv)", "CollectMode", "s", "inactive-or-failed");
	r = r < 0 ? r : sd_bus_message_append(*call, "(sv)", "DefaultDependencies", "b", 0);
	r = r < 0 ? r : sd_bus_message_close_container(*call);
	return r < 0 ? r : sd_bus_message_append(*call, "a(sa(sv))", 0);
}

static int64_t now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static int wait_for(sd_bus *bus, struct wait *wait)
{
	const int64_t until = now_s() + WAIT_SECONDS;
	int r;

	while (!wait->result) {
		r = sd_bus_process(bus, NULL);
		if (r < 0)
			return r;
		if (r > 0)
			continue;
		if (now_s() >= until)
			return -ETIMEDOUT;
		r = sd_bus_wait(bus, 1000000);
		if (r < 0 && r != -EINTR)
			return r;
	}
	return 0;
}

static int start(sd_bus *bus, sd_bus_message *call, const char *unit, struct wait *wait, struct error *err)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error said = SD_BUS_ERROR_NULL;
	const char *job;
	int r = sd_bus_call(bus, call, 0, &said, &reply);

	if (r < 0)
		return error_set(
			err, r,
			r == -EACCES || r == -EPERM
				? "run plimsoll as root, or let systemd have your own session (loginctl "
				  "enable-linger)"
				: "",
			"systemd does not start '%s': %s", unit, said.message ? said.message : strerror(-r));
	r = sd_bus_message_read(reply, "o", &job);
	if (r < 0)
		return error_errno(err, r, "", "systemd answers in an unknown way");
	replace(&wait->job, job);
	if (wait->early && wait->job && strcmp(wait->early, wait->job) == 0)
		wait->result = TAKE_PTR(wait->early_result);
	r = wait->job ? wait_for(bus, wait) : -ENOMEM;
	if (r < 0)
		return error_errno(err, r, "", "systemd does not finish starting '%s'", unit);
	if (strcmp(wait->result, "done") != 0)
		return error_set(err, -EIO, "journalctl tells more", "systemd could not start '%s': %s", unit,
				 wait->result);
	return 0;
}

/* Root can talk to systemd itself where there is no bus (yet). */
static int connect_directly(sd_bus **out)
{
	_cleanup_(sd_bus_unrefp) sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	r = r < 0 ? r : sd_bus_set_address(bus, "unix:path=/run/systemd/private");
	r = r < 0 ? r : sd_bus_start(bus);
	if (r >= 0)
		*out = TAKE_PTR(bus);
	return r;
}

static int connect_to(bool user, sd_bus **bus)
{
	int r = user ? sd_bus_open_user(bus) : sd_bus_open_system(bus);

	if (r < 0 && !user && connect_directly(bus) >= 0)
		return 0;
	return r;
}

int bus_start_scope(bool user, const char *unit, const char *slice, const char *description, pid_t pid,
		    struct error *err)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	struct wait wait = {0};
	int r = connect_to(user, &bus);

	if (r < 0)
		return error_errno(err, r,
				   user ? "set XDG_RUNTIME_DIR, as a login session does, or run as root"
					: "start dbus.service: systemd is asked for cgroups by its bus",
				   "cannot reach systemd's %s bus", user ? "session" : "system");
	/* systemd sends no signals about jobs to who did not subscribe. */
	r = sd_bus_call_method(bus, DESTINATION, OBJECT, MANAGER, "Subscribe", NULL, NULL, NULL);
	if (r >= 0)
		r = sd_bus_match_signal(bus, &slot, DESTINATION, OBJECT, MANAGER, "JobRemoved",
					on_job_removed, &wait);
	if (r >= 0)
		r = make_call(bus, &call, unit, slice, description, pid);
	if (r < 0)
		return error_errno(err, r, "", "cannot ask systemd to start '%s'", unit);
	r = start(bus, call, unit, &wait, err);
	free(wait.job);
	free(wait.result);
	free(wait.early);
	free(wait.early_result);
	return r;
}
