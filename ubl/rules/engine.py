"""One pass over a document runs just the rules that concern it.

A document is taken in parts: its head, then each line, dropped as soon as it is tested. A part whose markup is known
fills in a form (`forms`); another is read from lxml, and what is left to test for its structure is worked out
(`plans`). So a part costs its texts and the rules that depend on them; nothing absent costs anything.
"""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from itertools import islice
from typing import Any

from lxml import etree
from msgspec import Struct

from ubl.rules.document import Document
from ubl.rules.forms import Form, Layout, cut, layout, node_of, pieces
from ubl.rules.plans import Entry, Group, Task, plan
from ubl.rules.registry import Rule
from ubl.rules.states import State, States
from ubl.rules.tree import CAC, Node

_LARGEST_PART = 1_000
_LONGEST_PART = 25_000
_MOST_REMEMBERED = 100_000
"""Elements and characters in one part that is remembered, and elements in all of them, of either kind; when there are
more, all are forgotten."""
_LEAST_COUNTED = 25
"""As so many elements even a smaller part counts, since its texts may be as long as another's: 100 MB in all."""

LINES = (CAC + "InvoiceLine", CAC + "CreditNoteLine")
Key = tuple[object, ...]
Failed = tuple[Rule, Any]


class Failure(Struct, frozen=True):
    """A rule that did not hold, and the element it did not hold for."""

    rule: Rule
    element: etree._Element


class Plan(Struct, frozen=True, eq=False):
    """What to test in parts of one structure."""

    entries: tuple[Entry, ...]
    remembered: bool


class Automaton:
    """The rules of one rule set, ready to run; in several threads at once."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self.states = States(self.rules)
        self._plans: dict[Key, Plan] = {}
        self._planned = 0
        self._layouts: dict[Key, Layout] = {}
        self._formed = 0

    def run(self, root: etree._Element, *, self_billing: bool) -> list[Failure]:
        """Test a whole document; what fails on its root comes first, the rest by the children of the root.

        The tree must be free of comments and processing instructions (`without_comments`).
        """
        state = self.states.root(root.tag)
        lines = list(root.iterchildren(*LINES))
        markup = cut(root, lines)
        whole = next(markup)
        parts = pieces(whole)
        root_tag = parts[1]
        head_layout, head = self._known((self_billing, *parts[1::2]), parts)
        if head is None:
            head = self._read_head(root, state, self_billing=self_billing)
            head_layout = self._learn((self_billing, *parts[1::2]), head, parts, [e for _, e in _head(root)])
        document = Document(head.part, self_billing=self_billing)
        head.note(document)
        document.complete_head()
        codes = document.codes()
        failures: list[tuple[etree._Element, Failure]] = []
        for line, text in zip(lines, markup, strict=True):
            own = pieces(text)
            key = (root_tag, codes, *own[1::2])
            kept, form = self._known(key, own)
            if form is None:
                form = self._read_line(line, state, document)
                kept = self._learn(key, form, own, list(line.iter()))
            form.note(document)
            document.section = form.part
            for rule, item in _test(form, document):
                failures.append((line, Failure(rule, next(islice(line.iter(), item.place, None)))))
            if kept is not None and len(text) <= _LONGEST_PART:
                kept.give(own, form)
        document.section = head.part
        failed = _test(head, document)
        if failed:
            elements = _head(root)
            for rule, item in failed:
                section, element = elements[item.place]
                failures.append((section, Failure(rule, element)))
        if head_layout is not None and len(whole) <= _LONGEST_PART:
            head_layout.give(parts, head)
        if failures:
            order = {root: -1, **{child: index for index, child in enumerate(root)}}
            failures.sort(key=lambda failure: order[failure[0]])
        return [failure for _, failure in failures]

    def _known(self, key: Key, parts: Sequence[str]) -> tuple[Layout | None, Form | None]:
        """The form of a part with these tags and codes, filled in."""
        known = self._layouts.get(key)
        return known, None if known is None else known.take(parts)

    def _learn(self, key: Key, form: Form, parts: Sequence[str], elements: Sequence[etree._Element]) -> Layout | None:
        """Where to keep a form that was read from these elements, if it is worth keeping."""
        if len(elements) > _LARGEST_PART or sum(map(len, parts)) > _LONGEST_PART:
            return None
        made = layout(form, parts, elements)
        if made is None:
            return None
        counted = max(len(elements), _LEAST_COUNTED)
        self._formed += counted
        if self._formed > _MOST_REMEMBERED:
            self._layouts.clear()
            self._formed = counted
        return self._layouts.setdefault(key, made)

    def _read_head(self, root: etree._Element, state: State, *, self_billing: bool) -> Form:
        top = node_of(root, 0)
        form = Form(top)
        form.items.append(top)
        read = [form.read(child, state) for child in root if child.tag not in LINES]
        document = Document(top, self_billing=self_billing)
        document.complete_head()
        plans = []
        for work, shape in read:
            plans.append(self._plan(shape, work, top, document))
            form.take(plans[-1].entries, work)
        whole: list[Task] = [(state, top, None)]
        form.take(self._whole(state, plans, whole, document).entries, whole)
        return form

    def _read_line(self, line: etree._Element, state: State, document: Document) -> Form:
        form = Form(Node())
        work, shape = form.read(line, state)
        (form.part,) = form.top[state.child(line.tag).name]
        form.take(self._plan(shape, work, form.top, document).entries, work)
        return form

    def _plan(self, shape: list[object], work: Sequence[Task], top: Node, document: Document) -> Plan:
        """What to test in a part of that shape in such a document."""
        key = (document.codes(), *shape)
        return self._plans.get(key) or self._make(key, work, top, document, remembered=True)

    def _whole(self, state: State, parts: list[Plan], whole: Sequence[Task], document: Document) -> Plan:
        """What to test on the root, whose shape is that of its parts."""
        key = (document.codes(), state, *parts)
        remembered = all(part.remembered for part in parts)
        return self._plans.get(key) or self._make(key, whole, None, document, remembered=remembered)

    def _make(self, key: Key, work: Sequence[Task], top: Node | None, document: Document, *, remembered: bool) -> Plan:
        made = Plan(plan(work, top, document), remembered=remembered and len(key) <= _LARGEST_PART)
        if made.remembered:
            self._planned += len(key)
            if self._planned > _MOST_REMEMBERED:
                self._plans.clear()
                self._planned = len(key)
            self._plans[key] = made
        return made


def _head(root: etree._Element) -> list[tuple[etree._Element, etree._Element]]:
    """The elements of the head in document order, each with the child of the root it lies in."""
    below = [(child, element) for child in root if child.tag not in LINES for element in child.iter()]
    return [(root, root), *below]


def _test(form: Form, document: Document) -> list[Failed]:
    """The rules that don't hold, and where."""
    failed: list[Failed] = []
    for entry, item, up in form.tests:
        if entry.memory is None:
            for rule, holds in entry.one:
                if not holds(item):
                    failed.append((rule, item))
            if entry.more:
                _test_more(entry, item, document.root if up is None else up, document, failed)
        elif item.text not in document.passed[entry.memory]:
            broken = [(rule, item) for rule, holds in entry.one if not holds(item)]
            if broken:
                failed += broken
            else:
                document.passed[entry.memory].add(item.text)
    return failed


def _test_more(group: Group, item: Any, up: Node, document: Document, failed: list[Failed]) -> None:
    """The rules that look around the element."""
    for rule, holds in group.two:
        if not holds(item, document):
            failed.append((rule, item))
    for rule, holds in group.three:
        if not holds(item, up, document):
            failed.append((rule, item))
    if isinstance(group, Entry):
        _test_branches(group, item, up, document, failed)


def _test_branches(entry: Entry, item: Any, up: Node, document: Document, failed: list[Failed]) -> None:
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
                    failed.append((rule, item))
            _test_more(group, item, up, document, failed)
            break


def without_comments(root: etree._Element) -> etree._Element:
    """The document free of comments and processing instructions, its text whole; a copy if there were any."""
    if next(root.iter(etree.Comment, etree.ProcessingInstruction), None) is None:
        return root
    copy = deepcopy(root)
    etree.strip_tags(copy, etree.Comment, etree.ProcessingInstruction)
    return copy
