# SPDX-License-Identifier: Apache-2.0
# room_test(ROOM MODULE [SOURCES …] [USES lib …] [WRAP symbol …])
#   tests/unit/ROOM/test_MODULE.c, one cmocka program; it sees the room's private headers too.
# fuzz_target(WHAT USES room … [PRIVATE_OF room])
#   tests/fuzz/fuzz_WHAT.c with corpus/WHAT and WHAT.dict. With PLIMSOLL_FUZZ it is a libFuzzer program;
#   otherwise it becomes a unit test that runs over its corpus, so that a seed never rots.
# system_test(NAME COMMAND … [LABELS …] [TIMEOUT s])
#   needs root; natively and, with the label vm, in the guest. Exit 77 is a skip.
set(PLIMSOLL_SKIP 77)

function(room_test room module)
  cmake_parse_arguments(T "" "" "SOURCES;USES;WRAP" ${ARGN})
  set(target test_${room}_${module})
  add_executable(${target} ${CMAKE_SOURCE_DIR}/tests/unit/${room}/test_${module}.c ${T_SOURCES})
  target_link_libraries(${target} PRIVATE ${room} ${T_USES} PkgConfig::CMOCKA)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/${room} ${CMAKE_SOURCE_DIR}/tests/unit)
  target_compile_definitions(${target} PRIVATE FIXTURES="${CMAKE_SOURCE_DIR}/tests/fixtures"
                                               GOLDEN="${CMAKE_SOURCE_DIR}/tests/golden")
  foreach(symbol IN LISTS T_WRAP)
    target_link_options(${target} PRIVATE -Wl,--wrap=${symbol})
  endforeach()
  add_test(NAME unit.${room}.${module} COMMAND ${target})
  set_tests_properties(unit.${room}.${module} PROPERTIES LABELS unit TIMEOUT 120 SKIP_RETURN_CODE ${PLIMSOLL_SKIP})
endfunction()

function(fuzz_target what)
  cmake_parse_arguments(F "" "" "USES;PRIVATE_OF" ${ARGN})
  set(target fuzz_${what})
  set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${what})
  add_executable(${target} ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_${what}.c)
  target_link_libraries(${target} PRIVATE ${F_USES})
  foreach(room IN LISTS F_PRIVATE_OF)
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/${room})
  endforeach()
  if(PLIMSOLL_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz.${what} COMMAND ${CMAKE_SOURCE_DIR}/tests/fuzz/run $<TARGET_FILE:${target}> ${what})
    set_tests_properties(fuzz.${what} PROPERTIES LABELS fuzz TIMEOUT 300)
  else()
    target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
    add_test(NAME corpus.${what} COMMAND ${target} ${corpus})
    set_tests_properties(corpus.${what} PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endfunction()

function(system_test name)
  cmake_parse_arguments(S "PARALLEL" "TIMEOUT" "COMMAND;LABELS" ${ARGN})
  if(NOT S_TIMEOUT)
    set(S_TIMEOUT 300)
  endif()
  add_test(NAME system.${name} COMMAND ${S_COMMAND})
  set_tests_properties(system.${name} PROPERTIES
    LABELS "system;${S_LABELS}" TIMEOUT ${S_TIMEOUT} SKIP_RETURN_CODE ${PLIMSOLL_SKIP} RUN_SERIAL $<NOT:$<BOOL:${S_PARALLEL}>>
    ENVIRONMENT "PLIMSOLL=${CMAKE_BINARY_DIR}/plimsoll;PLIMSOLL_BUILD=${CMAKE_BINARY_DIR};PLIMSOLL_SOURCE=${CMAKE_SOURCE_DIR}")
endfunction()
