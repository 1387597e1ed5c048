"""Which accounts a document may take, in which order: a company's rules first, then its order of fallback."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec

from gateway.providers.models import Account, DocumentKind, Matter


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a rule is for: everything that is given must fit; nothing given fits every document."""

    receiver_scheme: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}\Z")] | None = None
    """The register of the receiver's address: `0235` for a UAE TIN."""
    receiver: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}:[^\s]{1,130}\Z")] | None = None
    """One receiver: `0235:1234567890`."""
    kind: DocumentKind | None = None
    series: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None
    """A number series; a message without one is never meant."""

    def fits(self, matter: Matter) -> bool:
        """Whether the rule is for this."""
        return (
            self.receiver_scheme in {None, matter.receiver.icd}
            and (self.receiver is None or self.receiver.lower() == matter.receiver.value.lower())
            and self.kind in {None, matter.kind}
            and self.series in {None, matter.series}
        )


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule; the first that fits a document counts, and no other."""

    match: Match | None = None
    """Left out: every document."""
    accounts: Annotated[tuple[UUID | None, ...], msgspec.Meta(min_length=1, max_length=20)]
    """In order of preference; null is the provider of this installation."""
    only: bool = False
    """Whether nothing else may be taken. Otherwise the company's other accounts follow in the order of fallback."""


def chosen(rules: Sequence[Rule], accounts: Sequence[Account], matter: Matter) -> tuple[UUID | None, ...]:
    """The lines for a document, the preferred one first.

    `accounts`: all of the company's. Those that are switched off are left out, and so is what a rule names that isn't
    there any more. A company without accounts takes the installation's provider; one whose accounts are all switched
    off takes nothing, unless a rule names that provider.
    """
    if not accounts:
        return (None,)
    order = [account.id for account in sorted(accounts, key=lambda one: (one.position, one.id)) if account.enabled]
    rule = next((rule for rule in rules if rule.match is None or rule.match.fits(matter)), None)
    if rule is None:
        return tuple(order)
    open_ = {None, *order}
    preferred = list(dict.fromkeys(one for one in rule.accounts if one in open_))
    return tuple(preferred if rule.only else dict.fromkeys([*preferred, *order]))
