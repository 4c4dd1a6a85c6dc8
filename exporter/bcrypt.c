/* SPDX-License-Identifier: Apache-2.0 */
#include "bcrypt.h"

#include "base/cleanup.h"

#include <crypt.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { SETTING_BYTES = 29, HASH_BYTES = 60 };

struct bcrypt_worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wanted;
	struct bcrypt_job *queue; /* oldest first */
	struct bcrypt_job *done;
	bool stop;
	int event_fd;
	struct crypt_data data;
};

/*
 * Go's bcrypt treats every minor version alike, and takes hashes that can never match (of another length, or
 * with digits that are not bcrypt's). libxcrypt has a bug-compatible $2x$ and a guarded $2a$, so all become
 * $2y$, the plain algorithm.
 */
void bcrypt_job_fill(struct bcrypt_job *job, const char *hash, const char *password, size_t password_len)
{
	static const char spare_salt[] = "abcdefghijklmnopqrstuu";
	size_t cost_at = hash[2] == '$' ? 3 : 4;
	size_t salt_at = cost_at + 3;
	size_t len = password_len < BCRYPT_PASSWORD_BYTES ? password_len : BCRYPT_PASSWORD_BYTES;

	*job = (struct bcrypt_job){0};
	/* A C string ends at its first NUL: "right\0anything" would count as "right". */
	job->hopeless = strlen(hash + salt_at) != HASH_BYTES - 7 || memchr(password, '\0', len) != NULL;
	memcpy(job->setting, "$2y$", 4);
	memcpy(job->setting + 4, hash + cost_at, 2);
	job->setting[6] = '$';
	memcpy(job->setting + 7, hash + salt_at, SETTING_BYTES - 7);
	if (strspn(job->setting + 7, "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") !=
	    SETTING_BYTES - 7) {
		memcpy(job->setting + 7, spare_salt, SETTING_BYTES - 7);
		job->hopeless = true;
	}
	if (!job->hopeless) {
		memcpy(job->hash, job->setting, SETTING_BYTES);
		memcpy(job->hash + SETTING_BYTES, hash + salt_at + SETTING_BYTES - 7,
		       HASH_BYTES - SETTING_BYTES);
	}
	memcpy(job->password, password, len);
}

void bcrypt_job_wipe(struct bcrypt_job *job)
{
	explicit_bzero(job->password, sizeof(job->password));
}

void bcrypt_job_run(struct bcrypt_job *job, struct crypt_data *data)
{
	/* Not crypt_r: libasan has one of its own, for which the linker leaves libcrypt out. */
	const char *made = crypt_rn(job->password, job->setting, data, (int)sizeof(*data));

	job->matches = made && strlen(made) == HASH_BYTES && !job->hopeless &&
		       gnutls_memcmp(made, job->hash, HASH_BYTES) == 0;
	bcrypt_job_wipe(job);
}

static struct bcrypt_job *wait_for_job(struct bcrypt_worker *w)
{
	struct bcrypt_job *job;

	pthread_mutex_lock(&w->lock);
	while (!w->queue && !w->stop)
		pthread_cond_wait(&w->wanted, &w->lock);
	job = w->stop ? NULL : w->queue;
	if (job)
		w->queue = job->queue_next;
	pthread_mutex_unlock(&w->lock);
	return job;
}

static void hand_back(struct bcrypt_worker *w, struct bcrypt_job *job)
{
	uint64_t one = 1;

	pthread_mutex_lock(&w->lock);
	job->queue_next = w->done;
	w->done = job;
	pthread_mutex_unlock(&w->lock);
	if (write(w->event_fd, &one, sizeof(one)) < 0)
		return; /* the counter is full: the loop is told already */
}

/* crypt_rn computes and does nothing else: no lock, no allocation, so it may be broken off anywhere. */
static void *work(void *context)
{
	struct bcrypt_worker *w = context;
	struct bcrypt_job *job;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	while ((job = wait_for_job(w))) {
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL); /* NOLINT(cert-pos47-c) */
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
		bcrypt_job_run(job, &w->data);
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
		hand_back(w, job);
	}
	return NULL;
}

static int start_thread(struct bcrypt_worker *w)
{
	sigset_t all;
	sigset_t before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&w->thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

struct bcrypt_worker *bcrypt_worker_new(void)
{
	struct bcrypt_worker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wanted, NULL);
	w->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (w->event_fd < 0 || start_thread(w) < 0) {
		if (w->event_fd >= 0)
			close(w->event_fd);
		free(w);
		return NULL;
	}
	return w;
}

void bcrypt_worker_submit(struct bcrypt_worker *w, struct bcrypt_job *job)
{
	struct bcrypt_job **at = &w->queue;

	pthread_mutex_lock(&w->lock);
	while (*at)
		at = &(*at)->queue_next;
	job->queue_next = NULL;
	*at = job;
	pthread_cond_signal(&w->wanted);
	pthread_mutex_unlock(&w->lock);
}

struct bcrypt_job *bcrypt_worker_next_done(struct bcrypt_worker *w)
{
	struct bcrypt_job *job;
	uint64_t count;

	if (read(w->event_fd, &count, sizeof(count)) < 0)
		count = 0; /* nothing new; what was done earlier may still be there */
	pthread_mutex_lock(&w->lock);
	job = w->done;
	if (job)
		w->done = job->queue_next;
	pthread_mutex_unlock(&w->lock);
	return job;
}

int bcrypt_worker_event_fd(const struct bcrypt_worker *w)
{
	return w->event_fd;
}

void bcrypt_worker_free(struct bcrypt_worker *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->wanted);
	pthread_mutex_unlock(&w->lock);
	pthread_cancel(w->thread);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wanted);
	pthread_mutex_destroy(&w->lock);
	close(w->event_fd);
	explicit_bzero(&w->data, sizeof(w->data));
	free(w);
}
