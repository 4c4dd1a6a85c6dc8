# SPDX-License-Identifier: Apache-2.0
option(PLIMSOLL_WERROR "warnings are errors" OFF)
option(PLIMSOLL_ANALYZER "run gcc's -fanalyzer" OFF)
option(PLIMSOLL_COVERAGE "instrument for gcov" OFF)
option(PLIMSOLL_FUZZ "build the fuzz targets (needs clang)" OFF)
set(PLIMSOLL_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= takes them")

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Ninja builds every library that is asked for; only what a program needs is linked into it.
set(CMAKE_LINK_WHAT_YOU_USE OFF)
add_compile_definitions(_GNU_SOURCE PLIMSOLL_VERSION="${PROJECT_VERSION}")
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
add_link_options(-Wl,--as-needed)
