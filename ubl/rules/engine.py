"""One pass over a document runs just the rules that concern it.

An `Automaton` reads each part of a document (a child of the root with all below it) into the light form and notes its
structure on the way. What is left to test for a structure is worked out once (`plans`), so a part costs a look at its
elements and the rules that depend on its values; nothing absent costs anything.
"""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from itertools import islice
from typing import Any

from lxml import etree
from msgspec import Struct

from ubl.rules.document import Document
from ubl.rules.plans import Entry, Group, Task, plan
from ubl.rules.registry import Rule
from ubl.rules.states import State, States
from ubl.rules.tree import Leaf, Node, node_of

_SPACE = " \t\r\n"
_LARGEST_PART = 1_000
_MOST_REMEMBERED = 100_000
"""Elements in one structure that is remembered, and in all of them; when there are more, all are forgotten."""


class Failure(Struct, frozen=True):
    """A rule that did not hold, and the element it did not hold for."""

    rule: Rule
    element: Leaf
    section: int
    """Position of the child of the root it lies in; -1 for the root itself."""


class Plan(Struct, frozen=True, eq=False):
    """What to test in parts of one structure."""

    entries: tuple[Entry, ...]
    remembered: bool


class Automaton:
    """The rules of one rule set, ready to run."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self.states = States(self.rules)
        self._plans: dict[tuple[object, ...], Plan] = {}
        self._remembered = 0

    def run(self, root: Leaf, *, self_billing: bool) -> list[Failure]:
        """Test a whole document.

        The tree must be free of comments and processing instructions (`without_comments`).
        """
        state = self.states.root(root.tag)
        top = node_of(root)
        document = Document(top, self_billing=self_billing)
        failed: list[Failure] = []
        parts: list[tuple[Plan, Sequence[Task], int]] = []
        lines: list[tuple[int, Leaf]] = []
        for index, child in enumerate(root):
            if state.child(child.tag).line:
                lines.append((index, child))
            else:
                work, shape = _read(child, state, top, document)
                parts.append((self._plan(shape, work, top), work, index))
        document.complete_head()
        for index, child in lines:
            work, shape = _read(child, state, top, document)
            (document.section,) = top.pop(shape[0].name)
            _test(self._plan(shape, work, top), work, document, failed, index)
        document.section = top
        for known, tasks, index in parts:
            _test(known, tasks, document, failed, index)
        whole: list[Task] = [(state, top, None)]
        _test(self._whole(state, [known for known, _, _ in parts], whole), whole, document, failed, -1)
        failed.sort(key=lambda failure: failure.section)
        return failed

    def _plan(self, shape: list[State], work: Sequence[Task], top: Node) -> Plan:
        """What to test in a part of that shape: the states of all its elements, in document order."""
        key = tuple(shape)
        return self._plans.get(key) or self._make(key, work, top, remembered=True)

    def _whole(self, state: State, parts: list[Plan], whole: Sequence[Task]) -> Plan:
        """What to test on the root, whose structure is that of its parts."""
        key = (state, *parts)
        return self._plans.get(key) or self._make(key, whole, None, remembered=all(part.remembered for part in parts))

    def _make(self, key: tuple[object, ...], work: Sequence[Task], top: Node | None, *, remembered: bool) -> Plan:
        made = Plan(plan(work, top), remembered=remembered and len(key) <= _LARGEST_PART)
        if made.remembered:
            self._remembered += len(key)
            if self._remembered > _MOST_REMEMBERED:
                self._plans.clear()
                self._remembered = len(key)
            self._plans[key] = made
        return made


def _read(element: Leaf, state: State, top: Node, document: Document) -> tuple[list[Task], list[State]]:
    """A child of the root and all below it in the light form, as part of `top`: what has rules, and the shape."""
    work: list[Task] = []
    shape: list[State] = []
    _gather(element.iter(), 1, state, top, document, work, shape)
    return work, shape


def _gather(
    walk: Iterator[Leaf],
    amount: int,
    state: State,
    item: Node,
    document: Document,
    work: list[Task],
    shape: list[State],
) -> None:
    """Take the next elements of a walk in document order, and all below them, into the light form as part of `item`.

    `amount` is how many there are beside each other; what is below one follows right after it.
    """
    states = state.below
    for element in islice(walk, amount):
        try:
            sub = states[element.tag]
        except KeyError:
            sub = state.child(element.tag)
        inside = len(element)
        if inside == 0:
            text = element.text
            if (not text or text < "!") and not (text or "").strip(_SPACE):
                sub = sub.blank
        shape.append(sub)
        value: Any = element
        if not sub.leaf:
            value = Node()
            value.element = element
            if inside:
                _gather(walk, inside, sub, value, document, work, shape)
        elif inside:  # which UBL forbids
            _gather(walk, inside, sub, node_of(element), document, work, shape)
        name = sub.name
        if name not in item:
            item[name] = (value,)
        elif type(item[name]) is tuple:
            item[name] = [*item[name], value]
        else:
            item[name].append(value)  # type: ignore[attr-defined]  # a list, where there are several
        if sub.note is not None:
            sub.note(value, item, document)
        if sub.busy:
            work.append((sub, value, item))


def _test(known: Plan, work: Sequence[Task], document: Document, failed: list[Failure], section: int) -> None:
    for entry in known.entries:
        _, item, up = work[entry.place]
        if entry.by is not None:
            value = item.text if entry.by == "text" else item.get(entry.by)
            passed = document.passed.get(entry.memory)
            if passed is not None and value in passed:
                continue
        before = len(failed)
        for rule, holds in entry.one:
            if not holds(item):
                failed.append(_failure(rule, item, section))
        if entry.more:
            _test_more(entry, item, up, document, failed, section)
            if entry.branches:
                _test_branches(entry, item, up, document, failed, section)
        if entry.by is not None and len(failed) == before:
            document.passed.setdefault(entry.memory, set()).add(value)


def _test_branches(
    entry: Entry, item: Any, up: Node | None, document: Document, failed: list[Failure], section: int
) -> None:
    """What is left to test in contexts that take an element by its values; those that ask the same ask once."""
    asked: Any = None
    answer: Any = None
    for branches in entry.branches:
        for branch in branches:
            if branch.key is not None:
                if branch.key is not asked:
                    asked, answer = branch.key, branch.key(item, up, document)
                group = branch.cases.get(answer)
                if group is None:
                    continue
            elif branch.when is None or branch.when(item, up, document):
                group = branch.group
            else:
                continue
            for rule, holds in group.one:
                if not holds(item):
                    failed.append(_failure(rule, item, section))
            _test_more(group, item, up, document, failed, section)
            break


def _test_more(
    group: Group, item: Any, up: Node | None, document: Document, failed: list[Failure], section: int
) -> None:
    """The rules that look around the element."""
    for rule, holds in group.two:
        if not holds(item, document):
            failed.append(_failure(rule, item, section))
    for rule, holds in group.three:
        if not holds(item, up, document):
            failed.append(_failure(rule, item, section))


def _failure(rule: Rule, item: Any, section: int) -> Failure:
    return Failure(rule, item.element if isinstance(item, Node) else item, section)


def without_comments(root: Leaf) -> Leaf:
    """The document free of comments and processing instructions, its text whole; a copy if there were any."""
    if next(root.iter(etree.Comment, etree.ProcessingInstruction), None) is None:
        return root
    copy = deepcopy(root)
    etree.strip_tags(copy, etree.Comment, etree.ProcessingInstruction)
    return copy
