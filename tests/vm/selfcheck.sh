#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The test of tests/vm/run itself: words, output, statuses, and an end for guests that hang or panic.
. "$(dirname -- "$0")/../system/lib/lib.sh"
need qemu-system-x86_64 cpio
run=$(dirname -- "$(readlink -f -- "$0")")/run
"${run%run}kernel" 6.1 >/dev/null || fail "no kernel for the guest" # its download is not the guest's output

# expect STATUS ARGS…: what run prints is in $out and $err then.
expect() {
    local expected=$1 status=0
    shift
    "$run" "$@" >"$WORK/out" 2>"$WORK/err" <&- || status=$?
    out=$(<"$WORK/out") err=$(<"$WORK/err")
    [ "$status" = "$expected" ] || fail "run $*: status $status, not $expected: $out $err"
}

# shellcheck disable=SC2016 # the guest's
PLIMSOLL_WORD='two  words' expect 41 --results "$WORK/results" --timeout 120 bash -c '
    printf "%s\n" "$PWD" "$1" "$PLIMSOLL_WORD" "$PLIMSOLL_VM"; echo aside >&2; cat; echo kept >/results/file
    sleep 1000 & exit 41' - $'a "quoted"\nword'
[ "$out" = "$PLIMSOLL_SOURCE"$'\na "quoted"\nword\ntwo  words\n1' ] || fail "the guest said: $out"
[ "$err" = aside ] || fail "the guest said on stderr: $err"
[ "$(<"$WORK/results/file")" = kept ] || fail "no results"
ok "words, both outputs, the status and results"

expect 124 --timeout 12 sleep 1000
expect 125 --timeout 120 sh -c 'echo c >/proc/sysrq-trigger'
grep -q 'sysrq_handle_crash\|Kernel panic' <<<"$err" || fail "no word of a panic: $err"
ok "a guest that hangs, and one that panics"

expect 125 --kernel 5.0 true
expect 125 --timeout soon true
expect 125 --wrong true
expect 125
ok "wrong arguments"
