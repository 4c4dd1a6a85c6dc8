/* SPDX-License-Identifier: Apache-2.0 */
#include "device_v1.h"

#include <errno.h>
#include <inttypes.h>

#define ALL_ACCESS (DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD)

static bool is_everything(const struct device_rule *r)
{
	return r->type == 'a' && r->major < 0 && r->minor < 0 && (r->access & ALL_ACCESS) == ALL_ACCESS;
}

static bool overlaps(int64_t a, int64_t b)
{
	return a < 0 || b < 0 || a == b;
}

/* Do two rules speak of a device that both mean? */
static bool meet(const struct device_rule *a, const struct device_rule *b)
{
	return (a->type == 'a' || b->type == 'a' || a->type == b->type) && overlaps(a->major, b->major) &&
	       overlaps(a->minor, b->minor) && a->access & b->access;
}

static bool same_devices(const struct device_rule *a, const struct device_rule *b)
{
	return a->type == b->type && a->major == b->major && a->minor == b->minor;
}

/* v1 takes an exception back from the very devices that it was made for, from no others. */
static bool can_take_back(const struct device_rule *rules, size_t first, size_t i)
{
	for (size_t j = first; j < i; j++)
		if (rules[j].allow != rules[i].allow && meet(&rules[j], &rules[i]) &&
		    !same_devices(&rules[j], &rules[i]))
			return false;
	return true;
}

static void add_number(struct str *out, int64_t number)
{
	if (number < 0)
		str_char(out, '*');
	else
		str_printf(out, "%" PRId64, number);
}

static void add_line(struct str *out, const struct device_rule *r, char type)
{
	str_printf(out, "%s %c ", r->allow ? "allow" : "deny", type);
	add_number(out, r->major);
	str_char(out, ':');
	add_number(out, r->minor);
	str_printf(out, " %s%s%s\n", r->access & DEVICE_READ ? "r" : "", r->access & DEVICE_WRITE ? "w" : "",
		   r->access & DEVICE_MKNOD ? "m" : "");
}

/* "a" would mean everything whatever numbers stand behind it, so that it becomes both of the others. */
static void add_rule(struct str *out, const struct device_rule *r)
{
	if (!(r->access & ALL_ACCESS))
		return;
	if (r->type != 'c')
		add_line(out, r, 'b');
	if (r->type != 'b')
		add_line(out, r, 'c');
}

int device_v1_lines(const struct device_rule *rules, size_t n, struct str *out, size_t *rule)
{
	bool allowed = false; /* what holds where no exception does */
	size_t first = 0;

	for (size_t i = 0; i < n; i++) {
		*rule = i;
		if (rules[i].type != 'a' && rules[i].type != 'b' && rules[i].type != 'c')
			return -EINVAL;
		if (is_everything(&rules[i])) {
			first = i + 1;
			allowed = rules[i].allow;
		}
	}
	str_add(out, allowed ? "allow a\n" : "deny a\n");
	for (size_t i = first; i < n; i++) {
		*rule = i;
		if (rules[i].allow == allowed && !can_take_back(rules, first, i))
			return -EOPNOTSUPP;
		add_rule(out, &rules[i]);
	}
	return out->failed ? -ENOMEM : 0;
}
