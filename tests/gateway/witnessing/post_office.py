"""A mail server on loopback that takes what it is told to take, for the tests of outgoing mail."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ANSWERS = {"EHLO": "250 here", "MAIL": "250 ok", "RCPT": "250 ok", "QUIT": "221 bye", "RSET": "250 ok"}


class PostOffice(socketserver.ThreadingTCPServer):
    """RFC 5321, as much of it as one message needs. `answers`: other answers to some words."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answers: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Clerk)
        self.answers = {**ANSWERS, **answers}
        self.letters: list[bytes] = []
        self.said: list[str] = []

    @property
    def address(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Clerk(socketserver.StreamRequestHandler):
    server: PostOffice

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline():
            said = line.decode().strip()
            self.server.said.append(said)
            word = said.partition(" ")[0].upper()
            if word == "DATA":
                self._say("354 go on")
                letter = b""
                while (line := self.rfile.readline()) != b".\r\n":
                    letter += line
                self.server.letters.append(letter)
                self._say(self.server.answers.get("DATA", "250 taken"))
            else:
                self._say(self.server.answers.get(word, "500 what?"))

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def post_office(**answers: str) -> Iterator[PostOffice]:
    """Open until the end of the block."""
    office = PostOffice(answers)
    thread = threading.Thread(target=office.serve_forever, daemon=True)
    thread.start()
    try:
        yield office
    finally:
        office.shutdown()
        office.server_close()
        thread.join()
