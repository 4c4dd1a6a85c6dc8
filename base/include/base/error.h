/* SPDX-License-Identifier: Apache-2.0 */
/* Errors that name their cause and their remedy. Rooms fill them in; only cli prints them. */
#pragma once

struct error {
	int code;	  /* negative errno; 0 = no error */
	char cause[384];  /* what went wrong, one sentence with no full stop */
	char remedy[256]; /* what the user can do about it; "" where nothing can be said */
};

/*
 * Fills *err (which may be NULL) with a negative errno `code`, a remedy ("" or NULL for none) and a cause in
 * printf's terms. Returns code, so that a caller writes `return error_set(…)`. errno is left as it was.
 */
int error_set(struct error *err, int code, const char *remedy, const char *cause, ...)
	__attribute__((format(printf, 4, 5)));

/* Like error_set, with ": " and the text of `code` behind the cause. */
int error_errno(struct error *err, int code, const char *remedy, const char *cause, ...)
	__attribute__((format(printf, 4, 5)));
