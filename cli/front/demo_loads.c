/* SPDX-License-Identifier: Apache-2.0 */
#include "demo_loads.h"

#include "demo_disk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	const char *file;
	const char *about;
} loads[DEMO__COUNT] = {
	[DEMO_CPU] = {"demo-cpu", NULL, "a busy loop that may use 20 % of a CPU (--cpus 0.2)"},
	[DEMO_MEMORY] = {"demo-memory", "pages",
			 "holds 20 MiB and reads files over and over, where it may have 32 MiB (--memory)"},
	[DEMO_DISK] = {"demo-disk", "data",
		       "writes without end, and may write 4 MiB a second (--device-write-bps)"},
};

#define BUSY "while :; do :; done"

/*
 * tail holds the last 20 MiB of what it reads until its input ends, which it never does. The pages of the
 * file that is read beside it fill the rest, so that at the limit each new page costs an old one, and nothing
 * is killed.
 */
#define THRASH                                                       \
	"dd if=/dev/zero of=/mnt/pages bs=1M count=64 2>/dev/null; " \
	"{ head -c 20971520 /dev/zero; "                             \
	"while dd if=/mnt/pages of=/dev/null bs=1M 2>/dev/null; do sleep 0.5; done; } | tail -c 20971520"

/* Without a disk: memory that can't be given back, above memory.high, where its owner is slowed down. */
#define ABOVE_HIGH "cat /dev/zero | tail -c 41943040"

/* O_DIRECT where the file system has it: nothing is cached, so the disk is what is waited for. */
#define WRITE                                                                                           \
	"how=direct; dd if=/dev/zero of=/mnt/data bs=64k count=1 oflag=$how 2>/dev/null || how=dsync; " \
	"while :; do dd if=/dev/zero of=/mnt/data bs=64k count=256 oflag=$how 2>/dev/null; done"

struct words {
	struct demo_plan *plan;
	size_t n;
	size_t n_texts;
};

/* Words are argv's, which execv doesn't write to, whatever its type says. */
static void add(struct words *w, const char *word)
{
	union {
		const char *from;
		char *to;
	} same = {.from = word};

	if (w->n + 1 < DEMO_WORDS_MAX)
		w->plan->words[w->n++] = same.to;
}

static void add_made(struct words *w, const char *before, const char *text, const char *after)
{
	char *to = w->plan->texts[w->n_texts];
	int n = snprintf(to, sizeof(w->plan->texts[0]), "%s%s%s", before, text, after);

	if (n > 0 && (size_t)n < sizeof(w->plan->texts[0]))
		w->n_texts++;
	add(w, to);
}

static void add_command(struct words *w, const char *script)
{
	add(w, "/bin/sh");
	add(w, "-c");
	add(w, script);
}

static void add_folder(struct words *w, const char *folder)
{
	add(w, "--volume");
	add_made(w, folder, ":/mnt", "");
}

static int memory_words(struct words *w, const struct cgroup_layout *layout, const char *folder,
			struct error *err)
{
	int home = layout ? layout->home[CONTROLLER_MEMORY] : -1;

	if (!demo_disk_is_memory(folder)) {
		add(w, "--memory");
		add(w, "32m");
		add_folder(w, folder);
		add_command(w, THRASH);
		return 0;
	}
	if (home < 0 || layout->hierarchies[home].version != 2)
		return error_set(err, -EOPNOTSUPP, "set PLIMSOLL_ROOT to a folder on a disk",
				 "'%s' is kept in memory, which can't be given back at a limit", folder);
	w->plan->about = "needs 40 MiB, and is slowed down above 32 MiB (--memory-high)";
	add(w, "--memory-high");
	add(w, "32m");
	add_command(w, ABOVE_HIGH);
	return 0;
}

static int disk_words(struct words *w, const char *folder, struct error *err)
{
	char disk[4000];
	int r = demo_disk_find(folder, "/sys", "/dev", disk, sizeof(disk), err);

	if (r < 0)
		return r;
	add(w, "--device-write-bps");
	add_made(w, disk, ":4m", "");
	add_folder(w, folder);
	add_command(w, WRITE);
	return 0;
}

int demo_plan_make(enum demo_load load, const struct cgroup_layout *layout, const char *folder,
		   const char *owner, struct demo_plan *out, struct error *err)
{
	struct words w = {.plan = out};

	memset(out, 0, sizeof(*out));
	out->name = loads[load].name;
	out->about = loads[load].about;
	add(&w, "run");
	add(&w, "--detach");
	add(&w, "--rm");
	add(&w, "--name");
	add(&w, out->name);
	add(&w, "--label");
	add_made(&w, DEMO_LABEL "=", owner, "");
	add(&w, "--stop-timeout");
	add(&w, "0");
	add(&w, "--rootfs");
	add(&w, "/");
	switch (load) {
	case DEMO_MEMORY:
		return memory_words(&w, layout, folder, err);
	case DEMO_DISK:
		return disk_words(&w, folder, err);
	case DEMO_CPU:
	case DEMO__COUNT:
		break;
	}
	add(&w, "--cpus");
	add(&w, "0.2");
	add_command(&w, BUSY);
	return 0;
}

const char *demo_file(enum demo_load load)
{
	return loads[load].file;
}

const char *demo_name(enum demo_load load)
{
	return loads[load].name;
}
