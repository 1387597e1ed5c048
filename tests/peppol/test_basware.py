"""The Basware adapter does nothing it can't prove: what isn't published is refused by name."""

from __future__ import annotations

from base64 import b64encode

import pytest

from gateway.settings import Secret
from peppol.errors import Precondition
from peppol.providers import PROVIDERS, ProviderAccount
from peppol.providers.basware import BaswareProvider
from tests.peppol.stubs.harness import StubContract
from tests.peppol.stubs.server import NOT_FOUND, SECRET, Answer, Call, Stub, json

TOKEN = "a-token"


class BaswareStub(Stub):
    """The token service (POST /v1/tokens, Basic) and GET /v1/errorFeedbacks, as the OpenAPI descriptions tell them."""

    def admits(self, call: Call) -> bool:
        if call.parts == ("v1", "tokens"):
            return call.headers["authorization"] == "Basic " + b64encode(f"us:{SECRET}".encode()).decode()
        return call.headers.get("authorization") == f"Bearer {TOKEN}"

    def submits(self, call: Call) -> bool:
        return False

    def answer(self, call: Call) -> Answer:
        match (call.method, *call.parts):
            case ("POST", "v1", "tokens"):
                return json(200, {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600})
            case ("GET", "v1", "errorFeedbacks"):
                return json(200, {"errorFeedbacks": []})
        return NOT_FOUND

    def taken(self, key: str) -> int:
        return 0


def account(url: str, secret: str = SECRET) -> ProviderAccount:
    known = {"client_id": Secret("us"), "client_secret": Secret(secret)}
    return ProviderAccount(base_url=url, credentials=known, options={"token_url": f"{url}/v1/tokens"})


class TestContract(StubContract):
    stub = BaswareStub
    make = BaswareProvider

    @classmethod
    def account(cls, url: str, secret: str) -> ProviderAccount:
        return account(url, secret)


def test_the_table_names_it() -> None:
    assert PROVIDERS["basware"] is BaswareProvider


def test_an_incomplete_account_is_named() -> None:
    with pytest.raises(Precondition, match="client_secret"):
        BaswareProvider(ProviderAccount(base_url="http://h", credentials={"client_id": Secret("x")}))
