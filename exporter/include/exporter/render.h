/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot as Prometheus exposition text, piece by piece: nothing as large as the whole is ever held in
 * memory. Formats: text 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats) and OpenMetrics 1.0.
 *
 * Labels of every series: id (the cgroup's path); of containers image and name, as cAdvisor's dashboards tell
 * them by these; of pods container, pod and namespace; of containers the container_label_* of the allow list.
 * What is empty is left out. plimsoll_container_info has the whole identity. No two series are alike:
 * - broken UTF-8 becomes U+FFFD, and an id or an instance (device, interface) with a U+FFFD in it gets "~"
 *   and the bytes behind each of them in hex, so that two broken names stay two;
 * - an id longer than RENDER_LABEL_MAX is cut and ends in U+FFFD "~#" and its entity's number in hex; other
 *   values are just cut, because they need not be unique;
 * - of entities with one path (a service that was restarted while its predecessor lingers) only the living
 *   one, or else the last one seen, has series;
 * - of labels whose names are alike once sanitised, the one that needed no change or else the first by key
 *   counts.
 * What the source heard (model/heard.h) comes as plimsoll_events_total where it hears, and sums over what has
 * ended as plimsoll_ended_*, of the classes and names that are shown: counters since the source was opened,
 * by class, name and image, which are told apart as ids are.
 */
#pragma once

#include "base/error.h"
#include "base/str.h"
#include "model/derive.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RENDER_LABEL_MAX 1024	    /* bytes of a label value */
#define RENDER_LABELS_PER_ENTITY 64 /* container_label_* of one container; more are left out */

enum exposition { EXPOSITION_TEXT, EXPOSITION_OPENMETRICS };

struct render_options {
	enum exposition exposition;
	bool compat_cadvisor;	   /* the names that promtool refuses, and cadvisor_version_info */
	const char *const *labels; /* allow list (globs) of container labels that become container_label_* */
	size_t n_labels;
	/* ?name[]= filter: globs over container name, id (12 digits do) or cgroup path; none = all */
	const char *const *names;
	size_t n_names;
	uint32_t classes; /* bit (1U << enum entity_class); 0 = all that the snapshot has */
	bool lingering;	  /* show ended ones too */
	/*
	 * The snapshot (or a whole one that it is a part of) beside an earlier one, or NULL: what limits each
	 * entity between the two becomes container_limited_by{limiter="cpu.max",…} 1, of those that something
	 * limits. Borrowed: it has to outlive the renderer.
	 */
	const struct comparison *comparison;
};

struct renderer;

/*
 * Starts rendering the metrics of `shown` (NULL: all that the snapshot was asked for). Holds a reference of
 * the snapshot; options and what they point at are copied, but for the comparison. NULL where memory is
 * short. Renderers of one snapshot that run at the same time with the same options share their labels.
 * Belongs to the snapshot's thread.
 */
struct renderer *renderer_new(struct snapshot *snapshot, const struct metric_set *shown,
			      const struct render_options *options);

/*
 * Fills buf with the next bytes; 0 at the end. cap ≥ 1; a line may be split between calls. -ENOMEM, then and
 * ever after. OpenMetrics ends in "# EOF": what else a response has (self metrics) goes in front.
 */
ssize_t renderer_read(struct renderer *r, char *buf, size_t cap);
void renderer_free(struct renderer *r);

/* Content-Type: text/plain with version 0.0.4, or application/openmetrics-text with version 1.0.0. */
const char *exposition_content_type(enum exposition e);

/*
 * The best of the two for an Accept header (RFC 9110, q values honoured; elements that are broken are left
 * out); text 0.0.4 where it is NULL or asks for neither.
 */
enum exposition exposition_negotiate(const char *accept);

/* Whether a response may be gzipped, from Accept-Encoding (RFC 9110: q=0 refuses, "*" counts). */
bool gzip_accepted(const char *accept_encoding);

/*
 * Appends HELP and TYPE (in OpenMetrics UNIT too, where the name ends in a base unit) of a family. `name` is
 * that of the samples: OpenMetrics' "_total" of a counter is taken off here, and a counter without it is
 * "unknown" there. type: "counter", "gauge", … Self metrics are written with these two, so that escapes are
 * in one place.
 */
void exposition_family(struct str *out, enum exposition e, const char *name, const char *type,
		       const char *help);

/* Appends a label's value, escaped, as valid UTF-8, without its quotes. */
void exposition_label_value(struct str *out, struct slice value);
