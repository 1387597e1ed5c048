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
    """What goes wrong there; `EFFECTS` says what that is."""

    DROPPED = "dropped"
    BUSY = "busy"
    RATE_LIMITED = "rate_limited"
    BROKEN = "broken"
    BAD_GATEWAY = "bad_gateway"
    ERROR_INSIDE = "error_inside"
    UNAUTHORISED = "unauthorised"
    QUOTA = "quota"
    NOT_REGISTERED = "not_registered"
    REFUSED = "refused"
    GARBAGE = "garbage"
    RESET = "reset"
    RESET_AFTER_TAKING = "reset_after_taking"
    SILENT_AFTER_TAKING = "silent_after_taking"
    GARBAGE_AFTER_TAKING = "garbage_after_taking"
    HUGE_AFTER_TAKING = "huge_after_taking"
    TRACK_BUSY = "track_busy"
    TRACK_GARBAGE = "track_garbage"
    DELIVER_TWICE = "deliver_twice"
    DELIVER_FORGED = "deliver_forged"
    DELIVER_LATE = "deliver_late"
    C3_REFUSES = "c3_refuses"
    C3_UNREACHABLE = "c3_unreachable"
    C3_UNCONFIRMED = "c3_unconfirmed"
    C3_SILENT = "c3_silent"
    C3_LATE_UNDELIVERABLE = "c3_late_undeliverable"
    C3_LATE_REFUSAL = "c3_late_refusal"
    TELL_NEVER = "tell_never"
    TELL_TWICE = "tell_twice"
    TELL_LATE = "tell_late"
    TELL_FORGED = "tell_forged"
    TELL_REVERSED = "tell_reversed"
    C5_REFUSES = "c5_refuses"
    C5_SILENT = "c5_silent"


class Effect(msgspec.Struct, frozen=True):
    """One row of the table."""

    point: Point
    what: str
    """For people."""
    takes: bool = False
    """At `submit`: the message is taken before the fault strikes."""
    verdict: Outcome | None = None
    """At `deliver`: what corner 3 says instead of handing over."""
    told: tuple[Outcome, ...] | None = None
    """At `deliver`: what corner 3 says of a hand-over that worked; None: that it is delivered."""


EFFECTS: dict[Fault, Effect] = {
    Fault.DROPPED: Effect(Point.ARRIVE, "The connection breaks before the body is read; not taken"),
    Fault.BUSY: Effect(Point.SUBMIT, "HTTP 503; not taken"),
    Fault.RATE_LIMITED: Effect(Point.SUBMIT, "HTTP 429 with Retry-After `seconds`; not taken"),
    Fault.BROKEN: Effect(Point.SUBMIT, "HTTP 500; not taken"),
    Fault.BAD_GATEWAY: Effect(Point.SUBMIT, "HTTP 502 with HTML; not taken"),
    Fault.ERROR_INSIDE: Effect(Point.SUBMIT, "HTTP 200 with an error in its JSON; not taken"),
    Fault.UNAUTHORISED: Effect(Point.SUBMIT, "HTTP 401; not taken"),
    Fault.QUOTA: Effect(Point.SUBMIT, "HTTP 402: the account is used up; not taken"),
    Fault.NOT_REGISTERED: Effect(Point.SUBMIT, "The receiver takes no such document; not taken"),
    Fault.REFUSED: Effect(Point.SUBMIT, "HTTP 422 with the network's own word: the document is refused for ever"),
    Fault.GARBAGE: Effect(Point.SUBMIT, "HTTP 200 with HTML; not taken"),
    Fault.RESET: Effect(Point.SUBMIT, "The connection breaks in mid-answer; not taken"),
    Fault.RESET_AFTER_TAKING: Effect(Point.SUBMIT, "Taken; the connection breaks in mid-answer", takes=True),
    Fault.SILENT_AFTER_TAKING: Effect(Point.SUBMIT, "Taken; the answer comes only after `seconds`", takes=True),
    Fault.GARBAGE_AFTER_TAKING: Effect(Point.SUBMIT, "Taken; the answer is HTTP 202 with HTML", takes=True),
    Fault.HUGE_AFTER_TAKING: Effect(Point.SUBMIT, "Taken; the answer is right, and 8 MB long", takes=True),
    Fault.TRACK_BUSY: Effect(Point.TRACK, "A question is answered with HTTP 503"),
    Fault.TRACK_GARBAGE: Effect(Point.TRACK, "A question is answered with HTTP 200 and HTML"),
    Fault.DELIVER_TWICE: Effect(
        Point.DELIVER, "The envelope is handed over two times, as if the first answer had been lost"
    ),
    Fault.DELIVER_FORGED: Effect(Point.DELIVER, "The first attempt is signed with another secret"),
    Fault.DELIVER_LATE: Effect(Point.DELIVER, "Handed over after `seconds`"),
    Fault.C3_REFUSES: Effect(
        Point.DELIVER, "Corner 3 refuses; the receiver never sees the document", verdict=Outcome.REFUSED
    ),
    Fault.C3_UNREACHABLE: Effect(Point.DELIVER, "Corner 3 can't be reached", verdict=Outcome.UNDELIVERABLE),
    Fault.C3_UNCONFIRMED: Effect(
        Point.DELIVER, "Handed over; corner 3 says that it took it, and nothing of the delivery", told=(Outcome.TAKEN,)
    ),
    Fault.C3_SILENT: Effect(Point.DELIVER, "Handed over; corner 3 never says anything of it", told=()),
    Fault.C3_LATE_UNDELIVERABLE: Effect(
        Point.DELIVER,
        "Delivered and said so, and afterwards called undeliverable all the same",
        told=(Outcome.DELIVERED, Outcome.UNDELIVERABLE),
    ),
    Fault.C3_LATE_REFUSAL: Effect(
        Point.DELIVER,
        "Delivered and said so, and afterwards refused all the same",
        told=(Outcome.DELIVERED, Outcome.REFUSED),
    ),
    Fault.TELL_NEVER: Effect(Point.TELL, "The event isn't posted; only a poll finds it"),
    Fault.TELL_TWICE: Effect(Point.TELL, "The event is posted two times"),
    Fault.TELL_LATE: Effect(Point.TELL, "The event is posted after `seconds`"),
    Fault.TELL_FORGED: Effect(Point.TELL, "The first attempt is signed with another secret"),
    Fault.TELL_REVERSED: Effect(Point.TELL, "The event is posted after the one that follows it"),
    Fault.C5_REFUSES: Effect(Point.REPORT, "The tax authority refuses the report"),
    Fault.C5_SILENT: Effect(Point.REPORT, "The tax authority records the report, and nobody ever says so"),
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
