"""For each fault that can be ordered, what is known of the document: while it strikes, and when it never ends.

Data only: `gateway.outbound.facts.judge` and `gateway.outbound.headlines.headline` say what the five facts and the line
over them are, so tests and documentation can't tell different things. `page` writes it down for `docs/network.md`.
"""

from __future__ import annotations

import msgspec

from gateway.outbound.facts import Known, judge
from gateway.outbound.headlines import headline
from gateway.outbound.states import State
from gateway.pages.texts import TEXTS
from gateway.sandbox.faults import EFFECTS, Fault
from peppol.statuses import Outcome

SENDING = Known(state=State.SENDING, uncertain=True)
"""A call is under way."""
SENT = Known(state=State.SENT)
DELIVERED = Known(state=State.SENT, c3=Outcome.DELIVERED, c5=Outcome.REPORTED)
"""Where everything ends that goes well, and every fault that ends in time."""

_AGAIN = Known(state=State.SENDING, problem="temporary")
_ASKING = Known(state=State.SENDING, problem="unknown", uncertain=True)
_UNREACHED = Known(state=State.FAILED, problem="temporary", given_up=True)
_REFUSED = Known(state=State.FAILED, problem="permanent", given_up=True)
_LACKING = Known(state=State.FAILED, problem="precondition", given_up=True)
_UNRESOLVED = Known(state=State.SENDING, problem="unknown", uncertain=True, given_up=True)


def _told(c3: Outcome | None = None, c5: Outcome | None = Outcome.REPORTED) -> Known:
    return Known(state=State.SENT, c3=c3, c5=c5)


class Course(msgspec.Struct, frozen=True):
    """What is known of a document that meets a fault."""

    meanwhile: Known
    """After it struck for the first time."""
    lasting: Known
    """When it strikes every time, and nobody mends it."""


_BUSY = Course(_AGAIN, _UNREACHED)
_NO_ANSWER = Course(_ASKING, _UNRESOLVED)
"""Not taken, but nobody said so: asked for by its key, it isn't there, and it is sent again."""
_ANSWER_LOST = Course(_ASKING, DELIVERED)
"""Taken: asked for by its key, it is found, and it is never sent a second time."""
_NOTHING = Course(DELIVERED, DELIVERED)

COURSES: dict[Fault, Course] = {
    Fault.DROPPED: _NO_ANSWER,
    Fault.BUSY: _BUSY,
    Fault.RATE_LIMITED: _BUSY,
    Fault.BROKEN: _NO_ANSWER,
    Fault.BAD_GATEWAY: _NO_ANSWER,
    Fault.ERROR_INSIDE: _NO_ANSWER,
    Fault.UNAUTHORISED: Course(_LACKING, _LACKING),
    Fault.QUOTA: Course(_LACKING, _LACKING),
    Fault.NOT_REGISTERED: Course(_LACKING, _LACKING),
    Fault.REFUSED: Course(_REFUSED, _REFUSED),
    Fault.GARBAGE: _NO_ANSWER,
    Fault.RESET: _NO_ANSWER,
    Fault.RESET_AFTER_TAKING: _ANSWER_LOST,
    Fault.SILENT_AFTER_TAKING: _ANSWER_LOST,
    Fault.GARBAGE_AFTER_TAKING: _ANSWER_LOST,
    Fault.HUGE_AFTER_TAKING: _ANSWER_LOST,
    Fault.TRACK_BUSY: _NOTHING,
    Fault.TRACK_GARBAGE: _NOTHING,
    Fault.DELIVER_TWICE: _NOTHING,
    Fault.DELIVER_FORGED: Course(_told(), _told()),
    Fault.DELIVER_LATE: Course(_told(), _told()),
    Fault.C3_REFUSES: Course(_told(Outcome.REFUSED), _told(Outcome.REFUSED)),
    Fault.C3_UNREACHABLE: Course(_told(Outcome.UNDELIVERABLE), _told(Outcome.UNDELIVERABLE)),
    Fault.C3_UNCONFIRMED: Course(_told(Outcome.TAKEN), _told(Outcome.TAKEN)),
    Fault.C3_SILENT: Course(_told(), _told()),
    Fault.C3_LATE_UNDELIVERABLE: Course(_told(Outcome.UNDELIVERABLE), _told(Outcome.UNDELIVERABLE)),
    Fault.C3_LATE_REFUSAL: Course(_told(Outcome.REFUSED), _told(Outcome.REFUSED)),
    Fault.TELL_NEVER: Course(SENT, DELIVERED),
    Fault.TELL_TWICE: _NOTHING,
    Fault.TELL_LATE: Course(SENT, DELIVERED),
    Fault.TELL_FORGED: Course(SENT, DELIVERED),
    Fault.TELL_REVERSED: Course(SENT, DELIVERED),
    Fault.C5_REFUSES: Course(
        _told(Outcome.DELIVERED, Outcome.REPORT_REFUSED), _told(Outcome.DELIVERED, Outcome.REPORT_REFUSED)
    ),
    Fault.C5_SILENT: Course(_told(Outcome.DELIVERED, None), _told(Outcome.DELIVERED, None)),
}
"""A fault without a row fails a test. Of a lasting TELL the state is asked for (`outbound.follow`)."""


def page() -> str:
    """The table of the page: of each fault the four facts behind the seal, first while it strikes, then at the end."""
    head = "| fault | what happens | sender | receiver | authority | buyer | in the end |"
    rows = [_row(fault, COURSES[fault]) for fault in Fault]
    return "\n".join([head, "|---" * 7 + "|", *rows])


def _row(fault: Fault, course: Course) -> str:
    before, after = judge(course.meanwhile), judge(course.lasting)
    marks = [
        first.mark.value if first.mark is last.mark else f"{first.mark.value}, then {last.mark.value}"
        for (_, first), (_, last) in zip(before, after, strict=True)
    ][1:]
    line = headline(course.lasting)
    words = [TEXTS[f"headline.{line.code}"].en, *([TEXTS[line.addition].en] if line.addition else [])]
    return f"| `{fault}` | {EFFECTS[fault].what} | {' | '.join(marks)} | {'; '.join(words)} |"
