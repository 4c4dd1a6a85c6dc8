#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# plimsoll ns and plimsoll doctor on a folder tree.
# shellcheck source=tests/system/cli/lib.sh
. "$(dirname -- "$0")/lib.sh"
make_host "$work/host"

# Inode numbers are what the file system gave: names in their place, and single spaces because of their width.
namespaces() {
    on_host ns
    expect_code 0 "ns"
    by_name
    same_as ns_table.txt "$work/ns"
    on_host ns --kind net,pid web db-1
    expect_code 0 "ns of two"
    by_name
    same_as ns_two.txt "$work/ns"
    on_host ns --format json --all
    expect_code 0 "ns as json"
    python3 - "$work/out" "$(inode net:web)" <<'END' || complain "ns as json"
import json, sys
rows = {r["name"]: r for r in map(json.loads, open(sys.argv[1]))}
web, job = rows["web"]["namespaces"], [r for n, r in rows.items() if "libpod" in r["path"]][0]["namespaces"]
assert web["net"] == {"inode": int(sys.argv[2]), "host": False, "shared_with": ["db-1"]}, web["net"]
assert web["pid"]["shared_with"] == [], web["pid"]
assert web["user"]["host"] is True
assert job["net"]["host"] is True
END
}

by_name() {
    local who
    tr -s ' ' <"$work/out" >"$work/ns"
    for who in net:web pid:web pid:db pid:job; do sed -i "s/\b$(inode "$who")\b/$who/g" "$work/ns"; done
}

# What depends on who runs this is left out.
doctor() {
    on_host doctor
    expect_code 0 "doctor"
    sed -n '/^cgroups/,/^privileges/p' "$work/out" | grep -v '^privileges' >"$work/doctor"
    same_as doctor.txt "$work/doctor"
    says out "docker: /var/lib/docker"
    ! grep -q $'\033' "$work/out" || complain "colour without a terminal"
    on_host doctor --format json
    expect_code 0 "doctor as json"
    python3 - "$work/out" <<'END' || complain "doctor as json"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["ok"] is True and d["cgroup_mode"] == "v2", d
assert all(f["level"] in ("ok", "note", "lacks", "missing") for f in d["findings"])
assert any(f["topic"] == "limits" and "8192" in f["what"] for f in d["findings"]), d["findings"]
assert isinstance(d["metrics_not_offered"], list)
END
}

missing() {
    printf 'cpuset cpu io hugetlb pids rdma misc\n' >"$HOST/sys/fs/cgroup/cgroup.controllers"
    printf 'cpu pids\n' >"$HOST/sys/fs/cgroup/cgroup.subtree_control"
    rm -rf "$HOST/proc/pressure"
    on_host doctor
    expect_code 1 "doctor without a memory controller"
    says out "X missing   no hierarchy has the memory controller"
    says out "! lacks     the io controller is not enabled below the v2 root"
    says out "echo +io > $HOST/sys/fs/cgroup/cgroup.subtree_control"
    on_host stats --no-stream --interval 20ms --columns name,mem
    expect_code 0 "stats without a memory controller"
    says err "no hierarchy has the memory controller: no memory figures, limits or OOM kills"
    ! grep -q 'io controller' "$work/err" || complain "it talks about what was not asked for"
    on_host stats --no-stream --interval 20ms --columns name,pids
    silent err
}

namespaces
doctor
missing
finish
