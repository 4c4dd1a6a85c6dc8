/* SPDX-License-Identifier: Apache-2.0 */
#include "tls_names.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

/* What Go 1.19 (that of Debian's promtool) calls secure; it refuses other names. */
static const struct suite_name suites[] = {
	{"TLS_AES_128_GCM_SHA256", "", "AES-128-GCM", "AEAD"},
	{"TLS_AES_256_GCM_SHA384", "", "AES-256-GCM", "AEAD"},
	{"TLS_CHACHA20_POLY1305_SHA256", "", "CHACHA20-POLY1305", "AEAD"},
	{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA", "AES-128-GCM", "AEAD"},
	{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA", "AES-256-GCM", "AEAD"},
	{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA", "CHACHA20-POLY1305", "AEAD"},
	{"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA", "AES-128-CBC", "SHA1"},
	{"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA", "AES-256-CBC", "SHA1"},
	{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA", "AES-128-GCM", "AEAD"},
	{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA", "AES-256-GCM", "AEAD"},
	{"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA", "CHACHA20-POLY1305", "AEAD"},
	{"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA", "AES-128-CBC", "SHA1"},
	{"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA", "AES-256-CBC", "SHA1"},
	{"TLS_RSA_WITH_AES_128_GCM_SHA256", "RSA", "AES-128-GCM", "AEAD"},
	{"TLS_RSA_WITH_AES_256_GCM_SHA384", "RSA", "AES-256-GCM", "AEAD"},
	{"TLS_RSA_WITH_AES_128_CBC_SHA", "RSA", "AES-128-CBC", "SHA1"},
	{"TLS_RSA_WITH_AES_256_CBC_SHA", "RSA", "AES-256-CBC", "SHA1"},
};

static const struct curve_name curves[] = {
	{"CurveP256", "SECP256R1"},
	{"CurveP384", "SECP384R1"},
	{"CurveP521", "SECP521R1"},
	{"X25519", "X25519"},
};

static const struct {
	const char *go;
	const char *gnutls;
} versions[] = {
	[TLS_VERSION_10] = {"TLS10", "VERS-TLS1.0"},
	[TLS_VERSION_11] = {"TLS11", "VERS-TLS1.1"},
	[TLS_VERSION_12] = {"TLS12", "VERS-TLS1.2"},
	[TLS_VERSION_13] = {"TLS13", "VERS-TLS1.3"},
};

static const struct {
	const char *go;
	enum client_auth auth;
} auths[] = {
	{"", CLIENT_AUTH_NONE},
	{"NoClientCert", CLIENT_AUTH_NONE},
	{"RequestClientCert", CLIENT_AUTH_REQUEST},
	{"RequireAnyClientCert", CLIENT_AUTH_REQUIRE_ANY},
	{"RequireClientCert", CLIENT_AUTH_REQUIRE_ANY},
	{"VerifyClientCertIfGiven", CLIENT_AUTH_VERIFY_IF_GIVEN},
	{"RequireAndVerifyClientCert", CLIENT_AUTH_REQUIRE_AND_VERIFY},
};

const struct suite_name *suite_find(const char *go)
{
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++)
		if (strcmp(suites[i].go, go) == 0)
			return &suites[i];
	return NULL;
}

const struct curve_name *curve_find(const char *go)
{
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (strcmp(curves[i].go, go) == 0)
			return &curves[i];
	return NULL;
}

int tls_version_find(const char *go, enum tls_version *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		if (strcmp(versions[i].go, go) == 0) {
			*out = (enum tls_version)i;
			return 0;
		}
	}
	return -EINVAL;
}

int client_auth_find(const char *go, enum client_auth *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(auths); i++) {
		if (strcmp(auths[i].go, go) == 0) {
			*out = auths[i].auth;
			return 0;
		}
	}
	return -EINVAL;
}

static void add_once(struct str *out, const char *sign, const char *name)
{
	_cleanup_str_ struct str word = {0};

	str_printf(&word, ":%s%s", sign, name);
	if (!word.data || !out->data)
		return;
	/* A name may begin another one: only a whole word counts. */
	for (const char *at = out->data; (at = strstr(at, word.data)); at++)
		if (at[word.len] == ':' || at[word.len] == '\0')
			return;
	str_append(out, word.data, word.len);
}

/*
 * Go ignores the list for TLS 1.3, whose three suites are always on; GnuTLS has one list of ciphers for all
 * versions. So the parts of what is listed are allowed, and where TLS 1.3 would have none of its own, its
 * three.
 */
static void add_suites(struct str *out, const struct web_tls *t)
{
	bool has_aead = false;
	bool has_tls12 = false;

	str_add(out, ":-CIPHER-ALL:-MAC-ALL:-KX-ALL");
	for (size_t i = 0; i < t->cipher_suites.n; i++) {
		const struct suite_name *s = suite_find(t->cipher_suites.at[i]);

		add_once(out, "+", s->cipher);
		add_once(out, "+", s->mac);
		if (*s->key_exchange)
			add_once(out, "+", s->key_exchange);
		has_tls12 |= *s->key_exchange != '\0';
		has_aead |= strcmp(s->mac, "AEAD") == 0;
	}
	if (!has_aead && t->max_version == TLS_VERSION_13)
		str_add(out, ":+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:+AEAD");
	if (!has_tls12)
		str_add(out, ":+ECDHE-ECDSA:+ECDHE-RSA"); /* GnuTLS wants a key exchange for TLS 1.3 too */
}

char *tls_priorities(const struct web_tls *t)
{
	_cleanup_str_ struct str out = {0};
	enum tls_version min = t->min_version;

	str_add(&out, "NORMAL:-VERS-ALL");
	for (unsigned v = t->max_version + 1U; v > min; v--)
		str_printf(&out, ":+%s", versions[v - 1].gnutls);
	if (t->cipher_suites.n)
		add_suites(&out, t);
	/* Before TLS 1.2 handshakes are signed with SHA-1, which GnuTLS does not do unasked. */
	if (min <= TLS_VERSION_11)
		str_add(&out, ":+SIGN-RSA-SHA1:+SIGN-ECDSA-SHA1:%VERIFY_ALLOW_SIGN_WITH_SHA1");
	if (t->curve_preferences.n) {
		str_add(&out, ":-GROUP-ALL");
		for (size_t i = 0; i < t->curve_preferences.n; i++)
			str_printf(&out, ":+GROUP-%s", curve_find(t->curve_preferences.at[i])->group);
	}
	if (t->prefer_server_cipher_suites)
		str_add(&out, ":%SERVER_PRECEDENCE");
	return str_steal(&out);
}
