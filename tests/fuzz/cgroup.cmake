# SPDX-License-Identifier: Apache-2.0
fuzz_target(mountinfo USES cgroup model base PRIVATE_OF cgroup)
fuzz_target(format USES cgroup model base)
fuzz_target(convert USES cgroup model base)
