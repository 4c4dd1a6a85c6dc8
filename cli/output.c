/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include "base/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int output_write(const struct str *text)
{
	size_t done = 0;

	if (text->failed)
		return -ENOMEM;
	while (done < text->len) {
		ssize_t n = write(STDOUT_FILENO, text->data + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}

bool output_is_terminal(void)
{
	return isatty(STDOUT_FILENO);
}

bool output_has_colour(void)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return output_is_terminal() && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

struct output_size output_size(void)
{
	struct winsize w = {0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0)
		return (struct output_size){0, 0};
	return (struct output_size){w.ws_col, w.ws_row};
}

static size_t count_lines(struct slice text)
{
	struct slice line;
	size_t n = 0;

	while (next_line(&text, &line))
		n++;
	return n;
}

void output_in_place(struct str *out, const struct str *text, size_t rows)
{
	struct slice rest = {text->data ? text->data : "", text->len};
	size_t total = count_lines(rest);
	size_t shown = rows > 2 && total >= rows ? rows - 2 : total;
	struct slice line;

	str_add(out, "\033[H");
	for (size_t i = 0; i < shown && next_line(&rest, &line); i++) {
		str_append(out, line.at, line.len);
		str_add(out, "\033[K\n");
	}
	if (shown < total)
		str_printf(out, "... and %zu more lines: this terminal is too low for them\033[K",
			   total - shown);
	str_add(out, "\033[J");
}
