#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Loads for parity.sh: parity_load.py KIND [ARGS]. Each prints "ready" once its figures are there, and stays."""
import mmap
import os
import signal
import socket
import sys
import time

MIB = 1 << 20
SLOW = 10 if os.environ.get("PLIMSOLL_VM") else 1  # the guest's processor has no time to waste


def ready():
    print("ready", flush=True)


def stay():
    while True:
        signal.pause()


def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def load_burst():
    """Saves up quota, uses it in a burst, and now and then runs into the limit."""
    os.nice(5)
    said = False
    started = time.monotonic()
    while True:
        time.sleep(0.25 * SLOW)
        spin(0.033)
        time.sleep(0.25 * SLOW)
        spin(0.2)
        if not said and time.monotonic() - started > 2:
            said = True
            ready()


def load_file(path, size, anonymous):
    """Writes and reads a file larger than the limit, maps some of it, and holds memory of its own."""
    own = bytearray(int(anonymous) * MIB)
    block = os.urandom(MIB)
    with open(path, "wb+") as file:
        for _ in range(int(size)):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
        mapped = mmap.mmap(file.fileno(), 4 * MIB)
        shared = mmap.mmap(-1, 2 * MIB)
        shared.write(block)
        turn = 0
        while True:
            for offset in range(0, int(size) * MIB, MIB):
                os.pread(file.fileno(), MIB, offset)
                own[(offset // 3) % len(own)] = turn % 256
                mapped[(offset // 7) % len(mapped)] = turn % 256
                time.sleep(0.005 * SLOW if turn > 1 else 0)
            turn += 1
            if turn == 2:
                ready()


def load_grow(size):
    """Takes more memory than it may, in a child, which is killed for it."""
    pid = os.fork()
    if pid == 0:
        hog = bytearray()
        while len(hog) < int(size) * MIB:
            hog.extend(b"\x01" * MIB)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, status
    ready()
    stay()


def load_swap(size):
    """Touches all of more memory than the cgroup may keep in RAM, and again."""
    own = bytearray(os.urandom(MIB) * int(size))
    turn = 0
    while True:
        for at in range(0, len(own), 4096):
            own[at] = turn % 256
        turn += 1
        if turn == 2:
            ready()
        if turn > 1:
            time.sleep(0.5 * SLOW)


def load_direct(path, turns):
    """Reads and writes a file past the page cache."""
    buffer = mmap.mmap(-1, MIB)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_DIRECT)
    os.posix_fallocate(fd, 0, int(turns) * MIB)
    for turn in range(int(turns)):
        os.preadv(fd, [buffer], turn * MIB)
        os.pwritev(fd, [buffer], turn * MIB)
    ready()
    stay()


def load_forks():
    """Forks until it is refused; one of its children stops, one is a zombie."""
    children = []
    while True:
        try:
            pid = os.fork()
        except BlockingIOError:
            break
        if pid == 0:
            stay()
        children.append(pid)
    os.kill(children[0], signal.SIGSTOP)
    os.kill(children[1], signal.SIGKILL)
    os.waitid(os.P_PID, children[1], os.WEXITED | os.WNOWAIT)
    ready()
    stay()


def load_huge(pages):
    """Holds huge pages, and asks for more than the cgroup may have."""
    kind = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000  # MAP_HUGETLB
    held = mmap.mmap(-1, int(pages) * 2 * MIB, flags=kind)
    for at in range(0, len(held), 2 * MIB):
        held[at] = 1
    pid = os.fork()
    if pid == 0:
        more = mmap.mmap(-1, 2 * MIB, flags=kind)
        more[0] = 1  # SIGBUS at the limit
        os._exit(0)
    os.waitpid(pid, 0)
    ready()
    stay()


def listen(family, kind, address):
    server = socket.socket(family, kind)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(address)
    if kind == socket.SOCK_STREAM:
        server.listen()
    return server


def fill_udp(family, address):
    """A receiver that does not read: datagrams are queued, then dropped."""
    receiver = socket.socket(family, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    receiver.bind(address)
    sender = socket.socket(family, socket.SOCK_DGRAM)
    for _ in range(40):
        sender.sendto(b"x" * 500, receiver.getsockname()[:2])
    return receiver, sender


def half_closed(family, address):
    """An established pair, one that its client closed, and one that both did."""
    server = listen(family, socket.SOCK_STREAM, address)
    kept = []
    for closing in ("none", "client", "both"):
        client = socket.create_connection(server.getsockname()[:2])
        peer, _ = server.accept()
        if closing != "none":
            client.shutdown(socket.SHUT_WR)
            peer.recv(1)
        if closing == "both":
            peer.close()
            client.recv(1)
            client.close()
        kept += [client, peer]
    return server, kept


def load_sockets(address, peer, go):
    """Sockets in every state that a quiet host can hold, and traffic to the peer once the file `go` is there."""
    kept = [half_closed(socket.AF_INET, ("127.0.0.1", 0)), half_closed(socket.AF_INET6, ("::1", 0)),
            fill_udp(socket.AF_INET, ("127.0.0.1", 0)), fill_udp(socket.AF_INET6, ("::1", 0))]
    while not os.path.exists(go):
        time.sleep(0.05)
    receiver = listen(socket.AF_INET, socket.SOCK_DGRAM, (address, 7000))
    ready()
    made = time.monotonic()
    while kept:
        try:
            receiver.sendto(b"y" * 1000, (peer, 7000))
        except OSError:
            pass  # its other end may be late
        if time.monotonic() - made > 45:
            made = time.monotonic()
            half_closed(socket.AF_INET, ("127.0.0.1", 0))  # TIME_WAIT lasts for a minute
        time.sleep(0.02 * SLOW)


globals()["load_" + sys.argv[1]](*sys.argv[2:])
