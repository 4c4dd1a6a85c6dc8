/* SPDX-License-Identifier: Apache-2.0 */
/* Everything about identities that is lines rather than JSON. */
#include "fuzz_meta.h"
#include "meta_config.h"
#include "meta_kube.h"
#include "meta_lxc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const flags[] = {"--root", "-r", NULL};
	struct slice text = {(const char *)data, size};
	_cleanup_meta_ struct meta m = {0};
	struct slice value;
	uint32_t uid;
	char path[32];

	meta_lxc_parse(text, &m);
	meta_incus_parse(text, &m);
	meta_machine_parse(text, &m);
	meta_kube_container_log(text, (struct slice){"0123", 4}, &m);
	meta_kube_pod_log(text, (struct slice){"0_1-2", 5}, &m);
	meta_time(text);
	make_identity(&m);
	if (command_flag(text, flags, &value))
		take_path(value, path, sizeof(path));
	conmon_storage_root(text, &value);
	toml_text(text, "storage", "root", &value);
	toml_text(text, "", "root", &value);
	passwd_home(text, 1000, &value);
	status_uid(text, &uid);
	return 0;
}
