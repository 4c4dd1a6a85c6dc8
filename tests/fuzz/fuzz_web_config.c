/* SPDX-License-Identifier: Apache-2.0 */
/* The web-config file: parsing, and the priority string that GnuTLS is given. */
#include "tls_names.h"
#include "web_config.h"

#include "base/cleanup.h"

#include <gnutls/gnutls.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *priorities = NULL;
	struct web_config *c = NULL;
	struct error err = {0};
	gnutls_priority_t parsed;

	if (web_config_parse((struct slice){(const char *)data, size}, "/etc/plimsoll", &c, &err) < 0) {
		if (c || err.code >= 0 || !err.cause[0])
			abort();
		return 0;
	}
	for (size_t i = 0; i < c->users.n; i++)
		if (bcrypt_cost(c->users.at[i].value, NULL) < 4)
			abort();
	priorities = tls_priorities(&c->tls);
	if (c->tls_enabled && gnutls_priority_init(&parsed, priorities, NULL) == 0)
		gnutls_priority_deinit(parsed);
	web_config_free(c);
	return 0;
}
