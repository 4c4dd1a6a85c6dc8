# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A host as a folder tree: pure cgroup v2 with two Docker containers, one podman container, a service, a plain group
# that holds a process and one that is empty. Needs no root and no kernel feature.

WEB=4f5c000000000000000000000000000000000000000000000000000000000001
DB=4f5d000000000000000000000000000000000000000000000000000000000002
JOB=aaaa000000000000000000000000000000000000000000000000000000000003

# put FILE TEXT: FILE below $HOST, TEXT as printf has it.
put() {
    mkdir -p -- "$(dirname -- "$HOST/$1")"
    # shellcheck disable=SC2059
    printf "$2" >"$HOST/$1"
}

# process PID NET PID-NAMESPACE: who gives the same words is in the same namespace (a file stands for it).
process() {
    local kind
    put "proc/$1/net/dev" 'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0\n  eth0: 2097152      20    0    1    0     0          0         0  1048576      10    0    0    0     0       0          0\n'
    put "proc/$1/stat" "$1 (x) S 1 $1 $1 0 -1 0 0 0 0 0 10 5 0 0 20 0 1 0 500 0 0 0\n"
    put "proc/$1/comm" 'x\n'
    mkdir -p "$HOST/proc/$1/ns" "$HOST/namespaces"
    for kind in cgroup:host ipc:host mnt:host time:host user:host uts:host "net:$2" "pid:$3"; do
        [ -e "$HOST/namespaces/$kind" ] || put "namespaces/$kind" ''
        ln "$HOST/namespaces/$kind" "$HOST/proc/$1/ns/${kind%%:*}"
    done
}

# inode KIND:WHO
inode() { stat -c %i "$HOST/namespaces/$1"; }

# cgroup PATH PIDS MEMORY LIMIT PERIODS THROTTLED [FROZEN]
cgroup() {
    local at=sys/fs/cgroup$1 frozen=${7:-0} populated=0
    [ -z "$2" ] || populated=1
    put "$at/cgroup.procs" "$2"
    put "$at/cgroup.controllers" 'cpuset cpu io memory hugetlb pids rdma misc\n'
    put "$at/cgroup.subtree_control" ''
    put "$at/cgroup.events" "populated $populated\nfrozen $frozen\n"
    put "$at/cpu.stat" "usage_usec 2000000\nuser_usec 1500000\nsystem_usec 500000\nnr_periods $5\nnr_throttled $6\nthrottled_usec 7\nnr_bursts 0\nburst_usec 0\n"
    put "$at/cpu.max" '50000 100000\n'
    put "$at/cpu.weight" '100\n'
    put "$at/memory.current" "$3\n"
    put "$at/memory.max" "$4\n"
    put "$at/memory.peak" "$3\n"
    put "$at/memory.swap.current" '0\n'
    put "$at/memory.stat" 'anon 1000\nfile 2000\ninactive_file 0\nactive_file 2000\n'
    put "$at/memory.events" 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\noom_group_kill 0\n'
    put "$at/io.stat" '8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n'
    put "$at/pids.current" "$((3 * populated))\n"
    put "$at/pids.max" '100\n'
    local what
    for what in cpu memory io; do
        put "$at/$what.pressure" 'some avg10=0.00 avg60=0.00 avg300=0.00 total=5\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n'
    done
}

# docker_metadata ID NAME IMAGE LABELS PID
docker_metadata() {
    put "var/lib/docker/containers/$1/config.v2.json" "{\"ID\":\"$1\",\"Name\":\"/$2\",\"State\":{\"Running\":true,\"Pid\":$5,\"StartedAt\":\"2026-01-02T03:04:05.6Z\"},\"Config\":{\"Image\":\"$3\",\"Labels\":$4}}"
}

# make_host FOLDER
make_host() {
    HOST=$1
    put proc/1/mountinfo '26 1 254:1 / / rw - ext4 /dev/vda1 rw\n30 26 0:25 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n'
    put proc/meminfo 'MemTotal:       1048576 kB\nMemFree:         524288 kB\nSwapTotal:            0 kB\nSwapFree:             0 kB\n'
    put proc/sys/kernel/hostname 'testhost\n'
    put proc/sys/kernel/osrelease '6.1.0-test\n'
    put proc/sys/fs/inotify/max_user_watches '8192\n'
    put proc/pressure/cpu 'some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n'
    process 1 host host
    process 101 web web
    process 102 web db # shares web's network
    process 103 host job
    process 104 host host
    process 105 host host
    put proc/stat 'cpu  1 2 3 4\ncpu0 1 2 3 4\ncpu1 1 2 3 4\nbtime 1767300000\n'
    put sys/kernel/btf/vmlinux ''
    cgroup "" '' 0 max 0 0
    put sys/fs/cgroup/cgroup.subtree_control 'cpuset cpu io memory hugetlb pids rdma misc\n'
    cgroup "/system.slice/docker-$WEB.scope" '101\n' 104857600 209715200 10 5
    cgroup "/system.slice/docker-$DB.scope" '102\n' 52428800 max 0 0 1
    cgroup "/machine.slice/libpod-$JOB.scope" '103\n' 1048576 max 0 0
    cgroup /system.slice/ssh.service '104\n' 4194304 max 0 0
    cgroup /build '105\n' 8388608 max 0 0
    cgroup /idle '' 0 max 0 0
    docker_metadata "$WEB" web nginx:1.25 '{"tier":"front"}' 101
    docker_metadata "$DB" 'db-1' 'postgres:16' '{"tier":"back"}' 102
}
