/* SPDX-License-Identifier: Apache-2.0 */
/* Names: of machines, of other containers whose namespaces are shared. */
#include "base/cleanup.h"
#include "base/str.h"
#include "runtime/value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static const char modes[][10] = {
	[VALUE_MODE_PRIVATE] = "private",
	[VALUE_MODE_HOST] = "host",
	[VALUE_MODE_NONE] = "none",
	[VALUE_MODE_SHAREABLE] = "shareable",
};

static int refuse_mode(const char *flag, const char *text, uint32_t allowed, struct error *err)
{
	_cleanup_str_ struct str remedy = {0};

	str_add(&remedy, "it takes ");
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (allowed >> i & 1)
			str_printf(&remedy, "%s%s", remedy.len > 9 ? ", " : "", modes[i]);
	if (allowed >> VALUE_MODE_CONTAINER & 1)
		str_add(&remedy, " or container:NAME");
	return error_set(err, -EINVAL, remedy.data, "'--%s' cannot be '%s'", flag, text);
}

int value_mode(const char *flag, const char *text, uint32_t allowed, struct value_mode *out,
	       struct error *err)
{
	for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
		if (allowed >> i & 1 && strcmp(modes[i], text) == 0) {
			*out = (struct value_mode){.kind = (enum value_mode_kind)i};
			return 0;
		}
	}
	if (allowed >> VALUE_MODE_CONTAINER & 1 && strncmp(text, "container:", 10) == 0 && text[10]) {
		*out = (struct value_mode){VALUE_MODE_CONTAINER, text + 10};
		return 0;
	}
	return refuse_mode(flag, text, allowed, err);
}

int value_hostname(const char *flag, const char *text, struct error *err)
{
	size_t len = strlen(text);

	if (len == 0 || len > 64 ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") != len ||
	    text[0] == '-' || text[0] == '.')
		return error_set(err, -EINVAL, "it takes at most 64 letters, digits, '-' and '.'",
				 "'--%s' cannot be '%s'", flag, text);
	return 0;
}

static bool is_address(const char *text)
{
	unsigned char binary[16];

	return inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1;
}

int value_address(const char *flag, const char *text, struct error *err)
{
	if (is_address(text))
		return 0;
	return error_set(err, -EINVAL, "it takes an address such as 192.0.2.1 or 2001:db8::1",
			 "'--%s' cannot be '%s'", flag, text);
}

int value_add_host(const char *text, struct str *hosts, struct error *err)
{
	size_t len = strcspn(text, ":=");
	const char *value = text[len] ? text + len + 1 : "";
	size_t size = strlen(value);
	char address[64];

	if (strcmp(value, "host-gateway") == 0)
		return error_set(err, -EOPNOTSUPP, "write the address itself",
				 "'--add-host' has no host-gateway: bridges come in a later version");
	if (size > 2 && value[0] == '[' && value[size - 1] == ']') {
		value++;
		size -= 2;
	}
	if (len == 0 || len > 253 || size >= sizeof(address) ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") != len)
		return error_set(err, -EINVAL, "write NAME:ADDRESS, such as db:192.0.2.1",
				 "'--add-host' cannot be '%s'", text);
	memcpy(address, value, size);
	address[size] = '\0';
	if (!is_address(address))
		return error_set(err, -EINVAL, "write NAME:ADDRESS, such as db:192.0.2.1",
				 "'--add-host': '%s' is no address", address);
	str_printf(hosts, "%s\t%.*s\n", address, (int)len, text);
	return 0;
}
