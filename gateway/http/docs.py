"""`/docs`: the API's description for people and for programs, and an explanation of every kind of problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.routes import HTTPRoute

from gateway.http.answers import UNEXPECTED, Kind
from gateway.http.openapi import describe
from gateway.pages import render

_INTRODUCTION = (
    "Post invoices, have them checked, sealed, approved and sent; receive those of others; prove all of it. "
    "Amounts are decimal strings, days are days in Asia/Dubai, instants are UTC."
)


def config() -> OpenAPIConfig:
    """For the app."""
    return OpenAPIConfig(
        title="InvoLinks Gateway",
        version="1",
        description=_INTRODUCTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        path="/docs",
        render_plugins=[_Page(path="/"), _Json(path="/openapi.json")],
        use_handler_docstrings=True,
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http", scheme="bearer", description="A session's token (people) or an API key (machines)."
                )
            }
        ),
        security=[{"bearer": []}],
    )


def described(app: Litestar, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The description, made once for each app."""
    made: dict[str, Any] | None = app.state.get("openapi")
    if made is None:
        opts = {
            (route.path_format or "/", str(method)): handler.opt
            for route in app.routes
            if isinstance(route, HTTPRoute)
            for handler in route.route_handlers
            for method in handler.http_methods
        }
        made = app.state["openapi"] = describe(raw, opts)
    return made


class _Json(JsonRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return msgspec.json.encode(described(request.app, openapi_schema))


class _Page(OpenAPIRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        schema = described(request.app, openapi_schema)
        groups: dict[str, list[dict[str, Any]]] = {}
        for path, item in schema["paths"].items():
            for method, operation in item.items():
                if isinstance(operation, dict) and "responses" in operation:
                    tag = (operation.get("tags") or ["Other"])[0]
                    groups.setdefault(tag, []).append({**_shown(operation), "path": path, "method": method.upper()})
        return render(
            "docs.html", title=schema["info"]["title"], introduction=_INTRODUCTION, groups=dict(sorted(groups.items()))
        )


def _shown(operation: Mapping[str, Any]) -> dict[str, Any]:
    bodies = operation.get("requestBody", {}).get("content", {})
    answers = [
        (status, media_type, content)
        for status, answer in operation["responses"].items()
        if status != "default"
        for media_type, content in answer.get("content", {}).items()
    ]
    return {
        "id": operation.get("operationId", ""),
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": operation.get("parameters", []),
        "bodies": [(media_type, _pretty(content.get("example"))) for media_type, content in bodies.items()],
        "answers": [(status, media_type, _pretty(content.get("example"))) for status, media_type, content in answers],
    }


def _pretty(example: object) -> str:
    if isinstance(example, str):
        return example
    return msgspec.json.format(msgspec.json.encode(example), indent=2).decode()


def problems_page(kinds: Iterable[Kind]) -> HTTPRouteHandler:
    """The page that the `type` of every problem points to."""
    listed = sorted({kind.code: kind for kind in (*kinds, UNEXPECTED)}.values(), key=lambda kind: kind.status)

    @get("/docs/problems", include_in_schema=False, sync_to_thread=False, media_type=MediaType.HTML)
    def problems() -> Response[bytes]:
        return Response(render("problems.html", kinds=listed), media_type=MediaType.HTML)

    return problems
