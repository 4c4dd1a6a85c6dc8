# SPDX-License-Identifier: Apache-2.0
"""Requests that no honest client sends: each gets an error or a closed connection, and the server stays as it was."""
import random
import socket

from http_lib import METRICS, Reply, Server, lib, read_to_end, request

LONG = "x" * 70000

# What is sent, and how many responses of which kind may come back: 400s, or a 200 for what is odd but clear.
ERRORS = {400, 404, 405, 413, 414, 431, 501, 505}
CASES = {
    "empty": b"",
    "newlines": b"\r\n\r\n\r\n",
    "no version": b"GET /metrics\r\n\r\n",
    "HTTP/0.9": b"GET /metrics HTTP/0.9\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/3.7": b"GET /metrics HTTP/3.7\r\nHost: t\r\n\r\n",
    "garbage version": b"GET /metrics FTP/1.1\r\nHost: t\r\n\r\n",
    "TLS hello": bytes.fromhex("16030100b6010000b20303") + b"\0" * 180,
    "no host": b"GET /metrics HTTP/1.1\r\n\r\n",
    "NUL in the path": b"GET /metr\0ics HTTP/1.1\r\nHost: t\r\n\r\n",
    "NUL in a header": b"GET /metrics HTTP/1.1\r\nHost: t\r\nX: a\0b\r\n\r\n",
    "only NULs": b"\0" * 4096,
    "long target": f"GET /{LONG} HTTP/1.1\r\nHost: t\r\n\r\n".encode(),
    "long query": f"GET /metrics?{LONG} HTTP/1.1\r\nHost: t\r\n\r\n".encode(),
    "long header": f"GET /metrics HTTP/1.1\r\nHost: t\r\nX: {LONG}\r\n\r\n".encode(),
    "long header name": f"GET /metrics HTTP/1.1\r\nHost: t\r\n{LONG}: x\r\n\r\n".encode(),
    "many headers": b"GET /metrics HTTP/1.1\r\nHost: t\r\n" + b"A: b\r\n" * 20000 + b"\r\n",
    "many parameters": b"GET /metrics?" + b"a&" * 20000 + b" HTTP/1.1\r\nHost: t\r\n\r\n",
    "long method": LONG.encode() + b" /metrics HTTP/1.1\r\nHost: t\r\n\r\n",
    "endless line": b"A" * 100000,
    "header without colon": b"GET /metrics HTTP/1.1\r\nHost: t\r\nnonsense\r\n\r\n",
    "length and chunks": b"POST /metrics HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                         + request(METRICS),
    "two lengths": b"GET /metrics HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n" + request(METRICS),
    "negative length": b"GET /metrics HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n" + request(METRICS),
    "signed length": b"GET /metrics HTTP/1.1\r\nHost: t\r\nContent-Length: +0\r\n\r\n" + request(METRICS),
    "hexadecimal length": b"GET /metrics HTTP/1.1\r\nHost: t\r\nContent-Length: 0x0\r\n\r\n" + request(METRICS),
    "huge length": b"GET /metrics HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999999999999999\r\n\r\n" + request(METRICS),
    "bad chunk": b"GET /metrics HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + request(METRICS),
    "huge chunk": b"GET /metrics HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n" + request(METRICS),
    "odd coding": b"GET /metrics HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: xchunked\r\n\r\n" + request(METRICS),
    "two codings": b"GET /metrics HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"
                   + request(METRICS),
    "coding behind a space": b"GET /metrics HTTP/1.1\r\nHost: t\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + request(METRICS),
    "body": b"GET /metrics HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % len(request(METRICS)) + request(METRICS),
    "expectation": b"POST /metrics HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
}


def statuses(data):
    """Status of every response on a connection; the bodies of errors hold no status lines. (libmicrohttpd 0.9.75 sends
    the head of some of its own refusals twice, one straight after the other: that is one response.)"""
    heads = data.decode("latin-1").split("\r\n\r\n")
    once = [head for i, head in enumerate(heads) if i == 0 or head != heads[i - 1]]
    return [int(line.split()[1]) for head in once for line in head.split("\r\n") if line.startswith("HTTP/1.")]


def talk(server, data, half_close=True):
    with server.connect() as client:
        try:
            client.sendall(data)
            if half_close:
                client.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it was refused before all was sent
        return read_to_end(client)


def test_each_is_refused_once():
    with Server("-h", 2000) as server:
        before = server.descriptors()
        for name, data in CASES.items():
            got = statuses(talk(server, data))
            assert len(got) <= 1, f"{name}: {got}: a second request was smuggled in"
            assert not got or got[0] in ERRORS or (name == "NUL in a header" and got == [200]), f"{name}: {got}"
            assert server.ask("/-/healthy").status == 200, name
        lib.wait_for(lambda: server.descriptors() <= before, "closed connections")


def test_too_long_is_told():
    with Server() as server:
        for name, wanted in (("long target", {414}), ("long header", {431, 413}), ("many headers", {431, 413}),
                             ("long query", {414}), ("no host", {400}), ("body", {400}), ("length and chunks", {400})):
            got = statuses(talk(server, CASES[name], half_close=False))
            assert got and got[0] in wanted, (name, got)


def test_bare_newlines_do_not_split_requests():
    with Server() as server:
        got = statuses(talk(server, b"GET /-/healthy HTTP/1.1\nHost: t\n\n" + request("/-/healthy", ["Connection: close"])))
        assert got in ([200, 200], [200], [400], []), got


def test_byte_by_byte():
    with Server() as server, server.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request("/-/healthy", ["Connection: close"]):
            client.sendall(bytes([byte]))
        assert Reply(read_to_end(client)).status == 200


def test_random_damage():
    """Seeded: a failure can be had again."""
    chance = random.Random(9753)
    good = request(METRICS + "?collect[]=cpu&name[]=web-%31", ["Accept: text/plain", "Accept-Encoding: gzip", "Authorization: Basic YTpi"])
    with Server("-h", 1000) as server:
        before = server.descriptors()
        for _ in range(400):
            data = bytearray(good)
            for _ in range(chance.randint(1, 6)):
                at = chance.randrange(len(data))
                what = chance.randrange(3)
                if what == 0:
                    data[at] = chance.randrange(256)
                elif what == 1:
                    del data[at:at + chance.randint(1, 9)]
                else:
                    data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 9)))
                if not data:
                    data = bytearray(b"x")
            talk(server, bytes(data))
        assert server.ask().status == 200
        lib.wait_for(lambda: server.descriptors() <= before, "closed connections")


def test_a_client_that_goes_away():
    with Server("-n", 300) as server:
        before = server.descriptors()
        for cut in range(1, 60, 3):
            with server.connect() as client:
                client.sendall(request(METRICS)[:cut])
            with server.connect() as client:
                client.sendall(request(METRICS))
                client.recv(cut * 100)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        lib.wait_for(lambda: server.descriptors() <= before, "closed connections")
        assert server.metric("promhttp_metric_handler_requests_in_flight", METRICS + "?name[]=none") == 1


lib.main(globals())
