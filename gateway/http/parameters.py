"""Query parameters that an operation doesn't have are refused: a filter with a slip in its name would filter nothing.

What an operation has is what its function declares, so nothing is listed twice. Pages take whatever a link
brings along.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, Final

from litestar import Request
from litestar.constants import RESERVED_KWARGS
from litestar.handlers import HTTPRouteHandler

from gateway.http.problems import Finding, Invalid

ANY_QUERY: Final = {"any-query": True}
"""For a handler's `opt`: machines call it at addresses that others write down; `?probe=1` mustn't lose a delivery."""

_MOST = 10
"""Findings in one answer."""
_LONGEST = 60
"""Characters of a name that are looked at; ours are shorter."""


async def refuse_unknown(request: Request[Any, Any, Any]) -> None:
    """The framework's hook before each endpoint, after its guards. Raises `Invalid`, which names each one."""
    if not request.scope["query_string"]:
        return
    handler: Any = request.scope["route_handler"]
    if not handler.resolve_include_in_schema() or handler.opt.get("any-query"):
        return
    known = declared(handler, request.path_params)
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if unknown:
        findings = tuple(
            Finding(rule="PARAMETER", layer="http", message=_sentence(name[:_LONGEST], known), where="query")
            for name in unknown[:_MOST]
        )
        raise Invalid("A query parameter was sent that this operation doesn't have; see `findings`.", findings=findings)


def declared(handler: HTTPRouteHandler, in_path: Iterable[str]) -> list[str]:
    """The names of the query parameters that the handler's function declares, sorted."""
    others = {*in_path, *RESERVED_KWARGS, *handler.resolve_dependencies()}
    names = []
    for name, field in handler.parsed_fn_signature.parameters.items():
        kwarg: Any = field.kwarg_definition
        elsewhere = getattr(kwarg, "header", None) or getattr(kwarg, "cookie", None)
        if name not in others and not elsewhere:
            names.append(getattr(kwarg, "query", None) or name)
    return sorted(names)


def _sentence(name: str, known: list[str]) -> str:
    """What to do about a name.

    >>> _sentence("Sate", ["limit", "state"])
    "There is no parameter 'Sate' here; did you mean 'state'?"
    >>> _sentence("colour", ["limit", "state"])
    "There is no parameter 'colour' here; known are limit, state."
    >>> _sentence("colour", [])
    "There is no parameter 'colour' here, nor any other."
    """
    told = f"There is no parameter {name!r} here"
    near = difflib.get_close_matches(name.lower(), known, n=1)
    if near:
        return f"{told}; did you mean {near[0]!r}?"
    return f"{told}; known are {', '.join(known)}." if known else f"{told}, nor any other."
