/* SPDX-License-Identifier: Apache-2.0 */
#include "source_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATH_OPTION(option_name, field, default_path, help_text)                                             \
	{                                                                                                    \
		.name = option_name, .type = OPTION_TEXT, .offset = offsetof(struct source_settings, field), \
		.value = "DIR", .fallback = default_path, .help = help_text                                  \
	}

static const char *const kinds[] = {"auto", "bpf", "files", NULL};

const struct option_spec source_options[N_SOURCE_OPTIONS] = {
	{.name = "source",
	 .type = OPTION_CHOICE,
	 .offset = offsetof(struct source_settings, source),
	 .value = "KIND",
	 .choices = kinds,
	 .fallback = "auto",
	 .help = "where figures come from: BPF programs in the kernel, which cost a fraction and need root, "
		 "or the files of "
		 "each cgroup; auto: BPF where a command runs on and the kernel lets it, files for what that "
		 "has not"},
	PATH_OPTION("path.procfs", procfs, "/proc", "where the host's procfs is"),
	PATH_OPTION("path.sysfs", sysfs, "/sys",
		    "where the host's sysfs is, with the cgroup file systems below it"),
	PATH_OPTION("path.rootfs", rootfs, "/",
		    "where the host's root is, for the metadata of container runtimes"),
	PATH_OPTION("path.docker-root", docker_root, NULL,
		    "Docker's data folder on the host; found by itself where dockerd says it"),
	PATH_OPTION("path.containerd-root", containerd_root, NULL, "containerd's state folder on the host"),
	PATH_OPTION("path.podman-root", podman_root, NULL, "podman's storage folder on the host"),
	PATH_OPTION("path.crio-root", crio_root, NULL, "CRI-O's storage folder on the host"),
	PATH_OPTION("path.lxc-root", lxc_root, NULL, "folder of the LXC containers on the host"),
	PATH_OPTION("path.plimsoll-root", plimsoll_root, NULL,
		    "plimsoll's own store on the host; $PLIMSOLL_ROOT where that is set"),
};

/* Where the front keeps this user's containers (runtime/container.h, store_open), where the collector would
 * not find it by itself. NULL where it would. */
static const char *own_store(void)
{
	static char path[4096];
	const char *given = getenv("PLIMSOLL_ROOT");
	const char *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");
	int n = -1;

	if (given && given[0] == '/')
		return given;
	if (geteuid() == 0)
		return NULL;
	if (data && data[0] == '/')
		n = snprintf(path, sizeof(path), "%s/plimsoll", data);
	else if (home && home[0] == '/')
		n = snprintf(path, sizeof(path), "%s/.local/share/plimsoll", home);
	return n > 0 && (size_t)n < sizeof(path) && access(path, X_OK) == 0 ? path : NULL;
}

struct collector_options source_settings_apply(const struct source_settings *s)
{
	return (struct collector_options){
		.roots = {.procfs = s->procfs, .sysfs = s->sysfs, .rootfs = s->rootfs},
		.docker_root = s->docker_root,
		.containerd_root = s->containerd_root,
		.podman_root = s->podman_root,
		.crio_root = s->crio_root,
		.lxc_root = s->lxc_root,
		.plimsoll_root = s->plimsoll_root ? s->plimsoll_root : own_store(),
	};
}
