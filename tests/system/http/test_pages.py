# SPDX-License-Identifier: Apache-2.0
"""Paths, methods, filters, formats, listeners."""
import html.parser
import os
import socket
import subprocess
import threading
import urllib.parse

from http_lib import (ATTENDED, Folder, METRICS, Reply, Server, lib, one_reply, read_to_end, replies, request,
                      sample)


def families(text):
    return {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}


def test_metrics_have_the_headers_that_prometheus_wants():
    with Server("-n", 5) as server:
        reply = server.ask()
        assert reply.status == 200
        assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "content-encoding" not in reply.headers
        assert sum(line.startswith("container_last_seen{") for line in reply.text.splitlines()) >= 5
        assert sample(reply.text, "plimsoll_collections_total") == 1


def test_openmetrics_is_negotiated_and_parses():
    parser = module("prometheus_client.openmetrics.parser")
    with Server("-n", 5) as server:
        reply = server.ask(headers=["Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5"])
        assert reply.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        assert reply.text.endswith("# EOF\n")
        names = {family.name for family in parser.text_string_to_metric_families(reply.text)}
        assert {"plimsoll_build_info", "process_cpu_seconds", "promhttp_metric_handler_requests"} <= names
        assert reply.headers["vary"] == "Accept, Accept-Encoding"


def module(name):
    import importlib
    try:
        return importlib.import_module(name)
    except ImportError:
        lib.skip(f"needs the Python module {name}: ./dev deps test installs it")


def test_promtool_finds_nothing_to_complain_about():
    lib.need("promtool")
    with Server("-n", 5, "-a") as server:
        check = subprocess.run(["promtool", "check", "metrics"], input=server.ask().body, capture_output=True, timeout=60)
        assert check.returncode == 0 and not check.stdout and not check.stderr, check


def test_self_metrics():
    with Server() as server:
        wanted = {"plimsoll_build_info", "plimsoll_scrape_collector_duration_seconds", "plimsoll_scrape_collector_success",
                  "process_cpu_seconds_total", "process_open_fds", "process_max_fds", "process_virtual_memory_bytes",
                  "process_resident_memory_bytes", "process_start_time_seconds",
                  "promhttp_metric_handler_requests_total", "promhttp_metric_handler_requests_in_flight"}
        text = server.ask().text
        assert wanted <= families(text), wanted - families(text)
        # The scrape's own connection may still be open, or not any more.
        assert sample(text, "process_open_fds") - server.descriptors() in (0, 1)
        assert abs(sample(text, "process_resident_memory_bytes") / 1024 - server.resident_kib()) < 2048
        started = os.stat(f"/proc/{server.process.pid}").st_mtime
        assert abs(sample(text, "process_start_time_seconds") - started) < 5
        assert sample(text, "promhttp_metric_handler_requests_in_flight") == 1
        assert server.ask("/metrics?collect[]=nonsense").status == 400
        text = server.ask().text
        assert sample(text, 'promhttp_metric_handler_requests_total{code="200"}') == 2
        assert sample(text, 'promhttp_metric_handler_requests_total{code="400"}') == 1
    with Server("-q") as server:
        assert not any(f.startswith(("process_", "promhttp_", "plimsoll_build", "plimsoll_scrape", "plimsoll_http"))
                       for f in families(server.ask().text))


def test_gzip_holds_the_same_text():
    with Server("-n", 300, "-q", "-i", 60000) as server:
        plain = server.ask()
        packed = server.ask(headers=["Accept-Encoding: deflate, gzip;q=0.5"])
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.body == plain.body
        assert len(packed.raw) * 8 < len(plain.raw), (len(packed.raw), len(plain.raw))
        assert "content-encoding" not in server.ask(headers=["Accept-Encoding: gzip;q=0"]).headers


def test_http_1_0_has_the_whole_body_and_no_chunks():
    with Server("-n", 300, "-q", "-i", 60000) as server:
        old = server.ask(version="1.0")
        assert "transfer-encoding" not in old.headers
        assert old.body == server.ask().body


def test_head_has_get_s_headers_and_no_body_and_collects_nothing():
    with Server() as server:
        for path in (METRICS, "/", "/-/healthy", "/nothing"):
            head, get = server.ask(path, method="HEAD"), None
            assert head.rest == b"" and head.raw == b""
            if path == METRICS:
                assert server.metric("plimsoll_collections_total") == 1
            get = server.ask(path)
            assert head.status == get.status
            framing = {"date", "transfer-encoding", "connection"}
            assert {k: v for k, v in head.headers.items() if k not in framing} == \
                {k: v for k, v in get.headers.items() if k not in framing}


def test_unknown_paths_and_methods():
    with Server() as server:
        for path in ("/metric", "/metrics/", "/-/", "/%2e%2e/etc/passwd", "//metrics"):
            assert server.ask(path).status == 404, path
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW"):
            reply = server.ask(method=method)
            assert reply.status == 405 and reply.headers["allow"] == "GET, HEAD", (method, reply)
        assert server.ask("/%6detrics").status == 200
        assert server.ask("http://elsewhere:1/metrics").status == 200
        for path in ("/metrics%00", "/%", "/%4", "/%zz", "metrics", "*"):
            assert server.ask(path).status == 400, path


def test_health():
    with Folder() as folder:
        fail = folder / "fail"
        with Server("-f", fail, "-i", 1) as server:
            for path in ("/-/healthy", "/healthz", "/-/ready"):
                assert server.ask(path).status == 200
            fail.touch()
            reply = server.ask()
            assert reply.status == 503
            assert "told to fail by" in reply.text and "remove the file" in reply.text
            assert server.ask("/-/ready").status == 503
            assert server.ask("/-/healthy").status == 200
            fail.unlink()
            text = server.ask().text
            assert sample(text, "plimsoll_collection_failures_total") == 1
            assert sample(text, 'promhttp_metric_handler_requests_total{code="503"}') == 1
            assert server.ask("/-/ready").status == 200
            assert server.log().count("collection failed") == 1
            assert "collection works again" in server.log()


class Page(html.parser.HTMLParser):
    """Checks that elements are closed in order, and keeps links and text."""
    EMPTY = {"meta"}

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.words = [], [], []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        assert tag != "script"
        if tag not in self.EMPTY:
            self.open.append(tag)
        if tag == "a":
            self.links.append(dict(attributes)["href"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.words.append(data)


def test_landing_page_links_lead_somewhere():
    with Server("-p", "/a \"b'<c>&?#%x/metrics") as server:
        reply = server.ask("/")
        assert reply.headers["content-type"] == "text/html; charset=utf-8"
        page = Page(reply.text)
        assert len(page.links) > 10
        for link in page.links:
            assert server.ask(link).status == 200, link
        assert "Version 0." in " ".join(page.words)
        assert {"/-/healthy", "/-/ready"} <= set(page.links)
        assert any(urllib.parse.unquote(link).startswith("/a \"b'<c>&?#%x/metrics?collect[]=") for link in page.links)


def test_telemetry_path_may_be_the_root():
    with Server("-p", "/") as server:
        assert "container_last_seen" in server.ask("/").text
        assert server.ask("/metrics").status == 404
        assert server.ask("/healthz").status == 200


def collectors(text):
    return {line.split('"')[1] for line in text.splitlines() if line.startswith("plimsoll_scrape_collector_success{")}


def without_memory(server):
    """A scrape close upon another one may show the collection of both."""
    text = server.ask("/metrics?exclude[]=memory").text
    return "memory" not in collectors(text) and text


def test_collect_and_exclude():
    with Server("-i", 1) as server:
        everything = families(server.ask().text)
        memory = server.ask("/metrics?collect[]=memory").text
        assert any(f.startswith("container_memory_") for f in families(memory))
        assert not any(f.startswith("container_cpu_") for f in families(memory))
        two = server.ask("/metrics?collect%5B%5D=memory&collect[]=cpu&other=x&&flag").text
        assert {"memory", "cpu"} <= collectors(two)
        assert any(f.startswith("container_cpu_") for f in families(two))
        assert not any(f.startswith("container_pressure_") for f in families(two))
        rest = lib.wait_for(lambda: without_memory(server), "a collection of its own")
        assert len(collectors(rest)) > 4
        assert families(memory) < everything and families(rest) < everything
        for query, words in (("collect[]=no%22such", ["unknown collector", "memory", "cpu"]),
                             ("collect[]=memory&exclude[]=cpu", ["collect[]", "exclude[]"]),
                             ("collect[]=descriptors", ["disabled collector 'descriptors'"]),
                             ("collect[]=", ["unknown collector ''"]), ("collect[]=%00", ["percent-escape"])):
            reply = server.ask("/metrics?" + query)
            assert reply.status == 400, query
            assert all(word in reply.text for word in words), (query, reply)


def test_name_filter():
    with Server("-n", 20, "-q") as server:
        def names(query):
            text = server.ask("/metrics?" + query).text
            return {part.split('"')[1] for line in text.splitlines() for part in line.split(",") if part.startswith('name="')}

        assert names("name[]=web-3") == {"web-3"}
        assert names("name[]=web-1%3F&name[]=web-2") == {"web-2"} | {f"web-1{i}" for i in range(10)}
        assert len(names("")) == 20 and len(names("name[]=")) == 20
        assert names("name[]=nobody") == set()
        assert server.ask("/metrics?" + "&".join(["name[]=x"] * 65)).status == 400


def test_scrapes_share_one_collection():
    with Server("-d", 50, "-i", 60000) as server:
        threads = [threading.Thread(target=server.ask) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.metric("plimsoll_collections_total") == 1
        # Filters never make it collect more often than there are groups.
        for query in ("collect[]=cpu", "collect[]=memory", "exclude[]=cpu"):
            server.ask("/metrics?" + query)
        assert server.metric("plimsoll_collections_total") == 1
    with Server("-i", 60000) as server:
        for _ in range(3):
            for query in ("collect[]=cpu", "collect[]=memory", "exclude[]=cpu"):
                server.ask("/metrics?" + query)
        assert server.metric("plimsoll_collections_total") <= 4


def test_too_many_scrapes_at_once_are_refused():
    with Server("-n", 1000, "-r", 2, "-q") as server:
        slow = [server.connect() for _ in range(2)]
        for client in slow:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(request(METRICS))
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")
        reply = server.ask()
        assert reply.status == 503 and int(reply.headers["retry-after"]) >= 1
        assert server.ask(method="HEAD").status == 200
        assert server.ask("/-/healthy").status == 200
        for client in slow:
            client.close()
        lib.wait_for(lambda: server.ask("/metrics?name[]=none").status == 200, "a free place")


def test_pipelined_requests_are_answered_in_order():
    paths = ["/-/healthy", "/", METRICS, "/nothing", METRICS, "/-/ready"]
    with Server() as server, server.connect() as client:
        client.sendall(b"".join(request(p) for p in paths) + request("/healthz", ["Connection: close"]))
        got = replies(read_to_end(client), len(paths) + 1)
        assert [r.status for r in got] == [200, 200, 200, 404, 200, 200, 200]
        assert "container_last_seen" in got[4].text


def test_keep_alive_serves_request_after_request():
    with Server() as server, server.connect() as client:
        for _ in range(50):
            client.sendall(request("/-/healthy"))
            reply = one_reply(client)
            assert reply.status == 200 and reply.text == "Healthy\n" and "connection" not in reply.headers


def test_listeners_of_every_kind():
    with Folder() as folder:
        path = folder / "socket"
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(str(path))
        stale.close()
        with Server(listen=["127.0.0.1:0", "[::1]:0", f"unix:{path}"]) as server:
            assert len(server.addresses) == 3 and server.addresses[1].startswith("[::1]:")
            with socket.create_connection(("::1", int(server.addresses[1].rpartition(":")[2])), 10) as client:
                client.sendall(request(METRICS, ["Connection: close"]))
                assert Reply(read_to_end(client)).status == 200
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(10)
                client.connect(str(path))
                client.sendall(request(METRICS, ["Connection: close"]))
                assert Reply(read_to_end(client)).status == 200
            assert server.ask().status == 200
            try:
                Server(listen=[f"unix:{path}"])
                raise AssertionError("a socket that is in use was taken")
            except AssertionError as problem:
                assert "did not start" in str(problem) and "remove the file" in str(problem)
        assert not path.exists()


def test_any_address_takes_both_families():
    with Server(listen=[":0"]) as server:
        assert server.ask().status == 200
        with socket.create_connection(("::1", server.port), 10) as client:
            client.sendall(request(METRICS, ["Connection: close"]))
            assert Reply(read_to_end(client)).status == 200


def test_socket_activation():
    listener = socket.create_server(("127.0.0.1", 0))

    # The child has to know its own pid: a shell says it.
    with listener:
        script = f'exec 3<&{listener.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" -S'
        process = subprocess.Popen(["bash", "-c", script, os.environ["FAKE_SERVER"]], stdout=subprocess.PIPE, text=True,
                                   pass_fds=[listener.fileno()])
        address = "%s:%d" % listener.getsockname()
        assert process.stdout.readline() == f"listening {address}\n"
        with socket.create_connection(listener.getsockname(), 10) as client:
            client.sendall(request(METRICS, ["Connection: close"]))
            assert Reply(read_to_end(client)).status == 200
        process.terminate()
        process.stdout.close()
        assert process.wait(20) == 0
    try:
        Server("-S", listen=[])
        raise AssertionError("started without a socket")
    except AssertionError as problem:
        assert "systemd handed over no socket" in str(problem)


def test_stopping_finishes_an_answer_under_way():
    """A caller that has a loop of its own has other things to end: there the answer is cut off, and nothing waits."""
    with Server("-n", 500, "-q") as server, server.connect() as client:
        client.sendall(request(METRICS, ["Connection: close"]))
        start = client.recv(1)
        server.process.terminate()
        if ATTENDED:
            assert server.process.wait(20) == 0  # though nobody reads
            assert not (start + read_to_end(client)).endswith(b"\r\n0\r\n\r\n")
        else:
            reply = Reply(start + read_to_end(client))
            assert reply.status == 200 and reply.rest == b""


lib.main(globals())
