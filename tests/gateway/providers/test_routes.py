"""Which accounts a document may take: a table of cases, and what holds for all rules whatever they say."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.providers import Account, Matter
from gateway.providers.models import DocumentKind
from gateway.providers.routes import Match, Rule, chosen
from peppol import identifiers
from peppol.identifiers import DocumentTypeId, ParticipantId

A, B, C = (UUID(int=number) for number in (1, 2, 3))
GONE = UUID(int=99)


def account(number: int, *, position: int = 1, enabled: bool = True) -> Account:
    return Account(
        id=UUID(int=number), adapter="peppyrus", label=f"Number {number}", enabled=enabled, position=position
    )


def matter(
    receiver: str = "0235:1234567890", kind: DocumentTypeId = identifiers.INVOICE, series: str = "INV"
) -> Matter:
    return Matter(receiver=ParticipantId(receiver), document_type=kind, series=series)


ALL = (account(3, position=1), account(1, position=2), account(2, position=2))
"""C, then A, then B."""


@pytest.mark.parametrize(
    ("rules", "accounts", "expected"),
    [
        pytest.param((), (), (None,), id="no accounts: the installation's provider"),
        pytest.param((Rule(accounts=(A,)),), (), (None,), id="no accounts: rules mean nothing"),
        pytest.param((), ALL, (C, A, B), id="by position, equals by age"),
        pytest.param((), (account(1, enabled=False),), (), id="all switched off: nothing"),
        pytest.param((), (account(1, enabled=False), account(2)), (B,), id="one switched off is left out"),
        pytest.param((Rule(accounts=(B,)),), ALL, (B, C, A), id="a rule first, then the order of fallback"),
        pytest.param((Rule(accounts=(B,), only=True),), ALL, (B,), id="a rule that allows nothing else"),
        pytest.param((Rule(accounts=(B, A)), Rule(accounts=(C,))), ALL, (B, A, C), id="the first that fits counts"),
        pytest.param(
            (Rule(match=Match(series="EXP"), accounts=(B,)), Rule(accounts=(A,))), ALL, (A, C, B), id="the second fits"
        ),
        pytest.param((Rule(accounts=(None,)),), ALL, (None, C, A, B), id="the installation's provider by name"),
        pytest.param((Rule(accounts=(GONE, B), only=True),), ALL, (B,), id="what isn't there any more is left out"),
        pytest.param((Rule(accounts=(GONE,), only=True),), ALL, (), id="only what is gone: nothing"),
        pytest.param(
            (Rule(accounts=(A,), only=True),), (account(1, enabled=False), account(2)), (), id="only what is off"
        ),
        pytest.param(
            (Rule(accounts=(None,)),), (account(1, enabled=False),), (None,), id="all off, a rule names ours"
        ),
    ],
)  # fmt: skip
def test_the_order_of_lines(
    rules: tuple[Rule, ...], accounts: tuple[Account, ...], expected: tuple[UUID | None, ...]
) -> None:
    assert chosen(rules, accounts, matter()) == expected


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        (Match(), True),
        (Match(receiver_scheme="0235"), True),
        (Match(receiver_scheme="0242"), False),
        (Match(receiver="0235:1234567890"), True),
        (Match(receiver="0235:1234567891"), False),
        (Match(kind=DocumentKind.INVOICE), True),
        (Match(kind=DocumentKind.CREDIT_NOTE), False),
        (Match(series="INV"), True),
        (Match(series="inv"), False),
        (Match(receiver_scheme="0235", series="EXP"), False),
        (Match(receiver_scheme="0235", kind=DocumentKind.INVOICE, series="INV"), True),
    ],
)
def test_everything_that_a_rule_says_must_fit(match: Match, fits: bool) -> None:
    assert match.fits(matter()) is fits


@pytest.mark.parametrize(
    ("type_id", "kind"),
    [
        (identifiers.INVOICE, DocumentKind.INVOICE),
        (identifiers.CREDIT_NOTE, DocumentKind.CREDIT_NOTE),
        (identifiers.SELF_BILLED_INVOICE, DocumentKind.SELF_BILLED_INVOICE),
        (identifiers.SELF_BILLED_CREDIT_NOTE, DocumentKind.SELF_BILLED_CREDIT_NOTE),
        (identifiers.INVOICE_RESPONSE, DocumentKind.RESPONSE),
        (identifiers.ubl("Order", "urn:some:order"), None),
    ],
)
def test_kinds_are_told_by_the_document_type(type_id: DocumentTypeId, kind: DocumentKind | None) -> None:
    assert matter(kind=type_id).kind is kind


def test_a_receiver_is_the_same_in_capitals() -> None:
    assert Match(receiver="0088:abc").fits(matter("0088:ABC"))


@pytest.mark.parametrize("written", ["235", "02355", "0235\n", "٠٢٣٥"])
def test_a_register_is_four_digits(written: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"receiver_scheme": written}, Match)


_accounts = st.lists(
    st.builds(account, st.integers(1, 6), position=st.integers(1, 3), enabled=st.booleans()),
    unique_by=lambda one: one.id,
    max_size=6,
)
_lines = st.one_of(st.none(), st.integers(1, 8).map(lambda number: UUID(int=number)))
_rules = st.lists(
    st.builds(
        Rule,
        match=st.sampled_from(
            [None, Match(), Match(series="INV"), Match(series="OTHER"), Match(kind=DocumentKind.RESPONSE)]
        ),
        accounts=st.lists(_lines, min_size=1, max_size=4).map(tuple),
        only=st.booleans(),
    ),
    max_size=4,
)


@settings(max_examples=200, deadline=None)
@given(rules=_rules, accounts=_accounts)
def test_whatever_the_rules_say(rules: list[Rule], accounts: list[Account]) -> None:
    lines = chosen(rules, accounts, matter())
    enabled = {one.id for one in accounts if one.enabled}
    named = {line for rule in rules for line in rule.accounts}
    assert len(set(lines)) == len(lines)
    assert {line for line in lines if line is not None} <= enabled
    if accounts and None not in named:
        assert None not in lines, "never the installation's provider behind a company's back"
    if not any(rule.only for rule in rules):
        assert enabled <= set(lines) or not accounts
    assert lines == chosen(rules, list(reversed(accounts)), matter()), "the order of rows means nothing"
