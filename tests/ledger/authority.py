"""A time-stamping authority of its own: `openssl ts` behind a tiny HTTP server on loopback."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is missing: apt-get install openssl"
)

_CONFIG = """
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
signer_digest = sha256
"""


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """A root, and a certificate under it that may do nothing but date."""

    def __init__(self, folder: Path) -> None:
        """`folder`: empty."""
        self.folder = folder
        now = datetime.now(UTC)
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        times = {"not_valid_before": now - timedelta(days=1), "not_valid_after": now + timedelta(days=30)}

        def certificate(subject: str, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
            return x509.CertificateBuilder(
                issuer_name=_name("A root of the tests"),
                subject_name=_name(subject),
                public_key=public,
                serial_number=x509.random_serial_number(),
                **times,
            ).add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)

        root = (
            certificate("A root of the tests", root_key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(root_key, SHA256())
        )
        leaf = (
            certificate("An authority of the tests", key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .sign(root_key, SHA256())
        )
        self.roots = root.public_bytes(Encoding.PEM)
        (folder / "root.pem").write_bytes(self.roots)
        (folder / "leaf.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
        (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
        self._lock = threading.Lock()

    def reply(self, question: bytes) -> bytes:
        """Date it, as `openssl ts -reply` does; the signer's certificate alone goes along."""
        with self._lock:  # the serial number is a file
            (self.folder / "question").write_bytes(question)
            words = "openssl ts -reply -config tsa.cnf -section authority -signer leaf.pem -inkey key.pem"
            subprocess.run(
                [*words.split(), "-queryfile", "question", "-out", "answer"],
                cwd=self.folder,
                check=True,
                capture_output=True,
            )
            return (self.folder / "answer").read_bytes()


@contextmanager
def serving(answer: object) -> Iterator[str]:
    """The address of a server that answers each POST with `answer(body)`: bytes, or (status, media type, bytes)."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            given = answer(body)  # type: ignore[operator]
            status, media_type, content = (
                given if isinstance(given, tuple) else (200, "application/octet-stream", given)
            )
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            if status in (301, 302, 307, 308):
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
