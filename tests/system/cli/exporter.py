#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""plimsoll exporter as a service: readiness, watchdog, privileges, log, and its end. On a folder tree, without root;
what only root can do is tried where the test runs as root."""
import glob
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

PLIMSOLL = os.environ["PLIMSOLL"]
HERE = os.path.dirname(os.path.realpath(__file__))
KEPT = 1 << 2 | 1 << 19  # CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE


started = []


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


class Exporter:
    """Runs one, with a socket that listens for what it tells the service manager."""

    def __init__(self, work, *options, **environment):
        self.http = os.path.join(work, "http")
        notify = os.path.join(work, "notify")
        for path in (self.http, notify):
            if os.path.exists(path):
                os.unlink(path)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(notify)
        os.chmod(notify, 0o777)
        self.notify.settimeout(20)
        host = os.path.join(work, "host")
        self.process = subprocess.Popen(
            [PLIMSOLL, "exporter", f"--web.listen-address=unix:{self.http}", f"--path.procfs={host}/proc",
             f"--path.sysfs={host}/sys", f"--path.rootfs={host}", *options],
            env={**os.environ, "NOTIFY_SOCKET": notify, **environment}, stderr=subprocess.PIPE, text=True)
        started.append(self.process)

    def told(self):
        return self.notify.recv(1000).decode()

    def wait_ready(self):
        assert self.told() == "READY=1"
        return self

    def get(self, path="/metrics"):
        connection = UnixConnection(self.http)
        connection.request("GET", path)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, text

    def status(self):
        lines = open(f"/proc/{self.process.pid}/status", encoding="ascii").read().splitlines()
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        log = self.process.communicate(timeout=20)[1]
        self.notify.close()
        return self.process.returncode, log


def serves_and_ends(work):
    for how in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        exporter = Exporter(work).wait_ready()
        status, text = exporter.get()
        assert status == 200
        assert 'name="web"' in text and "container_cpu_usage_seconds_total" in text, text
        assert "container_memory_pgrefill_total" not in text
        exporter.process.send_signal(how)
        assert exporter.told() == "STOPPING=1"
        code, log = exporter.end(how)
        assert code == 0, (code, log)
        assert 'level=info msg="serving" path=/metrics version=' in log, log
        assert 'msg="stopping"' in log, log


def groups_and_classes(work):
    exporter = Exporter(work, "--no-collector.memory", "--collector.pressure_avg", "--collector.classes=container",
                        "--collector.container-labels=tier", "--web.telemetry-path=/m",
                        "--web.disable-exporter-metrics").wait_ready()
    status, text = exporter.get("/m")
    assert status == 200
    names = {line.split("{")[0].split(" ")[0] for line in text.splitlines() if line and line[0] != "#"}
    assert not [n for n in names if n.startswith("container_memory")], names
    assert [n for n in names if n.startswith("container_pressure")], names
    assert not [n for n in names if n.startswith(("plimsoll_build", "plimsoll_scrape", "process_", "promhttp_"))], names
    assert 'container_label_tier="front"' in text
    assert "ssh.service" not in text and 'id="/build"' not in text
    assert exporter.get("/metrics")[0] == 404
    assert exporter.end()[0] == 0


def keeps_few_privileges(work):
    exporter = Exporter(work).wait_ready()
    status = exporter.status()
    exporter.end()
    assert status["NoNewPrivs"] == "1", status
    for what in ("CapPrm", "CapEff"):
        assert int(status[what], 16) & ~KEPT == 0, status
    if os.geteuid() == 0:
        assert int(status["CapBnd"], 16) == 0, status


def becomes_a_user(work):
    if os.geteuid() != 0:
        return
    exporter = Exporter(work, "--user", "nobody").wait_ready()
    status = exporter.status()
    assert exporter.get()[0] == 200
    code, log = exporter.end()
    assert code == 0, log
    assert status["Uid"].split() == ["65534"] * 4, status
    assert int(status["CapEff"], 16) & ~KEPT == 0, status


def feeds_the_watchdog(work):
    exporter = Exporter(work, WATCHDOG_USEC="1000000").wait_ready()
    assert exporter.told() == "WATCHDOG=1"
    assert exporter.told() == "WATCHDOG=1"
    assert exporter.end()[0] == 0


def logs_json(work):
    exporter = Exporter(work, "--log.format=json", "--log.level=debug").wait_ready()
    exporter.get()
    code, log = exporter.end()
    lines = [json.loads(line) for line in log.splitlines()]
    assert code == 0 and len(lines) >= 2, log
    assert all({"time", "level", "msg"} <= line.keys() for line in lines), log


def says_what_is_missing(work):
    os.rename(f"{work}/host/proc/pressure", f"{work}/host/proc/no-pressure")
    for path in glob.glob(f"{work}/host/sys/fs/cgroup/**/*.pressure", recursive=True):
        os.unlink(path)
    exporter = Exporter(work).wait_ready()
    log = exporter.end()[1]
    warnings = [line for line in log.splitlines() if "level=warn" in line and "pressure" in line]
    assert len(warnings) == 1 and "psi=1" in warnings[0], log
    exporter = Exporter(work, "--no-collector.pressure").wait_ready()
    assert "pressure stall" not in exporter.end()[1]


def mistakes(work):
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    exporter = Exporter(work, f"--web.listen-address=127.0.0.1:{port}")
    log = exporter.process.communicate(timeout=20)[1]
    assert exporter.process.returncode == 1, log
    assert "level=error" in log and str(port) in log, log
    exporter = Exporter(work, f"--web.config.file={work}/nothing.yml")
    log = exporter.process.communicate(timeout=20)[1]
    assert exporter.process.returncode == 1 and "nothing.yml" in log, log
    exporter = Exporter(work, NOTIFY_SOCKET="/nowhere/notify")
    log = exporter.process.communicate(timeout=20)[1]
    assert exporter.process.returncode == 1 and "NOTIFY_SOCKET" in log, log


def main():
    with tempfile.TemporaryDirectory(prefix="plimsoll-cli.") as work:
        os.chmod(work, 0o755)
        subprocess.run(["bash", "-c", f'. "{HERE}/host.sh" && make_host "{work}/host"'], check=True)
        for case in (serves_and_ends, groups_and_classes, keeps_few_privileges, becomes_a_user, feeds_the_watchdog,
                     logs_json, mistakes, says_what_is_missing):
            start = time.monotonic()
            try:
                case(work)
            finally:
                for process in started:
                    process.kill()
            print(f"ok: {case.__name__} ({time.monotonic() - start:.1f} s)", flush=True)


sys.exit(main())
