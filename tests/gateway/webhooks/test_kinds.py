"""The published table is whole: whatever kind of event the gateway's code can emit is in it, and nothing else."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import gateway
from gateway import worker
from gateway.lifecycle import Machine
from gateway.webhooks.kinds import CHOICES, KINDS, PLACES, TEST, family
from peppol.message import Condition
from peppol.statuses import MEANINGS, Corner, Outcome

ROOT = Path(gateway.__file__).parent
KIND = re.compile(r"[a-z_]+(\.[a-z_]+)+\Z")
TOLD_BY = {"Event", "AccessChange"}
"""What a kind is given to: an event, and a change of access, whose `what` becomes the kind of an event."""
ELSEWHERE = {"lifecycle.py", "events.py", "access/record.py"}
"""These pass on what others have named."""
MADE_UP = {
    "companies/flow.py": {"company.active", "company.suspended", "company.rejected"},
    "outages/flow.py": {f"outage.{what}" for what in ("opened", "due_soon", "over", "dismissed")},
    "outbound/warnings.py": {"invoice.due_soon", "invoice.overdue"},
    "purchasing/receipts.py": {f"goods_receipt.{what}" for what in ("recorded", "countered")},
    "providers/standing.py": {f"provider.{condition}" for condition in Condition},
    "responses/arriving.py": {f"answer.{verdict}" for verdict in ("unmatched", "foreign", "unreadable")},
    "witnessing/flow.py": {"witness.bad", "witness.alarm"},
}
"""Kinds that are put together, by the file that does so."""
LEARNING = {"responses": "response", "suppliers": "supplier", "bills": "bill", "purchasing": "purchase_order"}
"""What is learned without a change of state is told of an invoice, but in these slices."""


def kind_of(call: ast.Call) -> ast.expr | None:
    """What stands for the kind in `Event(kind, ...)`, `Event(kind=...)` or `AccessChange(what=...)`."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in TOLD_BY or (
        isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "asyncio"
    ):
        return None
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if not {"kind", "what"} & given.keys() and not (call.args and "facts" not in given):
        return None
    return given.get("kind") or given.get("what") or call.args[0]


def literals(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and KIND.match(node.value):
            yield node.value


def told_in(source: Path) -> set[str]:
    """Kinds that one file names. Where a call gets a variable, every text of the file that has a kind's form counts."""
    name = source.relative_to(ROOT).as_posix()
    tree = ast.parse(source.read_text("utf-8"))
    given = [kind for node in ast.walk(tree) if isinstance(node, ast.Call) and (kind := kind_of(node)) is not None]
    if not given or name in ELSEWHERE:
        return set()
    found = set(MADE_UP.get(name, ()))
    for kind in given:
        if isinstance(kind, ast.Constant) and isinstance(kind.value, str):
            found.add(kind.value)
        elif isinstance(kind, ast.JoinedStr):
            found |= set() if name in MADE_UP else {f"put together in {name}: say in MADE_UP which kinds there are"}
        else:
            found |= set(literals(tree)) - set(worker.HANDLERS)
    return found


def machines() -> list[Machine]:
    found = []
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        if module.name.endswith((".models", ".states")):
            loaded = importlib.import_module(module.name)
            found += [value for value in vars(loaded).values() if isinstance(value, Machine)]
    return found


def emitted() -> dict[str, str]:
    """Every kind that the code can emit, and where."""
    found = {kind: str(source) for source in ROOT.rglob("*.py") for kind in told_in(source)}
    for machine in machines():
        found |= {f"{machine.subject}.{state.lower()}": "its states" for state in machine.transitions}
    found |= {f"invoice.{outcome}": "peppol.statuses" for outcome in Outcome}
    found |= {f"response.{outcome}": "peppol.statuses" for outcome in Outcome if MEANINGS[outcome].corner is Corner.C3}
    for source in ROOT.rglob("*.py"):  # what is learned without a change of state: `to="edited"`
        said = re.findall(r"\bto=([^\n]+),\s+actor=", source.read_text("utf-8"))
        for word in (word for each in said for word in re.findall(r'"([a-z_]+)"', each)):
            found[f"{LEARNING.get(source.parent.name, 'invoice')}.{word}"] = str(source)
    return found


# Texts of these files that have a kind's form and are something else: names of log lines, of files, of records.
NO_KINDS = {"hold.laid", "hold.lifted"}


def test_whatever_can_happen_is_in_the_table() -> None:
    missing = {kind: where for kind, where in emitted().items() if kind not in KINDS.keys() | NO_KINDS}
    assert missing == {}, "put them into gateway/webhooks/kinds.py"


def test_nothing_is_in_the_table_that_cannot_happen() -> None:
    assert KINDS.keys() - emitted().keys() == {TEST}


def test_every_family_has_its_place_and_can_be_chosen() -> None:
    families = {family(kind) for kind in KINDS}
    assert families == PLACES.keys()
    assert {f"{name}.*" for name in families} < CHOICES
    assert TEST not in CHOICES


def test_states_are_said_as_the_machines_know_them() -> None:
    states = {f"{machine.subject}.{state.lower()}": state for machine in machines() for state in machine.transitions}
    assert {kind: known.state for kind, known in KINDS.items() if known.state} == states
