#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The guest's own test: it has what tests of Plimsoll count on (runs in the guest).
. "$(dirname -- "$0")/../system/lib/lib.sh"
[ -n "${PLIMSOLL_VM:-}" ] || skip "runs in the guest: ./dev vm tests/vm/guest-check.sh"

for controller in cpuset cpu io memory hugetlb pids rdma misc; do
    grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers || fail "no controller $controller"
    [ "$(controller_mount "$controller")" = /sys/fs/cgroup ] || fail "$controller is not on v2"
done
is_pure_v2 || fail "this is not pure v2"
grep -q 'cgroup2 .*nsdelegate' /proc/mounts || fail "no nsdelegate"
ok "pure cgroup v2, all controllers"

[ -s /sys/kernel/btf/vmlinux ] || fail "no BTF"
mountpoint -q /sys/fs/bpf || fail "no bpf file system"
[ -d /sys/kernel/tracing/events/cgroup ] || fail "no tracefs"
[ -r /proc/pressure/cpu ] || fail "no PSI"
ok "BTF, bpf, tracefs, PSI"

cgroup_make io
folder=$(cgroup_path io io)
cgroup_run io dd if=/dev/zero of=/dev/vda bs=64k count=16 oflag=direct status=none
wait "$SPAWNED" || fail "cannot write /dev/vda"
written=$(awk -v device="$(lsblk -dno MAJ:MIN /dev/vda | tr -d ' ')" '$1 == device { print $3 }' "$folder/io.stat")
[ "$written" = wbytes=$((1 << 20)) ] || fail "io.stat counted $written: $(<"$folder/io.stat")"
echo "$(lsblk -dno MAJ:MIN /dev/vda | tr -d ' ') wbps=$((8 << 20))" >"$folder/io.max" || fail "no io.max"
ok "a disk that io.stat counts and io.max limits"

{ mkswap -q /dev/vdb && swapon /dev/vdb; } || fail "no swap on /dev/vdb"
[ "$(wc -l </proc/swaps)" = 2 ] || fail "no swap: $(</proc/swaps)"
swapoff /dev/vdb
echo 8 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
grep -q '^HugePages_Total: *8$' /proc/meminfo || fail "no huge pages"
echo 0 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
modprobe zram || fail "cannot load a module"
ok "swap, huge pages, modules"

[ "$(stat -f -c %T "$TMPDIR")" = tmpfs ] || fail "TMPDIR is not a tmpfs"
echo seen >"$PLIMSOLL_VM_RESULTS/guest-check" || fail "no folder for results"
ok "folders"
