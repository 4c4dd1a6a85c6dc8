#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The test library's own test: it starts what it promises, and nothing stays behind.
case ${1:-} in
inside) . "$(dirname -- "$0")/lib/lib.sh" ;;
*) . "$(dirname -- "$0")/lib/lib.sh" && need_root ;;
esac

# What runs here, in a process of its own with a folder of its own, is gone at its end.
inside_bash() {
    docker_start
    local web front pod own
    mapfile -t labels < <(compose_labels shop front)
    web=$(docker_run --name web -m 32m --cpus 0.5 "$IMAGE" sleep 1000) || exit
    front=$(docker_run --name front "${labels[@]}" "$IMAGE" sleep 1000) || exit
    podman_start
    pod=$(podman_run --name pod --label color=red -m 40m "$IMAGE" sleep 1000) || exit
    cgroup_make "own/deep er"
    cgroup_run "own/deep er" sleep 1000
    own=$SPAWNED
    grep -qxF "0::/$CGROUP/own/deep er" "/proc/$own/cgroup" || fail "process $own is in $(<"/proc/$own/cgroup")"
    [ "$(docker inspect -f '{{index .Config.Labels "com.docker.compose.project"}}' front)" = shop ] || fail "no label"
    [ "$(podman inspect -f '{{.Config.Labels.color}}' pod)" = red ] || fail "no label in podman"
    local id expected
    expected=$(hierarchies | wc -l)
    for id in "$web" "$front" "$pod"; do
        [ "$(container_cgroups "$id" | wc -l)" = "$expected" ] || fail "cgroups of $id: $(container_cgroups "$id")"
    done
    [ "$(limit_of "$(container_cgroups "$web")")" = $((32 << 20)) ] || fail "web's memory limit is wrong"
    [ "$(limit_of "$(container_cgroups "$pod")")" = $((40 << 20)) ] || fail "pod's memory limit is wrong"
    printf '%s\n' "$WORK" "$CGROUP" "$web" "$front" "$pod" >"$1"
}

inside_python() {
    python3 -B - "$lib_dir" "$1" <<'END'
import os
import sys
sys.path.insert(0, sys.argv[1])
import plimsoll_testlib as lib

podman = lib.Podman("mine")
pod = podman.run("--name", "pod", *lib.compose_labels("shop", "front"), lib.IMAGE, "sleep", "1000")
hostile = os.fsdecode(b"quote\" back\\slash \x1b[31m \xff*$(x)")  # the kernel allows all but a newline
lib.cgroup_make(hostile)
process = lib.cgroup_run(hostile, "sleep", "1000")
for one in lib.hierarchies():
    assert (one.path(hostile) / "cgroup.procs").read_text() == f"{process.pid}\n"
assert podman.inspect(pod)["Config"]["Labels"]["com.docker.compose.project"] == "shop"
assert podman.pid(pod) > 1
assert len(lib.container_cgroups(pod)) == len(lib.hierarchies()), lib.container_cgroups(pod)
with open(sys.argv[2], "w") as names:
    print(lib.work(), lib.work().name, pod, sep="\n", file=names)
END
}

# It waits to be told to end.
inside_wait() {
    docker_start
    local web
    web=$(docker_run "$IMAGE" sleep 1000) || exit
    cgroup_make own/frozen
    cgroup_run own/frozen sleep 1000
    echo FROZEN 2>/dev/null >"$(cgroup_path freezer own/frozen)/freezer.state" ||
        echo 1 >"$(cgroup_path unified own/frozen)/cgroup.freeze"
    printf '%s\n' "$WORK" "$CGROUP" "$web" >"$1"
    while :; do sleep 0.1; done
}

limit_of() {
    local folder
    while IFS= read -r folder; do
        cat "$folder/memory.max" "$folder/memory.limit_in_bytes" 2>/dev/null
    done <<<"$1"
}

if [ "${1:-}" = inside ]; then
    "inside_$2" "$3"
    exit
fi

nothing_left() {
    local name left
    while IFS= read -r name; do
        left=$(grep -F -- "$name" /proc/self/mountinfo)
        [ -z "$left" ] || fail "mounts are left over: $left"
        left=$(hierarchies | while read -r _ _ mount; do find "$mount" -type d -name "*$name*"; done)
        [ -z "$left" ] || fail "cgroups are left over: $left"
        [ ! -e "$name" ] || fail "$name is left over"
    done <"$1"
    left=$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -aoFf "$1")
    [ -z "$left" ] || fail "processes are left over that speak of $left"
}

"$0" inside bash "$WORK/names" || fail "the shell library"
[ "$(wc -l <"$WORK/names")" = 5 ] || fail "the shell library did not come to its end"
nothing_left "$WORK/names"
ok "lib.sh: containers and cgroups come and go"

inside_python "$WORK/python-names" || fail "the Python library"
[ "$(wc -l <"$WORK/python-names")" = 3 ] || fail "the Python library did not come to its end"
nothing_left "$WORK/python-names"
ok "plimsoll_testlib.py: the same"

"$0" inside wait "$WORK/killed-names" 2>/dev/null &
killed=$!
remember "$killed"
wait_for 60 "the test that is to be ended" test -s "$WORK/killed-names"
kill "$killed"
wait "$killed"
[ $? = 143 ] || fail "an ended test has the wrong status"
nothing_left "$WORK/killed-names"
ok "a test that is told to end cleans up"

verdict() {
    local expected=$1 status=0
    shift
    "$@" >/dev/null 2>&1 || status=$?
    [ "$status" = "$expected" ] || fail "$*: status $status, not $expected"
}
# shellcheck disable=SC2016 # inner shells
{
    verdict 77 env -u PLIMSOLL_MUST_RUN bash -c '. "$0"; skip why' "$lib_dir/lib.sh"
    verdict 1 env PLIMSOLL_MUST_RUN=1 bash -c '. "$0"; skip why' "$lib_dir/lib.sh"
    verdict 1 bash -c '. "$0"; SLOW=1; wait_for 1 "what never comes" false' "$lib_dir/lib.sh"
    verdict 1 bash -c '. "$0"; sleep 0 & wait_up 1 "what ended" $! false' "$lib_dir/lib.sh"
}
ok "verdicts"
