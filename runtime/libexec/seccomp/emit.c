/* SPDX-License-Identifier: Apache-2.0 */
#include "emit.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>

#define JUMP_MAX 255

/* A jump within a rule whose way is known at its end only. */
#define TO_NEXT_RULE JUMP_MAX

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW 0U
#else
#define LOW 4U
#endif
#define HIGH (4U - LOW)

static int put(struct code *code, uint16_t operation, uint32_t k, size_t jt, size_t jf)
{
	if (code->n == BPF_MAXINSNS)
		return -E2BIG;
	if (code->n == code->cap) {
		size_t cap = code->cap ? code->cap * 2 : 512;
		struct sock_filter *at = reallocarray(code->at, cap, sizeof(*at));

		if (!at)
			return -ENOMEM;
		code->at = at;
		code->cap = cap;
	}
	code->at[code->n++] = (struct sock_filter){operation, (uint8_t)jt, (uint8_t)jf, k};
	return 0;
}

static int load(struct code *code, size_t offset)
{
	return put(code, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static int give(struct code *code, uint32_t action)
{
	return put(code, BPF_RET | BPF_K, action, 0, 0);
}

static size_t argument(const struct condition *c, size_t half)
{
	return offsetof(struct seccomp_data, args) + c->index * sizeof(uint64_t) + half;
}

static int masked(struct code *code, const struct condition *c, size_t half, uint32_t mask, uint32_t value)
{
	int r = load(code, argument(c, half));

	if (r == 0 && mask != UINT32_MAX)
		r = put(code, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
	return r < 0 ? r : put(code, BPF_JMP | BPF_JEQ | BPF_K, value, 0, TO_NEXT_RULE);
}

/* Equal, in all bits of the mask. A half with none of them is not looked at. */
static int equal(struct code *code, const struct condition *c, uint64_t mask)
{
	int r = 0;

	if (!c->narrow && (mask >> 32 || c->value >> 32))
		r = masked(code, c, HIGH, (uint32_t)(mask >> 32), (uint32_t)(c->value >> 32));
	return r < 0 ? r : masked(code, c, LOW, (uint32_t)mask, (uint32_t)c->value);
}

static int not_equal(struct code *code, const struct condition *c)
{
	int r = 0;

	if (!c->narrow) {
		r = load(code, argument(c, HIGH));
		if (r == 0)
			r = put(code, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(c->value >> 32), 0, 2);
	}
	if (r == 0)
		r = load(code, argument(c, LOW));
	return r < 0 ? r : put(code, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->value, TO_NEXT_RULE, 0);
}

/* Above (or at least) the value; `invert` for the two others. */
static int above(struct code *code, const struct condition *c, uint16_t jump, bool invert)
{
	size_t yes = invert ? TO_NEXT_RULE : 0;
	size_t no = invert ? 0 : TO_NEXT_RULE;
	uint32_t high = (uint32_t)(c->value >> 32);
	int r = 0;

	if (!c->narrow) {
		/* Three instructions follow the first of these jumps, two the second. */
		r = load(code, argument(c, HIGH));
		if (r == 0)
			r = put(code, BPF_JMP | BPF_JGT | BPF_K, high, invert ? TO_NEXT_RULE : 3, 0);
		if (r == 0)
			r = put(code, BPF_JMP | BPF_JEQ | BPF_K, high, 0, invert ? 2 : TO_NEXT_RULE);
	}
	if (r == 0)
		r = load(code, argument(c, LOW));
	return r < 0 ? r : put(code, BPF_JMP | jump | BPF_K, (uint32_t)c->value, yes, no);
}

static int condition(struct code *code, const struct condition *c)
{
	switch (c->op) {
	case OP_EQ:
		return equal(code, c, UINT64_MAX);
	case OP_MASKED_EQ:
		return equal(code, c, c->mask);
	case OP_NE:
		return not_equal(code, c);
	case OP_GT:
		return above(code, c, BPF_JGT, false);
	case OP_GE:
		return above(code, c, BPF_JGE, false);
	case OP_LE:
		return above(code, c, BPF_JGT, true);
	case OP_LT:
		return above(code, c, BPF_JGE, true);
	}
	return -EINVAL;
}

/* A rule has at most 6 conditions of 5 instructions: its inner jumps are short ones. */
static int emit_rule(struct code *code, const struct rule *rule)
{
	size_t start = code->n;
	int r = 0;

	for (unsigned i = 0; i < rule->n && r == 0; i++)
		r = condition(code, &rule->conditions[i]);
	if (r == 0)
		r = give(code, rule->action);
	if (r < 0)
		return r;
	for (size_t i = start; i < code->n; i++) {
		size_t distance = code->n - i - 1;

		if (BPF_CLASS(code->at[i].code) != BPF_JMP)
			continue;
		if (code->at[i].jt == TO_NEXT_RULE)
			code->at[i].jt = (uint8_t)distance;
		if (code->at[i].jf == TO_NEXT_RULE)
			code->at[i].jf = (uint8_t)distance;
	}
	return 0;
}

static int emit_segment(struct code *code, const struct segment *segment)
{
	int r = 0;

	for (size_t i = 0; i < segment->n && r == 0; i++)
		r = emit_rule(code, segment->rules[i]);
	return r < 0 ? r : give(code, segment->action);
}

static size_t tree_size(const struct segment *segments, size_t n)
{
	size_t left;

	if (n == 1)
		return segments->size;
	left = tree_size(segments, n / 2);
	return (left > JUMP_MAX ? 2 : 1) + left + tree_size(segments + n / 2, n - n / 2);
}

/* The accumulator holds the number. */
static int emit_tree(struct code *code, const struct segment *segments, size_t n)
{
	const uint16_t at_least = BPF_JMP | BPF_JGE | BPF_K;
	const struct segment *right = segments + n / 2;
	size_t left;
	int r;

	if (n == 1)
		return emit_segment(code, segments);
	left = tree_size(segments, n / 2);
	if (left <= JUMP_MAX) {
		r = put(code, at_least, right->start, left, 0);
	} else {
		r = put(code, at_least, right->start, 0, 1);
		if (r == 0)
			r = put(code, BPF_JMP | BPF_JA, (uint32_t)left, 0, 0);
	}
	if (r == 0)
		r = emit_tree(code, segments, n / 2);
	return r < 0 ? r : emit_tree(code, right, n - n / 2);
}

static int measure(struct segment *segment)
{
	struct code scratch = {0};
	int r = segment->n == 0 ? 0 : emit_segment(&scratch, segment);

	segment->size = segment->n == 0 ? 1 : scratch.n;
	code_free(&scratch);
	return r;
}

int emit_start(struct code *code)
{
	return load(code, offsetof(struct seccomp_data, arch));
}

int emit_arch(struct code *code, uint32_t audit, struct segment *segments, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = measure(&segments[i]);
	if (r == 0)
		r = put(code, BPF_JMP | BPF_JEQ | BPF_K, audit, 1, 0);
	/* Over the load and the tree, to the next architecture. */
	if (r == 0)
		r = put(code, BPF_JMP | BPF_JA, (uint32_t)(1 + tree_size(segments, n)), 0, 0);
	if (r == 0)
		r = load(code, offsetof(struct seccomp_data, nr));
	return r < 0 ? r : emit_tree(code, segments, n);
}

int emit_end(struct code *code)
{
	return give(code, SECCOMP_RET_KILL_PROCESS);
}

void code_free(struct code *code)
{
	free(code->at);
	*code = (struct code){0};
}
