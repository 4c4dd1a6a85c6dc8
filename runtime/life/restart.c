/* SPDX-License-Identifier: Apache-2.0 */
#include "restart.h"

#include "base/clock.h"

#define DELAY_FIRST (100 * NSEC_PER_MSEC)
#define DELAY_MAX (60 * NSEC_PER_SEC)
#define LIVED_WELL (10 * NSEC_PER_SEC)

uint64_t restart_delay(struct restart_backoff *backoff, uint64_t lived_ns)
{
	if (lived_ns >= LIVED_WELL || backoff->delay_ns == 0)
		backoff->delay_ns = DELAY_FIRST;
	else if (backoff->delay_ns < DELAY_MAX / 2)
		backoff->delay_ns *= 2;
	else
		backoff->delay_ns = DELAY_MAX;
	return backoff->delay_ns;
}

bool restart_wanted(enum restart_kind kind, uint32_t max, uint32_t restarts, int exit_code,
		    bool stop_requested)
{
	if (stop_requested)
		return false;
	switch (kind) {
	case RESTART_NO:
		return false;
	case RESTART_ON_FAILURE:
		return exit_code != 0 && (max == 0 || restarts < max);
	case RESTART_ALWAYS:
	case RESTART_UNLESS_STOPPED:
		return true;
	}
	return false;
}
