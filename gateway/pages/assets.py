"""`/static`: the style sheet, the icon and the scripts; nothing of a page comes from another server."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

from gateway.pages import STATIC

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FILES: Final = {
    path.name: (path.read_bytes(), _TYPES[path.suffix]) for path in STATIC.iterdir() if path.suffix in _TYPES
}
_TAGS: Final = {name: f'"{hashlib.sha256(data).hexdigest()[:16]}"' for name, (data, _) in _FILES.items()}


@get("/static/{name:str}", include_in_schema=False, sync_to_thread=False)
def asset(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    """One file, by its name in the folder; read once, so that no request ever names a path."""
    if name not in _FILES:
        raise NotFoundException
    data, media_type = _FILES[name]
    headers = {"Cache-Control": "public, max-age=3600", "ETag": _TAGS[name]}
    if request.headers.get("if-none-match") == _TAGS[name]:
        return Response(b"", status_code=304, headers=headers)
    return Response(data, headers={**headers, "Content-Type": media_type})
