/* SPDX-License-Identifier: Apache-2.0 */
/* What clients and command lines say: the first byte chooses the parser, the rest is its text. */
#include "landing.h"
#include "listen.h"
#include "request.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "exporter/render.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_target_line(const char *text)
{
	_cleanup_str_ struct str page = {0};
	struct metric_set enabled = {0};
	struct metric_set left;
	struct target target;
	struct filters filters;

	if (target_parse(slice_of(text), &target, NULL) < 0)
		return;
	if (target.path[0] != '/')
		abort();
	metric_set_defaults(&enabled);
	if (filters_parse(target.query, &enabled, &filters, NULL) == 0) {
		filters_apply(&filters, &enabled, &left);
		if (!metric_set_contains(&enabled, &left))
			abort();
		filters_free(&filters);
	}
	/* A telemetry path comes from the command line, but must not leave its attribute either. */
	landing_page(&page, target.path, &enabled);
	if (strstr(page.data, "<script"))
		abort();
	request_target_free(&target);
}

static void fuzz_credentials(const char *text)
{
	struct credentials c;

	if (credentials_parse(text, &c) < 0)
		return;
	if (strchr(c.user, ':') || c.password[c.password_len])
		abort();
	credentials_free(&c);
}

static void fuzz_listen(const char *text)
{
	struct listen_address a = {0};
	struct error err = {0};

	if (listen_parse(text, &a, &err) == 0 && a.unix_path && (a.host || a.unix_path[0] != '/'))
		abort();
	listen_address_free(&a);
}

/* "Name: value" lines. */
static void fuzz_framing(char *text)
{
	struct framing f = {0};

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char *colon = strchr(line, ':');

		if (colon)
			*colon = '\0';
		framing_count(&f, line, colon ? colon + 1 : NULL);
	}
	if (!framing_problem(&f, true) && (f.n_host != 1 || f.n_transfer_encoding || f.bad_name))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = size ? malloc(size) : NULL;

	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0]) {
	case 't':
		fuzz_target_line(text);
		break;
	case 'c':
		fuzz_credentials(text);
		break;
	case 'l':
		fuzz_listen(text);
		break;
	case 'f':
		fuzz_framing(text);
		break;
	case 'a':
		(void)exposition_negotiate(text);
		(void)gzip_accepted(text);
		break;
	default:
		break;
	}
	return 0;
}
