/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dashboard over a made-up fleet, with a clock that goes when it is told to: lines that arrive at the
 * control fifo are "tick N" (N samples, a second of the fleet's time each) and "without HEX" (bits of the
 * fleet that are gone from the next sample on). The loop's timer is a counter of ours, so that nothing
 * happens by itself. Actions are shell commands that write down what they were asked for.
 */
#include "fixture.h"

#include "base/cleanup.h"
#include "tui/tui.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EXTRA_FROM (FIXTURE__COUNT + 1)

/* What a terminal, a shell or a person could be fooled with. */
static const char *const hostile[] = {
	"emoji-\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7\xe2\x80\x8d\xf0\x9f\x9a\x80-family",
	"rtl-\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d-\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85",
	"newline\nsecond\r\nthird",
	"invalid-\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80-end",
	"clear\033[2J\033[H\033]0;title\007\033[?1049l",
	"c1-\xc2\x9b"
	"31mred\xc2\x9d"
	"0;t\xc2\x9c",
	"bidi-\xe2\x80\xae"
	"evil\xe2\x80\xac\xe2\x81\xa6x",
	"combining-e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86\xcc\x87",
	"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe5\x90\x8d\xe5\x89\x8d\xe3\x81\xaf\xe3\x81\xa8\xe3"
	"\x81\xa6"
	"\xe3\x82\x82\xe9\x95\xb7\xe3\x81\x84\xe3\x81\xae\xe3\x81\xa7\xe5\x85\xa5\xe3\x82\x89\xe3\x81\xaa\xe3"
	"\x81\x84",
	"long-"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaaaaa"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaaaaaaaaa",
	"%s%n%d",
	"$(reboot);`id`|'\"",
	" \t ",
};

struct fleet {
	struct source source;
	unsigned tick;	  /* of the next sample */
	unsigned n_ticks; /* of a recording; 0 = no end */
	uint32_t without;
	size_t many; /* containers of a large fleet in place of the small one */
	bool hostile;
	int control;
	char line[64];
	size_t len;
};

static struct fleet fleet = {.control = -1};
static int timer = -1;
static const char *record; /* the file that actions write to */

/* --- the clock --- */

int __real_timerfd_create(int clock, int flags);
int __real_timerfd_settime(int fd, int flags, const struct itimerspec *to, struct itimerspec *before);
int __wrap_timerfd_create(int clock, int flags);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *to, struct itimerspec *before);

/* The first clock that is asked for is the loop's. */
int __wrap_timerfd_create(int clock, int flags)
{
	if (timer >= 0)
		return __real_timerfd_create(clock, flags);
	timer = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	return timer;
}

int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *to, struct itimerspec *before)
{
	return fd == timer ? 0 : __real_timerfd_settime(fd, flags, to, before);
}

static uint64_t now(void)
{
	return (1000 + fleet.tick) * NSEC_PER_SEC;
}

static void obey(const char *line)
{
	unsigned long value;

	if (strncmp(line, "tick ", 5) == 0) {
		uint64_t n = strtoul(line + 5, NULL, 10);

		if (write(timer, &n, sizeof(n)) != (ssize_t)sizeof(n))
			abort();
	} else if (strncmp(line, "without ", 8) == 0) {
		value = strtoul(line + 8, NULL, 16);
		fleet.without = (uint32_t)value;
	} else {
		abort();
	}
}

static int control_ready(void *context, struct error *err)
{
	char c;

	(void)context;
	(void)err;
	while (read(fleet.control, &c, 1) == 1) {
		if (c == '\n') {
			fleet.line[fleet.len] = '\0';
			fleet.len = 0;
			obey(fleet.line);
		} else if (fleet.len + 1 < sizeof(fleet.line)) {
			fleet.line[fleet.len++] = c;
		}
	}
	return 0;
}

/* --- the fleet --- */

static void more_values(struct snapshot *s, size_t i)
{
	static const enum metric_id averages[] = {
		METRIC_PRESSURE_CPU_SOME_AVG10,	   METRIC_PRESSURE_CPU_SOME_AVG60,
		METRIC_PRESSURE_CPU_SOME_AVG300,   METRIC_PRESSURE_MEMORY_SOME_AVG10,
		METRIC_PRESSURE_MEMORY_SOME_AVG60, METRIC_PRESSURE_IO_SOME_AVG10,
	};

	for (size_t a = 0; a < ARRAY_SIZE(averages); a++)
		snapshot_set(s, i, averages[a], (a * 1700 + i * 13) % 6000);
	snapshot_set(s, i, METRIC_MEMORY_SHMEM, 1 << 20);
	snapshot_set(s, i, METRIC_MEMORY_PEAK, UINT64_C(900) << 20);
	snapshot_set(s, i, METRIC_NS_IPC, 3000 + i);
	snapshot_set(s, i, METRIC_NS_UTS, 3100 + i);
	snapshot_set(s, i, METRIC_NS_USER, 100);
}

static void add_hostile(struct snapshot *s, int32_t parent, unsigned tick)
{
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		struct fixture f = fixtures[FIXTURE_CACHE];
		char path[96], id[65];

		snprintf(id, sizeof(id), "%02zx%062d", 0xc0 + i, 0);
		snprintf(path, sizeof(path), "/docker/%s", id);
		f.path = path;
		f.parent = parent;
		f.cpu = 0.5 - (double)i / 100;
		f.who.id = id;
		f.who.name = hostile[i];
		f.who.image = hostile[ARRAY_SIZE(hostile) - 1 - i];
		f.who.compose_project = i % 2 ? hostile[i] : "";
		more_values(s, fixture_add(s, &f, EXTRA_FROM + i, tick));
	}
}

static struct snapshot *small_fleet(unsigned tick)
{
	struct snapshot *s = fixture_new_snapshot(tick, FIXTURE__COUNT + ARRAY_SIZE(hostile));
	uint32_t without = fleet.without;
	int32_t at[FIXTURE__COUNT];

	for (size_t i = 0; i < FIXTURE__COUNT; i++) {
		struct fixture f = fixtures[i];

		if (f.parent >= 0 && without >> f.parent & 1)
			without |= UINT32_C(1) << i;
		if (without >> i & 1)
			continue;
		if (f.parent >= 0)
			f.parent = at[f.parent];
		at[i] = (int32_t)fixture_add(s, &f, i + 1, tick);
		more_values(s, (size_t)at[i]);
	}
	if (fleet.hostile)
		add_hostile(s, at[FIXTURE_DOCKER], tick);
	snapshot_seal(s);
	return s;
}

static int sample(struct source *source, const struct metric_set *need, struct snapshot **out,
		  struct error *err)
{
	(void)source;
	(void)need;
	if (fleet.n_ticks && fleet.tick >= fleet.n_ticks)
		return error_set(err, -ENODATA, "", "the end");
	*out = fleet.many ? fixture_fleet(fleet.tick, fleet.many) : small_fleet(fleet.tick);
	fleet.tick++;
	return 0;
}

static int no_event_fd(struct source *source)
{
	(void)source;
	return -1;
}

static const struct source_ops source_ops = {.name = "fixture", .sample = sample, .event_fd = no_event_fd};

static int step(struct source *source, int64_t n, struct error *err)
{
	int64_t to = (int64_t)fleet.tick - 1 + n;

	(void)source;
	(void)err;
	fleet.tick = to < 0 ? 0 : (unsigned)to;
	return 0;
}

static int seek(struct source *source, uint64_t realtime_ns, struct error *err)
{
	uint64_t second = realtime_ns / NSEC_PER_SEC;

	(void)source;
	(void)err;
	fleet.tick = second > FIXTURE_EPOCH ? (unsigned)(second - FIXTURE_EPOCH) : 0;
	if (fleet.tick >= fleet.n_ticks)
		fleet.tick = fleet.n_ticks - 1;
	return 0;
}

static void span(const struct source *source, uint64_t *first_ns, uint64_t *last_ns)
{
	(void)source;
	*first_ns = FIXTURE_EPOCH * NSEC_PER_SEC;
	*last_ns = (FIXTURE_EPOCH + fleet.n_ticks - 1) * NSEC_PER_SEC;
}

static const struct tui_replay replay = {step, seek, span};

/* --- actions and details --- */

static const char *refusal(void *context, const struct action *action, const struct action_target *target)
{
	(void)context;
	if (target && target->ended && action->changes && strcmp(action->key, "remove") != 0)
		return "it has ended";
	if (target && target->frozen && strcmp(action->key, "pause") == 0)
		return "it is paused already";
	if (target && !target->frozen && strcmp(action->key, "unpause") == 0)
		return "it is not paused";
	return NULL;
}

/* $0 is the record; then the action, the target's id and name, the argument. */
static const char script[] = "printf '%s %s %s\\n' \"$1\" \"$2\" \"$4\" >>\"$0\"\n"
			     "case $1 in\n"
			     "logs) i=0; while [ $i -lt 120 ]; do i=$((i + 1)); printf 'log line %s of %s "
			     "%0120d<\\n' $i \"$3\" 0; done\n"
			     "      exec tail -n +1 -f \"$0.log\" ;;\n"
			     "inspect) printf 'inspecting %s\\n' \"$2\" ;;\n"
			     "exec) printf 'a shell in %s\\n' \"$3\"; read -r word; printf 'it said %s\\n' "
			     "\"$word\" >>\"$0\"; exit 3 ;;\n"
			     "*) printf 'did %s\\n' \"$1\" ;;\n"
			     "esac\n";

static int command(void *context, const struct action *action, const struct action_target *target,
		   const char *argument, char ***argv, struct error *err)
{
	const char *const words[] = {"sh",
				     "-c",
				     script,
				     record,
				     action->key,
				     target ? target->id : "-",
				     target ? target->name : "-",
				     argument ? argument : ""};
	char **block;
	char *at;
	size_t size = (ARRAY_SIZE(words) + 1) * sizeof(*block);

	(void)context;
	if (argument && strstr(argument, "bad"))
		return error_set(err, -EINVAL, "give a good one", "'%s' is not good", argument);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		size += strlen(words[i]) + 1;
	block = calloc(1, size);
	if (!block)
		return error_errno(err, -ENOMEM, "", "cannot run it");
	/* The dialogs' copies of the texts may go before the command runs: the block keeps its own. */
	at = (char *)(block + ARRAY_SIZE(words) + 1);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		block[i] = at;
		at = stpcpy(at, words[i]) + 1;
	}
	*argv = block;
	return 0;
}

#define ACTION(k, l, t, h, ...)                                                                       \
	{                                                                                             \
		.key = k, .letter = l, .title = t, .help = h, .refusal = refusal, .command = command, \
		__VA_ARGS__                                                                           \
	}

static const struct action actions[] = {
	ACTION("logs", 'l', "Logs", "what it has written", .show = SHOW_PAGER, .follow = true),
	ACTION("inspect", 'i', "Inspect", "all that is known of it", .show = SHOW_PAGER),
	ACTION("exec", 'e', "Shell", "a shell in it", .show = SHOW_TERMINAL, .changes = true),
	ACTION("pause", 'p', "Pause", "freeze every process", .changes = true),
	ACTION("unpause", 'u', "Unpause", "let it go on", .changes = true),
	ACTION("stop", 's', "Stop", "ask it to end", .changes = true, .confirm = true),
	ACTION("kill", 'x', "Signal", "send a signal", .changes = true, .confirm = true,
	       .input = INPUT_SIGNAL),
	ACTION("remove", 'R', "Remove", "it and its files", .changes = true, .confirm = true),
	ACTION("update", 'L', "Limits", "change a limit", .changes = true, .input = INPUT_LIMIT),
	ACTION("run", 0, "Launch", "a new container", .changes = true, .input = INPUT_COMMAND,
	       .no_target = true),
};
static const struct action_limit limits[] = {
	{"cpus", "CPUs", "CPUs, such as 0.5; max for none", "cpu_limit"},
	{"memory", "Memory", "bytes, with k, m or g; max for none", "memory_limit_bytes"},
	{"pids-limit", "Threads", "a number; max for none", "threads_max"},
};
static const struct action_table table = {NULL, actions, ARRAY_SIZE(actions), limits, ARRAY_SIZE(limits)};

static int processes(void *context, const struct action_target *target, struct arena *arena,
		     struct process **out, size_t *n, struct error *err)
{
	static const char *const commands[] = {"nginx: master", "ruby \033[31mworker\n", "[kworker/0:1]"};
	struct process *list = arena_alloc(arena, sizeof(*list) * 40);

	(void)context;
	if (!list)
		return error_errno(err, -ENOMEM, "", "cannot list processes");
	for (unsigned i = 0; i < 40; i++)
		list[i] = (struct process){.pid = 140 - (int32_t)i,
					   .uid = 1000,
					   .threads = i + 1,
					   .state = i % 7 ? 'S' : 'D',
					   .cpu_ns = fleet.tick * NSEC_PER_SEC / 100 * i,
					   .memory_bytes = UINT64_C(1048576) * (i + 1),
					   .start_ticks = target->entity,
					   .command = commands[i % 3]};
	*out = list;
	*n = 40;
	return 0;
}

static const struct tui_details details = {NULL, processes};

/* --- the program --- */

struct words {
	const char *control;
	struct tui_options options;
	char **rest;
};

static const char *value_of(struct words *w)
{
	if (!w->rest[1]) {
		fprintf(stderr, "%s needs a value\n", w->rest[0]);
		exit(2);
	}
	w->rest++;
	return w->rest[0];
}

static bool read_word(struct words *w)
{
	const char *word = w->rest[0];

	if (strcmp(word, "--control") == 0)
		w->control = value_of(w);
	else if (strcmp(word, "--record") == 0)
		record = value_of(w);
	else if (strcmp(word, "--settings") == 0)
		w->options.settings_path = value_of(w);
	else if (strcmp(word, "--sort") == 0)
		w->options.sort = value_of(w);
	else if (strcmp(word, "--many") == 0)
		fleet.many = strtoul(value_of(w), NULL, 10);
	else if (strcmp(word, "--replay") == 0)
		fleet.n_ticks = (unsigned)strtoul(value_of(w), NULL, 10);
	else if (strcmp(word, "--hostile") == 0)
		fleet.hostile = true;
	else if (strcmp(word, "--readonly") == 0)
		w->options.readonly = true;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	struct words w = {
		.options = {.source = &fleet.source, .actions = &table, .details = &details, .now = now}};
	struct tui_watch watch = {.ready = control_ready};
	struct error err = {0};

	(void)argc;
	for (w.rest = argv + 1; *w.rest; w.rest++) {
		if (!read_word(&w)) {
			fprintf(stderr, "what is '%s'?\n", *w.rest);
			return 2;
		}
	}
	/* For writing too, so that it never ends. */
	fleet.control = w.control ? open(w.control, O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1;
	if (fleet.control < 0 || !record) {
		fprintf(stderr, "needs --control FIFO --record FILE\n");
		return 2;
	}
	fleet.source.ops = &source_ops;
	watch.fd = fleet.control;
	w.options.watches = &watch;
	w.options.n_watches = 1;
	w.options.replay = fleet.n_ticks > 0;
	w.options.time = fleet.n_ticks ? &replay : NULL;
	if (tui_run(&w.options, &err) < 0) {
		fprintf(stderr, "top_fixture: %s\n", err.cause);
		return 1;
	}
	return 0;
}
