"""What can be made to go wrong, as one table: where it strikes, and whether the message is taken all the same."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Point(StrEnum):
    """The moment a fault strikes."""

    SUBMIT = "submit"
    TRACK = "track"
    DELIVER = "deliver"
    TELL = "tell"
    REPORT = "report"


class Fault(StrEnum):
    """What goes wrong there."""

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
    REFUSED = "refused"
    """HTTP 422 with the network's own word: the document is refused for ever."""
    GARBAGE = "garbage"
    """HTTP 200 with HTML; not taken."""
    RESET = "reset"
    """The connection breaks in mid-answer; not taken."""
    RESET_AFTER_TAKING = "reset_after_taking"
    SILENT_AFTER_TAKING = "silent_after_taking"
    """Taken; the answer comes only after `seconds`."""
    GARBAGE_AFTER_TAKING = "garbage_after_taking"
    """Taken; the answer is HTTP 202 with HTML."""
    HUGE_AFTER_TAKING = "huge_after_taking"
    """Taken; the answer is right, and 8 MB long."""
    TRACK_BUSY = "track_busy"
    TRACK_GARBAGE = "track_garbage"
    DELIVER_TWICE = "deliver_twice"
    """The envelope is handed over two times, as if the first answer had been lost."""
    DELIVER_FORGED = "deliver_forged"
    """The first attempt is signed with another secret."""
    DELIVER_LATE = "deliver_late"
    """Handed over after `seconds`."""
    C3_REFUSES = "c3_refuses"
    """Corner 3 refuses; the receiver never sees the document."""
    C3_UNREACHABLE = "c3_unreachable"
    C3_LATE_UNDELIVERABLE = "c3_late_undeliverable"
    """Delivered and said so, and afterwards called undeliverable all the same."""
    TELL_NEVER = "tell_never"
    """The event isn't posted; only a poll finds it."""
    TELL_TWICE = "tell_twice"
    TELL_FORGED = "tell_forged"
    """The first attempt is signed with another secret."""
    TELL_REVERSED = "tell_reversed"
    """Later events are posted before earlier ones."""
    C5_REFUSES = "c5_refuses"


class Effect(msgspec.Struct, frozen=True):
    """One row of the table."""

    point: Point
    takes: bool = False
    """At `submit`: the message is taken before the fault strikes."""


EFFECTS: dict[Fault, Effect] = {
    Fault.BUSY: Effect(Point.SUBMIT),
    Fault.RATE_LIMITED: Effect(Point.SUBMIT),
    Fault.BROKEN: Effect(Point.SUBMIT),
    Fault.BAD_GATEWAY: Effect(Point.SUBMIT),
    Fault.ERROR_INSIDE: Effect(Point.SUBMIT),
    Fault.UNAUTHORISED: Effect(Point.SUBMIT),
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
    Fault.C3_REFUSES: Effect(Point.DELIVER),
    Fault.C3_UNREACHABLE: Effect(Point.DELIVER),
    Fault.C3_LATE_UNDELIVERABLE: Effect(Point.DELIVER),
    Fault.TELL_NEVER: Effect(Point.TELL),
    Fault.TELL_TWICE: Effect(Point.TELL),
    Fault.TELL_FORGED: Effect(Point.TELL),
    Fault.TELL_REVERSED: Effect(Point.TELL),
    Fault.C5_REFUSES: Effect(Point.REPORT),
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
