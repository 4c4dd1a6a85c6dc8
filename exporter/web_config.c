/* SPDX-License-Identifier: Apache-2.0 */
#include "web_config.h"

#include "tls_names.h"
#include "yaml_tree.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* libyaml's time grows with the square of some inputs; nobody's configuration is as large as this. */
enum { MAX_BYTES = 256 << 10, MAX_WORDS = 256, MAX_USERS = 1024 };

static int no_memory(struct error *err)
{
	return error_errno(err, -ENOMEM, "", "cannot read the web configuration");
}

/* --- lists --- */

static int words_add(struct words *w, const char *word, struct error *err)
{
	char *copy;
	char **grown;

	if (w->n == MAX_WORDS)
		return error_set(err, -EINVAL, "", "a list has more than %d items", MAX_WORDS);
	grown = realloc(w->at, (w->n + 1) * sizeof(*w->at));
	if (!grown)
		return no_memory(err);
	w->at = grown;
	copy = strdup(word);
	if (!copy)
		return no_memory(err);
	w->at[w->n++] = copy;
	return 0;
}

static void words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->at[i]);
	free(w->at);
	*w = (struct words){0};
}

/* Sets a pair, or replaces its value. */
static int pairs_put(struct web_pairs *p, const char *name, const char *value, struct error *err)
{
	_cleanup_free_ char *copy = strdup(value);
	struct web_pair *grown;
	size_t i = 0;

	if (!copy)
		return no_memory(err);
	while (i < p->n && strcmp(p->at[i].name, name) != 0)
		i++;
	if (i == p->n) {
		grown = realloc(p->at, (p->n + 1) * sizeof(*grown));
		if (!grown)
			return no_memory(err);
		p->at = grown;
		p->at[i] = (struct web_pair){.name = strdup(name)};
		if (!p->at[i].name)
			return no_memory(err);
		p->n++;
	}
	free(p->at[i].value);
	p->at[i].value = TAKE_PTR(copy);
	return 0;
}

static void pairs_free(struct web_pairs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->at[i].name);
		free(p->at[i].value);
	}
	free(p->at);
	*p = (struct web_pairs){0};
}

static int add_suite(void *into, const char *item, struct error *err)
{
	if (!suite_find(item))
		return error_set(err, -EINVAL, "use a name of Go's crypto/tls.CipherSuites",
				 "unknown cipher suite '%s'", item);
	return words_add(into, item, err);
}

static int add_curve(void *into, const char *item, struct error *err)
{
	if (!curve_find(item))
		return error_set(err, -EINVAL, "use CurveP256, CurveP384, CurveP521 or X25519",
				 "unknown curve '%s'", item);
	return words_add(into, item, err);
}

static int add_san(void *into, const char *item, struct error *err)
{
	return words_add(into, item, err);
}

/* A list that is there twice, by way of a merge, is the later one. */
static int read_suites(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err)
{
	words_free(into);
	return yaml_read_items(t, node, add_suite, into, err);
}

static int read_curves(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err)
{
	words_free(into);
	return yaml_read_items(t, node, add_curve, into, err);
}

static int read_sans(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err)
{
	struct web_tls *tls = into;

	tls->has_sans = true;
	words_free(&tls->client_allowed_sans);
	return yaml_read_items(t, node, add_san, &tls->client_allowed_sans, err);
}

/* --- tls_server_config --- */

static int read_version(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err)
{
	const char *name = yaml_scalar(node, err);

	(void)t;
	if (!name)
		return -EINVAL;
	if (tls_version_find(name, into) < 0)
		return yaml_error(node, err, "unknown TLS version '%s' (TLS10, TLS11, TLS12, TLS13)", name);
	return 0;
}

#define TLS_FIELD(name, reader)                               \
	{                                                     \
#name, reader, offsetof(struct web_tls, name) \
	}
static const struct yaml_field tls_fields[] = {
	TLS_FIELD(cert_file, yaml_read_string),
	TLS_FIELD(key_file, yaml_read_string),
	TLS_FIELD(client_ca_file, yaml_read_string),
	TLS_FIELD(cert, yaml_read_string),
	TLS_FIELD(key, yaml_read_string),
	TLS_FIELD(client_ca, yaml_read_string),
	TLS_FIELD(client_auth_type, yaml_read_string),
	TLS_FIELD(cipher_suites, read_suites),
	TLS_FIELD(curve_preferences, read_curves),
	TLS_FIELD(prefer_server_cipher_suites, yaml_read_bool),
	TLS_FIELD(min_version, read_version),
	TLS_FIELD(max_version, read_version),
	{"client_allowed_sans", read_sans, 0},
};

static int read_tls(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err)
{
	struct web_config *c = into;

	return yaml_read_struct(t, node, tls_fields, ARRAY_SIZE(tls_fields), &c->tls, err);
}

/* --- http_server_config --- */

static const struct {
	const char *name;
	const char *values[2]; /* the only ones that are allowed; none: any */
} header_rules[] = {
	{"Content-Security-Policy", {NULL}},
	{"Strict-Transport-Security", {NULL}},
	{"X-Content-Type-Options", {"nosniff"}},
	{"X-Frame-Options", {"deny", "sameorigin"}},
	{"X-XSS-Protection", {NULL}},
};

static int check_header(const char *name, const char *value, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(header_rules); i++) {
		const char *const *allowed = header_rules[i].values;

		if (strcmp(header_rules[i].name, name) != 0)
			continue;
		if (!allowed[0] || strcmp(allowed[0], value) == 0 ||
		    (allowed[1] && strcmp(allowed[1], value) == 0))
			return 0;
		return error_set(err, -EINVAL, "", "'%s' is no value for the header %s: use %s%s%s", value,
				 name, allowed[0], allowed[1] ? " or " : "", allowed[1] ? allowed[1] : "");
	}
	return error_set(err, -EINVAL, "", "the header '%s' can't be configured", name);
}

static int add_header(void *into, const char *name, const char *value, struct error *err)
{
	struct web_config *c = into;
	int r = check_header(name, value, err);

	if (r == 0)
		r = pairs_put(&c->headers, name, value, err);
	/* A header is one line: what would end it becomes a space, as in Go's net/http. */
	for (size_t i = 0; r == 0 && i < c->headers.n; i++)
		for (char *at = c->headers.at[i].value; *at; at++)
			if ((unsigned char)*at < ' ' || *at == 0x7f)
				*at = ' ';
	return r;
}

static int read_headers(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err)
{
	return yaml_read_pairs(t, node, add_header, into, err);
}

static int read_http(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err)
{
	static const struct yaml_field fields[] = {
		{"http2", yaml_read_bool, offsetof(struct web_config, http2)},
		{"headers", read_headers, 0},
	};

	return yaml_read_struct(t, node, fields, ARRAY_SIZE(fields), into, err);
}

/* --- basic_auth_users --- */

int bcrypt_cost(const char *hash, struct error *err)
{
	static const char remedy[] = "make one with: htpasswd -nBC 10 \"\"";
	size_t at;
	int cost;

	if (strlen(hash) < 59)
		return error_set(err, -EINVAL, remedy, "a password's hash is too short to be one of bcrypt");
	if (hash[0] != '$' || hash[1] > '2')
		return error_set(err, -EINVAL, remedy, "a password's hash is not one of bcrypt");
	at = hash[2] == '$' ? 3 : 4;
	if (hash[at] < '0' || hash[at] > '9' || hash[at + 1] < '0' || hash[at + 1] > '9')
		return error_set(err, -EINVAL, remedy, "a bcrypt hash has no cost");
	cost = 10 * (hash[at] - '0') + hash[at + 1] - '0';
	if (cost < 4 || cost > 31)
		return error_set(err, -EINVAL, remedy, "the cost %d of a bcrypt hash is outside 4 to 31",
				 cost);
	return cost;
}

static int add_user(void *into, const char *name, const char *hash, struct error *err)
{
	struct web_config *c = into;
	int r = bcrypt_cost(hash, err);

	if (r < 0)
		return r;
	if (c->users.n == MAX_USERS)
		return error_set(err, -EINVAL, "put a reverse proxy in front", "more than %d users",
				 MAX_USERS);
	return pairs_put(&c->users, name, hash, err);
}

static int read_users(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err)
{
	return yaml_read_pairs(t, node, add_user, into, err);
}

/* --- rate_limit --- */

static int read_interval(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err)
{
	const char *text = yaml_scalar(node, err);

	(void)t;
	if (!text)
		return -EINVAL;
	if (parse_duration(slice_of(text), into) < 0)
		return yaml_error(node, err, "'%s' is not a duration such as 1s or 500ms", text);
	return 0;
}

static int read_burst(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err)
{
	const char *text = yaml_scalar(node, err);

	(void)t;
	if (!text)
		return -EINVAL;
	if (parse_u64(slice_of(text), into) < 0 || *(uint64_t *)into > INT32_MAX)
		return yaml_error(node, err, "'%s' is not a number of requests", text);
	return 0;
}

static int read_rate(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err)
{
	static const struct yaml_field fields[] = {
		{"interval", read_interval, offsetof(struct web_config, rate_interval_ns)},
		{"burst", read_burst, offsetof(struct web_config, rate_burst)},
	};

	return yaml_read_struct(t, node, fields, ARRAY_SIZE(fields), into, err);
}

/* --- the whole --- */

static bool is_set(const char *text)
{
	return text && *text;
}

static int join_path(const char *folder, char **path, struct error *err)
{
	_cleanup_str_ struct str joined = {0};
	char *whole;

	if (!is_set(*path) || (*path)[0] == '/')
		return 0;
	str_printf(&joined, "%s/%s", folder, *path);
	whole = str_steal(&joined);
	if (!whole)
		return no_memory(err);
	free(*path);
	*path = whole;
	return 0;
}

static int check_client_auth(struct web_tls *t, struct error *err)
{
	if (client_auth_find(t->client_auth_type ? t->client_auth_type : "", &t->client_auth) < 0)
		return error_set(err, -EINVAL,
				 "use NoClientCert, RequestClientCert, RequireAnyClientCert, "
				 "VerifyClientCertIfGiven or "
				 "RequireAndVerifyClientCert",
				 "unknown client_auth_type '%s'", t->client_auth_type);
	if ((is_set(t->client_ca_file) || is_set(t->client_ca)) && t->client_auth == CLIENT_AUTH_NONE)
		return error_set(err, -EINVAL, "add client_auth_type: RequireAndVerifyClientCert",
				 "a client CA is there, but client certificates are not asked for");
	if (t->has_sans && t->client_auth != CLIENT_AUTH_REQUIRE_ANY &&
	    t->client_auth != CLIENT_AUTH_REQUIRE_AND_VERIFY)
		return error_set(err, -EINVAL, "add client_auth_type: RequireAndVerifyClientCert",
				 "client_allowed_sans needs a client certificate");
	return 0;
}

static int check_tls(struct web_config *c, struct error *err)
{
	struct web_tls *t = &c->tls;

	c->tls_enabled = is_set(t->cert_file) || is_set(t->cert) || is_set(t->key_file) || is_set(t->key) ||
			 is_set(t->client_ca_file) || is_set(t->client_ca) || is_set(t->client_auth_type);
	if (!c->tls_enabled)
		return 0;
	if (!is_set(t->cert_file) && !is_set(t->cert))
		return error_set(err, -EINVAL, "add it to tls_server_config",
				 "cert_file (or cert) is missing");
	if (!is_set(t->key_file) && !is_set(t->key))
		return error_set(err, -EINVAL, "add it to tls_server_config", "key_file (or key) is missing");
	if (t->min_version > t->max_version)
		return error_set(err, -EINVAL, "",
				 "min_version is above max_version: no client could connect");
	return check_client_auth(t, err);
}

static int read_config(struct yaml_tree *t, const char *folder, struct web_config *c, struct error *err)
{
	static const struct yaml_field fields[] = {
		{"tls_server_config", read_tls, 0},
		{"http_server_config", read_http, 0},
		{"basic_auth_users", read_users, 0},
		{"rate_limit", read_rate, 0},
	};
	char **paths[] = {&c->tls.cert_file, &c->tls.key_file, &c->tls.client_ca_file};
	int r = 0;

	/* A file with nothing but comments, or null, asks for nothing. */
	if (t->root && !yaml_is_null(t->root))
		r = yaml_read_struct(t, t->root, fields, ARRAY_SIZE(fields), c, err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(paths); i++)
		r = join_path(folder, paths[i], err);
	if (r == 0)
		r = check_tls(c, err);
	if (r == 0 && c->rate_interval_ns && c->rate_burst == 0)
		r = error_set(err, -EINVAL, "add a burst of at least 1",
			      "rate_limit without a burst would refuse every request");
	return r;
}

int web_config_parse(struct slice text, const char *folder, struct web_config **out, struct error *err)
{
	struct yaml_tree tree = {0};
	struct web_config *c;
	int r;

	if (text.len > MAX_BYTES)
		return error_set(err, -EFBIG, "", "the file is larger than %d KB", MAX_BYTES >> 10);
	c = calloc(1, sizeof(*c));
	if (!c)
		return no_memory(err);
	c->http2 = true;
	c->tls.prefer_server_cipher_suites = true;
	c->tls.min_version = TLS_VERSION_12;
	c->tls.max_version = TLS_VERSION_13;
	r = yaml_tree_load(text, &tree, err);
	if (r == 0) {
		r = read_config(&tree, folder, c, err);
		yaml_tree_free(&tree);
	}
	if (r < 0) {
		web_config_free(c);
		return r;
	}
	*out = c;
	return 0;
}

int web_config_load(const char *path, struct web_config **out, struct error *err)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *folder = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
	struct error cause = {0};
	char *text;
	size_t len;
	int r;

	if (!folder)
		return no_memory(err);
	r = fs_read_file(AT_FDCWD, path, MAX_BYTES, &text, &len);
	if (r < 0)
		return error_errno(err, r, "check --web.config.file, and who may read it", "cannot read '%s'",
				   path);
	r = web_config_parse((struct slice){text, len}, folder, out, &cause);
	explicit_bzero(text, len);
	free(text);
	return r < 0 ? error_set(err, r, cause.remedy, "'%s': %s", path, cause.cause) : 0;
}

void web_config_free(struct web_config *c)
{
	if (!c)
		return;
	if (c->tls.key)
		explicit_bzero(c->tls.key, strlen(c->tls.key));
	char *strings[] = {c->tls.cert_file, c->tls.key_file,  c->tls.client_ca_file,  c->tls.cert,
			   c->tls.key,	     c->tls.client_ca, c->tls.client_auth_type};

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		free(strings[i]);
	words_free(&c->tls.cipher_suites);
	words_free(&c->tls.curve_preferences);
	words_free(&c->tls.client_allowed_sans);
	pairs_free(&c->users);
	pairs_free(&c->headers);
	free(c);
}
