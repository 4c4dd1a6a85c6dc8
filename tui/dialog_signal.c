/* SPDX-License-Identifier: Apache-2.0 */
#include "app_private.h"
#include "dialog_private.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define SIGNALS 31 /* those that have names; the real-time ones mean nothing to most programs */

static void signal_chosen(struct app *app, void *context, size_t n)
{
	const struct deed *deed = context;
	const char *name = sigabbrev_np((int)n + 1);

	if (name)
		app_ask_action(app, deed->action, deed->targets, deed->n, name);
}

struct view *dialog_signal_new(struct app *app, const struct action *action,
			       const struct action_target *targets, size_t n)
{
	struct deed *deed = deed_new(action, targets, n, NULL);
	_cleanup_str_ struct str title = {0};
	struct choice choices[SIGNALS];
	char texts[SIGNALS][16];

	if (!deed)
		return NULL;
	for (int i = 0; i < SIGNALS; i++) {
		const char *name = sigabbrev_np(i + 1);
		const char *means = sigdescr_np(i + 1);

		snprintf(texts[i], sizeof(texts[i]), "%2d %s", i + 1, name ? name : "-");
		choices[i] = (struct choice){.text = texts[i], .hint = means ? means : ""};
	}
	str_printf(&title, "%s ", action->title);
	deed_whom(targets, n, &title);
	return dialog_choose_new(app, title.data ? title.data : "", choices, SIGNALS, SIGTERM - 1,
				 signal_chosen, deed, deed_free);
}
