"""The providers in reach, by name. A new adapter is one file here and one line in this table."""

from __future__ import annotations

from collections.abc import Callable

from peppol.provider import Provider
from peppol.providers.sandbox import SandboxProvider

PROVIDERS: dict[str, Callable[[str, str, tuple[bytes, ...]], Provider]] = {"sandbox": SandboxProvider}
"""Name -> constructor from base URL, token and the secrets that sign calls to us."""
