"""Pages for people: language, frame, and what a browser sees instead of a problem in JSON.

An endpoint is a page by `opt=PAGE`. Whoever isn't signed in is led to the sign-in and back; everything else that is
refused is shown as a page with the same status that the API would answer.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote, urlsplit

from litestar import MediaType, Request, Response, get
from litestar.datastructures import Cookie
from litestar.response import Redirect

from gateway.http.problems import Problem
from gateway.pages import render
from gateway.pages.findings import tell
from gateway.pages.texts import LANGUAGES, Language, text, text_or

PAGE: Final = {"page": True}
"""For a handler's or controller's `opt`."""

_COOKIE = "language"
_YEAR = 365 * 24 * 3600


def is_page(request: Request[Any, Any, Any]) -> bool:
    """Whether a person with a browser waits for the answer; where nothing is at the address, by its Accept header."""
    handler: Any = request.scope.get("route_handler")
    if handler is not None:
        return bool(handler.opt.get("page"))
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")


def language_of(request: Request[Any, Any, Any]) -> Language:
    """The chosen one, else the browser's, else English."""
    chosen = request.cookies.get(_COOKIE, "")
    for language in LANGUAGES:
        if chosen == language:
            return language
    return "ar" if request.headers.get("accept-language", "").lower().startswith("ar") else "en"


def page(
    request: Request[Any, Any, Any],
    template: str,
    *,
    status: int = 200,
    csrf: str = "",
    nav: tuple[str, ...] = (),
    **values: Any,
) -> Response[bytes]:
    """A page in the frame. `nav`: the entries of the menu; `csrf`: what its forms carry."""
    language = language_of(request)
    said = f"said.{request.query_params.get('said', '')}"
    frame = {
        "language": language,
        "direction": "rtl" if language == "ar" else "ltr",
        "other": "en" if language == "ar" else "ar",
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "path": request.url.path,
        "nav": nav,
        "csrf": csrf,
        "said": text_or(said, language, ""),
        "t": lambda key, **filled: text(key, language, **filled),
        "tell": lambda finding: tell(finding, language),
        "t_or": lambda key, otherwise: text_or(key, language, otherwise),
    }
    return Response(render(template, **frame, **values), status_code=status, media_type=MediaType.HTML)


def local(address: str) -> str:
    """A path of ours to go on to; anything that could lead elsewhere becomes `/`.

    >>> local("/documents?state=DRAFT"), local("//evil.example"), local("https://evil.example"), local("/\\\\evil")
    ('/documents?state=DRAFT', '/', '/', '/')
    """
    parts = urlsplit(address)
    safe = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if safe and not parts.scheme and not parts.netloc else "/"


def came_from(request: Request[Any, Any, Any]) -> str:
    """The page of ours whose form or link led here; `/` where there is none."""
    parts = urlsplit(request.headers.get("referer", ""))
    if parts.netloc != request.headers.get("host") or parts.path == request.url.path:
        return "/"
    return local(parts.path + (f"?{parts.query}" if parts.query else ""))


def seen(path: str, said: str = "") -> Redirect:
    """After a form: go and see the page, which may say what was done (a key below `said.`)."""
    joint = "&" if "?" in path else "?"
    return Redirect(f"{path}{joint}said={said}" if said else path, status_code=303)


@get("/language/{language:str}", include_in_schema=False, opt=PAGE, sync_to_thread=False)
def choose_language(language: str, to: str = "/") -> Redirect:
    """Keep the language for a year and go back."""
    chosen = language if language in LANGUAGES else "en"
    cookie = Cookie(key=_COOKIE, value=chosen, path="/", max_age=_YEAR, httponly=True, samesite="lax")
    return Redirect(local(to), status_code=303, cookies=[cookie])


def refused(request: Request[Any, Any, Any], problem: Problem, headers: dict[str, str]) -> Response[Any]:
    """What a browser gets instead of a problem in JSON."""
    if problem.status == 401 and request.url.path != "/sign-in":
        was = request.url if request.method == "GET" else urlsplit(came_from(request))
        ended = "&said=session-ended" if request.scope["state"].get("token_shown") else ""
        back = was.path + (f"?{was.query}" if was.query else "")
        return Redirect(f"/sign-in?to={quote(back)}{ended}", status_code=303)
    if problem.code == "enrolment-required":
        return Redirect("/second-factor", status_code=303)
    words = text_or(f"problem.{problem.code}", language_of(request), "")
    back = came_from(request)
    shown = page(request, "problem.html", status=problem.status, problem=problem, words=words, back=back)
    shown.headers.update(headers)
    return shown
