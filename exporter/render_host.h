/* SPDX-License-Identifier: Apache-2.0 */
/* Families that are not rows of the metric table. */
#pragma once

#include "exporter/render.h"
#include "labels.h"
#include "model/verdict.h"

/* machine_*: CPUs where `shown` has metrics of group cpu, memory and swap where it has those of group memory.
 */
void render_host(struct str *out, enum exposition e, const struct snapshot *s,
		 const struct metric_set *shown);

/* cadvisor_version_info, whose label names promtool refuses. */
void render_cadvisor_version(struct str *out, enum exposition e, const struct host *host);

/* Families with one sample an entity. */
void render_info_family(struct str *out, enum exposition e);
void render_info(struct str *out, const struct labels *l, const struct labels_row *row);
void render_ended_family(struct str *out, enum exposition e);
void render_ended(struct str *out, const struct labels *l, const struct labels_row *row);
void render_limited_family(struct str *out, enum exposition e);
/* With the device where it is one's limit, and the path of the ancestor where it is an ancestor's. */
void render_limited(struct str *out, const struct labels *l, const struct labels_row *row,
		    const struct verdict *v, const struct comparison *c);

/* The name that cAdvisor has for a family; `name` itself where it is the same. */
const char *render_cadvisor_name(const char *name);
