/* SPDX-License-Identifier: Apache-2.0 */
/* What the exporter tells about itself: build, process, scrapes, collectors, connections. */
#pragma once

#include "exporter/render.h"

/* Answers of /metrics are counted by these codes; others are not given there. */
enum answer { ANSWER_200, ANSWER_400, ANSWER_500, ANSWER_503, ANSWER__COUNT };

enum cut_reason { CUT_READING, CUT_ANSWERING, CUT_IDLE, CUT_CROWDED, CUT__COUNT };

struct self_metrics {
	uint64_t answers[ANSWER__COUNT];
	unsigned scrapes_in_flight;
	uint64_t collections;
	uint64_t collection_failures;
	uint64_t collection_ns; /* the last one's duration */
	unsigned connections;
	uint64_t cut[CUT__COUNT];
	uint64_t reloads;
	bool reload_failed; /* the last one */
	bool has_web_config;
};

/* Appends all families. No "# EOF": the renderer's output follows. `snapshot` may be NULL. */
void self_metrics_write(const struct self_metrics *m, const struct snapshot *snapshot, enum exposition e,
			struct str *out);
