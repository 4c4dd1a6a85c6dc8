#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Figures against the kernel's own files: plain cgroups under every kind of load, Docker's and podman's
# containers, and the root. parity (parity.c) compares; this script sets the scene, so that hardly a figure is 0.
. "$(dirname -- "$0")/lib/lib.sh"
need_root
need python3 losetup mkfs.ext4 ip unshare nsenter
here=$(dirname -- "$(readlink -f -- "$0")")
parity=${PLIMSOLL_BUILD:-$PLIMSOLL_SOURCE/build}/tests/system/parity
[ -x "$parity" ] || skip "needs $parity: ./dev build makes it"
begun=$(date +%s)
subjects=()
nonzero=()

# set_v1 CONTROLLER CGROUP FILE VALUE and set_v2: where the controller is of that version.
set_v1() { set_file 1 "$@"; }
set_v2() { set_file 2 "$@"; }
set_file() {
    local version=$1 mount
    mount=$(controller_mount "$2")
    [ "$(hierarchies | awk -v mount="$mount" '$3 == mount { print $1 }')" = "$version" ] || return 0
    [ -e "$mount/$CGROUP/$3/$4" ] || return 0
    printf '%s' "$5" >"$mount/$CGROUP/$3/$4" || fail "cannot write '$5' to $4 of $3"
}

# load CGROUP KIND ARGS…: a load of parity_load.py in that cgroup; await it with loaded.
loads=()
load() {
    local name=$1
    shift
    cgroup_run "$name" python3 -B "$here/parity_load.py" "$@" >"$WORK/load.${#loads[@]}"
    loads+=("$1 in $name")
}
loaded() {
    local i
    for i in "${!loads[@]}"; do wait_for 60 "the load ${loads[i]}" grep -q ready "$WORK/load.$i"; done
}

group() { cgroup_make "$1" && subjects+=("/$CGROUP/$1"); }
expect_nonzero() { nonzero+=("$@"); }

# ---- a disk of its own: a loop device here, a virtio disk in the guest

disk_start() {
    mkdir "$WORK/disk"
    if [ -n "${PLIMSOLL_VM:-}" ]; then
        disk=/dev/vda
        modprobe ext4
    else
        truncate -s 256M "$WORK/disk.img"
        disk=$(losetup -f --show -- "$WORK/disk.img") || skip "needs a loop device"
        on_exit losetup -d "$disk"
    fi
    group io
    { mkfs.ext4 -q "$disk" && mount "$disk" "$WORK/disk"; } || fail "cannot make a file system on $disk"
    on_exit umount -l "$WORK/disk"
    set_v1 blkio io blkio.bfq.weight 200
    set_v2 io io io.weight 'default 200'
    # From Linux 6.10 on a v1 host counts a disk's requests only once some cgroup has a limit on it.
    number=$(lsblk -dno MAJ:MIN "$disk" | tr -d ' ')
    set_v1 blkio io blkio.throttle.write_bps_device "$number 1000000000"
    set_v1 blkio io blkio.throttle.read_iops_device "$number 1000000"
    set_v2 io io io.max "$number wbps=1000000000 riops=1000000"
    cgroup_run io fstrim "$WORK/disk"
    wait "$SPAWNED" && expect_nonzero IO_DISCARD_BYTES IO_DISCARDS
    load io direct "$WORK/disk/direct" 16
    expect_nonzero IO_READ_BYTES IO_WRITE_BYTES IO_READS IO_WRITES BLKIO_READ BLKIO_WRITE IO_WBPS_MAX IO_RIOPS_MAX
}

# ---- plain cgroups

cpu_start() {
    group busy
    set_v1 cpu busy cpu.cfs_quota_us 20000
    set_v1 cpu busy cpu.cfs_burst_us 20000
    set_v1 cpu busy cpu.shares 512
    set_v2 cpu busy cpu.max '20000 100000'
    set_v2 cpu busy cpu.max.burst 20000
    set_v2 cpu busy cpu.weight 50
    load busy burst
    group idle/below
    subjects+=("/$CGROUP/idle")
    set_v1 cpu idle cpu.idle 1
    set_v2 cpu idle cpu.idle 1
    cgroup_run idle/below sleep 10000
    expect_nonzero CPU_USAGE CPU_USER CPU_SYSTEM CPU_PERIODS CPU_THROTTLED_PERIODS CPU_THROTTLED_TIME \
        CPU_BURST_PERIODS CPU_BURST_TIME CPU_PERIOD CPU_QUOTA CPU_BURST CPU_SHARES CPU_WEIGHT CPU_IDLE \
        SCHED_RUN SCHED_RUNQUEUE SCHED_PERIODS
}

memory_start() {
    group memory
    set_v1 memory memory memory.limit_in_bytes 50331648
    set_v1 memory memory memory.soft_limit_in_bytes 33554432
    set_v2 memory memory memory.max 50331648
    set_v2 memory memory memory.high 41943040
    set_v2 memory memory memory.low 8388608
    set_v2 memory memory memory.min 4194304
    load memory file "$WORK/disk/file" 80 16
    group oom
    set_v1 memory oom memory.limit_in_bytes 33554432
    set_v2 memory oom memory.max 33554432
    set_v2 memory oom memory.swap.max 0
    load oom grow 96
    expect_nonzero MEMORY_USAGE MEMORY_PEAK MEMORY_WORKING_SET MEMORY_FILE MEMORY_ANON MEMORY_MAPPED_FILE \
        MEMORY_ACTIVE_FILE MEMORY_INACTIVE_FILE MEMORY_KERNEL MEMORY_FAILCNT MEMORY_EVENTS_MAX MEMORY_PGFAULT \
        MEMORY_REFAULT_FILE OOM_KILLS MEMORY_LIMIT MEMORY_RESERVATION MEMORY_SHMEM MEMORY_ACTIVE_ANON \
        MEMORY_INACTIVE_ANON NUMA_FILE NUMA_ANON
    ! grep -q pgpgin "$(cgroup_path memory memory)/memory.stat" || expect_nonzero MEMORY_PGPGIN
    if is_pure_v2; then
        group killed
        set_v2 memory killed memory.max 33554432
        set_v2 memory killed memory.swap.max 0
        set_v2 memory killed memory.oom.group 1
        cgroup_run killed python3 -B "$here/parity_load.py" grow 96
        expect_nonzero MEMORY_EVENTS_HIGH MEMORY_EVENTS_OOM OOM_GROUP_KILLS MEMORY_PGSCAN MEMORY_PGSTEAL MEMORY_HIGH \
            MEMORY_MIN MEMORY_KERNEL_STACK MEMORY_PAGETABLES MEMORY_SLAB MEMORY_PGSCAN_DIRECT MEMORY_PGSTEAL_DIRECT \
            MEMORY_PGACTIVATE
    else
        expect_nonzero MEMORY_PGFAULT_LOCAL NUMA_FILE_LOCAL NUMA_ANON_LOCAL
    fi
}

# Only where the host is ours.
swap_start() {
    [ -n "${PLIMSOLL_VM:-}" ] || return 0
    { mkswap -q /dev/vdb && swapon /dev/vdb; } || fail "no swap on /dev/vdb"
    on_exit swapoff /dev/vdb
    group swap
    set_v2 memory swap memory.max 33554432
    set_v2 memory swap memory.swap.max 100663296
    load swap swap 48
    echo 8 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
    on_exit sh -c 'echo 0 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages'
    group huge
    set_v2 hugetlb huge hugetlb.2MB.max $((3 * 2097152))
    load huge huge 3
    expect_nonzero MEMORY_SWAP MEMORY_SWAP_MAX MEMORY_SWAP_LIMIT MEMORY_REFAULT_ANON HUGETLB_USAGE \
        HUGETLB_FAILCNT HUGETLB_LIMIT
    [ ! -e "$(cgroup_path memory swap)/memory.swap.peak" ] || expect_nonzero MEMORY_SWAP_PEAK
}

processes_start() {
    group pids
    set_file "$(is_pure_v2 && echo 2 || echo 1)" pids pids pids.max 8
    load pids forks
    group cold
    set_v1 cpuset cold cpuset.cpus 0
    set_v2 cpuset cold cpuset.cpus 0
    set_v1 devices cold devices.deny a
    cgroup_run cold sleep 10000
    set_v1 freezer cold freezer.state FROZEN
    [ ! -e "$(cgroup_path unified cold)/cgroup.freeze" ] || echo 1 >"$(cgroup_path unified cold)/cgroup.freeze"
    expect_nonzero PIDS_CURRENT PIDS_MAX PIDS_EVENTS_MAX PROCESSES TASKS_SLEEPING TASKS_STOPPED \
        FILE_DESCRIPTORS SOCKETS FROZEN FROZEN_V2 POPULATED CPUSET_CPUS CPUSET_MEMS CPUSET_CPU_COUNT \
        NS_CGROUP NS_IPC NS_MNT NS_NET NS_PID NS_TIME NS_USER NS_UTS START_TIME LAST_SEEN
    is_pure_v2 || expect_nonzero FROZEN_V1 DEVICES_RESTRICTED
}

# Two network namespaces, a cable between them.
network_start() {
    local side pids=()
    [ -z "${PLIMSOLL_VM:-}" ] || modprobe veth
    for side in 1 2; do
        group "net$side"
        cgroup_run "net$side" unshare -n sh -c "ip link set lo up; exec python3 -B '$here/parity_load.py' sockets \
            10.91.7.$side 10.91.7.$((3 - side)) '$WORK/cable'" >"$WORK/load.${#loads[@]}"
        loads+=("sockets in net$side")
        pids+=("$SPAWNED")
    done
    for side in 0 1; do
        # shellcheck disable=SC2016 # the inner shell's variable
        wait_for 10 "a network namespace" sh -c '[ "$(readlink /proc/$1/ns/net)" != "$(readlink /proc/self/ns/net)" ]' - \
            "${pids[side]}"
    done
    nsenter -t "${pids[0]}" -n ip link add cable1 type veth peer name cable2 netns "${pids[1]}" ||
        fail "cannot make a pair of interfaces"
    for side in 1 2; do
        nsenter -t "${pids[side - 1]}" -n ip addr add "10.91.7.$side/24" dev "cable$side"
        nsenter -t "${pids[side - 1]}" -n ip link set "cable$side" up
    done
    : >"$WORK/cable"
    expect_nonzero NET_RX_BYTES NET_RX_PACKETS NET_TX_BYTES NET_TX_PACKETS TCP_ESTABLISHED TCP_LISTEN TCP_CLOSEWAIT \
        TCP_FINWAIT2 TCP_TIMEWAIT UDP_LISTEN UDP_DROPPED UDP_RXQUEUED TCP6_LISTEN TCP6_ESTABLISHED TCP6_CLOSEWAIT \
        UDP6_DROPPED UDP6_RXQUEUED
}

# ---- containers

work="dd if=/dev/zero of=/file bs=1M count=3 2>/dev/null; while :; do for i in 1 2 3 4 5 6 7 8 9; do :; done; sleep $((SLOW / 10)).05; done"

containers_start() {
    local id
    docker_start
    id=$(docker_run --cpus 0.3 -m 64m --pids-limit 30 --cpu-shares 700 "$IMAGE" sh -c "$work") || exit
    subjects+=("/docker/$id")
    docker_id=$id
    podman_start
    id=$(podman_run --cpus 0.4 -m 48m "$IMAGE" sh -c "$work") || exit
    subjects+=("$(container_path "$id")")
    expect_nonzero FS_USAGE FS_LIMIT FS_INODES FS_INODES_FREE DEVICES_RESTRICTED
}

container_path() {
    local mount folder
    mount=$(controller_mount memory)
    folder=$(container_cgroups "$1" | grep -m1 "^$mount/")
    printf '%s\n' "${folder#"$mount"}"
}

# ---- what is written between the two passes, behind the collector's back

settings_change() {
    set_v1 cpu busy cpu.cfs_quota_us 30000
    set_v1 cpu busy cpu.cfs_burst_us 10000
    set_v1 cpu busy cpu.shares 2048
    set_v2 cpu busy cpu.max '30000 80000'
    set_v2 cpu busy cpu.max.burst 10000
    set_v2 cpu busy cpu.weight 200
    set_v1 memory memory memory.limit_in_bytes 67108864
    set_v1 memory memory memory.soft_limit_in_bytes -1
    set_v2 memory memory memory.max 67108864
    set_v2 memory memory memory.high max
    set_v2 memory memory memory.low 0
    set_v1 blkio io blkio.bfq.weight 300
    set_v2 io io io.weight 'default 300'
    set_file "$(is_pure_v2 && echo 2 || echo 1)" pids pids pids.max max
    set_v1 cpuset cold cpuset.cpus 0-1
    set_v2 cpuset cold cpuset.cpus 0-1
    set_v1 freezer cold freezer.state THAWED
    set_v2 hugetlb huge hugetlb.2MB.max 8388608
    docker update --cpus 0.2 -m 80m --memory-swap 80m "$docker_id" >/dev/null || docker update --cpus 0.2 "$docker_id" >/dev/null
}

if [ "${1:-}" = settings ]; then
    CGROUP=$2 docker_id=$3
    settings_change
    exit
fi
disk_start
cpu_start
memory_start
swap_start
processes_start
network_start
containers_start
on_exit cgroup_remove "" # before disks and swap, which its processes use
loaded
echo "the scene is set: $(($(date +%s) - begun)) s"
# Last, and so next to the sample: what looking at the others takes of the host shows in the root.
subjects+=(/)
printf -v between '%q ' env "PLIMSOLL_TEST_WORK=$WORK" "$here/parity.sh" settings "$CGROUP" "$docker_id"
# compare SOURCE NONZERO-ROWS ARGS…
compare() {
    "$parity" --source "$1" --rounds "${PARITY_ROUNDS:-100}" --born-after "$begun" --nonzero "$2" "${@:3}" \
        "${subjects[@]}" >"$WORK/report" || failed=1
    [ -z "${PLIMSOLL_VM_RESULTS:-}" ] || cp -- "$WORK/report" "$PLIMSOLL_VM_RESULTS/parity-$1-$(uname -r).txt"
    cat -- "$WORK/report"
}
rows=$(IFS=, && echo "${nonzero[*]}")
if [ -r /sys/kernel/btf/vmlinux ]; then
    # on a hybrid host v2 does not see what v1's freezer has stopped before
    compare bpf "${rows/,FROZEN_V2/}"
fi
compare files "$rows" --between "$between"
[ -z "${failed:-}" ] || fail "figures differ from the kernel's"
ok "every figure agrees with the kernel's"
