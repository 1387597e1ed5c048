"""Choose the company's policy for bills: a version more, an entry of the ledger, and another match of what is open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise

import msgspec

from gateway import jobqueue
from gateway.access import queries as access
from gateway.access.call import Call
from gateway.access.record import AccessChange, record_change
from gateway.bills import figures, policy
from gateway.bills.errors import NotAMember, PolicyChanged, PolicyRefused
from gateway.bills.policy import Policy, Standing
from gateway.http.problems import Finding

REMATCH = "bills.rematch"
"""The job that matches every open bill again; the payload is `{}`."""

_LONGEST = 36_525


async def choose(call: Call, chosen: Policy, *, version: int) -> Standing:
    """Raises PolicyChanged where another version stands by now, PolicyRefused, NotAMember."""
    _demand_sense(chosen)
    owner = chosen.exceptions.owner
    if owner is not None and owner not in {one.user_id for one in await access.members(call.db)}:
        raise NotAMember(owner)
    before = await policy.current(call.db, call.company_id)
    if before.version != version:
        raise PolicyChanged(before.version)
    await policy.change(call.db, call.company_id, chosen, version=version, actor=call.principal.actor, now=call.now)
    change = AccessChange(
        what="policy.changed",
        actor=call.principal.actor,
        subject=call.company_id,
        before=_told(before.policy),
        after=_told(chosen),
    )
    await jobqueue.enqueue(call.db, REMATCH, b"{}", company_id=call.company_id, key="policy")
    await record_change(call.db, call.company_id, change, now=call.now, keys=call.wiring.keys)
    return Standing(version + 1, chosen)


def _demand_sense(chosen: Policy) -> None:
    """A level that asks for less than a lower one, or for more administrators than people, is a slip of the pen."""
    for pointer, number in _numbers(chosen):
        if isinstance(number, Decimal) and not figures.is_plain(number):
            told = f"Give a number of at most {figures.LARGEST:,}, with at most {figures.PLACES} decimal places."
            raise _refused(pointer, told)
        if number < 0 or (isinstance(number, int) and number > _LONGEST):
            raise _refused(pointer, f"Nothing in a policy is below zero, and no number of days above {_LONGEST}.")
    levels = sorted(chosen.approval.levels, key=lambda level: level.least)
    if not levels or levels[0].least != Decimal(0):
        raise _refused("/approval/levels", "The first level begins at 0: every bill needs somebody's approval.")
    for lower, higher in pairwise(levels):
        if higher.least == lower.least:
            raise _refused("/approval/levels", f"Two levels begin at {higher.least}.")
        if (higher.approvers, higher.admins) < (lower.approvers, lower.admins):
            raise _refused("/approval/levels", f"From {higher.least} on it takes fewer people than below.")
    if any(level.admins > level.approvers for level in levels):
        raise _refused("/approval/levels", "A level asks for more administrators than approvers.")


def _numbers(value: object, at: str = "") -> Iterator[tuple[str, Decimal | int]]:
    """Every amount and number of days of a policy, however deep, each with its pointer."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        yield at, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _numbers(getattr(value, name), f"{at}/{name}")
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _numbers(each, f"{at}/{_escaped(str(name))}")
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _numbers(each, f"{at}/{index}")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _refused(pointer: str, message: str) -> PolicyRefused:
    return PolicyRefused((Finding(rule="GW-BILL-POLICY", layer="gateway", message=message, pointer=pointer),))


def _told(chosen: Policy) -> str:
    return msgspec.json.encode(chosen, order="sorted").decode()
