# SPDX-License-Identifier: Apache-2.0
fuzz_target(replay USES record model base PRIVATE_OF record)
