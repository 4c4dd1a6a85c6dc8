/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spec/sysctl.h"

static void owners(void **state)
{
	static const struct {
		const char *key;
		enum spec_namespace owner;
	} cases[] = {
		{"net.ipv4.ip_forward", SPEC_NS_NETWORK},
		{"net/ipv4/conf/eth0.100/forwarding", SPEC_NS_NETWORK},
		{"net.ipv4.conf.eth0/100.forwarding", SPEC_NS_NETWORK},
		{"net.", SPEC_NS__COUNT},
		{"net", SPEC_NS__COUNT},
		{"network.x", SPEC_NS__COUNT},
		{"fs.mqueue.msg_max", SPEC_NS_IPC},
		{"fs/mqueue/msg_max", SPEC_NS_IPC},
		{"fs/mqueue.msg_max", SPEC_NS__COUNT},
		{"fs.file-max", SPEC_NS__COUNT},
		{"kernel.msgmax", SPEC_NS_IPC},
		{"kernel/shmmni", SPEC_NS_IPC},
		{"kernel.shm_rmid_forced", SPEC_NS_IPC},
		{"kernel.sem", SPEC_NS_IPC},
		{"kernel.sem_next_id", SPEC_NS__COUNT},
		{"kernel.se", SPEC_NS__COUNT},
		{"kernel.shmmax.x", SPEC_NS__COUNT},
		{"kernel.domainname", SPEC_NS_UTS},
		{"kernel.hostname", SPEC_NS__COUNT},
		{"kernel.core_pattern", SPEC_NS__COUNT},
		{"vm.swappiness", SPEC_NS__COUNT},
		{"", SPEC_NS__COUNT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (sysctl_owner(cases[i].key) != cases[i].owner)
			fail_msg("%s: %d", cases[i].key, (int)sysctl_owner(cases[i].key));
}

static void names(void **state)
{
	static const char *const good[] = {"net.ipv4.ip_forward", "net/ipv4/conf/eth0.100/rp_filter",
					   "fs.file-max", "net.ipv4.conf.a@b:1.x"};
	static const char *const bad[] = {
		"",	  ".net",    "/net",	"net..x",      "net/../kernel/x", "net.//.kernel",
		"net//x", "net.a b", "net.a\n", "net.\xC3\xA4"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (!sysctl_is_name(good[i]))
			fail_msg("'%s' is one", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (sysctl_is_name(bad[i]))
			fail_msg("'%s' is none", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
