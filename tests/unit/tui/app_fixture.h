/* SPDX-License-Identifier: Apache-2.0 */
/* The app over a source that gives the fixture's fleet, one tick a sample; with a clock, actions and
 * processes of our own. What is on the screen is read back as text. */
#pragma once

#include "fixture.h"

#include "app_private.h"
#include "base/fs.h"
#include "drawn.h"
#include "views.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

struct rig_source {
	struct source source;
	unsigned tick;	  /* of the next sample */
	unsigned n_ticks; /* of a recording; 0 = no end */
	uint32_t without; /* bits of the fleet */
	unsigned samples;
};

/* What the actions were asked to do. */
struct rig_asked {
	unsigned n;
	const char *key;
	uint64_t entity;
	char argument[128];
};

struct rig {
	struct rig_source source;
	struct tui_options options;
	struct app app;
	struct canvas canvas;
	struct str screen;
};

static uint64_t rig_time;
static struct rig_asked rig_asked;
static const char *rig_program = "true";
static unsigned rig_process_calls;

static inline uint64_t rig_now(void)
{
	return rig_time;
}

static inline void rig_more_values(struct snapshot *s, size_t i, unsigned tick)
{
	static const enum metric_id averages[] = {
		METRIC_PRESSURE_CPU_SOME_AVG10,	   METRIC_PRESSURE_CPU_SOME_AVG60,
		METRIC_PRESSURE_CPU_SOME_AVG300,   METRIC_PRESSURE_MEMORY_SOME_AVG10,
		METRIC_PRESSURE_MEMORY_SOME_AVG60, METRIC_PRESSURE_MEMORY_SOME_AVG300,
		METRIC_PRESSURE_IO_SOME_AVG10,	   METRIC_PRESSURE_IO_SOME_AVG60,
	};

	for (size_t a = 0; a < ARRAY_SIZE(averages); a++)
		snapshot_set(s, i, averages[a], (a * 1700 + i * 13) % 6000);
	snapshot_set(s, i, METRIC_MEMORY_SHMEM, 1 << 20);
	snapshot_set(s, i, METRIC_MEMORY_SOCK, 64 << 10);
	snapshot_set(s, i, METRIC_MEMORY_PEAK, UINT64_C(900) << 20);
	if (i == FIXTURE_DB)
		snapshot_set(s, i, METRIC_MEMORY_HIGH, UINT64_C(1700) << 20);
	snapshot_set(s, i, METRIC_NS_IPC, 3000 + i);
	snapshot_set(s, i, METRIC_NS_UTS, i == FIXTURE_API ? 100 : 3100 + i);
	snapshot_set(s, i, METRIC_NS_USER, 100);
	(void)tick;
}

/* What the rig's source hears; nothing unless a test says so. */
static struct heard rig_heard;

static inline struct snapshot *rig_snapshot(unsigned tick, uint32_t without)
{
	struct snapshot *s = fixture_new_snapshot(tick, FIXTURE__COUNT);
	int32_t at[FIXTURE__COUNT];

	for (size_t i = 0; i < FIXTURE__COUNT; i++) {
		struct fixture f = fixtures[i];
		size_t index;

		if (without >> i & 1)
			continue;
		if (f.parent >= 0)
			f.parent = at[f.parent];
		if (i == FIXTURE_WEB) /* the order by CPU changes with time */
			f.cpu += tick > 70 ? 9 : 0;
		index = fixture_add(s, &f, i + 1, tick);
		at[i] = (int32_t)index;
		rig_more_values(s, index, tick);
	}
	assert_int_equal(snapshot_set_heard(s, &rig_heard), 0);
	snapshot_seal(s);
	return s;
}

static inline int rig_sample(struct source *source, const struct metric_set *need, struct snapshot **out,
			     struct error *err)
{
	struct rig_source *s = (struct rig_source *)source;

	(void)need;
	if (s->n_ticks && s->tick >= s->n_ticks)
		return error_set(err, -ENODATA, "", "the end");
	*out = rig_snapshot(s->tick++, s->without);
	s->samples++;
	return 0;
}

static inline int rig_step(struct source *source, int64_t n, struct error *err)
{
	struct rig_source *s = (struct rig_source *)source;
	int64_t to = (int64_t)s->tick - 1 + n;

	(void)err;
	s->tick = to < 0 ? 0 : (unsigned)to;
	return 0;
}

static inline int rig_seek(struct source *source, uint64_t realtime_ns, struct error *err)
{
	struct rig_source *s = (struct rig_source *)source;
	uint64_t second = realtime_ns / NSEC_PER_SEC;

	(void)err;
	s->tick = second > FIXTURE_EPOCH ? (unsigned)(second - FIXTURE_EPOCH) : 0;
	if (s->n_ticks && s->tick >= s->n_ticks)
		s->tick = s->n_ticks - 1;
	return 0;
}

static inline void rig_span(const struct source *source, uint64_t *first_ns, uint64_t *last_ns)
{
	const struct rig_source *s = (const struct rig_source *)source;

	*first_ns = FIXTURE_EPOCH * NSEC_PER_SEC;
	*last_ns = (FIXTURE_EPOCH + s->n_ticks - 1) * NSEC_PER_SEC;
}

static inline int rig_no_fd(struct source *s)
{
	(void)s;
	return -1;
}

static inline const char *rig_refusal(void *context, const struct action *action,
				      const struct action_target *target)
{
	(void)context;
	if (target && target->ended && strcmp(action->key, "logs") != 0)
		return "it has ended";
	if (target && target->frozen && strcmp(action->key, "pause") == 0)
		return "it is paused already";
	return NULL;
}

static inline int rig_command(void *context, const struct action *action, const struct action_target *target,
			      const char *argument, char ***argv, struct error *err)
{
	(void)context;
	if (argument && strstr(argument, "bad"))
		return error_set(err, -EINVAL, "give a good one", "'%s' is not good", argument);
	rig_asked.n++;
	rig_asked.key = action->key;
	rig_asked.entity = target ? target->entity : 0;
	snprintf(rig_asked.argument, sizeof(rig_asked.argument), "%s", argument ? argument : "");
	*argv = calloc(3, sizeof(**argv));
	assert_non_null(*argv);
	(*argv)[0] = (char *)(uintptr_t)rig_program;
	(*argv)[1] = (char *)(uintptr_t) "0";
	return 0;
}

#define RIG_ACTION(k, l, t, h, ...)                                                   \
	{                                                                             \
		.key = k, .letter = l, .title = t, .help = h, .refusal = rig_refusal, \
		.command = rig_command, __VA_ARGS__                                   \
	}

static const struct action rig_actions[] = {
	RIG_ACTION("logs", 'l', "Logs", "what it has written", .show = SHOW_PAGER, .follow = true),
	RIG_ACTION("inspect", 'i', "Inspect", "all that is known of it", .show = SHOW_PAGER),
	RIG_ACTION("exec", 'e', "Shell", "a shell in it", .show = SHOW_TERMINAL, .changes = true),
	RIG_ACTION("pause", 'p', "Pause", "freeze every process", .changes = true),
	RIG_ACTION("unpause", 'u', "Unpause", "let it go on", .changes = true),
	RIG_ACTION("stop", 's', "Stop", "ask it to end", .changes = true, .confirm = true),
	RIG_ACTION("kill", 'x', "Signal", "send a signal", .changes = true, .confirm = true,
		   .input = INPUT_SIGNAL),
	RIG_ACTION("remove", 'R', "Remove", "it and its files", .changes = true, .confirm = true),
	RIG_ACTION("update", 'L', "Limits", "change a limit", .changes = true, .input = INPUT_LIMIT),
	RIG_ACTION("run", 0, "Launch", "a new container", .changes = true, .input = INPUT_COMMAND,
		   .no_target = true),
};
static const struct action_limit rig_limits[] = {
	{"cpus", "CPUs", "CPUs, such as 0.5; max for none", "cpu_limit"},
	{"memory", "Memory", "bytes, with k, m or g; max for none", "memory_limit_bytes"},
	{"pids-limit", "Threads", "a number; max for none", "threads_max"},
};
static const struct action_table rig_table = {NULL, rig_actions, ARRAY_SIZE(rig_actions), rig_limits,
					      ARRAY_SIZE(rig_limits)};

static inline int rig_processes(void *context, const struct action_target *target, struct arena *arena,
				struct process **out, size_t *n, struct error *err)
{
	static const char *const commands[] = {"nginx: master", "ruby \033[31mworker\n", "[kworker/0:1]"};
	struct process *list = arena_alloc(arena, sizeof(*list) * 40);

	(void)context;
	(void)err;
	assert_non_null(list);
	for (unsigned i = 0; i < 40; i++)
		list[i] = (struct process){.pid = 140 - (int32_t)i,
					   .uid = 1000,
					   .threads = i + 1,
					   .state = i % 7 ? 'S' : 'D',
					   .cpu_ns = rig_time / 100 * i,
					   .memory_bytes = UINT64_C(1048576) * (i + 1),
					   .start_ticks = target->entity,
					   .command = commands[i % 3]};
	*out = list;
	*n = 40;
	rig_process_calls++;
	return 0;
}

static const struct tui_details rig_details = {NULL, rig_processes};
static const struct tui_replay rig_replay = {rig_step, rig_seek, rig_span};
static const struct source_ops rig_ops = {"rig", rig_sample, rig_no_fd, NULL, NULL};

/* Options may be changed between rig_prepare and rig_open. */
static inline void rig_prepare(struct rig *r)
{
	memset(r, 0, sizeof(*r));
	memset(&rig_asked, 0, sizeof(rig_asked));
	rig_program = "true";
	rig_time = 1000 * NSEC_PER_SEC;
	r->source.source.ops = &rig_ops;
	r->options.source = &r->source.source;
	r->options.actions = &rig_table;
	r->options.details = &rig_details;
	r->options.now = rig_now;
	r->options.sort = "cpu";
}

static inline void rig_tick(struct rig *r, unsigned n)
{
	struct error err = {0};

	while (n-- > 0) {
		rig_time += NSEC_PER_SEC;
		assert_int_equal(app_sample(&r->app, &err), 0);
	}
}

static inline void rig_open(struct rig *r, unsigned ticks, int rows, int cols, enum glyph_level glyphs)
{
	struct error err = {0};

	assert_int_equal(app_open(&r->app, &r->options, &err), 0);
	r->canvas = make_canvas(rows, cols, glyphs);
	rig_tick(r, ticks);
}

static inline void rig_close(struct rig *r)
{
	app_close(&r->app);
	canvas_free(&r->canvas);
	str_free(&r->screen);
}

static inline void rig_code(struct rig *r, uint32_t code)
{
	struct key key = {.code = code};

	app_key(&r->app, &key);
}

static inline void rig_type(struct rig *r, const char *text)
{
	for (; *text; text++)
		rig_code(r, *text == '\n' ? KEYCODE_ENTER : (unsigned char)*text);
}

static inline void rig_click(struct rig *r, uint32_t code, int y, int x)
{
	struct key key = {.code = code, .y = y, .x = x};

	app_key(&r->app, &key);
}

/* The screen as it would be drawn now. */
static inline const char *rig_screen(struct rig *r)
{
	app_draw(&r->app, &r->canvas);
	assert_whole(&r->canvas);
	str_clear(&r->screen);
	canvas_dump(&r->canvas, false, &r->screen);
	return r->screen.data ? r->screen.data : "";
}

static inline void assert_shows(struct rig *r, const char *text)
{
	const char *screen = rig_screen(r);

	if (!strstr(screen, text))
		fail_msg("'%s' is not on the screen:\n%s", text, screen);
}

static inline void assert_not_shown(struct rig *r, const char *text)
{
	const char *screen = rig_screen(r);

	if (strstr(screen, text))
		fail_msg("'%s' is on the screen:\n%s", text, screen);
}

static inline void assert_view(const struct rig *r, const char *name)
{
	assert_string_equal(r->app.top->ops->name, name);
}

/* Where a text is on the screen. */
static inline void rig_find(struct rig *r, const char *text, int *y, int *x)
{
	const char *screen = rig_screen(r);
	const char *at = strstr(screen, text);

	assert_non_null(at);
	*y = 0;
	*x = 0;
	for (const char *p = screen; p < at; p++) {
		*x = *p == '\n' ? 0 : *x + 1;
		*y += *p == '\n';
	}
}

/* Compares the screen with tests/golden/tui/NAME; PLIMSOLL_UPDATE_GOLDEN writes it. */
static inline void rig_golden(struct rig *r, const char *name)
{
	_cleanup_free_ char *expected = NULL;
	const char *screen = rig_screen(r);
	char path[4096];

	snprintf(path, sizeof(path), GOLDEN "/tui/%s.txt", name);
	if (getenv("PLIMSOLL_UPDATE_GOLDEN")) {
		_cleanup_fclose_ FILE *f = fopen(path, "we");

		assert_non_null(f);
		assert_int_equal(fwrite(screen, 1, strlen(screen), f), strlen(screen));
		return;
	}
	assert_int_equal(fs_read_file(AT_FDCWD, path, 1 << 20, &expected, NULL), 0);
	if (strcmp(screen, expected) != 0)
		fail_msg("%s:\n%s\nis not\n%s", name, screen, expected);
}

static inline int rig_set_up(void **state)
{
	setenv("TZ", "UTC", 1);
	tzset();
	return utf8_locale(state);
}

/* The cursor onto the container of this name, and its view. */
static inline void rig_select(struct rig *r, uint64_t entity)
{
	assert_true(list_move_to_id(r->app.list, entity));
}
