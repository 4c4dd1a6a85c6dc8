# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the tests of the command line share: they run the real programs on folder trees, without root.
set -uo pipefail

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
golden=$(readlink -f -- "$here/../../golden/cli")
plimsoll=${PLIMSOLL:?the program to test}
work=$(mktemp -d "${TMPDIR:-/tmp}/plimsoll-cli.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
# shellcheck source=tests/system/cli/host.sh
. "$here/host.sh"
unset NO_COLOR
export LC_ALL=C.UTF-8 COLUMNS=200
failures=0

# on_host ARGS…: plimsoll ARGS on the host that was made.
roots() { printf '%s\n' "--path.procfs=$HOST/proc" "--path.sysfs=$HOST/sys" "--path.rootfs=$HOST"; }
on_host() {
    local roots
    mapfile -t roots < <(roots)
    "$plimsoll" "$1" "${roots[@]}" "${@:2}" >"$work/out" 2>"$work/err"
    code=$?
}

complain() {
    printf 'FAIL: %s\n' "$1"
    printf -- '-- exit code %s, standard output:\n' "$code"
    cat -- "$work/out"
    printf -- '-- standard error:\n'
    cat -- "$work/err"
    failures=$((failures + 1))
}

# expect_code N WHAT
expect_code() { [ "$code" = "$1" ] || complain "$2: exit code $code, not $1"; }

# same_as NAME FILE: compares with a golden file, the work folder's name left out.
same_as() {
    sed -i "s#$work#WORK#g" "$2"
    if [ -n "${PLIMSOLL_UPDATE_GOLDEN:-}" ]; then
        cp -- "$2" "$golden/$1"
    elif ! diff -u -- "$golden/$1" "$2"; then
        complain "$1 differs"
    fi
}

# says FILE WORDS: some line has the words.
says() { grep -qF -- "$2" "$work/$1" || complain "$1 does not say: $2"; }
silent() { [ ! -s "$work/$1" ] || complain "$1 should be empty"; }

finish() {
    [ "$failures" = 0 ] || exit 1
    printf 'all as expected\n'
}
