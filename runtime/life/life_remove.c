/* SPDX-License-Identifier: Apache-2.0 */
#include "life_internal.h"

#include <errno.h>

static int remove_locked(struct container *c, const struct host *host, struct error *err)
{
	int r;

	if (c->broken)
		return container_remove(c, err);
	container_correct(c, host->layout);
	if (life_is_up(&c->state))
		return error_set(err, -EBUSY, "stop it first, or use --force", "the container '%s' is %s",
				 life_name(c), container_status_name(c->state.status));
	r = life_clean(c, host, err);
	return r < 0 ? r : container_remove(c, err);
}

int life_remove_ended(struct container *c, const struct host *host, struct error *err)
{
	struct error own = {0};
	int r = container_lock(c, LIFE_LOCK_MS, &own);

	/* --rm, or somebody else, was faster. */
	if (r == -ENOENT)
		return 0;
	if (r == 0) {
		r = remove_locked(c, host, &own);
		container_unlock(c);
	}
	if (r < 0 && err)
		*err = own;
	return r;
}

int life_remove_all(struct container **list, size_t n, const struct host *host, bool force,
		    struct error *errs)
{
	const struct life_end how = {.kill = true, .remove = true};
	int first = 0;

	if (force)
		return life_end_all(list, n, host, &how, errs);
	for (size_t i = 0; i < n; i++) {
		int r;

		errs[i] = (struct error){0};
		r = life_remove_ended(list[i], host, &errs[i]);
		if (first == 0)
			first = r;
	}
	return first;
}

int life_remove(struct container *c, const struct host *host, bool force, struct error *err)
{
	struct error own = {0};
	int r = life_remove_all(&c, 1, host, force, &own);

	if (r < 0 && err)
		*err = own;
	return r;
}
