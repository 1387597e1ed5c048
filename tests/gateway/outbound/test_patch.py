"""Merge patches as RFC 7396 shows them, digit for digit, and what is no merge patch."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.http.problems import Malformed, TooLarge
from gateway.outbound.patch import merge

APPENDIX_A: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ({"a": "foo"}, {"a": {"b": "c"}}, {"a": {"b": "c"}}),
]

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OBJECT = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


@pytest.mark.parametrize(("body", "patch", "merged"), APPENDIX_A)
def test_the_rfcs_own_cases(body: Any, patch: Any, merged: Any) -> None:
    assert json.loads(merge(json.dumps(body).encode(), json.dumps(patch).encode())) == merged


@pytest.mark.parametrize(
    "patch",
    [
        b"[1]",
        b'"a"',
        b"null",
        b"{",
        b"",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a":1,"a":2}',
        b'{"b":{"a":1,"a":1}}',
        b"\xff",
        rb'{"a":"\ud800"}',
        '{"a":1}'.encode("utf-16"),
        # Read as bytes, each of these brackets stands between quotes.
        ("[\u2200" + "[" * 100_000 + "\u2200").encode("utf-16-be"),
    ],
)
def test_what_is_no_merge_patch_is_refused(patch: bytes) -> None:
    with pytest.raises(Malformed):
        merge(b"{}", patch)


def test_nesting_is_bounded() -> None:
    with pytest.raises(TooLarge):
        merge(b"{}", b'{"a":' * 2000 + b"1" + b"}" * 2000)


@pytest.mark.parametrize("digits", ["1.50", "0.10", "100", "1e2", "-0.0", "123456789012345678901234567890.123456789"])
def test_a_number_keeps_its_digits_whether_touched_or_not(digits: str) -> None:
    assert merge(f'{{"old":{digits}}}'.encode(), f'{{"new":{digits}}}'.encode()) == (
        f'{{"old":{digits},"new":{digits}}}'.encode()
    )


@settings(max_examples=60, deadline=None)
@given(OBJECT, OBJECT)
def test_patching_twice_is_patching_once(body: Any, patch: Any) -> None:
    change = json.dumps(patch).encode()
    once = merge(json.dumps(body).encode(), change)
    assert json.loads(merge(once, change)) == json.loads(once)
