/* SPDX-License-Identifier: Apache-2.0 */
/* A user's seccomp profile, read and compiled: whatever becomes a program is one that the kernel would take.
 */
#include "arch.h"
#include "base/cleanup.h"
#include "check.h"
#include "rules.h"

#include <linux/seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The kernel's own conditions on jumps, loads and the end (seccomp_check_filter, bpf_check_classic). */
static void check_program(const struct program *program)
{
	CHECK(program->n > 0 && program->n <= BPF_MAXINSNS);
	CHECK(program->at[program->n - 1].code == (BPF_RET | BPF_K));
	for (size_t i = 0; i < program->n; i++) {
		const struct sock_filter *at = &program->at[i];

		if (at->code == (BPF_JMP | BPF_JA))
			CHECK(i + 1 + at->k < program->n);
		else if (BPF_CLASS(at->code) == BPF_JMP)
			CHECK(i + 1 + at->jt < program->n && i + 1 + at->jf < program->n);
		else if (BPF_CLASS(at->code) == BPF_LD)
			CHECK(at->k % 4 == 0 && at->k + 4 <= sizeof(struct seccomp_data));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request request = {
		.arch = arch_of_machine(slice_of("x86_64")),
		.kernel_major = 6,
		.kernel_minor = 1,
		.capabilities = 0xa80425fb,
		.has_profile = true,
		.profile = {(const char *)data, size},
	};
	_cleanup_(rules_free) struct rules rules = {0};
	struct program program = {0};
	struct error err = {0};

	if (profile_json(&request, &rules, &err) < 0 ||
	    rules_compile(&rules, request.arch, &program, &err) < 0) {
		CHECK(err.code < 0 && *err.cause);
		return 0;
	}
	check_program(&program);
	free(program.at);
	return 0;
}
