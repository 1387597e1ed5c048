"""From an exception to a problem on the wire, as the table in `gateway/problems.py` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.typing import FieldDefinition

from gateway.http import browser
from gateway.http.body import LONGEST
from gateway.http.problems import MEDIA_TYPE, Finding, GatewayError, Met, Problem
from gateway.http.wanted import sentence
from gateway.observability import reports

log = structlog.get_logger()


class Kind(msgspec.Struct, frozen=True):
    """What one type of exception is answered with."""

    status: int
    code: str
    """Stable, short, for programs; also the anchor of its explanation."""
    title: str
    detail: str | None = None
    """Shown instead of the exception's own text, where that isn't meant for callers."""
    retry_after: int | None = None
    """Seconds, for what passes by itself."""


UNEXPECTED = Kind(
    500,
    "unexpected",
    "An error of ours",
    "This is our mistake; nothing was done halfway. Try again, and if it stays, report the request id.",
)

KindOf = Callable[[Exception], Kind]


def problem_of(
    error: Exception, kind_of: KindOf, *, request_id: str, types: Mapping[str, FieldDefinition] | None = None
) -> tuple[Problem, dict[str, str]]:
    """The problem and further headers for an exception; `types`: the operation's parameters, by their own names."""
    if isinstance(error, Met):
        return error.problem, {}
    if isinstance(error, HTTPException):
        return _of_framework(error, types or {}, request_id=request_id)
    kind = kind_of(error)
    ours = error if isinstance(error, GatewayError) else None
    headers = dict(ours.headers) if ours else {}
    if kind.retry_after is not None:
        headers.setdefault("Retry-After", str(kind.retry_after))
    code = (ours.code if ours else None) or kind.code
    problem = Problem(
        type=f"/docs/problems#{kind.code}",
        title=kind.title,
        status=kind.status,
        detail=kind.detail or str(error),
        code=code,
        request_id=request_id,
        findings=ours.findings if ours else (),
        facts=ours.facts if ours else {},
    )
    return problem, headers


_FRAMEWORK = {
    400: ("malformed", "The request can't be understood", None),
    401: ("unauthenticated", "Who are you?", None),
    403: ("forbidden", "Not allowed", None),
    404: ("not-found", "Not found", "There is nothing at this address; see /docs for what there is."),
    405: (
        "method-not-allowed",
        "Wrong method",
        "This address doesn't know that method; see the Allow header and /docs.",
    ),
    413: (
        "too-large",
        "Too large",
        f"The body is longer than this operation reads: {LONGEST // 2**20} MiB for a document.",
    ),
    415: ("wrong-media-type", "Wrong content type", None),
    422: (
        "invalid",
        "Something in the request is wrong",
        "A parameter or the body is not what is needed; see `findings`.",
    ),
}


def _of_framework(
    error: HTTPException, types: Mapping[str, FieldDefinition], *, request_id: str
) -> tuple[Problem, dict[str, str]]:
    """What the framework refuses by itself: addresses, methods, parameters."""
    status = error.status_code
    findings: tuple[Finding, ...] = ()
    if isinstance(error, ValidationException):
        status = 422
        findings = tuple(
            _parameter(str(item.get("key", "parameter")), str(item.get("message", "wrong")), item.get("source"), types)
            for item in (error.extra if isinstance(error.extra, list) else [])
            if isinstance(item, dict)
        )
    code, title, detail = _FRAMEWORK.get(status, ("http", "Not possible", None))
    problem = Problem(
        type=f"/docs/problems#{code}",
        title=title,
        status=status,
        detail=detail or error.detail or title,
        code=code,
        request_id=request_id,
        findings=findings,
    )
    return problem, dict(error.headers or {})


def _parameter(key: str, message: str, source: str | None, types: Mapping[str, FieldDefinition]) -> Finding:
    """What is wrong with one parameter, under the name that callers know."""
    if source == "body":
        told = "This operation reads a JSON body, and none came; /docs shows one. {} is enough where all is optional."
        return Finding(rule="PARAMETER", layer="http", message=told, where=source, pointer="")
    known = types.get(key)
    if known is None:
        return Finding(rule="PARAMETER", layer="http", message=f"{key}: {message}.", where=source)
    name = getattr(known.kwarg_definition, "query", None) or key
    told = sentence(f"{message}.", known.raw)
    return Finding(rule="PARAMETER", layer="http", message=f"{name}: {told}", where=source)


def exception_handler(kind_of: KindOf) -> Callable[[Request[Any, Any, Any], Exception], Response[Any]]:
    """The app's handler for every exception; what was unexpected is logged and reported with its traceback."""

    def _types(request: Request[Any, Any, Any]) -> Mapping[str, FieldDefinition]:
        handler = request.scope.get("route_handler")
        return handler.parsed_fn_signature.parameters if handler is not None else {}

    def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        request_id = str(request.scope["state"].get("request_id", ""))
        problem, headers = problem_of(error, kind_of, request_id=request_id, types=_types(request))
        if problem.status == 500:
            log.error("request.failed", exc_info=error)
            reports.report(error, request_id=request_id)
        if browser.is_page(request):
            return browser.refused(request, problem, headers)
        return Response(
            msgspec.json.encode(problem), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers
        )

    return handle
