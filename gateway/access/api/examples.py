"""Examples in the API's description, checked by the type they are examples of."""

from __future__ import annotations

import msgspec
from litestar.openapi.spec import Example
from litestar.params import Body, BodyKwarg


def body(value: msgspec.Struct) -> BodyKwarg:
    """`data: Annotated[X, body(X(...))]`."""
    shown = Example(summary="Example", value=msgspec.to_builtins(value))
    described: BodyKwarg = Body(examples=[shown])
    return described
