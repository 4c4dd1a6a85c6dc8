/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what to launch (a spec) and where (a host) to typed steps. Pure: nothing is touched, so a plan prints
 * (`plimsoll run --dry-run`) and is tested without root; launch.h executes it.
 */
#pragma once

#include "base/error.h"
#include "base/str.h"
#include "runtime/host.h"
#include "runtime/spec.h"

struct plan;

/* The container that the spec is for. All borrowed until the plan is freed. */
struct plan_context {
	const char *id;
	const char *folder; /* absolute: its own folder, where the writable layer is kept ("upper", "work",
			       "root") */
	bool init;	    /* --init: our own PID 1 reaps */
};

/*
 * Makes the plan, in the order of a launch (docs/ARCHITECTURE.md). What this host can't do is said here,
 * before anything starts: -EOPNOTSUPP with what is missing and how to get it; a spec that makes no sense is
 * -EINVAL. The spec and the host must outlive the plan.
 */
int plan_make(const struct spec *spec, const struct host *host, const struct plan_context *context,
	      struct plan **out, struct error *err);
void plan_free(struct plan *plan);
static inline void plan_freep(struct plan **plan)
{
	plan_free(*plan);
}
#define _cleanup_plan_ _cleanup_(plan_freep)

/* One line a step: "parent  write      memory/plimsoll/ID/memory.limit_in_bytes = 67108864". */
void plan_print(const struct plan *plan, struct str *out);
