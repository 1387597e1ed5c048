"""Receivers of the sandbox network that force an outcome: integrators try each without ordering anything.

Nobody stands behind them: corner 3 plays the receiver. Each is a TIN whose tenth digit is the right Luhn digit, so that
it passes every check of a form. It takes invoices and credit notes, but for the one that isn't registered. Only the
sandbox knows them, and live mode refuses the sandbox.
"""

from __future__ import annotations

import msgspec

from gateway.sandbox.faults import Fault, Order
from peppol.identifiers import CREDIT_NOTE, INVOICE
from peppol.statuses import Outcome

TYPES = tuple(str(kind).replace("@ae-1::", "@ae-1*::") for kind in (INVOICE, CREDIT_NOTE))
"""What each takes, registered with the wildcard under which the Emirates' documents are registered."""
ALWAYS = 1_000_000
"""As often as anybody may try."""


class Magic(msgspec.Struct, frozen=True, kw_only=True):
    """One receiver: what it is for, and what happens to each message that goes to it."""

    id: str
    """`0235:1777000009`."""
    outcome: str
    """What an integrator sees, for the page."""
    faults: tuple[Fault, ...] = ()
    times: int = 1
    """How often per message."""
    seconds: int = 2
    answers: Outcome | None = None
    """What the buyer says of what arrived."""

    @property
    def types(self) -> tuple[str, ...]:
        """What it is registered for: a look-up and a sending say the same of it."""
        return () if Fault.NOT_REGISTERED in self.faults else TYPES

    def orders(self, key: str) -> tuple[Order, ...]:
        """What strikes a message of this key."""
        return tuple(Order(fault, key=key, times=self.times, seconds=self.seconds) for fault in self.faults)


# fmt: off
MAGIC: tuple[Magic, ...] = (
    Magic(id="0235:1777000009", outcome="delivered, and reported to the tax authority"),
    Magic(id="0235:1777000017", outcome="refused by the receiver's access point", faults=(Fault.C3_REFUSES,)),
    Magic(id="0235:1777000025", outcome="the receiver's access point can't be reached",
          faults=(Fault.C3_UNREACHABLE,)),
    Magic(id="0235:1777000033", outcome="delivered, and refused afterwards", faults=(Fault.C3_LATE_REFUSAL,)),
    Magic(id="0235:1777000041", outcome="delivered, and called undeliverable afterwards",
          faults=(Fault.C3_LATE_UNDELIVERABLE,)),
    Magic(id="0235:1777000058", outcome="taken by the receiver's access point, never confirmed",
          faults=(Fault.C3_UNCONFIRMED,)),
    Magic(id="0235:1777000066", outcome="sent, and never a status", faults=(Fault.C3_SILENT, Fault.C5_SILENT)),
    Magic(id="0235:1777000074", outcome="delivered two seconds later", faults=(Fault.DELIVER_LATE,)),
    Magic(id="0235:1777000082", outcome="delivered, the report refused by the tax authority",
          faults=(Fault.C5_REFUSES,)),
    Magic(id="0235:1777000249", outcome="delivered; the tax authority never says anything",
          faults=(Fault.C5_SILENT,)),
    Magic(id="0235:1777000090", outcome="not registered on the network: not taken", faults=(Fault.NOT_REGISTERED,),
          times=ALWAYS),
    Magic(id="0235:1777000108", outcome="refused by the provider for what it is",
          faults=(Fault.REFUSED,), times=ALWAYS),
    Magic(id="0235:1777000116", outcome="the account's quota is used up: not taken",
          faults=(Fault.QUOTA,), times=ALWAYS),
    Magic(id="0235:1777000124", outcome="the provider is busy (HTTP 503) once, then takes it", faults=(Fault.BUSY,)),
    Magic(id="0235:1777000132", outcome="the provider is slowed down (HTTP 429) once, then takes it",
          faults=(Fault.RATE_LIMITED,)),
    Magic(id="0235:1777000140", outcome="the provider fails (HTTP 502) once, then takes it",
          faults=(Fault.BAD_GATEWAY,)),
    Magic(id="0235:1777000157", outcome="taken, and the answer is lost: found by asking",
          faults=(Fault.RESET_AFTER_TAKING,)),
    Magic(id="0235:1777000165", outcome="taken, and the answer is slow", faults=(Fault.SILENT_AFTER_TAKING,)),
    Magic(id="0235:1777000173", outcome="delivered; every status is only found by asking", faults=(Fault.TELL_NEVER,),
          times=ALWAYS),
    Magic(id="0235:1777000181", outcome="delivered; the first status comes two times", faults=(Fault.TELL_TWICE,)),
    Magic(id="0235:1777000199", outcome="delivered; the buyer accepts", answers=Outcome.BUYER_ACCEPTED),
    Magic(id="0235:1777000207", outcome="delivered; the buyer rejects", answers=Outcome.BUYER_REJECTED),
    Magic(id="0235:1777000215", outcome="delivered; the buyer has a question", answers=Outcome.BUYER_QUERIES),
    Magic(id="0235:1777000223", outcome="delivered; the buyer accepts under a condition",
          answers=Outcome.BUYER_ACCEPTED_CONDITIONALLY),
    Magic(id="0235:1777000231", outcome="delivered; the buyer has paid", answers=Outcome.BUYER_PAID),
)
"""The published list; an id never changes its meaning."""
# fmt: on

BY_ID = {each.id: each for each in MAGIC}


def page() -> str:
    """The list as `docs/network.md` shows it."""
    rows = ["| receiver | what happens to a document for it |", "|---|---|"]
    return "\n".join([*rows, *(f"| `{each.id}` | {each.outcome} |" for each in MAGIC)])
