"""A real Dovecot on loopback, of its own, under whatever account the tests run.

Its login processes refuse root. As root they run as the accounts that its package brings, and mail belongs to nobody;
otherwise everything runs as we do.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from imap_tools.mailbox import MailBoxUnencrypted

PASSWORD = "a-password-of-a-mailbox"
PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")

_CONF = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 0
mail_location = maildir:{folder}/mail/%u
mail_access_groups =
mailbox_list_index = no
default_process_limit = 50
imap_capability = {capability}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot(msgspec.Struct, frozen=True):
    """Where it listens."""

    folder: Path
    port: int
    tls_port: int

    @property
    def authority(self) -> Path:
        """The certificate that its own leads to."""
        return self.folder / "cert.pem"

    @contextmanager
    def box(self, user: str) -> Iterator[MailBoxUnencrypted]:
        """Somebody's mail program, at the mailbox."""
        with MailBoxUnencrypted("127.0.0.1", self.port, timeout=60).login(user, PASSWORD) as box:
            yield box

    def put(self, user: str, *mails: bytes, folder: str = "INBOX") -> None:
        """Mail comes in, unread."""
        with self.box(user) as box:
            for mail in mails:
                box.append(mail, folder)

    def renumber(self, user: str) -> None:
        """What a restored server does: the numbers of the inbox hold no more, and are given anew."""
        inbox = self.folder / "mail" / user
        for index in inbox.glob("dovecot.index*"):
            index.unlink()
        numbers = inbox / "dovecot-uidlist"
        numbers.write_bytes(re.sub(rb" V(\d+)", lambda one: b" V%d" % (int(one[1]) + 7), numbers.read_bytes(), count=1))

    def held(self, user: str, folder: str = "INBOX") -> list[str]:
        """Subjects of what lies in a folder."""
        with self.box(user) as box:
            if not box.folder.exists(folder):
                return []
            box.folder.set(folder)
            return [one.subject for one in box.fetch(mark_seen=False, headers_only=True)]


@contextmanager
def dovecot(folder: Path, *, capability: str = "") -> Iterator[Dovecot]:
    """A server in this folder; `capability`: what it says it can, empty for all that it can."""
    assert PROGRAM is not None
    root = os.geteuid() == 0
    me = pwd.getpwuid(os.geteuid())
    nobody = pwd.getpwnam("nobody") if root else me
    for name in ("run", "state", "mail"):
        (folder / name).mkdir()
    if root:
        os.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
    _certificate(folder)
    port, tls_port = _free_ports(2)
    internal = "dovecot" if root else me.pw_name
    (folder / "dovecot.conf").write_text(
        _CONF.format(
            folder=folder,
            ssl="yes",
            internal=internal,
            internal_group=_group(internal),
            login="dovenull" if root else me.pw_name,
            uid=nobody.pw_uid,
            gid=nobody.pw_gid,
            port=port,
            tls_port=tls_port,
            password=PASSWORD,
            capability=capability,
        )
    )
    process = subprocess.Popen(
        [PROGRAM, "-F", "-c", str(folder / "dovecot.conf")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        _wait(port, process, folder)
        yield Dovecot(folder, port, tls_port)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _group(user: str) -> str:
    import grp

    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def _free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _wait(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        if process.poll() is not None:
            said = process.stdout.read().decode() if process.stdout else ""
            raise RuntimeError(f"Dovecot ended: {said} {_log(folder)}")
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as connection:
                if connection.recv(4) == b"* OK":
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"Dovecot doesn't answer: {_log(folder)}")


def _log(folder: Path) -> str:
    log = folder / "log"
    return log.read_text() if log.exists() else ""


def _certificate(folder: Path) -> None:
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.company.test")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
