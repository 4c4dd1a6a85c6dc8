# SPDX-License-Identifier: Apache-2.0
# room(NAME SOURCES a.c … [USES room …] [LOADS room …] [LIBRARIES lib …])
#
# A room is a static library whose public headers are in NAME/include. It sees the include folders of the
# rooms it names and of no other, so an arrow that the design does not have does not compile. Its own
# folder is private to it (and to its unit tests). Of a room that it LOADS it sees the headers, and finds the
# rest at run time, in ROOM_module.
function(room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES;LOADS;LIBRARIES" ${ARGN})
  add_library(${name} STATIC ${ROOM_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include
                                     PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ROOM_USES} PRIVATE ${ROOM_LIBRARIES})
  foreach(loaded IN LISTS ROOM_LOADS)
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/${loaded}/include)
    add_dependencies(${name} ${loaded}_module)
  endforeach()
endfunction()
