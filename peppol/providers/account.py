"""What an adapter is made from: where its provider answers, and how it knows us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

from peppol.errors import Precondition
from peppol.outward import AddressRefused, checked


class Lacks(Precondition):
    """The account lacks something, or what it has can't be used."""

    def __init__(self, part: Literal["base_url", "credentials", "options"], name: str, message: str) -> None:
        """`name`: of the credential or option; empty for the base URL."""
        super().__init__(message)
        self.part, self.name = part, name


class Confidential(Protocol):
    """A text that shows itself only when asked."""

    def reveal(self) -> str:
        """The text: hand it on, never log it."""


class ProviderAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One registration at a provider; each adapter's docstring names the credentials and options it reads."""

    base_url: str
    credentials: Mapping[str, Confidential] = {}
    webhook_secrets: tuple[bytes, ...] = ()
    """What proves the provider's calls to us; two while one is replaced."""
    options: Mapping[str, str] = {}
    """What isn't secret: ids of our account there, the address of a token service."""
    public_only: bool = False
    """Whether only public addresses are called, over TLS: for an account whose addresses are a customer's choice."""

    def credential(self, name: str) -> str:
        """One credential. Raises `Lacks`."""
        given = self.credentials.get(name)
        text = given.reveal() if given is not None else ""
        if not text:
            raise Lacks("credentials", name, f"The provider account lacks the credential {name!r}")
        return text

    def option(self, name: str) -> str:
        """One option. Raises `Lacks`."""
        if not (text := self.options.get(name, "")):
            raise Lacks("options", name, f"The provider account lacks the option {name!r}")
        return text

    def address(self, name: str) -> str:
        """An option that names another service. Raises `Lacks`, also where it mustn't be called."""
        try:
            return str(checked(self.option(name), inward=not self.public_only))
        except AddressRefused as error:
            raise Lacks("options", name, f"The option {name!r} can't be used: {error}") from None

    def __repr__(self) -> str:
        return f"ProviderAccount({self.base_url!r}, ...)"
