"""How a provider knows us: a token that is fetched, kept and renewed once; a signature that others can check."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlsplit

import httpx
import pytest

from gateway.settings import Secret
from peppol.errors import PeppolError, Precondition, Temporary
from peppol.providers import ProviderAccount
from peppol.providers.auth import ClientCredentials, HeaderKey, OAuth1, bearer
from peppol.providers.line import Line
from tests.peppol.stubs.server import HTML, Answer, Call, Stub, json

CLIENT_SECRET = "client-secret-that-nobody-may-see"


class TokenStub(Stub):
    """A token service (RFC 6749, section 4.4) and a thing that wants its tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.issued: list[str] = []
        self.good: set[str] = set()
        self.token_answer: Answer | None = None
        self.expires_in: object = 3600

    def admits(self, call: Call) -> bool:
        return True

    def submits(self, call: Call) -> bool:
        return False

    def answer(self, call: Call) -> Answer:
        if call.parts != ("token",):
            given = call.headers.get("authorization", "").removeprefix("Bearer ")
            return json(200, {"ok": True}) if given in self.good else Answer(401)
        assert parse_qs(call.body.decode())["grant_type"] == ["client_credentials"]
        known = base64.b64encode(f"client:{CLIENT_SECRET}".encode()).decode()
        if self.token_answer is not None:
            return self.token_answer
        if call.headers["authorization"] != f"Basic {known}":
            return json(401, {"error": "invalid_client"})
        self.issued.append(f"token-{len(self.issued)}")
        self.good.add(self.issued[-1])
        return json(200, {"access_token": self.issued[-1], "token_type": "Bearer", "expires_in": self.expires_in})


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def service() -> AsyncIterator[TokenStub]:
    async with TokenStub.running() as stub:
        yield stub


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def line(service: TokenStub, clock: Clock) -> AsyncIterator[Line]:
    auth = ClientCredentials(f"{service.url}/token", "client", CLIENT_SECRET, scope="send", clock=clock)
    made = Line(service.url, auth=auth, timeout=timedelta(seconds=60))
    yield made
    await made.close()


async def test_a_token_is_fetched_once_and_kept(line: Line, service: TokenStub) -> None:
    for _ in range(3):
        assert (await line.ask("GET", "/thing")).status == 200
    assert len(service.issued) == 1


async def test_a_token_is_renewed_shortly_before_its_end(line: Line, service: TokenStub, clock: Clock) -> None:
    await line.ask("GET", "/thing")
    clock.now += 3600 - 31
    await line.ask("GET", "/thing")
    assert len(service.issued) == 1
    clock.now += 2
    await line.ask("GET", "/thing")
    assert len(service.issued) == 2


async def test_a_token_that_is_refused_is_renewed_once(line: Line, service: TokenStub) -> None:
    await line.ask("GET", "/thing")
    service.good.clear()
    assert (await line.ask("GET", "/thing")).status == 200
    assert len(service.issued) == 2


async def test_a_fresh_token_that_is_refused_isnt_renewed_for_ever(
    line: Line, service: TokenStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "good", frozenset())
    monkeypatch.setattr(TokenStub, "answer", lambda self, call: self.refuse_all(call), raising=True)
    monkeypatch.setattr(
        TokenStub,
        "refuse_all",
        lambda self, call: json(200, {"access_token": "t"}) if call.parts == ("token",) else Answer(401),
        raising=False,
    )
    assert (await line.ask("GET", "/thing")).status == 401
    assert [call.parts[0] for call in service.calls] == ["token", "thing"]
    assert (await line.ask("GET", "/thing")).status == 401
    assert [call.parts[0] for call in service.calls] == ["token", "thing", "thing", "token", "thing"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(503), Temporary),
        (Answer(429), Temporary),
        (Answer(500, b"oops"), Temporary),
        (json(401, {"error": "invalid_client"}), Precondition),
        (HTML, Precondition),
        (json(200, {"error": "no"}), Precondition),
        (Answer(200, b'{"access_token":"' + b"x" * 100_000 + b'"}'), Precondition),
    ],
    ids=["busy", "rate limited", "broken", "wrong secret", "html", "error inside", "huge"],
)
async def test_without_a_token_nothing_leaves_us(
    line: Line, service: TokenStub, answer: Answer, kind: type[PeppolError], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    service.token_answer = answer
    with pytest.raises(kind) as caught:
        await line.send("POST", "/thing", body=b"a document")
    assert [call.parts for call in service.calls] == [("token",)]
    assert CLIENT_SECRET not in caplog.text + str(caught.value) + repr(caught.value)


def percent(text: str) -> str:
    """RFC 5849, section 3.6."""
    return quote(text, safe="-._~")


def signature(method: str, url: str, oauth: dict[str, str], consumer_secret: str, token_secret: str) -> str:
    """HMAC-SHA1 written anew from RFC 5849, sections 3.4.1 and 3.4.2."""
    parts = urlsplit(url)
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), *oauth.items()]
    normal = "&".join(f"{name}={value}" for name, value in sorted((percent(n), percent(v)) for n, v in pairs))
    base = "&".join([method, percent(f"{parts.scheme}://{parts.netloc}{parts.path}"), percent(normal)])
    key = f"{percent(consumer_secret)}&{percent(token_secret)}".encode()
    return base64.b64encode(hmac.new(key, base.encode(), hashlib.sha1).digest()).decode()


def test_the_checker_agrees_with_the_worked_example() -> None:
    """RFC 5849, section 1.2: the request for the photograph."""
    oauth = {
        "oauth_consumer_key": "dpf43f3p2l4k3l03",
        "oauth_token": "nnch734d00sl2jdk",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "137131202",
        "oauth_nonce": "chapoH",
    }
    url = "http://photos.example.net/photos?file=vacation.jpg&size=original"
    assert signature("GET", url, oauth, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00") == "MdpQcU8iPSUjWoN/UDMsK2sui9I="


@contextmanager
def signed(auth: httpx.Auth, method: str, url: str, body: bytes = b"") -> Iterator[httpx.Request]:
    flow = auth.sync_auth_flow(httpx.Request(method, url, content=body))
    yield next(flow)
    flow.close()


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", "https://api.example/tradeshift/rest/external/documents?stag=inbox&withouttag=a%20b&page=0"),
        ("PUT", "https://api.example/tradeshift/rest/external/documents/8f1d?draft=false"),
        ("POST", "http://127.0.0.1:9000/x?a=1&a=0&b=%C3%A9"),
    ],
)
def test_a_signed_call_is_one_that_others_can_check(method: str, url: str) -> None:
    nonces = set()
    for _ in range(2):
        with signed(OAuth1("ck", "c&s", "tk", "t=s"), method, url, b"<Invoice/>") as request:
            header = request.headers["authorization"]
        assert header.startswith("OAuth ")
        pairs = (part.strip().partition("=")[::2] for part in header.removeprefix("OAuth ").split(","))
        oauth = {name: unquote(value.strip('"')) for name, value in pairs}
        given = oauth.pop("oauth_signature")
        oauth.pop("realm", None)
        assert oauth["oauth_signature_method"] == "HMAC-SHA1"
        assert given == signature(method, url, oauth, "c&s", "t=s")
        assert given != signature("DELETE", url, oauth, "c&s", "t=s")
        nonces.add(oauth["oauth_nonce"])
    assert len(nonces) == 2


def test_a_key_stands_in_its_header_and_nowhere_else() -> None:
    for auth, name, value in (
        (HeaderKey("X-Api-Key", "k1"), "x-api-key", "k1"),
        (bearer("t1"), "authorization", "Bearer t1"),
    ):
        with signed(auth, "GET", "https://api.example/a?b=c") as request:
            assert request.headers[name] == value
            assert str(request.url) == "https://api.example/a?b=c"


def test_no_secret_shows_itself() -> None:
    account = ProviderAccount(
        base_url="https://h", credentials={"token": Secret("s3cret")}, webhook_secrets=(b"h00k",), options={"a": "b"}
    )
    made = (
        HeaderKey("X", "s3cret"),
        ClientCredentials("https://h/t", "c", "s3cret"),
        OAuth1("c", "s3cret", "t", "h00k"),
    )
    for thing in (account, *made):
        assert "s3cret" not in repr(thing) + str(thing)
        assert "h00k" not in repr(thing) + str(thing)
