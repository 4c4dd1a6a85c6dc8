/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel_module.h"

#include "bpf/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Beside the program that runs. */
static int find(char path[static PATH_MAX], struct error *err)
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof(BPF_MODULE_FILE));
	char *name;

	if (n < 0)
		return error_errno(err, -errno, "mount procfs at /proc", "cannot find where this program is");
	path[n] = '\0';
	name = strrchr(path, '/');
	memcpy(name ? name + 1 : path, BPF_MODULE_FILE, sizeof(BPF_MODULE_FILE));
	if (access(path, R_OK) < 0)
		return error_errno(err, -errno, "install plimsoll anew", "cannot read '%s'", path);
	return 0;
}

static const struct bpf_module *load(struct error *err)
{
	static const struct bpf_module *loaded;
	char path[PATH_MAX];
	void *module;

	if (loaded || find(path, err) < 0)
		return loaded;
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!module) {
		(void)error_set(err, -ENOSYS, "install libbpf 1.0 or later (Debian's package libbpf1)",
				"the part that needs libbpf cannot be loaded: %s", dlerror());
		return NULL;
	}
	loaded = dlsym(module, BPF_MODULE_SYMBOL);
	if (loaded && strcmp(loaded->version, PLIMSOLL_VERSION) == 0)
		return loaded;
	loaded = NULL;
	(void)dlclose(module);
	(void)error_set(err, -ENOSYS, "install plimsoll anew", "'%s' is of another version", path);
	return NULL;
}

int kernel_module_open(const struct bpf_options *options, struct kernel **out, struct error *err)
{
	const struct bpf_module *module = load(err);

	return module ? module->open(options, out, err) : -ENOSYS;
}
