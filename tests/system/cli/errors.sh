#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Mistakes on the command line, and hosts that have nothing to read: a clear message each.
# shellcheck source=tests/system/cli/lib.sh
. "$(dirname -- "$0")/lib.sh"
make_host "$work/host"

# refused NAME CODE ARGS…: what is said on stderr is golden, and nothing is shown.
all=$work/all
refused() {
    local expected=$1
    shift
    on_host "$@"
    expect_code "$expected" "plimsoll $*"
    silent out
    printf '$ plimsoll %s\n' "$*" >>"$all"
    cat -- "$work/err" >>"$all"
}

usage() {
    : >"$all"
    refused 2 stts
    refused 2 frobnicate
    refused 2 stats --no-strem
    refused 2 stats --frob
    refused 2 stats -x
    refused 2 stats --no-stream --interval
    refused 2 stats --no-stream --interval soon
    refused 2 stats --no-stream --interval 1ms
    refused 2 stats --no-stream --format xml
    refused 2 stats --no-stream --sort cpuu
    refused 2 stats --no-stream --columns name,nonsensical
    refused 2 stats --no-stream --filter nmae=web
    refused 2 stats --no-stream --filter state=stopped
    refused 2 ns --kind network
    refused 2 doctor now
    refused 2 exporter --web.listen-adress :1
    refused 2 exporter --collector.network=perhaps
    refused 2 exporter --web.telemetry-path metrics
    refused 2 exporter --user no-such-user
    refused 2 exporter now
    same_as errors_usage.txt "$all"
}

names() {
    : >"$all"
    # columns that an ordinary user has in full: nothing else is said then
    refused 1 stats --no-stream --interval 20ms --columns name,mem wbe
    refused 1 stats --no-stream --interval 20ms --columns name,mem nothing-like-it
    refused 1 stats --no-stream --interval 20ms --columns name,mem 4f5
    refused 1 ns dbb-1
    same_as errors_names.txt "$all"
}

hosts() {
    HOST=$work/nothing
    mkdir -p "$HOST/proc/1" "$HOST/sys"
    printf '26 1 254:1 / / rw - ext4 /dev/vda1 rw\n' >"$HOST/proc/1/mountinfo"
    on_host stats --no-stream
    expect_code 1 "no cgroup mount"
    silent out
    says err "cgroup"
    [ "$(wc -l <"$work/err")" -ge 2 ] || complain "it does not say what to do"
    on_host doctor
    expect_code 1 "doctor without cgroups"
    says out "X missing"
    says out "Something essential is missing."
    on_host ns
    expect_code 1 "ns without cgroups"
    on_host exporter --web.listen-address 127.0.0.1:0
    expect_code 1 "exporter without cgroups"
    says err "level=error"
    HOST=$work/nowhere
    on_host stats --no-stream
    expect_code 1 "no procfs"
    silent out
    says err nowhere
}

# Standard output that can't be written to.
full_disk() {
    local roots
    HOST=$work/host
    mapfile -t roots < <(roots)
    "$plimsoll" stats --no-stream --interval 20ms "${roots[@]}" >/dev/full 2>"$work/err"
    code=$?
    : >"$work/out"
    expect_code 1 "a full disk"
    says err "cannot write to standard output: No space left on device"
}

# The front is of no use alone, and says so.
front() {
    cp -- "$plimsoll" "$work/plimsoll"
    "$work/plimsoll" stats >"$work/out" 2>"$work/err"
    code=$?
    expect_code 1 "the front alone"
    says err "the program 'monitor' is neither in"
    mkdir -p "$work/prefix/bin" "$work/prefix/libexec/plimsoll"
    cp -- "$plimsoll" "$work/prefix/bin/"
    cp -- "$(dirname -- "$plimsoll")/libexec/plimsoll/monitor" "$work/prefix/libexec/plimsoll/"
    "$work/prefix/bin/plimsoll" help stats >"$work/out" 2>"$work/err"
    code=$?
    expect_code 0 "as it is installed"
    says out "usage: plimsoll stats"
    ln -s "$work/prefix/bin/plimsoll" "$work/link"
    "$work/link" stats --help >"$work/out" 2>"$work/err"
    code=$?
    expect_code 0 "through a link"
    "$plimsoll" >"$work/out" 2>"$work/err"
    code=$?
    expect_code 2 "no command"
    silent out
    "$plimsoll" --version >"$work/out" 2>"$work/err"
    code=$?
    expect_code 0 "version"
    says out "plimsoll "
}

usage
names
hosts
full_disk
front
finish
