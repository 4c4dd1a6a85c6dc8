#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every flag of docker run, as `docker run --help` of this host's Docker lists them: plimsoll run has it or refuses it by name
# and with a reason. None is unknown, and none is taken in silence.
set -euo pipefail
plimsoll=${PLIMSOLL:?}

if ! command -v docker >/dev/null; then
    echo "needs docker: ./dev deps test installs it"
    [ -z "${PLIMSOLL_MUST_RUN:-}" ] || exit 1
    exit 77
fi
flags=$(docker run --help | grep -oE '^ +(-[a-zA-Z], )?--[a-z][a-z0-9-]*' | grep -oE '\-\-.*' | sort -u)
[ "$(wc -w <<<"$flags")" -gt 80 ] || { echo "docker run --help lists too few flags" && exit 1; }
help=$("$plimsoll" run --help)
failed=0
refused=0
for flag in $flags; do
    [ "$flag" != --help ] || continue
    out=$("$plimsoll" run "$flag" 2>&1 </dev/null) && code=0 || code=$?
    if [ "$code" != 125 ]; then
        echo "$flag: exit code $code: $out"
        failed=1
    elif grep -q "is not available" <<<"$out"; then
        refused=$((refused + 1))
        grep -q -- "'$flag'" <<<"$out" || { echo "$flag: refused without its name: $out" && failed=1; }
        [ "${#out}" -gt $((${#flag} + 40)) ] || { echo "$flag: refused without a reason: $out" && failed=1; }
    elif grep -qE "unknown option|did you mean" <<<"$out"; then
        echo "$flag: neither taken nor refused: $out"
        failed=1
    elif ! grep -qE -- "(^|[ ,])--(no-|\[no-\])?${flag#--}( |\$)" <<<"$help"; then
        echo "$flag: taken, and not in the help"
        failed=1
    fi
done
echo "$(wc -w <<<"$flags") flags, $refused refused by name"
exit $failed
