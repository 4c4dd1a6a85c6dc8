/* SPDX-License-Identifier: Apache-2.0 */
/* The cache with the real helper, and compiled programs run by a small interpreter of classic BPF. */
#include "base/cleanup.h"
#include "base/str.h"
#include "runtime/seccomp.h"
#include "seccomp/seccomp_cache.h"
#include "seccomp/seccomp_file.h"
#include "seccomp/seccomp_key.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif
#define ALLOWED SECCOMP_RET_ALLOW
#define REFUSED (SECCOMP_RET_ERRNO | EPERM)
#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)
#define CAP(name) (UINT64_C(1) << CAP_##name)
#define DOCKER_CAPABILITIES UINT64_C(0xa80425fb)
#define NR_NEWER_THAN_ALL 900

struct place {
	char folder[64];
	struct spec *spec;
};

/* ---- the interpreter */

struct machine {
	uint32_t accumulator;
	size_t at;
};

static uint32_t operand(const struct sock_filter *i, const struct seccomp_data *data)
{
	uint32_t value;

	assert_true(i->k + sizeof(value) <= sizeof(*data) && i->k % 4 == 0);
	memcpy(&value, (const char *)data + i->k, sizeof(value));
	return value;
}

static bool holds(const struct sock_filter *i, uint32_t accumulator)
{
	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		return accumulator == i->k;
	case BPF_JGT:
		return accumulator > i->k;
	case BPF_JGE:
		return accumulator >= i->k;
	default:
		fail_msg("a jump that is not one of ours: %x", i->code);
		return false;
	}
}

/* Jumps only go forward, so that it ends. */
static uint32_t run_program(const struct seccomp_program *program, const struct seccomp_data *data,
			    size_t *steps)
{
	struct machine m = {0};

	*steps = 0;
	for (;;) {
		const struct sock_filter *i = &program->filter[m.at++];

		assert_true(m.at <= program->n);
		++*steps;
		if (i->code == (BPF_RET | BPF_K))
			return i->k;
		if (i->code == (BPF_LD | BPF_W | BPF_ABS))
			m.accumulator = operand(i, data);
		else if (i->code == (BPF_ALU | BPF_AND | BPF_K))
			m.accumulator &= i->k;
		else if (i->code == (BPF_JMP | BPF_JA))
			m.at += i->k;
		else
			m.at += holds(i, m.accumulator) ? i->jt : i->jf;
	}
}

static uint32_t answer(const struct seccomp_program *program, uint32_t arch, long number, uint64_t argument)
{
	const struct seccomp_data data = {.nr = (int)number, .arch = arch, .args = {argument}};
	size_t steps;

	return run_program(program, &data, &steps);
}

static uint32_t native(const struct seccomp_program *program, long number)
{
	return answer(program, NATIVE, number, 0);
}

/* ---- the place */

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	snprintf(place->folder, sizeof(place->folder), "/tmp/plimsoll-seccomp-XXXXXX");
	place->spec = spec_new();
	*state = place;
	return place->spec && mkdtemp(place->folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
	(void)info;
	(void)kind;
	(void)at;
	return remove(path);
}

static int tear_down(void **state)
{
	struct place *place = *state;
	int r = nftw(place->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);

	spec_free(place->spec);
	free(place);
	return r;
}

static struct seccomp_program get(struct place *place, uint64_t capabilities)
{
	struct seccomp_program program = {0};
	struct error err = {0};
	int r = seccomp_program_get_by(SECCOMP_HELPER, place->spec, capabilities, place->folder, &program,
				       &err);

	if (r < 0)
		fail_msg("%s (%s)", err.cause, err.remedy);
	return program;
}

static struct seccomp_program get_profile(struct place *place, const char *json)
{
	place->spec->linux_.seccomp = SPEC_SECCOMP_PROFILE;
	place->spec->linux_.seccomp_profile = json;
	return get(place, DOCKER_CAPABILITIES);
}

static void refuse_profile(struct place *place, const char *json, const char *words)
{
	struct seccomp_program program = {0};
	struct error err = {0};

	place->spec->linux_.seccomp = SPEC_SECCOMP_PROFILE;
	place->spec->linux_.seccomp_profile = json;
	assert_int_equal(
		seccomp_program_get_by(SECCOMP_HELPER, place->spec, 0, place->folder, &program, &err),
		-EINVAL);
	if (!strstr(err.cause, words))
		fail_msg("'%s' does not say '%s'", err.cause, words);
	assert_null(program.filter);
}

/* ---- Docker's default */

static void test_default(void **state)
{
	static const long allowed[] = {SYS_read,    SYS_write,	   SYS_openat, SYS_execve, SYS_getppid,
				       SYS_futex,   SYS_mmap,	   SYS_ioctl,  SYS_kill,   SYS_setuid,
				       SYS_prctl,   SYS_mknodat,   SYS_ptrace, SYS_statx,  SYS_chroot,
				       SYS_seccomp, SYS_exit_group};
	static const long refused[] = {SYS_keyctl,
				       SYS_add_key,
				       SYS_request_key,
				       SYS_mount,
				       SYS_umount2,
				       SYS_unshare,
				       SYS_setns,
				       SYS_bpf,
				       SYS_reboot,
				       SYS_init_module,
				       SYS_acct,
				       SYS_swapon,
				       SYS_kexec_load,
				       SYS_open_by_handle_at,
				       SYS_perf_event_open,
				       SYS_pivot_root,
				       SYS_io_uring_setup,
				       SYS_userfaultfd,
				       SYS_settimeofday,
				       SYS_syslog,
				       SYS_vhangup,
				       SYS_mbind,
				       SYS_kcmp,
				       SYS_move_pages};
	struct seccomp_program program = get(*state, DOCKER_CAPABILITIES);

	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		assert_int_equal(native(&program, allowed[i]), ALLOWED);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (native(&program, refused[i]) != REFUSED)
			fail_msg("system call %ld: %x", refused[i], native(&program, refused[i]));
	assert_int_equal(native(&program, SYS_clone3), MISSING);
	assert_int_equal(native(&program, NR_NEWER_THAN_ALL), MISSING);
	assert_int_equal(native(&program, -1), MISSING);
	/* New ones that this libseccomp may not know: cachestat, mseal, removexattrat. */
	assert_int_equal(native(&program, 451), ALLOWED);
	assert_int_equal(native(&program, 462), ALLOWED);
	assert_int_equal(native(&program, 466), ALLOWED);
	assert_int_equal(answer(&program, AUDIT_ARCH_S390X, SYS_read, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(program.flags, 0);
	seccomp_program_free(&program);
	assert_null(program.filter);
}

static void test_arguments(void **state)
{
	static const uint64_t personalities[] = {0, 8, 0x20000, 0x20008, 0xffffffff, UINT64_MAX};
	struct seccomp_program program = get(*state, DOCKER_CAPABILITIES);
	const uint64_t junk = UINT64_C(1) << 40;

	for (size_t i = 0; i < ARRAY_SIZE(personalities); i++)
		assert_int_equal(answer(&program, NATIVE, SYS_personality, personalities[i]), ALLOWED);
	assert_int_equal(answer(&program, NATIVE, SYS_personality, 0x0040000), REFUSED);
	assert_int_equal(answer(&program, NATIVE, SYS_personality, 0x20009), REFUSED);
	/* SIGCHLD alone is a fork; a thread's flags hold no namespace. */
	assert_int_equal(answer(&program, NATIVE, SYS_clone, 17), ALLOWED);
	assert_int_equal(answer(&program, NATIVE, SYS_clone, 0x3d0f00), ALLOWED);
	static const uint64_t namespaces[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
					      CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		assert_int_equal(answer(&program, NATIVE, SYS_clone, namespaces[i] | 17), REFUSED);
		assert_int_equal(answer(&program, NATIVE, SYS_clone, namespaces[i] | junk), REFUSED);
	}
	for (uint64_t family = 0; family < 64; family++) {
		static const uint64_t closed[] = {12, 19, 20, 23, 25, 34, 37, 38, 40};
		uint32_t wanted = family > 45 ? REFUSED : ALLOWED;

		for (size_t i = 0; i < ARRAY_SIZE(closed); i++)
			if (family == closed[i])
				wanted = REFUSED;
		assert_int_equal(answer(&program, NATIVE, SYS_socket, family), wanted);
		/* The kernel takes an int: what is above it must not open the way around. */
		assert_int_equal(answer(&program, NATIVE, SYS_socket, family | junk), wanted);
	}
	seccomp_program_free(&program);
}

static void test_capabilities(void **state)
{
	static const struct {
		uint64_t capability;
		long numbers[4];
	} rows[] = {
		{CAP(SYS_ADMIN), {SYS_mount, SYS_unshare, SYS_setns, SYS_clone3}},
		{CAP(SYS_ADMIN), {SYS_bpf, SYS_umount2, SYS_syslog, SYS_quotactl}},
		{CAP(DAC_READ_SEARCH), {SYS_open_by_handle_at}},
		{CAP(SYS_BOOT), {SYS_reboot}},
		{CAP(SYS_CHROOT), {SYS_chroot}},
		{CAP(SYS_MODULE), {SYS_init_module, SYS_finit_module, SYS_delete_module}},
		{CAP(SYS_PACCT), {SYS_acct}},
		{CAP(SYS_PTRACE), {SYS_kcmp, SYS_pidfd_getfd, SYS_process_madvise}},
		{CAP(SYS_TIME), {SYS_settimeofday, SYS_clock_settime}},
		{CAP(SYS_TTY_CONFIG), {SYS_vhangup}},
		{CAP(SYS_NICE), {SYS_mbind, SYS_set_mempolicy, SYS_get_mempolicy}},
		{CAP(SYSLOG), {SYS_syslog}},
		{UINT64_C(1) << 39, {SYS_bpf}},
		{UINT64_C(1) << 38, {SYS_perf_event_open}},
	};
	struct seccomp_program none = get(*state, 0);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct seccomp_program program = get(*state, rows[i].capability);

		for (size_t k = 0; k < 4 && rows[i].numbers[k]; k++) {
			assert_int_equal(native(&program, rows[i].numbers[k]), ALLOWED);
			assert_int_not_equal(native(&none, rows[i].numbers[k]), ALLOWED);
		}
		assert_int_equal(native(&program, SYS_keyctl), REFUSED);
		uint32_t clone = answer(&program, NATIVE, SYS_clone, CLONE_NEWUSER);
		assert_int_equal(clone, rows[i].capability == CAP(SYS_ADMIN) ? ALLOWED : REFUSED);
		seccomp_program_free(&program);
	}
	seccomp_program_free(&none);
}

#if defined(__x86_64__)
/* Numbers of i386 and x32, which x86_64 kernels may run too. */
static void test_other_architectures(void **state)
{
	const uint32_t x32 = 0x40000000;
	struct seccomp_program program = get(*state, DOCKER_CAPABILITIES);

	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 3, 0), ALLOWED);    /* read */
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 7, 0), ALLOWED);    /* waitpid */
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 21, 0), REFUSED);   /* mount */
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 288, 0), REFUSED);  /* keyctl */
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 359, 2), ALLOWED);  /* socket(AF_INET) */
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 359, 38), REFUSED); /* socket(AF_ALG) */
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 362, 0), ALLOWED);  /* connect */
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 120, CLONE_NEWUSER), REFUSED); /* clone */
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 435, 0), MISSING);		  /* clone3 */
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, NR_NEWER_THAN_ALL, 0), MISSING);
	/* x32 is left out. */
	assert_int_equal(answer(&program, NATIVE, x32 | SYS_read, 0), MISSING);
	assert_int_equal(answer(&program, NATIVE, x32 | SYS_mount, 0), MISSING);
	assert_int_equal(answer(&program, NATIVE, x32 | 520, 0), MISSING);
	seccomp_program_free(&program);
}
#endif

/* Small, and any call is decided in a few steps: the kernel translates it at each start of a container. */
static void test_size(void **state)
{
	struct seccomp_program program = get(*state, DOCKER_CAPABILITIES);
	size_t most = 0;

	for (int number = 0; number < 470; number++) {
		const struct seccomp_data data = {.nr = number, .arch = NATIVE};
		size_t steps;

		if (number == SYS_socket || number == SYS_personality || number == SYS_clone)
			continue;
		run_program(&program, &data, &steps);
		most = steps > most ? steps : most;
	}
	print_message("%u instructions, at most %zu steps\n", program.n, most);
	assert_in_range(program.n, 100, 700);
	assert_in_range(most, 3, 20);
	seccomp_program_free(&program);
}

/* The kernel takes it, and it works. */
static void test_loaded(void **state)
{
	struct seccomp_program program = get(*state, DOCKER_CAPABILITIES);
	struct sock_fprog loaded = {.len = program.n, .filter = program.filter};
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, program.flags, &loaded) < 0)
			_exit(1);
		if (syscall(SYS_getppid) <= 0)
			_exit(2);
		if (syscall(SYS_keyctl, 0, 0, 0) >= 0 || errno != EPERM)
			_exit(3);
		if (syscall(SYS_clone3, NULL, 0) >= 0 || errno != ENOSYS)
			_exit(4);
		if (syscall(NR_NEWER_THAN_ALL) >= 0 || errno != ENOSYS)
			_exit(5);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	seccomp_program_free(&program);
}

/* ---- the cache */

static unsigned count_files(const char *folder, char *name, size_t cap)
{
	_cleanup_closedir_ DIR *dir = opendir(folder);
	struct dirent *entry;
	unsigned n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (name)
			snprintf(name, cap, "%s/%s", folder, entry->d_name);
		n++;
	}
	return n;
}

/* With a helper that there is not, a hit is all that can come. */
static int get_cached(struct place *place, uint64_t capabilities)
{
	struct seccomp_program program = {0};
	struct error err;
	int r = seccomp_program_get_by("/nonexistent", place->spec, capabilities, place->folder, &program,
				       &err);

	seccomp_program_free(&program);
	return r;
}

static void test_hit_and_miss(void **state)
{
	struct place *place = *state;
	struct seccomp_program program;
	char name[512];
	struct stat info;

	assert_int_equal(get_cached(place, 1), -ENOENT);
	program = get(place, 1);
	seccomp_program_free(&program);
	assert_int_equal(get_cached(place, 1), 0);
	assert_int_equal(get_cached(place, 2), -ENOENT);
	assert_int_equal(count_files(place->folder, name, sizeof(name)), 1);
	assert_int_equal(stat(name, &info), 0);
	assert_int_equal(info.st_mode, S_IFREG | 0600);
	place->spec->linux_.seccomp = SPEC_SECCOMP_PROFILE;
	place->spec->linux_.seccomp_profile = "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}";
	assert_int_equal(get_cached(place, 1), -ENOENT);
	place->spec->linux_.seccomp = SPEC_SECCOMP_UNCONFINED;
	assert_int_equal(get_cached(place, 7), 0);
}

static void test_folder_is_made(void **state)
{
	struct place *place = *state;
	struct stat info;

	assert_int_equal(rmdir(place->folder), 0);
	struct seccomp_program program = get(place, 1);
	assert_int_equal(stat(place->folder, &info), 0);
	assert_int_equal(info.st_mode, S_IFDIR | 0700);
	seccomp_program_free(&program);
}

/* Any byte that is other, and any length: compiled again, and never used. */
static void test_damage(void **state)
{
	struct place *place = *state;
	struct seccomp_program program = get(place, 1);
	char name[512];
	struct stat info;

	seccomp_program_free(&program);
	count_files(place->folder, name, sizeof(name));
	assert_int_equal(stat(name, &info), 0);
	for (off_t at = 0; at < info.st_size; at += at < 200 ? 1 : 97) {
		int fd = open(name, O_RDWR | O_CLOEXEC);
		unsigned char byte;

		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 0x10;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		/* The last word of the header is kept for later, and is summed too. */
		assert_int_equal(get_cached(place, 1), -ENOENT);
		byte ^= 0x10;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		close(fd);
	}
	assert_int_equal(get_cached(place, 1), 0);
	assert_int_equal(truncate(name, info.st_size - 8), 0);
	assert_int_equal(get_cached(place, 1), -ENOENT);
	assert_int_equal(truncate(name, 0), 0);
	assert_int_equal(get_cached(place, 1), -ENOENT);
	program = get(place, 1);
	seccomp_program_free(&program);
	assert_int_equal(get_cached(place, 1), 0);
	assert_int_equal(count_files(place->folder, NULL, 0), 1);
}

static void test_not_ours(void **state)
{
	struct place *place = *state;
	struct seccomp_program program = get(place, 1);
	char name[512];
	char elsewhere[600];

	seccomp_program_free(&program);
	count_files(place->folder, name, sizeof(name));
	assert_int_equal(chmod(name, 0620), 0);
	assert_int_equal(get_cached(place, 1), -ENOENT);
	assert_int_equal(chmod(name, 0602), 0);
	assert_int_equal(get_cached(place, 1), -ENOENT);
	assert_int_equal(chmod(name, 0600), 0);
	assert_int_equal(get_cached(place, 1), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(name, 12345, (gid_t)-1), 0);
		assert_int_equal(get_cached(place, 1), -ENOENT);
		assert_int_equal(chown(name, 0, (gid_t)-1), 0);
	}
	snprintf(elsewhere, sizeof(elsewhere), "%s-elsewhere", name);
	assert_int_equal(rename(name, elsewhere), 0);
	assert_int_equal(symlink(elsewhere, name), 0);
	assert_int_equal(get_cached(place, 1), -ENOENT);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(mkfifo(name, 0600), 0);
	assert_int_equal(get_cached(place, 1), -ENOENT);
}

/* The file of one key below the name of another is no hit. */
static void test_same_name(void **state)
{
	struct place *place = *state;
	char one[SECCOMP_NAME_SIZE];
	char other[SECCOMP_NAME_SIZE];
	_cleanup_str_ struct str a = {0};
	_cleanup_str_ struct str b = {0};
	struct seccomp_program program = get(place, 1);
	int folder = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	seccomp_program_free(&program);
	assert_int_equal(seccomp_key(&a, place->spec, 1, NULL), 0);
	assert_int_equal(seccomp_key(&b, place->spec, 2, NULL), 0);
	seccomp_key_name(&a, one);
	seccomp_key_name(&b, other);
	assert_string_not_equal(one, other);
	assert_int_equal(renameat(folder, one, folder, other), 0);
	assert_int_equal(get_cached(place, 2), -ENOENT);
	close(folder);
}

/* What a process that was killed in the middle has left is taken over. */
static void test_left_over(void **state)
{
	struct place *place = *state;
	char name[SECCOMP_NAME_SIZE];
	char path[256];
	_cleanup_str_ struct str key = {0};

	assert_int_equal(seccomp_key(&key, place->spec, 1, NULL), 0);
	seccomp_key_name(&key, name);
	snprintf(path, sizeof(path), "%s/%s.new", place->folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(write(fd, "half", 4), 4);
	close(fd);
	struct seccomp_program program = get(place, 1);
	seccomp_program_free(&program);
	assert_int_equal(count_files(place->folder, NULL, 0), 1);
	assert_int_equal(get_cached(place, 1), 0);
}

static void test_at_once(void **state)
{
	enum { PROCESSES = 8 };
	struct place *place = *state;
	pid_t pids[PROCESSES];

	for (size_t i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			struct seccomp_program program = {0};
			int r = seccomp_program_get_by(SECCOMP_HELPER, place->spec, 1, place->folder,
						       &program, NULL);

			_exit(r == 0 && program.filter && native(&program, SYS_read) == ALLOWED ? 0 : 1);
		}
	}
	for (size_t i = 0; i < PROCESSES; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(get_cached(place, 1), 0);
	assert_int_equal(count_files(place->folder, NULL, 0), 1);
}

/* A folder that can't be written costs time and nothing else. */
static void test_not_kept(void **state)
{
	struct place *place = *state;
	char name[SECCOMP_NAME_SIZE];
	char path[256];
	_cleanup_str_ struct str key = {0};

	assert_int_equal(seccomp_key(&key, place->spec, 1, NULL), 0);
	seccomp_key_name(&key, name);
	snprintf(path, sizeof(path), "%s/%s.new", place->folder, name);
	assert_int_equal(mkdir(path, 0700), 0);
	struct seccomp_program program = get(place, 1);
	assert_int_equal(native(&program, SYS_read), ALLOWED);
	seccomp_program_free(&program);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Said, not demanded: a busy machine proves nothing. */
static void test_cost(void **state)
{
	int64_t best = INT64_MAX;
	struct seccomp_program program = get(*state, 1);

	seccomp_program_free(&program);
	for (int i = 0; i < 200; i++) {
		int64_t start = now_ns();

		assert_int_equal(get_cached(*state, 1), 0);
		int64_t took = now_ns() - start;
		best = took < best ? took : best;
	}
	print_message("a hit: %lld ns\n", (long long)best);
	assert_in_range(best, 1, 5000000);
}

/* ---- profiles of the user's */

static void test_profile(void **state)
{
	struct seccomp_program program = get_profile(
		*state,
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":13,"
		"\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_X86\"]"
		"}],"
		"\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],\"syscalls\":["
		"{\"names\":[\"read\",\"write\",\"no_such_call\"],\"action\":\"SCMP_ACT_ALLOW\"},"
		"{\"names\":[\"kill\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":5},"
		"{\"names\":[\"getpid\"],\"action\":\"SCMP_ACT_KILL_PROCESS\"},"
		"{\"names\":[\"lseek\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
		"{\"index\":0,\"value\":4294967301,\"op\":\"SCMP_CMP_GT\"},{\"index\":1,\"value\":3,\"op\":"
		"\"SCMP_CMP_NE\"}]},"
		"{\"names\":[\"mount\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"caps\":[\"CAP_SYS_"
		"ADMIN\"]}},"
		"{\"names\":[\"chroot\"],\"action\":\"SCMP_ACT_ALLOW\",\"excludes\":{\"caps\":[\"CAP_SYS_"
		"ADMIN\"]}},"
		"{\"names\":[\"acct\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":\"99.0\"}},"
		"{\"names\":[\"sync\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":\"3.17\"}}]"
		"}");

	assert_int_equal(native(&program, SYS_read), ALLOWED);
	assert_int_equal(native(&program, SYS_write), ALLOWED);
	assert_int_equal(native(&program, SYS_kill), SECCOMP_RET_ERRNO | 5);
	assert_int_equal(native(&program, SYS_getpid), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(native(&program, SYS_close), SECCOMP_RET_ERRNO | EACCES);
	assert_int_equal(native(&program, SYS_mount), SECCOMP_RET_ERRNO | EACCES);
	assert_int_equal(native(&program, SYS_acct), SECCOMP_RET_ERRNO | EACCES);
	assert_int_equal(native(&program, SYS_chroot), ALLOWED);
	assert_int_equal(native(&program, SYS_sync), ALLOWED);
	/* Newer than all that the profile speaks of. */
	assert_int_equal(native(&program, SYS_clone3), MISSING);
	assert_int_equal(native(&program, NR_NEWER_THAN_ALL), MISSING);
	assert_int_equal(program.flags, SECCOMP_FILTER_FLAG_LOG);
	seccomp_program_free(&program);
}

static uint32_t compare(struct place *place, const char *op, uint64_t value, uint64_t second,
			uint64_t argument)
{
	char json[512];

	snprintf(json, sizeof(json),
		 "{\"defaultAction\":\"SCMP_ACT_KILL\",\"syscalls\":[{\"name\":\"lseek\",\"action\":\"SCMP_"
		 "ACT_LOG\","
		 "\"args\":[{\"index\":0,\"op\":\"SCMP_CMP_%s\",\"value\":%llu,\"valueTwo\":%llu}]}]}",
		 op, (unsigned long long)value, (unsigned long long)second);
	struct seccomp_program program = get_profile(place, json);
	uint32_t result = answer(&program, NATIVE, SYS_lseek, argument);
	seccomp_program_free(&program);
	return result == SECCOMP_RET_LOG ? 1 : result == SECCOMP_RET_KILL_THREAD ? 0 : 2;
}

static void test_comparisons(void **state)
{
	const uint64_t big = UINT64_C(5) << 32 | 7;
	static const int64_t near[] = {-(INT64_C(1) << 32), -1, 0, 1, INT64_C(1) << 32};

	for (size_t i = 0; i < ARRAY_SIZE(near); i++) {
		uint64_t x = big + (uint64_t)near[i];

		assert_int_equal(compare(*state, "EQ", big, 0, x), x == big);
		assert_int_equal(compare(*state, "NE", big, 0, x), x != big);
		assert_int_equal(compare(*state, "LT", big, 0, x), x < big);
		assert_int_equal(compare(*state, "LE", big, 0, x), x <= big);
		assert_int_equal(compare(*state, "GT", big, 0, x), x > big);
		assert_int_equal(compare(*state, "GE", big, 0, x), x >= big);
		assert_int_equal(compare(*state, "MASKED_EQ", 0xff000000ff, 7, x), (x & 0xff000000ff) == 7);
	}
	assert_int_equal(compare(*state, "MASKED_EQ", UINT64_C(0xff) << 32, UINT64_C(5) << 32, big), 1);
	assert_int_equal(compare(*state, "MASKED_EQ", 0, 0, big), 1);
	assert_int_equal(compare(*state, "EQ", UINT64_MAX, 0, UINT64_MAX), 1);
}

/* Two conditions on one argument are alternatives; on several, all hold. */
static void test_alternatives(void **state)
{
	struct seccomp_program program = get_profile(
		*state,
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"lseek\"],"
		"\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},"
		"{\"index\":0,\"value\":2,\"op\":\"SCMP_CMP_EQ\"}]},"
		"{\"names\":[\"kill\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
		"{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},{\"index\":1,\"value\":2,\"op\":\"SCMP_CMP_"
		"EQ\"}]}]}");
	struct seccomp_data data = {.nr = SYS_kill, .arch = NATIVE, .args = {1, 2}};
	size_t steps;

	assert_int_equal(answer(&program, NATIVE, SYS_lseek, 1), ALLOWED);
	assert_int_equal(answer(&program, NATIVE, SYS_lseek, 2), ALLOWED);
	assert_int_equal(answer(&program, NATIVE, SYS_lseek, 3), REFUSED);
	assert_int_equal(run_program(&program, &data, &steps), ALLOWED);
	data.args[1] = 3;
	assert_int_equal(run_program(&program, &data, &steps), REFUSED);
	seccomp_program_free(&program);
}

#if defined(__x86_64__)
/* A profile that allows by default: neither x32 nor i386's socketcall is the way around a rule. */
static void test_no_way_around(void **state)
{
	struct seccomp_program program = get_profile(
		*state, "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86_64\","
			"\"SCMP_ARCH_X86\"],\"syscalls\":[{\"names\":[\"socket\",\"mount\"],"
			"\"action\":\"SCMP_ACT_ERRNO\"}]}");

	assert_int_equal(native(&program, SYS_mount), REFUSED);
	assert_int_equal(native(&program, SYS_read), ALLOWED);
	assert_int_equal(native(&program, NR_NEWER_THAN_ALL), ALLOWED);
	assert_int_equal(native(&program, 0x40000000 | SYS_mount), MISSING);
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 359, 2), REFUSED);
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 102, 1), REFUSED);
	assert_int_equal(answer(&program, AUDIT_ARCH_I386, 102, 3), ALLOWED);
	seccomp_program_free(&program);
}
#endif

static void test_refused_profiles(void **state)
{
	static const struct {
		const char *json;
		const char *words;
	} rows[] = {
		{"", "JSON"},
		{"{", "JSON"},
		{"[]", "an object is wanted"},
		{"{}", "unknown action"},
		{"{\"defaultAction\":\"SCMP_ACT_MAYBE\"}", "SCMP_ACT_MAYBE"},
		{"{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", "SCMP_ACT_NOTIFY"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"sycalls\":[]}", "sycalls"},
		{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096}", "defaultErrnoRet"},
		{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":-1}", "defaultErrnoRet"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"action\":\"SCMP_ACT_ERRNO\"}]}",
		 "names"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[7],\"action\":\"SCMP_ACT_"
		 "ERRNO\"}]}",
		 "name is wanted"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":"
		 "\"SCMP_ACT_ERRNO\",\"excudes\":{}}]}",
		 "excudes"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":"
		 "\"SCMP_ACT_ERRNO\",\"includes\":{\"caps\":[\"CAP_FLY\"]}}]}",
		 "CAP_FLY"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":"
		 "\"SCMP_ACT_ERRNO\",\"includes\":{\"minKernel\":\"4.8.1\"}}]}",
		 "4.8.1"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":"
		 "\"SCMP_ACT_ERRNO\",\"excludes\":{\"minKernel\":\"four\"}}]}",
		 "four"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":"
		 "\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":6,\"op\":\"SCMP_CMP_EQ\"}]}]}",
		 "index"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_NEW_LISTENER\"]}",
		 "NEW_LISTENER"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/x\"}", "listenerPath"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		refuse_profile(*state, rows[i].json, rows[i].words);
	assert_int_equal(count_files(((struct place *)*state)->folder, NULL, 0), 0);
}

/* More conditions than the kernel takes instructions. */
static void test_too_large(void **state)
{
	_cleanup_str_ struct str json = {0};

	str_add(&json, "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[");
	for (unsigned i = 0; i < 2000; i++)
		str_printf(&json,
			   "%s{\"names\":[\"lseek\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":1,"
			   "\"value\":%u,\"op\":\"SCMP_CMP_EQ\"}]}",
			   i ? "," : "", i);
	str_add(&json, "]}");
	refuse_profile(*state, json.data, "4096");
}

int main(void)
{
#define WITH_PLACE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_PLACE(test_default),
		WITH_PLACE(test_arguments),
		WITH_PLACE(test_capabilities),
#if defined(__x86_64__)
		WITH_PLACE(test_other_architectures),
		WITH_PLACE(test_no_way_around),
#endif
		WITH_PLACE(test_size),
		WITH_PLACE(test_loaded),
		WITH_PLACE(test_hit_and_miss),
		WITH_PLACE(test_folder_is_made),
		WITH_PLACE(test_damage),
		WITH_PLACE(test_not_ours),
		WITH_PLACE(test_same_name),
		WITH_PLACE(test_left_over),
		WITH_PLACE(test_at_once),
		WITH_PLACE(test_not_kept),
		WITH_PLACE(test_cost),
		WITH_PLACE(test_profile),
		WITH_PLACE(test_comparisons),
		WITH_PLACE(test_alternatives),
		WITH_PLACE(test_refused_profiles),
		WITH_PLACE(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
