/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/device_program.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Kernels before 5.2 take so many (BPF_MAXINSNS). A rule comes to 9 at most, what stands around them to 9.
 */
#define MOST_INSNS 4096U
#define AROUND 9U
#define A_RULE 9U
#define MOST_RULES ((MOST_INSNS - AROUND) / A_RULE)

/* 12 bits of major and 20 of minor are all that a device number holds (include/linux/kdev_t.h). */
#define MAJOR_MAX 4095
#define MINOR_MAX 1048575

#define ALL_ACCESS (BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)

enum { R_RESULT = BPF_REG_0, R_CONTEXT, R_TYPE, R_WANTED, R_MAJOR, R_MINOR };

struct program {
	struct bpf_insn *insns;
	size_t n;
};

static size_t emit(struct program *p, unsigned code, unsigned dst, unsigned src, int off, int imm)
{
	p->insns[p->n] = (struct bpf_insn){.code = (uint8_t)code,
					   .dst_reg = (uint8_t)(dst & 15),
					   .src_reg = (uint8_t)(src & 15),
					   .off = (int16_t)off,
					   .imm = imm};
	return p->n++;
}

static void emit_load(struct program *p, unsigned dst, size_t offset)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, dst, R_CONTEXT, (int)offset, 0);
}

static void emit_return(struct program *p, int result)
{
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R_RESULT, 0, 0, result);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void emit_start(struct program *p)
{
	emit_load(p, R_TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit(p, BPF_ALU | BPF_MOV | BPF_X, R_WANTED, R_TYPE, 0, 0);
	emit(p, BPF_ALU | BPF_AND | BPF_K, R_TYPE, 0, 0, 0xffff);
	emit(p, BPF_ALU | BPF_RSH | BPF_K, R_WANTED, 0, 0, 16);
	emit_load(p, R_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(p, R_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
}

static unsigned access_bits(unsigned access)
{
	return (access & DEVICE_READ ? (unsigned)BPF_DEVCG_ACC_READ : 0U) |
	       (access & DEVICE_WRITE ? (unsigned)BPF_DEVCG_ACC_WRITE : 0U) |
	       (access & DEVICE_MKNOD ? (unsigned)BPF_DEVCG_ACC_MKNOD : 0U);
}

/* A rule's code; true where it decides everything that comes to it, and what would follow is unreachable,
 * which the verifier does not take. */
static bool emit_rule(struct program *p, const struct device_rule *r)
{
	unsigned access = access_bits(r->access);
	size_t jumps[4];
	size_t n = 0;

	if (r->type != 'a')
		jumps[n++] = emit(p, BPF_JMP | BPF_JNE | BPF_K, R_TYPE, 0, 0,
				  r->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (r->major >= 0)
		jumps[n++] = emit(p, BPF_JMP | BPF_JNE | BPF_K, R_MAJOR, 0, 0, (int)r->major);
	if (r->minor >= 0)
		jumps[n++] = emit(p, BPF_JMP | BPF_JNE | BPF_K, R_MINOR, 0, 0, (int)r->minor);
	if (access != ALL_ACCESS && r->allow) {
		/* what it allows need not be asked for any more; the rest is for the rules before it */
		emit(p, BPF_ALU | BPF_AND | BPF_K, R_WANTED, 0, 0, (int)(ALL_ACCESS & ~access));
		jumps[n++] = emit(p, BPF_JMP | BPF_JNE | BPF_K, R_WANTED, 0, 0, 0);
	} else if (access != ALL_ACCESS) {
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R_RESULT, R_WANTED, 0, 0);
		emit(p, BPF_ALU64 | BPF_AND | BPF_K, R_RESULT, 0, 0, (int)access);
		jumps[n++] = emit(p, BPF_JMP | BPF_JEQ | BPF_K, R_RESULT, 0, 0, 0);
	}
	emit_return(p, r->allow);
	for (size_t i = 0; i < n; i++)
		p->insns[jumps[i]].off = (int16_t)(p->n - jumps[i] - 1);
	return n == 0;
}

static bool matches_nothing(const struct device_rule *r)
{
	return !access_bits(r->access) || r->major > MAJOR_MAX || r->minor > MINOR_MAX;
}

int device_program_make(const struct device_rule *rules, size_t n, struct bpf_insn **out, size_t *n_insns)
{
	struct program p = {0};
	bool decided = false;

	if (n > MOST_RULES)
		return -E2BIG;
	for (size_t i = 0; i < n; i++)
		if (rules[i].type != 'a' && rules[i].type != 'b' && rules[i].type != 'c')
			return -EINVAL;
	p.insns = calloc(AROUND + n * A_RULE, sizeof(*p.insns));
	if (!p.insns)
		return -ENOMEM;
	emit_start(&p);
	for (size_t i = n; i > 0 && !decided; i--)
		if (!matches_nothing(&rules[i - 1]))
			decided = emit_rule(&p, &rules[i - 1]);
	if (!decided)
		emit_return(&p, 0);
	*out = p.insns;
	*n_insns = p.n;
	return 0;
}
