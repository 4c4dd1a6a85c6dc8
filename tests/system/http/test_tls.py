# SPDX-License-Identifier: Apache-2.0
"""TLS by the web-config file: versions, suites, client certificates, and certificates that change."""
import functools
import socket
import ssl
import tempfile
import time
import warnings
from pathlib import Path

from certificates import Certificates
from http_lib import METRICS, Server, lib, one_reply, read_to_end, request, run, settle

KEEP = []
warnings.filterwarnings("ignore", category=DeprecationWarning)  # TLS 1.0 is asked for on purpose


@functools.cache
def certificates():
    """One set for all tests; each writes its own configuration beside it."""
    KEEP.append(tempfile.TemporaryDirectory())
    made = Certificates(Path(KEEP[-1].name))
    made.issue("renewed", "server")
    made.issue("rsa", "server", rsa=True)
    made.issue("other", "other")
    made.issue("serveronly", "serveronly")
    made.issue("stranger", "client", ca="rogue")
    return made


def configured(more="", name="web.yml", cert="server"):
    path = certificates().folder / name
    path.write_text(f"tls_server_config:\n  cert_file: {cert}.crt\n  key_file: {cert}.key\n{more}")
    return path


def outcome(server, context):
    """The status, or "refused" where the handshake fails (in TLS 1.3 a client learns that when it reads)."""
    try:
        return server.ask("/-/healthy", tls=context).status
    except (ssl.SSLError, ConnectionError, AssertionError):
        return "refused"


def test_a_scrape_over_tls():
    with Server("-c", configured(), "-n", 300) as server:
        context = certificates().context()
        for _ in range(3):
            reply = server.ask(tls=context)
            assert reply.status == 200 and reply.text.count("container_last_seen{") == 300
        gzip = server.ask(tls=context, headers=["Accept-Encoding: gzip"])
        assert gzip.text.count("container_last_seen{") == 300
        # Plain HTTP gets no answer, and others are served on.
        with server.connect() as client:
            client.sendall(request(METRICS))
            assert b"HTTP/1.1 200" not in read_to_end(client)
        assert outcome(server, context) == 200


def test_curl_scrapes_with_verification():
    lib.need("curl")
    with Server("-c", configured(), "-n", 50) as server:
        done = run("curl", "-sS", "--cacert", certificates().path("ca", "crt"), "--compressed",
                   f"https://localhost:{server.port}/metrics", f"https://localhost:{server.port}/metrics")
        assert done.returncode == 0 and done.stdout.count("container_last_seen{") == 100, done.stderr


def test_inline_pem():
    made = certificates()
    indent = "\n    ".join
    text = "tls_server_config:\n  cert: |\n    " + indent(made.path("server", "crt").read_text().splitlines()) + \
        "\n  key: |\n    " + indent(made.path("server", "key").read_text().splitlines()) + "\n"
    path = made.folder / "inline.yml"
    path.write_text(text)
    with Server("-c", path) as server:
        assert outcome(server, made.context()) == 200


def versions(server, minimum=ssl.TLSVersion.TLSv1_2):
    got = {}
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = certificates().context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        got[version.name] = outcome(server, context)
    return {name for name, status in got.items() if status == 200}


def test_versions():
    for more, wanted in (("", {"TLSv1_2", "TLSv1_3"}), ("  min_version: TLS13\n", {"TLSv1_3"}),
                         ("  max_version: TLS12\n", {"TLSv1_2"}),
                         ("  min_version: TLS10\n", {"TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"}),
                         ("  min_version: TLS11\n  max_version: TLS11\n", {"TLSv1_1"})):
        with Server("-c", configured(more, cert="rsa")) as server:
            assert versions(server) == wanted, (more, versions(server))


def cipher(server, offer, version=ssl.TLSVersion.TLSv1_2):
    context = certificates().context()
    context.maximum_version = version
    context.set_ciphers(offer)
    try:
        with server.connect() as plain, context.wrap_socket(plain) as client:
            return client.cipher()[0]
    except (ssl.SSLError, ConnectionError):
        return None


def test_cipher_suites():
    more = "  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256]\n"
    with Server("-c", configured(more, cert="rsa")) as server:
        assert cipher(server, "ECDHE-RSA-AES128-GCM-SHA256") is None
        assert cipher(server, "AES256-GCM-SHA384") is None
        assert cipher(server, "ECDHE-RSA-CHACHA20-POLY1305") == "ECDHE-RSA-CHACHA20-POLY1305"
        # Ours is the order, not the client's.
        assert cipher(server, "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES256-GCM-SHA384") == "ECDHE-RSA-AES256-GCM-SHA384"
        assert outcome(server, certificates().context()) == 200  # TLS 1.3
    with Server("-c", configured("  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA]\n", cert="rsa")) as server:
        assert cipher(server, "ECDHE-RSA-AES128-SHA") == "ECDHE-RSA-AES128-SHA"
        assert outcome(server, certificates().context()) == 200


def curve(server, curves):
    done = run("openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_3", "-curves", curves, "-brief",
               input="")
    return done.returncode == 0


def test_curves():
    with Server("-c", configured("  curve_preferences: [CurveP384]\n")) as server:
        assert curve(server, "P-384") and not curve(server, "X25519") and not curve(server, "P-256")
    with Server("-c", configured()) as server:
        assert curve(server, "X25519")


def policy(kind, more="", ca=True):
    return configured(f"  client_auth_type: {kind}\n" + ("  client_ca_file: ca.crt\n" if ca else "") + more)


def test_client_certificates():
    wanted = {
        "RequestClientCert": {None: 200, "client": 200, "stranger": 200, "serveronly": 200},
        "RequireAnyClientCert": {None: "refused", "client": 200, "stranger": 200, "serveronly": 200},
        "VerifyClientCertIfGiven": {None: 200, "client": 200, "stranger": "refused", "serveronly": "refused"},
        "RequireAndVerifyClientCert": {None: "refused", "client": 200, "stranger": "refused", "serveronly": "refused"},
    }
    for kind, clients in wanted.items():
        with Server("-c", policy(kind)) as server:
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                for client, result in clients.items():
                    context = certificates().context(client)
                    context.maximum_version = version
                    got = outcome(server, context)
                    assert got == result, (kind, version, client, got)
    with Server("-c", configured("  client_auth_type: NoClientCert\n")) as server:
        assert outcome(server, certificates().context("stranger")) == 200
    # No CA is named: those of the system, which know nothing of ours.
    with Server("-c", policy("RequireAndVerifyClientCert", ca=False)) as server:
        assert outcome(server, certificates().context("client")) == "refused"


def test_client_allowed_sans():
    for sans, client, wanted in (("[scraper.example]", "client", 200), ("[scraper.example]", "other", "refused"),
                                 ("[x, ops@example.org]", "client", 200), ("[192.0.2.7]", "client", 200),
                                 ("['spiffe://example/scraper']", "client", 200), ("[SCRAPER.example]", "client", "refused"),
                                 ("[]", "client", "refused"), ("[other.example]", "client", "refused"),
                                 ("[scraper.example]", "stranger", "refused")):
        with Server("-c", policy("RequireAndVerifyClientCert", f"  client_allowed_sans: {sans}\n")) as server:
            assert outcome(server, certificates().context(client)) == wanted, (sans, client)


def shown(server):
    """The certificate that the server shows."""
    with server.connect() as plain, certificates().context().wrap_socket(plain) as client:
        return ssl.DER_cert_to_PEM_cert(client.getpeercert(True)).strip()


def pem(name):
    return certificates().path(name, "crt").read_text().strip()


def replace(name, source):
    """As certbot and its like do it: all at once."""
    settle()
    for kind in ("key", "crt"):
        fresh = certificates().folder / f"{name}.{kind}.new"
        fresh.write_bytes(certificates().path(source, kind).read_bytes())
        fresh.rename(certificates().path(name, kind))


def test_a_renewed_certificate_is_shown_and_old_connections_end():
    replace("live", "server")
    with Server("-c", configured(cert="live", name="live.yml")) as server:
        idle = certificates().context().wrap_socket(server.connect())
        idle.sendall(request("/-/healthy"))
        assert one_reply(idle).status == 200
        assert shown(server) == pem("server")
        replace("live", "renewed")
        lib.wait_for(lambda: shown(server) == pem("renewed"), "the renewed certificate")
        assert read_to_end(idle) == b"", "an idle connection of the old certificate is ended"
        idle.close()
        # A key that does not fit: the old pair stays, and is told once.
        settle()
        certificates().path("live", "key").write_bytes(certificates().path("server", "key").read_bytes())
        lib.wait_for(lambda: shown(server) == pem("renewed") and "does not belong" in server.log(), "the error")
        time.sleep(1.2)  # longer than it waits between two looks
        assert shown(server) == pem("renewed") and server.log().count("does not belong") == 1
        replace("live", "server")
        lib.wait_for(lambda: shown(server) == pem("server"), "the mended pair")


def test_tls_comes_and_goes_with_the_file():
    config = certificates().folder / "toggle.yml"
    config.write_text("{}\n")
    with Server("-c", config) as server:
        assert server.ask().status == 200
        settle()
        configured(name="toggle.yml")
        lib.wait_for(lambda: outcome(server, certificates().context()) == 200, "TLS")
        settle()
        config.write_text("{}\n")
        lib.wait_for(lambda: outcome(server, None) == 200, "plain HTTP")
        before = server.descriptors()
        for _ in range(5):
            assert outcome(server, None) == 200
        lib.wait_for(lambda: server.descriptors() <= before, "closed connections")


def test_a_slow_handshake_is_cut_off():
    with Server("-c", configured(), "-h", 1000) as server:
        with server.connect() as client:
            client.sendall(b"\x16\x03\x01")
            start = time.monotonic()
            assert read_to_end(client) == b""
            assert 0.5 < time.monotonic() - start < 5
        assert outcome(server, certificates().context()) == 200


def test_a_slow_reader_is_cut_off():
    with Server("-c", configured(), "-n", 300, "-w", 1000) as server:
        before = server.descriptors()
        plain = server.connect()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client = certificates().context().wrap_socket(plain)
        client.sendall(request(METRICS))
        assert client.recv(10)
        assert server.descriptors() > before
        lib.wait_for(lambda: server.descriptors() <= before, "the end of the connection")
        client.close()


lib.main(globals())
