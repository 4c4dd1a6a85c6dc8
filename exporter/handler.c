/* SPDX-License-Identifier: Apache-2.0 */
#include "server_private.h"

#include "landing.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* --- a request's life --- */

void request_reset(struct request *request)
{
	free(request->raw_target);
	*request = (struct request){0};
}

/*
 * Called with the request line. The request lives in the connection: libmicrohttpd 0.9.75 tells of the end
 * only of those that got as far as handler_access.
 */
void *handler_target(void *context, const char *target, struct MHD_Connection *mhd)
{
	struct connection *c = connection_of(mhd);

	(void)context;
	if (!c)
		return NULL;
	request_reset(&c->request);
	c->request.raw_target = strdup(target);
	if (c->phase == PHASE_IDLE)
		connection_enter(c, PHASE_READING);
	return c;
}

void handler_completed(void *context, struct MHD_Connection *mhd, void **connection,
		       enum MHD_RequestTerminationCode why)
{
	struct connection *c = *connection;

	(void)context;
	(void)mhd;
	(void)why;
	if (!c)
		return;
	request_reset(&c->request);
	connection_enter(c, PHASE_IDLE);
}

void handler_wake(struct auth_ticket *ticket)
{
	struct connection *c = ticket->context;

	if (!c->suspended)
		return;
	c->suspended = false;
	MHD_resume_connection(c->mhd);
}

/* --- refusals --- */

static enum MHD_Result say(struct connection *c, unsigned status, const char *text)
{
	return answer_text(c, &(struct answer_options){.status = status}, text);
}

/* For clients whose further bytes have no clear meaning. */
static enum MHD_Result refuse_and_close(struct connection *c, unsigned status, const char *text)
{
	return answer_text(c, &(struct answer_options){.status = status, .close = true}, text);
}

static enum MHD_Result refuse_for_now(struct connection *c, unsigned status, uint64_t wait_ns,
				      const char *text)
{
	char seconds[24];

	seconds[format_u64(seconds, retry_after_seconds(wait_ns))] = '\0';
	return answer_text(c,
			   &(struct answer_options){
				   .status = status, .header = MHD_HTTP_HEADER_RETRY_AFTER, .value = seconds},
			   text);
}

static enum MHD_Result refuse_with_error(struct connection *c, unsigned status, const char *what,
					 const struct error *err)
{
	_cleanup_str_ struct str text = {0};

	str_printf(&text, "%s%s", what, err->cause);
	if (err->remedy[0])
		str_printf(&text, "; %s", err->remedy);
	str_char(&text, '\n');
	return say(c, status, text.data ? text.data : "");
}

/* --- checks that come before the path --- */

static enum MHD_Result count_framing(void *context, enum MHD_ValueKind kind, const char *key,
				     const char *value)
{
	(void)kind;
	framing_count(context, key, value);
	return MHD_YES;
}

static const char *header_of(const struct connection *c, const char *name)
{
	return MHD_lookup_connection_value(c->mhd, MHD_HEADER_KIND, name);
}

static enum MHD_Result ask_for_credentials(struct connection *c)
{
	return answer_text(c,
			   &(struct answer_options){.status = MHD_HTTP_UNAUTHORIZED,
						    .header = MHD_HTTP_HEADER_WWW_AUTHENTICATE,
						    .value = "Basic realm=\"plimsoll\", charset=\"UTF-8\""},
			   "Unauthorized\n");
}

/* False where the request was answered, or waits for a comparison: *r then is what libmicrohttpd is told. */
static bool is_let_in(struct connection *c, enum MHD_Result *r)
{
	struct server *s = c->generation->server;
	const char *authorization = header_of(c, MHD_HTTP_HEADER_AUTHORIZATION);
	struct credentials credentials;
	enum admission verdict = VERDICT_DENIED;

	if (s->web.config->users.n == 0)
		return true;
	if (authorization && credentials_parse(authorization, &credentials) == 0) {
		c->request.ticket.context = c;
		verdict =
			auth_check(s->auth, &s->web.config->users, &credentials, c->peer, &c->request.ticket);
		credentials_free(&credentials);
	}
	switch (verdict) {
	case VERDICT_GRANTED:
		return true;
	case VERDICT_PENDING:
		c->suspended = true;
		MHD_suspend_connection(c->mhd);
		*r = MHD_YES;
		return false;
	case VERDICT_BUSY:
		*r = refuse_for_now(c, MHD_HTTP_SERVICE_UNAVAILABLE, NSEC_PER_SEC,
				    "too many logins at once\n");
		return false;
	case VERDICT_DENIED:
		break;
	}
	*r = ask_for_credentials(c);
	return false;
}

/* --- paths --- */

static enum MHD_Result serve_landing(struct connection *c)
{
	const struct server *s = c->generation->server;
	_cleanup_str_ struct str page = {0};

	landing_page(&page, s->options.telemetry_path, &s->options.metrics);
	if (page.failed)
		return MHD_NO;
	return answer_text(
		c,
		&(struct answer_options){.status = MHD_HTTP_OK, .content_type = "text/html; charset=utf-8"},
		page.data);
}

static void note_collection(struct server *s, int r, const struct error *err)
{
	if (r < 0 && !s->collection_failed)
		logger_say(&s->logger, LOG_LEVEL_ERROR, "collection failed", "reason", err->cause, "remedy",
			   err->remedy, NULL);
	if (r == 0 && s->collection_failed)
		logger_say(&s->logger, LOG_LEVEL_INFO, "collection works again", NULL);
	s->collection_failed = r < 0;
	s->metrics.collections = s->collections.total;
	s->metrics.collection_failures = s->collections.failures;
	s->metrics.collection_ns = s->collections.last_duration_ns;
	s->metrics.connections = s->n_connections;
}

static enum MHD_Result scrape_with(struct connection *c, struct scrape *scrape)
{
	struct server *s = c->generation->server;
	struct collection *collection = NULL;
	struct error err = {0};
	enum MHD_Result queued;
	int r = 0;

	if (!scrape->head_only) {
		r = collections_get(&s->collections, &scrape->metrics, s->now_ns, &collection, &err);
		s->now_ns = clock_monotonic_ns();
		note_collection(s, r, &err);
	}
	if (r < 0) {
		s->metrics.answers[ANSWER_503]++;
		return refuse_with_error(c, MHD_HTTP_SERVICE_UNAVAILABLE, "collection failed: ", &err);
	}
	/* Counted before it is rendered, so that the scrape sees itself. */
	s->metrics.answers[ANSWER_200]++;
	queued = answer_scrape(c, scrape, collection);
	if (queued == MHD_NO) {
		s->metrics.answers[ANSWER_200]--;
		s->metrics.answers[ANSWER_500]++;
		return refuse_and_close(c, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
	}
	connections_trim_collections(s);
	return queued;
}

static enum MHD_Result serve_metrics(struct connection *c, struct slice query, bool head_only)
{
	struct server *s = c->generation->server;
	struct scrape scrape = {.head_only = head_only};
	struct error err = {0};
	enum MHD_Result r;

	if (filters_parse(query, &s->options.metrics, &scrape.filters, &err) < 0) {
		s->metrics.answers[ANSWER_400]++;
		return refuse_with_error(c, MHD_HTTP_BAD_REQUEST, "", &err);
	}
	filters_apply(&scrape.filters, &s->options.metrics, &scrape.metrics);
	scrape.exposition = exposition_negotiate(header_of(c, MHD_HTTP_HEADER_ACCEPT));
	scrape.gzip = gzip_accepted(header_of(c, MHD_HTTP_HEADER_ACCEPT_ENCODING));
	if (!head_only && s->metrics.scrapes_in_flight >= s->options.max_requests) {
		s->metrics.answers[ANSWER_503]++;
		r = refuse_for_now(c, MHD_HTTP_SERVICE_UNAVAILABLE, NSEC_PER_SEC,
				   "too many scrapes at once\n");
	} else {
		r = scrape_with(c, &scrape);
	}
	filters_free(&scrape.filters);
	return r;
}

static bool is_one_of(const char *path, const char *const *paths)
{
	for (; *paths; paths++)
		if (strcmp(path, *paths) == 0)
			return true;
	return false;
}

static enum MHD_Result serve(struct connection *c, const struct target *target, const char *method)
{
	static const char *const healthy[] = {"/-/healthy", "/healthz", NULL};
	static const char *const others[] = {"/", "/-/ready", "/-/healthy", "/healthz", NULL};
	const struct server *s = c->generation->server;
	bool metrics_path = strcmp(target->path, s->options.telemetry_path) == 0;
	bool head_only = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;

	if (!metrics_path && !is_one_of(target->path, others))
		return say(c, MHD_HTTP_NOT_FOUND, "Not Found\n");
	if (!head_only && strcmp(method, MHD_HTTP_METHOD_GET) != 0)
		return answer_text(c,
				   &(struct answer_options){.status = MHD_HTTP_METHOD_NOT_ALLOWED,
							    .header = MHD_HTTP_HEADER_ALLOW,
							    .value = "GET, HEAD"},
				   "Method Not Allowed\n");
	if (metrics_path)
		return serve_metrics(c, target->query, head_only);
	if (is_one_of(target->path, healthy))
		return say(c, MHD_HTTP_OK, "Healthy\n");
	if (strcmp(target->path, "/") == 0)
		return serve_landing(c);
	if (s->collection_failed)
		return say(c, MHD_HTTP_SERVICE_UNAVAILABLE, "Not ready: the last collection failed\n");
	return say(c, MHD_HTTP_OK, "Ready\n");
}

/* --- the way in --- */

/* A request's head is complete. A body is not waited for: it is refused, and nothing behind it is read. */
static enum MHD_Result begin(struct connection *c, const char *version)
{
	struct framing framing = {0};
	const char *problem;

	c->request.begun = true;
	connection_enter(c, PHASE_ANSWERING);
	web_refresh(c->generation->server);
	MHD_get_connection_values(c->mhd, MHD_HEADER_KIND, count_framing, &framing);
	problem = framing_problem(&framing, strcmp(version, MHD_HTTP_VERSION_1_1) == 0);
	return problem ? refuse_and_close(c, MHD_HTTP_BAD_REQUEST, problem) : MHD_YES;
}

/* What is answered before anybody looks at the path. False where nothing is. */
static bool refuse_early(struct connection *c, enum MHD_Result *r)
{
	struct server *s = c->generation->server;
	uint64_t wait_ns = 0;

	if (!c->request.counted && !bucket_take(&s->web.bucket, s->now_ns, &wait_ns)) {
		*r = refuse_for_now(c, MHD_HTTP_TOO_MANY_REQUESTS, wait_ns, "Too Many Requests\n");
		return true;
	}
	c->request.counted = true;
	return !is_let_in(c, r);
}

/*
 * Called once when the head is complete, then again for an answer, and once more after each suspension. An
 * answer in the first call would make libmicrohttpd close the connection after it, for it can't tell whether
 * a body follows.
 */
enum MHD_Result handler_access(void *context, struct MHD_Connection *mhd, const char *url, const char *method,
			       const char *version, const char *upload, size_t *upload_len, void **connection)
{
	struct connection *c = *connection;
	struct target target;
	struct error err = {0};
	enum MHD_Result r;

	(void)context;
	(void)mhd;
	(void)url;
	(void)upload;
	if (!c || !c->request.raw_target || *upload_len)
		return MHD_NO;
	if (!c->request.begun)
		return begin(c, version);
	if (refuse_early(c, &r))
		return r;
	if (target_parse(slice_of(c->request.raw_target), &target, &err) < 0)
		return refuse_and_close(c, MHD_HTTP_BAD_REQUEST, "malformed request target\n");
	r = serve(c, &target, method);
	request_target_free(&target);
	return r;
}
