/* SPDX-License-Identifier: Apache-2.0 */
#include "function_bar.h"
#include "pager_text.h"
#include "views.h"
#include "wrap.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_AT_ONCE (256 * 1024) /* then the keyboard has its turn */
#define PAN 8

struct pager {
	struct view view;
	char *title;
	struct pager_text *text;
	struct child child;
	bool running;
	bool follow;
	bool wrap;
	uint64_t top; /* number of the first line on the screen */
	size_t sub;   /* rows of it that are above the screen */
	int pan;
	int rows, cols; /* of the body, as it was drawn last */
	char pattern[256];
	uint64_t found; /* line of the match that we are at; UINT64_MAX = none */
};

static void pager_close(struct view *v)
{
	struct pager *p = (struct pager *)v;

	child_close(&p->child);
	pager_text_free(p->text);
	free(p->title);
	free(p);
}

/* --- where the screen is in the text --- */

static size_t rows_of(struct pager *p, uint64_t number)
{
	struct slice line = pager_text_line(p->text, number);
	size_t rows = 0;

	if (!p->wrap || p->cols <= 0)
		return 1;
	while (line.len) {
		size_t n = wrap_fit(line, p->cols, NULL);

		line = (struct slice){line.at + n, line.len - n};
		rows++;
	}
	return rows ? rows : 1;
}

static void move_up(struct pager *p, size_t by)
{
	p->follow = false;
	while (by > 0) {
		if (p->sub > 0) {
			p->sub--;
		} else if (p->top > pager_text_first(p->text)) {
			p->top--;
			p->sub = rows_of(p, p->top) - 1;
		} else {
			return;
		}
		by--;
	}
}

static void to_end(struct pager *p)
{
	uint64_t end = pager_text_end(p->text);
	bool follow = p->follow;

	p->top = end;
	p->sub = 0;
	move_up(p, p->rows > 0 ? (size_t)p->rows : 1);
	p->follow = follow;
}

/* Rows that are left from the top of the screen, counted up to `most`. */
static size_t rows_left(struct pager *p, size_t most)
{
	uint64_t end = pager_text_end(p->text);
	size_t rows = 0;

	for (uint64_t n = p->top; n < end && rows < most + p->sub; n++)
		rows += rows_of(p, n);
	return rows > p->sub ? rows - p->sub : 0;
}

static void move_down(struct pager *p, size_t by)
{
	while (by > 0 && rows_left(p, (size_t)p->rows + 1) > (size_t)p->rows) {
		if (p->sub + 1 < rows_of(p, p->top)) {
			p->sub++;
		} else {
			p->top++;
			p->sub = 0;
		}
		by--;
	}
}

static void stay_inside(struct pager *p)
{
	uint64_t first = pager_text_first(p->text);

	if (p->top < first) {
		p->top = first;
		p->sub = 0;
	}
	if (p->follow || (p->top > first && rows_left(p, (size_t)p->rows) < (size_t)p->rows))
		to_end(p);
	else if (p->sub >= rows_of(p, p->top))
		p->sub = rows_of(p, p->top) - 1;
}

/* --- search --- */

static bool has_upper(const char *text)
{
	for (; *text; text++) {
		if (isupper((unsigned char)*text))
			return true;
	}
	return false;
}

/* Where the pattern is at or behind `from`, or text.len. Without capitals in it case doesn't matter. */
static size_t find_in(struct slice text, const char *pattern, size_t from)
{
	size_t len = strlen(pattern);
	bool exact = has_upper(pattern);

	for (size_t i = from; len && i + len <= text.len; i++) {
		if (exact ? memcmp(text.at + i, pattern, len) == 0
			  : strncasecmp(text.at + i, pattern, len) == 0)
			return i;
	}
	return text.len;
}

static bool matches(struct pager *p, uint64_t number)
{
	struct slice line = pager_text_line(p->text, number);

	return line.len && find_in(line, p->pattern, 0) < line.len;
}

static void show_found(struct pager *p, uint64_t number)
{
	p->found = number;
	p->follow = false;
	if (number >= p->top && number < p->top + (uint64_t)(p->rows > 0 ? p->rows : 0) && !p->wrap)
		return;
	p->top = number;
	p->sub = 0;
	move_up(p, p->rows > 2 ? (size_t)p->rows / 3 : 0);
}

static void find(struct pager *p, struct app *app, bool forward, bool from_here)
{
	uint64_t first = pager_text_first(p->text);
	uint64_t n = pager_text_end(p->text) - first;
	uint64_t at = p->found != UINT64_MAX && p->found >= first ? p->found : p->top;

	if (!p->pattern[0]) {
		app_say(app, ROLE_NOTICE, "nothing to search for: / asks");
		return;
	}
	for (uint64_t i = from_here ? 0 : 1; i <= n && n; i++) {
		uint64_t offset = forward ? at - first + i : at - first + n - i % n;
		uint64_t line = first + offset % n;

		if (!matches(p, line))
			continue;
		if (forward ? line < at : line > at)
			app_say(app, ROLE_NOTICE, "went on from the other end");
		show_found(p, line);
		return;
	}
	p->found = UINT64_MAX;
	app_say(app, ROLE_WARNING, "'%s' is not in it", p->pattern);
}

static void search_done(struct app *app, void *context, const char *text)
{
	struct pager *p = context;

	if (text[0])
		strncpy(p->pattern, text, sizeof(p->pattern) - 1);
	p->found = UINT64_MAX;
	find(p, app, true, true);
}

/* The matches are marked while one types. */
static void search_typed(struct app *app, void *context, const char *text)
{
	struct pager *p = context;

	(void)app;
	memset(p->pattern, 0, sizeof(p->pattern));
	strncpy(p->pattern, text, sizeof(p->pattern) - 1);
}

static void ask_search(struct pager *p, struct app *app)
{
	static const struct input_calls calls = {.done = search_done, .typed = search_typed};

	/* The pager is below the dialog: it outlives it. */
	app_push(app, dialog_input_new(app, "Search", "", "n: the next, N: the one before", &calls, p));
}

/* --- drawing --- */

static void mark(struct pager *p, struct canvas *canvas, struct rect row, struct slice line, uint64_t number,
		 size_t from, size_t to)
{
	size_t len = strlen(p->pattern);
	enum role role = number == p->found ? ROLE_SELECTED : ROLE_TAGGED;

	for (size_t at = find_in(line, p->pattern, 0); len && at < line.len;
	     at = find_in(line, p->pattern, at + len)) {
		size_t start = at > from ? at : from;
		size_t end = at + len < to ? at + len : to;
		struct rect area = row;

		if (at >= to)
			return;
		if (start >= end)
			continue;
		area.x += wrap_columns((struct slice){line.at + from, start - from});
		area.cols = wrap_columns((struct slice){line.at + start, end - start});
		canvas_role(canvas, area, role);
	}
}

/* The rows of one line, from its row `sub` on; how many were drawn. */
static int draw_line(struct pager *p, struct canvas *canvas, int y, int rows, uint64_t number, size_t sub)
{
	struct slice line = pager_text_line(p->text, number);
	size_t at = p->wrap ? 0 : p->pan > 0 && line.len ? wrap_fit(line, p->pan, NULL) : 0;
	int drawn = 0;

	do {
		struct slice rest = {line.at + at, line.len - at};
		size_t n = wrap_fit(rest, p->cols, NULL);

		if (sub > 0) {
			sub--;
		} else {
			struct rect row = {y + drawn, 0, 1, p->cols};

			canvas_slice(canvas, row.y, 0, p->cols, ROLE_TEXT,
				     p->wrap ? (struct slice){rest.at, n} : rest);
			mark(p, canvas, row, line, number, at, at + n);
			drawn++;
		}
		at += n;
	} while (p->wrap && at < line.len && drawn < rows);
	return drawn;
}

static void draw_status(struct pager *p, struct canvas *canvas)
{
	_cleanup_str_ struct str status = {0};
	uint64_t first = pager_text_first(p->text);
	uint64_t end = pager_text_end(p->text);

	if (p->running)
		str_add(&status, p->follow ? "following  " : "running  ");
	if (p->pattern[0])
		str_printf(&status, "/%.20s  ", p->pattern);
	str_printf(&status, "%llu of %llu", (unsigned long long)(end > first ? p->top - first + 1 : 0),
		   (unsigned long long)(end - first));
	if (first > 0)
		str_add(&status, " (older ones are dropped)");
	canvas_fill(canvas, (struct rect){0, 0, 1, canvas->cols}, ROLE_TITLE, ' ');
	canvas_text_right(canvas, 0, canvas->cols / 3, canvas->cols - canvas->cols / 3 - 1, ROLE_TITLE,
			  status.data ? status.data : "");
	canvas_text(canvas, 0, 1, canvas->cols - (int)status.len - 4, ROLE_TITLE, p->title);
}

static void pager_draw(struct view *v, struct app *app, struct canvas *canvas)
{
	struct pager *p = (struct pager *)v;
	uint64_t end;
	int y = 0;

	p->rows = canvas->rows > 3 ? canvas->rows - 2 : canvas->rows - 1;
	p->cols = canvas->cols;
	if (p->rows < 0)
		p->rows = 0;
	stay_inside(p);
	end = pager_text_end(p->text);
	for (uint64_t n = p->top; n < end && y < p->rows; n++)
		y += draw_line(p, canvas, 1 + y, p->rows - y, n, n == p->top ? p->sub : 0);
	if (pager_text_first(p->text) == end)
		canvas_text(canvas, 1, 1, p->cols - 1, ROLE_DIM, p->running ? "nothing yet" : "nothing");
	draw_status(p, canvas);
	if (canvas->rows <= 3)
		return;
	function_bar(canvas, canvas->rows - 1, CONTEXT_PAGER);
	app->bar_y = canvas->rows - 1;
}

/* --- commands --- */

static bool pager_move(struct pager *p, enum command command)
{
	size_t page = p->rows > 1 ? (size_t)p->rows - 1 : 1;

	if (command == CMD_UP) {
		move_up(p, 1);
	} else if (command == CMD_DOWN) {
		move_down(p, 1);
	} else if (command == CMD_PAGE_UP) {
		move_up(p, page);
	} else if (command == CMD_PAGE_DOWN) {
		move_down(p, page);
	} else if (command == CMD_FIRST) {
		p->follow = false;
		p->top = pager_text_first(p->text);
		p->sub = 0;
	} else if (command == CMD_LAST) {
		p->follow = p->running;
		to_end(p);
	} else {
		return false;
	}
	return true;
}

static bool pager_command(struct view *v, struct app *app, enum command command, const struct key *key)
{
	struct pager *p = (struct pager *)v;

	(void)key;
	if (pager_move(p, command))
		return true;
	if (command == CMD_PAN_LEFT) {
		p->pan = p->pan > PAN ? p->pan - PAN : 0;
	} else if (command == CMD_PAN_RIGHT) {
		if (!p->wrap && p->pan < PAGER_LINE_MAX)
			p->pan += PAN;
	} else if (command == CMD_WRAP) {
		p->wrap = !p->wrap;
		p->pan = 0;
		p->sub = 0;
	} else if (command == CMD_TAIL) {
		p->follow = !p->follow;
	} else if (command == CMD_FILTER) {
		ask_search(p, app);
	} else if (command == CMD_FIND_NEXT) {
		find(p, app, true, false);
	} else if (command == CMD_FIND_PREVIOUS) {
		find(p, app, false, false);
	} else if (command == CMD_HELP && strcmp(p->title, HELP_TITLE) == 0) {
		app_pop(app);
	} else {
		return false;
	}
	return true;
}

/* --- a command's output --- */

static int pager_fd(struct view *v)
{
	struct pager *p = (struct pager *)v;

	if (!p->running)
		return -1;
	return p->child.output >= 0 ? p->child.output : p->child.process;
}

static void ended(struct pager *p, int status)
{
	_cleanup_str_ struct str text = {0};

	p->running = false;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		str_printf(&text, "\n[ended with exit code %d]\n", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		str_printf(&text, "\n[ended by signal %d]\n", WTERMSIG(status));
	if (text.data)
		pager_text_feed(p->text, text.data, text.len);
	child_close(&p->child);
}

static void pager_readable(struct view *v, struct app *app)
{
	struct pager *p = (struct pager *)v;
	size_t sum = 0;
	int status;

	app->changed = true;
	while (p->child.output >= 0 && sum < READ_AT_ONCE) {
		char buffer[16384];
		ssize_t n = read(p->child.output, buffer, sizeof(buffer));

		if (n > 0) {
			pager_text_feed(p->text, buffer, (size_t)n);
			sum += (size_t)n;
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			close(p->child.output);
			p->child.output = -1;
		} else {
			break;
		}
	}
	if (p->running && p->child.output < 0 && child_ended(&p->child, &status) == 1)
		ended(p, status);
}

static const struct view_ops pager_ops = {.name = "pager",
					  .context = CONTEXT_PAGER,
					  .whole = true,
					  .draw = pager_draw,
					  .command = pager_command,
					  .fd = pager_fd,
					  .readable = pager_readable,
					  .close = pager_close};

static struct pager *pager_new(const char *title)
{
	struct pager *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->view.ops = &pager_ops;
	p->child = (struct child){.output = -1, .process = -1};
	p->found = UINT64_MAX;
	p->wrap = true;
	p->title = strdup(title);
	p->text = pager_text_new();
	if (!p->title || !p->text) {
		pager_close(&p->view);
		return NULL;
	}
	return p;
}

struct view *view_pager_text(struct app *app, const char *title, const char *text)
{
	struct pager *p = pager_new(title);

	(void)app;
	if (!p)
		return NULL;
	pager_text_feed(p->text, text, strlen(text));
	return &p->view;
}

struct view *view_pager_command(struct app *app, const char *title, char *const *argv, bool follow,
				struct error *err)
{
	struct pager *p = pager_new(title);

	(void)app;
	if (!p) {
		error_set(err, -ENOMEM, "", "there is not enough memory");
		return NULL;
	}
	if (child_start(&p->child, argv, err) < 0) {
		p->child = (struct child){.output = -1, .process = -1};
		pager_close(&p->view);
		return NULL;
	}
	p->running = true;
	p->follow = follow;
	return &p->view;
}
