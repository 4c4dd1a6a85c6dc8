# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What system tests share, to be sourced by bash: `. "$(dirname "$0")/lib/lib.sh"`.
#
# All state is in files below the folder $WORK (a temporary one, cleaned up at exit), so that each call
# can come from another process: plimsoll_testlib.py is a thin layer on the same functions.
set -uo pipefail

lib_dir=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
IMAGE=plimsoll-test/busybox:1                    # what docker_start and podman_start make
SLOW=${PLIMSOLL_VM:+10}                          # the guest's processor is that much slower
SLOW=${SLOW:-1}
PLIMSOLL_SOURCE=${PLIMSOLL_SOURCE:-$(dirname -- "$(dirname -- "$(dirname -- "$lib_dir")")")}
PLIMSOLL=${PLIMSOLL:-$PLIMSOLL_SOURCE/build/plimsoll}

# ---- verdicts

# skip WHY: this test cannot run here. Where PLIMSOLL_MUST_RUN is set, that is a failure.
skip() {
    printf 'SKIP: %s\n' "$*" >&2
    [ -z "${PLIMSOLL_MUST_RUN:-}" ] || fail "a test was to be skipped where PLIMSOLL_MUST_RUN is set: $*"
    exit 77
}

fail() {
    printf 'FAIL: %s:%s: %s\n' "${BASH_SOURCE[-1]}" "${BASH_LINENO[-2]:-0}" "$*" >&2
    exit 1
}

ok() { printf 'ok: %s\n' "$*"; }

need_root() { [ "$(id -u)" = 0 ] || skip "needs root"; }

# need PROGRAM…
need() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || skip "needs the program $program: ./dev deps test installs it"
    done
}

# wait_for SECONDS WHAT CMD…: until CMD succeeds, or fail when WHAT did not come in time.
wait_for() {
    local deadline=$((SECONDS + $1 * SLOW)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || fail "waited in vain for $what"
        sleep 0.05
    done
}

# wait_up SECONDS WHAT PID CMD…: the same for a daemon, which may also end before it is up.
wait_up() {
    wait_for "$1" "$2" is_decided "${@:3}"
    [ -n "$(started "$3")" ] || fail "$2 ended instead of coming up"
}

is_decided() { [ -z "$(started "$1")" ] || "${@:2}"; }

# ---- the folder of this test, and its end

if [ -n "${PLIMSOLL_TEST_WORK:-}" ]; then
    WORK=$PLIMSOLL_TEST_WORK # somebody else's, who also cleans up
else
    WORK=$(mktemp -d "${TMPDIR:-/tmp}/plimsoll-test.XXXXXX")
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
fi
CGROUP=$(basename -- "$WORK") # the folder of this test's own cgroups, in every hierarchy

# on_exit CMD…: the last one that was given runs first, before all else is cleaned up.
on_exit_commands=()
on_exit() { on_exit_commands+=("$(printf '%q ' "$@")"); }

clean_up() {
    local status=$? i
    trap '' INT TERM HUP
    [ "$status" = 0 ] || [ "$status" = 77 ] || show_logs
    for ((i = ${#on_exit_commands[@]} - 1; i >= 0; i--)); do eval "${on_exit_commands[i]}"; done
    local file
    for file in "$WORK"/*/docker.pids; do [ ! -e "$file" ] || docker_stop "$(basename -- "${file%/*}")"; done
    for file in "$WORK"/*/podman.conf; do [ ! -e "$file" ] || podman_stop "$(basename -- "${file%/*}")"; done
    cgroup_thaw
    end_processes "$WORK/pids"
    cgroup_remove ""
    unmount_below "$WORK"
    rm -rf --one-file-system -- "$WORK"
    trap - EXIT
    exit "$status"
}

# What the daemons of a failed test said last.
show_logs() {
    local log
    for log in "$WORK"/*.log "$WORK"/*/*.log; do
        [ ! -s "$log" ] || { printf -- '---- %s\n' "${log#"$WORK/"}" && tail -n 15 -- "$log"; } >&2
    done
}

# Lazily where it must be: a mount that a dying process still uses goes with that process.
unmount_below() {
    local target
    awk -v top="$1/" 'index($5, top) == 1 { print $5 }' /proc/self/mountinfo | tac | while IFS= read -r target; do
        target=$(printf '%b' "$target")
        umount -- "$target" 2>/dev/null || umount -l -- "$target" 2>/dev/null || true
    done
}

# ---- processes

# started PID: when, in ticks since boot; empty for a process that has ended, zombies included.
started() {
    local stat
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    # shellcheck disable=SC2086 # the words after the name in parentheses
    set -- ${stat##*) }
    [ "$1" != Z ] && printf '%s\n' "${20}"
}

# remember PID [FILE]: clean_up (or whoever reads FILE) ends it.
remember() { printf '%s %s\n' "$1" "$(started "$1")" >>"${2:-$WORK/pids}"; }

# end_processes FILE: those remembered there, the last one first.
end_processes() {
    local pid start
    [ -f "$1" ] || return 0
    while read -r pid start; do end_process "$pid" "$start"; done < <(tac -- "$1")
    rm -f -- "$1"
}

has_ended() { [ "$(started "$1")" != "$2" ]; }

# end_process PID START: TERM, and KILL after a while; nothing if the number is another process's by now.
end_process() {
    local tries
    has_ended "$1" "$2" || kill "$1" 2>/dev/null
    for ((tries = 0; tries < 400 * SLOW; tries++)); do
        has_ended "$1" "$2" && return
        [ "$tries" -lt $((200 * SLOW)) ] || kill -KILL "$1" 2>/dev/null
        sleep 0.05
    done
    printf 'process %s does not end: %s\n' "$1" "$(tr '\0' ' ' <"/proc/$1/cmdline")" >&2
}

# spawn CMD…: in the background, ended at the test's end; its number is in $SPAWNED.
spawn() {
    "$@" &
    SPAWNED=$!
    remember "$SPAWNED"
}

# free_port: a TCP port that nobody has at this moment.
free_port() {
    local port hex
    while :; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        printf -v hex ':%04X ' "$port"
        grep -qF "$hex" /proc/net/tcp /proc/net/tcp6 2>/dev/null || break
    done
    printf '%s\n' "$port"
}

# ---- cgroups

# hierarchies: "VERSION CONTROLLERS MOUNTPOINT" of each, once, where it shows its root. On v1 the
# controllers are a comma list (name=… for one that has none); on v2 it is a dash.
hierarchies() {
    awk '{
        for (i = 7; $i != "-"; i++) ;
        type = $(i + 1)
        if ((type != "cgroup" && type != "cgroup2") || $4 != "/" || seen[$3]++) next
        if (type == "cgroup2") { print 2, "-", $5; next }
        count = split($NF, option, ","); list = ""
        for (j = 1; j <= count; j++)
            if (option[j] !~ /^(rw|ro|xattr|clone_children|noprefix|release_agent=.*|cpuset_v2_mode)$/)
                list = list (list == "" ? "" : ",") option[j]
        print 1, list, $5
    }' /proc/self/mountinfo
}

# is_pure_v2: whether cgroup v2 has the controllers.
is_pure_v2() { ! hierarchies | grep -q '^1 .*cpu'; }

# controller_mount CONTROLLER: where the hierarchy with it is mounted (v2's where no v1 has it).
controller_mount() {
    hierarchies | awk -v name="$1" '
        $1 == 2 { v2 = $3 }
        $1 == 1 && index("," $2 ",", "," name ",") { print $3; found = 1; exit }
        END { if (!found) print v2 }'
}

# cgroup_path CONTROLLER [NAME]: the folder of this test's cgroup NAME.
cgroup_path() { printf '%s/%s\n' "$(controller_mount "$1")" "$CGROUP${2:+/$2}"; }

# cgroup_make [NAME]: this test's cgroup NAME (with those above it), in every hierarchy.
cgroup_make() {
    local version list mount path part parts
    IFS=/ read -r -d '' -a parts < <(printf '%s' "$CGROUP${1:+/$1}")
    while read -r version list mount; do
        path=$mount
        for part in "${parts[@]}"; do
            [ "$version" = 1 ] || [ "$path" = "$mount" ] || enable_controllers "$path"
            path=$path/$part
            [ -d "$path" ] || mkdir -- "$path" || fail "cannot make the cgroup $path"
            case ,$list, in *,cpuset,*) adopt_cpuset "$path" ;; esac
        done
    done < <(hierarchies)
}

enable_controllers() {
    local controller
    for controller in $(<"$1/cgroup.controllers"); do
        echo "+$controller" >"$1/cgroup.subtree_control" 2>/dev/null || true
    done
}

# A v1 cpuset takes no process before it has its processors and memory nodes.
adopt_cpuset() {
    local file
    for file in cpuset.cpus cpuset.mems; do
        [ -n "$(<"$1/$file")" ] || cat -- "$(dirname -- "$1")/$file" >"$1/$file"
    done
}

# cgroup_enter NAME PID: in every hierarchy.
cgroup_enter() {
    local mount
    while read -r _ _ mount; do
        echo "$2" >"$mount/$CGROUP/$1/cgroup.procs" || fail "process $2 cannot enter $CGROUP/$1 of $mount"
    done < <(hierarchies)
}

# cgroup_run NAME CMD…: CMD in that cgroup, in the background, as spawn; it is in there at the return.
cgroup_run() {
    local name=$1
    shift
    # shellcheck disable=SC2016 # the inner shell's variables
    PLIMSOLL_TEST_WORK=$WORK spawn bash -c '. "$1"; cgroup_enter "$2" $$; : >"$WORK/entered.$$"; shift 2; exec "$@"' \
        - "$lib_dir/lib.sh" "$name" "$@"
    wait_for 5 "a process to enter $name" test -e "$WORK/entered.$SPAWNED"
}

# cgroup_thaw [NAME]: that cgroup and those below; what a test froze can take no signal before.
cgroup_thaw() {
    local mount top
    while read -r _ _ mount; do
        top=$mount/$CGROUP${1:+/$1}
        [ -d "$top" ] || continue
        find "$top" -depth -name freezer.state -exec sh -c 'echo THAWED >"$1"' - {} \;
        find "$top" -depth -name cgroup.freeze -exec sh -c 'echo 0 >"$1"' - {} \;
    done < <(hierarchies) 2>/dev/null
}

# cgroup_remove [NAME]: that cgroup of this test and those below it, their processes killed.
cgroup_remove() {
    local mount top
    cgroup_thaw "${1:-}"
    while read -r _ _ mount; do
        top=$mount/$CGROUP${1:+/$1}
        [ ! -d "$top" ] || remove_tree "$top"
    done < <(hierarchies)
}

# remove_tree FOLDER: a cgroup and all below it; only ever a test's own.
remove_tree() {
    local path pid tries
    while IFS= read -r -d '' path; do
        for ((tries = 0; tries < 100 * SLOW; tries++)); do
            while read -r pid; do kill -KILL "$pid" 2>/dev/null; done 2>/dev/null <"$path/cgroup.procs"
            rmdir -- "$path" 2>/dev/null && break
            [ -d "$path" ] || break
            sleep 0.05
        done
    done < <(find "$1" -depth -type d -print0 2>/dev/null)
    [ ! -d "$1" ] || printf 'cannot remove the cgroup %s\n' "$1" >&2
}

# remove_empty NAME: a runtime's own folder (docker, libpod_parent) that it left behind empty.
remove_empty() {
    local mount
    while read -r _ _ mount; do
        [ ! -d "$mount/$1" ] || find "$mount/$1" -depth -type d -exec rmdir {} + 2>/dev/null
    done < <(hierarchies)
    return 0
}

. "$lib_dir/containers.sh"

# ---- the exporter

# exporter_start [ARGS…]: its address is in $EXPORTER_URL, its number in $EXPORTER_PID; it is ready then.
exporter_start() {
    local port
    port=$(free_port)
    EXPORTER_URL=http://127.0.0.1:$port
    "$PLIMSOLL" exporter --web.listen-address "127.0.0.1:$port" "$@" >>"$WORK/exporter.log" 2>&1 &
    EXPORTER_PID=$!
    remember "$EXPORTER_PID"
    wait_up 10 "the exporter" "$EXPORTER_PID" curl -fsS --max-time 5 "$EXPORTER_URL/-/ready"
}

# exporter_stop: its exit status.
exporter_stop() {
    kill "$EXPORTER_PID" && wait "$EXPORTER_PID"
}
