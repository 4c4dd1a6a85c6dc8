/* SPDX-License-Identifier: Apache-2.0 */
/* What a request asks for: path, filters, credentials. Pure: bytes from a client in, values or a refusal out.
 */
#pragma once

#include "base/error.h"
#include "base/slice.h"
#include "model/metric.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_NAMES_MAX 64

/* A request target (RFC 9112 3.2), taken apart. */
struct target {
	char *path;	    /* decoded; starts with '/' */
	struct slice query; /* a piece of what was parsed, not decoded; without its '?' */
};

/*
 * origin-form, or absolute-form of http and https. The path is percent-decoded; NUL and broken escapes are
 * refused. 0, -EINVAL or -ENOMEM. `raw` has to live as long as the query is used.
 */
int target_parse(struct slice raw, struct target *out, struct error *err);
void request_target_free(struct target *t);

/* The filters of a scrape. */
struct filters {
	uint32_t collect; /* bit (1U << enum metric_group) */
	uint32_t exclude;
	size_t n_names;
	char *names[REQUEST_NAMES_MAX]; /* owned */
};
static_assert(GROUP__COUNT <= 32, "a bit a group");

/*
 * collect[]=GROUP, exclude[]=GROUP (one kind of them only), name[]=GLOB; each may be repeated. Other keys are
 * left alone: Prometheus' `params:` may hold anything. A group that `enabled` has nothing of can't be asked
 * for: what is costly stays the operator's decision. 0, -EINVAL (err says it for the client), -E2BIG or
 * -ENOMEM.
 */
int filters_parse(struct slice query, const struct metric_set *enabled, struct filters *out,
		  struct error *err);
void filters_free(struct filters *f);

/* The metrics of `enabled` that the filters leave. */
void filters_apply(const struct filters *f, const struct metric_set *enabled, struct metric_set *out);

/* User and password of "Basic …" (RFC 7617); wiped by credentials_free. */
struct credentials {
	char *user;
	char *password;
	size_t password_len; /* it may hold NUL */
};

/* 0, -EINVAL for another scheme or broken base64, -ENOMEM. */
int credentials_parse(const char *authorization, struct credentials *out);
void credentials_free(struct credentials *c);

/* The headers that say where a request ends and whom it is for, counted. */
struct framing {
	unsigned n_host;
	unsigned n_content_length;
	unsigned n_transfer_encoding;
	bool length_is_zero; /* the last Content-Length is "0" */
	bool bad_name; /* a header's name is no token (RFC 9110 5.6.2): others may read "Content-Length "
			  otherwise */
};

void framing_count(struct framing *f, const char *name, const char *value);

/* NULL where all is clear, or what a client is told: a body is not served, nor a request that contradicts
 * itself. */
const char *framing_problem(const struct framing *f, bool needs_host);
