/* SPDX-License-Identifier: Apache-2.0 */
/* A host of a few paths, for what flags ask of one. */
#pragma once

#include "runtime/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

struct fake_path {
	const char *path;
	mode_t mode;
	unsigned major, minor;
	const char *text;
};

static const struct fake_path fake_paths[] = {
	{.path = "/", .mode = S_IFDIR | 0755},
	{.path = "/src", .mode = S_IFDIR | 0755},
	{.path = "/src/file", .mode = S_IFREG | 0644},
	{.path = "/home/me/./here", .mode = S_IFDIR | 0755},
	{.path = "/dev", .mode = S_IFDIR | 0755},
	{.path = "/dev/null", .mode = S_IFCHR | 0666, .major = 1, .minor = 3},
	{.path = "/dev/tty", .mode = S_IFCHR | 0666, .major = 5, .minor = 0},
	{.path = "/dev/fuse", .mode = S_IFCHR | 0666, .major = 10, .minor = 229},
	{.path = "/dev/sda", .mode = S_IFBLK | 0660, .major = 8, .minor = 0},
	{.path = "/dev/sda1", .mode = S_IFBLK | 0660, .major = 8, .minor = 1},
	{.path = "/dev/snd", .mode = S_IFDIR | 0755},
	{.path = "/dev/snd/seq", .mode = S_IFCHR | 0660, .major = 116, .minor = 1},
	{.path = "/dev/snd/by", .mode = S_IFDIR | 0755},
	{.path = "/dev/snd/by/pcm", .mode = S_IFCHR | 0660, .major = 116, .minor = 2},
	{.path = "/dev/pts", .mode = S_IFDIR | 0755},
	{.path = "/dev/pts/0", .mode = S_IFCHR | 0620, .major = 136, .minor = 0},
	{.path = "/proc/sys/net/ipv4/ip_unprivileged_port_start", .mode = S_IFREG | 0644},
	{.path = "/proc/sys/net/ipv4/ping_group_range", .mode = S_IFREG | 0644},
	{.path = "/etc/hosts", .mode = S_IFREG | 0644, .text = "127.0.0.1 localhost\n192.0.2.7 host"},
	{.path = "/etc/resolv.conf",
	 .mode = S_IFREG | 0644,
	 .text = "# comment\nnameserver 192.0.2.53\nsearch example.org\noptions rotate\n"},
	{.path = "env",
	 .mode = S_IFREG | 0644,
	 .text = "\xEF\xBB\xBF# a comment\n\n  A=1\r\nB=two words = 2\nFROM_HOST\nUNSET\nC=\n"},
	{.path = "env-space", .mode = S_IFREG | 0644, .text = "A=1\nB B=2\n"},
	{.path = "env-no-key", .mode = S_IFREG | 0644, .text = "=2\n"},
	{.path = "labels", .mode = S_IFREG | 0644, .text = "tier=web\nalone\n"},
	{.path = "profile.json", .mode = S_IFREG | 0644, .text = "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}"},
	{.path = "no-profile", .mode = S_IFREG | 0644, .text = "hello"},
};

static const struct fake_path *fake_find(const char *path)
{
	for (size_t i = 0; i < sizeof(fake_paths) / sizeof(fake_paths[0]); i++)
		if (strcmp(fake_paths[i].path, path) == 0)
			return &fake_paths[i];
	return NULL;
}

static int fake_status(void *context, const char *path, struct stat *out)
{
	const struct fake_path *found = fake_find(path);

	(void)context;
	if (!found)
		return -ENOENT;
	*out = (struct stat){.st_mode = found->mode, .st_rdev = makedev(found->major, found->minor)};
	return 0;
}

static int fake_children(void *context, const char *folder, struct spec *spec, struct spec_texts *names)
{
	size_t len = strlen(folder);

	(void)context;
	if (!fake_find(folder))
		return -ENOENT;
	for (size_t i = 0; i < sizeof(fake_paths) / sizeof(fake_paths[0]); i++) {
		const char *path = fake_paths[i].path;

		if (strncmp(path, folder, len) == 0 && path[len] == '/' && !strchr(path + len + 1, '/') &&
		    spec_texts_add(spec, names, path + len + 1) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int fake_disk(void *context, uint32_t *major_number, uint32_t *minor_number)
{
	(void)context;
	if (*major_number == 8)
		*minor_number &= ~15U;
	return 0;
}

static int fake_read(void *context, const char *path, char **text, size_t *len)
{
	const struct fake_path *found = fake_find(path);

	(void)context;
	if (!found || !found->text)
		return -ENOENT;
	*text = strdup(found->text);
	*len = strlen(found->text);
	return *text ? 0 : -ENOMEM;
}

static const char *const fake_environment[] = {"FROM_HOST=of the host", "FROM=no", "EMPTY=", NULL};

static const struct value_host fake_host = {
	.cwd = "/home/me",
	.environment = fake_environment,
	.status = fake_status,
	.children = fake_children,
	.disk = fake_disk,
	.read = fake_read,
};
