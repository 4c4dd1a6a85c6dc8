# SPDX-License-Identifier: Apache-2.0
fuzz_target(spec USES runtime cgroup model base)
fuzz_target(user USES runtime cgroup model base PRIVATE_OF runtime)
fuzz_target(log_line USES runtime cgroup model base PRIVATE_OF runtime)
fuzz_target(container_json USES runtime cgroup model base PRIVATE_OF runtime)
fuzz_target(seccomp_profile USES seccomp_compiler)
fuzz_target(control USES runtime)
fuzz_target(run_values USES runtime cgroup model base)
