"""The API describes itself: every operation with an example, everything from our own server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from gateway.http.openapi import derived, describe, example
from gateway.problems import PROBLEMS

if TYPE_CHECKING:
    from tests.gateway.conftest import House


@pytest.fixture(scope="module")
async def schema(house: House) -> Any:
    answer = await house.client.get("/docs/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def operations(schema: Any) -> list[tuple[str, Any]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if "responses" in operation
    ]


async def test_it_is_openapi_3_1(schema: Any) -> None:
    assert schema["openapi"].startswith("3.1")
    validate(schema)


async def test_every_operation_has_a_summary_and_examples_that_fit_their_schemas(schema: Any) -> None:
    missing, wrong = [], []
    for name, operation in operations(schema):
        if not operation.get("summary"):
            missing.append(f"{name}: summary")
        contents = list(operation.get("requestBody", {}).get("content", {}).items())
        for status, answer in operation["responses"].items():
            contents += [(f"{status} {media_type}", part) for media_type, part in answer.get("content", {}).items()]
        for place, part in contents:
            if "example" not in part:
                missing.append(f"{name}: {place}")
            elif "json" in place:
                whole = {**part.get("schema", {}), "components": schema["components"]}
                wrong += [
                    f"{name}: {place}: {error.json_path}: {error.message[:200]}"
                    for error in Draft202012Validator(whole).iter_errors(part["example"])
                ]
    assert missing == []
    assert wrong == []


async def test_the_order_is_the_same_at_every_start(schema: Any) -> None:
    assert list(schema["paths"]) == sorted(schema["paths"])
    assert list(schema["paths"]["/v1/invoices"]) == ["get", "post"]


async def test_every_change_can_be_repeated_under_a_key(schema: Any) -> None:
    for name, operation in operations(schema):
        named = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert ("Idempotency-Key" in named) == (not name.startswith("GET")), name


async def test_the_pages_need_nothing_from_elsewhere(house: House) -> None:
    for path in ("/docs", "/docs/problems"):
        page = await house.client.get(path)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        loaded = re.findall(r"<(?:link|script|img|iframe)[^>]*(?:href|src)=\"([^\"]*)\"", page.text)
        assert loaded
        assert all(address.startswith("/static/") for address in loaded)
        assert "<script" not in page.text
        assert "style=" not in page.text
        for address in loaded:
            assert (await house.client.get(address)).status_code == 200


async def test_every_kind_of_problem_is_explained(house: House) -> None:
    page = (await house.client.get("/docs/problems")).text
    for kind in PROBLEMS.values():
        assert f'id="{kind.code}"' in page


async def test_an_asset_is_not_sent_twice_and_names_no_path(house: House) -> None:
    first = await house.client.get("/static/style.css")
    again = await house.client.get("/static/style.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("..%2fassets.py", "nothing.css", "%2e%2e"):
        assert (await house.client.get(f"/static/{name}")).status_code == 404


class Part(msgspec.Struct):
    name: str
    inner: list[Part] | None = None


def test_a_value_is_derived_from_any_schema() -> None:
    _, parts = msgspec.json.schema_components([Part], ref_template="#/components/schemas/{name}")
    value = derived({"$ref": "#/components/schemas/Part"}, parts)
    assert set(value) == {"name", "inner"}
    assert derived({"type": "string", "enum": ["A", "B"]}, {}) == "A"
    assert derived({"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 7}]}, {}) == 7
    assert derived({"type": "string", "minLength": 8}, {}) == "text----"


def test_an_endpoint_that_reads_bytes_says_which_media_types() -> None:
    raw = {"paths": {"/p": {"post": {"responses": {"201": {"content": {"application/json": {}}}}}}}}
    opt = example(bodies={"application/json": Part("a"), "application/xml": "<a/>"}, answer=Part("b"))
    described = describe(raw, {("/p", "POST"): opt})
    operation = described["paths"]["/p"]["post"]
    content = operation["requestBody"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Part"}
    assert content["application/json"]["example"]["name"] == "a"
    assert content["application/xml"] == {"schema": {"type": "string"}, "example": "<a/>"}
    assert operation["responses"]["201"]["content"]["application/json"]["example"]["name"] == "b"
    assert "Part" in described["components"]["schemas"]
