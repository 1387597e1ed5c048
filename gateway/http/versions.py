"""Which version a change is meant for: `If-Match`, or the query parameter `version`."""

from __future__ import annotations

from typing import Annotated

from litestar.params import Parameter

from gateway.http.problems import Malformed, PreconditionNeeded

Version = Annotated[
    int | None,
    Parameter(description="The version you read; or send it as `If-Match`.", ge=1, required=False),
]
IfMatch = Annotated[str | None, Parameter(header="If-Match", description="The version you read.", required=False)]


def version_of(version: int | None, if_match: str | None) -> int:
    """The version that a change is meant for; raises PreconditionNeeded, Malformed.

    >>> version_of(None, 'W/"3"')
    3
    """
    if if_match is not None:
        text = if_match.removeprefix("W/").strip('"')
        if not (text.isascii() and text.isdecimal()) or len(text) > 9:
            raise Malformed('If-Match names a version: for version 3, If-Match: "3".')
        return int(text)
    if version is None:
        raise PreconditionNeeded(
            'Say which version you read, the `version` of its answer: for version 3, If-Match: "3" or ?version=3.'
        )
    return version
