"""What is decided by structure alone is decided as the rules themselves would, and forgotten in time."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy

import pytest
from lxml import etree

from tests.ubl.vectors import example, vectors
from ubl.advice import ADVICE
from ubl.rules import plans
from ubl.rules.engine import Automaton
from ubl.rules.plans import VALUE, ValueAsked
from ubl.rules.rulesets import PUBLISHED
from ubl.rules.tree import CAC, CBC, Node


def broken(automaton: Automaton, root: etree._Element) -> Counter[str]:
    return Counter(failure.rule.id for failure in automaton.run(root, self_billing=False))


def fresh(root: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(root))


def test_nothing_is_skipped_that_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every document of the vectors, twice by remembered structures, and once with every rule called."""
    documents = [fresh(vector.build()) for vector in vectors()]
    remembering = Automaton((*PUBLISHED, *ADVICE))
    first = [broken(remembering, root) for root in documents]
    again = [broken(remembering, root) for root in documents]
    monkeypatch.setattr(plans, "_settled", lambda rule, arguments: False)
    asking = Automaton((*PUBLISHED, *ADVICE))
    assert first == again == [broken(asking, root) for root in documents]
    assert sum(map(len, first)) > 250


def test_lines_built_alike_are_still_judged_by_their_own_values() -> None:
    root = fresh(example("tax-invoice"))
    (line, *_) = root.findall(CAC + "InvoiceLine")
    automaton = Automaton(PUBLISHED)
    for _ in range(5):
        root.append(deepcopy(line))
    before = broken(automaton, root)
    wrong = root.findall(CAC + "InvoiceLine")[3].find(f"{CAC}Price/{CBC}PriceAmount")
    assert wrong is not None
    wrong.text = "-1"
    assert (broken(automaton, root) - before)["ibr-027"] == 1


def test_a_bare_structure_has_names_but_no_values() -> None:
    node = Node(ID=[VALUE])
    assert "ID" in node and "Name" not in node and len(node["ID"]) == 1
    for ask in (lambda: node["ID"][0].text, lambda: bool(VALUE), lambda: VALUE == "S", lambda: "S" in VALUE):
        with pytest.raises(ValueAsked):
            ask()


def test_structures_nobody_repeats_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ubl.rules.engine._MOST_REMEMBERED", 500)
    automaton = Automaton(PUBLISHED)
    root = fresh(example("tax-invoice"))
    expected = broken(automaton, root)
    (line, *_) = root.findall(CAC + "InvoiceLine")
    for amount in range(40):
        other = deepcopy(line)
        for _ in range(amount):
            etree.SubElement(other, CBC + "AccountingCost").text = "x"
        root.append(other)
    assert broken(automaton, root).keys() <= expected.keys() | {"ibr-co-10", "aligned-ibrp-s-08"}
    assert sum(map(len, automaton._plans)) <= 500
