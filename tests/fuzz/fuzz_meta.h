/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets for metadata share: whatever was parsed has to make an identity. */
#pragma once

#include "meta.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void make_identity(struct meta *m)
{
	struct identity *who;

	meta_finish(m);
	if (m->who.n_labels > META_LABELS_MAX)
		abort();
	who = identity_new(&m->who);
	if (who && strlen(who->name) > 4 * META_TEXT_MAX)
		abort();
	identity_unref(who);
}
