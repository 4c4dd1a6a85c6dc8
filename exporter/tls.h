/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS side of a web configuration: certificates read and checked, and the rules for client certificates.
 */
#pragma once

#include "web_config.h"

#include <gnutls/gnutls.h>

/* What a daemon is started with, and what its connections are checked against. Counted by reference. */
struct tls_settings;

/*
 * Reads the files and checks that they fit together: the chain parses, the key belongs to its first
 * certificate, GnuTLS takes the priorities. 0, -EINVAL, -ENOMEM, or -errno of a file.
 */
int tls_settings_new(const struct web_tls *web, struct tls_settings **out, struct error *err);
struct tls_settings *tls_settings_ref(struct tls_settings *t);
void tls_settings_unref(struct tls_settings *t);

/* PEM and priority strings for libmicrohttpd; they live as long as the settings. */
const char *tls_certificate(const struct tls_settings *t);
const char *tls_key(const struct tls_settings *t);
const char *tls_priority(const struct tls_settings *t);

/*
 * Prepares a server session before its handshake: asks for a client certificate, and checks it in the
 * handshake, so that a refused client gets a TLS alert as Go's server gives one.
 */
void tls_prepare_session(struct tls_settings *t, gnutls_session_t session);
