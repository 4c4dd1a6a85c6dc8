/* SPDX-License-Identifier: Apache-2.0 */
#include "limits.h"

#include "base/clock.h"

void bucket_init(struct bucket *b, uint64_t interval_ns, uint64_t burst, uint64_t now_ns)
{
	uint64_t capacity;

	if (__builtin_mul_overflow(interval_ns, burst, &capacity))
		capacity = UINT64_MAX;
	*b = (struct bucket){.interval_ns = interval_ns,
			     .capacity_ns = capacity,
			     .credit_ns = capacity,
			     .filled_ns = now_ns};
}

bool bucket_take(struct bucket *b, uint64_t now_ns, uint64_t *wait_ns)
{
	uint64_t passed = now_ns > b->filled_ns ? now_ns - b->filled_ns : 0;

	if (b->interval_ns == 0)
		return true;
	b->filled_ns += passed;
	b->credit_ns = passed > b->capacity_ns - b->credit_ns ? b->capacity_ns : b->credit_ns + passed;
	if (b->credit_ns >= b->interval_ns) {
		b->credit_ns -= b->interval_ns;
		return true;
	}
	*wait_ns = b->interval_ns - b->credit_ns;
	return false;
}

uint64_t patience_deadline(const struct patience *p, enum phase phase, uint64_t since_ns)
{
	uint64_t deadline;

	return __builtin_add_overflow(since_ns, p->ns[phase], &deadline) ? UINT64_MAX : deadline;
}

uint64_t retry_after_seconds(uint64_t wait_ns)
{
	uint64_t seconds = wait_ns / NSEC_PER_SEC + (wait_ns % NSEC_PER_SEC != 0);

	return seconds ? seconds : 1;
}
