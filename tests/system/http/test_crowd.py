# SPDX-License-Identifier: Apache-2.0
"""64 slow clients and 1,000 quick ones at once; more connections than there is room for."""
import asyncio
import os
import socket
import time

from http_lib import METRICS, Reply, Server, lib, one_reply, request

SLOW, QUICK = 64, 1000
TIMEOUT_MS = 3000
# Sanitizers keep freed memory and shadow all of it: only the plain build is measured.
SANITIZED = b"__asan_init" in open(os.environ["FAKE_SERVER"], "rb").read()


class SlowSender:
    """Sends a byte a second; notes when the server has had enough of it."""

    def __init__(self, port):
        self.port, self.cut_after = port, None

    async def run(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        start = time.monotonic()
        end = asyncio.create_task(reader.read(-1))
        try:
            for byte in request(METRICS):
                writer.write(bytes([byte]))
                if (await asyncio.wait([end], timeout=1))[0]:
                    break
        finally:
            writer.close()
            end.cancel()
        self.cut_after = time.monotonic() - start


class SlowReader:
    """Asks for everything and takes a byte a second. What the kernels hold for it lasts for hours, so only the server
    can tell when it was cut off."""

    def __init__(self, port):
        self.port, self.stopped = port, False

    async def run(self):
        loop = asyncio.get_running_loop()
        with socket.socket() as client:
            client.setblocking(False)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await loop.sock_connect(client, ("127.0.0.1", self.port))
            await loop.sock_sendall(client, request(METRICS))
            while not self.stopped:
                assert await loop.sock_recv(client, 1)
                await asyncio.sleep(1)


async def quick_client(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request(METRICS, ["Connection: close", "Accept-Encoding: gzip"]))
        return Reply(await asyncio.wait_for(reader.read(-1), 60))
    finally:
        writer.close()


async def crowd(server, idle_fds, readings):
    senders = [SlowSender(server.port) for _ in range(SLOW // 2)]
    readers = [SlowReader(server.port) for _ in range(SLOW // 2)]
    slow_tasks = [asyncio.create_task(client.run()) for client in senders + readers]
    await asyncio.sleep(0.3)
    quick_tasks = [asyncio.create_task(quick_client(server.port)) for _ in range(QUICK)]
    while not all(task.done() for task in quick_tasks):
        readings.append((server.resident_kib(), server.descriptors()))
        await asyncio.sleep(0.02)
    still_slow = sum(not task.done() for task in slow_tasks)
    await asyncio.gather(*slow_tasks[:len(senders)])
    # The readers' time is over soon after the senders': nothing of theirs is open, however little they took.
    for _ in range(200):
        if server.descriptors() <= idle_fds:
            break
        await asyncio.sleep(0.02)
    for client in readers:
        client.stopped = True
    await asyncio.gather(*slow_tasks[len(senders):])
    return [client.cut_after for client in senders], [task.result() for task in quick_tasks], still_slow


def test_slow_and_quick_clients():
    with Server("-n", 20, "-h", TIMEOUT_MS, "-w", TIMEOUT_MS) as server:
        server.ask()
        idle_kib, idle_fds = server.resident_kib(), server.descriptors()
        readings = []
        start = time.monotonic()
        cut_after, replies, still_slow = asyncio.run(crowd(server, idle_fds, readings))
        statuses = [reply.status for reply in replies]
        peak = max(kib for kib, _ in readings)
        print(f"quick: {statuses.count(200)} × 200, {statuses.count(503)} × 503; {still_slow} slow ones beside them; "
              f"resident {idle_kib} KiB idle, {peak} KiB at most; {time.monotonic() - start:.1f} s")
        assert set(statuses) <= {200, 503} and statuses.count(200) > QUICK // 20
        for reply in replies:
            if reply.status == 200:
                assert reply.text.rstrip().rpartition("\n")[2].startswith("container_")
            else:
                assert "retry-after" in reply.headers
        assert all(TIMEOUT_MS / 1000 - 1 < seconds < TIMEOUT_MS / 1000 + 4 for seconds in cut_after), cut_after
        lib.wait_for(lambda: server.descriptors() <= idle_fds, "closed connections")
        text = server.ask().text
        cut = {line.split('"')[1]: int(line.split()[1]) for line in text.splitlines()
               if line.startswith("plimsoll_http_connections_cut_total{")}
        assert cut["slow_request"] == SLOW / 2 and cut["slow_reader"] == SLOW / 2, cut
        if not SANITIZED:
            assert peak - idle_kib < 32 * 1024, (idle_kib, peak)


def test_more_clients_than_room():
    """Those that send nothing make way for those that do."""
    with Server("-m", 50, "-h", 60000) as server:
        silent = [server.connect() for _ in range(200)]
        start = time.monotonic()
        for _ in range(10):
            assert server.ask().status == 200
        assert time.monotonic() - start < 30
        # The scrape's own connection counts too.
        assert server.metric("plimsoll_http_connections") <= 50
        for client in silent:
            client.close()


def test_idle_connections_make_way_first():
    with Server("-m", 50, "-h", 60000) as server:
        idle = [server.connect() for _ in range(50)]
        for client in idle:
            client.sendall(request("/-/healthy"))
            assert one_reply(client).status == 200
        start = time.monotonic()
        assert server.ask().status == 200
        assert time.monotonic() - start < 2
        text = server.ask().text
        assert 'plimsoll_http_connections_cut_total{reason="crowded"} ' in text
        assert idle[0].recv(10) == b"", "the oldest goes first"
        for client in idle:
            client.close()


def test_a_slow_request_on_a_kept_connection():
    """A deadline counts from its first byte, not from the end of the request before."""
    with Server("-h", 1500) as server, server.connect() as client:
        client.sendall(request("/-/healthy"))
        assert one_reply(client).status == 200
        start = time.monotonic()
        data = request(METRICS)
        for i in range(40):
            try:
                client.sendall(data[i:i + 1])
                client.settimeout(0.3)
                if client.recv(100) == b"":
                    break
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                break
        assert 1 < time.monotonic() - start < 6


def test_old_snapshots_are_not_piled_up():
    """A reader that holds an old snapshot is ended once too many are held."""
    with Server("-n", 200, "-i", 1, "-w", 60000, "-r", 100) as server:
        readers = []
        for _ in range(12):
            client = server.connect()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(request(METRICS))
            assert client.recv(1) == b"H"
            time.sleep(0.005)  # longer than scrapes share a snapshot
            readers.append(client)
        before = server.metric("promhttp_metric_handler_requests_in_flight", METRICS + "?name[]=none")
        assert before >= 12
        lib.wait_for(lambda: server.metric("promhttp_metric_handler_requests_in_flight", METRICS + "?name[]=none") < before,
                     "readers to be ended")
        for client in readers:
            client.close()


lib.main(globals())
