/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel_source.h"

#include "collector/collector.h"
#include "kernel_module.h"

#include <errno.h>

uint32_t kernel_side_latency(const struct metric_set *need)
{
	return metric_set_has_group(need, GROUP_latency) ? KERNEL_SIDE_LATENCY : 0;
}

/* What files have too is worth loading for who goes on; what no file has, for everybody. */
static uint32_t parts_worth(const struct source_settings *s, uint32_t parts, bool lives)
{
	if (!lives && s->source != SOURCE_BPF)
		return parts & KERNEL_SIDE_LATENCY;
	return parts & KERNEL_SIDE_LATENCY_LATER ? (parts & ~KERNEL_SIDE_LATENCY_LATER) | KERNEL_SIDE_LATENCY
						 : parts;
}

/* Other parts may be there where the figures are not. */
static void say_why_files(const struct kernel *kernel, uint32_t parts, struct error *why)
{
	struct kernel_status status;

	*why = (struct error){0};
	kernel_status(kernel, &status);
	if (parts >> KERNEL_FIGURES & 1 && !status.on[KERNEL_FIGURES])
		(void)error_set(why, -EOPNOTSUPP, status.remedy[KERNEL_FIGURES], "%s",
				status.why[KERNEL_FIGURES]);
}

int kernel_source_use(const struct source_settings *s, struct source *source, uint32_t parts, bool lives,
		      struct error *why)
{
	struct bpf_options options = {.layout = collector_layout(source),
				      .parts = parts_worth(s, parts, lives),
				      .latency_later = (parts & KERNEL_SIDE_LATENCY_LATER) != 0};
	struct collector_status status;
	struct kernel *kernel;
	int r;

	*why = (struct error){0};
	if (s->source == SOURCE_FILES || !options.parts)
		return 0;
	collector_status(source, &status);
	options.n_cgroups = status.n_cgroups + status.n_cgroups / 4;
	r = kernel_module_open(&options, &kernel, why);
	if (r < 0)
		return s->source == SOURCE_BPF ? r : 0;
	say_why_files(kernel, options.parts, why);
	collector_use_kernel(source, kernel);
	return 0;
}

int kernel_source_sampler(const struct source_settings *s, const struct collector_options *options,
			  const struct metric_set *need, uint32_t parts, bool lives, struct sampler **out,
			  struct error *err)
{
	struct source *source;
	int r = collector_open(options, &source, err);

	if (r < 0)
		return r;
	r = kernel_source_use(s, source, parts | kernel_side_latency(need), lives, err);
	if (r < 0) {
		source_close(source);
		return r;
	}
	return sampler_open_source(source, need, out, err);
}
