/* SPDX-License-Identifier: Apache-2.0 */
/* bcrypt comparisons in a thread of their own, first come, first served. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* bcrypt itself looks at no more than 72 bytes of a password. */
#define BCRYPT_PASSWORD_BYTES 72

struct bcrypt_job {
	struct bcrypt_job *queue_next;
	char hash[64]; /* "" where nothing can match: the comparison still takes its time */
	char setting[32];
	char password[BCRYPT_PASSWORD_BYTES + 1];
	bool hopeless;
	bool matches; /* the answer */
};

/* `hash` passed bcrypt_cost (web_config.h). */
void bcrypt_job_fill(struct bcrypt_job *job, const char *hash, const char *password, size_t password_len);
void bcrypt_job_wipe(struct bcrypt_job *job);

/* Does the comparison. `data` is a struct crypt_data of crypt(3). */
struct crypt_data;
void bcrypt_job_run(struct bcrypt_job *job, struct crypt_data *data);

struct bcrypt_worker;

/* Starts the thread, with all signals blocked; NULL where that fails. */
struct bcrypt_worker *bcrypt_worker_new(void);
void bcrypt_worker_submit(struct bcrypt_worker *w, struct bcrypt_job *job);

/* A job that is done (its password is wiped), or NULL. */
struct bcrypt_job *bcrypt_worker_next_done(struct bcrypt_worker *w);
int bcrypt_worker_event_fd(const struct bcrypt_worker *w);

/* Ends the thread, even amid a comparison that would take hours; jobs stay their owner's. */
void bcrypt_worker_free(struct bcrypt_worker *w);
