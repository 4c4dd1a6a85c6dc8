/* SPDX-License-Identifier: Apache-2.0 */
#include "auth.h"

#include "bcrypt.h"

#include "base/cleanup.h"

#include <crypt.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char user_alice[] = "alice";
static char user_bob[] = "bob";
static char hash_alice[CRYPT_OUTPUT_SIZE];
static char hash_bob[CRYPT_OUTPUT_SIZE];
static struct web_pair pairs[] = {{user_alice, hash_alice}, {user_bob, hash_bob}};
static const struct web_pairs users = {pairs, 2};

static struct credentials say(const char *user, const char *password)
{
	return (struct credentials){strdup(user), strdup(password), strlen(password)};
}

static unsigned woken;
static void wake(struct auth_ticket *ticket)
{
	assert_false(ticket->waiting);
	woken++;
}

static void collect_all(struct auth *a)
{
	while (auth_pending(a)) {
		struct pollfd p = {.fd = auth_event_fd(a), .events = POLLIN};

		assert_int_equal(poll(&p, 1, 20000), 1);
		auth_collect(a, wake);
	}
}

/* The verdict after waiting, and whether it was there at once. */
static enum admission ask(struct auth *a, const char *user, const char *password, bool *at_once)
{
	struct credentials c = say(user, password);
	struct auth_ticket ticket = {0};
	enum admission verdict = auth_check(a, &users, &c, 1, &ticket);

	*at_once = verdict != VERDICT_PENDING;
	if (verdict == VERDICT_PENDING) {
		collect_all(a);
		verdict = auth_check(a, &users, &c, 1, &ticket);
	}
	credentials_free(&c);
	return verdict;
}

static int hash_passwords(void **state)
{
	struct crypt_data data = {0};

	(void)state;
	snprintf(hash_alice, sizeof(hash_alice), "%s",
		 crypt_rn("wonder", "$2y$04$abcdefghijklmnopqrstuu", &data, sizeof(data)));
	snprintf(hash_bob, sizeof(hash_bob), "%s",
		 crypt_rn("builder", "$2b$04$ABCDEFGHIJKLMNOPQRSTUu", &data, sizeof(data)));
	return strlen(hash_alice) == 60 && strlen(hash_bob) == 60 ? 0 : -1;
}

static void verdicts_are_right_and_remembered(void **state)
{
	static const struct {
		const char *user;
		const char *password;
		enum admission verdict;
	} cases[] = {
		{"alice", "wonder", VERDICT_GRANTED}, {"bob", "builder", VERDICT_GRANTED},
		{"alice", "builder", VERDICT_DENIED}, {"bob", "wonder", VERDICT_DENIED},
		{"carol", "wonder", VERDICT_DENIED},  {"carol", "builder", VERDICT_DENIED},
		{"alice", "", VERDICT_DENIED},	      {"", "wonder", VERDICT_DENIED},
		{"alic", "ewonder", VERDICT_DENIED},
	};
	struct auth *a = auth_new();
	bool at_once;

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			assert_int_equal(ask(a, cases[i].user, cases[i].password, &at_once),
					 cases[i].verdict);
			assert_int_equal(at_once, round == 1);
		}
	}
	auth_forget(a);
	assert_int_equal(ask(a, "alice", "wonder", &at_once), VERDICT_GRANTED);
	assert_false(at_once);
	auth_free(a);
}

static void a_nul_ends_nothing(void **state)
{
	struct auth *a = auth_new();
	struct credentials c = say("alice", "wonder");
	struct auth_ticket ticket = {0};

	(void)state;
	c.password_len = 7; /* with the NUL behind it */
	assert_int_equal(auth_check(a, &users, &c, 1, &ticket), VERDICT_PENDING);
	collect_all(a);
	assert_int_equal(auth_check(a, &users, &c, 1, &ticket), VERDICT_DENIED);
	credentials_free(&c);
	auth_free(a);
}

static void wrong_passwords_push_no_right_one_out(void **state)
{
	struct auth *a = auth_new();
	char password[16];
	bool at_once;

	(void)state;
	ask(a, "alice", "wonder", &at_once);
	for (int i = 0; i < 400; i++) {
		snprintf(password, sizeof(password), "%d", i);
		assert_int_equal(ask(a, i % 2 ? "alice" : "nobody", password, &at_once), VERDICT_DENIED);
	}
	assert_int_equal(ask(a, "alice", "wonder", &at_once), VERDICT_GRANTED);
	assert_true(at_once);
	auth_free(a);
}

static void the_queue_is_bounded_for_all_and_for_each(void **state)
{
	enum { N = 60 };
	struct auth *a = auth_new();
	struct auth_ticket tickets[N] = {0};
	unsigned pending[2] = {0, 0};

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		char password[16];
		struct credentials c;
		uint64_t peer = i < 20 ? 7 : i;

		snprintf(password, sizeof(password), "wrong%u", i);
		c = say("alice", password);
		pending[i >= 20] += auth_check(a, &users, &c, peer, &tickets[i]) == VERDICT_PENDING;
		credentials_free(&c);
	}
	assert_int_equal(pending[0], 8);
	assert_int_equal(pending[0] + pending[1], 32);
	assert_int_equal(auth_pending(a), 32);
	woken = 0;
	collect_all(a);
	assert_int_equal(woken, 32);
	auth_free(a);
}

static void the_same_credentials_share_a_comparison(void **state)
{
	enum { N = 100 };
	struct auth *a = auth_new();
	struct auth_ticket tickets[N] = {0};
	struct credentials c = say("alice", "wonder");

	(void)state;
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(auth_check(a, &users, &c, 1, &tickets[i]), VERDICT_PENDING);
	assert_int_equal(auth_pending(a), 1);
	woken = 0;
	collect_all(a);
	assert_int_equal(woken, N);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(auth_check(a, &users, &c, 1, &tickets[i]), VERDICT_GRANTED);
	credentials_free(&c);
	auth_free(a);
}

static void a_verdict_does_not_outlive_its_users(void **state)
{
	struct auth *a = auth_new();
	struct auth_ticket ticket = {0};
	struct credentials c = say("alice", "wonder");

	(void)state;
	assert_int_equal(auth_check(a, &users, &c, 1, &ticket), VERDICT_PENDING);
	auth_forget(a);
	collect_all(a);
	assert_true(ticket.answered);
	/* What was found counts for nothing: it is compared again. */
	assert_int_equal(auth_check(a, &users, &c, 1, &ticket), VERDICT_PENDING);
	collect_all(a);
	assert_int_equal(auth_check(a, &users, &c, 1, &ticket), VERDICT_GRANTED);
	credentials_free(&c);
	auth_free(a);
}

static void a_comparison_of_hours_is_broken_off(void **state)
{
	char hash[CRYPT_OUTPUT_SIZE];
	struct web_pair pair = {user_alice, hash};
	const struct web_pairs slow = {&pair, 1};
	struct auth *a = auth_new();
	struct auth_ticket ticket = {0};
	struct credentials c = say("alice", "wonder");

	(void)state;
	snprintf(hash, sizeof(hash), "$2y$31%s", hash_alice + 6);
	assert_int_equal(auth_check(a, &slow, &c, 1, &ticket), VERDICT_PENDING);
	credentials_free(&c);
	auth_free(a);
}

static bool matches(const char *hash, const char *password)
{
	static struct crypt_data data;
	struct bcrypt_job job;

	bcrypt_job_fill(&job, hash, password, strlen(password));
	bcrypt_job_run(&job, &data);
	assert_int_equal(job.password[0], 0);
	return job.matches;
}

/* Vectors of other implementations: $2a$ and $2y$ of OpenBSD's and htpasswd's. */
static void hashes_of_others(void **state)
{
	(void)state;
	assert_true(matches("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"));
	assert_true(matches("$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"));
	assert_true(matches("$2b$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", ""));
	assert_false(matches("$2b$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", "x"));
	/* Taken as Go takes them, but never a match. */
	assert_false(matches("$2y$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWXX", "U*U"));
	assert_false(matches("$2y$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe", "U*U"));
	assert_false(matches("$2y$04$CCCC!CCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"));
	assert_false(matches("$2$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe", "U*U"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_are_right_and_remembered),
		cmocka_unit_test(a_nul_ends_nothing),
		cmocka_unit_test(wrong_passwords_push_no_right_one_out),
		cmocka_unit_test(the_queue_is_bounded_for_all_and_for_each),
		cmocka_unit_test(the_same_credentials_share_a_comparison),
		cmocka_unit_test(a_verdict_does_not_outlive_its_users),
		cmocka_unit_test(a_comparison_of_hours_is_broken_off),
		cmocka_unit_test(hashes_of_others),
	};

	return cmocka_run_group_tests(tests, hash_passwords, NULL);
}
