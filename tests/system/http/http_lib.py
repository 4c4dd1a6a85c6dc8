# SPDX-License-Identifier: Apache-2.0
"""What the tests of the HTTP server share: a server of its own for each test, and clients that see every byte."""
import gzip
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import plimsoll_testlib as lib  # noqa: E402

FAKE_SERVER = os.environ["FAKE_SERVER"]
METRICS = "/metrics"
ATTENDED = os.environ.get("FAKE_SERVER_MODE") == "attended"  # in a loop that is not the server's own


class Server:
    """fake_server with these options, ended (and checked) at the end of a with block."""

    def __init__(self, *options, listen=("127.0.0.1:0",), environment=None, pass_fds=(), before=None):
        self.log_file = tempfile.TemporaryFile("w+")
        command = [FAKE_SERVER]
        for address in listen:
            command += ["-l", address]
        self.process = subprocess.Popen(
            command + [str(o) for o in options], stdout=subprocess.PIPE, stderr=self.log_file, text=True,
            env=dict(os.environ, **(environment or {})), pass_fds=pass_fds, preexec_fn=before)
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            self.process.wait()
            raise AssertionError(f"the server did not start: {self.log()}")
        self.addresses = line.split()[1:]

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        code = self.stop()
        if kind:
            print(self.log(), file=sys.stderr)
        else:
            assert code == 0, f"the server ended with {code}: {self.log()}"

    def stop(self):
        """Its exit status; sanitizers make it nonzero for a leak."""
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        return self.process.wait(60)

    @property
    def port(self):
        return int(self.addresses[0].rpartition(":")[2])

    def log(self):
        self.log_file.seek(0)
        return self.log_file.read()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def resident_kib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())[1])

    def connect(self, address=("127.0.0.1",), timeout=20, source=None):
        client = socket.create_connection((address[0], self.port), timeout=timeout,
                                          source_address=(source, 0) if source else None)
        return client

    def ask(self, path=METRICS, headers=(), method="GET", version="1.1", tls=None, **where):
        """One request on a connection of its own; `tls` is an ssl.SSLContext."""
        with self.connect(**where) as plain, tls.wrap_socket(plain) if tls else plain as client:
            client.sendall(request(path, ["Connection: close", *headers], method, version))
            return Reply(read_to_end(client), method)

    def metric(self, name, path=METRICS):
        """The value of an unlabelled sample, or of one named with its labels."""
        reply = self.ask(path)
        assert reply.status == 200, reply
        return sample(reply.text, name)


def sample(text, name):
    for line in text.splitlines():
        if line.startswith(name + " "):
            return float(line.rpartition(" ")[2])
    raise AssertionError(f"no sample {name}")


def request(path, headers=(), method="GET", version="1.1"):
    lines = [f"{method} {path} HTTP/{version}", "Host: test", *headers, "", ""]
    return "\r\n".join(lines).encode()


def read_to_end(client):
    data = b""
    try:
        while piece := client.recv(1 << 16):
            data += piece
    except (ConnectionResetError, ssl.SSLEOFError):
        pass
    return data


class Reply:
    """A response taken apart; `rest` is what follows it on the connection."""

    def __init__(self, data, method="GET"):
        head, found, body = data.partition(b"\r\n\r\n")
        assert found, f"no response: {data[:200]!r}"
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(re.fullmatch(r"HTTP/1\.[01] (\d{3}) .*", lines[0])[1])
        self.headers = {}
        for line in lines[1:]:
            key, _, value = line.partition(": ")
            assert key.lower() not in self.headers, f"header {key} twice"
            self.headers[key.lower()] = value
        if method == "HEAD":
            self.raw, self.rest = b"", body
        elif self.headers.get("transfer-encoding") == "chunked":
            self.raw, self.rest = unchunk(body)
        elif "content-length" in self.headers:
            length = int(self.headers["content-length"])
            assert len(body) >= length, "body cut short"
            self.raw, self.rest = body[:length], body[length:]
        else:
            self.raw, self.rest = body, b""

    @property
    def body(self):
        return gzip.decompress(self.raw) if self.headers.get("content-encoding") == "gzip" else self.raw

    @property
    def text(self):
        return self.body.decode()

    def __repr__(self):
        return f"{self.status} {self.headers} {self.raw[:300]!r}"


def unchunk(data):
    body = b""
    while True:
        size, found, data = data.partition(b"\r\n")
        assert found, "chunks cut short"
        length = int(size, 16)
        body += data[:length]
        assert len(data) >= length + 2 and data[length:length + 2] == b"\r\n", "chunk cut short"
        data = data[length + 2:]
        if length == 0:
            return body, data


def one_reply(client):
    """The next response on a connection that stays open."""
    data = b""
    while True:
        piece = client.recv(1 << 16)
        assert piece, f"the connection ended: {data[:200]!r}"
        data += piece
        try:
            return Reply(data)
        except AssertionError:
            continue


def replies(data, n):
    """n responses in a row."""
    out = []
    for _ in range(n):
        out.append(Reply(data))
        data = out[-1].rest
    assert not data, f"more than {n} responses: {data[:200]!r}"
    return out


def run(*command, **options):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=60, **options)


class Folder(tempfile.TemporaryDirectory):
    def __enter__(self):
        return Path(super().__enter__())


def settle():
    """File times are as coarse as the kernel's tick: two writes within one could look alike."""
    time.sleep(0.02)
