/* SPDX-License-Identifier: Apache-2.0 */
/* The web-config file of Prometheus' exporter-toolkit (docs/web-configuration.md there): its text, checked.
 */
#pragma once

#include "base/error.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct words {
	char **at;
	size_t n;
};

enum tls_version { TLS_VERSION_10, TLS_VERSION_11, TLS_VERSION_12, TLS_VERSION_13 };

/* Go's crypto/tls ClientAuthType, in its order. */
enum client_auth {
	CLIENT_AUTH_NONE,
	CLIENT_AUTH_REQUEST,
	CLIENT_AUTH_REQUIRE_ANY,
	CLIENT_AUTH_VERIFY_IF_GIVEN,
	CLIENT_AUTH_REQUIRE_AND_VERIFY,
};

/* tls_server_config. Strings are NULL or "" where they are not set. A file goes before its inline twin. */
struct web_tls {
	char *cert_file;
	char *key_file;
	char *client_ca_file;
	char *cert;
	char *key;
	char *client_ca;
	char *client_auth_type;
	struct words cipher_suites; /* Go's names, known ones only */
	struct words curve_preferences;
	struct words client_allowed_sans;
	bool has_sans; /* client_allowed_sans is there, even if empty: then nobody is let in */
	bool prefer_server_cipher_suites;
	enum tls_version min_version;
	enum tls_version max_version;
	enum client_auth client_auth; /* what client_auth_type means */
};

struct web_pair {
	char *name;
	char *value;
};

struct web_pairs {
	struct web_pair *at;
	size_t n;
};

struct web_config {
	struct web_tls tls;
	bool tls_enabled;
	bool http2;		/* accepted and ignored: libmicrohttpd speaks HTTP/1.1 */
	struct web_pairs users; /* name → bcrypt hash of the right form: see bcrypt_cost */
	struct web_pairs headers;
	uint64_t rate_interval_ns; /* 0 = no limit */
	uint64_t rate_burst;
};

/*
 * Parses and checks; relative paths are joined to `folder`. Files that it names are not read here (tls.h
 * does). 0, -EINVAL with line and reason, -ENOMEM.
 */
int web_config_parse(struct slice text, const char *folder, struct web_config **out, struct error *err);

/* Reads and parses a file of at most 256 KB. 0 or -errno. */
int web_config_load(const char *path, struct web_config **out, struct error *err);
void web_config_free(struct web_config *c);

/* The cost of a bcrypt hash as Go's golang.org/x/crypto/bcrypt takes it apart (4…31), or -EINVAL with the
 * reason. */
int bcrypt_cost(const char *hash, struct error *err);
