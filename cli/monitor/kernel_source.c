/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel_source.h"

#include "bpf/kernel_side.h"
#include "collector/collector.h"

/* Who gives up the privileges can't have larger tables later: room for so many more. What finds none has
 * files. */
#define ROOM_CGROUPS 700
#define ROOM_PROCESSES 4000

int kernel_source_use(const struct source_settings *s, struct source *source, uint32_t parts, bool lives,
		      struct error *why)
{
	struct bpf_options options = {.layout = collector_layout(source), .parts = parts};
	struct collector_status status;
	struct kernel *kernel;
	int r;

	*why = (struct error){0};
	if (s->source == SOURCE_FILES || (s->source == SOURCE_AUTO && !lives))
		return 0;
	collector_status(source, &status);
	options.n_cgroups = status.n_cgroups + ROOM_CGROUPS;
	options.n_processes = ROOM_PROCESSES;
	r = bpf_kernel_open(&options, &kernel, why);
	if (r < 0)
		return s->source == SOURCE_BPF ? r : 0;
	collector_use_kernel(source, kernel);
	return 0;
}
