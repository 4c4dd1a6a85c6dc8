#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The real exporter with real cgroups: 64 slow and 1,000 quick clients at once, and 20,000 cgroups that come and go
while it is scraped."""
import asyncio
import os
import re
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_testlib as lib  # noqa: E402

SLOW_CLIENTS, QUICK_CLIENTS = 64, 1000
CHURN = int(os.environ.get("PLIMSOLL_CHURN", "1000" if lib.IN_GUEST else "20000"))
STAY = 20  # how many of the last ones are there at a time
LONG = 50  # of all, that live for over a second
SAME_LOOKS = 10
CONNECTION_KIB = 64
SANITIZED = b"__asan_init" in (Path(lib.PLIMSOLL).parent / "libexec/plimsoll/monitor").read_bytes()


def resident_kib(exporter):
    """By its page tables: the count in status leaves out what each CPU has for itself, and is another on each look."""
    return int(re.search(r"\nRss:\s+(\d+)", Path(f"/proc/{exporter.process.pid}/smaps_rollup").read_text())[1])


def descriptors(exporter):
    return len(os.listdir(f"/proc/{exporter.process.pid}/fd"))


def complaints(exporter):
    return [line for line in exporter.log.read_text(errors="replace").splitlines()
            if "level=error" in line or "level=warn" in line]


def settled(exporter):
    """Memory and descriptors, once some looks in a row have seen the same; a sanitizer's freed memory never settles,
    and the last look's own connection, a descriptor and some memory, may be there still or gone."""
    seen = []

    def same():
        exporter.metrics()
        seen.append((resident_kib(exporter), descriptors(exporter)))
        memory, files = zip(*seen[-SAME_LOOKS:])
        return len(files) == SAME_LOOKS and max(files) - min(files) <= 1 and (
            SANITIZED or max(memory) - min(memory) <= CONNECTION_KIB)
    lib.wait_for(same, "the exporter to settle", 30)
    return seen[-1][0], max(files for _, files in seen[-SAME_LOOKS:])


def end(exporter):
    assert exporter.stop() == 0, exporter.log.read_text(errors="replace")[-2000:]


# ---- clients

async def quick(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: test\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(-1), 60 * lib.SLOW)
        return int(answer[9:12])
    finally:
        writer.close()


async def slow(port, sends, connected):
    """A byte a second, sent or taken. How long it was borne with."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    connected.release()
    words = b"GET /metrics HTTP/1.1\r\nHost: test\r\nX-Long: " + b"x" * 1000
    start = time.monotonic()
    try:
        if sends:
            ended = asyncio.create_task(reader.read(-1))
            for byte in words:
                writer.write(bytes([byte]))
                if (await asyncio.wait([ended], timeout=1))[0]:
                    break
            ended.cancel()
        else:
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n")
            while await reader.read(1) and time.monotonic() - start < 30:
                await asyncio.sleep(1)
    except (ConnectionResetError, BrokenPipeError):
        pass
    finally:
        writer.close()
    return time.monotonic() - start


async def crowd(exporter, readings):
    connected = asyncio.Semaphore(0)
    slow_ones = [asyncio.create_task(slow(exporter.port, i % 2 == 0, connected)) for i in range(SLOW_CLIENTS)]
    for _ in slow_ones:
        await asyncio.wait_for(connected.acquire(), 60 * lib.SLOW)
    quick_ones = [asyncio.create_task(quick(exporter.port)) for _ in range(QUICK_CLIENTS)]
    while not all(task.done() for task in quick_ones):
        readings.append(resident_kib(exporter))
        await asyncio.sleep(0.05)
    beside = sum(not task.done() for task in slow_ones)
    senders = await asyncio.gather(*slow_ones[::2])
    for task in slow_ones:
        task.cancel()
    return [task.result() for task in quick_ones], beside, senders


def test_slow_and_quick_clients():
    lib.need_root()
    for number in range(30):
        lib.cgroup_make(f"crowd/c{number}")
    exporter = lib.Exporter("--log.level=warn")
    before, open_before = settled(exporter)
    readings = []
    statuses, beside, senders = asyncio.run(crowd(exporter, readings))
    print(f"quick: {statuses.count(200)} × 200, {statuses.count(503)} × 503, beside {beside} slow ones, which were cut off "
          f"after {min(senders):.0f} to {max(senders):.0f} s; {before} KiB resident before, {max(readings)} at most")
    # How many are served beside the slow ones is a matter of speed, of which a sanitized program has a tenth.
    served = 1 if SANITIZED else QUICK_CLIENTS // 20
    assert len(statuses) == QUICK_CLIENTS and set(statuses) <= {200, 503} and statuses.count(200) >= served, served
    assert beside > SLOW_CLIENTS // 2 and max(senders) < 60 * lib.SLOW
    lib.wait_for(lambda: descriptors(exporter) <= open_before, "closed connections", 60)
    assert SANITIZED or max(readings) - before < 48 * 1024, (before, max(readings))
    assert not complaints(exporter), complaints(exporter)[:5]
    end(exporter)
    lib.cgroup_remove("crowd")


# ---- cgroups that come and go

class Churn:
    """Makes and removes cgroups in every hierarchy as fast as it can; some of them stay for a while."""

    def __init__(self, top, count):
        self.folders = [one.path(top) for one in lib.hierarchies()]
        self.count = count
        self.long_lived = []
        self.thread = threading.Thread(target=self.run)
        self.failure = None

    def make(self, name):
        for folder in self.folders:
            (folder / name).mkdir()

    def remove(self, name):
        for folder in reversed(self.folders):
            (folder / name).rmdir()

    def run(self):
        there, kept = [], []
        try:
            for number in range(self.count):
                name = f"churn{number}"
                self.make(name)
                if number % (self.count // LONG) == 0:
                    kept.append((name, time.monotonic()))
                else:
                    there.append(name)
                if len(there) > STAY:
                    self.remove(there.pop(0))
                while kept and time.monotonic() - kept[0][1] > 1.2:
                    self.let_go(kept)
            while there:
                self.remove(there.pop())
            while kept:
                time.sleep(max(0, 1.2 - (time.monotonic() - kept[0][1])))
                self.let_go(kept)
        except OSError as error:
            self.failure = error

    def let_go(self, kept):
        name, since = kept.pop(0)
        gone = time.monotonic()
        self.remove(name)
        self.long_lived.append((name, since, gone))


def churn_once(exporter, top, count):
    """The names that some scrape showed, how often it was scraped, and the most memory it had."""
    pattern = re.compile(rb'container_start_time_seconds\{id="/' + lib.work().name.encode() + rb'/' + top.encode() +
                         rb'/(churn\d+)"')
    churn = Churn(top, count)
    churn.thread.start()
    seen, scrapes, peak = set(), [], 0
    while True:
        over = not churn.thread.is_alive()
        begun = time.monotonic()
        status, _, body = exporter.get()
        assert status == 200, status
        seen.update(pattern.findall(body))
        assert b"plimsoll_collection_failures_total 0\n" in body
        failed = re.findall(rb"plimsoll_scrape_collector_success\{[^}]*\} 0", body)
        assert not failed, failed
        scrapes.append((begun, time.monotonic()))
        peak = max(peak, resident_kib(exporter))
        if over:
            break
        time.sleep(0.25)
    assert churn.failure is None, churn.failure
    due = [name for name, made, gone in churn.long_lived if any(made < begun and end < gone for begun, end in scrapes)]
    missed = [name for name in due if name.encode() not in seen]
    assert not missed, f"there for the whole of a scrape and never seen: {missed}"
    return seen, len(scrapes), peak, len(due)


def forgets(exporter):
    """What ended lingers for two seconds in its answers."""
    lib.wait_for(lambda: exporter.metrics().count("/churn/churn") == 0, "the last samples of cgroups that ended", 20)


def test_cgroups_come_and_go():
    lib.need_root()
    lib.cgroup_make("churn")
    for one in lib.hierarchies():
        if "cpuset" in one.controllers:
            (one.path("churn") / "cgroup.clone_children").write_text("1")
    exporter = lib.Exporter("--log.level=warn", "--collector.linger=2s", "--collector.min-interval=0s")
    churn_once(exporter, "churn", max(500, CHURN // 10))  # what it needs for such a crowd, it has then
    forgets(exporter)
    before, open_before = settled(exporter)
    begun = time.monotonic()
    seen, scrapes, peak, long_lived = churn_once(exporter, "churn", CHURN)
    spent = time.monotonic() - begun
    forgets(exporter)
    after, open_after = settled(exporter)
    print(f"{CHURN} cgroups in every hierarchy in {spent:.1f} s ({CHURN / spent:.0f} a second), {scrapes} scrapes: "
          f"{len(seen)} seen, among them all {long_lived} that were there for the whole of a scrape; resident {before} KiB before, "
          f"{peak} at most, {after} after; {open_before} descriptors before, {open_after} after")
    assert open_after <= open_before + 2, (open_before, open_after)
    if not SANITIZED:
        assert peak - before < 64 * 1024 and after - before < 8 * 1024, (before, peak, after)
    assert not complaints(exporter), complaints(exporter)[:5]
    end(exporter)


lib.main(globals())
