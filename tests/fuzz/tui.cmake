# SPDX-License-Identifier: Apache-2.0
fuzz_target(settings USES tui model base PRIVATE_OF tui)
fuzz_target(pager USES tui model base PRIVATE_OF tui)
fuzz_target(canvas USES tui model base PRIVATE_OF tui)
