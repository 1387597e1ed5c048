"""The API described: OpenAPI 3.1 at `/docs/openapi.json`, and a page at `/docs` that loads nothing from elsewhere.

Every operation shows an example. An endpoint brings its own as `opt=example(body=..., answer=...)` where a made-up one
would mislead; for the others one is derived from the schema, so that none is without.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.http.problems import MEDIA_TYPE, Finding, Problem

EXAMPLE = "example"
"""The key in a handler's `opt`."""


def example(
    *,
    body: object = None,
    answer: object = None,
    answers: Mapping[int, object] | None = None,
    bodies: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """For a handler's `opt`: what its body and its answer look like, as Structs or plain values.

    `bodies`: for an endpoint that reads `body: bytes`, the media types it takes, each with an example: a Struct, or
    the text itself. `answers`: by status, those that look different.

    `@post("/v1/things", opt=example(body=NewThing(...), answer=Thing(...)))`
    """
    return {EXAMPLE: {"body": body, "answer": answer, "answers": dict(answers or {}), "bodies": dict(bodies or {})}}


FILES: dict[str, Any] = {
    "type": "object",
    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
}
"""What a form of files looks like."""

_METHODS = ("get", "post", "put", "patch", "delete")
_PROBLEM = "Problem"


def describe(raw: Mapping[str, Any], handlers: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, Any]:
    """The framework's description with our problems, raw bodies and an example for every operation.

    `handlers`: from path and method to the `opt` of the endpoint that answers it.
    """
    schema: dict[str, Any] = _of_any_length(msgspec.to_builtins(raw))  # defaults may be Structs
    schemas: dict[str, Any] = schema.setdefault("components", {}).setdefault("schemas", {})
    _, parts = msgspec.json.schema_components([Problem, Finding], ref_template="#/components/schemas/{name}")
    schemas.update(parts)
    schema["paths"] = {  # the framework's order changes from start to start
        path: {method: item[method] for method in _METHODS if method in item}
        for path, item in sorted(schema["paths"].items())
    }
    for path, item in schema["paths"].items():
        for method in _METHODS:
            if method in item:
                given = handlers.get((path, method.upper()), {}).get(EXAMPLE, {})
                _complete(item[method], given, schemas, repeatable=method in {"post", "patch", "put", "delete"})
    return schema


def _of_any_length(part: Any) -> Any:
    """Without the empty alternative that the framework makes of the ellipsis in an annotated `tuple[X, ...]`."""
    if isinstance(part, list):
        return [_of_any_length(one) for one in part]
    if not isinstance(part, dict):
        return part
    whole = {name: _of_any_length(one) for name, one in part.items()}
    choices = (whole.get("items") or {}).get("oneOf", [])
    if {} in choices and len(choices) == 2:
        whole["items"] = next((one for one in choices if one), {})
    return whole


def _complete(
    operation: dict[str, Any], given: Mapping[str, Any], schemas: dict[str, Any], *, repeatable: bool
) -> None:
    for media_type, body in (given.get("bodies") or {}).items():
        content = operation.setdefault("requestBody", {"required": True, "content": {}})["content"]
        schema = FILES if media_type == "multipart/form-data" else _schema_of(body, schemas)
        content[media_type] = {"schema": schema, "example": _plain(body)}
    for body in operation.get("requestBody", {}).get("content", {}).values():
        if "example" not in body:
            told = given.get("body")
            body["example"] = _plain(told) if told is not None else derived(body.get("schema", {}), schemas)
    responses = operation.setdefault("responses", {})
    responses.pop("400", None)  # the framework's own form of an error, which we never send
    for status, answer in responses.items():
        for content in answer.get("content", {}).values():
            told = (given.get("answers") or {}).get(int(status), given.get("answer"))
            content["example"] = _plain(told) if told is not None else derived(content.get("schema", {}), schemas)
    responses["default"] = {
        "description": "A problem (RFC 9457): what is the matter, and what to do.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{_PROBLEM}"}, "example": _plain(_EXAMPLE)}},
    }
    if repeatable:
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)


_EXAMPLE = Problem(
    type="/docs/problems#invalid",
    title="Something in the request is wrong",
    status=422,
    detail="1 finding must be mended first; see `findings`.",
    code="invalid-document",
    request_id="5b0c3e6f9a4d4f0d8f7a1c2b3d4e5f60",
    findings=(
        Finding(
            rule="ibr-co-10",
            layer="pint",
            where="/Invoice/cac:LegalMonetaryTotal/cbc:LineExtensionAmount",
            message="The sum of the lines is 100.00, the document says 90.00.",
            pointer="/totals/line_net",
            terms=("IBT-106",),
        ),
    ),
)
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A UUID or the like. The same request again under the same key gets the first answer, "
    "marked `Idempotency-Replayed: true`; another request under that key gets 409.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


def _schema_of(body: object, schemas: dict[str, Any]) -> dict[str, Any]:
    """A Struct's schema, by reference; of any other JSON an object's; of other text a string's."""
    if not isinstance(body, msgspec.Struct):
        return {"type": "string" if isinstance(_plain(body), str) else "object"}
    (reference,), parts = msgspec.json.schema_components([type(body)], ref_template="#/components/schemas/{name}")
    for name, part in parts.items():
        schemas.setdefault(name, part)
    return reference


def _plain(value: object) -> Any:
    """As JSON shows it; a text that is JSON itself is shown as what it says."""
    if isinstance(value, str):
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            return value
    return msgspec.json.decode(msgspec.json.encode(value))


_FORMATS = {
    "uuid": "01932c07-a5e0-7c53-b1f4-6f0c2d9a4e11",
    "date-time": "2026-11-21T08:30:00Z",
    "date": "2026-11-21",
    "time": "12:30:00",
    "email": "finance@seller.ae",
    "uri": "https://seller.ae",
    "decimal": "100.00",
    "duration": "PT5M",
    "byte": "QUVE",
    "base64": "QUVE",
}


def derived(schema: Mapping[str, Any], schemas: Mapping[str, Any], seen: tuple[str, ...] = ()) -> Any:
    """A value of this schema: every member filled in, once around where a type holds itself."""
    if reference := schema.get("$ref"):
        name = str(reference).rpartition("/")[2]
        return None if name in seen else derived(schemas.get(name, {}), schemas, (*seen, name))
    for key in ("example", "const", "default"):
        if key in schema and schema[key] is not None:
            return schema[key]
    if schema.get("examples"):
        examples = schema["examples"]
        return next(iter(examples.values())).get("value") if isinstance(examples, dict) else examples[0]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("oneOf", "anyOf", "allOf"):
        if key in schema:
            real = [one for one in schema[key] if one.get("type") != "null"]
            return derived(real[0], schemas, seen) if real else None
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    if kind == "object" or "properties" in schema:
        return {name: derived(part, schemas, seen) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [derived(schema.get("items", {}), schemas, seen)] if schema.get("items") else []
    if kind == "integer":
        return max(1, int(schema.get("minimum", 1)))
    if kind == "string":
        return _FORMATS.get(schema.get("format", ""), "text".ljust(schema.get("minLength", 0), "-"))
    return {"number": 1.5, "boolean": True}.get(str(kind))
