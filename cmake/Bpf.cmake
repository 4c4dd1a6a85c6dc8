# SPDX-License-Identifier: Apache-2.0
# bpf_program(ROOM NAME): NAME.bpf.c becomes NAME.skel.h (struct NAME_bpf), which the room's sources include. No BTF of the build
# machine is looked at: the kernel's types are those of kernel_types.h, put right where it is loaded (CO-RE).
find_program(BPF_CLANG NAMES clang clang-14 clang-15 clang-16 clang-17 clang-18 clang-19 REQUIRED)
find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)
# libbpf's own headers, wherever the package has them: clang -target bpf knows no multiarch folder.
pkg_get_variable(LIBBPF_INCLUDE libbpf includedir)
# All of them, for who reads sources without building them (clang-tidy).
add_custom_target(skeletons)

function(bpf_program room name)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${name}.bpf.c)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
  set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/skeletons/${name}.skel.h)
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/skeletons)
  add_custom_command(OUTPUT ${object}
    COMMAND ${BPF_CLANG} -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Wno-missing-declarations -Wno-unused-parameter
            -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -isystem ${LIBBPF_INCLUDE} -I ${CMAKE_CURRENT_SOURCE_DIR}
            -MD -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source} DEPFILE ${object}.d
    COMMENT "BPF ${name}")
  add_custom_command(OUTPUT ${skeleton}
    COMMAND ${BPFTOOL} gen skeleton ${object} name ${name}_bpf > ${skeleton}
    DEPENDS ${object} VERBATIM)
  add_custom_target(${name}_skeleton DEPENDS ${skeleton})
  add_dependencies(skeletons ${name}_skeleton)
  target_sources(${room} PRIVATE ${skeleton})
  add_dependencies(${room} ${name}_skeleton)
  # A made file that is not ours to be strict with.
  target_include_directories(${room} SYSTEM PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/skeletons)
endfunction()
