#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A scope of systemd's, asked for as a launch does. Where systemd isn't process 1, tests/vm/run boots it in a guest.
set -euo pipefail

here=$(dirname -- "$(readlink -f -- "$0")")
tree=$(dirname -- "$(dirname -- "$here")")
build=${PLIMSOLL_BUILD:-$tree/build}

fail() {
    printf 'systemd_scope: %s\n' "$*" >&2
    exit 1
}

skip() {
    [ -z "${PLIMSOLL_MUST_RUN-}" ] || fail "must run, but $*"
    printf 'skipped: %s\n' "$*"
    exit 77
}

if [ ! -d /run/systemd/system ]; then
    [ -z "${PLIMSOLL_VM-}" ] || skip "a guest without systemd cannot boot another one"
    command -v qemu-system-x86_64 >/dev/null || skip "there is neither systemd nor QEMU"
    [ -x /lib/systemd/systemd ] || skip "Debian's package systemd is not installed"
    exec "$tree/tests/vm/run" --kernel 6.12 --systemd --timeout 200 \
        env PLIMSOLL_BUILD="$build" PLIMSOLL_MUST_RUN="${PLIMSOLL_MUST_RUN-}" "$here/systemd_scope.sh"
fi

[ "$(id -u)" = 0 ] || skip "root is needed"
id=test-$$
unit=plimsoll-$id.scope
coproc started { exec "$build/tests/system/systemd_scope" "$build/libexec/plimsoll/scope" "$id"; }
pid=$! # of the coprocess
in=${started[1]}
IFS= read -r -t 60 -u "${started[0]}" path || fail "the scope did not start"

[ "$path" = "/system.slice/$unit/container" ] || fail "an odd cgroup: $path"
[ "$(systemctl show -P Delegate "$unit")" = yes ] || fail "the scope is not delegated"
[ "$(systemctl show -P ActiveState "$unit")" = active ] || fail "the scope is not active"
grep -qx "0::/system.slice/$unit/supervisor" "/proc/$pid/cgroup" || fail "the process is in $(cat "/proc/$pid/cgroup")"

root=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)
scope=$root/system.slice/$unit
[ -z "$(cat "$scope/cgroup.procs")" ] || fail "the scope itself has processes"
mkdir "$scope/container"
for controller in cpu memory pids; do
    echo "+$controller" >"$scope/cgroup.subtree_control" || fail "$controller is not to be had"
done
echo 64M >"$scope/container/memory.max"
[ "$(cat "$scope/container/memory.max")" = 67108864 ] || fail "the limit did not stay"

# The same name again is systemd's refusal, in its words.
if "$build/tests/system/systemd_scope" "$build/libexec/plimsoll/scope" "$id" </dev/null 2>/run/refused; then
    fail "a second scope of the same name"
fi
grep -q "$unit" /run/refused || fail "no words about it: $(cat /run/refused)"

rmdir "$scope/container"
exec {in}>&-
wait "$pid" || fail "the process failed"
for _ in $(seq 300); do
    [ -d "$scope" ] || break
    sleep 0.1
done
[ ! -d "$scope" ] || fail "the scope's cgroup is still there"
[ "$(systemctl show -P ActiveState "$unit")" = inactive ] || fail "the scope is still there"
printf 'systemd_scope: %s came and went\n' "$unit"

# A whole launch: its limits hold in the scope's leaf, and the scope goes with it.
export PLIMSOLL_ROOT=/run/plimsoll-test
plimsoll=$build/plimsoll
limit=$("$plimsoll" run --rm --rootfs / -m 64m cat /sys/fs/cgroup/memory.max) || fail "plimsoll run failed"
[ "$limit" = 67108864 ] || fail "the limit inside is $limit"
container=$("$plimsoll" run -d --rootfs / sleep 100000) || fail "plimsoll run -d failed"
systemctl -q is-active "plimsoll-$container.scope" || fail "the container has no scope"
container_in_slice=$("$plimsoll" run -d --rootfs / --cgroup-parent plimsoll-night.slice sleep 100000) ||
    fail "plimsoll run --cgroup-parent failed"
[ "$(systemctl show -P Slice "plimsoll-$container_in_slice.scope")" = plimsoll-night.slice ] || fail "another slice"
[ -d "$root/plimsoll.slice/plimsoll-night.slice/plimsoll-$container_in_slice.scope/container" ] ||
    fail "its cgroup is elsewhere"
"$plimsoll" rm -f "$container_in_slice" "$container" >/dev/null
for ((i = 0; i < 200; i++)); do
    systemctl -q is-active "plimsoll-$container.scope" || exit 0
    sleep 0.1
done
fail "the scope outlived its container"
