/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/slice.h"
#include "fatal.h"
#include "screen_private.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define ROWS_MAX 1000
#define COLS_MAX 2000

#define MOUSE_EVENTS (BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED)

enum glyph_level screen_glyph_level(enum tui_glyphs wanted, const char *codeset, const char *term)
{
	if (!slice_is(slice_of(codeset), "UTF-8"))
		return GLYPH_ASCII;
	switch (wanted) {
	case GLYPHS_ASCII:
		return GLYPH_ASCII;
	case GLYPHS_BLOCKS:
		return GLYPH_BLOCKS;
	case GLYPHS_BRAILLE:
		return GLYPH_BRAILLE;
	case GLYPHS_AUTO:
		break;
	}
	/* The console's font has 256 or 512 characters: neither braille nor the eighths of a block. */
	if (term && slice_is(slice_of(term), "linux"))
		return GLYPH_ASCII;
	return GLYPH_BRAILLE;
}

/* ---- what restores the terminal after a crash */

static struct {
	char text[512];
	size_t len;
} reset;

static int reset_char(int c)
{
	if (reset.len < sizeof(reset.text))
		reset.text[reset.len++] = (char)c;
	return c;
}

static void prepare_reset(const struct tui_screen *s)
{
	static const char *const names[] = {"rmkx", "sgr0", "op", "cnorm", "rmcup"};
	static const char mouse_off[] = "\033[?1006l\033[?1000l";

	reset.len = 0;
	if (tigetstr("kmous") && tigetstr("kmous") != (char *)-1)
		for (const char *p = mouse_off; *p; p++)
			reset_char(*p);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *text = tigetstr(names[i]);

		if (text && text != (char *)-1)
			tputs(text, 1, reset_char);
	}
	fatal_guard(s->real, reset.text, reset.len, &s->before);
}

/* ---- opening and closing */

/* A terminal can stall (a connection that hangs, a paused viewer), and a signal that asks to end has to be
 * heard then. O_NONBLOCK belongs to the open file, which the shell shares with us: hence another one. */
static int open_wire(int real)
{
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", real);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? real : fd;
}

static int open_files(struct tui_screen *s, int in, int out)
{
	_cleanup_close_ int from = fcntl(in, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	_cleanup_close_ int to = fcntl(out, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	s->real = fcntl(out, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	s->wire = open_wire(s->real);
	s->capture = memfd_create("frame", MFD_CLOEXEC);
	if (from < 0 || to < 0 || s->real < 0 || s->capture < 0)
		return -errno;
	if (tcgetattr(s->real, &s->before) < 0)
		return -errno;
	s->in = fdopen(from, "r");
	if (!s->in)
		return -ENOMEM;
	TAKE_FD(from);
	s->out = fdopen(to, "w");
	if (!s->out)
		return -ENOMEM;
	TAKE_FD(to);
	return 0;
}

/* Asked beforehand, because newterm(3) of ncurses 6.4 loses memory where the terminal is not known. */
static bool is_known(const struct tui_screen *s)
{
	int what;

	if (setupterm(NULL, fileno(s->out), &what) != OK)
		return false;
	del_curterm(cur_term);
	return true;
}

/* Signals are the loop's: what ncurses installs is taken away again. */
static SCREEN *new_term(struct tui_screen *s)
{
	static const int theirs[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
	struct sigaction before[ARRAY_SIZE(theirs)];
	SCREEN *curses;

	for (size_t i = 0; i < ARRAY_SIZE(theirs); i++)
		sigaction(theirs[i], NULL, &before[i]);
	curses = newterm(NULL, s->out, s->in);
	for (size_t i = 0; i < ARRAY_SIZE(theirs); i++)
		sigaction(theirs[i], &before[i], NULL);
	return curses;
}

/* Sequences that terminals send and their descriptions often leave out. */
static void define_keys(void)
{
	static const struct {
		const char *sequence;
		int code;
	} keys[] = {{"\033[1;2A", KEY_SR},    {"\033[1;2B", KEY_SF}, {"\033[1;2C", KEY_SRIGHT},
		    {"\033[1;2D", KEY_SLEFT}, {"\033[H", KEY_HOME},  {"\033OH", KEY_HOME},
		    {"\033[1~", KEY_HOME},    {"\033[F", KEY_END},   {"\033OF", KEY_END},
		    {"\033[4~", KEY_END},     {"\033[Z", KEY_BTAB}};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (key_defined(keys[i].sequence) <= 0)
			define_key(keys[i].sequence, keys[i].code);
}

static int set_modes(struct tui_screen *s)
{
	s->keys = newpad(1, 1);
	if (!s->keys)
		return -ENOMEM;
	raw();
	noecho();
	nonl();
	set_escdelay(25);
	keypad(s->keys, TRUE);
	nodelay(s->keys, TRUE);
	define_keys();
	mouseinterval(0);
	return 0;
}

static int take_size(struct tui_screen *s, int rows, int cols)
{
	cchar_t *line = realloc(s->line, (size_t)cols * sizeof(*line));

	if (!line)
		return -ENOMEM;
	s->line = line;
	if (canvas_resize(&s->last, rows, cols) < 0)
		return -ENOMEM;
	s->rows = rows;
	s->cols = cols;
	s->known = false;
	return 0;
}

static int ask_size(const struct tui_screen *s, int *rows, int *cols)
{
	struct winsize size;

	if (ioctl(s->real, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
		return -ENODATA;
	*rows = size.ws_row < ROWS_MAX ? size.ws_row : ROWS_MAX;
	*cols = size.ws_col < COLS_MAX ? size.ws_col : COLS_MAX;
	return 0;
}

static int open_terminal(struct tui_screen *s, struct error *err)
{
	const char *term = getenv("TERM");
	int rows, cols;
	int r;

	s->curses = is_known(s) ? new_term(s) : NULL;
	if (!s->curses)
		return error_set(err, -EINVAL,
				 "set TERM to what the terminal is, such as xterm-256color, or install its "
				 "description (ncurses-term)",
				 "the terminal '%s' is not known", term ? term : "");
	r = set_modes(s);
	if (r == 0) {
		rows = LINES;
		cols = COLS;
		if (ask_size(s, &rows, &cols) == 0 && is_term_resized(rows, cols))
			resizeterm(rows, cols);
		r = take_size(s, rows < ROWS_MAX ? rows : ROWS_MAX, cols < COLS_MAX ? cols : COLS_MAX);
	}
	if (r < 0)
		return error_errno(err, r, "", "cannot open the screen");
	prepare_reset(s);
	return 0;
}

int screen_open(struct tui_screen **out_screen, int in, int out, const struct screen_look *look,
		struct error *err)
{
	struct tui_screen *s;
	int r;

	if (!isatty(in) || !isatty(out))
		return error_set(err, -ENOTTY, "--once writes the same as text, to anywhere",
				 "the dashboard needs a terminal, and this is none");
	s = calloc(1, sizeof(*s));
	if (!s)
		return error_errno(err, -ENOMEM, "", "cannot open the screen");
	s->real = s->wire = s->capture = s->wake = -1;
	r = open_files(s, in, out);
	if (r < 0)
		error_errno(err, r, "", "cannot open the terminal");
	else
		r = open_terminal(s, err);
	if (r < 0) {
		screen_close(s);
		return r;
	}
	if (look->colour && start_color() == OK)
		use_default_colors();
	screen_set_look(s, look);
	*out_screen = s;
	return 0;
}

void screen_close(struct tui_screen *s)
{
	if (!s)
		return;
	if (s->curses) {
		screen_suspend(s);
		fatal_release();
		if (s->keys)
			delwin(s->keys);
		delscreen(s->curses);
	}
	if (s->in)
		fclose(s->in);
	if (s->out)
		fclose(s->out);
	if (s->wire >= 0 && s->wire != s->real)
		close(s->wire);
	if (s->real >= 0)
		close(s->real);
	if (s->capture >= 0)
		close(s->capture);
	canvas_free(&s->last);
	free(s->line);
	free(s);
}

/* ---- looks */

static attr_t attributes_of(unsigned style)
{
	attr_t a = A_NORMAL;

	if (style & STYLE_BOLD)
		a |= A_BOLD;
	if (style & STYLE_DIM)
		a |= A_DIM;
	if (style & STYLE_REVERSE)
		a |= A_REVERSE;
	if (style & STYLE_UNDERLINE)
		a |= A_UNDERLINE;
	return a;
}

static void set_styles(struct tui_screen *s)
{
	enum colour_tier tier = theme_tier(has_colors() ? COLORS : 0, s->look.colour);

	for (int role = 0; role < ROLE__COUNT; role++) {
		struct style style = theme_style(s->look.theme, tier, (enum role)role);
		bool plain = style.foreground == COLOUR_DEFAULT && style.background == COLOUR_DEFAULT;
		short pair = (short)(role + 1);

		s->attributes[role] = attributes_of(style.attributes);
		s->pairs[role] = 0;
		if (!plain && pair < COLOR_PAIRS &&
		    init_pair(pair, (short)style.foreground, (short)style.background) == OK)
			s->pairs[role] = pair;
	}
}

void screen_set_look(struct tui_screen *s, const struct screen_look *look)
{
	bool restyle = !s->styled || s->look.theme != look->theme;
	bool mouse = !s->styled || s->look.mouse != look->mouse;

	s->look.theme = look->theme;
	s->look.glyphs = look->glyphs;
	s->look.mouse = look->mouse;
	if (!s->styled)
		s->look.colour = look->colour;
	s->styled = true;
	if (restyle) {
		set_styles(s);
		s->known = false;
	}
	if (mouse)
		mousemask(look->mouse ? MOUSE_EVENTS : 0, NULL);
}

enum glyph_level screen_glyphs(const struct tui_screen *s)
{
	return screen_glyph_level(s->look.glyphs, nl_langinfo(CODESET), getenv("TERM"));
}

void screen_size(const struct tui_screen *s, int *rows, int *cols)
{
	*rows = s->rows;
	*cols = s->cols;
}

bool screen_resize(struct tui_screen *s)
{
	int rows, cols;

	if (ask_size(s, &rows, &cols) < 0 || (rows == s->rows && cols == s->cols))
		return false;
	if (resizeterm(rows, cols) != OK)
		return false;
	return take_size(s, rows, cols) == 0;
}

/* ---- showing */

static bool same_cell(const struct cell *a, const struct cell *b)
{
	return a->text[0] == b->text[0] && a->text[1] == b->text[1] && a->role == b->role;
}

static bool half(const struct cell *cell)
{
	return cell->text[0] == 0;
}

/* Writes the cells from `from` up to `to` to ncurses' window. */
static void write_run(struct tui_screen *s, const struct cell *row, int y, int from, int to)
{
	int n = 0;

	for (int x = from; x < to; x++) {
		const struct cell *cell = &row[x];
		wchar_t text[] = {(wchar_t)cell->text[0], (wchar_t)cell->text[1], 0};

		if (half(cell))
			continue;
		if (setcchar(&s->line[n], text, s->attributes[cell->role], s->pairs[cell->role], NULL) != OK)
			setcchar(&s->line[n], L"?", s->attributes[cell->role], s->pairs[cell->role], NULL);
		n++;
	}
	mvwadd_wchnstr(stdscr, y, from, s->line, n);
}

/* Only what changed, in whole characters of both the old and the new line. */
static void write_row(struct tui_screen *s, const struct cell *now, struct cell *before, int y, int cols)
{
	int x = 0;

	while (x < cols) {
		int from, to;

		if (s->known && same_cell(&now[x], &before[x])) {
			x++;
			continue;
		}
		for (from = x; from > 0 && (half(&now[from]) || half(&before[from]));)
			from--;
		for (to = x + 1; to < cols && (half(&now[to]) || half(&before[to]) || !s->known ||
					       !same_cell(&now[to], &before[to]));)
			to++;
		write_run(s, now, y, from, to);
		x = to;
	}
	memcpy(before, now, (size_t)cols * sizeof(*before));
}

/* The file in memory is empty again. */
static int frame_gone(struct tui_screen *s)
{
	s->pending = false;
	s->sent = 0;
	lseek(s->capture, 0, SEEK_SET);
	return ftruncate(s->capture, 0) < 0 ? -errno : 0;
}

/* 1 where the terminal takes more, 0 where something else is to be done first. */
static int wait_for_terminal(const struct tui_screen *s)
{
	struct pollfd fds[] = {{.fd = s->wire, .events = POLLOUT}, {.fd = s->wake, .events = POLLIN}};

	if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		return errno == EINTR ? 1 : -errno;
	return fds[0].revents != 0;
}

/* What ncurses wrote into the file in memory goes to the terminal. */
static int send_frame(struct tui_screen *s)
{
	char chunk[16384];

	s->pending = true;
	for (;;) {
		ssize_t n = pread(s->capture, chunk, sizeof(chunk), s->sent);
		ssize_t written;
		int r;

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		written = write(s->wire, chunk, (size_t)n);
		if (written > 0) {
			s->sent += written;
			s->bytes += (uint64_t)written;
			continue;
		}
		if (written == 0)
			return -EIO;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		r = wait_for_terminal(s);
		if (r <= 0)
			return r;
	}
	s->frames += s->sent > 0;
	return frame_gone(s);
}

static int update(struct tui_screen *s, bool cursor)
{
	int fd = fileno(s->out);

	if (dup3(s->capture, fd, O_CLOEXEC) < 0)
		return -errno;
	curs_set(cursor);
	doupdate();
	if (dup3(s->real, fd, O_CLOEXEC) < 0)
		return -errno;
	return send_frame(s);
}

int screen_show(struct tui_screen *s, const struct canvas *canvas)
{
	int rows = canvas->rows < s->rows ? canvas->rows : s->rows;
	int cols = canvas->cols < s->cols ? canvas->cols : s->cols;
	bool cursor = canvas->cursor_y >= 0 && canvas->cursor_y < rows && canvas->cursor_x >= 0 &&
		      canvas->cursor_x < cols;

	int r;

	if (s->suspended)
		return 0;
	r = s->pending ? send_frame(s) : 0;
	if (r < 0 || s->pending)
		return r;
	for (int y = 0; y < rows; y++)
		write_row(s, &canvas->cells[(size_t)y * (size_t)canvas->cols],
			  &s->last.cells[(size_t)y * (size_t)s->cols], y, cols);
	/* A canvas of another size is one from before a resize: the next will fit. */
	s->known = rows == s->rows && cols == s->cols;
	leaveok(stdscr, !cursor);
	if (cursor)
		wmove(stdscr, canvas->cursor_y, canvas->cursor_x);
	wnoutrefresh(stdscr);
	return update(s, cursor);
}

void screen_set_wake(struct tui_screen *s, int fd)
{
	s->wake = fd;
}

bool screen_pending(const struct tui_screen *s)
{
	return s->pending;
}

void screen_forget(struct tui_screen *s)
{
	s->known = false;
	clearok(curscr, TRUE);
}

uint64_t screen_bytes(const struct tui_screen *s)
{
	return s->bytes;
}

uint64_t screen_frames(const struct tui_screen *s)
{
	return s->frames;
}

/* ---- lending the terminal */

/* A terminal that takes nothing would not take the last words either: what it has not shown yet is dropped.
 */
static void drop_pending(struct tui_screen *s)
{
	struct pollfd terminal = {.fd = s->real, .events = POLLOUT};

	if (!s->pending && poll(&terminal, 1, 0) == 1)
		return;
	tcflush(s->real, TCOFLUSH);
	(void)frame_gone(s);
}

void screen_suspend(struct tui_screen *s)
{
	if (s->suspended)
		return;
	drop_pending(s);
	curs_set(1);
	endwin();
	s->suspended = true;
}

void screen_resume(struct tui_screen *s)
{
	/* Even where it was not lent: who stopped us from outside had the terminal. */
	reset_prog_mode();
	s->suspended = false;
	screen_resize(s);
	screen_forget(s);
}
