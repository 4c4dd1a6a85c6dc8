/* SPDX-License-Identifier: Apache-2.0 */
#include "pick_containers.h"

#include "base/cleanup.h"
#include "exit_code.h"
#include "message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int refuse_count(const char *verb, const struct text_list *names, unsigned flags)
{
	struct error err;

	if (names->n == 0)
		error_set(&err, -EINVAL, "'plimsoll ps --all' lists them",
			  "'plimsoll %s' needs the name or id of a container", verb);
	else if (flags & PICK_ONE && names->n > 1)
		error_set(&err, -EINVAL, "", "'plimsoll %s' takes one container: '%s' is one too many", verb,
			  names->items[1]);
	else
		return EXIT_OK;
	message_error(&err);
	return EXIT_USAGE;
}

static bool is_known(const struct pick *pick, const struct container *c)
{
	for (size_t i = 0; i < pick->n; i++)
		if (strcmp(pick->list[i]->id, c->id) == 0)
			return true;
	return false;
}

static void add(struct pick *pick, const char *name, unsigned flags)
{
	_cleanup_container_ struct container *c = NULL;
	struct error err = {0};
	int r = flags & PICK_BROKEN ? container_open_any(&pick->store, name, &c, &err)
				    : container_open(&pick->store, name, &c, &err);

	if (r < 0) {
		message_error(&err);
		pick->failed = true;
		return;
	}
	if (is_known(pick, c))
		return;
	pick->names[pick->n] = name;
	pick->list[pick->n++] = TAKE_PTR(c);
}

static int open_parts(struct pick *pick, size_t n, unsigned flags, struct error *err)
{
	int r = store_open(&pick->store, err);

	if (r < 0)
		return r;
	pick->has_store = true;
	if (flags & PICK_HOST) {
		r = host_open(&pick->host, err);
		if (r < 0)
			return r;
		pick->has_host = true;
	}
	pick->list = calloc(n, sizeof(struct container *));
	pick->names = calloc(n, sizeof(const char *));
	return pick->list && pick->names ? 0 : error_errno(err, -ENOMEM, "", "cannot start");
}

int pick_open(struct pick *pick, const char *verb, const struct text_list *names, unsigned flags)
{
	int code = refuse_count(verb, names, flags);
	struct error err;

	*pick = (struct pick){0};
	if (code != EXIT_OK)
		return code;
	if (open_parts(pick, names->n, flags, &err) < 0) {
		message_error(&err);
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < names->n; i++)
		add(pick, names->items[i], flags);
	return EXIT_OK;
}

void pick_close(struct pick *pick)
{
	for (size_t i = 0; i < pick->n; i++)
		container_free(pick->list[i]);
	free(pick->list);
	free(pick->names);
	if (pick->has_host)
		host_close(&pick->host);
	if (pick->has_store)
		store_close(&pick->store);
}

static bool names_it(const struct pick *pick, size_t i, const char *text)
{
	const char *name = pick->list[i]->config.name;

	return strstr(text, pick->names[i]) || (name && *name && strstr(text, name));
}

void pick_say(struct pick *pick, size_t i, const struct error *err)
{
	struct error named;

	pick->failed = true;
	if (names_it(pick, i, err->cause)) {
		message_error(err);
		return;
	}
	error_set(&named, err->code, err->remedy, "%s: %s", pick->names[i], err->cause);
	message_error(&named);
}

void pick_done(struct pick *pick, size_t i)
{
	/* at once: the next one may take its time */
	if (puts(pick->names[i]) < 0 || fflush(stdout) != 0)
		pick->failed = true;
}

int pick_code(const struct pick *pick)
{
	return pick->failed ? EXIT_FAILED : EXIT_OK;
}

int pick_each(const char *verb, const struct text_list *names, unsigned flags, pick_act act, void *arg)
{
	_cleanup_pick_ struct pick pick;
	int code = pick_open(&pick, verb, names, flags);

	if (code != EXIT_OK)
		return code;
	for (size_t i = 0; i < pick.n; i++) {
		struct error err = {0};

		if (act(pick.list[i], flags & PICK_HOST ? &pick.host : NULL, arg, &err) < 0)
			pick_say(&pick, i, &err);
		else
			pick_done(&pick, i);
	}
	return pick_code(&pick);
}
