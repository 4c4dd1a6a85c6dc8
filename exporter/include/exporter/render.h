/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot as Prometheus exposition text, piece by piece: nothing as large as the whole is ever held in
 * memory. Formats: text 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats) and OpenMetrics 1.0.
 */
#pragma once

#include "base/error.h"
#include "base/str.h"
#include "model/snapshot.h"

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
	const char *const
		*names; /* ?name[]= filter: globs over container name, id or cgroup path; none = all */
	size_t n_names;
	uint32_t classes; /* bit (1U << enum entity_class); 0 = all that the snapshot has */
	bool lingering;	  /* show ended ones too */
};

struct renderer;

/*
 * Starts rendering the metrics of `metrics` (NULL: all that the snapshot was asked for). Holds a reference of
 * the snapshot; options and what they point at are copied. NULL where memory is short.
 */
struct renderer *renderer_new(struct snapshot *snapshot, const struct metric_set *metrics,
			      const struct render_options *options);

/*
 * Fills buf with the next bytes; 0 at the end. cap ≥ 1; a line may be split between calls. -ENOMEM, then and
 * ever after. OpenMetrics ends in "# EOF": what else a response has (self metrics) goes in front.
 */
ssize_t renderer_read(struct renderer *r, char *buf, size_t cap);
void renderer_free(struct renderer *r);

/* "text/plain; version=0.0.4; charset=utf-8" or "application/openmetrics-text; version=1.0.0; charset=utf-8".
 */
const char *exposition_content_type(enum exposition e);

/* The best of the two for an Accept header (q values honoured); text 0.0.4 where it is NULL, broken or asks
 * for neither. */
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
