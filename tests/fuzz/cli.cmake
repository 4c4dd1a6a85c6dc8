# SPDX-License-Identifier: Apache-2.0
fuzz_target(cli_options USES cli_all)
fuzz_target(process_stat USES cli_monitor)
