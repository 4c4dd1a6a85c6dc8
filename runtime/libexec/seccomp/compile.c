/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules become a program: for each architecture a binary tree over ranges of call numbers that have the same
 * answer. Docker's profile has about 60 of them for 360 calls, so that any call is decided in some ten
 * instructions; a list or a tree of single numbers, as libseccomp makes them, has several times the size,
 * which the kernel checks and translates at every start of a container.
 */
#include "arch.h"
#include "base/cleanup.h"
#include "emit.h"
#include "rules.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#define X32_BIT 0x40000000U
#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)

/* A rule for one number. */
struct entry {
	uint32_t number;
	size_t order;
	const struct rule *rule;
};

/* All of one seccomp_data.arch. */
struct table {
	struct entry *entries;
	size_t n, cap;
	uint32_t *known; /* numbers that exist */
	size_t n_known;
	uint32_t newest[2]; /* the highest number that the profile speaks of; x32's */
	struct segment *segments;
	size_t n_segments;
	struct arena arena;
};

static void table_free(struct table *table)
{
	free(table->entries);
	free(table->known);
	free(table->segments);
	arena_free(&table->arena);
}

static int add_entry(struct table *table, uint32_t number, const struct rule *rule)
{
	if (table->n == table->cap) {
		size_t cap = table->cap ? table->cap * 2 : 1024;
		struct entry *at = reallocarray(table->entries, cap, sizeof(*at));

		if (!at)
			return -ENOMEM;
		table->entries = at;
		table->cap = cap;
	}
	table->entries[table->n] = (struct entry){number, table->n, rule};
	table->n++;
	return 0;
}

/* A rule on a call that i386 also reaches by socketcall or ipc holds there too, as far as it can be seen. */
static int add_multiplexed(struct table *table, const struct arch *arch, const struct calls *calls,
			   const struct rule *rule)
{
	const struct call *call;
	const char *by;
	uint64_t number;
	struct rule *copy;

	if (rule->n > 0 || !arch_multiplexed(arch, rule->name, &by, &number))
		return 0;
	call = calls_find(calls, by);
	if (!call)
		return 0;
	copy = arena_alloc(&table->arena, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *rule;
	copy->conditions[copy->n++] =
		(struct condition){.index = 0, .op = OP_EQ, .narrow = true, .value = number};
	return add_entry(table, call->number, copy);
}

/* What came later than all that the profile speaks of, its author couldn't think of. */
static void note_newest(struct table *table, uint32_t number)
{
	uint32_t *newest = &table->newest[(number & X32_BIT) != 0];

	if (number > *newest)
		*newest = number;
}

static int add_rules(struct table *table, const struct arch *arch, const struct calls *calls,
		     const struct rules *rules)
{
	int r = 0;

	for (size_t i = 0; i < rules->n && r == 0; i++) {
		const struct call *call = calls_find(calls, rules->at[i].name);

		if (call)
			note_newest(table, call->number);
		if (rules->at[i].idle)
			continue;
		if (call)
			r = add_entry(table, call->number, &rules->at[i]);
		if (r == 0)
			r = add_multiplexed(table, arch, calls, &rules->at[i]);
	}
	return r;
}

static int add_arch(struct table *table, const struct arch *arch, const struct rules *rules)
{
	_cleanup_(calls_free) struct calls calls = {0};
	uint32_t *known;
	int r = calls_list(arch, &calls);

	if (r < 0)
		return r;
	known = reallocarray(table->known, table->n_known + calls.n + 1, sizeof(*known));
	if (!known)
		return -ENOMEM;
	table->known = known;
	for (size_t i = 0; i < calls.n; i++)
		known[table->n_known++] = calls.at[i].number;
	return add_rules(table, arch, &calls, rules);
}

/* Rules with conditions come before the one without, in the profile's order. */
static int by_number(const void *a, const void *b)
{
	const struct entry *one = a;
	const struct entry *other = b;

	if (one->number != other->number)
		return one->number < other->number ? -1 : 1;
	if ((one->rule->n == 0) != (other->rule->n == 0))
		return one->rule->n == 0 ? 1 : -1;
	return one->order < other->order ? -1 : 1;
}

static int by_value(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a;
	uint32_t other = *(const uint32_t *)b;

	return one < other ? -1 : one > other;
}

/* A segment from `start` on, in place of one that began there; one that is like the one before only lengthens
 * it. */
static void begin(struct table *table, uint32_t start, uint32_t action, const struct rule **rules, size_t n)
{
	const struct segment *last;

	if (table->n_segments > 0 && table->segments[table->n_segments - 1].start == start)
		table->n_segments--;
	last = table->n_segments > 0 ? &table->segments[table->n_segments - 1] : NULL;
	if (!last || last->n > 0 || n > 0 || last->action != action)
		table->segments[table->n_segments++] = (struct segment){start, action, rules, n, 0};
}

/* The rules of entries[from … to-1], which have one number. */
static int begin_call(struct table *table, size_t from, size_t to, uint32_t otherwise)
{
	uint32_t action = otherwise;
	const struct rule **rules;
	size_t n = 0;

	rules = arena_alloc(&table->arena, (to - from) * sizeof(struct rule *));
	if (!rules)
		return -ENOMEM;
	for (size_t i = from; i < to; i++) {
		if (table->entries[i].rule->n == 0) {
			action = table->entries[i].rule->action;
			break;
		}
		rules[n++] = table->entries[i].rule;
	}
	begin(table, table->entries[from].number, action, rules, n);
	return 0;
}

static int make_segments(struct table *table, const struct rules *rules, bool has_x32, bool wide)
{
	uint32_t unknown = rules->unknown_is_missing ? MISSING : rules->otherwise;
	size_t at = 0;
	int r = 0;

	/* At most three for each known number: itself, the gap behind it, and x32's end. */
	table->segments = calloc(table->n_known * 2 + 4, sizeof(*table->segments));
	if (!table->segments)
		return -ENOMEM;
	begin(table, 0, unknown, NULL, 0);
	for (size_t i = 0; i < table->n_known && r == 0; i++) {
		uint32_t number = table->known[i];
		size_t from;

		while (at < table->n && table->entries[at].number < number)
			at++;
		from = at;
		while (at < table->n && table->entries[at].number == number)
			at++;
		if (at > from)
			r = begin_call(table, from, at, rules->otherwise);
		else
			begin(table, number,
			      number > table->newest[(number & X32_BIT) != 0] ? unknown : rules->otherwise,
			      NULL, 0);
		begin(table, number + 1, unknown, NULL, 0);
	}
	/* Without its table, x32 would go around every rule of a profile that allows by default. */
	if (r == 0 && wide && !has_x32)
		begin(table, X32_BIT, MISSING, NULL, 0);
	return r;
}

/* The table of one audit architecture: of `first`, and of x32 beside x86_64. */
static int emit_table(struct code *code, const struct rules *rules, const struct arch *first,
		      const struct arch *second)
{
	_cleanup_(table_free) struct table table = {0};
	int r = add_arch(&table, first, rules);

	if (r == 0 && second)
		r = add_arch(&table, second, rules);
	if (r < 0)
		return r;
	qsort(table.known, table.n_known, sizeof(*table.known), by_value);
	if (table.n > 0)
		qsort(table.entries, table.n, sizeof(*table.entries), by_number);
	r = make_segments(&table, rules, second != NULL, strcmp(first->condition, "amd64") == 0);
	return r < 0 ? r : emit_arch(code, first->audit, table.segments, table.n_segments);
}

static const struct arch *find_more(const struct rules *rules, const char *condition)
{
	for (size_t i = 0; i < rules->n_more; i++)
		if (strcmp(rules->more[i]->condition, condition) == 0)
			return rules->more[i];
	return NULL;
}

int rules_compile(const struct rules *rules, const struct arch *arch, struct program *program,
		  struct error *err)
{
	_cleanup_(code_free) struct code code = {0};
	bool is_wide = strcmp(arch->condition, "amd64") == 0;
	const struct arch *x32 = is_wide ? find_more(rules, "x32") : NULL;
	int r = emit_start(&code);

	if (r == 0)
		r = emit_table(&code, rules, arch, x32);
	for (size_t i = 0; i < rules->n_more && r == 0; i++)
		if (rules->more[i]->audit != arch->audit)
			r = emit_table(&code, rules, rules->more[i], NULL);
	if (r == 0)
		r = emit_end(&code);
	if (r == -E2BIG)
		return error_set(
			err, r, "give a profile with fewer conditions",
			"the seccomp profile needs more than the %d instructions that the kernel takes",
			BPF_MAXINSNS);
	if (r < 0)
		return error_errno(err, r, "", "cannot compile the seccomp profile");
	*program = (struct program){TAKE_PTR(code.at), code.n};
	return 0;
}
