/* SPDX-License-Identifier: Apache-2.0 */
/* The main screen over the whole app. */
#include "app_fixture.h"

#include "view_list.h"

#define TICKS 66

static struct list_view *view_of(const struct rig *r)
{
	return view_list_of(&r->app);
}

/* Some events, as they would have come. */
static void tell(struct rig *r, enum event_kind kind, unsigned tick, const char *name, uint64_t count,
		 const char *detail)
{
	struct event e = {.kind = kind,
			  .realtime_ns = (FIXTURE_EPOCH + tick) * NSEC_PER_SEC,
			  .entity = 1,
			  .name = name,
			  .path = "/docker",
			  .count = count,
			  .status = STATUS_UNKNOWN,
			  .detail = detail};

	event_log_add(r->app.events, &e);
}

static void open_rig(struct rig *r, int rows, int cols, enum glyph_level glyphs)
{
	rig_prepare(r);
	r->options.host_line = "cgroup2  docker podman";
	rig_open(r, TICKS, rows, cols, glyphs);
	tell(r, EVENT_LIMIT, 40, "db", 1, "memory.high 1.5GiB -> 1.8GiB");
	tell(r, EVENT_THROTTLED, 55, "api-1", 1, "31% of periods");
	tell(r, EVENT_OOM_KILL, 58, "migrate-2", 2, "limit 256.0MiB");
	tell(r, EVENT_END, 59, "migrate-2", 1, "");
	tell(r, EVENT_START, 60, fixtures[FIXTURE_EVIL].who.name, 1, "bad\033[2J\ndetail");
}

static const struct {
	int rows, cols;
} sizes[] = {{10, 40}, {24, 80}, {30, 100}, {50, 200}};

static const struct {
	enum glyph_level level;
	const char *name;
} levels[] = {{GLYPH_ASCII, "ascii"}, {GLYPH_BRAILLE, "utf8"}};

static void every_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		for (size_t j = 0; j < ARRAY_SIZE(levels); j++) {
			struct rig r;
			char name[64];

			open_rig(&r, sizes[i].rows, sizes[i].cols, levels[j].level);
			snprintf(name, sizeof(name), "list_flat_%dx%d_%s", sizes[i].cols, sizes[i].rows,
				 levels[j].name);
			rig_golden(&r, name);
			rig_code(&r, 't');
			r.app.message[0] = '\0';
			snprintf(name, sizeof(name), "list_tree_%dx%d_%s", sizes[i].cols, sizes[i].rows,
				 levels[j].name);
			rig_golden(&r, name);
			rig_close(&r);
		}
}

static void every_tab(void **state)
{
	(void)state;
	for (size_t j = 0; j < ARRAY_SIZE(levels); j++) {
		struct rig r;

		open_rig(&r, 30, 160, levels[j].level);
		for (size_t i = 0; i < tab_count(); i++) {
			char name[64];

			snprintf(name, sizeof(name), "list_tab_%s_%s", tab_at(i)->key, levels[j].name);
			assert_int_equal(view_of(&r)->tab, i);
			rig_golden(&r, name);
			rig_code(&r, KEYCODE_TAB);
		}
		assert_int_equal(view_of(&r)->tab, 0);
		rig_code(&r, KEYCODE_SHIFT_TAB);
		assert_int_equal(view_of(&r)->tab, TAB_EVENTS);
		rig_close(&r);
	}
}

/* Nothing is drawn wrong at any size, down to none at all. */
static void odd_sizes(void **state)
{
	(void)state;
	for (int rows = 1; rows <= 50; rows += rows < 24 ? 1 : 13)
		for (int cols = 1; cols <= 200; cols += cols < 16 ? 5 : 23) {
			struct rig r;

			open_rig(&r, rows, cols, GLYPH_BLOCKS);
			for (size_t i = 0; i < tab_count(); i++) {
				(void)rig_screen(&r);
				rig_code(&r, KEYCODE_TAB);
			}
			rig_close(&r);
		}
}

static void layouts(void **state)
{
	(void)state;
	for (int rows = 1; rows <= 60; rows++)
		for (unsigned bits = 0; bits < 8; bits++) {
			struct list_layout at = list_layout_of(rows, 80, bits & 1, bits & 2, bits & 4);

			assert_int_equal(at.title_rows + at.meters_rows + at.tabs_rows + at.header_rows +
						 at.body_rows + at.strip_rows + at.bar_rows,
					 rows);
			assert_true(at.body_rows >= 1);
			assert_true(rows < 10 || at.body_rows >= rows / 3);
		}
	assert_int_equal(list_layout_of(10, 40, true, true, false).meters_rows, 0);
	assert_int_equal(list_layout_of(14, 40, true, true, false).meters_rows, 1);
	assert_int_equal(list_layout_of(24, 80, true, true, false).meters_rows, 3);
	assert_int_equal(list_layout_of(24, 80, false, true, false).meters_rows, 0);
}

static void places(void **state)
{
	struct settings settings;
	struct list_column columns[LIST_COLUMNS_MAX];
	struct list_place at[LIST_COLUMNS_MAX + 1];

	(void)state;
	settings_defaults(&settings);
	for (size_t tab = 0; tab < TAB_EVENTS; tab++) {
		size_t n = tab_columns(&settings, tab, columns, LIST_COLUMNS_MAX);

		for (int cols = 16; cols <= 260; cols++)
			for (size_t pan = 0; pan <= n; pan++) {
				size_t count = list_places(columns, n, pan, cols, at);

				assert_true(count >= 1 && count <= n + 1);
				assert_int_equal(at[0].number, -1);
				assert_true(at[0].width >= 12);
				for (size_t i = 1; i < count; i++) {
					assert_true(at[i].x > at[i - 1].x + at[i - 1].width);
					assert_true(at[i].number > at[i - 1].number);
				}
				assert_true(cols < 40 || at[count - 1].x + at[count - 1].width <= cols);
			}
		/* Wide enough: all of them. */
		assert_int_equal(list_places(columns, n, 0, 400, at), n + 1);
	}
	/* LIMITED BY stays in the narrowest. */
	settings_defaults(&settings);
	assert_int_equal(
		list_places(columns, tab_columns(&settings, 0, columns, LIST_COLUMNS_MAX), 0, 40, at), 3);
	assert_string_equal(columns[at[2].number].column->key, "limited_by");
}

static const char *sorted_by(const struct rig *r)
{
	return list_sort_column(r->app.list)->key;
}

static void sorting(void **state)
{
	static const struct {
		uint32_t key;
		const char *column;
	} cases[] = {{'M', "mem_used"},
		     {'T', "cpu_time"},
		     {'N', "name"},
		     {'P', "cpu"},
		     {'>', "cpu_limit_percent"},
		     {'>', "spark"},
		     {'<', "cpu_limit_percent"},
		     {'<', "cpu"},
		     {'<', "name"},
		     {'<', "name"},
		     {'0', "cpu"},
		     {'1', "name"},
		     {'6', "mem_used"}};
	struct rig r;

	(void)state;
	open_rig(&r, 24, 100, GLYPH_ASCII);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		rig_code(&r, cases[i].key);
		assert_string_equal(sorted_by(&r), cases[i].column);
		assert_string_equal(r.app.settings.sort, cases[i].column);
		assert_false(list_is_reversed(r.app.list));
		(void)rig_screen(&r);
	}
	rig_code(&r, 'r');
	assert_true(list_is_reversed(r.app.list) && r.app.settings.reversed);
	rig_code(&r, 'I');
	assert_false(list_is_reversed(r.app.list));
	rig_close(&r);
}

static void sort_dialog(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, 24, 100, GLYPH_ASCII);
	rig_code(&r, 's');
	assert_view(&r, "choose");
	assert_shows(&r, "Sort by");
	rig_code(&r, KEYCODE_DOWN);
	rig_code(&r, KEYCODE_ENTER);
	assert_view(&r, "list");
	assert_string_equal(sorted_by(&r), "cpu_limit_percent");
	rig_code(&r, KEYCODE_F1 + 5);
	rig_code(&r, KEYCODE_ENTER); /* the same again */
	assert_true(list_is_reversed(r.app.list));
	rig_code(&r, 's');
	rig_code(&r, KEYCODE_ESCAPE);
	assert_string_equal(sorted_by(&r), "cpu_limit_percent");
	rig_close(&r);
}

static void the_mouse(void **state)
{
	struct rig r;
	int y, x;

	(void)state;
	open_rig(&r, 30, 120, GLYPH_ASCII);
	rig_find(&r, " MEM ", &y, &x);
	rig_find(&r, "TX/s", &y, &x);
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x + 1);
	assert_string_equal(sorted_by(&r), "net_tx");
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x + 1);
	assert_true(list_is_reversed(r.app.list));
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, 5);
	assert_string_equal(sorted_by(&r), "name");
	rig_find(&r, "worker ", &y, &x);
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x);
	assert_int_equal(list_row(r.app.list, list_cursor(r.app.list))->id, FIXTURE_ENTITY(WORKER));
	rig_code(&r, KEYCODE_WHEEL_UP);
	assert_int_not_equal(list_row(r.app.list, list_cursor(r.app.list))->id, FIXTURE_ENTITY(WORKER));
	rig_find(&r, " Memory ", &y, &x);
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x + 2);
	assert_int_equal(view_of(&r)->tab, TAB_MEMORY);
	assert_shows(&r, "[Memory]");
	/* Beside everything: nothing. */
	rig_click(&r, KEYCODE_MOUSE_PRESS, 0, 0);
	rig_click(&r, KEYCODE_MOUSE_PRESS, 29, 119);
	rig_click(&r, KEYCODE_MOUSE_PRESS, -1, -1);
	rig_click(&r, KEYCODE_MOUSE_DOUBLE, 0, 0);
	assert_view(&r, "list");
	rig_find(&r, "worker ", &y, &x);
	rig_click(&r, KEYCODE_MOUSE_DOUBLE, y, x);
	assert_view(&r, "choose");
	rig_code(&r, KEYCODE_ESCAPE);
	rig_code(&r, KEYCODE_TAB);
	rig_code(&r, KEYCODE_SHIFT_TAB);
	/* Two quick ones on a header are two. */
	rig_find(&r, "S  NAME", &y, &x);
	x += 4;
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x);
	assert_true(list_is_reversed(r.app.list));
	rig_click(&r, KEYCODE_MOUSE_DOUBLE, y, x);
	assert_string_equal(sorted_by(&r), "name");
	assert_false(list_is_reversed(r.app.list));
	/* A click on the mark of a group folds it. */
	rig_code(&r, 't');
	rig_find(&r, "v  shop", &y, &x);
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x);
	assert_shows(&r, ">  shop (compose, 4)");
	rig_close(&r);
}

/* The function bar's labels are keys, where they can be seen. */
static void the_function_bar(void **state)
{
	struct rig r;
	int y, x;

	(void)state;
	open_rig(&r, 24, 100, GLYPH_ASCII);
	rig_find(&r, "F6Sort", &y, &x);
	assert_int_equal(y, 23);
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x - 1); /* between two */
	assert_view(&r, "list");
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x + 5);
	assert_view(&r, "choose");
	assert_shows(&r, "Sort by");
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x); /* below a dialog it is out of reach */
	assert_view(&r, "choose");
	rig_code(&r, KEYCODE_ESCAPE);
	app_say(&r.app, ROLE_NOTICE, "covered");
	assert_shows(&r, "covered");
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x);
	assert_view(&r, "list");
	rig_tick(&r, 6);
	rig_code(&r, 'o');
	rig_find(&r, "Limits F9", &y, &x);
	rig_click(&r, KEYCODE_MOUSE_DOUBLE, y, x); /* the second of two is one */
	assert_shows(&r, "Limits of");
	rig_code(&r, KEYCODE_ESCAPE);
	rig_code(&r, KEYCODE_ESCAPE);
	rig_find(&r, "F10Quit", &y, &x);
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x);
	assert_true(r.app.quit);
	rig_close(&r);
}

static void live_filter(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, 24, 100, GLYPH_ASCII);
	rig_code(&r, '/');
	rig_type(&r, "wo");
	assert_int_equal(list_count(r.app.list), 1); /* while it is being typed */
	assert_shows(&r, "worker");
	assert_not_shown(&r, "cache");
	rig_code(&r, KEYCODE_ESCAPE);
	assert_int_equal(list_count(r.app.list), 11);
	rig_code(&r, 'f');
	rig_type(&r, "project=shop !db\n");
	assert_view(&r, "list");
	assert_int_equal(list_count(r.app.list), 3);
	assert_shows(&r, "filter: project=shop !db");
	rig_code(&r, KEYCODE_F1 + 2);
	assert_int_equal(list_cursor(r.app.list), 1);
	rig_code(&r, '/');
	rig_type(&r, " state=xx"); /* while it is no whole filter, the last one that was holds */
	assert_shows(&r, "'xx' is no state");
	assert_string_equal(list_filter_text(r.app.list), "project=shop !db state");
	rig_type(&r, "\n");
	assert_view(&r, "list");
	assert_shows(&r, "'xx' is no state");
	assert_string_equal(list_filter_text(r.app.list), "project=shop !db");
	rig_code(&r, KEYCODE_ESCAPE);
	assert_int_equal(list_count(r.app.list), 11);
	rig_code(&r, '\\');
	rig_type(&r, "nobody\n");
	assert_shows(&r, "nothing matches");
	for (uint32_t code = ' '; code < 127; code++) /* with nobody selected every key is harmless */
		if (code != 'q' && !strchr("/f\\nbhc?sC", (int)code))
			rig_code(&r, code);
	rig_close(&r);
}

static void trees(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, 24, 120, GLYPH_ASCII);
	rig_code(&r, 't');
	assert_int_equal(r.app.settings.grouping, GROUPING_PROJECT);
	assert_shows(&r, "v  shop (compose, 4)");
	assert_shows(&r, "v  front-7d (pod, 2)");
	rig_code(&r, '*');
	assert_not_shown(&r, "cache  ");
	assert_shows(&r, ">  shop (compose, 4)");
	rig_code(&r, '*');
	list_move_to(r.app.list, 0, true);
	assert_int_equal(list_row(r.app.list, 0)->index, -1);
	rig_code(&r, KEYCODE_LEFT); /* on a group */
	assert_true(list_row(r.app.list, 0)->folded);
	rig_code(&r, KEYCODE_RIGHT);
	assert_false(list_row(r.app.list, 0)->folded);
	rig_code(&r, KEYCODE_ENTER);
	assert_true(list_row(r.app.list, 0)->folded);
	rig_code(&r, '+');
	assert_false(list_row(r.app.list, 0)->folded);
	rig_code(&r, '-');
	assert_true(list_row(r.app.list, 0)->folded);
	rig_code(&r, KEYCODE_F1 + 4);
	assert_shows(&r, "v  docker (7) ");
	rig_code(&r, 't');
	assert_shows(&r, "/docker");
	rig_code(&r, 't');
	assert_int_equal(r.app.settings.grouping, GROUPING_FLAT);
	rig_code(&r, 'a');
	assert_int_equal(list_count(r.app.list), FIXTURE__COUNT);
	assert_true(r.app.settings.all);
	rig_code(&r, 'a');
	assert_int_equal(list_count(r.app.list), 11);
	rig_close(&r);
}

static void what_is_shown(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, 30, 120, GLYPH_ASCII);
	assert_shows(&r, "CPU [");
	rig_code(&r, 'H');
	assert_not_shown(&r, "CPU [");
	rig_code(&r, '#');
	assert_shows(&r, "CPU [");
	assert_shows(&r, "Events: warnings");
	assert_not_shown(&r, " START ");
	rig_code(&r, 'v');
	assert_shows(&r, "Events: all");
	assert_shows(&r, " START ");
	rig_code(&r, 'v');
	assert_not_shown(&r, "Events: ");
	rig_code(&r, 'v');
	assert_shows(&r, "CPU%v");
	rig_code(&r, '%');
	assert_shows(&r, "CPU/L%v");
	assert_string_equal(sorted_by(&r), "cpu_limit_percent");
	rig_code(&r, '%');
	assert_shows(&r, "CPU/H%v");
	rig_code(&r, '%');
	assert_shows(&r, "TIMEv");
	assert_string_equal(sorted_by(&r), "cpu_time");
	rig_code(&r, '%');
	assert_shows(&r, "CPU%v");
	rig_code(&r, 'm');
	assert_false(r.app.settings.mouse);
	rig_code(&r, 'F');
	assert_true(list_follows(r.app.list) && r.app.settings.follow);
	r.app.message[0] = '\0';
	assert_shows(&r, "follow  sort");
	rig_code(&r, KEYCODE_SHIFT_RIGHT);
	assert_not_shown(&r, "CPU%");
	rig_code(&r, KEYCODE_SHIFT_LEFT);
	rig_code(&r, KEYCODE_SHIFT_LEFT);
	assert_shows(&r, "CPU%");
	for (int i = 0; i < 30; i++)
		rig_code(&r, KEYCODE_SHIFT_RIGHT);
	assert_shows(&r, "LIMITED BY");
	rig_code(&r, ' ');
	assert_int_equal(list_tagged(r.app.list, NULL, 0), 1);
	assert_shows(&r, "tagged 1");
	rig_code(&r, 'U');
	assert_not_shown(&r, "tagged");
	rig_close(&r);
}

static void tell_exec(struct rig *r, unsigned tick, const char *program)
{
	struct event e = {.kind = EVENT_EXEC,
			  .realtime_ns = (FIXTURE_EPOCH + tick) * NSEC_PER_SEC,
			  .entity = 1,
			  .name = "api-1",
			  .path = "/docker",
			  .count = 1,
			  .pid = 5121,
			  .status = STATUS_UNKNOWN,
			  .program = program};

	event_log_add(r->app.events, &e);
}

/* What the kernel tells: the header says that it does and what was lost, and processes can be hidden. */
static void what_the_kernel_tells(void **state)
{
	struct event kill = {.kind = EVENT_OOM_KILL,
			     .realtime_ns = (FIXTURE_EPOCH + 61) * NSEC_PER_SEC,
			     .entity = 2,
			     .name = "worker",
			     .path = "/docker/worker",
			     .count = 1,
			     .pid = 77,
			     .program = "ruby",
			     .bytes = 158 << 20,
			     .culprit = "/docker/worker",
			     .status = STATUS_UNKNOWN};
	struct rig r;

	(void)state;
	rig_heard = (struct heard){.hears = true};
	open_rig(&r, 30, 120, GLYPH_ASCII);
	assert_shows(&r, " ebpf: start end exec exit oom --");
	rig_code(&r, 'v');
	tell_exec(&r, 61, "/bin/sh\033[2J");
	event_log_add(r.app.events, &kill);
	assert_shows(&r, "EXEC       api-1                pid 5121 /bin/sh?[2J");
	assert_shows(&r, "OOM-KILL   worker               pid 77 ruby, 158.0MiB resident, its own limit");
	rig_code(&r, 'E');
	assert_shows(&r, "events of processes (EXEC, EXIT) are hidden");
	assert_not_shown(&r, "pid 5121");
	assert_shows(&r, "pid 77");
	rig_code(&r, 'E');
	assert_shows(&r, "pid 5121");
	rig_heard.dropped = 12;
	rig_tick(&r, 1);
	assert_shows(&r, " ebpf: start end exec exit oom 12 lost --");
	rig_heard = (struct heard){0};
	rig_tick(&r, 1);
	assert_shows(&r, " files --");
	rig_close(&r);
}

static void time_travel(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, 24, 100, GLYPH_ASCII);
	assert_shows(&r, "1.0s  LIVE  22:14:25");
	rig_code(&r, '[');
	rig_code(&r, '[');
	assert_shows(&r, "-2s  22:14:23");
	rig_code(&r, ']');
	assert_shows(&r, "-1s  22:14:24");
	rig_code(&r, ']');
	assert_shows(&r, "22:14:25");
	rig_code(&r, 'Z');
	assert_shows(&r, "FROZEN");
	rig_tick(&r, 3);
	assert_shows(&r, "22:14:25");
	rig_code(&r, 'Z');
	assert_shows(&r, "LIVE  22:14:28");
	rig_close(&r);
}

/* One that the order took out of view is shown before it is acted on. */
static void out_of_view(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, 9, 80, GLYPH_ASCII);
	(void)rig_screen(&r);
	rig_code(&r, 'N');
	rig_code(&r, 'g');
	rig_tick(&r, 8);
	(void)rig_screen(&r);
	rig_code(&r, 'r');
	(void)rig_screen(&r);
	assert_false(list_cursor_in_view(r.app.list));
	rig_code(&r, 'p');
	assert_int_equal(rig_asked.n, 0);
	assert_shows(&r, "once more for it");
	assert_true(list_cursor_in_view(r.app.list));
	rig_close(&r);
}

static void columns_dialog(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, 30, 120, GLYPH_ASCII);
	rig_code(&r, 'c');
	assert_view(&r, "columns");
	assert_shows(&r, "Columns of Overview");
	assert_shows(&r, "[x] CPU%");
	rig_code(&r, ' ');
	assert_shows(&r, "[ ] CPU%");
	rig_code(&r, ' ');
	rig_code(&r, ']');
	rig_code(&r, KEYCODE_ESCAPE);
	assert_view(&r, "list");
	assert_true(strncmp(r.app.settings.columns[0], "cpu_limit_percent,cpu,", 22) == 0);
	assert_string_equal(view_of(&r)->columns[1].column->key, "cpu");
	rig_code(&r, 'c');
	rig_code(&r, 'G');
	rig_code(&r, ' ');
	rig_code(&r, 'g');
	rig_code(&r, '[');	       /* already the first */
	for (int i = 0; i < 13; i++) { /* all of the old ones off */
		rig_code(&r, ' ');
		rig_code(&r, KEYCODE_DOWN);
	}
	rig_code(&r, KEYCODE_ENTER);
	assert_int_equal(view_of(&r)->n_columns, 1);
	rig_code(&r, 'c');
	rig_code(&r, ' ');
	assert_shows(&r, "one column has to stay");
	rig_code(&r, KEYCODE_ESCAPE);
	rig_code(&r, KEYCODE_SHIFT_TAB);
	rig_code(&r, 'c');
	assert_view(&r, "list");
	assert_shows(&r, "no columns");
	rig_close(&r);
}

static void setup_dialog(void **state)
{
	char folder[] = "/tmp/plimsoll-view-XXXXXX";
	char path[64];
	struct settings kept;
	struct rig r;
	struct error err;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/top.conf", folder);
	rig_prepare(&r);
	r.options.settings_path = path;
	rig_open(&r, 3, 24, 80, GLYPH_ASCII);
	rig_code(&r, 'C');
	assert_shows(&r, "Setup");
	assert_shows(&r, "dark");
	rig_code(&r, KEYCODE_ENTER);
	assert_shows(&r, "light");
	assert_int_equal(r.app.settings.theme, THEME_LIGHT);
	for (int i = 0; i < 11; i++) {
		rig_code(&r, KEYCODE_DOWN);
		rig_code(&r, KEYCODE_ENTER);
		(void)rig_screen(&r);
	}
	rig_code(&r, KEYCODE_ESCAPE);
	assert_view(&r, "list");
	assert_int_equal(r.app.settings.interval_ns, 2 * NSEC_PER_SEC);
	assert_false(r.app.settings.meters);
	settings_defaults(&kept);
	assert_int_equal(settings_read(&kept, path, &err), 0);
	assert_int_equal(kept.theme, THEME_LIGHT);
	assert_int_equal(kept.grouping, GROUPING_PROJECT);
	assert_int_equal(unlink(path), 0);
	rig_code(&r, 'S');
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	rig_close(&r);
}

/* From a keystroke to what is to be seen, with 2,000 containers. */
static void fast_enough(void **state)
{
	struct comparison *c = fixture_compare(fixture_fleet(1, 2000), fixture_fleet(2, 2000));
	struct timespec from, to;
	double best = 1e9;
	struct rig r;

	(void)state;
	open_rig(&r, 50, 200, GLYPH_BRAILLE);
	r.app.shown = c;
	app_pictured(&r.app);
	for (int i = 0; i < 10; i++) {
		double ms;

		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
		rig_code(&r, i % 2 ? KEYCODE_DOWN : 'M');
		app_draw(&r.app, &r.canvas);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
		ms = (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
		best = ms < best ? ms : best;
	}
	print_message("key to screen: %.2f ms\n", best);
	assert_true(best < 200);
	r.app.shown = r.app.live;
	app_pictured(&r.app);
	rig_close(&r);
	comparison_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size),
		cmocka_unit_test(every_tab),
		cmocka_unit_test(odd_sizes),
		cmocka_unit_test(layouts),
		cmocka_unit_test(places),
		cmocka_unit_test(sorting),
		cmocka_unit_test(sort_dialog),
		cmocka_unit_test(the_mouse),
		cmocka_unit_test(live_filter),
		cmocka_unit_test(the_function_bar),
		cmocka_unit_test(trees),
		cmocka_unit_test(what_is_shown),
		cmocka_unit_test(what_the_kernel_tells),
		cmocka_unit_test(time_travel),
		cmocka_unit_test(out_of_view),
		cmocka_unit_test(columns_dialog),
		cmocka_unit_test(setup_dialog),
		cmocka_unit_test(fast_enough),
	};

	return cmocka_run_group_tests(tests, rig_set_up, NULL);
}
