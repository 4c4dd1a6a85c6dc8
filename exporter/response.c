/* SPDX-License-Identifier: Apache-2.0 */
#include "server_private.h"

#include "gzip.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <stdlib.h>

/* Only used for HTTP/1.0, which knows no chunks; otherwise an answer is written straight into the
 * connection's memory. */
enum { BLOCK_BYTES = 4 << 10 };

/* A scrape's answer while it is sent. Freed by libmicrohttpd together with the response. */
struct body {
	struct server *server;
	struct connection *connection; /* NULL once that is gone */
	struct collection *collection;
	struct renderer *renderer;
	struct gzip *gzip; /* NULL: plain */
	struct str self;   /* self metrics, in front of the renderer's output */
	size_t self_at;
};

uint64_t body_taken_ns(const struct body *b)
{
	return b->collection->taken_ns;
}

void body_forget_connection(struct body *b)
{
	b->connection = NULL;
}

static void body_free(void *context)
{
	struct body *b = context;

	if (b->connection)
		b->connection->body = NULL;
	b->server->metrics.scrapes_in_flight--;
	gzip_free(b->gzip);
	renderer_free(b->renderer);
	collection_unref(b->collection);
	str_free(&b->self);
	free(b);
}

static ssize_t body_plain(void *context, char *buf, size_t cap)
{
	struct body *b = context;
	size_t len = b->self.len - b->self_at;

	if (len == 0)
		return renderer_read(b->renderer, buf, cap);
	if (len > cap)
		len = cap;
	memcpy(buf, b->self.data + b->self_at, len);
	b->self_at += len;
	return (ssize_t)len;
}

static ssize_t body_read(void *context, uint64_t position, char *buf, size_t max)
{
	struct body *b = context;
	ssize_t n = b->gzip ? gzip_read(b->gzip, buf, max) : body_plain(b, buf, max);

	(void)position;
	if (n < 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	return n == 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

static struct body *body_new(struct connection *c, const struct scrape *scrape, struct collection *collection)
{
	struct server *s = c->generation->server;
	struct render_options render = s->options.render;
	struct body *b = calloc(1, sizeof(*b));

	if (!b) {
		collection_unref(collection);
		return NULL;
	}
	render.exposition = scrape->exposition;
	render.names = (const char *const *)scrape->filters.names;
	render.n_names = scrape->filters.n_names;
	render.comparison = collection->comparison;
	b->server = s;
	b->collection = collection;
	s->metrics.scrapes_in_flight++;
	if (s->options.exporter_metrics)
		self_metrics_write(&s->metrics, collection->snapshot, scrape->exposition, &b->self);
	b->renderer = renderer_new(collection->snapshot, &scrape->metrics, &render);
	if (scrape->gzip)
		b->gzip = gzip_new(body_plain, b);
	if (!b->renderer || b->self.failed || (scrape->gzip && !b->gzip)) {
		body_free(b);
		return NULL;
	}
	b->connection = c;
	c->body = b;
	return b;
}

/* libmicrohttpd refuses a header that it sets itself, and one that is there already; neither matters. */
static void add_headers(struct connection *c, struct MHD_Response *response, const char *content_type,
			bool close)
{
	const struct generation *g = c->generation;
	const struct web_pairs *configured = &g->server->web.config->headers;

	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	for (size_t i = 0; i < configured->n; i++)
		if (strcmp(configured->at[i].name, "X-Content-Type-Options") != 0)
			MHD_add_response_header(response, configured->at[i].name, configured->at[i].value);
	if (close || g->retired)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
}

static enum MHD_Result queue(struct connection *c, unsigned status, struct MHD_Response *response)
{
	enum MHD_Result r = MHD_queue_response(c->mhd, status, response);

	MHD_destroy_response(response);
	return r;
}

enum MHD_Result answer_text(struct connection *c, const struct answer_options *options, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	struct MHD_Response *response;

	if (!copy)
		return MHD_NO;
	response = MHD_create_response_from_buffer(strlen(copy), copy, MHD_RESPMEM_MUST_COPY);
	if (!response)
		return MHD_NO;
	add_headers(c, response, options->content_type ? options->content_type : "text/plain; charset=utf-8",
		    options->close);
	if (options->header)
		MHD_add_response_header(response, options->header, options->value);
	return queue(c, options->status, response);
}

static ssize_t no_body(void *context, uint64_t position, char *buf, size_t max)
{
	(void)context;
	(void)position;
	(void)buf;
	(void)max;
	return MHD_CONTENT_READER_END_OF_STREAM;
}

enum MHD_Result answer_scrape(struct connection *c, const struct scrape *scrape,
			      struct collection *collection)
{
	struct MHD_Response *response;
	struct body *body = NULL;

	if (scrape->head_only) {
		/* libmicrohttpd 0.9.75 ends even the chunks that HEAD does not have: so no chunks, and the
		 * connection ends. */
		response =
			MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, no_body, NULL, NULL);
		if (response)
			MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
	} else {
		body = body_new(c, scrape, collection);
		if (!body)
			return MHD_NO;
		response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, body_read, body,
							     body_free);
	}
	if (!response) {
		if (body)
			body_free(body);
		return MHD_NO;
	}
	add_headers(c, response, exposition_content_type(scrape->exposition), false);
	MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding");
	if (scrape->gzip)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	return queue(c, MHD_HTTP_OK, response);
}
