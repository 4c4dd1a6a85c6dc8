/* SPDX-License-Identifier: Apache-2.0 */
#include "stop_options.h"

#include "base/cleanup.h"
#include "base/parse.h"
#include "exit_code.h"
#include "message.h"
#include "runtime/life.h"
#include "runtime/value.h"

#include <errno.h>
#include <stdlib.h>

const struct option_spec stop_options[N_STOP_OPTIONS] = {
	{.name = "signal",
	 .letter = 's',
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct stop_settings, signal),
	 .value = "SIGNAL",
	 .help = "the signal that asks it to end, in place of the one it was run with"},
	{.name = "time",
	 .letter = 't',
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct stop_settings, timeout),
	 .value = "SECONDS",
	 .help = "how long to wait before SIGKILL, in place of what it was run with; -1 waits for ever"},
};

/* What the texts mean: *signal 0 and *timeout -2 where they are not given (life_stop). */
static int stop_settings_parse(const struct stop_settings *s, int *signal, int64_t *timeout,
			       struct error *err)
{
	int64_t seconds = -2;
	int number = 0;
	int r = s->signal ? value_signal(s->signal, &number, err) : 0;

	if (r < 0)
		return r;
	if (s->timeout &&
	    (parse_i64(slice_of(s->timeout), &seconds) < 0 || seconds < -1 || seconds > INT32_MAX))
		return error_set(err, -EINVAL, "it takes whole seconds, or -1 to wait for ever",
				 "'--time' cannot be '%s'", s->timeout);
	*signal = number;
	*timeout = seconds;
	return 0;
}

/* errs[i].code tells each; NULL where memory is short, which is said too. */
static struct error *stop_picked(struct pick *pick, int signal, int64_t timeout)
{
	struct error *errs = calloc(pick->n ? pick->n : 1, sizeof(*errs));
	struct error err;

	if (!errs) {
		pick->failed = true;
		error_errno(&err, -ENOMEM, "", "cannot stop anything");
		message_error(&err);
		return NULL;
	}
	for (size_t i = 0; signal && i < pick->n; i++)
		pick->list[i]->config.stop_signal = signal;
	life_stop_all(pick->list, pick->n, &pick->host, timeout, errs);
	for (size_t i = 0; i < pick->n; i++)
		if (errs[i].code < 0)
			pick_say(pick, i, &errs[i]);
	return errs;
}

int stop_each(const char *verb, const struct stop_settings *s, const struct text_list *names,
	      void (*before)(struct pick *pick), pick_act after)
{
	_cleanup_pick_ struct pick pick = {0};
	_cleanup_free_ struct error *errs = NULL;
	struct error err = {0};
	int64_t timeout = 0;
	int signal = 0;
	int code;

	if (stop_settings_parse(s, &signal, &timeout, &err) < 0) {
		message_error(&err);
		return EXIT_USAGE;
	}
	code = pick_open(&pick, verb, names, PICK_HOST);
	if (code != EXIT_OK)
		return code;
	if (before)
		before(&pick);
	errs = stop_picked(&pick, signal, timeout);
	for (size_t i = 0; errs && i < pick.n; i++) {
		if (errs[i].code < 0)
			continue;
		if (after && after(pick.list[i], &pick.host, NULL, &err) < 0)
			pick_say(&pick, i, &err);
		else
			pick_done(&pick, i);
	}
	return pick_code(&pick);
}
