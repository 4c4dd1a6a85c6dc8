# SPDX-License-Identifier: Apache-2.0
# Which cgroups there are, and what is read of them.
set(collector_fake_host ${CMAKE_SOURCE_DIR}/tests/unit/collector/fake_host.c)
foreach(module IN ITEMS reader tree plan descriptors ended process network host filesystem figures hear collector)
  room_test(collector ${module} SOURCES ${collector_fake_host})
endforeach()
room_test(collector watch SOURCES ${collector_fake_host} WRAP inotify_add_watch inotify_init1)
