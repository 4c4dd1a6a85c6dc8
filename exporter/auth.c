/* SPDX-License-Identifier: Apache-2.0 */
#include "auth.h"

#include "bcrypt.h"

#include "base/cleanup.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

/* Grants and denials are kept apart, so that a flood of wrong passwords never pushes out a good one. */
enum { KEY_BYTES = 32, N_GRANTED = 64, N_DENIED = 256, MAX_JOBS = 32, MAX_JOBS_A_PEER = 8 };

/* Verdicts under a keyed hash of user, password and stored hash: no password stays in memory. */
struct verdicts {
	unsigned char (*keys)[KEY_BYTES];
	size_t cap;
	size_t count;
	size_t oldest;
};

struct auth {
	unsigned char secret[KEY_BYTES];
	unsigned char granted_keys[N_GRANTED][KEY_BYTES];
	unsigned char denied_keys[N_DENIED][KEY_BYTES];
	struct verdicts granted;
	struct verdicts denied;
	struct bcrypt_worker *worker;
	struct job *jobs;
	unsigned n_jobs;
	unsigned epoch;
};

struct job {
	struct bcrypt_job work; /* first: the worker hands it back */
	struct job *next;
	unsigned char key[KEY_BYTES];
	uint64_t peer;
	unsigned epoch;
	bool known_user;
	struct auth_ticket *tickets;
};

struct auth *auth_new(void)
{
	struct auth *a = calloc(1, sizeof(*a));

	if (!a || gnutls_rnd(GNUTLS_RND_KEY, a->secret, sizeof(a->secret)) < 0) {
		free(a);
		return NULL;
	}
	a->granted = (struct verdicts){.keys = a->granted_keys, .cap = N_GRANTED};
	a->denied = (struct verdicts){.keys = a->denied_keys, .cap = N_DENIED};
	return a;
}

/* Every entry is looked at, and each as a whole: time tells nothing about what is remembered. */
static bool verdicts_have(const struct verdicts *v, const unsigned char *key)
{
	bool found = false;

	for (size_t i = 0; i < v->count; i++)
		found |= gnutls_memcmp(v->keys[i], key, KEY_BYTES) == 0;
	return found;
}

static void verdicts_add(struct verdicts *v, const unsigned char *key)
{
	size_t at = v->count < v->cap ? v->count++ : v->oldest;

	if (v->count == v->cap && at == v->oldest)
		v->oldest = (v->oldest + 1) % v->cap;
	memcpy(v->keys[at], key, KEY_BYTES);
}

static int mix(gnutls_hmac_hd_t hmac, const void *data, size_t len)
{
	uint64_t length = len;
	int r = gnutls_hmac(hmac, &length, sizeof(length));

	return r < 0 ? r : gnutls_hmac(hmac, data, len);
}

static int make_key(const struct auth *a, const struct credentials *c, const char *hash, unsigned char *key)
{
	gnutls_hmac_hd_t hmac;
	int r = gnutls_hmac_init(&hmac, GNUTLS_MAC_SHA256, a->secret, sizeof(a->secret));

	if (r < 0)
		return r;
	r = mix(hmac, c->user, strlen(c->user));
	if (r == 0)
		r = mix(hmac, hash, strlen(hash));
	if (r == 0)
		r = mix(hmac, c->password, c->password_len);
	gnutls_hmac_deinit(hmac, key);
	return r;
}

/*
 * The hash to compare with. An unknown user gets that of some user, always the same one for a name, so that
 * costs are spread over unknown names as over known ones; what the comparison says then counts for nothing.
 */
static const char *find_hash(const struct auth *a, const struct web_pairs *users, const char *name,
			     bool *known)
{
	unsigned char digest[KEY_BYTES];
	uint32_t pick;
	const char *hash = NULL;

	for (size_t i = 0; i < users->n; i++)
		if (strcmp(users->at[i].name, name) == 0)
			hash = users->at[i].value;
	*known = hash != NULL;
	if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, a->secret, sizeof(a->secret), name, strlen(name), digest) < 0)
		return hash ? hash : users->at[0].value;
	memcpy(&pick, digest, sizeof(pick));
	return hash ? hash : users->at[pick % users->n].value;
}

static void enlist(struct job *job, struct auth_ticket *ticket)
{
	ticket->waiting = true;
	ticket->answered = false;
	ticket->next = job->tickets;
	job->tickets = ticket;
}

/* A comparison of the very same credentials that is under way already, and how many this peer has. */
static struct job *find_job(const struct auth *a, const unsigned char *key, uint64_t peer, unsigned *of_peer)
{
	struct job *same = NULL;

	for (struct job *job = a->jobs; job; job = job->next) {
		*of_peer += job->peer == peer;
		if (job->epoch == a->epoch && gnutls_memcmp(job->key, key, KEY_BYTES) == 0)
			same = job;
	}
	return same;
}

static enum admission submit(struct auth *a, struct job *job)
{
	if (!a->worker)
		a->worker = bcrypt_worker_new();
	if (!a->worker)
		return VERDICT_BUSY;
	job->next = a->jobs;
	a->jobs = job;
	a->n_jobs++;
	bcrypt_worker_submit(a->worker, &job->work);
	return VERDICT_PENDING;
}

enum admission auth_check(struct auth *a, const struct web_pairs *users, const struct credentials *c,
			  uint64_t peer, struct auth_ticket *ticket)
{
	unsigned char key[KEY_BYTES];
	unsigned of_peer = 0;
	struct job *job;
	enum admission verdict;
	const char *hash;
	bool known;

	if (ticket->answered && ticket->epoch == a->epoch)
		return ticket->granted ? VERDICT_GRANTED : VERDICT_DENIED;
	if (users->n == 0)
		return VERDICT_GRANTED;
	hash = find_hash(a, users, c->user, &known);
	if (make_key(a, c, hash, key) < 0)
		return VERDICT_BUSY;
	if (known && verdicts_have(&a->granted, key))
		return VERDICT_GRANTED;
	if (verdicts_have(&a->denied, key))
		return VERDICT_DENIED;
	job = find_job(a, key, peer, &of_peer);
	if (job) {
		enlist(job, ticket);
		return VERDICT_PENDING;
	}
	if (a->n_jobs >= MAX_JOBS || of_peer >= MAX_JOBS_A_PEER)
		return VERDICT_BUSY;
	job = calloc(1, sizeof(*job));
	if (!job)
		return VERDICT_BUSY;
	bcrypt_job_fill(&job->work, hash, c->password, c->password_len);
	memcpy(job->key, key, KEY_BYTES);
	job->peer = peer;
	job->epoch = a->epoch;
	job->known_user = known;
	verdict = submit(a, job);
	if (verdict == VERDICT_PENDING)
		enlist(job, ticket);
	else
		free(job);
	return verdict;
}

int auth_event_fd(const struct auth *a)
{
	return a->worker ? bcrypt_worker_event_fd(a->worker) : -1;
}

static void unlink_job(struct auth *a, const struct job *job)
{
	struct job **at = &a->jobs;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	a->n_jobs--;
}

static void finish(struct auth *a, struct job *job, void (*wake)(struct auth_ticket *ticket))
{
	bool granted = job->known_user && job->work.matches;
	struct auth_ticket *ticket = job->tickets;

	unlink_job(a, job);
	if (job->epoch == a->epoch)
		verdicts_add(granted ? &a->granted : &a->denied, job->key);
	while (ticket) {
		struct auth_ticket *next = ticket->next;

		ticket->waiting = false;
		ticket->answered = true;
		ticket->granted = granted;
		ticket->epoch = job->epoch;
		wake(ticket);
		ticket = next;
	}
	free(job);
}

void auth_collect(struct auth *a, void (*wake)(struct auth_ticket *ticket))
{
	struct bcrypt_job *done;

	while (a->worker && (done = bcrypt_worker_next_done(a->worker)))
		finish(a, (struct job *)done, wake);
}

void auth_forget(struct auth *a)
{
	a->epoch++;
	a->granted.count = a->granted.oldest = 0;
	a->denied.count = a->denied.oldest = 0;
}

unsigned auth_pending(const struct auth *a)
{
	return a->n_jobs;
}

void auth_free(struct auth *a)
{
	if (!a)
		return;
	bcrypt_worker_free(a->worker);
	while (a->jobs) {
		struct job *job = a->jobs;

		a->jobs = job->next;
		bcrypt_job_wipe(&job->work);
		free(job);
	}
	explicit_bzero(a, sizeof(*a));
	free(a);
}
