"""What each adapter reads from an account, so that a name that nobody reads is told and not ignored."""

from __future__ import annotations

import msgspec


class Wants(msgspec.Struct, frozen=True):
    """Names; which of them an adapter can't do without it says itself when it is made."""

    credentials: frozenset[str]
    options: frozenset[str] = frozenset()
    begins: str = ""
    """How further options begin, of which there may be many."""
    asks_as: frozenset[str] = frozenset()
    """Options that say as whom we ask; as somebody else, what was sent isn't found."""

    def reads_option(self, name: str) -> bool:
        """Whether the option means anything."""
        return name in self.options or bool(self.begins and name.startswith(self.begins))


_TOKEN = frozenset({"token"})
_CLIENT = frozenset({"client_id", "client_secret"})

WANTS: dict[str, Wants] = {
    "sandbox": Wants(_TOKEN),
    "storecove": Wants(_TOKEN, frozenset({"legal_entity", "parse"}), begins="scheme_"),
    "peppyrus": Wants(_TOKEN),
    "phoss_ap": Wants(_TOKEN),
    "tradeshift": Wants(
        _TOKEN | _CLIENT | {"consumer_key", "consumer_secret", "token_secret"},
        frozenset({"tenant_id", "profile_invoice", "profile_creditnote", "token_url"}),
        asks_as=frozenset({"tenant_id"}),
    ),
    "basware": Wants(_CLIENT, frozenset({"token_url"})),
}
"""By the adapter's name in `PROVIDERS`."""
