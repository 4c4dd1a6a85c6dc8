#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Real containers by name: who they are, what state they are in, and what becomes of them, in `plimsoll stats` and in
the exporter."""
import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_testlib as lib  # noqa: E402

NONE = ("--network", "none")
SHOWN_ON_FAILURE = ("container_oom_events_total", "plimsoll_container_ended", "container_last_seen")
LIMITS = ("--ulimit", "nofile=1024", "--ulimit", "nproc=4096")


def stats(*names, options=()):
    """What stats says of these containers, by name."""
    done = lib.plimsoll("stats", "--no-stream", "--format", "json", *options, *names)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["name"]: row for row in rows}


def labels_of(text):
    return {key: re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value)
            for key, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', text)}


def series(text, family, **wanted):
    """(labels, value) of the samples of a family that have these labels."""
    found = []
    for line in text.splitlines():
        if not line.startswith(family) or line[len(family)] not in "{ ":
            continue
        labels = labels_of(line[len(family):].rpartition(" ")[0])
        if all(labels.get(key) == value for key, value in wanted.items()):
            found.append((labels, float(line.rpartition(" ")[2])))
    return found


def one(text, family, **wanted):
    found = series(text, family, **wanted)
    assert len(found) == 1, f"{family}{wanted}: {found}"
    return found[0][1]


class World:
    """Started by the first test that needs it; the exporter is there from the beginning."""

    def __init__(self):
        lib.need_root()
        lib.need("dockerd", "docker", "podman", "busybox")
        self.exporter = lib.Exporter("--collector.linger=60s", "--collector.container-labels=color*",
                                     "--collector.min-interval=0s")
        self.docker = lib.Docker()
        self.podman = lib.Podman()

    def docker_run(self, name, *words, network=NONE):
        self.docker.command("run", "-d", "--name", name, *network, *words)
        return self.docker.inspect(name)["Id"]

    def podman_run(self, name, *words, network=NONE):
        self.podman.command("run", "-d", "--name", name, *network, *LIMITS, *words)
        return self.podman.inspect(name)["Id"]

    def scrape(self):
        return self.exporter.metrics()

    def wait_scrape(self, condition, what, seconds=20):
        try:
            return lib.wait_for(lambda: condition(self.scrape()), what, seconds)
        except AssertionError:
            seen = [line for line in self.scrape().splitlines() if line.startswith(SHOWN_ON_FAILURE)]
            print(*seen, sep="\n")
            raise


worlds = []


def world():
    if not worlds:
        worlds.append(World())
    return worlds[0]


SLEEP = (lib.IMAGE, "sleep", "100000")


def test_identity():
    w = world()
    web = w.docker_run("web", "-m", "64m", "--cpus", "0.5", "--pids-limit", "50", "--label", "color=dark \"blue\"",
                       *lib.compose_labels("shop", "front"), *SLEEP)
    pod = w.podman_run("pod", "-m", "48m", "--label", "color=red", *SLEEP)
    lib.cgroup_make("plain")
    lib.cgroup_run("plain", "sleep", "100000")
    plain = f"/{lib.work().name}/plain"

    rows = stats("web", "pod", plain)
    assert set(rows) == {"web", "pod", plain}, set(rows)
    row = rows["web"]
    assert (row["id"], row["runtime"], row["class"], row["image"]) == (web, "docker", "container", lib.IMAGE), row
    assert (row["compose_project"], row["compose_service"]) == ("shop", "front"), row
    assert row["labels"]["color"] == 'dark "blue"', row["labels"]
    assert row["memory_limit_bytes"] == 64 << 20 and row["threads_max"] == 50, row
    assert row["cpu_quota_us"] * 2 == row["cpu_period_us"], row
    row = rows["pod"]
    assert (row["id"], row["runtime"], row["class"]) == (pod, "podman", "container"), row
    assert row["image"].endswith(lib.IMAGE) and row["memory_limit_bytes"] == 48 << 20, row
    assert rows[plain]["runtime"] is None and rows[plain]["path"] == plain, rows[plain]

    # A daemon that came after the exporter is found by the next rescan, and the names that it knows with it.
    text = w.wait_scrape(lambda text: all(series(text, "container_spec_memory_limit_bytes", name=name)
                                          for name in ("web", "pod")) and text, "the names", 20)
    for name, image, color, limit in (("web", lib.IMAGE, 'dark "blue"', 64 << 20),
                                      ("pod", rows["pod"]["image"], "red", 48 << 20)):
        (labels, value), = series(text, "container_spec_memory_limit_bytes", name=name)
        assert value == limit and labels["image"] == image, labels
        (labels, _), = series(text, "plimsoll_container_info", name=name)
        assert labels["runtime"] == rows[name]["runtime"], labels
        colors = [one for family in ("plimsoll_container_info", "container_spec_memory_limit_bytes")
                  for one, _ in series(text, family, name=name) if one.get("container_label_color") == color]
        assert colors, f"no label color of {name}"


def test_started_by_names_and_prefixes():
    w = world()
    web = w.docker.inspect("web")["Id"]
    assert set(stats(web[:12])) == {"web"}
    assert set(stats(options=("--filter", "runtime=podman"))) == {"pod"}
    assert set(stats(options=("--filter", "label=color=red"))) == {"pod"}
    assert set(stats(options=("--filter", "project=shop"))) == {"web"}
    done = lib.plimsoll("stats", "--no-stream", "no-such-container", check=False)
    assert done.returncode != 0 and "no-such-container" in done.stderr, done


def test_start_time():
    """The runtime's own word, to the second."""
    w = world()
    started = w.docker.inspect("web")["State"]["StartedAt"][:19] + "Z"
    told = stats("web")["web"]["start_time_seconds"]
    assert time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(told))) == started, (told, started)
    assert one(w.scrape(), "container_start_time_seconds", name="web") == told


def test_paused():
    w = world()
    w.docker.command("pause", "web")
    row = stats("web")["web"]
    assert row["frozen"] == 1, row
    assert one(w.scrape(), "container_frozen", name="web") == 1
    table = lib.plimsoll("stats", "--no-stream", "--columns", "name,state", "web").stdout
    assert "paused" in table, table
    w.docker.command("unpause", "web")
    assert stats("web")["web"]["frozen"] == 0
    assert one(w.scrape(), "container_frozen", name="web") == 0


def test_rename_and_restart():
    w = world()
    w.docker.command("rename", "web", "web-2")
    w.wait_scrape(lambda text: series(text, "container_memory_usage_bytes", name="web-2"), "the new name", 30)
    assert not series(w.scrape(), "container_memory_usage_bytes", name="web")
    assert "web-2" in stats("web-2")
    before = one(w.scrape(), "container_start_time_seconds", name="web-2")
    w.docker.command("restart", "-t", "0", "web-2")
    w.wait_scrape(lambda text: [v for _, v in series(text, "container_start_time_seconds", name="web-2") if v > before],
                  "the new start", 30)
    text = w.scrape()
    running = series(text, "container_memory_usage_bytes", name="web-2")
    assert len(running) == len({tuple(sorted(labels.items())) for labels, _ in running}), running


def test_ended_lingers():
    """The last figures of a container that lived for a second are served for a while, with a mark."""
    w = world()
    work = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 1.5"
    w.docker_run("brief", lib.IMAGE, "sh", "-c", work)
    w.docker.command("wait", "brief")
    text = w.wait_scrape(lambda text: series(text, "plimsoll_container_ended", name="brief") and text, "the ended mark")
    assert one(text, "plimsoll_container_ended", name="brief") == 1
    used = one(text, "container_cpu_usage_seconds_total", name="brief")
    assert used > 0.001, used
    w.docker.remove("brief")
    assert one(w.scrape(), "container_cpu_usage_seconds_total", name="brief") == used
    assert not series(text, "plimsoll_container_ended", name="pod")
    assert "brief" not in stats()


def test_oom_is_counted():
    """A process of it is killed, and the container goes on."""
    w = world()
    # that process and no other: the kernel may choose any
    hog = "(echo 1000 >/proc/self/oom_score_adj; head -c 64m /dev/zero | tail >/dev/null); sleep 100000"
    w.docker_run("hog", "-m", "16m", "--memory-swap", "16m", lib.IMAGE, "sh", "-c", hog)
    def kills(text):
        return [v for _, v in series(text, "container_oom_events_total", name="hog") if v]

    w.wait_scrape(kills, "an OOM kill", 60)
    # head is killed as well as tail, perhaps, and a moment later
    w.wait_scrape(lambda text: kills(text) == [stats("hog")["hog"]["oom_kills"]], "the exporter and stats to agree", 60)
    state = w.docker.inspect("hog")["State"]
    assert state["Running"], state


def test_killed_by_oom():
    """The whole container goes: what is left of it says why."""
    w = world()
    w.docker_run("victim", "-m", "16m", "--memory-swap", "16m", lib.IMAGE, "sh", "-c",
                 "sleep 2; exec tail /dev/zero")
    w.docker.command("wait", "victim")
    text = w.wait_scrape(lambda text: series(text, "plimsoll_container_ended", name="victim") and text, "the ended mark")
    # Whether Docker itself noticed the kill is left to it: its event and the exit race.
    assert one(text, "container_memory_usage_bytes", name="victim") >= 0
    assert one(text, "container_oom_events_total", name="victim") == 1, "the kill came after the last look"


def test_networks():
    """Each network once: not for who shares another's, nor for the host's."""
    w = world()
    w.docker_run("own", *SLEEP)
    w.docker_run("sharer", *SLEEP, network=("--network", "container:own"))
    w.docker_run("on-host", *SLEEP, network=("--network", "host"))
    pid = w.docker.pid("own")
    subprocess.run(["nsenter", "-t", str(pid), "-n", "ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["nsenter", "-t", str(pid), "-n", "ip", "link", "add", "far", "type", "veth", "peer", "name",
                    "near"], check=True, capture_output=not lib.IN_GUEST)
    text = w.wait_scrape(lambda text: series(text, "container_network_receive_bytes_total", interface="near") and text,
                         "the new interface")
    shown = {labels.get("name") for labels, _ in series(text, "container_network_receive_bytes_total", interface="near")}
    assert shown in ({"own"}, {"sharer"}), shown
    names = {labels.get("name") for labels, _ in series(text, "container_network_receive_bytes_total")}
    assert "on-host" not in names and "pod" in names, names
    done = lib.plimsoll("ns", "--format", "json", check=False)
    if done.returncode == 0:
        assert "on-host" in done.stdout and "sharer" in done.stdout


def test_data_root_elsewhere():
    """A second dockerd, its data in a folder that only its command line names."""
    w = world()
    other = lib.Docker("elsewhere")
    other.command("run", "-d", "--name", "far-away", *NONE, *SLEEP)
    w.wait_scrape(lambda text: series(text, "container_memory_usage_bytes", name="far-away"), "its name", 30)
    assert stats("far-away")["far-away"]["image"] == lib.IMAGE
    other.stop()


def test_podman_states():
    w = world()
    w.podman.command("pause", "pod")
    assert one(w.scrape(), "container_frozen", name="pod") == 1
    w.podman.command("unpause", "pod")
    w.podman.remove("pod")
    w.wait_scrape(lambda text: series(text, "plimsoll_container_ended", name="pod"), "podman's ended mark")


def test_nothing_failed():
    w = world()
    text = w.scrape()
    failed = [labels for labels, value in series(text, "plimsoll_scrape_collector_success") if value != 1]
    assert not failed, failed
    log = w.exporter.log.read_text()
    assert "level=error" not in log and "level=warn" not in log, log
    assert w.exporter.stop() == 0


lib.main(globals())
