#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""--source: the same figures from BPF programs and from files, and files for those who can't have the former."""
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_testlib as lib  # noqa: E402


def findings(*words, user=None):
    command = [lib.PLIMSOLL, "doctor", "--format", "json", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60 * lib.SLOW, check=False, user=user)
    return json.loads(done.stdout)["findings"]


def kernel_finding(*words, user=None):
    return next(one for one in findings(*words, user=user) if one["what"].startswith("Linux "))


def need_bpf():
    lib.need_root()
    if "BPF programs give" not in kernel_finding()["what"]:
        lib.skip("needs a kernel that lets BPF programs walk its cgroups: plimsoll doctor says why")


def test_doctor_says_what_was_chosen():
    need_bpf()
    assert kernel_finding("--source", "bpf")["level"] == "ok"
    files = kernel_finding("--source", "files")
    assert files["level"] == "note" and "every figure comes from" in files["what"], files


def names_of(text, group):
    """Names and labels, without the values, of a cgroup of ours."""
    lines = [line for line in text.splitlines() if f'/{group}"' in line]
    return {re.sub(r" [^ ]+$", "", line) for line in lines}, lines


def test_both_give_the_same():
    need_bpf()
    lib.cgroup_make("same")
    process = lib.cgroup_run("same", "sleep", "1000")
    answers = {}
    for source in ("files", "bpf"):
        exporter = lib.Exporter("--source", source, "--log.level=info", "--collector.memory_stat")
        text = exporter.metrics()
        text = text if isinstance(text, str) else text.decode()
        answers[source], lines = names_of(text, "same")
        assert any(line.startswith("container_cpu_usage_seconds_total") for line in lines), lines[:5]
        assert exporter.stop() == 0
        assert "figures come from files" not in exporter.log.read_text()
    assert answers["files"] and answers["files"] == answers["bpf"], answers["files"] ^ answers["bpf"]
    process.kill()
    process.wait()
    lib.cgroup_remove("same")


def capabilities(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"CapEff:\s+([0-9a-f]+)", file.read()).group(1), 16)


def latency_programs():
    done = subprocess.run(["bpftool", "link", "show", "-j"], capture_output=True, text=True, timeout=60, check=True)
    return [link for link in json.loads(done.stdout) if link.get("tp_name") == "sched_switch"]


def test_latencies_by_who_gave_up_root():
    """Programs are loaded as root and attached by nobody, at the first scrape that has them; CAP_NET_ADMIN is kept for that
    alone."""
    need_bpf()
    if not shutil.which("bpftool"):
        lib.skip("needs bpftool")
    before = len(latency_programs())
    exporter = lib.Exporter("--user", "nobody", "--collector.latency", "--log.level=info")
    assert capabilities(exporter.process.pid) == 1 << 2 | 1 << 12 | 1 << 19, hex(capabilities(exporter.process.pid))
    assert len(latency_programs()) == before
    text = exporter.metrics()
    text = text if isinstance(text, str) else text.decode()
    assert 'container_cpu_runqueue_latency_seconds_bucket{id="/",le="+Inf"}' in text
    assert 'plimsoll_scrape_collector_success{collector="latency"} 1' in text
    if os.path.isdir("/sys/fs/cgroup/unified") or os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        assert 'container_cgroup_network_receive_bytes_total{id="/"}' in text
    assert len(latency_programs()) == before + 1
    assert exporter.stop() == 0
    lib.wait_for(lambda: len(latency_programs()) == before, "the programs to go")
    plain = lib.Exporter("--user", "nobody")
    assert capabilities(plain.process.pid) == 1 << 2 | 1 << 19
    assert plain.stop() == 0


def check_files(cause, *prefix):
    """An exporter that can't have BPF: said once and why, the figures served all the same, and a clean end."""
    lib.cgroup_make("files")
    exporter = lib.Exporter("--log.level=info", program=(*prefix, lib.PLIMSOLL, "exporter"))
    text = exporter.metrics()
    assert f'container_cpu_usage_seconds_total{{id="/{lib.work().name}/files"' in text, text[:300]
    assert exporter.stop() == 0
    log = exporter.log.read_text()
    assert log.count("figures come from files") == 1 and cause in log, log
    lib.cgroup_remove("files")


def test_no_type_information():
    """A kernel without BTF: looked at from a mount namespace in which it has none."""
    need_bpf()
    empty = lib.work() / "no-btf"
    empty.mkdir()
    check_files("type information", "unshare", "--mount", "sh", "-c", f'mount --bind {empty} /sys/kernel/btf && exec "$@"', "-")


def test_root_without_the_capabilities():
    """As in a container, or where the kernel is locked down: root who may not load programs."""
    need_bpf()
    check_files("CAP_BPF", "setpriv", "--bounding-set=-bpf,-perfmon,-sys_admin")


def test_libbpf_is_too_old():
    """It is found, and has not what we need."""
    need_bpf()
    folder = lib.work() / "old-libbpf"
    folder.mkdir()
    subprocess.run(["cc", "-shared", "-fPIC", "-Wl,-soname,libbpf.so.1", "-o", folder / "libbpf.so.1", "-x", "c", "-"],
                   input=b"int bpf_of_old(void) { return 0; }", timeout=60 * lib.SLOW, check=True)
    check_files("libbpf", "env", f"LD_LIBRARY_PATH={folder}")
    done = subprocess.run([lib.PLIMSOLL, "stats", "--no-stream", "--source", "bpf"], capture_output=True, text=True,
                          timeout=60 * lib.SLOW, check=False, env={**os.environ, "LD_LIBRARY_PATH": str(folder)})
    assert done.returncode == 1 and "libbpf" in done.stderr and "install libbpf" in done.stderr, done


def test_libbpf_is_missing():
    need_bpf()
    listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, timeout=60, check=True).stdout
    library = os.path.realpath(re.search(r"libbpf\.so\.1 .*=> (\S+)", listed)[1])
    check_files("libbpf", "unshare", "--mount", "sh", "-c", f'mount --bind /dev/null {library} && exec "$@"', "-")


def test_nobody_has_files():
    """Without the privileges it says so once, with the remedy, and goes on; --source bpf alone is an error."""
    need_bpf()
    finding = kernel_finding(user="nobody")
    assert finding["level"] == "note" and "every figure comes from" in finding["what"], finding
    assert "root" in finding["remedy"], finding
    done = subprocess.run([lib.PLIMSOLL, "stats", "--no-stream", "--source", "bpf"], capture_output=True, text=True,
                          timeout=60 * lib.SLOW, check=False, user="nobody")
    assert done.returncode == 1 and "root" in done.stderr, done
    done = subprocess.run([lib.PLIMSOLL, "stats", "--no-stream"], capture_output=True, text=True,
                          timeout=60 * lib.SLOW, check=False, user="nobody")
    assert done.returncode == 0, done


if __name__ == "__main__":
    lib.main(globals())
