"""The API described: OpenAPI 3.1 at `/docs/openapi.json`, and a page at `/docs` that loads nothing from elsewhere.

Every operation shows an example. An endpoint brings its own as `opt=example(body=..., answer=...)` where a made-up one
would mislead; for the others one is derived from the schema, so that none is without.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EXAMPLE = "example"
"""The key in a handler's `opt`."""


def example(
    *, body: object = None, answer: object = None, bodies: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """For a handler's `opt`: what its body and its answer look like, as Structs or plain values.

    `bodies`: for an endpoint that reads `body: bytes`, the media types it takes, each with an example: a Struct, or
    the text itself. `@post("/v1/things", opt=example(body=NewThing(...), answer=Thing(...)))`
    """
    return {EXAMPLE: {"body": body, "answer": answer, "bodies": dict(bodies or {})}}
