/* SPDX-License-Identifier: Apache-2.0 */
/* Go's names of TLS versions, cipher suites and curves, in GnuTLS' terms. */
#pragma once

#include "web_config.h"

/* One of crypto/tls.CipherSuites(). GnuTLS composes suites of their parts. */
struct suite_name {
	const char *go;
	const char *key_exchange; /* "" for TLS 1.3 */
	const char *cipher;
	const char *mac;
};

struct curve_name {
	const char *go;
	const char *group;
};

const struct suite_name *suite_find(const char *go);
const struct curve_name *curve_find(const char *go);

/* "TLS10" … "TLS13". 0 or -EINVAL. */
int tls_version_find(const char *go, enum tls_version *out);

/* "NoClientCert", … ; "RequireClientCert" is what older files say for RequireAnyClientCert. 0 or -EINVAL. */
int client_auth_find(const char *go, enum client_auth *out);

/* A GnuTLS priority string (gnutls_priority_init(3)); NULL where memory is short. */
char *tls_priorities(const struct web_tls *t);
