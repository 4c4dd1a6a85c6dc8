/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

#include "tls_names.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <string.h>

enum { MAX_PEM_BYTES = 4 << 20 };

struct tls_settings {
	unsigned references;
	char *certificate;
	char *key;
	char *priority;
	enum client_auth client_auth;
	gnutls_x509_trust_list_t trust; /* NULL where nothing is verified */
	struct words sans;
	bool has_sans;
};

static int gnutls_error(struct error *err, int code, const char *what)
{
	return error_set(err, code == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : -EINVAL, "", "%s: %s", what,
			 gnutls_strerror(code));
}

/* The text of a file, or a copy of what stands in the configuration itself. */
static int read_pem(const char *file, const char *text, const char *field, char **out, struct error *err)
{
	int r;

	if (file && *file) {
		r = fs_read_file(AT_FDCWD, file, MAX_PEM_BYTES, out, NULL);
		return r < 0 ? error_errno(err, r, "check the path, and who may read it",
					   "cannot read %s_file '%s'", field, file)
			     : 0;
	}
	*out = strdup(text ? text : "");
	return *out ? 0 : error_errno(err, -ENOMEM, "", "cannot read %s", field);
}

static gnutls_datum_t datum_of(char *text)
{
	return (gnutls_datum_t){.data = (unsigned char *)text, .size = (unsigned)strlen(text)};
}

static int key_id_of_certificate(const struct tls_settings *t, unsigned char *id, size_t *len,
				 struct error *err)
{
	gnutls_datum_t pem = datum_of(t->certificate);
	gnutls_x509_crt_t *chain = NULL;
	unsigned n = 0;
	int r = gnutls_x509_crt_list_import2(&chain, &n, &pem, GNUTLS_X509_FMT_PEM, 0);

	if (r < 0)
		return gnutls_error(err, r, "the certificate is not PEM");
	r = gnutls_x509_crt_get_key_id(chain[0], 0, id, len);
	for (unsigned i = 0; i < n; i++)
		gnutls_x509_crt_deinit(chain[i]);
	gnutls_free(chain);
	return r < 0 ? gnutls_error(err, r, "the certificate is broken") : 0;
}

static int key_id_of_key(const struct tls_settings *t, unsigned char *id, size_t *len, struct error *err)
{
	gnutls_datum_t pem = datum_of(t->key);
	gnutls_x509_privkey_t key;
	int r = gnutls_x509_privkey_init(&key);

	if (r < 0)
		return gnutls_error(err, r, "cannot read the key");
	r = gnutls_x509_privkey_import2(key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (r == 0)
		r = gnutls_x509_privkey_get_key_id(key, 0, id, len);
	gnutls_x509_privkey_deinit(key);
	return r < 0 ? gnutls_error(err, r, "the key is not PEM without a password") : 0;
}

static int check_key_pair(const struct tls_settings *t, struct error *err)
{
	unsigned char of_certificate[64];
	unsigned char of_key[64];
	size_t certificate_len = sizeof(of_certificate);
	size_t key_len = sizeof(of_key);
	int r = key_id_of_certificate(t, of_certificate, &certificate_len, err);

	if (r == 0)
		r = key_id_of_key(t, of_key, &key_len, err);
	if (r < 0)
		return r;
	if (certificate_len != key_len || memcmp(of_certificate, of_key, key_len) != 0)
		return error_set(err, -EINVAL, "name the key that the certificate was made for",
				 "the key does not belong to the certificate");
	return 0;
}

static int check_priority(const struct tls_settings *t, struct error *err)
{
	gnutls_priority_t cache;
	const char *where = "";
	int r = gnutls_priority_init(&cache, t->priority, &where);

	if (r < 0)
		return error_set(err, -EINVAL, "choose other versions, cipher suites or curves",
				 "GnuTLS can't do what tls_server_config asks for, at '%s': %s", where,
				 gnutls_strerror(r));
	gnutls_priority_deinit(cache);
	return 0;
}

static bool verifies(enum client_auth auth)
{
	return auth == CLIENT_AUTH_VERIFY_IF_GIVEN || auth == CLIENT_AUTH_REQUIRE_AND_VERIFY;
}

/* As Go does it: the named CAs, or those of the system where none are named. A file with no certificate
 * trusts nobody. */
static int load_trust(struct tls_settings *t, const struct web_tls *web, struct error *err)
{
	bool named = (web->client_ca_file && *web->client_ca_file) || (web->client_ca && *web->client_ca);
	_cleanup_free_ char *pem = NULL;
	gnutls_datum_t data;
	int r = 0;

	if (named) {
		r = read_pem(web->client_ca_file, web->client_ca, "client_ca", &pem, err);
		if (r < 0)
			return r;
	}
	if (!verifies(t->client_auth))
		return 0;
	r = gnutls_x509_trust_list_init(&t->trust, 0);
	if (r < 0)
		return gnutls_error(err, r, "cannot read the client CAs");
	if (!named) {
		r = gnutls_x509_trust_list_add_system_trust(t->trust, 0, 0);
		return r < 0 ? gnutls_error(err, r, "cannot read the system's CAs") : 0;
	}
	data = datum_of(pem);
	(void)gnutls_x509_trust_list_add_trust_mem(t->trust, &data, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
	return 0;
}

static int copy_sans(struct tls_settings *t, const struct web_tls *web, struct error *err)
{
	t->has_sans = web->has_sans;
	t->sans.at = calloc(web->client_allowed_sans.n + 1, sizeof(*t->sans.at));
	if (!t->sans.at)
		return error_errno(err, -ENOMEM, "", "cannot read client_allowed_sans");
	for (size_t i = 0; i < web->client_allowed_sans.n; i++) {
		t->sans.at[i] = strdup(web->client_allowed_sans.at[i]);
		if (!t->sans.at[i])
			return error_errno(err, -ENOMEM, "", "cannot read client_allowed_sans");
		t->sans.n++;
	}
	return 0;
}

int tls_settings_new(const struct web_tls *web, struct tls_settings **out, struct error *err)
{
	struct tls_settings *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return error_errno(err, -ENOMEM, "", "cannot set up TLS");
	t->references = 1;
	t->client_auth = web->client_auth;
	r = read_pem(web->cert_file, web->cert, "cert", &t->certificate, err);
	if (r == 0)
		r = read_pem(web->key_file, web->key, "key", &t->key, err);
	if (r == 0)
		r = check_key_pair(t, err);
	if (r == 0) {
		t->priority = tls_priorities(web);
		r = t->priority ? check_priority(t, err) : error_errno(err, -ENOMEM, "", "cannot set up TLS");
	}
	if (r == 0)
		r = load_trust(t, web, err);
	if (r == 0)
		r = copy_sans(t, web, err);
	if (r < 0) {
		tls_settings_unref(t);
		return r;
	}
	*out = t;
	return 0;
}

struct tls_settings *tls_settings_ref(struct tls_settings *t)
{
	if (t)
		t->references++;
	return t;
}

void tls_settings_unref(struct tls_settings *t)
{
	if (!t || --t->references)
		return;
	if (t->key)
		explicit_bzero(t->key, strlen(t->key));
	free(t->key);
	free(t->certificate);
	free(t->priority);
	if (t->trust)
		gnutls_x509_trust_list_deinit(t->trust, 1);
	for (size_t i = 0; i < t->sans.n; i++)
		free(t->sans.at[i]);
	free(t->sans.at);
	free(t);
}

const char *tls_certificate(const struct tls_settings *t)
{
	return t->certificate;
}

const char *tls_key(const struct tls_settings *t)
{
	return t->key;
}

const char *tls_priority(const struct tls_settings *t)
{
	return t->priority;
}

/* --- client certificates, in the handshake --- */

static bool san_is_allowed(const struct tls_settings *t, unsigned type, const unsigned char *value,
			   size_t len)
{
	char text[INET6_ADDRSTRLEN];

	if (type == GNUTLS_SAN_IPADDRESS) {
		if ((len != 4 && len != 16) ||
		    !inet_ntop(len == 4 ? AF_INET : AF_INET6, value, text, sizeof(text)))
			return false;
		value = (const unsigned char *)text;
		len = strlen(text);
	} else if (type != GNUTLS_SAN_DNSNAME && type != GNUTLS_SAN_RFC822NAME && type != GNUTLS_SAN_URI) {
		return false;
	}
	for (size_t i = 0; i < t->sans.n; i++)
		if (strlen(t->sans.at[i]) == len && memcmp(t->sans.at[i], value, len) == 0)
			return true;
	return false;
}

static bool has_allowed_san(const struct tls_settings *t, gnutls_x509_crt_t certificate)
{
	for (unsigned i = 0;; i++) {
		unsigned char value[1024];
		size_t len = sizeof(value);
		unsigned type;
		int r = gnutls_x509_crt_get_subject_alt_name2(certificate, i, value, &len, &type, NULL);

		if (r == GNUTLS_E_SHORT_MEMORY_BUFFER)
			continue;
		if (r < 0)
			return false;
		if (san_is_allowed(t, type, value, len))
			return true;
	}
}

static int verify_chain(const struct tls_settings *t, gnutls_x509_crt_t *chain, unsigned n)
{
	char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
	gnutls_typed_vdata_st data = {.type = GNUTLS_DT_KEY_PURPOSE_OID, .data = (unsigned char *)purpose};
	unsigned status = 0;
	int r = gnutls_x509_trust_list_verify_crt2(t->trust, chain, n, &data, 1, 0, &status, NULL);

	return r < 0 || status != 0 ? -1 : 0;
}

/*
 * Called by GnuTLS with what the client sent. The session's pointer belongs to libmicrohttpd (since 0.9.72),
 * so the settings travel in the database pointer, which a server without session tickets has no use for.
 */
static int check_client(gnutls_session_t session)
{
	const struct tls_settings *t = gnutls_db_get_ptr(session);
	unsigned n = 0;
	const gnutls_datum_t *sent = gnutls_certificate_get_peers(session, &n);
	gnutls_x509_crt_t chain[16];
	unsigned parsed = 0;
	int r = 0;

	if (!sent || n == 0) /* GnuTLS itself refuses this where one is required */
		return t->has_sans ? -1 : 0;
	for (; r == 0 && parsed < n; parsed++) {
		r = parsed == ARRAY_SIZE(chain) ? -1 : gnutls_x509_crt_init(&chain[parsed]);
		if (r < 0)
			break;
		r = gnutls_x509_crt_import(chain[parsed], &sent[parsed], GNUTLS_X509_FMT_DER);
	}
	if (r == 0 && t->has_sans && !has_allowed_san(t, chain[0]))
		r = -1;
	if (r == 0 && t->trust)
		r = verify_chain(t, chain, n);
	while (parsed--)
		gnutls_x509_crt_deinit(chain[parsed]);
	return r;
}

void tls_prepare_session(struct tls_settings *t, gnutls_session_t session)
{
	if (t->client_auth == CLIENT_AUTH_NONE)
		return;
	gnutls_db_set_ptr(session, t);
	gnutls_session_set_verify_function(session, check_client);
	gnutls_certificate_server_set_request(session,
					      t->client_auth == CLIENT_AUTH_REQUIRE_ANY ||
							      t->client_auth == CLIENT_AUTH_REQUIRE_AND_VERIFY
						      ? GNUTLS_CERT_REQUIRE
						      : GNUTLS_CERT_REQUEST);
}
