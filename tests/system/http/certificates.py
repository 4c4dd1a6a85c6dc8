# SPDX-License-Identifier: Apache-2.0
"""Keys and certificates that last for a test, made by openssl."""
import ssl

from http_lib import lib, run

EXTENSIONS = """[ca]
basicConstraints=critical,CA:TRUE
keyUsage=keyCertSign
[server]
subjectAltName=DNS:localhost,IP:127.0.0.1
[client]
extendedKeyUsage=clientAuth
subjectAltName=DNS:scraper.example,email:ops@example.org,IP:192.0.2.7,URI:spiffe://example/scraper
[other]
extendedKeyUsage=clientAuth
subjectAltName=DNS:other.example
[serveronly]
extendedKeyUsage=serverAuth
subjectAltName=DNS:scraper.example
"""


def openssl(*words):
    done = run("openssl", *words)
    assert done.returncode == 0, done.stderr


class Certificates:
    """ca and rogue (another CA); server, renewed, ecdsa; client, other, serveronly (of ca); stranger (of rogue)."""

    def __init__(self, folder):
        lib.need("openssl")
        self.folder = folder
        (folder / "extensions").write_text(EXTENSIONS)
        for name in ("ca", "rogue"):
            self.key(name)
            openssl("req", "-x509", "-new", "-key", self.path(name, "key"), "-out", self.path(name, "crt"), "-days", "2",
                    "-subj", f"/CN={name}", "-addext", "keyUsage=keyCertSign")
        self.issue("server", "server")
        self.issue("client", "client")

    def path(self, name, kind):
        return self.folder / f"{name}.{kind}"

    def key(self, name, rsa=False):
        how = ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if rsa else ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        openssl("genpkey", "-quiet", "-algorithm", *how, "-out", self.path(name, "key"))

    def issue(self, name, extensions, ca="ca", rsa=False):
        self.key(name, rsa)
        openssl("req", "-new", "-key", self.path(name, "key"), "-out", self.path(name, "csr"), "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", self.path(name, "csr"), "-CA", self.path(ca, "crt"), "-CAkey", self.path(ca, "key"),
                "-CAcreateserial", "-days", "2", "-extfile", self.folder / "extensions", "-extensions", extensions,
                "-out", self.path(name, "crt"))

    def context(self, client=None, verify=True):
        context = ssl.create_default_context(cafile=self.path("ca", "crt"))
        context.check_hostname = False
        if not verify:
            context.verify_mode = ssl.CERT_NONE
        if client:
            context.load_cert_chain(self.path(client, "crt"), self.path(client, "key"))
        return context
