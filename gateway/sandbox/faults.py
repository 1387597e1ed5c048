"""What can be made to go wrong, as one table: where it strikes, and what becomes of the message all the same."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from peppol.statuses import Outcome


class Point(StrEnum):
    """The moment a fault strikes."""

    ARRIVE = "arrive"
    """Before the body of a submission is read: only its key is known."""
    SUBMIT = "submit"
    TRACK = "track"
    DELIVER = "deliver"
    TELL = "tell"
    REPORT = "report"


class Fault(StrEnum):
    """What goes wrong there."""

    DROPPED = "dropped"
    """The connection breaks before the body is read; not taken."""
    BUSY = "busy"
    """HTTP 503; not taken."""
    RATE_LIMITED = "rate_limited"
    """HTTP 429 with Retry-After `seconds`; not taken."""
    BROKEN = "broken"
    """HTTP 500; not taken."""
    BAD_GATEWAY = "bad_gateway"
    """HTTP 502 with HTML; not taken."""
    ERROR_INSIDE = "error_inside"
    """HTTP 200 with an error in its JSON; not taken."""
    UNAUTHORISED = "unauthorised"
    """HTTP 401; not taken."""
    QUOTA = "quota"
    """HTTP 402: the account is used up; not taken."""
    NOT_REGISTERED = "not_registered"
    """The receiver takes no such document; not taken."""
    REFUSED = "refused"
    """HTTP 422 with the network's own word: the document is refused for ever."""
    GARBAGE = "garbage"
    """HTTP 200 with HTML; not taken."""
    RESET = "reset"
    """The connection breaks in mid-answer; not taken."""
    RESET_AFTER_TAKING = "reset_after_taking"
    """Taken; the connection breaks in mid-answer."""
    SILENT_AFTER_TAKING = "silent_after_taking"
    """Taken; the answer comes only after `seconds`."""
    GARBAGE_AFTER_TAKING = "garbage_after_taking"
    """Taken; the answer is HTTP 202 with HTML."""
    HUGE_AFTER_TAKING = "huge_after_taking"
    """Taken; the answer is right, and 8 MB long."""
    TRACK_BUSY = "track_busy"
    """A question is answered with HTTP 503."""
    TRACK_GARBAGE = "track_garbage"
    """A question is answered with HTTP 200 and HTML."""
    DELIVER_TWICE = "deliver_twice"
    """The envelope is handed over two times, as if the first answer had been lost."""
    DELIVER_FORGED = "deliver_forged"
    """The first attempt is signed with another secret."""
    DELIVER_LATE = "deliver_late"
    """Handed over after `seconds`."""
    C3_REFUSES = "c3_refuses"
    """Corner 3 refuses; the receiver never sees the document."""
    C3_UNREACHABLE = "c3_unreachable"
    """Corner 3 can't be reached."""
    C3_UNCONFIRMED = "c3_unconfirmed"
    """Handed over; corner 3 says that it took it, and nothing of the delivery."""
    C3_SILENT = "c3_silent"
    """Handed over; corner 3 never says anything of it."""
    C3_LATE_UNDELIVERABLE = "c3_late_undeliverable"
    """Delivered and said so, and afterwards called undeliverable all the same."""
    C3_LATE_REFUSAL = "c3_late_refusal"
    """Delivered and said so, and afterwards refused all the same."""
    TELL_NEVER = "tell_never"
    """The event isn't posted; only a poll finds it."""
    TELL_TWICE = "tell_twice"
    """The event is posted two times."""
    TELL_LATE = "tell_late"
    """The event is posted after `seconds`."""
    TELL_FORGED = "tell_forged"
    """The first attempt is signed with another secret."""
    TELL_REVERSED = "tell_reversed"
    """The event is posted after the one that follows it."""
    C5_REFUSES = "c5_refuses"
    """The tax authority refuses the report."""
    C5_SILENT = "c5_silent"
    """The tax authority records the report, and nobody ever says so."""


class Effect(msgspec.Struct, frozen=True):
    """One row of the table."""

    point: Point
    takes: bool = False
    """At `submit`: the message is taken before the fault strikes."""
    verdict: Outcome | None = None
    """At `deliver`: what corner 3 says instead of handing over."""
    told: tuple[Outcome, ...] | None = None
    """At `deliver`: what corner 3 says of a hand-over that worked; None: that it is delivered."""


EFFECTS: dict[Fault, Effect] = {
    Fault.DROPPED: Effect(Point.ARRIVE),
    Fault.BUSY: Effect(Point.SUBMIT),
    Fault.RATE_LIMITED: Effect(Point.SUBMIT),
    Fault.BROKEN: Effect(Point.SUBMIT),
    Fault.BAD_GATEWAY: Effect(Point.SUBMIT),
    Fault.ERROR_INSIDE: Effect(Point.SUBMIT),
    Fault.UNAUTHORISED: Effect(Point.SUBMIT),
    Fault.QUOTA: Effect(Point.SUBMIT),
    Fault.NOT_REGISTERED: Effect(Point.SUBMIT),
    Fault.REFUSED: Effect(Point.SUBMIT),
    Fault.GARBAGE: Effect(Point.SUBMIT),
    Fault.RESET: Effect(Point.SUBMIT),
    Fault.RESET_AFTER_TAKING: Effect(Point.SUBMIT, takes=True),
    Fault.SILENT_AFTER_TAKING: Effect(Point.SUBMIT, takes=True),
    Fault.GARBAGE_AFTER_TAKING: Effect(Point.SUBMIT, takes=True),
    Fault.HUGE_AFTER_TAKING: Effect(Point.SUBMIT, takes=True),
    Fault.TRACK_BUSY: Effect(Point.TRACK),
    Fault.TRACK_GARBAGE: Effect(Point.TRACK),
    Fault.DELIVER_TWICE: Effect(Point.DELIVER),
    Fault.DELIVER_FORGED: Effect(Point.DELIVER),
    Fault.DELIVER_LATE: Effect(Point.DELIVER),
    Fault.C3_REFUSES: Effect(Point.DELIVER, verdict=Outcome.REFUSED),
    Fault.C3_UNREACHABLE: Effect(Point.DELIVER, verdict=Outcome.UNDELIVERABLE),
    Fault.C3_UNCONFIRMED: Effect(Point.DELIVER, told=(Outcome.TAKEN,)),
    Fault.C3_SILENT: Effect(Point.DELIVER, told=()),
    Fault.C3_LATE_UNDELIVERABLE: Effect(Point.DELIVER, told=(Outcome.DELIVERED, Outcome.UNDELIVERABLE)),
    Fault.C3_LATE_REFUSAL: Effect(Point.DELIVER, told=(Outcome.DELIVERED, Outcome.REFUSED)),
    Fault.TELL_NEVER: Effect(Point.TELL),
    Fault.TELL_TWICE: Effect(Point.TELL),
    Fault.TELL_LATE: Effect(Point.TELL),
    Fault.TELL_FORGED: Effect(Point.TELL),
    Fault.TELL_REVERSED: Effect(Point.TELL),
    Fault.C5_REFUSES: Effect(Point.REPORT),
    Fault.C5_SILENT: Effect(Point.REPORT),
}


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault ordered: it strikes the next `times` matching moments, then everything is well again."""

    fault: Fault
    participant: str = ""
    """Sender or receiver it strikes; empty for any."""
    key: str = ""
    """Message it strikes; empty for any."""
    times: int = 1
    seconds: int = 30
    """How long silence lasts, or the pause asked for."""
