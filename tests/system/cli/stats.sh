#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# plimsoll stats on a folder tree.
# shellcheck source=tests/system/cli/lib.sh
. "$(dirname -- "$0")/lib.sh"
make_host "$work/host"

quick=(--no-stream --interval 20ms)

table() {
    on_host stats "${quick[@]}"
    expect_code 0 "a table"
    same_as stats_table.txt "$work/out"
    on_host stats "${quick[@]}" --all --columns name,class,state,pids,mem --sort name
    expect_code 0 "all of them"
    same_as stats_all.txt "$work/out"
    on_host stats "${quick[@]}" --no-trunc --columns id,name --sort -name web
    expect_code 0 "full ids"
    says out "$WEB"
}

filters() {
    on_host stats "${quick[@]}" --columns name,image -f label=tier -f '!image=nginx'
    expect_code 0 "filters"
    same_as stats_filter.txt "$work/out"
    on_host stats "${quick[@]}" --columns name --filter state=paused
    says out db-1
    on_host stats "${quick[@]}" --columns name ssh.service 4f5c
    says out ssh.service
    says out web
}

csv() {
    on_host stats "${quick[@]}" --format csv
    expect_code 0 "csv"
    cut -d, -f2- "$work/out" | tr -d '\r' >"$work/csv"
    same_as stats.csv "$work/csv"
    [ "$(head -c 10 "$work/out")" = timestamp, ] || complain "csv starts with the time"
}

json() {
    on_host stats "${quick[@]}" --format json --sort name
    expect_code 0 "json"
    python3 - "$work/out" <<'END' || complain "json"
import json, sys, time
rows = [json.loads(line) for line in open(sys.argv[1])]
web = [r for r in rows if r["name"] == "web"][0]
assert len(rows) == 4, len(rows)
assert web["memory_usage_bytes"] == 104857600 and web["memory_limit_bytes"] == 209715200, web
assert web["oom_kills"] == 1
assert web["labels"] == {"tier": "front"}, web["labels"]
assert web["rates"]["cpu_usage_seconds"] == 0, web["rates"]
assert abs(web["time_seconds"] - time.time()) < 60
assert web["interfaces"][0]["interface"] == "eth0" or web["interfaces"][1]["interface"] == "eth0"
END
    on_host stats "${quick[@]}" --format json --columns pids web
    python3 -c 'import json, sys; row = json.load(open(sys.argv[1])); assert row["threads"] == 3; assert "memory_usage_bytes" not in row' "$work/out" ||
        complain "json of some columns"
}

prom() {
    on_host stats --interval 20ms --format prom web
    expect_code 0 "prom"
    grep -q '^container_memory_usage_bytes{.*name="web".*} 104857600$' "$work/out" || complain "prom"
    ! grep -q 'name="db-1"' "$work/out" || complain "prom shows one that was not asked for"
    if command -v promtool >/dev/null; then
        promtool check metrics <"$work/out" >"$work/err" 2>&1 || complain "promtool"
        silent err
    fi
}

stream() {
    local roots
    mapfile -t roots < <(roots)
    # a reader that goes away
    "$plimsoll" stats --interval 10ms --columns name "${roots[@]}" 2>"$work/err" | head -n 30 >"$work/out"
    code=${PIPESTATUS[0]}
    expect_code 0 "a reader that goes away"
    silent err
    [ "$(grep -c '^NAME$' "$work/out")" -gt 1 ] || complain "each block has its header"
    # csv has its header once
    "$plimsoll" stats --interval 10ms --columns name --format csv "${roots[@]}" | head -n 30 >"$work/out"
    [ "$(grep -c '^timestamp' "$work/out")" = 1 ] || complain "csv has its header once"
}

# It ends by a signal, with 0, once it has shown that it runs.
signals() {
    local roots signal pid
    mapfile -t roots < <(roots)
    for signal in INT TERM; do
        mkfifo "$work/$signal"
        "$plimsoll" stats --interval 10ms --columns name "${roots[@]}" >"$work/$signal" 2>"$work/err" &
        pid=$!
        exec 3<"$work/$signal"
        read -r _ <&3
        kill -s "$signal" "$pid"
        cat <&3 >/dev/null
        wait "$pid"
        code=$?
        exec 3<&-
        expect_code 0 "ended by $signal"
        silent err
    done
}

hostile_names() {
    local name=$'evil\033[2J"\\\nname\xff'
    cgroup "/$name" '105\n' 4096 max 0 0
    on_host stats "${quick[@]}" --columns name,mem --sort name
    expect_code 0 "hostile names"
    ! grep -q $'\033' "$work/out" || complain "an escape sequence got through"
    [ "$(wc -l <"$work/out")" = 6 ] || complain "a newline got through"
    on_host stats "${quick[@]}" --format json --columns name --filter 'cgroup=/evil*'
    python3 -c 'import json, sys; row = json.loads(open(sys.argv[1], encoding="utf-8").read()); assert row["path"] == "/evil\x1b[2J\"\\\nname\ufffd", row["path"]' "$work/out" ||
        complain "json of a hostile name"
    rm -rf "$HOST/sys/fs/cgroup/$name"
}

nothing_there() {
    make_host "$work/empty"
    rm -rf "$HOST/sys/fs/cgroup/"*/
    on_host stats "${quick[@]}" --columns name
    expect_code 0 "no container"
    says err "no container is running here: --all shows"
}

table
filters
csv
json
prom
stream
signals
hostile_names
nothing_there
finish
