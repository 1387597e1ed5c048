"""What the API takes and answers about accounts and routes. A secret is taken and never answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from gateway.providers.routes import Rule
from peppol.message import Condition

Label = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]{1,40}\Z")]
Value = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
Url = Annotated[str, msgspec.Meta(min_length=8, max_length=500)]
Place = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Secret = Annotated[str, msgspec.Meta(min_length=8, max_length=1024)]


class NewAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A registration at a provider."""

    adapter: str
    """`storecove`, `peppyrus`, `phoss_ap`, `tradeshift`, `basware`; in test mode also `sandbox`."""
    label: Label
    """What you call it; unlike the company's other accounts."""
    base_url: Url
    """Where the provider answers."""
    credentials: dict[Name, Value] = {}
    """How the provider knows you. Kept sealed, never shown again."""
    webhook_secrets: Annotated[tuple[Secret, ...], msgspec.Meta(max_length=2)] = ()
    """What proves the provider's calls; two while one is replaced. Kept sealed, never shown again."""
    options: dict[Name, Value] = {}
    """What isn't secret."""
    enabled: bool = True
    position: Place = 100
    """In the order of fallback; the smallest first."""

    def __repr__(self) -> str:
        return f"NewAccount({self.adapter!r}, ...)"


class Changes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; what is left out stays.

    Credentials that were given for one address aren't sent to another: with a new adapter, address or token service,
    give them anew.
    """

    adapter: str | None = None
    label: Label | None = None
    base_url: Url | None = None
    credentials: dict[Name, Value | None] = {}
    """By name; null takes one away."""
    webhook_secrets: Annotated[tuple[Secret, ...], msgspec.Meta(max_length=2)] | None = None
    """All of them, the newest first."""
    webhook_secret: Secret | None = None
    """A new one; the newest until now stays active beside it, an older one doesn't."""
    options: dict[Name, Value | None] = {}
    """By name; null takes one away."""
    enabled: bool | None = None
    position: Place | None = None

    def __repr__(self) -> str:
        return "Changes(...)"


class Missing(msgspec.Struct, frozen=True):
    """A call that this provider can't be asked."""

    call: str
    """`lookup`, `fetch_inbound`."""
    reason: str


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider can do."""

    idempotent: bool
    """A second submission under the same key is the first one."""
    finds_by_key: bool
    """After a lost answer it can be asked; otherwise a person has to look."""
    callbacks: bool
    """It calls us with statuses and deliveries."""
    signed: bool
    """Its calls are proven; otherwise they are hints, and the state is asked for."""
    largest_document: int
    """Bytes."""
    missing: list[Missing]


class HealthView(msgspec.Struct, frozen=True, kw_only=True):
    """How a line stands, by the latest looks."""

    condition: Condition
    since: datetime
    words: str
    """The same in plain words."""
    detail: str
    """What the provider said, or why it can't be reached."""
    looked_at: datetime


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """An account, without its secrets."""

    id: UUID
    adapter: str
    label: str
    base_url: str
    credentials: list[str]
    """Names of those that are kept."""
    webhook_secrets: int
    """How many are active."""
    options: dict[str, str]
    enabled: bool
    position: int
    version: int
    created_at: datetime
    changed_at: datetime
    abilities: Abilities | None
    """Null where the account can't be opened; `obstacle` says why."""
    obstacle: str = ""
    health: HealthView | None
    """Null before the first look."""


class InstallationView(msgspec.Struct, frozen=True, kw_only=True):
    """The provider of this installation, which a company without accounts takes."""

    adapter: str
    abilities: Abilities
    health: HealthView | None


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """Every line the company has."""

    accounts: list[AccountView]
    """In the order of fallback."""
    installation: InstallationView


class Routes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company's rules. The first that fits a document counts; where none fits, the order of fallback does."""

    rules: Annotated[tuple[Rule, ...], msgspec.Meta(max_length=100)] = ()


class Lookup(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the provider finds the company itself on the network."""

    participant: str
    outcome: str
    """`registered`, `not_registered`, `cant_tell`, or `not_asked` where the provider can't be asked."""
    words: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at an account found just now."""

    condition: Condition
    words: str
    detail: str
    lookup: Lookup
    looked_at: datetime
