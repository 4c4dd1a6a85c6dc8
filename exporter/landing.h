/* SPDX-License-Identifier: Apache-2.0 */
/* The page at "/". */
#pragma once

#include "base/str.h"
#include "model/metric.h"

/* HTML5 with no scripts and nothing from elsewhere. Collectors that `enabled` has metrics of get a link each.
 */
void landing_page(struct str *out, const char *telemetry_path, const struct metric_set *enabled);

/* Text for HTML, also within double quotes. */
void html_escape(struct str *out, const char *text);
