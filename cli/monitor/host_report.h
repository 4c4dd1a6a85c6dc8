/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host can and cannot give: findings that say what is missing, what that costs and how to get it.
 * doctor shows all of them; stats and the exporter say those that touch what they were asked for.
 */
#pragma once

#include "base/str.h"
#include "host_facts.h"

enum finding_level {
	FINDING_OK,
	FINDING_NOTE,	 /* nothing that most people miss */
	FINDING_LACKS,	 /* some figures are missing */
	FINDING_MISSING, /* essential */
};

enum finding_topic {
	TOPIC_CGROUPS,
	TOPIC_STATISTICS,
	TOPIC_PRIVILEGES,
	TOPIC_LIMITS,
	TOPIC_RUNTIMES,
	TOPIC__COUNT
};

struct finding {
	enum finding_level level;
	enum finding_topic topic;
	char what[400];		 /* a sentence without a full stop; text from outside is in it as it was */
	char cost[200];		 /* what is lost; "" = nothing */
	char remedy[256];	 /* how to get it; "" = nothing to do */
	struct metric_set feeds; /* the metrics that suffer */
};

struct host_report {
	struct finding *findings; /* topics stand together */
	size_t n;
	bool failed; /* memory was short: some are missing */
};

/* Judges; no I/O. host_report_free gives the findings back. */
void host_report_judge(struct host_report *r, const struct host_facts *f);
void host_report_free(struct host_report *r);

const char *finding_level_word(enum finding_level level); /* "ok", "note", "lacks", "missing" */
const char *finding_topic_word(enum finding_topic topic);

/* Whether a finding is bad and touches a metric of `need`. */
bool finding_concerns(const struct finding *finding, const struct metric_set *need);

/* "WHAT: COST" and, on a line of its own, "  REMEDY", printable. */
void finding_notice(struct str *out, const struct finding *finding);
