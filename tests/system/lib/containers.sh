# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Part of lib.sh: real containers. Each runtime's data is in a folder of its own below $WORK (its NAME, so
# that a test can have several), and nothing of the host's own docker or podman is touched.

# storage_driver FOLDER: one overlay cannot carry another's upper layer.
storage_driver() {
    if [ "$(stat -f -c %T -- "$1")" = overlayfs ]; then echo vfs; else echo "$2"; fi
}

# busybox_root: the layer of a small image, as a tar on stdout.
busybox_root() {
    local root=$WORK/busybox-root
    if [ ! -d "$root" ]; then
        mkdir -p "$root"/{bin,etc,proc,sys,dev,tmp,root,run}
        cp -- "$(command -v busybox)" "$root/bin/busybox"
        local applet
        for applet in sh sleep cat dd true false ls ps mount head yes wc seq nice touch rm mkdir httpd wget; do
            ln -s busybox "$root/bin/$applet"
        done
        printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
    fi
    tar -C "$root" --owner=0 --group=0 -c .
}

# keep_note FOLDER NAME…: which of a runtime's own cgroup folders were not there before it.
keep_note() {
    local note=$1/own-cgroups name
    shift
    for name in "$@"; do
        hierarchies | while read -r _ _ mount; do [ ! -d "$mount/$name" ] || echo there; done | grep -q there ||
            printf '%s\n' "$name" >>"$note"
    done
}

drop_noted() {
    local name
    [ -f "$1/own-cgroups" ] || return 0
    while read -r name; do remove_empty "$name"; done <"$1/own-cgroups"
}

# docker_start [NAME [DOCKERD OPTIONS…]]: a dockerd and containerd of the test's own, with $IMAGE in it; the
# docker client of this shell talks to it from then on.
docker_start() {
    local dir=$WORK/${1:-docker}
    need_root
    need dockerd containerd docker busybox
    mkdir -p "$dir/client"
    keep_note "$dir" docker
    printf 'version = 2\nroot = "%s"\nstate = "%s"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "%s"\n' \
        "$dir/containerd" "$dir/containerd-state" "$dir/containerd.sock" >"$dir/containerd.toml"
    containerd --config "$dir/containerd.toml" >>"$dir/containerd.log" 2>&1 </dev/null &
    remember $! "$dir/docker.pids"
    wait_up 20 containerd $! test -S "$dir/containerd.sock"
    # The key would go to /etc/docker otherwise.
    [ -f "$dir/daemon.json" ] || printf '{"deprecated-key-path": "%s"}\n' "$dir/key.json" >"$dir/daemon.json"
    dockerd --config-file "$dir/daemon.json" --containerd "$dir/containerd.sock" \
        --data-root "$dir/data" --exec-root "$dir/exec" -H "unix://$dir/docker.sock" --pidfile "$dir/docker.pid" \
        --iptables=false --ip6tables=false --bridge=none \
        --exec-opt native.cgroupdriver=cgroupfs --storage-driver "$(storage_driver "$dir" overlay2)" \
        "${@:2}" >>"$dir/dockerd.log" 2>&1 </dev/null &
    remember $! "$dir/docker.pids"
    docker_use "${1:-docker}"
    wait_up 30 dockerd $! docker version
    busybox_root | docker import - "$IMAGE" >/dev/null || fail "docker cannot import an image"
}

# docker_use NAME: which of several dockers this shell's client talks to.
docker_use() {
    export DOCKER_HOST=unix://$WORK/$1/docker.sock DOCKER_CONFIG=$WORK/$1/client
}

# docker_run OPTIONS… IMAGE CMD…: prints the new container's id.
docker_run() { docker run -d --network none "$@" || fail "docker run $*"; }

# docker_pid CONTAINER
docker_pid() { docker inspect -f '{{.State.Pid}}' "$1"; }

# docker_stop [NAME]: its containers, its daemons, its mounts, its cgroups.
docker_stop() {
    local dir=$WORK/${1:-docker} ids
    [ -f "$dir/docker.pids" ] || return 0
    docker_use "${1:-docker}"
    mapfile -t ids < <(docker ps -aq 2>/dev/null)
    [ ${#ids[@]} = 0 ] || docker rm -f "${ids[@]}" >/dev/null
    end_processes "$dir/docker.pids"
    unmount_below "$dir"
    drop_noted "$dir"
}

# podman_start [NAME]: a podman with a storage of its own, with $IMAGE in it; the function podman uses it.
podman_start() {
    local name=${1:-podman} dir=$WORK/${1:-podman}
    need_root
    need podman conmon busybox "$(oci_runtime)"
    mkdir -p "$dir"
    keep_note "$dir" libpod_parent conmon
    printf '[engine]\nlock_type = "file"\nevents_logger = "none"\n[containers]\nlog_driver = "k8s-file"\n' >"$dir/podman.conf"
    printf '{"default": [{"type": "insecureAcceptAnything"}]}\n' >"$dir/policy.json"
    podman_use "$name"
    busybox_root | podman import --signature-policy "$dir/policy.json" - "$IMAGE" >/dev/null 2>"$dir/import.log" ||
        fail "podman cannot import an image: $(<"$dir/import.log")"
}

podman_use() { PODMAN_DIR=$WORK/$1; }

# crun 1.8 refuses a hybrid host; docker brings runc in any case.
oci_runtime() { if is_pure_v2; then echo crun; else echo runc; fi; }

podman() {
    env -u DOCKER_CONFIG CONTAINERS_CONF="$PODMAN_DIR/podman.conf" \
        podman --root "$PODMAN_DIR/root" --runroot "$PODMAN_DIR/run" --tmpdir "$PODMAN_DIR/tmp" \
        --cgroup-manager=cgroupfs --runtime "$(oci_runtime)" \
        --storage-driver "$(storage_driver "$PODMAN_DIR" overlay)" "$@"
}

# podman_run OPTIONS… IMAGE CMD…: prints the new container's id. Root without CAP_SYS_RESOURCE cannot give it
# higher limits than it has itself.
podman_run() { podman run -d --network none --ulimit nofile=1024 --ulimit nproc=4096 "$@" || fail "podman run $*"; }

podman_stop() {
    local dir=$WORK/${1:-podman}
    [ -f "$dir/podman.conf" ] || return 0
    podman_use "${1:-podman}"
    podman rm -fa -t 0 >/dev/null
    unmount_below "$dir"
    drop_noted "$dir"
    rm -f -- "$dir/podman.conf"
}

# compose_labels PROJECT SERVICE: options of docker_run and podman_run, as compose would label a container.
compose_labels() {
    printf -- '--label=%s\n' "com.docker.compose.project=$1" "com.docker.compose.service=$2" \
        "com.docker.compose.container-number=1" "com.docker.compose.oneoff=False"
}

# container_cgroups ID: the folders of a container, in every hierarchy (those that crun adds are below them).
container_cgroups() {
    hierarchies | while read -r _ _ mount; do find "$mount" -type d -name "*$1*" -prune 2>/dev/null || true; done # others come and go
}

# runtime_run docker|podman NAME OPTIONS… IMAGE CMD…: for plimsoll_testlib.py.
runtime_run() {
    "$1_use" "$2"
    "$1_run" "${@:3}"
}
