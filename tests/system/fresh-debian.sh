#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fresh-debian.sh [--keep] [ARGS]: ./dev ARGS (run stats --no-stream if none) on a copy of this tree in a minimal Debian 12
# of its own, where nothing was installed by hand. Packages come from where this host's apt has them from.
set -euo pipefail

root=$(dirname -- "$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")")
suite=bookworm
cache=${XDG_CACHE_HOME:-$HOME/.cache}/plimsoll/fresh
keep=

die() {
    printf 'fresh: %s\n' "$*" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || die "needs root"
if [ "${1:-}" = --keep ]; then
    keep=1
    shift
fi
[ $# -gt 0 ] || set -- run stats --no-stream

# targets FORMAT: of Debian's own suites among those that this host's apt knows. (apt fills the $(…).)
# shellcheck disable=SC2016
targets() {
    apt-get indextargets --format "\$(ORIGIN) \$(CODENAME) $1" 'Created-By: Packages' |
        sed -nE "s/^Debian $suite(-[a-z]+)? //p" | sort -u
}

make_base() {
    local mirror work=$cache/base.$$
    # shellcheck disable=SC2016
    mirror=$(targets '$(RELEASE) $(REPO_URI)' | sed -n "s/^$suite //p" | head -n 1)
    [ -n "$mirror" ] || die "this host's apt knows no Debian $suite: run apt-get update first"
    printf 'fresh: making a minimal Debian %s\n' "$suite" >&2
    rm -rf --one-file-system -- "$work"
    debootstrap --variant=minbase "$suite" "$work" "$mirror" >"$cache/debootstrap.log" 2>&1 ||
        { tail -n 20 "$cache/debootstrap.log" >&2 && die "debootstrap failed"; }
    tar -C "$work" -cf "$cache/base.tar.$$" .
    rm -rf --one-file-system -- "$work"
    mv -- "$cache/base.tar.$$" "$cache/base.tar"
}

# The host's way to packages: its sources of Debian, proxies, certificates and names.
copy_apt() {
    local etc=$tree/etc
    # shellcheck disable=SC2016
    targets 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' >"$etc/apt/sources.list"
    apt-config dump | grep -iE '^Acquire::https?::.*(proxy|cainfo|verify)' |
        grep -vi 'auto-\?detect' >"$etc/apt/apt.conf.d/00host" || true
    mkdir -p "$etc/ssl/certs"
    [ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp -L /etc/ssl/certs/ca-certificates.crt "$etc/ssl/certs/"
    cp -L /etc/resolv.conf /etc/hosts "$etc/" 2>/dev/null || true
}

# The last commit, and what has changed since in this tree.
copy_source() {
    git -c safe.directory='*' clone -q --no-hardlinks -- "$root" "$tree/plimsoll"
    (cd -- "$root" && git ls-files -z -co --exclude-standard |
        while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
        tar -c --null -T - | tar -x --no-same-owner -C "$tree/plimsoll")
    (cd -- "$root" && git ls-files -z -d | (cd -- "$tree/plimsoll" && xargs -0 -r rm -f --))
}

# Only processes whose root is in the tree.
end_leftovers() {
    local process
    for process in /proc/[0-9]*; do
        case $(readlink "$process/root" 2>/dev/null) in
        "$tree" | "$tree"/*) kill -KILL "${process#/proc/}" 2>/dev/null || true ;;
        esac
    done
}

cleanup() {
    end_leftovers
    if [ -d "$tree/plimsoll/build/log" ]; then
        mkdir -p -- "$root/build/log"
        rm -rf -- "$root/build/log/fresh"
        cp -r -- "$tree/plimsoll/build/log" "$root/build/log/fresh"
    fi
    if [ -n "$keep" ]; then
        printf 'fresh: kept in %s\n' "$tree" >&2
    else
        rm -rf --one-file-system -- "$tree"
    fi
}

mkdir -p -- "$cache"
[ -f "$cache/base.tar" ] || make_base
tree=$(mktemp -d "$cache/tree.XXXXXX")
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
chmod 755 "$tree"
tar -C "$tree" -xf "$cache/base.tar"
copy_apt
copy_source

# A mount namespace of its own, whose root the tree becomes: containers can start in it, which they cannot
# below a mere chroot. Everything that is mounted here is gone with the last process in it.
variables=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "TERM=${TERM:-dumb}")
for name in $(compgen -e | grep -E '^(PLIMSOLL_|CI$|[a-z]+_proxy$)'); do variables+=("$name=${!name}"); done
# shellcheck disable=SC2016 # the inner shell's variables
env -i "${variables[@]}" unshare --mount --propagation private bash -euc '
    tree=$1
    shift
    mount --bind "$tree" "$tree"
    mount -t proc proc "$tree/proc"
    for dir in sys dev; do
        mount --rbind "/$dir" "$tree/$dir"
        mount --make-rprivate "$tree/$dir"
    done
    mount -t tmpfs run "$tree/run"
    mkdir "$tree/run/lock" "$tree/run/old-root"
    cd "$tree"
    pivot_root . run/old-root
    cd /plimsoll
    umount -l /run/old-root
    exec ./dev "$@"' - "$tree" "$@"
