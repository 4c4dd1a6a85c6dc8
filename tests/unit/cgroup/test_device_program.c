/* SPDX-License-Identifier: Apache-2.0 */
/* The program, run by an interpreter of the few instructions it is made of, against the rules read plainly.
 */
#include "base/cleanup.h"
#include "base/str.h"
#include "cgroup/device_program.h"
#include "device_v1.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct request {
	char type;
	uint32_t major, minor;
	unsigned access; /* DEVICE_* */
};

/* --- the model: each access is decided by the last rule that names it --- */

static bool names(const struct device_rule *r, const struct request *q, unsigned access)
{
	return (r->type == 'a' || r->type == q->type) && (r->major < 0 || r->major == q->major) &&
	       (r->minor < 0 || r->minor == q->minor) && r->access & access;
}

static bool model(const struct device_rule *rules, size_t n, const struct request *q)
{
	for (unsigned access = 1; access <= DEVICE_MKNOD; access <<= 1) {
		bool allowed = false;

		for (size_t i = 0; i < n; i++)
			if (names(&rules[i], q, access))
				allowed = rules[i].allow;
		if (q->access & access && !allowed)
			return false;
	}
	return true;
}

/* --- the interpreter --- */

static uint64_t operand(const struct bpf_insn *in, const uint64_t *regs)
{
	return BPF_SRC(in->code) == BPF_X ? regs[in->src_reg] : (uint64_t)(int64_t)in->imm;
}

static uint64_t compute(const struct bpf_insn *in, uint64_t a, uint64_t b)
{
	uint64_t result = 0;

	switch (BPF_OP(in->code)) {
	case BPF_MOV:
		result = b;
		break;
	case BPF_AND:
		result = a & b;
		break;
	case BPF_RSH:
		result = (BPF_CLASS(in->code) == BPF_ALU ? (uint32_t)a : a) >> b;
		break;
	default:
		fail_msg("instruction %x", in->code);
	}
	return BPF_CLASS(in->code) == BPF_ALU ? (uint32_t)result : result;
}

static bool jumps(const struct bpf_insn *in, uint64_t a, uint64_t b)
{
	if (BPF_OP(in->code) == BPF_JEQ)
		return a == b;
	if (BPF_OP(in->code) == BPF_JNE)
		return a != b;
	fail_msg("jump %x", in->code);
	return false;
}

static uint64_t run(const struct bpf_insn *insns, size_t n, const struct bpf_cgroup_dev_ctx *ctx)
{
	uint64_t regs[11] = {[1] = (uintptr_t)ctx};

	for (size_t at = 0; at < n; at++) {
		const struct bpf_insn *in = &insns[at];
		uint64_t *dst = &regs[in->dst_reg];

		switch (BPF_CLASS(in->code)) {
		case BPF_LDX: {
			uint32_t word;

			assert_int_equal(in->code, BPF_LDX | BPF_MEM | BPF_W);
			assert_true(in->src_reg == 1 && in->off >= 0 &&
				    (size_t)in->off + sizeof(word) <= sizeof(*ctx));
			memcpy(&word, (const char *)ctx + in->off, sizeof(word));
			*dst = word;
			break;
		}
		case BPF_ALU:
		case BPF_ALU64:
			*dst = compute(in, *dst, operand(in, regs));
			break;
		case BPF_JMP:
			if (BPF_OP(in->code) == BPF_EXIT)
				return regs[0];
			/* forward alone: the verifiers of old kernels take no other */
			assert_true(in->off >= 0);
			if (jumps(in, *dst, operand(in, regs)))
				at += (size_t)in->off;
			break;
		default:
			fail_msg("class of %x", in->code);
		}
	}
	fail_msg("it runs off its end");
	return 0;
}

static bool ask(const struct bpf_insn *insns, size_t n, const struct request *q)
{
	struct bpf_cgroup_dev_ctx ctx = {.major = q->major, .minor = q->minor};
	uint32_t access = (q->access & DEVICE_READ ? BPF_DEVCG_ACC_READ : 0U) |
			  (q->access & DEVICE_WRITE ? BPF_DEVCG_ACC_WRITE : 0U) |
			  (q->access & DEVICE_MKNOD ? BPF_DEVCG_ACC_MKNOD : 0U);
	uint64_t result;

	ctx.access_type = access << 16 | (q->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	result = run(insns, n, &ctx);
	assert_true(result <= 1);
	return result;
}

/* Every instruction can be reached: the kernel refuses a program otherwise. */
static void assert_reachable(const struct bpf_insn *insns, size_t n)
{
	bool *seen = calloc(n + 1, 1);

	assert_non_null(seen);
	seen[0] = true;
	for (size_t i = 0; i < n; i++) {
		bool leaves = insns[i].code == (BPF_JMP | BPF_EXIT);

		if (!seen[i])
			fail_msg("instruction %zu of %zu can't be reached", i, n);
		if (!leaves)
			seen[i + 1] = true;
		if (BPF_CLASS(insns[i].code) == BPF_JMP && !leaves) {
			assert_true(i + 1 + (size_t)insns[i].off < n);
			seen[i + 1 + (size_t)insns[i].off] = true;
		}
	}
	assert_false(seen[n]);
	free(seen);
}

/* --- the tests --- */

static uint32_t random_below(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % n;
}

static struct device_rule random_rule(uint32_t *seed)
{
	return (struct device_rule){.allow = random_below(seed, 2),
				    .type = "abcc"[random_below(seed, 4)],
				    .major = (int64_t)random_below(seed, 4) - 1,
				    .minor = (int64_t)random_below(seed, 4) - 1,
				    .access = random_below(seed, 3) ? random_below(seed, 8) : 7};
}

static void check_rules(const struct device_rule *rules, size_t n)
{
	_cleanup_free_ struct bpf_insn *insns = NULL;
	size_t n_insns = 0;

	assert_int_equal(device_program_make(rules, n, &insns, &n_insns), 0);
	assert_true(n_insns <= 4096);
	assert_reachable(insns, n_insns);
	for (uint32_t i = 0; i < 2 * 3 * 3 * 7; i++) {
		struct request q = {.type = i % 2 ? 'b' : 'c',
				    .major = i / 2 % 3,
				    .minor = i / 6 % 3,
				    .access = 1 + i / 18};

		if (ask(insns, n_insns, &q) != model(rules, n, &q))
			fail_msg("%zu rules: %c %u:%u %u is answered with %d", n, q.type, q.major, q.minor,
				 q.access, !model(rules, n, &q));
	}
}

static void random_rules(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct device_rule rules[12];
		size_t n = random_below(&seed, 13);

		for (size_t i = 0; i < n; i++)
			rules[i] = random_rule(&seed);
		check_rules(rules, n);
	}
}

static void odd_rules(void **state)
{
	struct device_rule rules[455];
	struct bpf_insn *insns = NULL;
	size_t n = 0;

	(void)state;
	check_rules(NULL, 0);
	rules[0] = (struct device_rule){true, 'c', 4096 + 1, -1, 7};
	rules[1] = (struct device_rule){true, 'c', 1, INT64_C(0x100000000) + 1, 7};
	check_rules(rules, 2);
	rules[0] = (struct device_rule){true, 'x', 1, 1, 7};
	assert_int_equal(device_program_make(rules, 1, &insns, &n), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		rules[i] = (struct device_rule){i % 2, 'c', (int64_t)(i % 3), (int64_t)(i % 5), 3};
	check_rules(rules, 454 - 1);
	assert_int_equal(device_program_make(rules, 455, &insns, &n), -E2BIG);
	assert_null(insns);
}

/* --- v1 --- */

static void check_v1(const struct device_rule *rules, size_t n, int code, const char *wanted)
{
	_cleanup_str_ struct str out = {0};
	size_t rule = 99;

	assert_int_equal(device_v1_lines(rules, n, &out, &rule), code);
	if (code == 0)
		assert_string_equal(out.data, wanted);
	else
		assert_int_equal(rule, n - 1);
}

static void v1_lines(void **state)
{
	static const struct device_rule docker[] = {
		{false, 'a', -1, -1, 7},
		{true, 'c', -1, -1, DEVICE_MKNOD},
		{true, 'c', 1, 3, 7},
		{true, 'a', 5, -1, 3},
	};
	static const struct device_rule privileged[] = {{false, 'a', -1, -1, 7}, {true, 'a', -1, -1, 7}};
	static const struct device_rule most[] = {{true, 'a', -1, -1, 7}, {false, 'b', 8, -1, 7}};
	static const struct device_rule part[] = {{true, 'c', -1, -1, 7}, {false, 'c', 1, 5, 7}};
	static const struct device_rule back[] = {{true, 'c', 1, 5, 7}, {false, 'c', 1, 5, 2}};
	static const struct device_rule apart[] = {{true, 'c', 1, 3, 7}, {false, 'c', 1, 5, 7}};
	static const struct device_rule odd[] = {{true, 'p', 1, 3, 7}};

	(void)state;
	check_v1(NULL, 0, 0, "deny a\n");
	check_v1(docker, 4, 0, "deny a\nallow c *:* m\nallow c 1:3 rwm\nallow b 5:* rw\nallow c 5:* rw\n");
	check_v1(privileged, 2, 0, "allow a\n");
	check_v1(most, 2, 0, "allow a\ndeny b 8:* rwm\n");
	check_v1(part, 2, -EOPNOTSUPP, NULL);
	check_v1(back, 2, 0, "deny a\nallow c 1:5 rwm\ndeny c 1:5 w\n");
	check_v1(apart, 2, 0, "deny a\nallow c 1:3 rwm\ndeny c 1:5 rwm\n");
	check_v1(odd, 1, -EINVAL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_rules),
		cmocka_unit_test(odd_rules),
		cmocka_unit_test(v1_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
