/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/capability.h"

#include "base/fs.h"
#include "base/parse.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>

#define BIT(name) (UINT64_C(1) << CAP_##name)

enum {
#define CAPABILITY(name) NUMBER_##name,
#include "capability.def"
#undef CAPABILITY
	COUNT
};

#define CAPABILITY(name) _Static_assert(NUMBER_##name == CAP_##name, "capability.def is in order");
#include "capability.def"
#undef CAPABILITY

/* Texts rather than pointers: no relocation. */
static const char names[COUNT][24] = {
#define CAPABILITY(name) "CAP_" #name,
#include "capability.def"
#undef CAPABILITY
};

const uint64_t capability_defaults = BIT(CHOWN) | BIT(DAC_OVERRIDE) | BIT(FSETID) | BIT(FOWNER) | BIT(MKNOD) |
				     BIT(NET_RAW) | BIT(SETGID) | BIT(SETUID) | BIT(SETFCAP) | BIT(SETPCAP) |
				     BIT(NET_BIND_SERVICE) | BIT(SYS_CHROOT) | BIT(KILL) | BIT(AUDIT_WRITE);

static const char *without_prefix(const char *name)
{
	return strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;
}

int capability_find(const char *name)
{
	name = without_prefix(name);
	for (int i = 0; i < COUNT; i++)
		if (strcasecmp(names[i] + 4, name) == 0)
			return i;
	return -1;
}

const char *capability_name(unsigned number)
{
	return number < COUNT ? names[number] : NULL;
}

uint64_t capability_all(void)
{
	_cleanup_free_ char *text = NULL;
	uint64_t last = COUNT - 1;
	uint64_t read;
	struct slice rest;
	struct slice line;
	size_t len;

	if (fs_read_file(AT_FDCWD, "/proc/sys/kernel/cap_last_cap", 64, &text, &len) == 0) {
		rest = (struct slice){text, len};
		if (next_line(&rest, &line) && parse_u64(line, &read) == 0 && read < last)
			last = read;
	}
	return (UINT64_C(2) << last) - 1;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* How many letters must be changed, put in or taken out; the names are 24 bytes at most. */
static size_t distance(const char *word, const char *name)
{
	size_t row[sizeof(names[0]) + 1];
	size_t n = strlen(name);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; word[i]; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			size_t above = row[j + 1];
			bool other = toupper((unsigned char)word[i]) != name[j];

			row[j + 1] = smallest(above + 1, row[j] + 1, corner + other);
			corner = above;
		}
	}
	return row[n];
}

static int refuse(const char *name, struct error *err)
{
	const char *word = without_prefix(name);
	const char *nearest = NULL;
	size_t best = 4;
	char remedy[64];

	for (size_t i = 0; i < COUNT && strlen(word) < sizeof(names[0]); i++) {
		size_t d = distance(word, names[i] + 4);

		if (d < best && d < strlen(word)) {
			best = d;
			nearest = names[i] + 4;
		}
	}
	if (!nearest)
		return error_set(err, -EINVAL, "capabilities(7) has their names; ALL is all of them",
				 "there is no capability '%s'", name);
	snprintf(remedy, sizeof(remedy), "did you mean %s?", nearest);
	return error_set(err, -EINVAL, remedy, "there is no capability '%s'", name);
}

struct wish {
	uint64_t set;
	bool all;
};

static int read_wish(const struct spec_texts *texts, struct wish *out, struct error *err)
{
	struct wish wish = {0};

	for (size_t i = 0; texts && i < texts->n; i++) {
		int number = capability_find(texts->at[i]);

		if (strcasecmp(texts->at[i], "ALL") == 0)
			wish.all = true;
		else if (number < 0)
			return refuse(texts->at[i], err);
		else
			wish.set |= UINT64_C(1) << number;
	}
	*out = wish;
	return 0;
}

int capability_adjust(uint64_t *set, const struct spec_texts *add, const struct spec_texts *drop,
		      struct error *err)
{
	struct wish more = {0};
	struct wish less = {0};
	int r = read_wish(add, &more, err);

	if (r == 0)
		r = read_wish(drop, &less, err);
	if (r < 0)
		return r;
	if (more.all)
		*set = capability_all() & ~less.set;
	else if (less.all)
		*set = more.set;
	else
		*set = (*set & ~less.set) | more.set;
	return 0;
}
