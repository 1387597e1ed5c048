"""Why a language model's answer isn't used, as a whole or a value of it. Codes are stored; pages say them in words."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why there is no answer: the `code` of `NoAnswer`. Our rules' reading stands alone then."""

    BUDGET = "llm_budget"
    """The company has used what it may use today."""
    RATE_LIMITED = "llm_rate_limited"
    """The endpoint asks us to wait for longer than a reading may."""
    TIMEOUT = "llm_timeout"
    UNREACHABLE = "llm_unreachable"
    """No connection, or one that broke off."""
    OVERLOADED = "llm_overloaded"
    """The endpoint failed (5xx), twice."""
    RESTING = "llm_resting"
    """The endpoint failed or asked for a pause just before; it isn't called until that is over."""
    KEY_REFUSED = "llm_key_refused"
    NO_MODEL = "llm_no_model"
    """None of the configured models is there any more."""
    REFUSED = "llm_refused"
    """The endpoint refuses the request, or the model refuses to answer."""
    TRUNCATED = "llm_truncated"
    """The answer was cut off."""
    GARBAGE = "llm_garbage"
    """The answer isn't what was asked for."""
    TOO_LONG = "llm_too_long"
    """The file needs more or longer calls than a reading may make."""


UNANSWERED = frozenset(
    {Reason.RATE_LIMITED, Reason.UNREACHABLE, Reason.OVERLOADED, Reason.RESTING, Reason.KEY_REFUSED, Reason.NO_MODEL}
)
"""Where no model has worked for us, so that nothing was used."""


class Doubt(StrEnum):
    """Why one value of an answer was dropped or is doubted; in `Extraction.doubts`, followed by `_` and the term."""

    UNGROUNDED = "ungrounded"
    """The text doesn't stand in the lines that were named, or no such lines exist."""
    MALFORMED = "malformed"
    """It stands there and isn't such a value: no amount, no date, an IBAN that fails its check."""
    REPEATED = "repeated"
    """Given more than once, and not the same."""
    CONTRADICTORY = "contradictory"
    """Grounded, but it doesn't add up with the others."""

    def of(self, name: str) -> str:
        """`ungrounded_total`."""
        return f"{self.value}_{name}"
