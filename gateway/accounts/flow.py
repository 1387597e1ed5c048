"""Accounts change: judged first, then kept, and told to the ledger and the timeline without any secret."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from certs import CertsError
from gateway.access.call import Call
from gateway.access.errors import NotHere, Unacceptable
from gateway.access.record import AccessChange, record_change
from gateway.accounts import jobs
from gateway.accounts.judging import judge
from gateway.accounts.models import Changes, NewAccount
from gateway.db import new_id
from gateway.http.problems import Conflict
from gateway.providers import queries, secrets
from gateway.providers.models import Registered
from gateway.providers.secrets import Secrets
from ledger import canonical
from peppol.providers.wants import WANTS

_MOST = 50
"""Accounts of one company."""
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('accounts ' || cast(:company_id as uuid), 0))")
_UNKNOWN = text(
    "select count(*) from transmissions where company_id = :company_id and account_id = :account_id and uncertain"
)


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account as the ledger keeps it."""

    adapter: str
    label: str
    base_url: str
    enabled: bool
    position: int
    options: dict[str, str] = {}
    credentials: tuple[str, ...] = ()
    """Names."""
    webhook_secrets: int = 0
    given_anew: tuple[str, ...] = ()
    """Which secrets came with this change."""


async def add(call: Call, new: NewAccount) -> Registered:
    """A new account, which is looked at soon. Raises `Unacceptable`, `Conflict`."""
    base_url, kept = new.base_url.rstrip("/"), Secrets(new.credentials, new.webhook_secrets)
    await judge(
        call.wiring.settings,
        adapter=new.adapter,
        label=new.label,
        base_url=base_url,
        options=new.options,
        secrets=kept,
    )
    await call.db.execute(_ONE_AT_A_TIME, {"company_id": call.company_id})
    if len(await queries.every(call.db, call.company_id)) >= _MOST:
        raise Conflict(f"A company has at most {_MOST} accounts; remove one that isn't used.")
    account_id = new_id()
    account = Registered(
        id=account_id,
        adapter=new.adapter,
        label=new.label,
        base_url=base_url,
        options=new.options,
        credentials=tuple(sorted(new.credentials)),
        webhook_secrets=len(new.webhook_secrets),
        sealed=secrets.seal(call.wiring.key_ring, call.company_id, account_id, kept),
        enabled=new.enabled,
        position=new.position,
        version=1,
        created_at=call.now,
        changed_at=call.now,
    )
    try:
        await queries.add(call.db, call.company_id, account)
    except IntegrityError:
        raise _taken(new.label) from None
    await jobs.order(call.db, call.company_id, account_id)
    await _record(call, "provider.added", account_id, None, account)
    return account


async def change(call: Call, account_id: UUID, wanted: Changes) -> Registered:
    """Change an account. Raises `NotHere`, `Unacceptable`, `Conflict`.

    While the outcome of a submission through it is unknown, it must stay with the provider that may have it.
    """
    before = await queries.one(call.db, call.company_id, account_id, lock="change")
    if before is None:
        raise NotHere("provider account")
    options = _merged(before.options, wanted.options)
    adapter, base_url = wanted.adapter or before.adapter, (wanted.base_url or before.base_url).rstrip("/")
    moved = (adapter, base_url) != (before.adapter, before.base_url)
    elsewhere = [name for name in WANTS[before.adapter].asks_as if options.get(name) != before.options.get(name)]
    if moved or elsewhere:
        await _refuse_unknown(call, account_id, "change its provider, its address or as whom it is asked")
    kept = _secrets(call, before, wanted, moved=moved or _urls(options) != _urls(before.options))
    label = before.label if wanted.label is None else wanted.label
    await judge(call.wiring.settings, adapter=adapter, label=label, base_url=base_url, options=options, secrets=kept)
    after = msgspec.structs.replace(
        before,
        adapter=adapter,
        label=label,
        base_url=base_url,
        options=options,
        credentials=tuple(sorted(kept.credentials)),
        webhook_secrets=len(kept.webhook),
        sealed=secrets.seal(call.wiring.key_ring, call.company_id, account_id, kept),
        enabled=before.enabled if wanted.enabled is None else wanted.enabled,
        position=wanted.position or before.position,
        version=before.version + 1,
        changed_at=call.now,
    )
    values = msgspec.structs.asdict(after)
    for fixed in ("id", "created_at"):
        del values[fixed]
    try:
        await queries.change(call.db, call.company_id, account_id, **values | {"credentials": list(after.credentials)})
    except IntegrityError:
        raise _taken(label) from None
    await jobs.order(call.db, call.company_id, account_id)
    anew = sorted(name for name, value in wanted.credentials.items() if value is not None)
    if wanted.webhook_secret or wanted.webhook_secrets:
        anew.append("webhook_secret")
    await _record(call, "provider.changed", account_id, before, after, given_anew=tuple(anew))
    return after


async def remove(call: Call, account_id: UUID) -> None:
    """Take an account away; its secrets are destroyed. Raises `NotHere`, `Conflict`."""
    before = await queries.one(call.db, call.company_id, account_id, lock="change")
    if before is None:
        raise NotHere("provider account")
    await _refuse_unknown(call, account_id, "remove it")
    for at, rule in enumerate(await queries.rules(call.db, call.company_id), start=1):
        if account_id in rule.accounts:
            raise Conflict(f"Rule {at} of the routes names this account; change the routes first.")
    await queries.change(
        call.db, call.company_id, account_id, sealed=None, enabled=False, removed_at=call.now, changed_at=call.now
    )
    await _record(call, "provider.removed", account_id, before, None)


def _secrets(call: Call, before: Registered, wanted: Changes, *, moved: bool) -> Secrets:
    """What the account keeps secret from now on."""
    if wanted.webhook_secret is not None and wanted.webhook_secrets is not None:
        raise Unacceptable("/webhook_secret", "Give one new secret, or all of them, not both.")
    try:
        kept = secrets.unseal(call.wiring.key_ring, call.company_id, before.id, before.sealed)
    except CertsError:
        kept = Secrets()  # what can't be opened can be given anew
    webhook = kept.webhook if wanted.webhook_secrets is None else wanted.webhook_secrets
    if wanted.webhook_secret is not None:
        webhook = (wanted.webhook_secret, *(one for one in webhook if one != wanted.webhook_secret))[:2]
    known = {} if moved else kept.credentials
    return Secrets(_merged(known, wanted.credentials), webhook)


def _merged(known: Mapping[str, str], wanted: Mapping[str, str | None]) -> dict[str, str]:
    together = {**known, **wanted}
    return {name: value for name, value in sorted(together.items()) if value is not None}


def _urls(options: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in options.items() if name.endswith("_url")}


async def _refuse_unknown(call: Call, account_id: UUID, what: str) -> None:
    """The account's row is locked: nobody can begin a submission through it meanwhile."""
    unknown = await call.db.scalar(_UNKNOWN, {"company_id": call.company_id, "account_id": account_id})
    if unknown:
        raise Conflict(
            f"What became of {unknown} document(s) sent through this account isn't known yet, so you can't {what}. "
            "Switch it off instead: it takes no new documents, and what is under way is followed up.",
            facts={"unknown": unknown},
        )


def _taken(label: str) -> Conflict:
    return Conflict(f"Another account is called {label!r}; give this one another label.")


async def _record(
    call: Call,
    what: str,
    account_id: UUID,
    before: Registered | None,
    after: Registered | None,
    *,
    given_anew: tuple[str, ...] = (),
) -> None:
    change_ = AccessChange(
        what=what,
        actor=call.principal.actor,
        subject=account_id,
        before=_told(before),
        after=_told(after, given_anew),
    )
    await record_change(call.db, call.company_id, change_, now=call.now, keys=call.wiring.keys)


def _told(account: Registered | None, given_anew: tuple[str, ...] = ()) -> str:
    if account is None:
        return ""
    told = Told(
        adapter=account.adapter,
        label=account.label,
        base_url=account.base_url,
        enabled=account.enabled,
        position=account.position,
        options=account.options,
        credentials=account.credentials,
        webhook_secrets=account.webhook_secrets,
        given_anew=given_anew,
    )
    return canonical.dumps(told).decode()
