# SPDX-License-Identifier: Apache-2.0
add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wcast-qual
  -Wwrite-strings -Wformat=2 -Wconversion -Wsign-conversion -Wswitch-enum -Wnull-dereference -Wvla
  -Wimplicit-fallthrough -Wdouble-promotion)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wlogical-op -Wduplicated-cond -Wduplicated-branches)
  # The X-macro tables leave out trailing designators on purpose: absent is zero.
  add_compile_options(-Wno-missing-field-initializers)
else()
  # Statement expressions (TAKE_PTR and its kin) are the reason for gnu17.
  add_compile_options(-Wno-gnu-statement-expression -Wno-gnu-zero-variadic-macro-arguments -Wno-missing-field-initializers)
endif()
if(PLIMSOLL_WERROR)
  add_compile_options(-Werror)
endif()
if(PLIMSOLL_ANALYZER)
  add_compile_options(-fanalyzer)
endif()
