/* SPDX-License-Identifier: Apache-2.0 */
/* systemd's readiness and watchdog protocol (sd_notify(3), sd_watchdog_enabled(3)), without its library. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/*
 * Sends a state such as "READY=1" to the socket that NOTIFY_SOCKET names ("/path", or "@name" in the abstract
 * space). socket NULL or "": nobody listens, 0. 0 or -errno.
 */
int sd_notify_send(const char *socket, const char *state);

/*
 * How often at least "WATCHDOG=1" is due, from the values of WATCHDOG_USEC and WATCHDOG_PID (NULL where they
 * are not set); 0 = never, because it is off or meant for another process than `self`.
 */
uint64_t sd_watchdog_ns(const char *usec, const char *pid, pid_t self);
