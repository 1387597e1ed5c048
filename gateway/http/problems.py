"""Problems as RFC 9457 wants them: `application/problem+json`, with `findings[]` that say where and what to mend.

Slices raise subclasses of the families below (or exceptions of their own, listed in `gateway/problems.py`); which
family means which status stands there, in one table.

GatewayError
├── Malformed         400  can't be understood at all
├── Unauthenticated   401  who are you?
├── Forbidden         403  known, but not allowed to do this
├── NotFound          404  not there, or not yours: the answer is the same
├── Conflict          409  at odds with the present state; the answer says which
├── TooLarge          413
├── WrongMediaType    415
├── Invalid           422  understood, and wrong: `findings` say where
├── PreconditionNeeded 428  an If-Match (or the like) has to come along
├── TooMany           429  slower, please
└── Unavailable       503  not now; Retry-After says when to try again
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from ubl.mend import Operation

MEDIA_TYPE = "application/problem+json"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong at one place; the same members as the findings of a check (`ubl.Finding`)."""

    rule: str
    """Stable id: `JSON-TYPE`, `ibr-co-10`."""
    layer: str = "json"
    severity: str = "fatal"
    """`fatal` or `warning`."""
    where: str | None = None
    """XPath, where the body is XML."""
    message: str
    """A sentence that says what to do."""
    pointer: str | None = None
    """JSON pointer (RFC 6901) into the body that was sent."""
    terms: tuple[str, ...] = ()
    """Business terms: `IBT-106`."""
    patch: tuple[Operation, ...] | None = None
    """JSON Patch (RFC 6902) of the body that was sent; applied, this finding is gone and no other is added. Null where
    the mend needs a fact that only people know."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457, section 3.1, with our extension members."""

    type: str
    """`/docs/problems#<code>`: a page that explains this kind of problem."""
    title: str
    status: int
    detail: str
    """What is the matter this time, and what to do."""
    code: str
    """Stable and short, for programs: `conflict`, `rate-limited`."""
    request_id: str
    findings: tuple[Any, ...] = ()
    """`Finding`s, or those of a check."""
    facts: Mapping[str, str | int | bool] = {}
    """What a program needs to go on, such as the current version."""


class Met(Exception):
    """A problem that was met earlier, by whoever worked for this request: it is answered as it stands."""

    def __init__(self, problem: Problem) -> None:
        """`problem`: with its status, code and request id."""
        super().__init__(problem.detail)
        self.problem = problem


class GatewayError(Exception):
    """Something that is answered with a problem."""

    code: ClassVar[str | None] = None
    """A subclass may have a code of its own; otherwise its family's holds."""

    def __init__(
        self,
        detail: str,
        *,
        findings: tuple[Any, ...] = (),
        facts: Mapping[str, str | int | bool] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`detail`: one or two sentences for the caller; never a secret, never another company's data."""
        super().__init__(detail)
        self.detail = detail
        self.findings = findings
        self.facts = facts or {}
        self.headers = headers or {}


class Malformed(GatewayError):
    """Can't be understood at all: broken JSON, a name that stands twice."""


class Unauthenticated(GatewayError):
    """No credentials, or ones that don't hold (any more)."""


class Forbidden(GatewayError):
    """Known, but not allowed to do this."""


class NotFound(GatewayError):
    """Not there, or another company's."""


class Conflict(GatewayError):
    """At odds with the present state."""


class TooLarge(GatewayError):
    """The body is longer, or nested deeper, than we read."""


class WrongMediaType(GatewayError):
    """The content type isn't one that this operation reads."""


class Invalid(GatewayError):
    """Understood, and wrong."""


class PreconditionNeeded(GatewayError):
    """A header has to say which version is meant."""


class TooMany(GatewayError):
    """Over a limit."""

    def __init__(self, detail: str, *, retry_after: float) -> None:
        """`retry_after`: seconds until it makes sense to try again."""
        super().__init__(detail, headers={"Retry-After": str(max(1, int(retry_after + 0.999)))})


class Unavailable(GatewayError):
    """Not now: the database or the storage can't be reached."""

    def __init__(self, detail: str, *, retry_after: float = 2) -> None:
        """`retry_after`: seconds until it makes sense to try again."""
        super().__init__(detail, headers={"Retry-After": str(max(1, int(retry_after + 0.999)))})
