# SPDX-License-Identifier: Apache-2.0
foreach(what cgroup_name meta_docker meta_plimsoll meta_podman meta_containerd meta_bolt meta_text)
  fuzz_target(${what} USES collector PkgConfig::JSONC PRIVATE_OF collector)
endforeach()
