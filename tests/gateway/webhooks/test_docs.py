"""The page for integrators: its code verifies what we send, and its promises are the code's."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from gateway.webhooks import flow, jobs, outcomes, turns
from tests.gateway.webhooks.conftest import Hooks
from tests.gateway.webhooks.receiver import Receiver

PAGE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")


def published() -> Callable[..., str]:
    """The function that the page shows."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    shown: dict[str, object] = {}
    exec(compile(code, "docs/webhooks.md", "exec"), shown)  # noqa: S102 - it is our own page
    return shown["verified"]  # type: ignore[return-value]


async def test_the_code_on_the_page_verifies_a_message(hooks: Hooks, erp: Receiver) -> None:
    verified = published()
    made = await hooks.make(erp.url)
    (message,) = await hooks.happen("invoice.sent")
    await hooks.turn(made["endpoint"]["id"])
    (call,) = erp.received
    age = abs(time.time() - int(call.headers["webhook-timestamp"]))
    tolerance = int(age) + 3600  # the house's clock runs ahead: codes of second factors turn it on
    assert verified(made["secret"], call.headers, call.body, tolerance=tolerance) == message
    assert UUID(message)
    with pytest.raises(ValueError, match="signed"):
        verified(made["secret"], call.headers, call.body + b" ", tolerance=tolerance)
    with pytest.raises(ValueError, match="signed"):
        verified("whsec_" + "A" * 43 + "=", call.headers, call.body, tolerance=tolerance)
    with pytest.raises(ValueError, match="old"):
        verified(made["secret"], {**call.headers, "webhook-timestamp": "1700000000"}, call.body)


def test_the_page_says_the_figures_of_the_code() -> None:
    said = " ".join(PAGE.split())
    for words, holds in {
        "ten endpoints at most": flow.MOST == 10,
        "2xx, whole within 15 seconds": jobs.TIMEOUT.total_seconds() == 15,
        "still so after three days": outcomes.TRIED_FOR.days == 3,
        "again after 5 s, 10 s": outcomes.FIRST_RETRY.total_seconds() == 5,
        "8 h, shaken by a quarter": outcomes.LONGEST_WAIT.total_seconds() == 8 * 3600,
        "a day at most": outcomes.LONGEST_ASKED.days == 1,
        "After 30 days": jobs.KEPT.days == 30,
        "Up to eight calls": turns.AT_ONCE == 8,
        "After five failures": turns.STUMBLING == 5,
        "longer than three seconds": outcomes.SLOW.total_seconds() == 3,
        "two endpoints are called at the same time": turns.OF_A_COMPANY == 2,
        "kept to 500 characters": outcomes.SHOWN == 500,
    }.items():
        assert words in said
        assert holds, words
