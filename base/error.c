/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 4, 0))) static void fill(struct error *err, int code, const char *remedy,
						       const char *cause, va_list args)
{
	err->code = code;
	vsnprintf(err->cause, sizeof(err->cause), cause, args);
	snprintf(err->remedy, sizeof(err->remedy), "%s", remedy ? remedy : "");
}

int error_set(struct error *err, int code, const char *remedy, const char *cause, ...)
{
	int saved = errno;
	va_list args;

	if (err) {
		va_start(args, cause);
		fill(err, code, remedy, cause, args);
		va_end(args);
	}
	errno = saved;
	return code;
}

int error_errno(struct error *err, int code, const char *remedy, const char *cause, ...)
{
	int saved = errno;
	va_list args;
	size_t used;

	if (err) {
		va_start(args, cause);
		fill(err, code, remedy, cause, args);
		va_end(args);
		used = strlen(err->cause);
		snprintf(err->cause + used, sizeof(err->cause) - used, ": %s", strerror(-code));
	}
	errno = saved;
	return code;
}
