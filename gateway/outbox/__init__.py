"""The outbox: what we owe the network, handed over once, whatever happens on the way.

Generic over what is sent: an issued document (`gateway.outbound.transmission`), a response to one. Whoever sends says
in a `Cargo` how a thing is locked and read, and what its state becomes; the order of things is the same for all:

    the intent is committed (`intents.begin`), only then the call is made (`delivery.deliver`), and its outcome is
    written down with the evidence (`acceptance`, `sending`); what is uncertain is asked for by key before anything is
    submitted, and never on another account.
"""

from gateway.outbox.cargo import Cargo, Ending, Load, Underway
from gateway.outbox.models import (
    Attempt,
    Bringer,
    Outcome,
    Tried,
    transmission_attempts,
    transmission_events,
    transmissions,
)
from gateway.outbox.queries import attempts, hear, is_known, line_of
from gateway.outbox.sending import send

__all__ = [
    "Attempt",
    "Bringer",
    "Cargo",
    "Ending",
    "Load",
    "Outcome",
    "Tried",
    "Underway",
    "attempts",
    "hear",
    "is_known",
    "line_of",
    "send",
    "transmission_attempts",
    "transmission_events",
    "transmissions",
]
