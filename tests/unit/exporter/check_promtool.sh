#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_promtool.sh FILE…: promtool has nothing at all to say about these expositions (text 0.0.4).
set -euo pipefail

if ! command -v promtool >/dev/null; then
    echo "there is no promtool (Debian: prometheus)"
    [ -n "${PLIMSOLL_MUST_RUN:-}" ] && exit 1
    exit 77
fi
for file in "$@"; do
    said=$(promtool check metrics <"$file" 2>&1) || { printf '%s: promtool failed:\n%s\n' "$file" "$said"; exit 1; }
    [ -z "$said" ] || { printf '%s: promtool complains:\n%s\n' "$file" "$said"; exit 1; }
    [ -s "$file" ] || { printf '%s is empty\n' "$file"; exit 1; }
done
