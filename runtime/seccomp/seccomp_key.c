/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp_key.h"

#include "seccomp_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* "6.1" of "6.1.0-44-amd64": profiles ask for no more. */
static size_t release_length(const char *release)
{
	size_t n = strspn(release, "0123456789");

	if (release[n] == '.')
		n += 1 + strspn(release + n + 1, "0123456789");
	return n;
}

int seccomp_key(struct str *key, const struct spec *spec, uint64_t bounding, struct error *err)
{
	struct utsname host;
	const char *profile = spec->linux_.seccomp_profile;

	if (uname(&host) < 0)
		return error_errno(err, -errno, "", "cannot ask for the kernel's release");
	str_printf(key, SECCOMP_KEY_FIRST "%s\narch %s\nkernel %.*s\ncapabilities %016" PRIx64 "\n",
		   SECCOMP_REVISION, host.machine, (int)release_length(host.release), host.release, bounding);
	if (spec->linux_.seccomp == SPEC_SECCOMP_PROFILE) {
		if (!profile || strlen(profile) > SECCOMP_KEY_MAX / 2)
			return error_set(err, -EINVAL, "give a profile of at most 2 MiB",
					 "the seccomp profile is %s", profile ? "too long" : "missing");
		str_add(key, "profile json\n");
		str_add(key, profile);
	} else {
		str_add(key, "profile default\n");
	}
	return key->failed ? error_errno(err, -ENOMEM, "", "cannot make the seccomp filter's key") : 0;
}

/* Two sums with different starts; zeros fill up the last word. */
void seccomp_key_name(const struct str *key, char name[static SECCOMP_NAME_SIZE])
{
	size_t whole = key->len & ~(size_t)7;
	uint64_t last[2] = {0, key->len};
	uint64_t first = seccomp_file_checksum(key->data, whole);
	uint64_t second;

	memcpy(last, key->data + whole, key->len - whole);
	first ^= seccomp_file_checksum(last, sizeof(last));
	last[1] = first;
	second = seccomp_file_checksum(last, sizeof(last));
	snprintf(name, SECCOMP_NAME_SIZE, "%016" PRIx64 "%016" PRIx64, first, second);
}
