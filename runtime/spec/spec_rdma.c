/* SPDX-License-Identifier: Apache-2.0 */
#include "spec_rdma.h"

#include "base/parse.h"

#include <string.h>

static bool take(struct slice word, const char *name, uint64_t *out)
{
	size_t len = strlen(name);

	return word.len > len && memcmp(word.at, name, len) == 0 &&
	       parse_u64((struct slice){word.at + len, word.len - len}, out) == 0 && *out <= UINT32_MAX;
}

bool spec_rdma_parse(const struct file_limit *limit, struct spec_rdma *out)
{
	struct slice rest = slice_of(limit->value);
	struct spec_rdma made = {0};
	struct slice word;

	if (strcmp(limit->file, SPEC_RDMA_FILE) != 0 || strpbrk(limit->value, "\t\n\r\v\f") ||
	    !next_word(&rest, " ", &made.device))
		return false;
	while (next_word(&rest, " ", &word)) {
		int which = take(word, "hca_handle=", &made.value[0])	? 0
			    : take(word, "hca_object=", &made.value[1]) ? 1
									: -1;

		if (which < 0 || made.has[which])
			return false;
		made.has[which] = true;
	}
	*out = made;
	return made.has[0] || made.has[1];
}
