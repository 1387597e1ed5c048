"""A patch that is offered mends its finding and breaks nothing: on our own bad documents and on labelled edits."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import ubl
from tests.ubl.samples import BROKEN, CONFORMANCE, EXAMPLES, needs_reference
from tests.ubl.test_conformance import MUTANTS, _mutate
from tests.ubl.vectors import vectors
from ubl.mend import Operation, Patch, PatchError, apply, completed, mend, mended
from ubl.mend.patch import difference, encoded, tree_of
from ubl.mend.repairs import REPAIRS

Prepare = Callable[[ubl.Invoice], ubl.Invoice]
_PREPARE: dict[str, Prepare] = {"as it is": lambda invoice: invoice, "completed": completed}
_FIRST = json.loads((Path(__file__).parents[2] / "examples" / "tax-invoice.json").read_text("utf-8"))


def _patched(patch: Patch, body: bytes) -> bytes:
    """RFC 6902 once more, written apart from the one that is tested."""
    tree = json.loads(body)
    for operation in json.loads(msgspec.json.encode(patch)):
        place, steps = tree, operation["path"].split("/")[1:]
        for step in steps[:-1]:
            place = place[int(step)] if isinstance(place, list) else place[step]
        last = int(steps[-1]) if isinstance(place, list) else steps[-1]
        if operation["op"] == "remove":
            del place[last]
        else:
            assert operation["op"] == "add" or isinstance(place, list) or last in place
            place[last] = operation["value"]
    return json.dumps(tree).encode()


def _holds(body: bytes, prepare: Prepare) -> Counter[str]:
    """Tries every patch offered for a body; returns the rules that were mended."""
    report = ubl.check_invoice(prepare(ubl.decode(body)), posted=body)
    before = Counter(finding.rule for finding in report.findings)
    patches = mend(body, report, prepare=prepare)
    for place, patch in patches.items():
        finding = report.findings[place]
        changed = _patched(patch, body)
        left = ubl.check_invoice(prepare(ubl.decode(changed)), posted=changed).findings
        after = Counter(other.rule for other in left)
        assert after <= before and after[finding.rule] < before[finding.rule], (finding, patch)
        here = [sum(_same(finding, other) for other in found) for found in (report.findings, left)]
        assert here[1] < here[0], (finding, patch)
    return Counter(report.findings[place].rule for place in patches)


def _same(one: ubl.Finding, other: ubl.Finding) -> bool:
    return (one.rule, one.where) == (other.rule, other.where)


def _posted(root: etree._Element) -> bytes | None:
    """The JSON of a document; None where it can't be said in JSON."""
    try:
        body = msgspec.json.encode(ubl.read(etree.tostring(root)))
        ubl.decode(body)
    except ubl.UblError:
        return None
    return body


@pytest.mark.parametrize("flow", _PREPARE)
def test_what_is_offered_for_our_own_bad_documents_holds(flow: str) -> None:
    told = Counter[str]()
    for vector in vectors():
        body = _posted(vector.build())
        if body is not None:
            told += _holds(body, _PREPARE[flow])
    assert len(told) > 45
    assert {"ibr-co-10", "ibr-co-16", "aligned-ibrp-s-09", "aligned-ibrp-001-ae", "ibr-140-ae"} <= set(told)


@needs_reference
@pytest.mark.slow
@pytest.mark.parametrize("flow", _PREPARE)
def test_what_is_offered_for_labelled_edits_holds(flow: str) -> None:
    mutate = _mutate()
    bases: dict[str, etree._Element] = {}
    told = Counter[str]()
    for line in MUTANTS.read_text("utf-8").splitlines()[:: 31 if flow == "completed" else 37]:
        case = json.loads(line)
        if case["base"] not in bases:
            bases[case["base"]] = mutate.load(case["base"])
        body = _posted(mutate.apply(copy.deepcopy(bases[case["base"]]), case["ops"]))
        if body is not None:
            told += _holds(body, _PREPARE[flow])
    assert told.total() > 100, f"of {CONFORMANCE}"


def _with(**members: Any) -> bytes:
    return json.dumps({**_FIRST, **members}).encode()


def _line(number: int, **members: Any) -> bytes:
    lines = copy.deepcopy(_FIRST["lines"])
    lines[number].update(members)
    return _with(lines=lines)


def _party(role: str, **members: Any) -> bytes:
    return _with(**{role: {**_FIRST[role], **members}})


def _address(**members: Any) -> bytes:
    return _party("seller", address={**_FIRST["seller"]["address"], **members})


@pytest.mark.parametrize(
    ("body", "rule", "patch"),
    [
        (_with(totals={"payable": "1"}), "ibr-co-16", [("replace", "/totals/payable", "5388.39")]),
        (_with(currency="aed"), "JSON-02", [("replace", "/currency", "AED")]),
        (_address(subdivision="Dubai"), "AE-ADV-01", [("replace", "/seller/address/subdivision", "DXB")]),
        (_address(subdivision="دبي"), "AE-ADV-01", [("replace", "/seller/address/subdivision", "DXB")]),
        (_party("seller", trn="100-2345-6780-0003"), "ibr-132-ae", [("replace", "/seller/trn", "100234567800003")]),
        (_party("buyer", endpoint={"id": _FIRST["buyer"]["trn"]}), "AE-ADV-02",
         [("replace", "/buyer/endpoint/id", "1003456789")]),
        (_with(uuid="019A6F0000007000-8000000000000001"), "AE-ADV-06",
         [("replace", "/uuid", "019a6f00-0000-7000-8000-000000000001")]),
        (_with(tax_currency="AED"), "ibr-077", [("remove", "/tax_currency", None)]),
        (_with(process="urn:peppol:bis:selfbilling"), "AE-ADV-17",
         [("replace", "/process", "urn:peppol:bis:billing")]),
        (_with(specification="urn:peppol:pint:billing-1@ae-1#more"), "AE-ADV-16",
         [("replace", "/specification", "urn:peppol:pint:billing-1@ae-1")]),
        (_line(1, net="1"), "ibr-147-ae", [("replace", "/lines/1/net", "600.00")]),
        (_line(1, totals={"vat": "30.00", "payable": "1.00"}), "AE-ADV-12",
         [("replace", "/lines/1/totals/payable", "630.00")]),
        (_line(1, price={"net": "15.00", "gross": "17.00", "discount": "1.00"}), "aligned-ibrp-004",
         [("replace", "/lines/1/price/gross", "16.00")]),
        (_with(facts={"deemed_supply": True}, transaction_type="00000000", due_date=None), "AE-FACT-01",
         [("replace", "/transaction_type", "01000000"), ("replace", "/buyer/endpoint/id", "9900000097")]),
        (_with(notes=["One", "Two"]), "ibr-sr-51", [("replace", "/notes", ["One\nTwo"])]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_finding_is_mended_by_the_smallest_change(body: bytes, rule: str, patch: list[tuple[str, str, Any]]) -> None:
    report = ubl.check_invoice(completed(ubl.decode(body)), posted=body)
    offered = {report.findings[place].rule: found for place, found in mend(body, report).items()}
    told = json.loads(msgspec.json.encode(offered[rule]))
    assert [(operation["op"], operation["path"], operation.get("value")) for operation in told] == patch


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (_with(due_date=None), "ibr-127-ae"),
        (_party("buyer", trn="10034567890000"), "ibr-132-ae"),
        (_address(subdivision="Somewhere"), "AE-ADV-01"),
        (_line(0, item={**_FIRST["lines"][0]["item"], "vat": {"category": "S", "percent": "10"}}), "ibr-190-ae"),
        (_line(0, item={**_FIRST["lines"][0]["item"], "vat": {"category": "E"}}), "ibr-167-ae"),
    ],
)
def test_a_fact_is_never_invented(body: bytes, rule: str) -> None:
    report = ubl.check_invoice(completed(ubl.decode(body)), posted=body)
    offered = {report.findings[place].rule for place in mend(body, report)}
    assert rule in {finding.rule for finding in report.findings} and rule not in offered


def test_sums_that_bear_a_line_out_are_left_alone() -> None:
    """The line's net contradicts quantity and price, but the totals agree with it: the price may be wrong."""
    whole = json.loads(msgspec.json.encode(ubl.complete(ubl.decode(_with()))))
    whole["lines"][1]["price"]["net"] = whole["lines"][1]["price"]["gross"] = "14.00"
    body = json.dumps(whole).encode()
    report = ubl.check_invoice(ubl.decode(body), posted=body)
    assert [finding.rule for finding in report.findings] == ["ibr-147-ae"]
    assert mend(body, report) == {}


def test_everything_is_mended_one_after_the_other() -> None:
    uuid = "019A6F00000070008000000000000001"
    spoilt = _with(currency="aed", totals={"payable": "1", "lines": "2"}, process="x", uuid=uuid)
    found = mended(spoilt)
    assert found.report.valid and not found.report.findings
    assert {change.finding.rule for change in found.changes} >= {"JSON-02", "ibr-co-16", "aligned-ibrp-002-ae"}
    totals = {"payable": "5388.39", "lines": "5160.00"}
    assert json.loads(found.body) == json.loads(_with(totals=totals, process="urn:peppol:bis:billing"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_lawful_body_stays_as_it_is(path: Path) -> None:
    found = mended(path.read_bytes())
    assert (found.body, found.changes) == (path.read_bytes(), ())


def test_numbers_keep_their_digits() -> None:
    body = b'{"a":1.10,"b":123456789012345.1234567890,"c":[1,2],"d":"x"}'
    patch = (Operation(op="replace", path="/d", value="y"), Operation(op="add", path="/c/-", value=3))
    assert apply(patch, body) == b'{"a":1.10,"b":123456789012345.1234567890,"c":[1,2,3],"d":"y"}'


@pytest.mark.parametrize("path", ["/a/0", "/c/7", "/c/x", "/x", "/x/y"])
def test_a_patch_of_another_body_is_refused(path: str) -> None:
    with pytest.raises(PatchError, match=path):
        apply((Operation(op="replace", path=path, value=1),), b'{"a": 1, "c": [1]}')


_trees = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("a/~", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("a/~", max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(_trees, _trees)
@settings(max_examples=150, deadline=None)
def test_the_difference_of_two_trees_leads_from_one_to_the_other(before: object, after: object) -> None:
    assert tree_of(apply(difference(before, after), encoded(before))) == after


def test_every_mend_is_of_a_rule_that_there_is() -> None:
    from ubl.explain import explained

    assert set(REPAIRS) <= set(explained())


def test_the_broken_examples_that_need_no_decision_are_mended() -> None:
    path = next(path for path in BROKEN if path.stem == "wrong-amount-due")
    assert mended(path.read_bytes()).report.valid
