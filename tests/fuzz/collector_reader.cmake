# SPDX-License-Identifier: Apache-2.0
fuzz_target(collector_reader USES collector cgroup model base PRIVATE_OF collector)
