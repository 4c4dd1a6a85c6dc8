/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The group `latency` in this kernel: waits on a run queue that two processes share are those that the
 * scheduler accounts for, reads of a loop device are as many as were made, bytes and what TCP sends again
 * belong to the cgroup of the socket; programs are attached while they are asked for, and nothing stays
 * behind.
 */
#include "system_test.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "bpf/kernel_side.h"
#include "collector/collector.h"
#include "model/latency.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/loop.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDER "plimsoll-test-latency"
#define READS 200
#define BLOCK 4096
#define SENT (1U << 20)
#define PATIENCE_NS (60 * NSEC_PER_SEC)

static const char *const groups[] = {"", "/spin", "/read", "/send", "/receive"};
static const struct cgroup_layout *layout;

/* --- cgroups, in every hierarchy --- */

static int write_to(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -errno;
}

static void with_groups(bool make)
{
	char path[512];

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		const char *group = groups[make ? i : ARRAY_SIZE(groups) - 1 - i];

		for (size_t h = 0; h < layout->n_hierarchies; h++) {
			snprintf(path, sizeof(path), "%s/" FOLDER "%s", layout->hierarchies[h].mount_point,
				 group);
			(void)(make ? mkdir(path, 0755) : rmdir(path));
		}
	}
}

/* Requests are of the nearest cgroup that has the controller. */
static void give_io(void)
{
	const int8_t io = layout->home[CONTROLLER_IO];
	char path[512];

	if (io < 0 || layout->hierarchies[io].version != 2)
		return;
	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", layout->hierarchies[io].mount_point);
	(void)write_to(path, "+io");
	snprintf(path, sizeof(path), "%s/" FOLDER "/cgroup.subtree_control",
		 layout->hierarchies[io].mount_point);
	(void)write_to(path, "+io");
}

/* A v1 cpuset without CPUs takes nobody; that is no matter here. */
static void enter(const char *group)
{
	char path[512];

	for (size_t h = 0; h < layout->n_hierarchies; h++) {
		snprintf(path, sizeof(path), "%s/" FOLDER "%s/cgroup.procs",
			 layout->hierarchies[h].mount_point, group);
		(void)write_to(path, "0");
	}
}

/* A child in a cgroup; its exit code is what `act` returns. */
static pid_t start(const char *group, int (*act)(void *context), void *context)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	enter(group);
	_exit(act(context));
}

static int end(pid_t pid)
{
	int status = 0;

	if (pid <= 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- samples --- */

static struct snapshot *take(struct source *source)
{
	struct metric_set need = {0};
	struct snapshot *s = NULL;

	metric_set_add_group(&need, GROUP_latency);
	return source_sample(source, &need, &s, NULL) == 0 ? s : NULL;
}

static ptrdiff_t find(const struct snapshot *s, const char *group)
{
	char path[128];

	snprintf(path, sizeof(path), "/" FOLDER "%s", group);
	for (size_t i = 0; i < snapshot_count(s); i++)
		if (strcmp(snapshot_entity(s, i)->path, path) == 0)
			return (ptrdiff_t)i;
	return -1;
}

/* 0 where it is absent: every test waits for more. */
static uint64_t value_of(struct source *source, const char *group, enum metric_id id)
{
	struct snapshot *s = take(source);
	ptrdiff_t index = s ? find(s, group) : -1;
	uint64_t value = 0;

	if (index >= 0 && metrics[id].dimension == DIMENSION_ONE)
		(void)snapshot_get(s, (size_t)index, id, &value);
	else if (index >= 0)
		(void)snapshot_sum(s, (size_t)index, id, &value);
	snapshot_unref(s);
	return value;
}

/* Samples until it is that much. */
static bool reaches(struct source *source, const char *group, enum metric_id id, uint64_t least)
{
	uint64_t until = clock_monotonic_ns() + PATIENCE_NS;
	uint64_t value;

	do {
		value = value_of(source, group, id);
		if (value >= least)
			return true;
		sched_yield();
	} while (clock_monotonic_ns() < until);
	fprintf(stderr, "%s of '%s' is %llu\n", metrics[id].id_name, group, (unsigned long long)value);
	return false;
}

/* --- attached while it is asked for --- */

/* Programs that this process has attached (fdinfo of a link, kernel/bpf/syscall.c: bpf_link_show_fdinfo). */
static size_t count_links(void)
{
	DIR *d = opendir("/proc/self/fdinfo");
	const struct dirent *each;
	size_t n = 0;

	while (d && (each = readdir(d))) {
		char path[300], text[512];
		_cleanup_close_ int fd = -1;
		ssize_t len;

		snprintf(path, sizeof(path), "/proc/self/fdinfo/%s", each->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		len = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
		text[len > 0 ? len : 0] = '\0';
		n += strstr(text, "link_type:") != NULL;
	}
	if (d)
		closedir(d);
	return n;
}

static int on_demand(struct source *source)
{
	struct metric_set cpu = {0};
	struct snapshot *s;
	uint64_t value;

	CHECK(count_links() == 0);
	s = take(source);
	CHECK(s && snapshot_get(s, 0, METRIC_RUNQUEUE_LATENCY_COUNT, &value));
	snapshot_unref(s);
	CHECK(count_links() > 0);
	metric_set_add_group(&cpu, GROUP_cpu);
	/* nobody has asked for longer than the collector was told to go on */
	CHECK(source_sample(source, &cpu, &s, NULL) == 0);
	CHECK(!snapshot_get(s, 0, METRIC_RUNQUEUE_LATENCY_COUNT, &value));
	snapshot_unref(s);
	CHECK(count_links() == 0);
	s = take(source);
	CHECK(s && count_links() > 0);
	snapshot_unref(s);
	CHECK(source_dispatch(source, NULL) == 0);
	CHECK(count_links() == 0);
	return 0;
}

/* --- run queues --- */

static int spin(void *context)
{
	const volatile int *stop = context;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	while (!*stop)
		;
	return 0;
}

/* What the scheduler says that a process has waited, in nanoseconds. */
static uint64_t waited(pid_t pid)
{
	unsigned long long run = 0, wait = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%llu %llu", &run, &wait) != 2)
		wait = 0;
	if (f)
		fclose(f);
	return wait;
}

static uint64_t waited_both(const pid_t pids[2])
{
	return waited(pids[0]) + waited(pids[1]);
}

/* What the scheduler accounts for between two samples, at least and at most: it goes on while they are taken.
 */
struct accounted {
	uint64_t before_first, behind_first, before_last, behind_last;
};

static int check_waits(struct snapshot *earlier, struct snapshot *later, const struct accounted *a)
{
	struct comparison *c = earlier && later ? comparison_new(earlier, later) : NULL;
	struct latency_growth g;
	double p50 = 0;
	bool there;

	CHECK(c);
	there = latency_growth(c, (size_t)find(later, "/spin"), LATENCY_OF_RUNQUEUE, NULL, &g) &&
		latency_percentile(&g, 0.5, &p50);
	comparison_free(c);
	CHECK(there);
	printf("run queue: %llu waits, p50 %.2f ms, %.0f ms in all; schedstat has %.0f to %.0f\n",
	       (unsigned long long)g.count, p50 * 1e3, (double)g.sum_ns / 1e6,
	       (double)(a->before_last - a->behind_first) / 1e6,
	       (double)(a->behind_last - a->before_first) / 1e6);
	/* a tick to some slices each */
	CHECK(p50 > 1e-4 && p50 < 1);
	CHECK(g.sum_ns >= (a->before_last - a->behind_first) / 10 * 9);
	CHECK(g.sum_ns <= (a->behind_last - a->before_first) / 10 * 11);
	return 0;
}

static int run_queue(struct source *source)
{
	int *stop = mmap(NULL, sizeof(*stop), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct snapshot *earlier, *later;
	struct accounted a;
	pid_t pids[2];
	bool enough;
	int r;

	CHECK(stop != MAP_FAILED);
	for (size_t i = 0; i < 2; i++)
		pids[i] = start("/spin", spin, stop);
	enough = reaches(source, "/spin", METRIC_RUNQUEUE_LATENCY_COUNT, 4);
	a.before_first = waited_both(pids);
	earlier = take(source);
	a.behind_first = waited_both(pids);
	enough = enough &&
		 reaches(source, "/spin", METRIC_RUNQUEUE_LATENCY_SUM, a.behind_first + 1000 * NSEC_PER_MSEC);
	a.before_last = waited_both(pids);
	later = take(source);
	a.behind_last = waited_both(pids);
	r = enough ? check_waits(earlier, later, &a) : 1;
	snapshot_unref(earlier);
	snapshot_unref(later);
	*stop = 1;
	CHECK(end(pids[0]) == 0 && end(pids[1]) == 0);
	munmap(stop, sizeof(*stop));
	return r;
}

/* A child that is gone stays in its parent's figures. */
static int outlives_its_child(struct source *source)
{
	uint64_t before = value_of(source, "", METRIC_RUNQUEUE_LATENCY_COUNT);
	char path[512];

	CHECK(before > 0);
	for (size_t h = 0; h < layout->n_hierarchies; h++) {
		snprintf(path, sizeof(path), "%s/" FOLDER "/spin", layout->hierarchies[h].mount_point);
		CHECK(rmdir(path) == 0);
	}
	for (int i = 0; i < 4; i++)
		CHECK(value_of(source, "", METRIC_RUNQUEUE_LATENCY_COUNT) >= before);
	return 0;
}

/* --- block requests --- */

struct loop {
	int control, device, file;
	int number;
};

static void loop_close(struct loop *l)
{
	if (l->device >= 0)
		ioctl(l->device, LOOP_CLR_FD, 0);
	for (const int *fd = (const int[]){l->device, l->file, l->control, -2}; *fd != -2; fd++)
		if (*fd >= 0)
			close(*fd);
}

static bool load_module(const char *name)
{
	char *const words[] = {(char[]){"modprobe"}, strdup(name), NULL};
	int status = -1;
	pid_t pid;

	if (words[1] && posix_spawnp(&pid, words[0], NULL, NULL, words, environ) == 0)
		(void)waitpid(pid, &status, 0);
	free(words[1]);
	return status == 0;
}

static bool loop_open(struct loop *l)
{
	char path[64];

	*l = (struct loop){-1, -1, -1, -1};
	/* a guest's kernel has it as a module; the host's modules are none of our business */
	if (getenv("PLIMSOLL_VM") && !load_module("loop"))
		return false;
	l->control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	l->file = memfd_create("blocks", MFD_CLOEXEC);
	if (l->control < 0 || l->file < 0 || ftruncate(l->file, (off_t)READS * BLOCK) < 0)
		return false;
	l->number = ioctl(l->control, LOOP_CTL_GET_FREE);
	snprintf(path, sizeof(path), "/dev/loop%d", l->number);
	l->device = l->number >= 0 ? open(path, O_RDWR | O_CLOEXEC) : -1;
	return l->device >= 0 && ioctl(l->device, LOOP_SET_FD, l->file) == 0;
}

static int read_all(void *context)
{
	const struct loop *l = context;
	char path[64];
	void *at;
	int fd;

	snprintf(path, sizeof(path), "/dev/loop%d", l->number);
	fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0 || posix_memalign(&at, BLOCK, BLOCK) != 0)
		return 1;
	for (off_t i = 0; i < READS; i++)
		if (pread(fd, at, BLOCK, i * BLOCK) != BLOCK)
			return 2;
	return 0;
}

static int block(struct source *source)
{
	enum metric_id count = latency_count(LATENCY_OF_BLKIO);
	_cleanup_(loop_close) struct loop l;
	uint64_t before, growth;

	if (layout->home[CONTROLLER_IO] < 0 || !loop_open(&l)) {
		printf("block requests: not checked, for there is no io controller or no loop device\n");
		return 0;
	}
	before = value_of(source, "/read", count);
	CHECK(end(start("/read", read_all, &l)) == 0);
	CHECK(reaches(source, "/read", count, before + READS));
	growth = value_of(source, "/read", count) - before;
	printf("block requests: %llu counted, %d reads made; %.1f us each\n", (unsigned long long)growth,
	       READS,
	       (double)value_of(source, "/read", latency_sum(LATENCY_OF_BLKIO)) / 1e3 / (double)growth);
	/* whoever looks for a partition table there may read some, too */
	CHECK(growth < READS + READS / 4);
	return 0;
}

/* --- traffic --- */

struct link {
	int go[2];   /* closed when the sender may end */
	int port[2]; /* the receiver's port */
	bool deaf;   /* it drops what comes: TCP sends it again */
};

static int receive(void *context)
{
	const struct link *l = context;
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = {1, &nothing};
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(at);
	int s = socket(AF_INET, SOCK_STREAM, 0);
	char buffer[BLOCK];
	int peer;

	close(l->go[1]);
	if (bind(s, (struct sockaddr *)&at, len) < 0 || listen(s, 1) < 0 ||
	    getsockname(s, (struct sockaddr *)&at, &len) < 0 ||
	    write(l->port[1], &at.sin_port, sizeof(at.sin_port)) != sizeof(at.sin_port))
		return 1;
	peer = accept(s, NULL, NULL);
	if (peer < 0 ||
	    (l->deaf && setsockopt(peer, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0))
		return 2;
	if (l->deaf) {
		/* the sender may start now, and both end when their parent has seen enough */
		return write(l->port[1], "", 1) == 1 && read(l->go[0], buffer, 1) == 0 ? 0 : 3;
	}
	while (read(peer, buffer, sizeof(buffer)) > 0)
		;
	return 0;
}

static int send_to(void *context)
{
	const struct link *l = context;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int s = socket(AF_INET, SOCK_STREAM, 0);
	char buffer[BLOCK] = {0};

	close(l->go[1]);
	if (read(l->port[0], &to.sin_port, sizeof(to.sin_port)) != sizeof(to.sin_port) ||
	    connect(s, (struct sockaddr *)&to, sizeof(to)) < 0)
		return 1;
	if (l->deaf)
		return read(l->port[0], buffer, 1) == 1 && write(s, buffer, 1) == 1 &&
				       read(l->go[0], buffer, 1) == 0
			       ? 0
			       : 2;
	for (size_t sent = 0; sent < SENT; sent += sizeof(buffer))
		if (write(s, buffer, sizeof(buffer)) != sizeof(buffer))
			return 3;
	return 0;
}

static int bytes(struct source *source)
{
	struct link l = {0};
	uint64_t sent, received;
	pid_t to, from;

	CHECK(pipe(l.go) == 0 && pipe(l.port) == 0);
	to = start("/receive", receive, &l);
	from = start("/send", send_to, &l);
	CHECK(end(from) == 0 && end(to) == 0);
	CHECK(reaches(source, "/send", METRIC_CGROUP_TX_BYTES, SENT));
	CHECK(reaches(source, "/receive", METRIC_CGROUP_RX_BYTES, SENT));
	sent = value_of(source, "/send", METRIC_CGROUP_TX_BYTES);
	received = value_of(source, "/receive", METRIC_CGROUP_RX_BYTES);
	printf("traffic: %u bytes made %llu sent and %llu received\n", SENT, (unsigned long long)sent,
	       (unsigned long long)received);
	/* headers, and no more */
	CHECK(sent < SENT / 4 * 5 && received < SENT / 4 * 5);
	CHECK(value_of(source, "/send", METRIC_CGROUP_RX_BYTES) < SENT / 4);
	CHECK(value_of(source, "/send", METRIC_CGROUP_TX_PACKETS) > SENT / 65536);
	close(l.go[0]), close(l.go[1]), close(l.port[0]), close(l.port[1]);
	return 0;
}

static int sent_again(struct source *source)
{
	struct link l = {.deaf = true};
	uint64_t before = value_of(source, "/send", METRIC_TCP_RETRANSMITS);
	pid_t to, from;
	bool enough;

	CHECK(pipe(l.go) == 0 && pipe(l.port) == 0);
	to = start("/receive", receive, &l);
	from = start("/send", send_to, &l);
	enough = reaches(source, "/send", METRIC_TCP_RETRANSMITS, before + 2);
	close(l.go[1]);
	CHECK(end(to) == 0 && end(from) == 0);
	CHECK(enough);
	CHECK(value_of(source, "/receive", METRIC_TCP_RETRANSMITS) == 0);
	close(l.go[0]), close(l.port[0]), close(l.port[1]);
	return 0;
}

static int traffic(struct source *source)
{
	if (layout->n_hierarchies == 0 || layout->hierarchies[0].version != 2) {
		printf("traffic: not checked, for sockets are in cgroups of v2\n");
		return 0;
	}
	return bytes(source) || sent_again(source);
}

/* --- parts of it --- */

static int one_refused_costs_itself(void)
{
	struct bpf_options options = {
		.layout = layout, .parts = 1U << KERNEL_LATENCY, .refuse = "latency_switch"};
	struct kernel_status status;
	struct kernel *kernel;
	size_t before = count_fds();
	struct error err = {0};

	CHECK(bpf_kernel_open(&options, &kernel, &err) == 0);
	kernel_status(kernel, &status);
	CHECK(status.on[KERNEL_LATENCY] && strstr(status.why[KERNEL_LATENCY], "refused"));
	CHECK(kernel_latency(kernel, true, &err) == 0);
	CHECK(kernel_latency(kernel, false, &err) == 0);
	kernel_close(kernel);
	CHECK(count_fds() == before);
	return 0;
}

static int run(struct source *source)
{
	struct bpf_options options = {.layout = layout, .parts = 1U << KERNEL_LATENCY};
	uint64_t begun = clock_monotonic_ns();
	struct kernel_status have;
	struct kernel *kernel;
	struct error err;

	CHECK(bpf_kernel_open(&options, &kernel, &err) == 0);
	kernel_status(kernel, &have);
	printf("loaded in %.0f ms%s%s\n", (double)(clock_monotonic_ns() - begun) / 1e6,
	       *have.why[KERNEL_LATENCY] ? ", but for a part: " : "", have.why[KERNEL_LATENCY]);
	collector_use_kernel(source, kernel);
	CHECK(on_demand(source) == 0);
	CHECK(run_queue(source) == 0);
	CHECK(outlives_its_child(source) == 0);
	CHECK(block(source) == 0);
	CHECK(traffic(source) == 0);
	return one_refused_costs_itself();
}

int main(void)
{
	/* detached as soon as a sample does without */
	const struct collector_options options = {.classes = UINT32_MAX, .latency_hold_ns = 1};
	struct bpf_options probe = {.parts = 1U << KERNEL_LATENCY};
	struct source *source;
	struct kernel *kernel;
	struct error err = {0};
	size_t before = count_fds();
	int status;

	setbuf(stdout, NULL);
	if (geteuid() != 0)
		return skip("it loads BPF programs, which only root may");
	if (collector_open(&options, &source, &err) < 0)
		return skip(err.cause);
	probe.layout = layout = collector_layout(source);
	if (bpf_kernel_open(&probe, &kernel, &err) < 0) {
		source_close(source);
		return skip(err.cause);
	}
	kernel_close(kernel);
	with_groups(true);
	give_io();
	status = run(source);
	with_groups(false);
	source_close(source);
	if (status == 0 && count_fds() != before)
		status = fprintf(stderr, "descriptors are left\n") > 0;
	return status;
}
