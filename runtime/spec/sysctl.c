/* SPDX-License-Identifier: Apache-2.0 */
#include "sysctl.h"

#include <stdint.h>
#include <string.h>

/* No pointers: no relocations. One that ends with a dot stands for all below it. */
static const struct {
	char name[24];
	uint8_t owner;
} rows[] = {
	{"net.", SPEC_NS_NETWORK},	    {"fs.mqueue.", SPEC_NS_IPC},
	{"kernel.msgmax", SPEC_NS_IPC},	    {"kernel.msgmnb", SPEC_NS_IPC},
	{"kernel.msgmni", SPEC_NS_IPC},	    {"kernel.sem", SPEC_NS_IPC},
	{"kernel.shmall", SPEC_NS_IPC},	    {"kernel.shmmax", SPEC_NS_IPC},
	{"kernel.shmmni", SPEC_NS_IPC},	    {"kernel.shm_rmid_forced", SPEC_NS_IPC},
	{"kernel.domainname", SPEC_NS_UTS},
};

static char swapped(char c)
{
	return (char)(c == '/' ? '.' : c == '.' ? '/' : c);
}

static bool is_row(const char *key, const char *name)
{
	bool slashes = key[strcspn(key, "./")] == '/';
	size_t i = 0;

	for (; name[i]; i++)
		if ((slashes ? swapped(key[i]) : key[i]) != name[i])
			return false;
	return name[i - 1] == '.' ? key[i] != '\0' : key[i] == '\0';
}

enum spec_namespace sysctl_owner(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (is_row(key, rows[i].name))
			return (enum spec_namespace)rows[i].owner;
	return SPEC_NS__COUNT;
}

bool sysctl_is_name(const char *key)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/@:";

	/* "//" too: with dots between the parts a slash is written to the path as a dot */
	return *key && *key != '.' && *key != '/' && !key[strspn(key, plain)] && !strstr(key, "..") &&
	       !strstr(key, "//");
}
