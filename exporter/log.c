/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include "base/text.h"

#include <stdarg.h>

static bool needs_quotes(const char *value)
{
	if (!*value)
		return true;
	for (; *value; value++)
		if ((unsigned char)*value <= ' ' || *value == '"' || *value == '=' || *value == '\\' ||
		    (unsigned char)*value >= 0x7f)
			return true;
	return false;
}

void logfmt_field(struct str *out, const char *key, const char *value)
{
	if (out->len)
		str_char(out, ' ');
	str_add(out, key);
	str_char(out, '=');
	if (needs_quotes(value))
		text_json(out, slice_of(value));
	else
		str_add(out, value);
}

void logger_say(const struct logger *l, enum log_level level, const char *message, ...)
{
	_cleanup_str_ struct str fields = {0};
	va_list args;
	const char *key;

	if (!l->log)
		return;
	va_start(args, message);
	while ((key = va_arg(args, const char *))) {
		const char *value = va_arg(args, const char *);

		if (value)
			logfmt_field(&fields, key, value);
	}
	va_end(args);
	l->log(l->context, level, message, fields.data ? fields.data : "");
}
