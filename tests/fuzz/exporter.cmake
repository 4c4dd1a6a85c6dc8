# SPDX-License-Identifier: Apache-2.0
fuzz_target(web_config USES exporter base PRIVATE_OF exporter)
fuzz_target(request USES exporter model base PRIVATE_OF exporter)
fuzz_target(http USES exporter model base PRIVATE_OF exporter)
target_link_libraries(fuzz_web_config PRIVATE PkgConfig::GNUTLS PkgConfig::YAML)
target_link_libraries(fuzz_http PRIVATE PkgConfig::MICROHTTPD PkgConfig::GNUTLS)
