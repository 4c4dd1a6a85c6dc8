/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 4, 0))) static void fill(struct error *err, int code, const char *remedy,
						       const char *cause, va_list args)
{
	/* put together beside it: an error that wraps another often has *err's own texts among its arguments
	 */
	struct error fresh = {.code = code};

	vsnprintf(fresh.cause, sizeof(fresh.cause), cause, args);
	snprintf(fresh.remedy, sizeof(fresh.remedy), "%s", remedy ? remedy : "");
	*err = fresh;
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
	char reason[128];
	va_list args;
	size_t used;

	if (err) {
		va_start(args, cause);
		fill(err, code, remedy, cause, args);
		va_end(args);
		used = strlen(err->cause);
		snprintf(err->cause + used, sizeof(err->cause) - used, ": %s",
			 strerror_r(-code, reason, sizeof(reason)));
	}
	errno = saved;
	return code;
}
