/* SPDX-License-Identifier: Apache-2.0 */
#include "server_private.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>

static void look(const char *path, struct watched *w)
{
	struct stat st;

	*w = (struct watched){0};
	if (!path || stat(path, &st) < 0)
		return;
	*w = (struct watched){.dev = st.st_dev,
			      .ino = st.st_ino,
			      .size = st.st_size,
			      .modified = st.st_mtim,
			      .changed = st.st_ctim};
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool looks_the_same(const struct watched *a, const struct watched *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       same_time(a->modified, b->modified) && same_time(a->changed, b->changed);
}

/* Looks at every file as it is now. True where one differs from what was seen last. */
static bool look_again(struct web *w)
{
	bool changed = false;

	for (size_t i = 0; i < WATCHED__COUNT; i++) {
		struct watched now;

		look(w->paths[i], &now);
		changed |= !looks_the_same(&now, &w->seen[i]);
		w->seen[i] = now;
	}
	return changed;
}

static void watch(struct web *w, size_t which, const char *path)
{
	char *copy = path && *path ? strdup(path) : NULL;

	free(w->paths[which]);
	w->paths[which] = copy;
	look(copy, &w->seen[which]);
}

/* The files of the configuration that was tried last: if it failed for one of them, a change there is a new
 * try. */
static void watch_files(struct web *w, const struct web_config *c)
{
	watch(w, WATCHED_CERT, c->tls.cert_file);
	watch(w, WATCHED_KEY, c->tls.key_file);
	watch(w, WATCHED_CA, c->tls.client_ca_file);
}

/* TLS settings of a configuration, NULL for plain HTTP; an error names the configuration's file. */
static int make_tls(const struct server *s, const struct web_config *c, struct tls_settings **out,
		    struct error *err)
{
	struct error cause = {0};
	int r;

	if (!c->tls_enabled)
		return 0;
	r = tls_settings_new(&c->tls, out, &cause);
	return r < 0 ? error_set(err, r, cause.remedy, "'%s': %s", s->options.config_file, cause.cause) : 0;
}

/* Puts a configuration in force, or leaves all as it was. Takes it over. */
static int apply(struct server *s, struct web_config *c, struct error *err)
{
	struct web *w = &s->web;
	struct tls_settings *tls = NULL;
	int r = make_tls(s, c, &tls, err);

	if (r == 0 && (!s->generations || tls || s->generations->tls))
		r = generation_start(s, tls, err);
	tls_settings_unref(tls);
	if (r < 0) {
		web_config_free(c);
		return r;
	}
	if (!w->config || w->config->rate_interval_ns != c->rate_interval_ns ||
	    w->config->rate_burst != c->rate_burst)
		bucket_init(&w->bucket, c->rate_interval_ns, c->rate_burst, s->now_ns);
	web_config_free(w->config);
	w->config = c;
	auth_forget(s->auth);
	return 0;
}

/* What is watched is looked at before it is read: a change in between is seen at the next look. */
static int load(struct server *s, struct error *err)
{
	struct web_config *c;
	int r;

	look_again(&s->web);
	r = web_config_load(s->web.paths[WATCHED_CONFIG], &c, err);
	if (r < 0)
		return r;
	watch_files(&s->web, c);
	return apply(s, c, err);
}

int web_open(struct server *s, struct error *err)
{
	struct web_config *empty;
	int r;

	s->web.looked_ns = s->now_ns;
	if (s->options.config_file) {
		s->metrics.has_web_config = true;
		watch(&s->web, WATCHED_CONFIG, s->options.config_file);
		return s->web.paths[WATCHED_CONFIG]
			       ? load(s, err)
			       : error_set(err, -EINVAL, "", "the web-config file has no name");
	}
	r = web_config_parse((struct slice){"", 0}, ".", &empty, err);
	return r < 0 ? r : apply(s, empty, err);
}

void web_refresh(struct server *s)
{
	struct error err = {0};

	if (!s->options.config_file || s->now_ns - s->web.looked_ns < NSEC_PER_SEC)
		return;
	s->web.looked_ns = s->now_ns;
	if (!look_again(&s->web))
		return;
	if (load(s, &err) < 0) {
		s->metrics.reload_failed = true;
		logger_say(&s->logger, LOG_LEVEL_ERROR, "the changed web-config file is not used", "file",
			   s->options.config_file, "reason", err.cause, "remedy",
			   err.remedy[0] ? err.remedy : NULL, NULL);
		return;
	}
	s->metrics.reload_failed = false;
	s->metrics.reloads++;
	logger_say(&s->logger, LOG_LEVEL_INFO, "web-config file read again", "file", s->options.config_file,
		   "tls", s->web.config->tls_enabled ? "on" : "off", NULL);
}

void web_close(struct web *w)
{
	web_config_free(w->config);
	w->config = NULL;
	for (size_t i = 0; i < WATCHED__COUNT; i++) {
		free(w->paths[i]);
		w->paths[i] = NULL;
	}
}
