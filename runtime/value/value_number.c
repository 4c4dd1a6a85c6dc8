/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in flags. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"
#include "runtime/value.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

int value_integer(const char *flag, const char *text, int64_t min, int64_t max, int64_t *out,
		  struct error *err)
{
	char remedy[96];
	int64_t value;

	if (parse_i64(slice_of(text), &value) == 0 && value >= min && value <= max) {
		*out = value;
		return 0;
	}
	if (min == INT64_MIN || max == INT64_MAX)
		snprintf(remedy, sizeof(remedy), "it takes a whole number%s", min == 0 ? ", at least 0" : "");
	else
		snprintf(remedy, sizeof(remedy), "it takes a whole number from %" PRId64 " to %" PRId64, min,
			 max);
	return error_set(err, -EINVAL, remedy, "'--%s' cannot be '%s'", flag, text);
}

int value_bytes(const char *flag, const char *text, bool unlimited, int64_t *out, struct error *err)
{
	uint64_t value;

	if (unlimited && strcmp(text, "-1") == 0) {
		*out = -1;
		return 0;
	}
	if (parse_size(slice_of(text), &value) < 0 || value > INT64_MAX)
		return error_set(err, -EINVAL,
				 unlimited ? "it takes a size such as 512k, 64m or 1g, or -1 for no limit"
					   : "it takes a size such as 512k, 64m or 1g",
				 "'--%s' cannot be '%s'", flag, text);
	*out = (int64_t)value;
	return 0;
}

int value_cpus(const char *text, unsigned host_cpus, int64_t *quota, struct error *err)
{
	uint64_t value;

	if (parse_fixed(slice_of(text), 5, &value) < 0)
		return error_set(err, -EINVAL, "it takes a number of CPUs such as 0.5 or 2",
				 "'--cpus' cannot be '%s'", text);
	if (value > (uint64_t)host_cpus * VALUE_CPUS_PERIOD)
		return error_set(err, -EINVAL, "ask for what is there; more would limit nothing",
				 "'--cpus' cannot be '%s': this host has %u CPU%s", text, host_cpus,
				 host_cpus == 1 ? "" : "s");
	/* The kernel's least quota is 1 ms (min_cfs_quota_period). */
	if (value < 1000 && strspn(text, "0.") != strlen(text))
		return error_set(err, -EINVAL, "the kernel's least is 0.01, or 0 for no limit",
				 "'--cpus' cannot be '%s'", text);
	*quota = (int64_t)value;
	return 0;
}

/* Texts rather than pointers: no relocation. */
static const char signals[][8] = {
	[SIGHUP] = "HUP",   [SIGINT] = "INT",	    [SIGQUIT] = "QUIT", [SIGILL] = "ILL",
	[SIGTRAP] = "TRAP", [SIGABRT] = "ABRT",	    [SIGBUS] = "BUS",	[SIGFPE] = "FPE",
	[SIGKILL] = "KILL", [SIGUSR1] = "USR1",	    [SIGSEGV] = "SEGV", [SIGUSR2] = "USR2",
	[SIGPIPE] = "PIPE", [SIGALRM] = "ALRM",	    [SIGTERM] = "TERM", [SIGSTKFLT] = "STKFLT",
	[SIGCHLD] = "CHLD", [SIGCONT] = "CONT",	    [SIGSTOP] = "STOP", [SIGTSTP] = "TSTP",
	[SIGTTIN] = "TTIN", [SIGTTOU] = "TTOU",	    [SIGURG] = "URG",	[SIGXCPU] = "XCPU",
	[SIGXFSZ] = "XFSZ", [SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF", [SIGWINCH] = "WINCH",
	[SIGIO] = "IO",	    [SIGPWR] = "PWR",	    [SIGSYS] = "SYS",
};

/* The kernel's range of real-time signals, of which libc keeps two for itself. */
#define SIGNAL_RTMIN 34
#define SIGNAL_RTMAX 64

static int real_time(const char *name)
{
	bool from_max = strncasecmp(name, "RTMAX", 5) == 0;
	uint64_t distance = 0;

	if (!from_max && strncasecmp(name, "RTMIN", 5) != 0)
		return 0;
	if (name[5] && (name[5] != (from_max ? '-' : '+') || parse_u64(slice_of(name + 6), &distance) < 0))
		return 0;
	if (distance > SIGNAL_RTMAX - SIGNAL_RTMIN)
		return 0;
	return from_max ? SIGNAL_RTMAX - (int)distance : SIGNAL_RTMIN + (int)distance;
}

const char *value_signal_name(int number)
{
	return number > 0 && (size_t)number < ARRAY_SIZE(signals) ? signals[number] : "";
}

int value_signal(const char *text, int *out, struct error *err)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	uint64_t number = (uint64_t)real_time(name);

	for (size_t i = 1; number == 0 && i < ARRAY_SIZE(signals); i++)
		if (*signals[i] && strcasecmp(signals[i], name) == 0)
			number = i;
	if (number == 0 && parse_u64(slice_of(text), &number) < 0)
		number = 0;
	if (number < 1 || number > SIGNAL_RTMAX)
		return error_set(err, -EINVAL,
				 "signals have names such as SIGTERM or TERM, and numbers from 1 to 64",
				 "there is no signal '%s'", text);
	*out = (int)number;
	return 0;
}

int value_time_offset(struct spec *spec, const char *text, struct error *err)
{
	static const char *const clocks[] = {"monotonic=", "boottime="};
	const char *rest = text;
	int only = -1;
	uint64_t ns;
	bool back;

	for (int i = 0; i < 2; i++) {
		if (strncmp(text, clocks[i], strlen(clocks[i])) == 0) {
			rest = text + strlen(clocks[i]);
			only = i;
		}
	}
	back = *rest == '-';
	if (parse_duration(slice_of(rest + back), &ns) < 0 || ns > INT64_MAX)
		return error_set(
			err, -EINVAL,
			"it takes a duration such as 24h or -90s, with monotonic= or boottime= in front for "
			"one clock alone",
			"'--time-offset' cannot be '%s'", text);
	for (int i = 0; i < 2; i++) {
		if (only >= 0 && only != i)
			continue;
		spec->linux_.has_time_offset[i] = true;
		spec->linux_.time_offset[i] = back ? -(int64_t)ns : (int64_t)ns;
	}
	return 0;
}

int value_log_option(const char *text, uint64_t *max_size, uint32_t *max_files, struct error *err)
{
	uint64_t value;

	if (strncmp(text, "max-size=", 9) == 0) {
		if (strcmp(text + 9, "-1") == 0)
			value = 0;
		else if (parse_size(slice_of(text + 9), &value) < 0 || value < 1024)
			return error_set(err, -EINVAL, "it takes a size of at least 1k, or -1 for no bound",
					 "'--log-opt' max-size cannot be '%s'", text + 9);
		*max_size = value;
		return 0;
	}
	if (strncmp(text, "max-file=", 9) == 0) {
		if (parse_u64(slice_of(text + 9), &value) < 0 || value < 1 || value > 1000)
			return error_set(err, -EINVAL, "it takes a number from 1 to 1000",
					 "'--log-opt' max-file cannot be '%s'", text + 9);
		*max_files = (uint32_t)value;
		return 0;
	}
	return error_set(err, -EOPNOTSUPP, "it takes max-size=SIZE and max-file=COUNT",
			 "'--log-opt %s' is not available", text);
}
