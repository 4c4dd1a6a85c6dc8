# SPDX-License-Identifier: Apache-2.0
fuzz_target(cli_options USES cli PRIVATE_OF cli)
fuzz_target(cli_filter USES cli PRIVATE_OF cli)
