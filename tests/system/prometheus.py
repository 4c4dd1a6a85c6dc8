#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus scrapes the exporter: OpenMetrics as it asks for it, the text format through a proxy that asks for
that, and both through TLS and a password. promtool and another OpenMetrics parser judge what is served."""
import base64
import http.server
import json
import os
import re
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_testlib as lib  # noqa: E402

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
GROUPS = re.findall(r"--\[no-\]collector\.(\w+)", lib.plimsoll("exporter", "--help").stdout)
EVERYTHING = [f"--collector.{group}" for group in GROUPS]
PASSWORD = "correct horse"


class TextProxy(http.server.BaseHTTPRequestHandler):
    """Passes a request on as somebody who knows nothing but the text format."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # pylint: disable=invalid-name
        request = urllib.request.Request(self.server.target + self.path, headers={"Accept": "text/plain; version=0.0.4"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                body = answer.read()
        except OSError as error:
            self.send_error(502, str(error))  # Prometheus tells
            return
        assert answer.headers["Content-Type"].startswith("text/plain"), answer.headers["Content-Type"]
        self.send_response(200)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


def proxy_of(exporter):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), TextProxy)
    server.target = exporter.url
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def certificate():
    key, cert = lib.work() / "key.pem", lib.work() / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return key, cert


def web_config():
    key, cert = certificate()
    hashed = subprocess.run(["htpasswd", "-nbBC", "5", "scraper", PASSWORD], check=True, capture_output=True, text=True)
    file = lib.work() / "web.yml"
    file.write_text(f"""tls_server_config:
  cert_file: {cert.name}
  key_file: {key.name}
  min_version: TLS12
http_server_config:
  headers:
    X-Frame-Options: deny
basic_auth_users:
  scraper: {hashed.stdout.strip().partition(":")[2]}
""")
    return file, cert


class Prometheus:
    def __init__(self, jobs):
        self.folder = lib.work() / "prometheus"
        self.folder.mkdir()
        self.url = f"http://127.0.0.1:{lib.free_port()}"
        self.log = self.folder / "log"
        config = self.folder / "prometheus.yml"
        config.write_text("global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n" + "".join(jobs))
        if lib.IN_GUEST:
            config.write_text(config.read_text().replace("1s", "10s"))
        with self.log.open("wb") as log:
            self.process = lib.spawn("prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.folder}/data",
                                     f"--web.listen-address={self.url[7:]}", "--log.level=info", stderr=log, stdout=log)

    def ask(self, path, **query):
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=20) as answer:
                return json.load(answer)["data"]
        except OSError:
            return None

    def query(self, text):
        """Values by job."""
        data = self.ask("query", query=text)
        return {one["metric"].get("job", ""): float(one["value"][1]) for one in data["result"]} if data else {}


def job(name, target, more=""):
    return f"- {{job_name: {name}, static_configs: [{{targets: ['{target}']}}]{more}}}\n"


def cpu_seconds(path):
    """As the kernel tells it, in v2 or in v1."""
    v2 = lib.hierarchy("unified").path(path) / "cpu.stat"
    return int(re.search(r"usage_usec (\d+)", v2.read_text())[1]) / 1e6


class World:
    def __init__(self):
        lib.need_root()
        lib.need("prometheus", "promtool", "openssl", "htpasswd")
        lib.cgroup_make("busy")
        limit = lib.hierarchy("cpu")
        if limit.version == 1:
            (limit.path("busy") / "cpu.cfs_quota_us").write_text("20000")
        else:
            (limit.path("busy") / "cpu.max").write_text("20000 100000")
        lib.cgroup_run("busy", "sh", "-c", "while :; do :; done")
        self.plain = lib.Exporter(*EVERYTHING)
        self.config, self.cert = web_config()
        self.secured = lib.Exporter(f"--web.config.file={self.config}", scheme="https")
        secure = (f", scheme: https, tls_config: {{ca_file: {self.cert}}}, "
                  f"basic_auth: {{username: scraper, password: {PASSWORD}}}")
        refused = f", scheme: https, tls_config: {{ca_file: {self.cert}}}, basic_auth: {{username: scraper, password: no}}"
        self.prometheus = Prometheus([
            job("openmetrics", f"127.0.0.1:{self.plain.port}"),
            job("text", f"127.0.0.1:{proxy_of(self.plain)}"),
            job("secured", f"127.0.0.1:{self.secured.port}", secure),
            job("refused", f"127.0.0.1:{self.secured.port}", refused)])


worlds = []
WANTED = ("openmetrics", "text", "secured")


def world():
    if not worlds:
        worlds.append(World())
    return worlds[0]


def test_up():
    w = world()
    lib.wait_for(lambda: all(w.prometheus.query("up").get(name) == 1 for name in WANTED), "all targets to be up", 30)
    for target in w.prometheus.ask("targets")["activeTargets"]:
        if target["labels"]["job"] in WANTED:
            assert target["health"] == "up" and target["lastError"] == "", target
    lib.wait_for(lambda: w.prometheus.query("up").get("refused") == 0, "the wrong password to be refused", 30)


def test_rate():
    """What Prometheus makes of a busy cgroup is what the kernel counted."""
    w = world()
    before, since = cpu_seconds("busy"), time.monotonic()
    time.sleep(12 if not lib.IN_GUEST else 60)
    really = (cpu_seconds("busy") - before) / (time.monotonic() - since)
    window = "10s" if not lib.IN_GUEST else "50s"
    found = w.prometheus.query(f'rate(container_cpu_usage_seconds_total{{id="/{lib.work().name}/busy"}}[{window}])')
    print(f"busy: {really:.4f} CPUs by the kernel; Prometheus: {found}")
    assert 0.1 < really < 0.25, really
    for name in WANTED:
        assert abs(found[name] - really) < 0.1 * really + 0.01, (name, found, really)


def test_every_sample_arrives():
    w = world()
    served = len([line for line in w.plain.metrics().splitlines() if line and line[0] != "#"])
    arrived = w.prometheus.query("scrape_samples_scraped")
    kept = w.prometheus.query("scrape_samples_post_metric_relabeling")
    print(f"samples: {served} served, {arrived}")
    for name in ("openmetrics", "text"):
        assert abs(arrived[name] - served) < 0.05 * served and kept[name] == arrived[name], (served, arrived, kept)
    types = {entry[0]["type"] for entry in w.prometheus.ask("metadata", metric="container_cpu_usage_seconds_total").values()}
    assert types <= {"counter"}, types


def test_no_complaints():
    log = world().prometheus.log.read_text()
    complaints = [line for line in log.splitlines() if "level=warn" in line or "level=error" in line]
    assert not complaints, complaints
    version = re.search(r'version="?\(?version=([\d.]+)', log)
    print(f"Prometheus {version[1] if version else '?'}")


def test_promtool():
    text = world().plain.metrics()
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stdout and not done.stderr, done.stdout + done.stderr
    done = subprocess.run(["promtool", "check", "web-config", world().config], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done


def test_openmetrics_parser():
    from prometheus_client.openmetrics import parser  # pylint: disable=import-outside-toplevel
    status, headers, body = world().plain.get(headers={"Accept": OPENMETRICS})
    assert status == 200 and headers["Content-Type"].startswith(OPENMETRICS), headers
    families = {family.name: family for family in parser.text_string_to_metric_families(body.decode())}
    assert families["container_cpu_usage_seconds"].type == "counter"
    assert len(families) > 80, len(families)


def test_secured():
    """Nobody else gets in."""
    w = world()
    context = ssl.create_default_context(cafile=w.cert)
    assert w.secured.get(context=context)[0] == 401
    token = base64.b64encode(f"scraper:{PASSWORD}".encode()).decode()
    status, headers, _ = w.secured.get(context=context, headers={"Authorization": f"Basic {token}"})
    assert status == 200 and headers["X-Frame-Options"] == "deny", (status, headers)


lib.main(globals())
