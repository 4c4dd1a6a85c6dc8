# SPDX-License-Identifier: Apache-2.0
set(collector_scratch ${CMAKE_SOURCE_DIR}/tests/unit/collector/scratch.c)
foreach(module name meta_docker meta_containerd meta_podman meta_bolt meta_lxc meta_kube meta_config meta_folders
               meta_plimsoll identity_store)
  room_test(collector ${module} SOURCES ${collector_scratch} USES PkgConfig::JSONC)
endforeach()
