"""Open adapters of accounts: made when first needed, kept while the account stays as it is, closed in the end."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

from gateway.providers.secrets import Secrets
from gateway.settings import Secret
from peppol.errors import Precondition
from peppol.provider import Provider
from peppol.providers import PROVIDERS, ProviderAccount


def open_account(
    adapter: str, base_url: str, options: Mapping[str, str], secrets: Secrets, *, public_only: bool
) -> Provider:
    """A new adapter; no call is made. Raises `Precondition` that says which credential or option is missing.

    `public_only`: see `ProviderAccount`.
    """
    make = PROVIDERS.get(adapter)
    if make is None:
        raise Precondition(f"There is no provider {adapter!r}; there are: {', '.join(sorted(PROVIDERS))}")
    return make(
        ProviderAccount(
            base_url=base_url,
            credentials={name: Secret(value) for name, value in secrets.credentials.items()},
            webhook_secrets=tuple(secret.encode() for secret in secrets.webhook),
            options=dict(options),
            public_only=public_only,
        )
    )


class Adapters:
    """One process's open adapters, the least used of which gives way when there are many.

    One that is replaced or gives way may still be in use; it is closed a while after, later than any call takes.
    """

    def __init__(
        self,
        *,
        most: int = 200,
        grace: timedelta = timedelta(minutes=10),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock`: seconds that only grow."""
        self._open: OrderedDict[UUID, tuple[int, Provider]] = OrderedDict()
        self._retired: deque[tuple[float, Provider]] = deque()
        self._most, self._grace, self._clock = most, grace.total_seconds(), clock

    async def get(self, account_id: UUID, version: int, make: Callable[[], Provider]) -> Provider:
        """The adapter of an account in this version, or in a later one that somebody else has seen already.

        `make` opens it where there is none; what it raises passes.
        """
        await self._close_retired(self._clock() - self._grace)
        held = self._open.get(account_id)
        if held is not None and held[0] >= version:
            self._open.move_to_end(account_id)
            return held[1]
        made = make()
        self._open[account_id] = version, made
        self._open.move_to_end(account_id)
        if held is not None:
            self._retired.append((self._clock(), held[1]))
        while len(self._open) > self._most:
            _, (_, least) = self._open.popitem(last=False)
            self._retired.append((self._clock(), least))
        return made

    def __len__(self) -> int:
        """How many are open, with those that wait to be closed."""
        return len(self._open) + len(self._retired)

    async def close(self) -> None:
        """Close them all."""
        self._retired.extend((self._clock(), adapter) for _, adapter in self._open.values())
        self._open.clear()
        await self._close_retired(self._clock())

    async def _close_retired(self, until: float) -> None:
        while self._retired and self._retired[0][0] <= until:
            await self._retired.popleft()[1].close()
