/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel_module.h"

#include "base/program.h"
#include "bpf/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

static const struct bpf_module *load(struct error *err)
{
	static const struct bpf_module *loaded;
	char path[PATH_MAX];
	void *module;

	if (loaded || program_find(BPF_MODULE_FILE, path, sizeof(path), err) < 0)
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
