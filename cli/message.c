/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include "base/text.h"

#include <stdio.h>

void message_safe(struct str *out, const char *text)
{
	text_printable(out, slice_of(text));
}

void message_format(struct str *out, const struct error *err)
{
	str_add(out, "plimsoll: ");
	message_safe(out, err->cause);
	str_char(out, '\n');
	if (!*err->remedy)
		return;
	str_add(out, "  ");
	message_safe(out, err->remedy);
	str_char(out, '\n');
}

void message_error(const struct error *err)
{
	_cleanup_str_ struct str out = {0};

	message_format(&out, err);
	fwrite(out.data, 1, out.len, stderr);
}
