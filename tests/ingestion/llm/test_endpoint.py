"""An endpoint that fails: why there is no answer, what is tried again, and what is left alone for a while."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from ingestion.errors import NoAnswer, Unavailable
from ingestion.extract.llm import LlmExtractor, connect
from ingestion.extract.llm.answer import SCHEMA
from ingestion.extract.llm.endpoint import Endpoint
from tests.ingestion.extract.papers import INVOICE, paper
from tests.ingestion.llm.stub import KEY, MODELS, Asked, Reply, Stub, answer, completion, failure, never

GOOD = answer("invoice", {"total": "AED 1,422.75"}, [])
BUSY = failure(503, "Service unavailable.")
LIMITED = failure(429, "Rate limit reached for model in organization x.", "rate_limit_exceeded", retry_after="7")
LONG_LIMITED = failure(429, "Rate limit reached.", "rate_limit_exceeded", retry_after="300")
NO_MODEL = failure(404, "The model `x` does not exist or you do not have access to it.", "model_not_found")
NO_SCHEMA = failure(400, "This model does not support response format `json_schema`. See supported models.")


def why(llm: LlmExtractor) -> str:
    """The stored reason. The words beside it show nothing that they shouldn't."""
    with pytest.raises(NoAnswer) as caught:
        llm.extract(paper(INVOICE), ())
    assert isinstance(caught.value, Unavailable)
    assert str(caught.value) and KEY not in str(caught.value) and "Palm" not in str(caught.value)
    return caught.value.code


def reads(llm: LlmExtractor) -> str:
    """Who answered."""
    (made,) = llm.extract(paper(INVOICE), ())
    assert len(made.header) == 1
    return made.extractor


FAULTS: dict[str, tuple[Reply, str, int]] = {
    "busy, twice": (BUSY, "llm_overloaded", 2),
    "an error of its own, twice": (failure(500, "Internal Server Error"), "llm_overloaded", 2),
    "no capacity, twice": (failure(498, "Flex tier capacity exceeded"), "llm_overloaded", 2),
    "too many questions, twice": (LIMITED, "llm_rate_limited", 2),
    "too many for long": (LONG_LIMITED, "llm_rate_limited", 1),
    "a wrong key": (failure(401, "Invalid API Key", "invalid_api_key"), "llm_key_refused", 1),
    "a key without rights": (failure(403, "Forbidden"), "llm_key_refused", 1),
    "no model": (NO_MODEL, "llm_no_model", 2),
    "models withdrawn": (failure(400, "It was decommissioned.", "model_decommissioned"), "llm_no_model", 2),
    "no model, otherwise": (Reply(b'{"message": "model x does not exist", "code": 404}', 404), "llm_no_model", 2),
    "a wrong address": (Reply(b"<html>not found</html>", 404), "llm_refused", 1),
    "too long": (failure(413, "Request too large for model", "rate_limit_exceeded"), "llm_too_long", 1),
    "a bad request": (failure(400, "Something is wrong."), "llm_refused", 1),
    "neither schema nor JSON": (failure(400, "response_format is not supported"), "llm_refused", 2),
    "no JSON made": (failure(400, "Failed to generate JSON.", "json_validate_failed"), "llm_garbage", 1),
    "a redirect": (Reply(b"", 302, {"location": "http://127.0.0.1:9/elsewhere"}), "llm_refused", 1),
    "cut off": (completion('{"kind": "invoice", "val', finish="length"), "llm_truncated", 1),
    "half a body": (Reply(b'{"choices": [{"mess'), "llm_garbage", 1),
    "a page": (Reply(b"<html>Welcome</html>"), "llm_garbage", 1),
    "no choice": (Reply(b'{"choices": []}'), "llm_garbage", 1),
    "nothing written": (completion(None), "llm_garbage", 1),
    "a refusal": (completion(None, refusal="I can't help with that."), "llm_refused", 1),
    "a filter": (completion("", finish="content_filter"), "llm_refused", 1),
    "a tool call that nobody offered": (completion(None, finish="tool_calls", tool_calls=[]), "llm_garbage", 1),
    "far too much": (Reply(b" " * 3_000_000), "llm_unreachable", 2),
    "packed": (Reply(b"\x1f\x8b", 200, {"content-encoding": "gzip"}), "llm_unreachable", 2),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_failure_has_its_reason_and_is_tried_no_oftener_than_it_helps(
    stub: Stub, llm: LlmExtractor, fault: str
) -> None:
    reply, reason, calls = FAULTS[fault]
    stub.order(reply)
    assert why(llm) == reason
    assert len(stub.asked) == calls


@pytest.mark.parametrize("fault", [BUSY, LIMITED], ids=["busy", "limited"])
def test_what_fails_for_a_moment_is_tried_once_more(
    stub: Stub, llm: LlmExtractor, naps: list[float], fault: Reply
) -> None:
    stub.order(fault, GOOD)
    reads(llm)
    assert naps == [7.0 if fault is LIMITED else 1.0]


@pytest.mark.parametrize(
    ("headers", "nap"),
    [
        ({"retry_after": "2.5"}, 2.5),
        ({"retry_after": "soon"}, 1.0),
        ({"retry_after": "-3"}, 0.0),
        ({}, 1.0),
    ],
)
def test_how_long_it_waits(
    stub: Stub, llm: LlmExtractor, naps: list[float], headers: dict[str, str], nap: float
) -> None:
    stub.order(failure(429, "Slow down.", **headers), GOOD)
    reads(llm)
    assert naps == [nap]


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(stub: Stub, clock: Clock) -> Iterator[LlmExtractor]:
    extractor = LlmExtractor(Endpoint(stub.url, KEY, MODELS, timeout=30, sleep=lambda _: None, clock=clock))
    yield extractor
    extractor.close()


@pytest.mark.parametrize(
    ("fault", "times", "rest"),
    [(LONG_LIMITED, 1, 300), (BUSY, 3, 60), (failure(401, "Invalid API Key"), 1, 600), (NO_MODEL, 1, 600)],
)
def test_it_is_left_alone_and_asked_again_afterwards(
    stub: Stub, timed: LlmExtractor, clock: Clock, fault: Reply, times: int, rest: int
) -> None:
    stub.order(fault)
    for _ in range(times):
        assert why(timed) != "llm_resting"
    asked = len(stub.asked)
    clock.now += rest - 1
    assert why(timed) == "llm_resting"
    assert len(stub.asked) == asked
    clock.now += 2
    stub.order(GOOD)
    reads(timed)


def test_failures_in_between_that_arent_in_a_row_dont_count(stub: Stub, timed: LlmExtractor) -> None:
    for _ in range(4):
        stub.order(BUSY)
        why(timed)
        stub.order(GOOD)
        reads(timed)


def test_a_model_that_is_gone_is_passed_over_and_remembered(stub: Stub, llm: LlmExtractor) -> None:
    def only_the_second(asked: Asked) -> Reply | None:
        return NO_MODEL if asked.body["model"] == MODELS[0] else GOOD(asked)

    stub.order(only_the_second)
    assert reads(llm) == f"llm/1 {MODELS[1]}"
    assert reads(llm) == llm.name == f"llm/1 {MODELS[1]}"
    assert [each.body["model"] for each in stub.asked] == [MODELS[0], MODELS[1], MODELS[1]]


def test_a_model_that_isnt_listed_costs_no_call(stub: Stub, llm: LlmExtractor) -> None:
    stub.models = Reply(json.dumps({"data": [{"id": MODELS[1]}, {"id": "whisper"}]}).encode())
    stub.order(GOOD)
    assert reads(llm) == f"llm/1 {MODELS[1]}"
    reads(llm)
    assert stub.looked == 1


@pytest.mark.parametrize(
    "listing",
    [Reply(b'{"data": [{"id": "another"}]}'), Reply(b"<html>"), failure(404, "no such page"), failure(500, "oh")],
)
def test_a_list_that_says_nothing_of_ours_changes_nothing(stub: Stub, llm: LlmExtractor, listing: Reply) -> None:
    stub.models = listing
    stub.order(GOOD)
    assert reads(llm) == f"llm/1 {MODELS[0]}"


def test_a_model_that_takes_no_schema_is_asked_for_json_and_that_is_remembered(stub: Stub, llm: LlmExtractor) -> None:
    def plain(asked: Asked) -> Reply | None:
        return NO_SCHEMA if asked.body["response_format"]["type"] == "json_schema" else GOOD(asked)

    stub.order(plain)
    reads(llm)
    reads(llm)
    assert [each.body["response_format"]["type"] for each in stub.asked] == [
        "json_schema", "json_object", "json_object",
    ]  # fmt: skip
    assert "JSON" in stub.asked[1].prompt  # without the word, endpoints refuse that form


@pytest.mark.parametrize("order", [never, lambda _: Reply(b" " * 10_000, drip=True)], ids=["silent", "dripping"])
def test_an_answer_that_never_ends_is_given_up(stub: Stub, order: object) -> None:
    llm = connect(stub.url, KEY, MODELS, timeout=0.5)
    stub.order(order)  # type: ignore[arg-type]
    assert why(llm) == "llm_timeout"
    assert len(stub.asked) <= 1  # a slow machine may not even have taken the question
    llm.close()


def test_nobody_answers() -> None:
    llm = LlmExtractor(Endpoint("http://127.0.0.1:9/v1", KEY, MODELS, sleep=lambda _: None))
    assert why(llm) == "llm_unreachable"
    llm.close()


def test_the_environment_changes_nothing(stub: Stub, llm: LlmExtractor, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GROQ_BASE_URL", "http://127.0.0.1:9")
    stub.order(GOOD)
    other = connect(stub.url, KEY, MODELS)
    reads(other)
    other.close()


def test_neither_key_nor_document_is_logged(stub: Stub, llm: LlmExtractor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    stub.order(BUSY, failure(401, KEY), GOOD)
    why(llm)
    told = "\n".join(record.getMessage() + str(record.exc_info or "") for record in caplog.records)
    assert KEY not in told
    assert not [each for each in caplog.records if "Palm" in each.getMessage() and not each.name.startswith("groq")]


def test_no_model_named_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no model"):
        Endpoint("http://127.0.0.1:9", KEY, ())


def test_the_schema_is_what_is_sent(stub: Stub) -> None:
    with Endpoint(stub.url, KEY, MODELS) as endpoint:
        stub.order(completion("{}"))
        assert endpoint.ask("a prompt", "a document", SCHEMA, most=5).content == "{}"
    assert stub.asked[0].body["max_completion_tokens"] == 5
