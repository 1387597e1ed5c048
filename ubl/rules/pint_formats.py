"""Forms of values: dates, times, attachments, and that nothing stands empty."""
# ruff: noqa: ARG001 - functions of one kind take the same arguments

from ubl.rules.contexts import ATTACHMENT, DATE, EMPTY, TIME
from ubl.rules.registry import rule
from ubl.rules.tree import Leaf
from ubl.rules.values import date, is_time


@rule(
    "ibr-073", DATE, "IBT-002", "IBT-007", "IBT-009", "IBT-026", "IBT-072", "IBT-073", "IBT-074", "IBT-134", "IBT-135"
)
def date_form(leaf: Leaf) -> bool:
    """A date is written YYYY-MM-DD, without a time zone."""
    value = leaf.text or ""
    return len(value) == 10 and date(value) is not None


@rule("ibr-119", TIME, "IBT-168")
def time_form(leaf: Leaf) -> bool:
    """A time is written hh:mm:ss."""
    return is_time(leaf.text)


@rule("ibr-074", ATTACHMENT, "IBT-125")
def attachment_type(leaf: Leaf) -> bool:
    """An attachment must state its MIME type."""
    return leaf.get("mimeCode") is not None


@rule("ibr-075", ATTACHMENT, "IBT-125")
def attachment_name(leaf: Leaf) -> bool:
    """An attachment must state its file name."""
    return leaf.get("filename") is not None


@rule("ibr-079", EMPTY)
def no_empty_element(item: object) -> bool:
    """No element may stand empty; leave it out."""
    return False
