"""From a text of the environment to a value, or a sentence that says what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from certs import CertsError, Kek, KeyRing

_T = TypeVar("_T")
_LANGUAGES = re.compile(r"[A-Za-z0-9_]{2,30}(?:\+[A-Za-z0-9_]{2,30}){0,5}\Z")
Reader = Callable[[str], object]
"""Raises ValueError with a sentence that follows the setting's name: `must be ...`. It never repeats a secret."""


class SettingsError(Exception):
    """The settings can't be used; every mistake on a line of its own."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        """`mistakes`: whole sentences."""
        super().__init__("\n".join(["These settings must be mended:", *(f"  - {mistake}" for mistake in mistakes)]))
        self.mistakes = tuple(mistakes)


class Secret:
    """A text that is read by `reveal()` only."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: hand it on, never log it."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(...)"


def secret(text: str) -> Secret:
    """Any text."""
    return Secret(text)


def secrets(text: str) -> tuple[Secret, ...]:
    """Texts between commas."""
    return tuple(Secret(part) for part in words(text))


def words(text: str) -> tuple[str, ...]:
    """Words between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def some_words(text: str) -> tuple[str, ...]:
    """Words between commas, one at least."""
    found = words(text)
    if not found:
        raise ValueError("must name at least one; several between commas")
    return found


def days(text: str) -> tuple[date, ...]:
    """Days between commas, in order."""
    try:
        return tuple(sorted({date.fromisoformat(part) for part in words(text)}))
    except ValueError:
        raise ValueError("must be days between commas, such as 2026-12-02,2026-12-03") from None


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """`name=value` between commas."""
    found = [tuple(side.strip() for side in part.partition("=")[::2]) for part in words(text)]
    if not all(name and value for name, value in found):
        raise ValueError("must be name=value, several between commas")
    return tuple((name, value) for name, value in found)


def secret_pairs(text: str) -> tuple[tuple[str, Secret], ...]:
    """`name=value` between commas; or a JSON object of texts, where a value holds a comma."""
    found = _json_pairs(text) if text.startswith("{") else pairs(text)
    if len({name for name, _ in found}) < len(found):
        raise ValueError("names something twice")
    return tuple((name, Secret(value)) for name, value in found)


def _json_pairs(text: str) -> tuple[tuple[str, str], ...]:
    try:
        found = json.loads(text, object_pairs_hook=tuple)
    except ValueError:
        found = None
    if not isinstance(found, tuple) or not all(isinstance(value, str) and name and value for name, value in found):
        raise ValueError('must be a JSON object of texts such as {"client_id": "..."}, or name=value between commas')
    return found


def languages(text: str) -> str:
    """Tesseract's codes of languages, joined by +."""
    if not _LANGUAGES.match(text):
        raise ValueError(f"must be one or more of Tesseract's codes, such as eng or eng+ara, not {text!r}")
    return text


def path(text: str) -> Path:
    """A path, relative to the folder the program was started in; `~` is the home folder."""
    return Path(text).expanduser()


def plain(text: str) -> str:
    """Any text."""
    return text


def one_of(*choices: str) -> Reader:
    """One of a few words."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be {' or '.join(choices)}, not {text!r}")
        return text

    return read


def whole(least: int, most: int) -> Reader:
    """A whole number within bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}, not {text!r}")
        return int(text)

    return read


def url(text: str) -> str:
    """An http or https address without a trailing slash."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address such as https://gateway.example")
    if parts.username or parts.password:
        raise ValueError("must not carry a user name or password; there is a setting of its own for a token")
    return text.rstrip("/")


def private_url(text: str) -> str:
    """An address that nobody on the way can read: https, or http to this very machine."""
    found = url(text)
    parts = urlsplit(found)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("must begin with https://; plain http is for this very machine only")
    if parts.query or parts.fragment:
        raise ValueError("must end with its path, such as https://api.groq.com/openai/v1")
    return found


def address(text: str) -> str:
    """An IP address and a port: `127.0.0.1:5353`, `[::1]:5353`."""
    try:
        parts = urlsplit(f"//{text}")
        ip_address(parts.hostname or "")
        complete = bool(parts.port) and parts.netloc == text and parts.username is None
    except ValueError:
        complete = False
    if not complete:
        raise ValueError("must be an IP address and a port, such as 127.0.0.1:5353")
    return text


def socket(text: str) -> str:
    """Where a daemon listens: `tcp://host:port` or `unix:///path`."""
    parts = urlsplit(text)
    if parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/"):
        return text
    if parts.scheme == "tcp" and parts.hostname and parts.port and not parts.path.strip("/"):
        return text
    raise ValueError("write tcp://host:port or unix:///path")


def dsn(text: str) -> Secret:
    """A PostgreSQL address; both spellings of the scheme."""
    address = text.replace("postgres://", "postgresql://", 1)
    try:
        parts = urlsplit(address)
        complete = parts.scheme == "postgresql" and bool(parts.path.strip("/")) and (parts.port or 5432) > 0
    except ValueError:
        complete = False
    if not complete:
        raise ValueError("must look like postgresql://user:password@host:5432/database")
    return Secret(address)


def key_ring(current: Secret, older: tuple[Secret, ...]) -> KeyRing:
    """The key-encryption keys; ValueError as a reader."""
    try:
        return KeyRing(Kek.parse(current.reveal()), *(Kek.parse(one.reveal()) for one in older))
    except CertsError as error:
        raise ValueError(f"can't be used: {error}") from None
