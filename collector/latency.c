/* SPDX-License-Identifier: Apache-2.0 */
/* The group `latency`: the kernel measures while somebody asks, and for some time after that. */
#include "collector_private.h"

#include "base/clock.h"

#define DEFAULT_HOLD (60 * NSEC_PER_SEC)

static bool is_needed(const struct collector *c)
{
	return c->kernel && metric_set_has_group(&c->need, GROUP_latency);
}

static void rest(struct collector *c, uint64_t now_ns)
{
	uint64_t hold = c->options.latency_hold_ns ? c->options.latency_hold_ns : DEFAULT_HOLD;

	if (!c->measuring || elapsed_ns(now_ns, c->measured_ns) < hold)
		return;
	(void)kernel_latency(c->kernel, false, NULL);
	c->measuring = false;
}

void latencies_rest(struct collector *c)
{
	if (c->kernel && c->measuring)
		rest(c, clock_monotonic_ns());
}

void latencies_measure(struct collector *c)
{
	struct group_report *report = &c->reader.reports[GROUP_latency];
	uint64_t start = clock_monotonic_ns();
	struct error err = {0};

	if (!is_needed(c)) {
		latencies_rest(c);
		/* nobody has opened the kernel for it: its figures are not to be had */
		report->failed = metric_set_has_group(&c->need, GROUP_latency);
		return;
	}
	c->measuring = kernel_latency(c->kernel, true, &err) == 0;
	c->measured_ns = start;
	report->ran = true;
	report->failed = !c->measuring;
	report->spent_ns += clock_monotonic_ns() - start;
}

void latencies_fill(struct collector *c, const struct node *n, struct snapshot *s, size_t index)
{
	if (!c->measuring || !is_needed(c))
		return;
	for (uint32_t left = n->presence; left; left &= left - 1) {
		size_t h = (size_t)__builtin_ctz(left);

		(void)kernel_fill_latency(c->kernel, h, n->places[h].inode, s, index);
	}
}
